"""Where a reported content ends: a scikit-learn classifier over the places where it may.

A content that follows its cue ends at its sentence's end, or before a comma, a conjunction, a preposition
or another word that may open words of the author's own. Each such place is judged by what stands
there and by what the words after it hang on in the parse. Trained by ``pipelines/train.py`` on the
claims of our own articles (``corpora/training``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from spacy.tokens import Doc, Span, Token

from textmine import config
from textmine.arrays import read_arrays
from textmine.nlp.attribution import cue_word, cues
from textmine.nlp.quotations import Quotation

_WIDTH = 2**15
#: Words that may open what is no longer content, by their tags; and the marks that may end it.
_OPENERS = frozenset({"IN", "CC", "WDT", "WP", "WP$", "WRB", "VBG", "VBN", "TO", "RB", "EX"})
_FUNCTION = frozenset({"IN", "CC", "WDT", "WP", "WP$", "WRB", "TO", "RB", "EX", "PRP", "DT"})
_MARKS = frozenset({",", ";", ":", "—", "–", "-", "(", "--", "―", "...", "…", "."})
_CLOSERS = frozenset({'"', "”", "''"})
_ENDS = frozenset({"?", "!", *_CLOSERS, ")", "’", "'"})
_TIMES = frozenset({"obl:tmod", "nmod:tmod", "obl:npmod"})
#: A sentence may be a list of thousands of words: a content does not go on for ever.
_FARTHEST = 200


def path() -> Path:
    """Return where the classifier lies."""
    return config.models_folder() / "claims" / "borders.npz"


def places(doc: Doc, sent: Span, first: int, quotations: Sequence[Quotation]) -> list[int]:
    """Return the tokens before which a content from token ``first`` may end, the sentence's end the last."""
    near = [q for q in quotations if q.start < sent.end_char and q.end > sent.start_char]
    last = _last(doc, sent, first)
    out = []
    for n in range(first + 1, last):
        token = doc[n]
        opens = (
            token.text in _MARKS
            or token.tag_ in _OPENERS
            or doc[n - 1].text in _CLOSERS
            or (token.dep_ in _TIMES and token.left_edge.i == n)
        )
        if opens and not any(q.start < token.idx < q.end for q in near):
            out.append(n)
    return [*out, last]


def _last(doc: Doc, sent: Span, first: int) -> int:
    """Return the token after the last word of a content that runs to the end of its sentence or line."""
    last = min(sent.end, first + _FARTHEST)
    last = next((n for n in range(first + 1, last) if "\n" in doc[n].text), last)
    while last > first + 1 and (doc[last - 1].is_space or doc[last - 1].text in _MARKS | _ENDS):
        last -= 1
    return last


def features(sent: Span, cue: Token, first: int, place: int, last: int) -> list[str]:
    """Return what tells whether a content from token ``first`` ends before token ``place``; ``last``: of all."""
    doc = sent.doc
    kind = _kind(cue)
    if place >= last:
        return ["end", f"end {kind}"]
    mark = doc[place].text if doc[place].is_punct else ""
    mark = "”" if doc[place - 1].text in _CLOSERS and place > first + 1 else mark
    at = place
    while at < last - 1 and (doc[at].is_punct or doc[at].is_space):
        at += 1
    word = doc[at]
    following = word.lower_ if word.tag_ in _FUNCTION else word.tag_
    top = _top(word, place)
    root = _root(doc, first, last)
    hangs = _hangs_on(top, cue, root, first)
    opening = doc[first].lower_ if doc[first].tag_ in _FUNCTION else doc[first].pos_
    length = min(6, (place - first) // 3)
    has_verb = any(doc[n].pos_ in {"VERB", "AUX"} for n in range(first, place))
    dep = top.dep_
    out = [
        f"mark {mark}", f"word {following}", f"word {following} {mark}", f"on {hangs}", f"dep {dep}",
        f"on {hangs} {dep}", f"on {hangs} mark {mark}", f"dep {dep} mark {mark}",
        f"on {hangs} {dep} mark {mark}", f"tag {top.tag_}", f"tag {top.tag_} {hangs} {mark}",
        f"word {following} on {hangs}", f"kind {kind} {hangs} {mark}", f"kind {kind} {following} {mark}",
        f"kind {kind} dep {dep} {mark}", f"depth {_depth(top, root)} {mark}", f"length {length}",
        f"length {length} {mark}", f"verb {has_verb}", f"verb {has_verb} {mark} {dep}",
        f"opening {opening}", f"opening {opening} {mark}", f"opening {opening} {following}",
        f"rest {min(5, (last - place) // 4)}", f"kind {kind}",
    ]  # fmt: skip
    if following in {"and", "but", "or"} and at + 1 < last:
        other = doc[at + 1]
        verbal = other.tag_ if other.pos_ in {"VERB", "AUX"} else other.pos_
        out += [
            f"then {following} {verbal} {mark}",
            f"then {verbal} {other.tag_ == cue.tag_} {other.tag_ == root.tag_}",
            f"then {_kind(other)} {other.tag_ == cue.tag_}",
        ]
    if top.lower_ in cues().say or (
        top.tag_ in {"VBG", "VBD", "VBZ"} and top.lower_ in cues().thing
    ):
        out.append(f"cue {mark} {hangs}")
    if word.ent_type_ == "DATE" or (at + 1 < last and doc[at + 1].ent_type_ == "DATE"):
        out.append(f"date {mark} {hangs}")
    if word.tag_ == "PRP" or word.dep_.startswith("nsubj"):
        out.append(f"subject {mark}")
    return out


def _kind(cue: Token) -> str:
    word, known = cue_word(cue), cues()
    lists = {"say": known.say, "thing": known.thing, "intend": known.intend, "person": known.person}
    return "+".join(name for name, words in lists.items() if word in words) or "none"


def _top(token: Token, place: int) -> Token:
    """Return the word by which ``token`` hangs on what stands before ``place``."""
    for _ in range(30):
        if token.head.i == token.i or token.head.i < place:
            break
        token = token.head
    return token


def _root(doc: Doc, first: int, end: int) -> Token:
    """Return the first word of a content that hangs on nothing within it."""
    for n in range(first, end):
        head = doc[n].head.i
        if head < first or head == n:
            return doc[n]
    return doc[first]


def _hangs_on(top: Token, cue: Token, root: Token, first: int) -> str:
    head = top.head
    if head.i == top.i:
        return "nothing"
    if head.i == cue.i:
        return "cue"
    if head.i == root.i:
        return "root"
    return "content" if head.i >= first else "before"


def _depth(token: Token, root: Token) -> int:
    depth = 0
    while token.i not in {root.i, token.head.i} and depth < 5:
        token, depth = token.head, depth + 1
    return depth


def _matrix(rows: Sequence[list[str]]) -> Any:
    from sklearn.feature_extraction import FeatureHasher

    return FeatureHasher(_WIDTH, input_type="string", alternate_sign=False).transform(rows)


class Borders:
    """Tells where a content ends."""

    def __init__(self, weights: np.ndarray[Any, Any], bias: float) -> None:
        self._weights, self._bias = weights, bias

    @classmethod
    def fit(cls, rows: Sequence[list[str]], ends: Sequence[bool]) -> Borders:
        """Train on the places' features and whether a content ends there."""
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(C=0.3, max_iter=2000).fit(_matrix(rows), list(ends))
        return cls(model.coef_[0].astype("float32"), float(model.intercept_[0]))

    @classmethod
    def load(cls, path: Path) -> Borders:
        """Read what :meth:`save` wrote. Raises ModelError if it is not there."""
        arrays = read_arrays(path, "weights", "bias")
        return cls(arrays["weights"], float(arrays["bias"]))

    def save(self, path: Path) -> None:
        """Write the weights: plain arrays, no pickle."""
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(path, weights=self._weights, bias=self._bias)

    def chances(self, rows: Sequence[list[str]]) -> np.ndarray[Any, Any]:
        """Return the probability (places,) that a content ends at each place and at none before."""
        ends = 1 / (1 + np.exp(-(_matrix(rows) @ self._weights + self._bias)))
        goes_on = np.concatenate([[1.0], np.cumprod(1 - ends[:-1])])
        chances = goes_on * ends
        chances[-1] = goes_on[-1]
        return np.asarray(chances)

    def end(
        self, doc: Doc, sent: Span, cue: Token, first: int, quotations: Sequence[Quotation]
    ) -> int:
        """Return the token before which a content from token ``first`` ends."""
        found = places(doc, sent, first, quotations)
        if doc[first].lower_ == "that":  # a clause has a verb
            verb = next(
                (n for n in range(first, found[-1]) if doc[n].pos_ in {"VERB", "AUX"}), first
            )
            found = [place for place in found if place > verb]
        rows = [features(sent, cue, first, place, found[-1]) for place in found]
        return found[int(self.chances(rows).argmax())]


@lru_cache(maxsize=1)
def borders() -> Borders:
    """Return the classifier in the box, read once."""
    return Borders.load(path())


def examples(
    doc: Doc,
    known: Sequence[tuple[tuple[int, int], tuple[int, int]]],
    quotations: Sequence[Quotation],
) -> Iterator[tuple[list[list[str]], int]]:
    """Yield the places' features, and which of them is the end, of known cues and contents (characters).

    Contents that stand before their cue, in another sentence or in quotation marks teach nothing here.
    """
    for cue, content in known:
        words = doc.char_span(*content, alignment_mode="expand")
        told = doc.char_span(*cue, alignment_mode="expand")
        if words is None or told is None or content[0] < cue[1]:
            continue
        sent = doc[words.start].sent
        if words.end > sent.end or told.start < sent.start or doc[words.start].is_quote:
            continue
        end = words.end
        while end > words.start + 1 and (doc[end - 1].is_space or doc[end - 1].text in _MARKS):
            end -= 1
        found = places(doc, sent, words.start, quotations)
        right = next((n for n, place in enumerate(found) if place >= end), len(found) - 1)
        rows = [features(sent, told[-1], words.start, place, found[-1]) for place in found]
        yield rows, right
