"""A trained taxonomy on an encoder's vectors: one calibrated logistic regression a label.

A sentence's vector is the mean of its words' vectors, so a word's part in the decision is known
exactly: the evidence is the words that moved it most.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from textmine.statements.classifier import (
    Scored,
    SentenceVector,
    TrainedClassifier,
    best_threshold,
    calibrated,
    platt,
    read_classifier,
)

#: Inverse strength of the regression's regularisation, on vectors of unit variance.
_C = 0.003
#: Words named as evidence, at most.
_MOST = 4


class DenseClassifier:
    """Scores sentences under one taxonomy from their vectors."""

    def __init__(self, arrays: dict[str, np.ndarray[Any, Any]]) -> None:
        self._arrays = arrays
        self._labels = [str(label) for label in arrays["labels"]]
        # Spread and weights together: one product a sentence, and a word's part in it.
        self._weights = arrays["coef"] / arrays["spread"]
        self._offset = arrays["intercept"] - self._weights @ arrays["center"]

    @property
    def model(self) -> str:
        """Return the name and version that records carry."""
        return str(self._arrays["model"])

    @classmethod
    def load(cls, path: Path) -> DenseClassifier:
        """Read a classifier. Raises ModelError for a missing or damaged file."""
        return cls(read_classifier(path))

    def save(self, path: Path) -> None:
        """Write the classifier's numbers: plain arrays, no pickle."""
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(path, **self._arrays)  # type: ignore[arg-type]

    def score(self, sentences: Sequence[str], vectors: Sequence[SentenceVector]) -> list[Scored]:
        """Score each sentence under every label; ``vectors`` has one for each."""
        if not sentences:
            return []
        decisions = np.stack([v.vector for v in vectors]) @ self._weights.T + self._offset
        table = calibrated(decisions, *self._arrays["calibration"].T)
        out = []
        for row, found in zip(table, vectors, strict=True):
            scores = {label: round(float(p), 4) for label, p in zip(self._labels, row, strict=True)}
            chosen = [n for n, p in enumerate(row) if p >= self._arrays["thresholds"][n]]
            labels = tuple(self._labels[n] for n in chosen)
            words = words_that_moved(found, self._weights, self._arrays["center"], chosen)
            out.append(Scored(labels, scores, words))
        return out


def words_that_moved(
    found: SentenceVector,
    weights: np.ndarray[Any, Any],
    center: np.ndarray[Any, Any],
    chosen: Sequence[int],
) -> tuple[str, ...]:
    """Return the words that moved the decision for any of the labels most.

    ``weights`` (labels, width) are those of the sentence's vector, the mean of its words' vectors.
    """
    if not chosen or found.words is None or found.word_vectors is None:
        return ()
    moved = ((found.word_vectors - center) @ weights[list(chosen)].T).max(axis=1)
    order = sorted(range(len(moved)), key=lambda n: (-moved[n], n))
    words = [found.words[n] for n in order if moved[n] > 0 and re.search(r"\w{3}", found.words[n])]
    return tuple(dict.fromkeys(words))[:_MOST]


def load_classifier(path: Path) -> DenseClassifier | TrainedClassifier:
    """Read a classifier of either kind: one that reads words has a list of them."""
    return (
        TrainedClassifier.load(path)
        if "words" in read_classifier(path)
        else DenseClassifier.load(path)
    )


def train_dense(
    vectors: np.ndarray[Any, Any],
    labels: Sequence[Sequence[str]],
    held: np.ndarray[Any, Any],
    held_labels: Sequence[Sequence[str]],
    held_groups: Sequence[str],
    *,
    names: Sequence[str],
    model: str,
) -> tuple[DenseClassifier, dict[str, dict[str, float]]]:
    """Train on ``vectors``; calibrate and choose thresholds on ``held``, which the encoder has not seen.

    Returns the classifier and its scores on ``held``: thresholds for these are chosen on one half of
    its documents (``held_groups``) and scored on the other, in turn.
    """
    from sklearn.linear_model import LogisticRegression

    center, spread = vectors.mean(0), vectors.std(0) + 1e-6
    rows, rows_held = (vectors - center) / spread, (held - center) / spread
    halves = np.array([sorted(set(held_groups)).index(g) % 2 for g in held_groups])
    coef, intercept, calibration, thresholds = [], [], [], []
    report: dict[str, dict[str, float]] = {}
    for name in names:
        gold = np.array([name in row for row in labels], dtype=int)
        gold_held = np.array([name in row for row in held_labels], dtype=int)
        fitted = LogisticRegression(C=_C, max_iter=1000).fit(rows, gold)
        decisions = fitted.decision_function(rows_held)
        slope, offset = platt(decisions, gold_held)
        probabilities = calibrated(decisions, slope, offset)
        coef.append(fitted.coef_[0])
        intercept.append(fitted.intercept_[0])
        calibration.append([slope, offset])
        thresholds.append(best_threshold(probabilities, gold_held))
        told = np.zeros_like(gold_held)
        for half in (0, 1):
            limit = best_threshold(probabilities[halves == half], gold_held[halves == half])
            told[halves != half] = probabilities[halves != half] >= limit
        report[name] = _report(told, gold_held, probabilities)
    return DenseClassifier(
        {
            "model": np.array(model), "labels": np.array(list(names)),
            "center": center.astype("float32"), "spread": spread.astype("float32"),
            "coef": np.array(coef, "float32"), "intercept": np.array(intercept, "float32"),
            "calibration": np.array(calibration), "thresholds": np.array(thresholds),
        }
    ), report  # fmt: skip


def _report(
    told: np.ndarray[Any, Any], gold: np.ndarray[Any, Any], probabilities: np.ndarray[Any, Any]
) -> dict[str, float]:
    from sklearn.metrics import average_precision_score

    hits = float(((told == 1) & (gold == 1)).sum())
    bins = np.clip((probabilities * 10).astype(int), 0, 9)
    gaps = [
        abs(probabilities[bins == b].mean() - gold[bins == b].mean()) * (bins == b).mean()
        for b in range(10)
        if (bins == b).any()
    ]
    return {
        "precision": hits / max(1.0, float(told.sum())),
        "recall": hits / max(1.0, float(gold.sum())),
        "f1": 2 * hits / max(1.0, float(told.sum() + gold.sum())),
        "average_precision": float(average_precision_score(gold, probabilities)),
        "calibration_error": float(sum(gaps)),
        "positives": float(gold.sum()),
    }
