"""Score the pipelines side by side on the dev sets beside the project, in one run.

Names: exact spans on Worldwide Newswire dev (nine labels; organisations, people and places) and EWT dev
(organisations, people, places). Syntax: UD English EWT and GUM dev, raw text. Speed: the pipeline alone,
on one core and on two. Companies: FIRE's sentences (only its training part is at hand: every pipeline in the
box has seen them), COMPANY by name and kind together. Kinds: as cross-validated when they were trained.
Usage: python benchmarks/models.py [ENGINE or folder ...]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.training import Example

import textmine
from textmine import config
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


def companies(engine: str, rows: list[dict[str, Any]]) -> float:
    """Return F1 of companies: exact spans that come out as COMPANY."""
    miner = textmine.load(engine, taxonomies=[])
    results = miner.annotate_many(row["text"] for row in rows)
    return f1(
        (
            {(m.start, m.end) for m in result.mentions if m.label == "COMPANY"},
            {(a, b) for a, b in row["company"]},
        )
        for result, row in zip(results, rows, strict=True)
    )


def words_per_second(engine: str, data: Path) -> float:
    """Return the speed of a pipeline alone, on the cores this process may use."""
    rows = read_rows(data / "ner" / "worldwide-dev.jsonl.gz")[:40]
    nlp = load_pipeline(engine)
    nlp(rows[0]["text"])
    started = time.perf_counter()
    for _ in nlp.pipe((row["text"] for row in rows), batch_size=16):
        pass
    return sum(len(row["text"].split()) for row in rows) / (time.perf_counter() - started)


def speed_on(cores: int, engine: str, data: Path) -> float:
    """Measure the speed in a process of its own that may use so many cores."""
    threads = {"OPENBLAS_NUM_THREADS": "1"}  # as Miner sets it
    run = subprocess.run(
        ["taskset", "-c", ",".join(map(str, range(cores))), sys.executable, __file__, "--speed", engine,
         "--data", str(data)],
        check=True, capture_output=True, text=True, env=os.environ | threads,
    )  # fmt: skip
    return float(run.stdout)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--speed", action="store_true", help="print the words a second alone")
    parser.add_argument("engines", nargs="*", default=["fast", "accurate"])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    args = parser.parse_args()
    if args.speed:
        print(words_per_second(args.engines[0], args.data))
        return
    fire = read_rows(args.data / "ner" / "fire-train.jsonl.gz")[:500]
    worldwide = read_rows(args.data / "ner" / "worldwide-dev.jsonl.gz")
    ewt = read_rows(args.data / "ner" / "ewt-dev.jsonl.gz")
    for engine in args.engines:
        started = time.perf_counter()
        nlp = load_pipeline(engine)
        loaded = time.perf_counter() - started
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
            "FIRE, companies (seen in training)": companies(engine, fire),
            "tags": syntax["tag_acc"],
            "UAS": syntax["dep_uas"],
            "LAS": syntax["dep_las"],
            "lemmas": syntax["lemma_acc"],
        }
        folder = nlp.path or Path()
        size = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) / 1e6
        speeds = ", ".join(f"{speed_on(cores, engine, args.data):,.0f}" for cores in (1, 2))
        print(
            f"{engine}: {size:.0f} MB, loads in {loaded:.1f} s, {speeds} words/s on one and two cores"
        )
        for name, value in scores.items():
            print(f"  {name}: {value:.3f}", flush=True)
    kinds = json.loads((config.models_folder() / "kinds" / "scores.json").read_text())
    print("kinds, names held out by name: " + ", ".join(f"{k} {v:.3f}" for k, v in kinds.items()))


if __name__ == "__main__":
    main()
