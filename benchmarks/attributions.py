"""Score claims against PolNeAR (``quotes/`` of the data beside the project): develop on dev.

An attribution counts as found where content spans share at least half (and three tenths) of the
characters of their union, one to one, best first; only gold attributions with a source are
wanted, only claims with a speaker compared. Speakers are right where they share words. ``--textacy``
scores textacy's direct quotations beside, on our parse; run it in an environment that has both:
PYTHONPATH=src ENV/bin/python benchmarks/attributions.py --textacy
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import textmine
from textmine import config

Places = frozenset[int]


@dataclass(frozen=True, slots=True)
class Said:
    """A content with its speaker, as the characters they cover."""

    content: Places
    speaker: Places
    direct: bool
    words: str


def chars(spans: Iterable[Sequence[int]]) -> Places:
    """Return the characters that spans cover."""
    return frozenset(place for start, end in spans for place in range(start, end))


def is_direct(text: str, spans: list[list[int]]) -> bool:
    """Say whether a content is a direct quotation: quotation marks around most of it."""
    whole = " ".join(text[start:end] for start, end in spans).strip()
    return whole[:1] in "\"“'‘" and any(mark in whole[1:] for mark in "\"”'’")


def wanted(row: dict[str, Any]) -> list[Said]:
    """Return a document's gold attributions that have a source."""
    text = row["text"]
    return [
        Said(
            chars(a["content"]),
            chars(a["source"]),
            is_direct(text, a["content"]),
            " ".join(text[s:e] for s, e in [*a["source"], *a["cue"], *a["content"]]),
        )
        for a in row["attributions"]
        if a["source"] and a["content"]
    ]


def ours(miner: Any, text: str) -> list[Said]:
    """Return our claims that have a speaker."""
    return [
        Said(
            chars(c.pieces),
            frozenset(range(c.speaker_start, c.speaker_end)),
            c.quote == "direct",
            f"{c.speaker} | {c.cue} | {c.text}",
        )
        for c in miner.annotate(text).claims
        if c.speaker_start is not None
    ]


def of_textacy(nlp: Any, text: str) -> list[Said]:
    """Return textacy's direct quotations; it refuses a text with an odd number of marks."""
    from textacy.extract import direct_quotations

    doc = nlp(text)
    try:
        quotations = list(direct_quotations(doc))
    except ValueError:
        return []
    return [
        Said(
            frozenset(range(found.content.start_char, found.content.end_char)),
            chars([[token.idx, token.idx + len(token)] for token in found.speaker]),
            True,
            found.content.text,
        )
        for found in quotations
    ]


def matched(gold: list[Said], found: list[Said], limit: float) -> dict[int, int]:
    """Pair gold with found, one to one, best first."""
    pairs = sorted(
        (
            (len(a.content & b.content) / len(a.content | b.content), g, m)
            for g, a in enumerate(gold)
            for m, b in enumerate(found)
            if a.content & b.content
        ),
        reverse=True,
    )
    out: dict[int, int] = {}
    used: set[int] = set()
    for overlap, g, m in pairs:
        if overlap >= limit and g not in out and m not in used:
            out[g] = m
            used.add(m)
    return out


def tally(gold: list[Said], found: list[Said], counts: Counter[str], errors: list[str]) -> None:
    """Count one document's hits."""
    counts["gold"] += len(gold)
    counts["found"] += len(found)
    counts["found0.3"] += len(matched(gold, found, 0.3))
    pairs = matched(gold, found, 0.5)
    counts["found0.5"] += len(pairs)
    counts["speaker"] += sum(bool(gold[g].speaker & found[m].speaker) for g, m in pairs.items())
    for kind in (True, False):
        counts[f"gold {kind}"] += sum(a.direct is kind for a in gold)
        counts[f"hit {kind}"] += sum(gold[g].direct is kind for g in pairs)
        counts[f"speaker {kind}"] += sum(
            gold[g].direct is kind and bool(gold[g].speaker & found[m].speaker)
            for g, m in pairs.items()
        )
    errors += [f"MISSED {a.words[:220]}" for g, a in enumerate(gold) if g not in pairs]
    errors += [f"EXTRA {b.words[:220]}" for m, b in enumerate(found) if m not in pairs.values()]


def report(name: str, counts: Counter[str]) -> None:
    """Print one system's scores."""
    print(f"{name}: {counts['gold']} wanted, {counts['found']} found")
    for limit in ("0.3", "0.5"):
        hits = counts[f"found{limit}"]
        precision, recall = hits / max(1, counts["found"]), hits / max(1, counts["gold"])
        f1 = 2 * precision * recall / max(1e-9, precision + recall)
        print(f"  overlap {limit}: P {precision:.3f} R {recall:.3f} F1 {f1:.3f}")
    print(f"  speaker right in {counts['speaker'] / max(1, counts['found0.5']):.3f} of those found")
    for kind, what in ((True, "direct quotations"), (False, "others")):
        hits = counts[f"hit {kind}"]
        print(
            f"  {what}: found {hits / max(1, counts[f'gold {kind}']):.3f} of {counts[f'gold {kind}']}, "
            f"speaker right in {counts[f'speaker {kind}'] / max(1, hits):.3f}"
        )


def main() -> None:
    """Print precision, recall, F1 and speaker accuracy of each system."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", default="../shared/data/quotes/polnear-dev.jsonl.gz")
    parser.add_argument("--engine", default=config.DEFAULT_ENGINE)
    parser.add_argument("--skip", type=int, default=0, help="documents to leave out at the start")
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--errors", type=int, default=0)
    parser.add_argument("--textacy", action="store_true")
    args = parser.parse_args()
    with gzip.open(Path(args.file), "rt", encoding="utf-8") as lines:
        rows: list[dict[str, Any]] = [json.loads(line) for line in lines]
    rows = rows[args.skip :][: args.limit or None]
    miner = textmine.load(args.engine, taxonomies=[])
    systems = {"textmine": lambda text: ours(miner, text)}
    if args.textacy:
        from textmine.nlp.pipeline import load_pipeline

        nlp = load_pipeline(args.engine)
        systems["textacy"] = lambda text: of_textacy(nlp, text)
    for name, read in systems.items():
        counts: Counter[str] = Counter()
        errors: list[str] = []
        for row in rows:
            tally(wanted(row), read(row["text"]), counts, errors)
        report(name, counts)
        for line in errors[: args.errors]:
            print(line)


if __name__ == "__main__":
    main()
