"""Ordinary sentences of news, with their vectors: what a taxonomy of few examples is told apart from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from textmine.statements.classifier import read_classifier


@dataclass(frozen=True, slots=True)
class Background:
    """Sentences and an array (sentences, width) of their vectors."""

    texts: tuple[str, ...]
    vectors: np.ndarray[Any, Any]

    @property
    def center(self) -> np.ndarray[Any, Any]:
        """Return the mean vector: what all sentences have in common."""
        return np.asarray(self.vectors.mean(0))

    @classmethod
    def load(cls, path: Path) -> Background:
        """Read a background. Raises ModelError for a missing or damaged file."""
        arrays = read_classifier(path)
        texts = arrays["texts"].tobytes().decode().split("\n")
        return cls(tuple(texts), arrays["vectors"].astype("float32"))


def write_background(path: Path, texts: Sequence[str], vectors: np.ndarray[Any, Any]) -> None:
    """Write a background; the texts hold no line breaks."""
    path.parent.mkdir(parents=True, exist_ok=True)
    joined = np.frombuffer("\n".join(texts).encode(), dtype="uint8")
    np.savez_compressed(path, texts=joined, vectors=vectors.astype("float16"))
