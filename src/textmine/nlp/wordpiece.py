"""Words to what the encoder reads: word pieces, and for each the shape of its word.

The encoder's vocabulary is lower-cased; the shape gives back what that takes away (Apple, apple, USA)
and says where a line begins. Pieces are cut as BERT's uncased tokenizer cuts them (equal on every word
of the training sets to the library ``tokenizers``, which would bring a model hub's client and eight
packages along).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

#: [CLS], [SEP], [UNK] and [unused1] (a line break) in the vocabulary of BERT's family.
CLS, SEP, UNKNOWN, LINE_BREAK = 101, 102, 100, 2
_SHAPES = 11
#: Number of shape features: shape x at the start of a line x not the word's first piece.
FEATURES = 4 * _SHAPES
#: Pieces in a window, in training as in reading.
WINDOW = 220
#: Pieces of a longer word are left out: no name needs them.
_MAX_PIECES = 12
#: A longer part of a word is unknown, as to BERT.
_MAX_LETTERS = 100
_WIDE = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f]")
_STOPS = frozenset({".", "?", "!"})


@dataclass(frozen=True, slots=True)
class Pieces:
    """The pieces of a Doc: ``ids`` and ``shapes`` by piece, ``first`` piece of each word.

    ``first`` has one entry more than there are words; every word has at least one piece.
    """

    ids: np.ndarray[Any, Any]
    shapes: np.ndarray[Any, Any]
    first: np.ndarray[Any, Any]


class WordPieces:
    """Cuts words into pieces of a vocabulary (``vocab.txt``: a piece a line), remembering those it has met."""

    def __init__(self, vocabulary: Path) -> None:
        pieces = vocabulary.read_text(encoding="utf-8").splitlines()
        self._index = {piece: n for n, piece in enumerate(pieces)}
        self._known: dict[str, tuple[int, ...]] = {}

    def _cut(self, word: str) -> tuple[int, ...]:
        """Return a word's pieces: lower case, no accents, punctuation apart, the longest piece first."""
        out: list[int] = []
        for part in _parts(_plain(word)):
            out.extend(self._greedy(part))
        return tuple(out)

    def _greedy(self, part: str) -> list[int]:
        if len(part) > _MAX_LETTERS:
            return [UNKNOWN]
        out: list[int] = []
        start = 0
        while start < len(part):
            lead = "##" if start else ""
            for end in range(len(part), start, -1):
                index = self._index.get(lead + part[start:end])
                if index is not None:
                    out.append(index)
                    start = end
                    break
            else:
                return [UNKNOWN]
        return out

    def __call__(self, words: Sequence[str]) -> Pieces:
        """Return the pieces of ``words``; a word that is white space is a line break or unknown."""
        if len(self._known) > 200_000:
            self._known.clear()
        for word in words:
            if word not in self._known:
                pieces = self._cut(word)[:_MAX_PIECES]
                self._known[word] = pieces or (LINE_BREAK if "\n" in word else UNKNOWN,)
        ids: list[int] = []
        shapes: list[int] = []
        first = [0]
        line_start = True
        for word in words:
            pieces = self._known[word]
            shape = _shape(word) + (_SHAPES if line_start else 0)
            ids.extend(pieces)
            shapes.append(shape)
            shapes.extend([shape + 2 * _SHAPES] * (len(pieces) - 1))
            first.append(len(ids))
            line_start = "\n" in word
        return Pieces(np.array(ids, "int64"), np.array(shapes, "int64"), np.array(first, "int64"))


def _plain(word: str) -> str:
    """Return a word in lower case without accents and control characters."""
    letters = unicodedata.normalize("NFD", "".join(c for c in word if _is_visible(c)).lower())
    return "".join(c for c in letters if unicodedata.category(c) != "Mn")


def _parts(word: str) -> list[str]:
    """Return a word's parts: marks of punctuation and Chinese characters by themselves."""
    apart = [
        f" {c} "
        if _WIDE.match(c) or unicodedata.category(c)[0] == "P" or (c.isascii() and not c.isalnum())
        else c
        for c in word
    ]
    return "".join(apart).split()


def _is_visible(letter: str) -> bool:
    return letter in "\t\n\r" or (letter != "\ufffd" and unicodedata.category(letter)[0] != "C")


def _shape(word: str) -> int:
    """Return a class from 1 to 10 for the way a word is written."""
    if word.isspace():
        return 10
    if not any(c.isalnum() for c in word):
        return 8
    if any(c.isdigit() for c in word):
        return 7 if any(c.isalpha() for c in word) else 6
    if word.islower():
        return 1
    if not any(c.isupper() for c in word):
        return 9
    letters = [c for c in word if c.isalpha()]
    if len(letters) == 1:
        return 4
    if word.isupper():
        return 3
    return 2 if word[0].isupper() and word[1:].islower() else 5


def windows(
    words: Sequence[str], first: np.ndarray[Any, Any], *, size: int, margin: int = 0
) -> Iterator[tuple[int, int, int, int]]:
    """Cover words by windows of at most ``size`` pieces that end, if they can, where a sentence does.

    Yields ``(start, end, keep, keep_end)`` in words: read ``start:end``, keep the vectors of
    ``keep:keep_end``. Each window reads ``margin`` pieces of the one before it, too, and one that had
    to be cut within a sentence also reads on by as many.
    """
    count = len(words)
    keep = 0
    while keep < count:
        start = int(np.searchsorted(first, first[keep] - margin)) if keep else 0
        end = int(np.searchsorted(first, first[start] + size, side="right")) - 1
        end = keep_end = min(max(end, keep + 1), count)
        if end < count:
            half = keep + (end - keep) // 2
            breaks = [n for n in range(half, end) if "\n" in words[n]]
            stops = breaks or [n for n in range(half, end) if words[n] in _STOPS]
            if stops:
                end = keep_end = stops[-1] + 1
            else:
                inner = int(np.searchsorted(first, first[end] - margin))
                keep_end = max(inner, keep + 1)
        yield start, end, keep, keep_end
        keep = keep_end
