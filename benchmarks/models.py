"""Score the pipelines side by side on the dev sets beside the project, in one run.

Names: exact spans on Worldwide Newswire dev (nine labels; organisations, people and places) and EWT dev
(organisations, people, places). Syntax: UD English EWT and GUM dev, raw text. Speed: the pipeline alone,
on as many threads as asked for. Usage: python benchmarks/models.py [ENGINE ...]
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.training import Example

from textmine.nlp.corpus import read_rows, syntax_docs
from textmine.nlp.pipeline import load_pipeline

CORE = {"ORG": "ORG", "PERSON": "PERSON", "LOC": "PLACE", "FAC": "PLACE", "GPE": "PLACE"}


def f1(pairs: Iterable[tuple[set[Any], set[Any]]]) -> float:
    """Return micro F1 over (found, gold) sets."""
    counts: Counter[str] = Counter()
    for found, gold in pairs:
        counts["right"] += len(found & gold)
        counts["all"] += len(found) + len(gold)
    return 2 * counts["right"] / max(1, counts["all"])


def names(nlp: Language, rows: list[dict[str, Any]], labels: dict[str, str] | None) -> float:
    """Return F1 of exact spans; ``labels`` merges labels and leaves the others out."""

    def kept(spans: Iterable[tuple[int, int, str]]) -> set[Any]:
        if labels is None:
            return set(spans)
        return {(a, b, labels[label]) for a, b, label in spans if label in labels}

    docs = nlp.pipe(row["text"] for row in rows)
    return f1(
        (
            kept((e.start_char, e.end_char, e.label_) for e in doc.ents),
            kept((a, b, label) for a, b, label in row["entities"]),
        )
        for doc, row in zip(docs, rows, strict=True)
    )


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engines", nargs="*", default=["fast", "accurate"])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    args = parser.parse_args()
    worldwide = read_rows(args.data / "ner" / "worldwide-dev.jsonl.gz")
    ewt = read_rows(args.data / "ner" / "ewt-dev.jsonl.gz")
    words = sum(len(row["text"].split()) for row in worldwide)
    for engine in args.engines:
        started = time.perf_counter()
        nlp = load_pipeline(engine)
        loaded = time.perf_counter() - started
        started = time.perf_counter()
        for _ in nlp.pipe(row["text"] for row in worldwide):
            pass
        speed = words / (time.perf_counter() - started)
        trees = [
            doc
            for name in ("ewt", "gum")
            for doc in syntax_docs(args.data / "parse" / f"{name}-dev.conllu.gz", nlp)
        ]
        syntax = nlp.evaluate([Example(nlp.make_doc(doc.text), doc) for doc in trees])
        scores = {
            "worldwide, nine labels": names(nlp, worldwide, None),
            "worldwide, ORG PERSON place": names(nlp, worldwide, CORE),
            "EWT, ORG PERSON place": names(nlp, ewt, CORE),
            "tags": syntax["tag_acc"],
            "UAS": syntax["dep_uas"],
            "LAS": syntax["dep_las"],
            "lemmas": syntax["lemma_acc"],
        }
        folder = nlp.path or Path()
        size = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) / 1e6
        print(f"{engine}: {size:.0f} MB, loads in {loaded:.1f} s, {speed:,.0f} words/s")
        for name, value in scores.items():
            print(f"  {name}: {value:.3f}")


if __name__ == "__main__":
    main()
