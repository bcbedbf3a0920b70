"""Score the extraction against gold: articles that people annotated or reviewed.

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

from textmine.errors import UsageError
from textmine.records import RECORD_TYPES, Annotated, as_dict
from textmine.steps import load
from textmine.store.database import article_of

Scores = dict[str, dict[str, float]]


@dataclass(slots=True)
class Tally:
    """Counts of one record kind, and the fields of those found."""

    right: int = 0
    extra: int = 0
    missed: int = 0
    fields: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    mistakes: list[str] = field(default_factory=list)

    def field(self, name: str, ok: bool) -> None:
        """Count one field of a found record."""
        self.asked[name] += 1
        self.fields[name] += ok

    def scores(self) -> dict[str, float]:
        """Return precision, recall, F1, and accuracy by field."""
        precision = self.right / max(1, self.right + self.extra)
        recall = self.right / max(1, self.right + self.missed)
        out = {
            "precision": precision,
            "recall": recall,
            "f1": 2 * precision * recall / max(1e-9, precision + recall),
            "gold": float(self.right + self.missed),
        }
        out |= {name: self.fields[name] / self.asked[name] for name in sorted(self.asked)}
        return {name: round(value, 4) for name, value in out.items()}


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


def evaluate_folder(
    folder: Path, *, engine: str, taxonomies: Sequence[str]
) -> tuple[Scores, dict[str, list[str]]]:
    """Annotate the gold articles anew; return scores and mistakes by record kind."""
    gold = read_gold(folder)
    miner = load(engine, taxonomies=taxonomies)
    tallies: dict[str, Tally] = defaultdict(Tally)
    by_article: dict[str, dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for kind in ("mentions", "figures", "claims", "statements"):
        for row in gold[kind]:
            by_article[row["article_id"]][kind].append(row)
    for result in miner.annotate_many(article_of(row) for row in gold["articles"]):
        score_article(result, by_article[result.article.id], tallies)
    scores = {kind: tally.scores() for kind, tally in tallies.items()}
    return scores, {kind: tally.mistakes for kind, tally in tallies.items()}


def score_article(
    result: Annotated, gold: dict[str, list[dict[str, Any]]], tallies: dict[str, Tally]
) -> None:
    """Add one article's comparison to the tallies."""
    text = result.article.text
    found = {kind: [as_dict(r) for r in getattr(result, kind)] for kind in
             ("mentions", "figures", "claims", "statements")}  # fmt: skip
    _mentions(text, found["mentions"], gold["mentions"], tallies["mentions"])
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


def _mentions(text: str, found: Any, gold: Any, tally: Tally) -> None:
    pairs, extra, missed = _pair_exact(found, gold)
    for mine, theirs in pairs:
        if mine["label"] == theirs["label"]:
            tally.right += 1
            if theirs["kind"]:
                tally.field("kind", mine["kind"] == theirs["kind"])
        else:
            tally.extra += 1
            tally.missed += 1
            tally.mistakes.append(f"{mine['label']} for {theirs['label']}: {_around(text, theirs)}")
    tally.extra += len(extra)
    tally.missed += len(missed)
    tally.mistakes += [f"extra {row['label']}: {_around(text, row)}" for row in extra]
    tally.mistakes += [f"missed {row['label']}: {_around(text, row)}" for row in missed]


def _links(rows: Iterable[dict[str, Any]], places: set[tuple[int, int]]) -> set[tuple[Any, Any]]:
    """Return the pairs of places that are one entity, among ``places``."""
    groups: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for row in rows:
        at = (row["start"], row["end"])
        if at in places:
            groups[row["entity_id"]].append(at)
    return {(a, b) for group in groups.values() for a in group for b in group if a < b}


def _clusters(found: Any, gold: Any, tally: Tally) -> None:
    """Score clustering by pairs of mentions, over the mentions that both sides have."""
    places = {(r["start"], r["end"]) for r in found} & {(r["start"], r["end"]) for r in gold}
    mine, theirs = _links(found, places), _links(gold, places)
    tally.right += len(mine & theirs)
    tally.extra += len(mine - theirs)
    tally.missed += len(theirs - mine)


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
            "of": (mine["of_start"], mine["of_end"]) == (theirs["of_start"], theirs["of_end"]),
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


def print_scores(scores: Scores, mistakes: dict[str, list[str]], *, most: int) -> None:
    """Print a table of scores and up to ``most`` mistakes of each kind."""
    from rich.markup import escape
    from rich.table import Table

    from textmine.display import console

    table = Table(header_style="bold")
    for column in ("record", "precision", "recall", "F1", "gold", "of those found"):
        table.add_column(
            column, justify="left" if column in {"record", "of those found"} else "right"
        )
    plain = ("precision", "recall", "f1", "gold")
    for kind, row in scores.items():
        fields = ", ".join(
            f"{name} {value:.3f}" for name, value in row.items() if name not in plain
        )
        cells = [f"{row[name]:.3f}" for name in plain[:3]]
        table.add_row(kind, *cells, f"{row['gold']:.0f}", fields)
    screen = console()
    screen.print(table)
    for kind, found in mistakes.items():
        for line in found[:most] if ":" not in kind else ():
            screen.print(f"{kind}: {escape(line)}", soft_wrap=True)
