"""A trained taxonomy: one calibrated logistic regression a label over words, letters and meaning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from textmine.arrays import read_arrays


@dataclass(frozen=True, slots=True)
class Scored:
    """A sentence's labels with their calibrated probabilities and the words that weighed most."""

    labels: tuple[str, ...]
    scores: dict[str, float]
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SentenceVector:
    """A sentence's vector; with an encoder also its words and theirs, whose mean it is."""

    vector: np.ndarray[Any, Any]
    words: tuple[str, ...] | None = None
    word_vectors: np.ndarray[Any, Any] | None = None


class Classifier(Protocol):
    """What labels sentences under one taxonomy."""

    @property
    def model(self) -> str:
        """Return name and version."""
        ...

    def score(self, sentences: Sequence[str], vectors: Sequence[SentenceVector]) -> list[Scored]:
        """Score sentences, each with its vector."""
        ...


def read_classifier(path: Path) -> dict[str, np.ndarray[Any, Any]]:
    """Read a taxonomy's arrays. Raises ModelError for a missing or damaged file."""
    return read_arrays(path, mend="train it again with `textmine train` or install textmine again")


class TrainedClassifier:
    """Scores sentences under one taxonomy."""

    def __init__(self, parts: dict[str, Any]) -> None:
        self._parts = parts

    @property
    def model(self) -> str:
        """Return the name and version that records carry."""
        return str(self._parts["model"])

    @classmethod
    def load(cls, path: Path) -> TrainedClassifier:
        """Read a classifier. Raises ModelError for a missing or damaged file."""
        return cls(_from_arrays(read_classifier(path)))

    def save(self, path: Path) -> None:
        """Write the classifier's words and numbers: plain arrays, no pickle."""
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(path, **_to_arrays(self._parts))

    def score(self, sentences: Sequence[str], vectors: Sequence[SentenceVector]) -> list[Scored]:
        """Score each sentence under every label; ``vectors`` has one for each."""
        if not sentences:
            return []
        rows = _rows(self._parts, sentences, np.stack([v.vector for v in vectors]))
        probabilities = {
            name: _calibrated(self._parts, name, rows) for name in self._parts["labels"]
        }
        out = []
        for n in range(len(sentences)):
            scores = {name: round(float(p[n]), 4) for name, p in probabilities.items()}
            labels = tuple(
                name for name in scores if scores[name] >= self._parts["thresholds"][name]
            )
            out.append(Scored(labels, scores, self._evidence(rows, n, labels)))
        return out

    def _evidence(
        self, rows: Any, n: int, labels: tuple[str, ...], *, most: int = 4
    ) -> tuple[str, ...]:
        """Return the words and pairs of words of a sentence that speak most for its labels."""
        if not labels:
            return ()
        names = self._parts["terms"]
        row = rows[n, : len(names)].tocoo()
        weights: dict[int, float] = {}
        for label in labels:
            coefficients = self._parts["models"][label].coef_[0]
            for column, value in zip(row.col, row.data, strict=True):
                weights[column] = max(weights.get(column, 0.0), value * coefficients[column])
        best = sorted(weights, key=lambda column: (-weights[column], column))[:most]
        return tuple(str(names[column]) for column in best if weights[column] > 0)


_WORDS: dict[str, Any] = {"ngram_range": (1, 2), "min_df": 2, "max_features": 15_000}
_LETTERS: dict[str, Any] = {
    "analyzer": "char_wb", "ngram_range": (3, 5), "min_df": 3, "max_features": 20_000,
}  # fmt: skip


def _to_arrays(parts: dict[str, Any]) -> dict[str, Any]:
    """Return a classifier's parts as arrays; terms are one text, a term a line."""
    names = parts["labels"]
    out: dict[str, Any] = {
        "model": np.array(parts["model"]),
        "labels": np.array(names),
        "thresholds": np.array([parts["thresholds"][name] for name in names]),
        "calibration": np.array([parts["calibration"][name] for name in names]),
        "center": parts["center"],
        "spread": parts["spread"],
        "scale": np.array(parts["scale"]),
        "coef": np.stack([parts["models"][name].coef_[0] for name in names]).astype("float32"),
        "intercept": np.array([parts["models"][name].intercept_[0] for name in names]),
    }
    for name in ("words", "letters"):
        terms = "\n".join(parts[name].get_feature_names_out())
        out[name] = np.frombuffer(terms.encode(), dtype="uint8")
        out[f"{name}_idf"] = parts[name].idf_.astype("float32")
    return out


def _from_arrays(arrays: Any) -> dict[str, Any]:
    """Rebuild a classifier's parts from its arrays."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    names = [str(name) for name in arrays["labels"]]
    parts: dict[str, Any] = {
        "model": str(arrays["model"]),
        "labels": names,
        "thresholds": dict(zip(names, map(float, arrays["thresholds"]), strict=True)),
        "calibration": dict(zip(names, arrays["calibration"].tolist(), strict=True)),
        "center": arrays["center"],
        "spread": arrays["spread"],
        "scale": float(arrays["scale"]),
        "models": {},
    }
    for name, options in (("words", _WORDS), ("letters", _LETTERS)):
        terms = arrays[name].tobytes().decode().split("\n")
        kept = {key: options[key] for key in options if key in {"analyzer", "ngram_range"}}
        vectorizer = TfidfVectorizer(
            sublinear_tf=True, vocabulary=dict(zip(terms, range(len(terms)), strict=True)),
            dtype=np.float32, **kept,
        )  # fmt: skip
        vectorizer.idf_ = arrays[f"{name}_idf"]
        parts[name] = vectorizer
        if name == "words":
            parts["terms"] = terms
    coefficients, intercepts = arrays["coef"], arrays["intercept"]
    for n, name in enumerate(names):
        model = LogisticRegression()
        model.classes_ = np.array([0, 1])
        model.coef_, model.intercept_ = coefficients[n : n + 1], intercepts[n : n + 1]
        parts["models"][name] = model
    return parts


def _rows(parts: dict[str, Any], sentences: Sequence[str], vectors: np.ndarray[Any, Any]) -> Any:
    from scipy.sparse import csr_matrix, hstack

    vectors = (vectors - parts["center"]) / parts["spread"]
    return hstack(
        [
            parts["words"].transform(sentences),
            parts["letters"].transform(sentences),
            csr_matrix(vectors * parts["scale"]),
        ]
    ).tocsr()


def _calibrated(parts: dict[str, Any], name: str, rows: Any) -> np.ndarray[Any, Any]:
    slope, offset = parts["calibration"][name]
    decision = parts["models"][name].decision_function(rows)
    return calibrated(decision, slope, offset)


def train(
    sentences: Sequence[str],
    labels: Sequence[Sequence[str]],
    groups: Sequence[str],
    *,
    names: Sequence[str],
    vectors: np.ndarray[Any, Any],
    scale: float,
    model: str,
    folds: int = 5,
) -> tuple[TrainedClassifier, dict[str, dict[str, float]]]:
    """Train a classifier; return it with its cross-validated scores by label.

    ``vectors`` has a row a sentence; ``scale`` is their weight beside TF-IDF rows of length one.
    ``groups`` are documents: no document's sentences are on both sides of a fold. Probabilities
    are calibrated, and thresholds chosen, on the held-out predictions of the folds.
    """
    from sklearn.metrics import average_precision_score
    from sklearn.model_selection import GroupKFold

    targets = np.array([[name in row for name in names] for row in labels], dtype=int)
    held = np.zeros(targets.shape)
    count = min(folds, len(set(groups)))
    for inner, outer in GroupKFold(count).split(list(sentences), groups=list(groups)):
        parts = _fit([sentences[n] for n in inner], targets[inner], names, vectors[inner], scale)
        rows = _rows(parts, [sentences[n] for n in outer], vectors[outer])
        for column, name in enumerate(names):
            held[outer, column] = parts["models"][name].decision_function(rows)
    parts = _fit(sentences, targets, names, vectors, scale)
    report: dict[str, dict[str, float]] = {}
    parts |= {"calibration": {}, "thresholds": {}, "labels": list(names), "model": model}
    for column, name in enumerate(names):
        slope, offset = platt(held[:, column], targets[:, column])
        parts["calibration"][name] = [slope, offset]
        probabilities = calibrated(held[:, column], slope, offset)
        limit = best_threshold(probabilities, targets[:, column])
        parts["thresholds"][name] = limit
        told, gold = probabilities >= limit, targets[:, column] == 1
        hits = float((told & gold).sum())
        report[name] = {
            "precision": hits / max(1.0, float(told.sum())),
            "recall": hits / max(1.0, float(gold.sum())),
            "f1": 2 * hits / max(1.0, float(told.sum() + gold.sum())),
            "average_precision": float(average_precision_score(targets[:, column], probabilities)),
            "positives": float(targets[:, column].sum()),
        }
    return TrainedClassifier(parts), report


def _fit(
    sentences: Sequence[str],
    targets: np.ndarray[Any, Any],
    names: Sequence[str],
    vectors: np.ndarray[Any, Any],
    scale: float,
) -> dict[str, Any]:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    words = TfidfVectorizer(sublinear_tf=True, dtype=np.float32, **_WORDS).fit(sentences)
    letters = TfidfVectorizer(sublinear_tf=True, dtype=np.float32, **_LETTERS).fit(sentences)
    parts: dict[str, Any] = {
        "words": words,
        "letters": letters,
        "terms": [str(term) for term in words.get_feature_names_out()],
        "center": np.zeros(vectors.shape[1], dtype="float32"),
        "spread": vectors.std(axis=0) + 1e-6,
        "scale": scale,
        "models": {},
    }
    rows = _rows(parts, sentences, vectors)
    for column, name in enumerate(names):
        model = LogisticRegression(C=3.0, class_weight="balanced", max_iter=500)
        parts["models"][name] = model.fit(rows, targets[:, column])
    return parts


def platt(
    decisions: np.ndarray[Any, Any],
    targets: np.ndarray[Any, Any],
    weights: np.ndarray[Any, Any] | None = None,
) -> tuple[float, float]:
    """Fit a sigmoid from decision values to probabilities (Platt 1999)."""
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=1e3).fit(decisions.reshape(-1, 1), targets, weights)
    return float(fitted.coef_[0][0]), float(fitted.intercept_[0])


def calibrated(decisions: np.ndarray[Any, Any], slope: Any, offset: Any) -> np.ndarray[Any, Any]:
    """Return the probabilities of decision values by the sigmoid that ``platt`` fitted."""
    return np.asarray(1.0 / (1.0 + np.exp(-(slope * decisions + offset))))


def best_threshold(
    probabilities: np.ndarray[Any, Any],
    gold: np.ndarray[Any, Any],
    weights: np.ndarray[Any, Any] | None = None,
) -> float:
    """Return the probability from which on labels are given: half the best F1 there is.

    For calibrated probabilities that is where F1 is greatest (Lipton et al. 2014); the threshold that
    happened to be best on some hundred sentences is mostly chance.
    """
    best = 0.0
    weights = np.ones(len(gold)) if weights is None else weights
    for limit in np.arange(0.1, 0.81, 0.02):
        told = probabilities >= limit
        total = weights[told].sum() + weights[gold == 1].sum()
        f1 = 2 * weights[told & (gold == 1)].sum() / max(1, total)
        best = max(best, float(f1))
    return best / 2 if best else 0.5
