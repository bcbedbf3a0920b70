"""A taxonomy without training data: its definitions, examples and cues alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from textmine.statements.classifier import Embed, Scored, SentenceVector
from textmine.statements.taxonomy import Label, Taxonomy

#: A sentence as near to a label's examples as this (cosine) is as likely as not to bear it: for static
#: vectors, and for an encoder's less their mean (best for the taxonomy in the box: 0.36 to 0.56).
_EVEN, _EVEN_CENTRED = 0.62, 0.55
#: A definition is written in other words than news: likeness to it says less.
_DEFINITION = 0.15
_STEEPNESS = 14.0
_CUE = 0.72


class FewShotClassifier:
    """Scores sentences by nearness to each label's examples and definition, and by its cues."""

    def __init__(
        self, taxonomy: Taxonomy, embed: Embed, *, center: np.ndarray[Any, Any] | None = None
    ) -> None:
        """``center``: the mean vector of sentences, where ``embed``'s vectors have one in common."""
        self.model = f"{taxonomy.name}-fewshot-2"
        self._center = 0.0 if center is None else center
        self._even = _EVEN if center is None else _EVEN_CENTRED
        self._taxonomy = taxonomy
        texts = {label.name: [*label.examples, label.definition] for label in taxonomy.labels}
        self._prototypes = {
            name: _unit(embed(examples) - self._center) for name, examples in texts.items()
        }
        self._cues = {label.name: _cue_pattern(label) for label in taxonomy.labels}

    def score(self, sentences: Sequence[str], vectors: Sequence[SentenceVector]) -> list[Scored]:
        """Score each sentence under every label; ``vectors`` has one for each."""
        if not sentences:
            return []
        rows = _unit(np.stack([v.vector for v in vectors]) - self._center)
        near = {}
        for name, prototypes in self._prototypes.items():
            likeness = rows @ prototypes.T
            likeness[:, -1] -= _DEFINITION  # the definition is the last
            near[name] = likeness.max(axis=1)
        out = []
        for n, sentence in enumerate(sentences):
            scores, evidence = {}, []
            for label in self._taxonomy.labels:
                score = 1.0 / (
                    1.0 + np.exp(-_STEEPNESS * (float(near[label.name][n]) - self._even))
                )
                pattern = self._cues[label.name]
                cues = [match.group(0) for match in pattern.finditer(sentence)] if pattern else []
                if cues:
                    score = 1.0 - (1.0 - score) * (1.0 - _CUE)
                scores[label.name] = round(float(score), 4)
                if score >= 0.5:
                    evidence.extend(cues)
            labels = tuple(name for name, score in scores.items() if score >= 0.5)
            out.append(Scored(labels, scores, tuple(dict.fromkeys(evidence))))
        return out


def _unit(vectors: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9))


def _cue_pattern(label: Label) -> re.Pattern[str] | None:
    if not label.cues:
        return None
    cues = "|".join(re.escape(cue) for cue in sorted(label.cues, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{cues})(?!\w)", re.IGNORECASE)
