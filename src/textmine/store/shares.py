"""How often each label is given: by outlet, month, entity, speaker or voice, with intervals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

GROUPS = ("all", "outlet", "month", "entity", "speaker", "voice")
_SAMPLES = 1000


def outlet(article: dict[str, Any]) -> str:
    """Return where an article appeared: its address's host, else the folder or file it came from."""
    host = urlsplit(article["url"] or "").hostname
    return host.removeprefix("www.") if host else str(article["source"]).rsplit("/", 2)[-2:][0]


def label_shares(
    statements: Iterable[dict[str, Any]],
    articles: Sequence[dict[str, Any]],
    mentions: Iterable[dict[str, Any]],
    names: dict[str, str],
    *,
    by: str = "all",
) -> pd.DataFrame:
    """Return a row a group and label: statements, those that bear the label, share and interval.

    The interval is the middle 95% of shares over articles drawn anew (bootstrap), so one long article
    does not look like much evidence; none where a group has one article. Duplicates count once.
    """
    import pandas as pd

    kept = {row["id"]: row for row in articles if not row["duplicate_of"]}
    places: dict[str, list[tuple[int, str]]] = defaultdict(list)
    if by == "entity":
        for mention in mentions:
            places[mention["article_id"]].append((mention["start"], mention["entity_id"]))
    labels: dict[str, None] = {}
    counts: dict[str, dict[str, dict[str, int]]] = defaultdict(dict)
    for row in statements:
        article = kept.get(row["article_id"])
        if article is None:
            continue
        labels |= dict.fromkeys(row["scores"])
        for group in _groups(row, article, places, names, by):
            tally = counts[group].setdefault(article["id"], defaultdict(int))
            tally[""] += 1
            for label in row["labels"]:
                tally[label] += 1
    rows = []
    for group, tallies in sorted(counts.items()):
        totals = np.array([tally[""] for tally in tallies.values()])
        for label in labels:
            hits = np.array([tally[label] for tally in tallies.values()])
            low, high = _interval(hits, totals)
            rows.append(
                {"group": group, "label": label, "statements": int(totals.sum()), "labelled": int(hits.sum()),
                 "share": float(hits.sum() / totals.sum()), "low": low, "high": high, "articles": len(totals)}
            )  # fmt: skip
    columns = ["group", "label", "statements", "labelled", "share", "low", "high", "articles"]
    return pd.DataFrame(rows, columns=columns)


def _groups(
    row: dict[str, Any],
    article: dict[str, Any],
    places: dict[str, list[tuple[int, str]]],
    names: dict[str, str],
    by: str,
) -> list[str]:
    if by == "outlet":
        return [outlet(article)]
    if by == "month":
        return [str(article["published"] or "unknown")[:7]]
    if by == "voice":
        return [str(row["voice"])]
    if by == "speaker":
        speaker = row["speaker_entity_id"]
        return [names[speaker]] if speaker in names else []
    if by == "entity":
        inside = (e for at, e in places[article["id"]] if row["start"] <= at < row["end"])
        return list(dict.fromkeys(names[e] for e in inside if e in names))
    return ["all"]


def _interval(
    hits: np.ndarray[Any, Any], totals: np.ndarray[Any, Any]
) -> tuple[float | None, float | None]:
    if len(totals) < 2:
        return None, None
    drawn = np.random.default_rng(0).integers(0, len(totals), (_SAMPLES, len(totals)))
    shares = hits[drawn].sum(1) / totals[drawn].sum(1)
    low, high = np.quantile(shares, [0.025, 0.975])
    return float(low), float(high)
