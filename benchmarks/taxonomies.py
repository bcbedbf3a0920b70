"""Learning curves of fresh taxonomies, in one run: macro F1 on sentences held out, by examples a label.

The labelled sentences are our own (``corpora/statements``). Compared on the same examples, with as many
sentences that bear no label: TF-IDF (words, letters) and logistic regression; the encoder's sentence
vectors and logistic regression; textmine with the sentences as the file's examples (``examples``: no
others, and none without a label), and with them as decisions on top of the file (``learned``). The
labelled sentences are kept out of the background. At last what was said and what came true.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline, make_union

from textmine import config
from textmine.statements.background import Background
from textmine.statements.classifier import SentenceVector
from textmine.statements.learned import Lesson, examples_of, f1_by_label, learn
from textmine.statements.taxonomy import Taxonomy, read_taxonomy
from textmine.steps import Miner

SIZES = (4, 8, 16, 32, 1000)
REPEATS = 5


def tfidf(texts: list[str], gold: np.ndarray[Any, Any], test: list[str]) -> np.ndarray[Any, Any]:
    """Return probabilities of a label from words and letters."""
    features = make_union(
        TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2)),
        TfidfVectorizer(sublinear_tf=True, analyzer="char_wb", ngram_range=(3, 5)),
    )
    model = make_pipeline(features, LogisticRegression(C=10, class_weight="balanced", max_iter=500))
    return np.asarray(model.fit(texts, gold).predict_proba(test)[:, 1])


def frozen(
    rows: np.ndarray[Any, Any], gold: np.ndarray[Any, Any], test: np.ndarray[Any, Any]
) -> np.ndarray[Any, Any]:
    """Return probabilities of a label from sentence vectors."""
    model = LogisticRegression(C=0.01, class_weight="balanced", max_iter=500)
    center, spread = rows.mean(0), rows.std(0) + 1e-6
    return np.asarray(
        model.fit((rows - center) / spread, gold).predict_proba((test - center) / spread)[:, 1]
    )


def chosen(
    rows: list[dict[str, Any]], labels: tuple[str, ...], size: int, rng: random.Random
) -> list[int]:
    """Return places of ``size`` sentences a label, and as many of none."""
    out: set[int] = set()
    for label in (*labels, None):
        fitting = [
            n
            for n, row in enumerate(rows)
            if (label in row["labels"] if label else not row["labels"])
        ]
        out |= set(rng.sample(fitting, min(size, len(fitting))))
    return sorted(out)


def curve(path: Path, miner: Miner) -> None:
    """Print one taxonomy's learning curve."""
    taxonomy = read_taxonomy(config.taxonomy_path(path.stem))
    labels = taxonomy.label_names
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    started = time.perf_counter()
    vectors = miner.vectors([row["text"] for row in rows])
    rate = len(rows) / (time.perf_counter() - started)
    counts = {label: sum(label in row["labels"] for row in rows) for label in labels}
    print(f"{taxonomy.name}: {len(rows)} sentences, {counts}; {rate:,.0f} sentences/s")
    whole = Background.load(config.models_folder() / "statements" / f"background-{miner.host}.npz")
    mine = {row["text"] for row in rows}
    kept = [n for n, text in enumerate(whole.texts) if text not in mine]
    background = Background(tuple(whole.texts[n] for n in kept), whole.vectors[kept])
    docs = sorted({row["doc"] for row in rows})
    table = np.stack([v.vector for v in vectors])
    for size in SIZES:
        found: dict[str, list[float]] = defaultdict(list)
        said: list[tuple[float, bool]] = []
        for repeat in range(REPEATS):
            rng = random.Random(repeat)
            held = set(rng.sample(docs, len(docs) // 3))
            train = [n for n, row in enumerate(rows) if row["doc"] not in held]
            test = [n for n, row in enumerate(rows) if row["doc"] in held]
            picked = [train[n] for n in chosen([rows[n] for n in train], labels, size, rng)]
            for name, value in one_try(
                taxonomy, miner, rows, vectors, table, picked, test, background, said
            ).items():
                found[name].append(value)
        scores = "  ".join(
            f"{name} {np.mean(v):.2f} (±{np.std(v):.2f})" for name, v in found.items()
        )
        print(f"  {size if size < 1000 else 'all':>4} a label: {scores}", flush=True)
    reliability(said)


def reliability(said: list[tuple[float, bool]]) -> None:
    """Print what came true of what was said, tenth by tenth, and the expected calibration error."""
    values, true = np.array([p for p, _ in said]), np.array([t for _, t in said])
    bins = np.clip((values * 10).astype(int), 0, 9)
    error = sum(
        abs(values[bins == b].mean() - true[bins == b].mean()) * (bins == b).mean()
        for b in set(bins)
    )
    print(f"  said and true with all examples (expected calibration error {error:.3f}):")
    for b in sorted(set(bins)):
        share = true[bins == b].mean()
        print(
            f"    {values[bins == b].mean():.2f} {share:.2f} {'█' * round(40 * share)} ({(bins == b).sum()})"
        )


@cache
def of_file(taxonomy: Taxonomy, miner: Miner) -> Lesson:
    """Return the examples of a taxonomy's file as a lesson."""
    told = examples_of(taxonomy)
    texts = [text for _, text in told]
    return Lesson(texts, miner.vectors(texts), [(name,) for name, _ in told])


def one_try(
    taxonomy: Taxonomy,
    miner: Miner,
    rows: list[dict[str, Any]],
    vectors: list[SentenceVector],
    table: np.ndarray[Any, Any],
    picked: list[int],
    test: list[int],
    background: Background,
    said: list[tuple[float, bool]],
) -> dict[str, float]:
    """Return macro F1 of each system that learned from ``picked`` on ``test``."""
    labels = taxonomy.label_names
    texts, held_texts = [rows[n]["text"] for n in picked], [rows[n]["text"] for n in test]
    decided, wanted = [rows[n]["labels"] for n in picked], [rows[n]["labels"] for n in test]
    held_vectors = [vectors[n] for n in test]
    told: dict[str, list[list[str]]] = {"TF-IDF": [[] for _ in test], "vectors": [[] for _ in test]}
    for label in labels:
        gold = np.array([label in row for row in decided], dtype=int)
        for name, probabilities in (
            ("TF-IDF", tfidf(texts, gold, held_texts)),
            ("vectors", frozen(table[picked], gold, table[test])),
        ):
            for n, p in enumerate(probabilities):
                if p >= 0.5:
                    told[name][n].append(label)
    named = [n for n in range(len(texts)) if decided[n]]
    few = Lesson(
        [texts[n] for n in named], [vectors[picked[n]] for n in named], [decided[n] for n in named]
    )
    whole = Lesson(texts, [vectors[n] for n in picked], decided) + of_file(taxonomy, miner)
    for name, lesson in (("examples", few), ("learned", whole)):
        taught = learn(lesson, taxonomy, background=background, prior=None, model="curve")
        scored = taught.score(held_texts, held_vectors)
        told[name] = [list(s.labels) for s in scored]
        if name == "learned":
            said.extend(
                (s.scores[label], label in row)
                for s, row in zip(scored, wanted, strict=True)
                for label in labels
            )
    return {name: f1_by_label(said, wanted, labels)["macro"] for name, said in told.items()}


def main() -> None:
    """Print the curves of all labelled taxonomies."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("corpora/statements"))
    parser.add_argument("--engine", default=config.DEFAULT_ENGINE)
    args = parser.parse_args()
    miner = Miner(args.engine, [])
    for path in sorted(args.folder.glob("*.jsonl")):
        curve(path, miner)


if __name__ == "__main__":
    main()
