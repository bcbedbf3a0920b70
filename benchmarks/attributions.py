"""Score claims against PolNeAR (``quotes/`` of the data beside the project): develop on dev.

An attribution counts as found where content spans share at least half (and three tenths) of the
characters of their union, one to one, best first; only gold attributions with a source are
wanted, only claims with a speaker compared. Speakers are right where they share words.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import textmine
from textmine import config


def chars(spans: list[list[int]]) -> set[int]:
    """Return the characters that spans cover."""
    return {place for start, end in spans for place in range(start, end)}


def is_direct(text: str, spans: list[list[int]]) -> bool:
    """Say whether a content is a direct quotation: quotation marks around most of it."""
    whole = " ".join(text[start:end] for start, end in spans).strip()
    return whole[:1] in "\"“'‘" and any(mark in whole[1:] for mark in "\"”'’")


def main() -> None:
    """Print precision, recall, F1 and speaker accuracy."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", default="../shared/data/quotes/polnear-dev.jsonl.gz")
    parser.add_argument("--engine", default=config.DEFAULT_ENGINE)
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--errors", type=int, default=0)
    args = parser.parse_args()
    with gzip.open(Path(args.file), "rt", encoding="utf-8") as lines:
        rows: list[dict[str, Any]] = [json.loads(line) for line in lines]
    rows = rows[: args.limit or None]
    miner = textmine.load(args.engine, taxonomies=[])
    counts: Counter[str] = Counter()
    shown = 0
    for row in rows:
        text = row["text"]
        result = miner.annotate(text)
        gold = [a for a in row["attributions"] if a["source"] and a["content"]]
        contents = [chars(a["content"]) for a in gold]
        mine = [c for c in result.claims if c.speaker_start is not None]
        spans = [set(range(c.start, c.end)) for c in mine]
        pairs = sorted(
            (
                (len(a & b) / len(a | b), g, m)
                for g, a in enumerate(contents)
                for m, b in enumerate(spans)
                if a & b
            ),
            reverse=True,
        )
        for limit in (0.3, 0.5):
            used_gold: dict[int, int] = {}
            used_mine: set[int] = set()
            for overlap, g, m in pairs:
                if overlap >= limit and g not in used_gold and m not in used_mine:
                    used_gold[g] = m
                    used_mine.add(m)
            counts[f"found{limit}"] += len(used_gold)
            if limit == 0.5:
                for g, m in used_gold.items():
                    source = chars(gold[g]["source"])
                    told = set(range(mine[m].speaker_start or 0, mine[m].speaker_end or 0))
                    counts["speaker"] += bool(source & told)
                    counts["direct_found"] += is_direct(text, gold[g]["content"])
                for g, a in enumerate(gold):
                    counts["direct"] += is_direct(text, a["content"])
                    if g not in used_gold and shown < args.errors:
                        shown += 1
                        whole = [text[s:e] for s, e in a["content"]]
                        cue = [text[s:e] for s, e in a["cue"]]
                        print("MISSED", [text[s:e] for s, e in a["source"]], cue, whole)
                for m, claim in enumerate(mine):
                    if m not in used_mine and shown < args.errors:
                        print("EXTRA", claim.speaker, "|", claim.cue, "|", claim.text[:150])
        counts["gold"] += len(gold)
        counts["mine"] += len(mine)
    for limit in (0.3, 0.5):
        hits = counts[f"found{limit}"]
        precision, recall = hits / max(1, counts["mine"]), hits / max(1, counts["gold"])
        f1 = 2 * precision * recall / max(1e-9, precision + recall)
        print(f"overlap {limit}: P {precision:.3f} R {recall:.3f} F1 {f1:.3f}")
    print(f"speaker right in {counts['speaker'] / max(1, counts['found0.5']):.3f} of those found")
    print(f"direct quotations found: {counts['direct_found'] / max(1, counts['direct']):.3f}")
    print(f"gold {counts['gold']}, ours {counts['mine']}, documents {len(rows)}")


if __name__ == "__main__":
    main()
