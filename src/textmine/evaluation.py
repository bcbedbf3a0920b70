"""Score the extraction against gold: articles that people annotated or reviewed.

Every score comes with a 95% interval: articles are drawn with replacement, 1,000 times.

Spans count as found at exact offsets (claims: at half their characters in common, as content spans
differ by a word); what is right about a found record is then scored field by field.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from textmine.errors import UsageError
from textmine.records import RECORD_TYPES, Annotated, Article, as_dict
from textmine.steps import load
from textmine.store.database import article_of

Scores = dict[str, dict[str, float]]


#: Draws of the bootstrap.
_DRAWS = 1_000


@dataclass(slots=True)
class Tally:
    """Counts of one record kind, and the fields of those found."""

    right: int = 0
    extra: int = 0
    missed: int = 0
    fields: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    asked: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    mistakes: list[str] = field(default_factory=list)

    def field(self, name: str, ok: float) -> None:
        """Count one field of a found record: right, wrong or a share between."""
        self.asked[name] += 1
        self.fields[name] += ok

    def add(self, other: Tally) -> None:
        """Add another tally's counts and mistakes."""
        self.right += other.right
        self.extra += other.extra
        self.missed += other.missed
        for name, count in other.asked.items():
            self.asked[name] += count
            self.fields[name] += other.fields[name]
        self.mistakes += other.mistakes

    def scores(self) -> dict[str, float]:
        """Return precision, recall, F1, and accuracy by field."""
        out = {
            "precision": self.right / max(1, self.right + self.extra),
            "recall": self.right / max(1, self.right + self.missed),
            "f1": 2 * self.right / max(1, 2 * self.right + self.extra + self.missed),
            "gold": float(self.right + self.missed),
        }
        out |= {name: self.fields[name] / self.asked[name] for name in sorted(self.asked)}
        return {name: round(value, 4) for name, value in out.items()}


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Scores by record kind (``mentions:PERSON`` by label), by outlet, and what went wrong.

    ``confusions`` are (found, gold, how often, an example), the most frequent first.
    """

    scores: Scores
    outlets: dict[str, Scores]
    confusions: list[tuple[str, str, int, str]]
    mistakes: dict[str, list[str]]


def read_gold(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Read a folder of records in the export's form. Raises UsageError if articles are missing."""
    if not (folder / "articles.jsonl").is_file():
        raise UsageError(
            f"{folder} has no articles.jsonl: give a folder that `textmine export` (or review) wrote"
        )
    out = {}
    for kind in RECORD_TYPES:
        path = folder / f"{kind}.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        out[kind] = [json.loads(line) for line in lines if line.strip()]
    return out


def evaluate_folder(folder: Path, *, engine: str, taxonomies: Sequence[str]) -> Evaluation:
    """Annotate the gold articles anew and compare."""
    gold = read_gold(folder)
    miner = load(engine, taxonomies=taxonomies)
    by_article: dict[str, dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for kind in ("mentions", "figures", "claims", "statements"):
        for row in gold[kind]:
            by_article[row["article_id"]][kind].append(row)
    parts: list[dict[str, Tally]] = []
    outlets: dict[str, list[dict[str, Tally]]] = defaultdict(list)
    confusions: dict[tuple[str, str], list[str]] = defaultdict(list)
    for result in miner.annotate_many(article_of(row) for row in gold["articles"]):
        tallies: dict[str, Tally] = defaultdict(Tally)
        score_article(result, by_article[result.article.id], tallies, confusions)
        parts.append(tallies)
        outlets[_outlet(result.article)].append(tallies)
    whole = _sum(parts)
    scores = {kind: tally.scores() for kind, tally in whole.items()}
    for kind, (low, high) in _intervals(parts).items():
        scores[kind] |= {"f1_low": low, "f1_high": high}
    return Evaluation(
        scores,
        {name: {k: t.scores() for k, t in _sum(group).items()} for name, group in outlets.items()},
        sorted(
            ((a, b, len(found), found[0]) for (a, b), found in confusions.items()),
            key=lambda row: (-row[2], row[:2]),
        ),
        {kind: tally.mistakes for kind, tally in whole.items()},
    )


def _outlet(article: Article) -> str:
    """Return the host of an article's address, else the folder or table it came from."""
    if article.url:
        return urlsplit(article.url).hostname or article.url
    return article.source.rpartition("/")[0].rpartition("#")[0] or article.source.split("#")[0]


def _sum(parts: Iterable[dict[str, Tally]]) -> dict[str, Tally]:
    whole: dict[str, Tally] = defaultdict(Tally)
    for part in parts:
        for kind, tally in part.items():
            whole[kind].add(tally)
    return dict(sorted(whole.items()))


def _intervals(parts: Sequence[dict[str, Tally]]) -> dict[str, tuple[float, float]]:
    """Return the 95% interval of each kind's F1, by bootstrap over articles."""
    draws = np.random.default_rng(0).integers(0, len(parts), (_DRAWS, len(parts)))
    out = {}
    for kind in {kind for part in parts for kind in part}:
        tallies = [part.get(kind, Tally()) for part in parts]
        right, wrong = (
            np.array(column)[draws].sum(1)
            for column in (
                [2 * t.right for t in tallies],
                [t.extra + t.missed for t in tallies],
            )
        )
        f1 = right / np.maximum(1, right + wrong)
        low, high = np.percentile(f1, [2.5, 97.5])
        out[kind] = (round(float(low), 4), round(float(high), 4))
    return out


def score_article(
    result: Annotated,
    gold: dict[str, list[dict[str, Any]]],
    tallies: dict[str, Tally],
    confusions: dict[tuple[str, str], list[str]],
) -> None:
    """Add one article's comparison to the tallies, and what was taken for what."""
    text = result.article.text
    found = {kind: [as_dict(r) for r in getattr(result, kind)] for kind in
             ("mentions", "figures", "claims", "statements")}  # fmt: skip
    _mentions(text, found["mentions"], gold["mentions"], tallies, confusions)
    _clusters(found["mentions"], gold["mentions"], tallies["entities"])
    _figures(text, found["figures"], gold["figures"], tallies["figures"])
    same = _same_entities(found["mentions"], gold["mentions"])
    for claim in found["claims"]:
        key = claim["speaker_entity_id"]
        claim["speaker_entity_id"] = same.get(key, key)
    _claims(text, found["claims"], gold["claims"], tallies["claims"])
    _statements(found["statements"], gold["statements"], tallies)


def _around(text: str, row: dict[str, Any]) -> str:
    left = text[max(0, row["start"] - 30) : row["start"]]
    right = text[row["end"] : row["end"] + 30]
    return f"{left}[{row['text'][:100]}]{right}".replace("\n", " ")


def _pair_exact(
    found: Iterable[dict[str, Any]], gold: Iterable[dict[str, Any]]
) -> tuple[list[tuple[dict[str, Any], dict[str, Any]]], list[dict[str, Any]], list[dict[str, Any]]]:
    """Pair records at the same offsets; return pairs, extra and missed."""
    places = {(row["start"], row["end"]): row for row in found}
    wanted = {(row["start"], row["end"]): row for row in gold}
    pairs = [(places[at], wanted[at]) for at in wanted if at in places]
    extra = [row for at, row in places.items() if at not in wanted]
    missed = [row for at, row in wanted.items() if at not in places]
    return pairs, extra, missed


def _mentions(
    text: str,
    found: Any,
    gold: Any,
    tallies: dict[str, Tally],
    confusions: dict[tuple[str, str], list[str]],
) -> None:
    """Score names at exact spans with their labels, over all labels and by label."""
    pairs, extra, missed = _pair_exact(found, gold)
    whole = tallies["mentions"]
    for mine, theirs in pairs:
        if mine["label"] == theirs["label"]:
            whole.right += 1
            tallies[f"mentions:{theirs['label']}"].right += 1
            if theirs["kind"]:
                whole.field("kind", mine["kind"] == theirs["kind"])
        else:
            extra.append(mine)
            missed.append(theirs)
            whole.mistakes.append(f"{mine['label']} for {theirs['label']}: {_around(text, theirs)}")
            confusions[mine["label"], theirs["label"]].append(_around(text, theirs))
    labelled = {id(row) for mine, theirs in pairs for row in (mine, theirs)}
    for row in extra:
        whole.extra += 1
        tallies[f"mentions:{row['label']}"].extra += 1
        if id(row) not in labelled:
            whole.mistakes.append(f"extra {row['label']}: {_around(text, row)}")
            confusions[row["label"], _crossed(row, gold)].append(_around(text, row))
    for row in missed:
        whole.missed += 1
        tallies[f"mentions:{row['label']}"].missed += 1
        if id(row) not in labelled:
            whole.mistakes.append(f"missed {row['label']}: {_around(text, row)}")
            if _crossed(row, found) == "nothing":
                confusions["nothing", row["label"]].append(_around(text, row))


def _crossed(row: dict[str, Any], others: Any) -> str:
    """Return what overlaps a name on the other side: "part of PERSON", or "nothing"."""
    for other in others:
        if other["start"] < row["end"] and row["start"] < other["end"]:
            return f"other borders, {other['label']}"
    return "nothing"


def _groups(
    rows: Iterable[dict[str, Any]], places: set[tuple[int, int]]
) -> dict[tuple[int, int], set[tuple[int, int]]]:
    """Return for each place the places of the same entity, among ``places``."""
    groups: dict[str, set[tuple[int, int]]] = defaultdict(set)
    for row in rows:
        at = (row["start"], row["end"])
        if at in places:
            groups[row["entity_id"]].add(at)
    return {at: group for group in groups.values() for at in group}


def _clusters(found: Any, gold: Any, tally: Tally) -> None:
    """Score clustering over the mentions that both sides have: by pairs, and B-cubed."""
    places = {(r["start"], r["end"]) for r in found} & {(r["start"], r["end"]) for r in gold}
    mine, theirs = _groups(found, places), _groups(gold, places)
    for at in places:
        shared = len(mine[at] & theirs[at])
        tally.field("b_cubed_precision", shared / len(mine[at]))
        tally.field("b_cubed_recall", shared / len(theirs[at]))
        later = {place for place in mine[at] | theirs[at] if place > at}
        tally.right += len(later & mine[at] & theirs[at])
        tally.extra += len(later & mine[at] - theirs[at])
        tally.missed += len(later & theirs[at] - mine[at])


def _same_value(one: Any, two: Any) -> bool:
    if isinstance(one, int | float) and isinstance(two, int | float):
        return abs(one - two) <= 1e-3 * max(1.0, abs(two))
    return bool(one == two)


def _same_entities(found: Any, gold: Any) -> dict[str, str]:
    """Map each found entity to the gold entity with which it shares most mentions."""
    theirs = {(row["start"], row["end"]): row["entity_id"] for row in gold}
    shared: dict[str, Counter[str]] = defaultdict(Counter)
    for row in found:
        for (start, end), key in theirs.items():
            if start < row["end"] and row["start"] < end:
                shared[row["entity_id"]][key] += 1
    return {key: counts.most_common(1)[0][0] for key, counts in shared.items()}


def _same_matter(mine: Any, theirs: Any) -> bool:
    """Say whether two figures are about words in common, or both about none that are told."""
    if mine["of_start"] is None or theirs["of_start"] is None:
        return bool(mine["of_start"] == theirs["of_start"])
    return bool(mine["of_start"] < theirs["of_end"] and theirs["of_start"] < mine["of_end"])


def _figures(text: str, found: Any, gold: Any, tally: Tally) -> None:
    pairs, extra, missed = _pair_exact(found, gold)
    for mine, theirs in pairs:
        tally.right += 1
        checks = {
            "kind": mine["kind"] == theirs["kind"],
            "value": all(_same_value(mine[n], theirs[n]) for n in ("value", "low", "high")),
            "unit": mine["unit"] == theirs["unit"],
            "currency": mine["currency"] == theirs["currency"],
            "change": mine["change"] == theirs["change"],
            "of": _same_matter(mine, theirs),
            "voice": mine["voice"] == theirs.get("voice", mine["voice"]),
        }
        for name, ok in checks.items():
            tally.field(name, ok)
            if not ok:
                tally.mistakes.append(
                    f"{name} {mine[name]!r} for {theirs[name]!r}: {_around(text, theirs)}"
                )
    tally.extra += len(extra)
    tally.missed += len(missed)
    tally.mistakes += [f"extra {row['kind']}: {_around(text, row)}" for row in extra]
    tally.mistakes += [f"missed {row['kind']}: {_around(text, row)}" for row in missed]


def _overlap(one: dict[str, Any], two: dict[str, Any]) -> float:
    shared = min(one["end"], two["end"]) - max(one["start"], two["start"])
    return float(max(0, shared)) / float(
        max(one["end"], two["end"]) - min(one["start"], two["start"])
    )


def _claims(text: str, found: Any, gold: Any, tally: Tally) -> None:
    free = list(found)
    for theirs in gold:
        ranked = sorted(
            free,
            key=lambda row: (_overlap(row, theirs), row["cue_start"] == theirs["cue_start"]),
            reverse=True,
        )
        if not ranked or _overlap(ranked[0], theirs) < 0.5:
            tally.missed += 1
            tally.mistakes.append(f"missed ({theirs['speaker']}): {_around(text, theirs)}")
            continue
        mine = ranked[0]
        free.remove(mine)
        tally.right += 1
        checks = {
            "span": _overlap(mine, theirs) == 1.0,
            "speaker": _touch(mine, theirs, "speaker"),
            "speaker_entity": mine["speaker_entity_id"] == theirs["speaker_entity_id"],
            "cue": _touch(mine, theirs, "cue"),
            "quote": mine["quote"] == theirs["quote"],
            "hedged": mine["hedged"] == theirs["hedged"],
        }
        for name, ok in checks.items():
            tally.field(name, ok)
        if mine["speaker_entity_id"] is not None:
            tally.field("named_speaker_right", checks["speaker_entity"])
        if not (checks["speaker"] and checks["speaker_entity"]):
            tally.mistakes.append(
                f"speaker {mine['speaker']} = {mine['speaker_name']} for {theirs['speaker']} = "
                f"{theirs['speaker_name']}: {_around(text, theirs)}"
            )
    tally.extra += len(free)
    tally.mistakes += [
        f"extra ({row['speaker']}, {row['cue']}): {_around(text, row)}" for row in free
    ]


def _touch(mine: dict[str, Any], theirs: dict[str, Any], what: str) -> bool:
    """Say whether two records' speakers (or cues) share characters, or are both absent."""
    one, two = mine[f"{what}_start"], theirs[f"{what}_start"]
    if one is None or two is None:
        return one is two
    return bool(one < theirs[f"{what}_end"] and two < mine[f"{what}_end"])


def _statements(found: Any, gold: Any, tallies: dict[str, Tally]) -> None:
    """Score labels sentence by sentence, micro over labels; sentence borders beside them."""
    names = {row["taxonomy"] for row in gold}
    mine = [row for row in found if row["taxonomy"] in names]
    pairs, extra, missed = _pair_exact(mine, gold)
    borders = tallies["sentences"]
    borders.right += len(pairs)
    borders.extra += len(extra)
    borders.missed += len(missed)
    for one, two in pairs:
        tallies["statements"].field("voice", one["voice"] == two["voice"])
        for label in {*one["labels"], *two["labels"]}:
            for tally in (tallies["statements"], tallies[f"statements:{label}"]):
                if label in one["labels"] and label in two["labels"]:
                    tally.right += 1
                elif label in one["labels"]:
                    tally.extra += 1
                    tally.mistakes.append(f"extra {label}: {one['text'][:150]}")
                else:
                    tally.missed += 1
                    tally.mistakes.append(f"missed {label}: {two['text'][:150]}")
    for row in missed:
        for label in row["labels"]:
            tallies["statements"].missed += 1
            tallies[f"statements:{label}"].missed += 1


def print_scores(found: Evaluation, *, most: int) -> None:
    """Print tables of scores, by outlet and of confusions, and up to ``most`` mistakes of each kind."""
    from rich.markup import escape

    from textmine.display import console, plain_table

    screen = console()
    rows = []
    known = ("precision", "recall", "f1", "gold", "f1_low", "f1_high")
    for kind, row in found.scores.items():
        fields = ", ".join(f"{n} {value:.3f}" for n, value in row.items() if n not in known)
        between = f"{row['f1_low']:.2f}-{row['f1_high']:.2f}"
        cells = [f"{row[name]:.3f}" for name in known[:3]]
        rows.append([kind, *cells, between, f"{row['gold']:.0f}", fields])
    heads = ("record", "precision", "recall", "F1", "95%", "gold", "of those found")
    screen.print(plain_table(heads, rows, right=range(1, 6)))
    if len(found.outlets) > 1:
        kinds = ("mentions", "figures", "claims", "statements")
        rows = [
            [name, *(f"{scores[k]['f1']:.3f}" if k in scores else "" for k in kinds)]
            for name, scores in sorted(found.outlets.items())
        ]
        screen.print(plain_table(("F1 by outlet", *kinds), rows, right=range(1, 5)))
    rows = [
        [mine, theirs, str(count), example]
        for mine, theirs, count, example in found.confusions[:10]
    ]
    screen.print(plain_table(("found", "gold", "times", "for example"), rows, right=[2]))
    for kind, mistakes in found.mistakes.items():
        for line in mistakes[:most] if ":" not in kind else ():
            screen.print(f"{kind}: {escape(line)}", soft_wrap=True)
