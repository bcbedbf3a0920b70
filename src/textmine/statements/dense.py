"""A trained taxonomy on an encoder's vectors: small networks and a logistic regression, calibrated.

A sentence's vector is the mean of its words' vectors, and a network of rectified units is linear
around each sentence: a word's part in the decision is known, and the evidence is the words that
moved it most.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
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
#: The networks: how many, their units, epochs, and the strength of their regularisation.
_NETWORKS, _UNITS, _EPOCHS, _ALPHA = 3, 256, 12, 0.1
#: Words named as evidence, at most.
_MOST = 4


@dataclass(frozen=True, slots=True)
class Network:
    """Decision values of labels from vectors: a linear part, and one layer of rectified units.

    ``linear`` (labels, width), ``offset`` (labels,), ``hidden`` (units, width), ``bias`` (units,),
    ``told`` (labels, units).
    """

    linear: np.ndarray[Any, Any]
    offset: np.ndarray[Any, Any]
    hidden: np.ndarray[Any, Any]
    bias: np.ndarray[Any, Any]
    told: np.ndarray[Any, Any]

    def decisions(self, vectors: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Return (vectors, labels)."""
        units = np.maximum(vectors @ self.hidden.T + self.bias, 0)
        return np.asarray(vectors @ self.linear.T + units @ self.told.T + self.offset)

    def weights_at(self, vector: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Return (labels, width): the weights of a vector's numbers, exact around this vector."""
        active = self.hidden @ vector + self.bias > 0
        return np.asarray(self.linear + self.told[:, active] @ self.hidden[active])

    @classmethod
    def fit(cls, vectors: np.ndarray[Any, Any], gold: np.ndarray[Any, Any]) -> Network:
        """Fit to ``gold`` (vectors, labels) of 0 and 1: the regression plus the mean of the networks."""
        from sklearn.linear_model import LogisticRegression
        from sklearn.neural_network import MLPClassifier

        center, spread = vectors.mean(0), vectors.std(0) + 1e-6
        rows = ((vectors - center) / spread).astype("float32")
        lines = [LogisticRegression(C=_C, max_iter=1000).fit(rows, column) for column in gold.T]
        nets = [
            MLPClassifier((_UNITS,), alpha=_ALPHA, learning_rate_init=3e-4, random_state=seed)
            for seed in range(_NETWORKS)
        ]
        for net in nets:
            for _ in range(_EPOCHS):
                net.partial_fit(rows, gold, classes=np.arange(gold.shape[1]))
        linear = np.concatenate([line.coef_ for line in lines]) / spread
        hidden = np.concatenate([net.coefs_[0].T for net in nets]) / spread
        last = np.mean([net.intercepts_[1] for net in nets], axis=0)
        parts = (
            linear,
            np.concatenate([line.intercept_ for line in lines]) + last - linear @ center,
            hidden,
            np.concatenate([net.intercepts_[0] for net in nets]) - hidden @ center,
            np.concatenate([net.coefs_[1].T for net in nets], axis=1) / _NETWORKS,
        )
        return cls(*(part.astype("float32") for part in parts))


class DenseClassifier:
    """Scores sentences under one taxonomy from their vectors."""

    def __init__(self, arrays: dict[str, np.ndarray[Any, Any]]) -> None:
        self._arrays = arrays
        self._labels = [str(label) for label in arrays["labels"]]
        self._network = Network(*(arrays[field.name] for field in fields(Network)))

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
        decisions = self._network.decisions(np.stack([v.vector for v in vectors]))
        table = calibrated(decisions, *self._arrays["calibration"].T)
        out = []
        for row, found in zip(table, vectors, strict=True):
            scores = {label: round(float(p), 4) for label, p in zip(self._labels, row, strict=True)}
            chosen = [n for n, p in enumerate(row) if p >= self._arrays["thresholds"][n]]
            labels = tuple(self._labels[n] for n in chosen)
            words: tuple[str, ...] = ()
            if chosen:
                weights = self._network.weights_at(found.vector)
                words = words_that_moved(found, weights, self._arrays["center"], chosen)
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
    gold = np.array([[name in row for name in names] for row in labels], dtype=int)
    network = Network.fit(vectors, gold)
    decisions = network.decisions(held)
    halves = np.array([sorted(set(held_groups)).index(g) % 2 for g in held_groups])
    calibration, thresholds = [], []
    report: dict[str, dict[str, float]] = {}
    for n, name in enumerate(names):
        gold_held = np.array([name in row for row in held_labels], dtype=int)
        slope, offset = platt(decisions[:, n], gold_held)
        probabilities = calibrated(decisions[:, n], slope, offset)
        calibration.append([slope, offset])
        thresholds.append(best_threshold(probabilities, gold_held))
        told = np.zeros_like(gold_held)
        for half in (0, 1):
            limit = best_threshold(probabilities[halves == half], gold_held[halves == half])
            told[halves != half] = probabilities[halves != half] >= limit
        report[name] = _report(told, gold_held, probabilities)
    parts = zip(fields(Network), astuple(network), strict=True)
    return DenseClassifier(
        {
            "model": np.array(model), "labels": np.array(list(names)),
            "center": vectors.mean(0).astype("float32"),
            "calibration": np.array(calibration), "thresholds": np.array(thresholds),
        } | {field.name: value for field, value in parts}
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
