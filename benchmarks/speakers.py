"""Score whom speakers' words mean, on PolNeAR's sources (``quotes/`` of the data beside the project).

``corpora/speakers`` says by places in the text, without its words, whom each pronoun, description and name that
is a source means ("-": someone without a name). Counted are the sources that a claim of ours has as its speaker:
how many of the names told are right, and how many of those that have a name are told right. Groups
("Republicans"), which are entities of ours and have no name there, are left out. The documents of
``train`` were looked at while the rules were written; of ``dev`` the descriptions that were read wrong, once.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import Counter, defaultdict
from pathlib import Path

import textmine
from textmine import config
from textmine.records import Annotated, Claim

Span = tuple[int, int]
PRONOUNS = ("he", "she", "it", "they", "who")


def spans_of(cell: str) -> list[Span]:
    """Read "12-15;40-52"; "-" is none."""
    pairs = [part.split("-") for part in cell.split(";")] if cell != "-" else []
    return [(int(start), int(end)) for start, end in pairs]


def overlap(a: Span, b: Span) -> bool:
    """Say whether two spans share a character."""
    return a[0] < b[1] and b[0] < a[1]


def sort_of(text: str, source: Span, meant: list[Span]) -> str:
    """Return the pronoun, "name" if the source's words hold the name, or "description"."""
    words = text[source[0] : source[1]]
    if words.lower() in PRONOUNS:
        return words.lower()
    last_names = [text[a:b].rsplit(maxsplit=1)[-1] for a, b in meant]
    return "name" if any(name in words for name in last_names) else "description"


def is_meant(result: Annotated, claim: Claim, meant: list[Span]) -> bool:
    """Say whether the claim's speaker is an entity that is named at one of the places."""
    return any(
        mention.entity_id == claim.speaker_entity_id
        and overlap((mention.start, mention.end), place)
        for mention in result.mentions
        for place in meant
    )


def main() -> None:
    """Print precision and recall by sort of source."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("part", nargs="?", choices=("dev", "train"), default="dev")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--engine", default=config.DEFAULT_ENGINE)
    parser.add_argument("--errors", action="store_true")
    args = parser.parse_args()
    gold: dict[str, list[tuple[Span, list[Span]]]] = defaultdict(list)
    labels = config.resource_folder("corpora") / "speakers" / f"polnear-{args.part}.tsv"
    for line in labels.read_text(encoding="utf-8").splitlines():
        doc, source, meant = line.split("\t")
        gold[doc].append((spans_of(source)[0], spans_of(meant)))
    miner = textmine.load(args.engine)
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    with gzip.open(
        args.data / "quotes" / f"polnear-{args.part}.jsonl.gz", "rt", encoding="utf-8"
    ) as lines:
        for row in map(json.loads, lines):
            if row["id"] not in gold:
                continue
            result = miner.annotate(row["text"])
            said = [c for c in result.claims if c.speaker_start is not None]
            groups = {e.id for e in result.entities if e.label == "GROUP"}
            for source, meant in gold[row["id"]]:
                claim = next(
                    (
                        c
                        for c in said
                        if overlap(source, (c.speaker_start or 0, c.speaker_end or 0))
                    ),
                    None,
                )
                if claim is not None and not meant and claim.speaker_entity_id in groups:
                    continue
                sort = sort_of(row["text"], source, meant)
                right = claim is not None and is_meant(result, claim, meant)
                told = claim is not None and claim.speaker_entity_id is not None
                for key in (sort, "all"):
                    counts[key].update(
                        sources=1,
                        found=claim is not None,
                        told=told,
                        right=right,
                        named=claim is not None and bool(meant),
                    )
                if args.errors and claim is not None and not right and (told or meant):
                    around = row["text"][max(0, source[0] - 200) : source[1] + 40].replace(
                        "\n", " "
                    )
                    name = row["text"][slice(*meant[0])] if meant else "-"
                    print(f"{sort}: {claim.speaker!r} = {claim.speaker_name} for {name}: {around}")
    for sort, found in sorted(counts.items()):
        precision = found["right"] / max(1, found["told"])
        recall = found["right"] / max(1, found["named"])
        print(
            f"{sort:12} sources {found['sources']:5} in claims {found['found']:5} named {found['named']:5} "
            f"told {found['told']:5} precision {precision:.3f} recall {recall:.3f}"
        )


if __name__ == "__main__":
    main()
