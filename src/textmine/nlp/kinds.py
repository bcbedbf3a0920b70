"""The kind of an organisation: a scikit-learn classifier over its name and the words around it.

Trained by ``pipelines/train.py`` on ``names/organisation-kinds.tsv`` (kinds of the organisations
named in the entity sets, with their contexts) and on lists of listed companies and public bodies.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from textmine.arrays import read_arrays
from textmine.records import ORGANISATION_KINDS

MODEL = "kinds-1"
_WIDTH = 2**16
#: Words of context on either side of a mention.
REACH = 6
#: Below this probability the kind is not said: the label stays ORG, kind ``other``.
_SURE = 0.40
_WORD = re.compile(r"\w+|[&%$]")


def features(name: str, left: str = "", right: str = "") -> list[str]:
    """Return the features of one mention: pieces of the name, words and order of the context."""
    words = _WORD.findall(name)
    lowered = [word.lower() for word in words]
    out = [f"w={word}" for word in lowered]
    out += [f"b={a}_{b}" for a, b in pairwise(lowered)]
    if lowered:
        out += [f"first={lowered[0]}", f"last={lowered[-1]}", f"n={min(len(words), 5)}"]
    shape = "".join("X" if c.isupper() else "x" if c.islower() else "." for c in name)
    out.append("s=" + re.sub(r"(.)\1+", r"\1", shape))
    if name.isupper() and len(words) == 1:
        out.append("acronym")
    padded = f"^{name.lower()}$"
    out += [f"c={padded[n : n + size]}" for size in (3, 4) for n in range(len(padded) - size + 1)]
    before = [w.lower() for w in _WORD.findall(left)][-REACH:]
    after = [w.lower() for w in _WORD.findall(right)][:REACH]
    out += [f"l={word}" for word in before] + [f"r={word}" for word in after]
    out += [f"l1={before[-1]}"] if before else []
    out += [f"l2={'_'.join(before[-2:])}"] if len(before) > 1 else []
    out += [f"r1={after[0]}"] if after else []
    out += [f"r2={'_'.join(after[:2])}"] if len(after) > 1 else []
    return out


def context(text: str, start: int, end: int) -> tuple[str, str]:
    """Return the characters left and right of a mention, within its paragraph."""
    left = text[max(0, start - 80) : start].rpartition("\n")[2]
    right = text[end : end + 80].partition("\n")[0]
    return left, right


def _matrix(rows: Iterable[list[str]]) -> Any:
    from sklearn.feature_extraction import FeatureHasher

    return FeatureHasher(_WIDTH, input_type="string").transform(rows)


def fit(rows: Sequence[list[str]], kinds: Sequence[str], weights: Sequence[float]) -> Any:
    """Train the classifier on feature lists."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=4.0, max_iter=300, solver="lbfgs")
    model.fit(_matrix(rows), kinds, sample_weight=list(weights))
    model.coef_ = model.coef_.astype("float32")
    return model


class KindClassifier:
    """Tells the kind of an organisation from its name and all its mentions' contexts."""

    def __init__(self, model: Any) -> None:
        self._model = model

    @classmethod
    def load(cls, path: Path) -> KindClassifier:
        """Read a classifier saved by :meth:`save`. Raises ModelError if it is not there."""
        from sklearn.linear_model import LogisticRegression

        arrays = read_arrays(path, "classes", "coef", "intercept")
        model = LogisticRegression()
        model.classes_ = arrays["classes"]
        model.coef_, model.intercept_ = arrays["coef"], arrays["intercept"]
        return cls(model)

    def save(self, path: Path) -> None:
        """Write the classifier's numbers: plain arrays, no pickle."""
        path.parent.mkdir(parents=True, exist_ok=True)
        model = self._model
        np.savez_compressed(
            path,
            classes=np.asarray(model.classes_, dtype=str),
            coef=model.coef_.astype("float16").astype("float32"),
            intercept=model.intercept_,
        )

    def probabilities(self, rows: Sequence[list[str]]) -> np.ndarray[Any, Any]:
        """Return an array (rows, kinds), kinds in the order of ``ORGANISATION_KINDS``."""
        found = self._model.predict_proba(_matrix(rows))
        order = list(self._model.classes_)
        out = np.zeros((len(rows), len(ORGANISATION_KINDS)))
        for n, kind in enumerate(ORGANISATION_KINDS):
            if kind in order:
                out[:, n] = found[:, order.index(kind)]
        return out

    def logs(self, entities: Sequence[Sequence[list[str]]]) -> list[np.ndarray[Any, Any]]:
        """Return each entity's mean log-probabilities (kinds), from the features of all its mentions."""
        flat = [row for rows in entities for row in rows]
        if not flat:
            return []
        logs = np.log(self.probabilities(flat) + 1e-6)
        out, at = [], 0
        for rows in entities:
            out.append(logs[at : at + len(rows)].mean(axis=0))
            at += len(rows)
        return out

    def kinds(self, entities: Sequence[Sequence[list[str]]]) -> list[tuple[str, float]]:
        """Return each entity's kind and its probability."""
        return [choose(logs) for logs in self.logs(entities)]


def choose(logs: np.ndarray[Any, Any]) -> tuple[str, float]:
    """Return the likeliest kind and its probability; ``other`` where none is likely enough."""
    shares = np.exp(logs - logs.max())
    shares /= shares.sum()
    best = int(shares.argmax())
    sure = float(shares[best])
    return (ORGANISATION_KINDS[best] if sure >= _SURE else "other"), sure
