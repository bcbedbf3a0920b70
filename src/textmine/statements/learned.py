"""A taxonomy that learns from examples and from a person's decisions, without PyTorch, in seconds.

One logistic regression a label over the sentence's vector, the cues it holds and its words; where a
trained classifier is in the box, over what that says, too. Ordinary sentences of news stand
against the few examples. One decision in four is held back: no version learns from it, and each
new one is compared with the one before on it.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from textmine.errors import ModelError
from textmine.statements.background import Background
from textmine.statements.classifier import (
    Classifier,
    Scored,
    SentenceVector,
    best_threshold,
    calibrated,
    platt,
    read_classifier,
)
from textmine.statements.dense import words_that_moved
from textmine.statements.taxonomy import Label, Taxonomy

# Measured on the 1,200 sentences of corpora/statements (benchmarks/taxonomies.py): with 8 examples a label
# the vectors alone come to 0.31 and 0.22 macro F1, words alone to 0.18; together, with cues and the
# background, to 0.42.
#: Inverse strength of regularisation, on features of about unit length.
_C = 20.0
#: Weight of the words (TF-IDF rows of length one) beside the vector (length one) and the cues (one each).
_WORDS = 0.7
#: The background counts as so many sentences, however many it has.
_BACKGROUND = 20.0
#: Weight of a trained classifier's log-odds, and the regularisation beside it: decisions correct it.
_ODDS, _C_CORRECTING = 1.5, 1.0
#: With fewer decisions for or against a label than this, its probabilities are left as they are.
_LEAST = 12
#: Sentences that lack a label for each that bears it, in ordinary news.
_COMMON = 8.0
_TERMS: dict[str, Any] = {"sublinear_tf": True, "ngram_range": (1, 2)}


@dataclass(frozen=True, slots=True)
class Lesson:
    """Sentences with their vectors, the labels of each and its weight."""

    texts: list[str]
    vectors: list[SentenceVector]
    labels: list[Sequence[str]]

    def __add__(self, other: Lesson) -> Lesson:
        """Join two lessons."""
        return Lesson(
            self.texts + other.texts, self.vectors + other.vectors, self.labels + other.labels
        )


def examples_of(taxonomy: Taxonomy) -> list[tuple[str, str]]:
    """Return (label, sentence) of a taxonomy's file: its examples; for a label without, its definition."""
    return [
        (label.name, text)
        for label in taxonomy.labels
        for text in (label.examples or (label.definition,))
    ]


class LearnedClassifier:
    """Scores sentences under one taxonomy."""

    def __init__(
        self, arrays: dict[str, np.ndarray[Any, Any]], taxonomy: Taxonomy, prior: Classifier | None
    ) -> None:
        self._arrays, self._prior = arrays, prior
        self._labels = [str(label) for label in arrays["labels"]]
        known = {label.name: label for label in taxonomy.labels}
        self._cues = [_cue_pattern(known[name]) if name in known else None for name in self._labels]
        terms = arrays["terms"].tobytes().decode().split("\n")
        self._words = TfidfVectorizer(
            vocabulary=dict(zip(terms, range(len(terms)), strict=True)), **_TERMS
        )
        self._words.idf_ = arrays["idf"]

    @property
    def model(self) -> str:
        """Return the name and version that records carry."""
        return str(self._arrays["model"])

    @classmethod
    def load(cls, path: Path, taxonomy: Taxonomy, prior: Classifier | None) -> LearnedClassifier:
        """Read a version. Raises ModelError if it is damaged or does not fit what is here now."""
        arrays = read_classifier(path)
        now = prior.model if prior is not None else ""
        if str(arrays["prior"]) != now:
            raise ModelError(
                f"{path} was learned on top of {arrays['prior'] or 'examples alone'}, but "
                f"{now or 'none'} is here now: train it again with `textmine train NAME`"
            )
        if tuple(map(str, arrays["labels"])) != taxonomy.label_names:
            raise ModelError(
                f"{path} was learned for the labels {', '.join(map(str, arrays['labels']))}, the taxonomy "
                "has others now: train it again, or `textmine taxonomy restore NAME 0`"
            )
        return cls(arrays, taxonomy, prior)

    def save(self, path: Path) -> None:
        """Write the numbers and words: plain arrays, no pickle."""
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(path, **self._arrays)  # type: ignore[arg-type]

    def score(self, sentences: Sequence[str], vectors: Sequence[SentenceVector]) -> list[Scored]:
        """Score each sentence under every label; ``vectors`` has one for each."""
        if not sentences:
            return []
        before = self._prior.score(sentences, vectors) if self._prior is not None else None
        cues = [[p.findall(s) if p else [] for p in self._cues] for s in sentences]
        rows = _rows(
            np.stack([v.vector for v in vectors]), self._arrays["center"],
            np.array([[1.0 if found else 0.0 for found in row] for row in cues]),
            self._words.transform(sentences),
            log_odds(before, self._labels) if before is not None else None,
        )  # fmt: skip
        decisions = rows @ self._arrays["coef"].T + self._arrays["intercept"]
        probabilities = calibrated(decisions, *self._arrays["calibration"].T)
        weights = self._arrays["coef"][:, : len(self._arrays["center"])]
        out = []
        for n, row in enumerate(probabilities):
            scores = {label: round(float(p), 4) for label, p in zip(self._labels, row, strict=True)}
            chosen = [k for k, p in enumerate(row) if p >= self._arrays["thresholds"][k]]
            told = [cue for k in chosen for cue in cues[n][k]]
            told += before[n].evidence if before is not None and chosen else ()
            told += words_that_moved(vectors[n], weights, self._arrays["center"], chosen)
            labels = tuple(self._labels[k] for k in chosen)
            out.append(Scored(labels, scores, tuple(dict.fromkeys(told))[:4]))
        return out


def _cue_pattern(label: Label) -> re.Pattern[str] | None:
    if not label.cues:
        return None
    cues = "|".join(re.escape(cue) for cue in sorted(label.cues, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{cues})(?!\w)", re.IGNORECASE)


def _rows(
    vectors: np.ndarray[Any, Any],
    center: np.ndarray[Any, Any],
    cues: np.ndarray[Any, Any],
    words: Any,
    odds: np.ndarray[Any, Any] | None,
) -> Any:
    """Return one sparse row a sentence: unit vector, cues, words, log-odds of what was said before."""
    table = vectors - center
    table = table / np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-9)
    parts = [csr_matrix(table), csr_matrix(cues), _WORDS * words]
    if odds is not None:
        parts.append(csr_matrix(_ODDS * odds))
    return hstack(parts).tocsr()


def log_odds(scored: Sequence[Scored], labels: Sequence[str]) -> np.ndarray[Any, Any]:
    """Return (sentences, labels): the log-odds of what a classifier said, kept within bounds."""
    table = np.array([[row.scores.get(label, 0.5) for label in labels] for row in scored])
    table = np.clip(table, 0.01, 0.99)
    return np.asarray(np.log(table / (1 - table)))


def is_held_back(text: str) -> bool:
    """Say whether a decision on this sentence is kept for comparing versions: one in four."""
    return zlib.crc32(" ".join(text.split()).encode()) % 4 == 0


def _of_cues(taxonomy: Taxonomy, center: np.ndarray[Any, Any]) -> Lesson:
    """Return a lesson that each cue speaks for its label, whatever else a sentence says."""
    labels = [label for label in taxonomy.labels if label.cues]
    return Lesson(
        [" ; ".join(label.cues) for label in labels],
        [SentenceVector(center) for _ in labels],
        [(label.name,) for label in labels],
    )


def learn(
    lesson: Lesson,
    taxonomy: Taxonomy,
    *,
    background: Background,
    prior: Classifier | None,
    model: str,
    folds: int = 5,
) -> LearnedClassifier:
    """Learn from examples and decisions (those held back are left out by the caller).

    ``prior`` is a trained classifier, if there is one: then the decisions correct it; else the
    background stands against the examples. Probabilities are calibrated and thresholds chosen on
    predictions for folds left out, for a label with enough decisions; else a label is given from 0.5 on.
    A label with nothing for it or nothing against it stays as the prior has it, or is never given.
    """
    names = taxonomy.label_names
    center = background.center
    patterns = [_cue_pattern(label) for label in taxonomy.labels]
    if prior is None:
        lesson = lesson + _of_cues(taxonomy, center)
    texts = lesson.texts if prior is not None else [*lesson.texts, *background.texts]
    words = TfidfVectorizer(**_TERMS).fit(texts or background.texts)
    cues = np.array([[float(bool(p and p.search(text))) for p in patterns] for text in texts])
    table = [v.vector for v in lesson.vectors]
    odds = None
    if prior is not None:
        odds = log_odds(prior.score(lesson.texts, lesson.vectors), names)
    else:
        table += list(background.vectors)
    rows = _rows(np.stack(table).astype("float64"), center, cues, words.transform(texts), odds)
    weights = np.ones(len(texts))
    weights[len(lesson.texts) :] = _BACKGROUND / max(1, len(background.texts))
    coef, intercept, calibration, thresholds = [], [], [], []
    for n, name in enumerate(names):
        gold = np.array(
            [name in row for row in lesson.labels] + [False] * (len(texts) - len(lesson.texts))
        )
        fitted = _fitted(rows, gold, weights, correcting=prior is not None)
        if fitted is None:
            # Nothing to learn: the prior's odds as they are, or no label.
            plain = np.zeros(rows.shape[1])
            if odds is not None:
                plain[rows.shape[1] - len(names) + n] = 1.0 / _ODDS
            fitted = (plain, 0.0 if odds is not None else -10.0)
        coef.append(fitted[0])
        intercept.append(fitted[1])
        slope, offset, threshold = _calibrated(
            rows, gold, weights, len(lesson.texts), folds, correcting=prior is not None
        )
        calibration.append([slope, offset])
        thresholds.append(threshold)
    terms = "\n".join(words.get_feature_names_out())
    arrays: dict[str, np.ndarray[Any, Any]] = {
        "model": np.array(model), "prior": np.array(prior.model if prior is not None else ""),
        "labels": np.array(list(names)), "center": center, "coef": np.array(coef),
        "intercept": np.array(intercept), "calibration": np.array(calibration),
        "thresholds": np.array(thresholds), "terms": np.frombuffer(terms.encode(), dtype="uint8"),
        "idf": words.idf_,
    }  # fmt: skip
    return LearnedClassifier(arrays, taxonomy, prior)


def _fitted(
    rows: Any, gold: np.ndarray[Any, Any], weights: np.ndarray[Any, Any], *, correcting: bool
) -> tuple[np.ndarray[Any, Any], float] | None:
    """Return coefficients and intercept, both sides weighing the same; None if one side is empty."""
    if gold.all() or not gold.any():
        return None
    sides = np.where(gold, weights[gold].sum(), weights[~gold].sum())
    even = weights * weights.sum() / (2 * sides)
    model = LogisticRegression(C=_C_CORRECTING if correcting else _C, max_iter=500)
    model.fit(rows, gold, sample_weight=even)
    return model.coef_[0], float(model.intercept_[0])


def _calibrated(
    rows: Any,
    gold: np.ndarray[Any, Any],
    weights: np.ndarray[Any, Any],
    decided: int,
    folds: int,
    *,
    correcting: bool,
) -> tuple[float, float, float]:
    """Return slope, offset and threshold, from predictions for sentences left out in turn.

    Decisions are asked for where a label is likely: the background makes up for the sentences without
    it, until there are ``_COMMON`` of these for each that bears it.
    """
    from sklearn.model_selection import StratifiedKFold

    told = gold[:decided]
    if int(min(told.sum(), (~told).sum())) < _LEAST:
        return 1.0, 0.0, 0.5
    held = np.zeros(len(gold))
    splitter = StratifiedKFold(folds, shuffle=True, random_state=0)
    for inner, outer in splitter.split(held, gold):
        found = _fitted(rows[inner], gold[inner], weights[inner], correcting=correcting)
        if found is not None:
            held[outer] = rows[outer] @ found[0] + found[1]
    counted = np.ones(len(gold))
    lacking = max(0.0, _COMMON * told.sum() - (~told).sum())
    counted[decided:] = lacking / max(1, len(gold) - decided)
    slope, offset = platt(held, gold.astype(int), counted)
    probabilities = calibrated(held, slope, offset)
    return slope, offset, best_threshold(probabilities, gold.astype(int), counted)


def f1_by_label(
    told: Sequence[Sequence[str]], decided: Sequence[Sequence[str]], names: Sequence[str]
) -> dict[str, float]:
    """Return F1 of each label that was decided or told at all, and ``macro``, their mean."""
    out = {}
    for name in names:
        both = sum(name in a and name in b for a, b in zip(told, decided, strict=True))
        total = sum(name in a for a in told) + sum(name in b for b in decided)
        if total:
            out[name] = 2 * both / total
    out["macro"] = sum(out.values()) / len(out) if out else 0.0
    return out
