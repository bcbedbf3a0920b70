"""A taxonomy that learns from a person's decisions, without PyTorch, in seconds.

One logistic regression a label over the sentence's vector and over what the taxonomy said before (the
classifier in the box, or nearness to its examples and its cues). One decision in four is held
back: no version learns from it, and each new one is compared with the one before on it.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from textmine.errors import ModelError, UsageError
from textmine.statements.classifier import Scored, SentenceVector, platt, read_arrays
from textmine.statements.dense import best_threshold, words_that_moved

#: Inverse strength of regularisation: of vectors of unit variance, with few decisions and with many.
_C_FEW, _C_MANY, _MANY = 0.002, 0.01, 400
#: Weight of the prior's log-odds beside the vector: high, so that few decisions do not undo it.
_PRIOR = 12.0
#: Fewer positive held-out predictions than this calibrate nothing.
_LEAST = 12


class Prior(Protocol):
    """What labelled sentences before there were decisions."""

    @property
    def model(self) -> str:
        """Return name and version."""
        ...

    def score(self, sentences: Sequence[str], vectors: Sequence[SentenceVector]) -> list[Scored]:
        """Score sentences, each with its vector."""
        ...


class LearnedClassifier:
    """Scores sentences by their vectors and by the prior's opinion."""

    def __init__(self, arrays: dict[str, np.ndarray[Any, Any]], prior: Prior) -> None:
        self._arrays, self._prior = arrays, prior
        self._labels = [str(label) for label in arrays["labels"]]
        self._weights = arrays["coef"] / arrays["spread"]

    @property
    def model(self) -> str:
        """Return the name and version that records carry."""
        return str(self._arrays["model"])

    @classmethod
    def load(cls, path: Path, prior: Prior) -> LearnedClassifier:
        """Read a version. Raises ModelError if it is damaged or was learned on another prior."""
        arrays = read_arrays(path)
        if str(arrays["prior"]) != prior.model:
            raise ModelError(
                f"{path} was learned on top of {arrays['prior']}, but {prior.model} is here now: "
                "train it again with `textmine train --taxonomy NAME`"
            )
        return cls(arrays, prior)

    def save(self, path: Path) -> None:
        """Write the numbers: plain arrays, no pickle."""
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(path, **self._arrays)  # type: ignore[arg-type]

    def score(self, sentences: Sequence[str], vectors: Sequence[SentenceVector]) -> list[Scored]:
        """Score each sentence under every label; ``vectors`` has one for each."""
        if not sentences:
            return []
        before = self._prior.score(sentences, vectors)
        table = np.stack([v.vector for v in vectors]).astype("float64") - self._arrays["center"]
        odds = log_odds(before, self._labels)
        decisions = (
            table @ self._weights.T + odds * self._arrays["trust"] + self._arrays["intercept"]
        )
        slopes, offsets = self._arrays["calibration"].T
        probabilities = 1.0 / (1.0 + np.exp(-(slopes * decisions + offsets)))
        out = []
        for row, old, found in zip(probabilities, before, vectors, strict=True):
            scores = {label: round(float(p), 4) for label, p in zip(self._labels, row, strict=True)}
            chosen = [n for n, p in enumerate(row) if p >= self._arrays["thresholds"][n]]
            words = words_that_moved(found, self._weights, self._arrays["center"], chosen)
            evidence = tuple(dict.fromkeys((*old.evidence, *words)))[:4] if chosen else ()
            out.append(Scored(tuple(self._labels[n] for n in chosen), scores, evidence))
        return out


def log_odds(scored: Sequence[Scored], labels: Sequence[str]) -> np.ndarray[Any, Any]:
    """Return (sentences, labels): the log-odds of what a classifier said, kept within bounds."""
    table = np.array([[row.scores.get(label, 0.5) for label in labels] for row in scored])
    table = np.clip(table, 0.01, 0.99)
    return np.asarray(np.log(table / (1 - table)))


def is_held_back(text: str) -> bool:
    """Say whether a decision on this sentence is kept for comparing versions: one in four."""
    return zlib.crc32(" ".join(text.split()).encode()) % 4 == 0


def learn(
    sentences: Sequence[str],
    vectors: Sequence[SentenceVector],
    decided: Sequence[Sequence[str]],
    *,
    names: Sequence[str],
    prior: Prior,
    model: str,
    folds: int = 5,
) -> LearnedClassifier:
    """Learn from decisions (those held back are left out by the caller).

    Probabilities are calibrated and thresholds chosen on predictions for folds left out, for a label
    with enough of them; else a label is given from 0.5 on. A label with no decision for or none
    against it stays as the prior has it.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold

    table = np.stack([v.vector for v in vectors]).astype("float64")
    center, spread = table.mean(0), table.std(0) + 1e-6
    rows = (table - center) / spread
    odds = log_odds(prior.score(sentences, vectors), names)
    strength = _C_MANY if len(sentences) >= _MANY else _C_FEW
    width = table.shape[1]
    found: dict[str, list[Any]] = {
        "coef": [],
        "trust": [],
        "intercept": [],
        "calibration": [],
        "thresholds": [],
    }
    for n, name in enumerate(names):
        gold = np.array([name in row for row in decided], dtype=int)
        features = np.hstack([rows, _PRIOR * odds[:, n : n + 1]])

        def fit(chosen: Any, features: Any = features, gold: Any = gold) -> Any:
            fitted = LogisticRegression(C=strength, max_iter=500, class_weight="balanced")
            return fitted.fit(features[chosen], gold[chosen])

        positives = int(gold.sum())
        if positives in {0, len(gold)}:
            entry = (np.zeros(width), 1.0, 0.0, [1.0, 0.0], 0.5)
        else:
            whole = fit(slice(None))
            calibration, threshold = [1.0, 0.0], 0.5
            count = min(folds, positives, len(gold) - positives)
            if count > 1 and min(positives, len(gold) - positives) >= _LEAST:
                held = np.zeros(len(gold))
                splitter = StratifiedKFold(count, shuffle=True, random_state=0)
                for inner, outer in splitter.split(features, gold):
                    held[outer] = fit(inner).decision_function(features[outer])
                slope, offset = platt(held, gold)
                calibration = [slope, offset]
                threshold = best_threshold(1.0 / (1.0 + np.exp(-(slope * held + offset))), gold)
            entry = (
                whole.coef_[0][:width], whole.coef_[0][width] * _PRIOR, whole.intercept_[0],
                calibration, threshold,
            )  # fmt: skip
        for key, value in zip(found, entry, strict=True):
            found[key].append(value)
    arrays: dict[str, np.ndarray[Any, Any]] = {
        "model": np.array(model), "prior": np.array(prior.model), "labels": np.array(list(names)),
        "center": center, "spread": spread,
        **{key: np.array(values) for key, values in found.items()},
    }  # fmt: skip
    return LearnedClassifier(arrays, prior)


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


@dataclass(frozen=True, slots=True)
class Version:
    """One version of what was learned: its number, when, from how many decisions, how good."""

    number: int
    at: str
    decisions: int
    held_back: int
    before: dict[str, float]
    after: dict[str, float]
    model: str


class Versions:
    """The versions learned under a taxonomy by one pipeline; one of them, or none, is in use."""

    def __init__(self, folder: Path, engine: str) -> None:
        self._folder, self._engine = folder, engine
        self._index = folder / f"{engine}.json"

    def _read(self) -> dict[str, Any]:
        if not self._index.is_file():
            return {"current": 0, "versions": []}
        try:
            found = json.loads(self._index.read_text(encoding="utf-8"))
            return {"current": int(found["current"]), "versions": list(found["versions"])}
        except (ValueError, KeyError, TypeError) as error:
            raise ModelError(
                f"{self._index} is damaged: restore it, or remove it to begin anew"
            ) from error

    def all(self) -> list[Version]:
        """Return every version kept, the oldest first."""
        return [Version(**row) for row in self._read()["versions"]]

    @property
    def current(self) -> int:
        """Return the number of the version in use; 0: none, the taxonomy is as it came."""
        return int(self._read()["current"])

    def path(self, number: int) -> Path:
        """Return a version's file."""
        return self._folder / f"{self._engine}-{number:04}.npz"

    def add(
        self,
        classifier: LearnedClassifier,
        *,
        number: int,
        decisions: int,
        held_back: int,
        before: dict[str, float],
        after: dict[str, float],
        use: bool,
    ) -> Version:
        """Keep a version, and use it if ``use``."""
        at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        version = Version(number, at, decisions, held_back, before, after, classifier.model)
        classifier.save(self.path(number))
        found = self._read()
        found["versions"].append({name: getattr(version, name) for name in Version.__slots__})
        found["current"] = number if use else found["current"]
        self._write(found)
        return version

    def restore(self, number: int) -> None:
        """Use an earlier version again; 0 is the taxonomy as it came. Raises UsageError for none."""
        found = self._read()
        numbers = [row["number"] for row in found["versions"]]
        if number and number not in numbers:
            raise UsageError(
                f"no version {number}: there are {', '.join(map(str, numbers)) or 'none'}, and 0 (as it came)"
            )
        found["current"] = number
        self._write(found)

    def _write(self, found: dict[str, Any]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        fresh = self._index.with_suffix(".new")
        fresh.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        fresh.replace(self._index)
