"""Near-duplicates: the same story printed twice with small changes."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
from datasketch import MinHash, MinHashLSH

#: Share of five-word shingles two texts must have in common to be one story.
THRESHOLD = 0.8
_PERMUTATIONS = 64
#: Words of a text in which one other name makes another story.
_SHORT = 150
#: Stored signatures are of this scheme; another would compare as unlike.
_SCHEME = "affine32"


def signature(text: str) -> bytes:
    """Return a text's MinHash over five-word shingles: 64 x 4 bytes."""
    words = re.findall(r"\w+", text.lower())
    shingles = {" ".join(words[n : n + 5]) for n in range(max(1, len(words) - 4))}
    minhash = MinHash(_PERMUTATIONS, seed=1, scheme=_SCHEME)
    minhash.update_batch(shingle.encode() for shingle in sorted(shingles))
    return bytes(minhash.hashvalues.astype("<u4").tobytes())


def _minhash(stored: bytes) -> MinHash:
    return MinHash(seed=1, scheme=_SCHEME, hashvalues=np.frombuffer(stored, dtype="<u4"))


def news_against(text: str, known: str) -> str | None:
    """Return the numbers that a near-duplicate has and the known text has not (of short texts the
    names, too): a correction or an update is no duplicate. None if there are none."""
    shape = r"\d[\d.,]*\d|\d"
    if len(text.split()) < _SHORT:
        shape += r"|(?<=[a-z,;] )[A-Z][\w’'-]+"
    new = [w for w in re.findall(shape, text) if w not in set(re.findall(shape, known))]
    return ", ".join(dict.fromkeys(new[:5])) or None


class DuplicateIndex:
    """The stories seen so far, in the store and in this run."""

    def __init__(self, known: Iterable[tuple[str, bytes]] = ()) -> None:
        self._index = MinHashLSH(threshold=THRESHOLD, num_perm=_PERMUTATIONS)
        self._signatures: dict[str, bytes] = {}
        for article_id, stored in known:
            self.add(article_id, stored)

    def __contains__(self, article_id: str) -> bool:
        return article_id in self._signatures

    def add(self, article_id: str, stored: bytes) -> None:
        """Remember a story."""
        if article_id not in self._signatures:
            self._signatures[article_id] = stored
            self._index.insert(article_id, _minhash(stored))

    def original(self, stored: bytes) -> str | None:
        """Return the id of a known story that this signature nearly equals, or None."""
        minhash = _minhash(stored)
        matches = [
            (minhash.jaccard(_minhash(self._signatures[found])), found)
            for found in self._index.query(minhash)
        ]
        best = max(matches, default=(0.0, ""))
        return best[1] if best[0] >= THRESHOLD else None
