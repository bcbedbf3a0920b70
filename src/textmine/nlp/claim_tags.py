"""Claims from a tagger of speakers, cues and contents, where the pipeline has one.

``textmine_claims`` leaves a tag for each token in ``doc._.claim_tags`` (O, or B/I and s, c, q for
speaker, cue, content); here the parts are put together: each cue with the content and the speaker
that stand nearest to it in its sentence.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc, Span

from textmine.errors import ModelError
from textmine.nlp.attribution import FoundClaim, Page, trim

#: Words that may stand between the pieces of one content, or between a cue and its content.
_GAP = 3
_REACH = 14
#: By how much a cue must outdo what else a word may be: our articles hold more claims than most.
_CUE_DOUBT = 1.0


class ClaimTagger:
    """Sets ``doc._.claim_tags`` from ``doc.tensor``.

    Its layers, over a few tokens to either side, are trained on articles that the encoder never saw; until
    they are, the linear layer that the encoder was fine-tuned with stands in.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._arrays: dict[str, np.ndarray[Any, Any]] = {}

    def __call__(self, doc: Doc) -> Doc:
        """Tag one encoded Doc."""
        if not self._arrays:
            raise ModelError("the claim tagger has no weights: load the pipeline from its folder")
        if len(doc):
            scores = self.scores(doc.tensor)
            names = [str(tag) for tag in self._arrays["tags"]]
            scores[:, [name.endswith("-c") for name in names]] -= _CUE_DOUBT
            doc._.claim_tags = [names[n] for n in scores.argmax(1)]
        return doc

    def scores(self, vectors: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Return scores (tokens, tags) of vectors (tokens, width)."""
        arrays = self._arrays
        if "conv" not in arrays:
            own: np.ndarray[Any, Any] = vectors @ arrays["weight"] + arrays["bias"]
            return own
        hidden = np.repeat(arrays["conv_bias"][None], len(vectors), axis=0)
        for n, weights in enumerate(arrays["conv"]):
            ahead = n - len(arrays["conv"]) // 2
            here = slice(max(0, -ahead), max(0, len(vectors) - max(0, ahead)))
            there = slice(max(0, ahead), max(0, len(vectors) + min(0, ahead)))
            hidden[here] += vectors[there] @ weights
        wide = np.maximum(hidden, 0) @ arrays["out"]
        learned: np.ndarray[Any, Any] = wide + vectors @ arrays["direct"] + arrays["direct_bias"]
        return learned

    def to_disk(self, path: Path | str, *, exclude: Iterable[str] = ()) -> None:
        """Write the arrays into the folder ``path``."""
        Path(path).mkdir(parents=True, exist_ok=True)
        np.savez_compressed(Path(path) / "claims.npz", **self._arrays)  # type: ignore[arg-type]

    def from_disk(self, path: Path | str, *, exclude: Iterable[str] = ()) -> ClaimTagger:
        """Read what :meth:`to_disk` wrote."""
        with np.load(Path(path) / "claims.npz", allow_pickle=False) as arrays:
            self.set_arrays(**arrays)
        return self

    def set_arrays(self, **arrays: np.ndarray[Any, Any]) -> None:
        """Set ``tags`` with ``weight`` (width, tags) and ``bias`` (tags), or what ``learn_claims`` returns."""
        self._arrays = dict(arrays)
        if "conv" in arrays:  # stored in half precision
            self._arrays["conv"] = arrays["conv"].astype("float32")


def make_claims(nlp: Language, name: str) -> ClaimTagger:
    """Make the component; spaCy calls this."""
    return ClaimTagger(name)


@dataclass(slots=True)
class _Part:
    """A run of tokens of one role, ``start:end``."""

    role: str
    start: int
    end: int


def tagged_claims(page: Page, tags: Sequence[str]) -> list[FoundClaim]:
    """Return the claims that the tags of a Doc make up."""
    found: list[FoundClaim] = []
    for sent in page.doc.sents:
        found.extend(_sentence_claims(page, sent, tags))
    return found


def _parts(sent: Span, tags: Sequence[str]) -> list[_Part]:
    parts: list[_Part] = []
    for n in range(sent.start, sent.end):
        tag = tags[n]
        if tag == "O":
            continue
        role = tag[2:]
        goes_on = parts and parts[-1].role == role and parts[-1].end == n and tag[0] == "I"
        if goes_on:
            parts[-1].end = n + 1
        else:
            parts.append(_Part(role, n, n + 1))
    return parts


#: Tokens to either side of a cue in which its claim lies: a sentence may be a list of thousands.
_NEAR = 150


def _sentence_claims(page: Page, sent: Span, tags: Sequence[str]) -> list[FoundClaim]:
    every = _parts(sent, tags)
    starts = [p.start for p in every]
    out: list[FoundClaim] = []
    for cue in (p for p in every if p.role == "c"):
        near = slice(bisect_left(starts, cue.start - _NEAR), bisect_left(starts, cue.end + _NEAR))
        parts = every[near]
        content = _content(page, sent, parts, cue)
        if content is None:
            continue
        speaker = _speaker(page, parts, cue, content)
        out.append(
            FoundClaim(
                *content,
                speaker,
                _characters(page, cue),
                "indirect",
                _is_hedged(page.text[slice(*_characters(page, cue))], speaker),
            )
        )
    return out


_HEDGE = re.compile(
    r"\b(?:reportedly|allegedly|supposedly|purportedly|rumou?red|(?:is|are|was|were|been) "
    r"(?:widely |also |long )?(?:said|believed|thought|understood|alleged|reported|rumou?red|reputed))\b",
    re.IGNORECASE,
)


def _is_hedged(cue: str, speaker: tuple[int, int] | None) -> bool:
    return speaker is None and _HEDGE.search(cue) is not None


def _characters(page: Page, part: _Part) -> tuple[int, int]:
    last = page.doc[part.end - 1]
    return trim(page.text, page.doc[part.start].idx, last.idx + len(last))


def _content(page: Page, sent: Span, parts: Sequence[_Part], cue: _Part) -> tuple[int, int] | None:
    """Return the content a cue reports: after it, else before it; both sides of one that interrupts."""
    after = _run(parts, cue, forward=True)
    before = _run(parts, cue, forward=False)
    chosen = None
    if after and before and _interrupts(page, before, after):
        chosen = (before[0], after[1])
    elif after and before:
        # The nearer one; what stands before a cue at the sentence's end is its own.
        other = any(
            p.role == "c" and (before[1] <= p.start < cue.start or cue.end <= p.start < after[0])
            for p in parts
        )
        chosen = after if other or after[0] - cue.end <= 3 else before
    else:
        chosen = after or before
    if chosen is None:
        return None
    start, end = _whole(page, sent, parts, cue, chosen)
    return trim_content(page, start, end)


def _whole(
    page: Page, sent: Span, parts: Sequence[_Part], cue: _Part, content: tuple[int, int]
) -> tuple[int, int]:
    """Widen a content to the quotation it lies in, else to the clauses its words head."""
    start = page.doc[content[0]].idx
    end = page.doc[content[1] - 1].idx + len(page.doc[content[1] - 1])
    for quotation in page.quotations:
        shared = min(end, quotation.end) - max(start, quotation.start)
        if quotation.start < page.doc[cue.start].idx < quotation.end:
            continue  # the one who is quoted tells of another
        if shared > 0.5 * (end - start) and shared > 0.5 * (quotation.end - quotation.start):
            return min(start, quotation.start), max(end, quotation.end)
    after = content[0] >= cue.end
    barred = {
        n for p in parts if p.role in "sc" and p.end <= content[0] for n in range(p.start, p.end)
    }
    barred |= {
        n for p in parts if p.role in "sc" and p.start >= content[1] for n in range(p.start, p.end)
    }
    inside = range(content[0], content[1])
    tokens = set(inside)
    for n in inside:
        token = page.doc[n]
        if token.head.i in inside and token.head.i != n:
            continue
        if token.i <= cue.start <= token.right_edge.i and not after:
            continue
        tokens |= {
            t.i
            for t in token.subtree
            if (t.i >= cue.end if after else t.i < cue.start) and sent.start <= t.i < sent.end
        }
    first, last = content[0], content[1] - 1
    while first - 1 in tokens - barred:
        first -= 1
    while last + 1 in tokens - barred:
        last += 1
    return page.doc[first].idx, page.doc[last].idx + len(page.doc[last])


def _run(parts: Sequence[_Part], cue: _Part, *, forward: bool) -> tuple[int, int] | None:
    """Return the run of content next to a cue; a claim within it (its speaker, its cue) belongs to it."""
    if forward:
        contents = [p for p in parts if p.role == "q" and p.start >= cue.end]
        if not contents or contents[0].start - cue.end > _REACH:
            return None
        start, end = contents[0].start, contents[0].end
        for p in parts:
            # A speaker or cue amid the content, nothing between, is of a claim within it.
            later = [x for x in parts if x.start > p.start]
            nested = p.role != "q" and p.start == end and _opens_inner(later, p)
            plain = p.role == "q" and p.start - end <= _GAP
            plain = plain and not any(x.role != "q" and end <= x.start < p.start for x in parts)
            if p.start >= end and (nested or plain):
                end = p.end
        inner = [p for p in parts if p.role == "q" and start <= p.start < end]
        return start, max(p.end for p in inner)
    contents = [p for p in parts if p.role == "q" and p.end <= cue.start]
    if not contents or cue.start - contents[-1].end > _REACH:
        return None
    start, end = contents[-1].start, contents[-1].end
    for p in reversed(parts):
        if p.role == "q" and p.end <= start and start - p.end <= _GAP:
            start = p.start
    return start, end


def _opens_inner(rest: Sequence[_Part], part: _Part) -> bool:
    """Say whether a speaker or cue is followed by a content of its own soon."""
    for p in rest:
        if p.role == "q":
            return p.start - part.end <= _REACH
    return False


def _interrupts(page: Page, before: tuple[int, int], after: tuple[int, int]) -> bool:
    """Say whether two pieces are one quotation around its cue: "…," she said, "…"."""
    left = page.doc[before[0] : before[1]].text
    right = page.doc[after[0] : after[1]].text
    closes = left.rstrip().endswith((",”", ',"', ",’", "”", '"')) or page.doc[before[1]].text == ","
    return closes and (
        right[:1] in {"“", '"', "‘"} or (left[:1] not in '“"‘' and right[:1].islower())
    )


def trim_content(page: Page, start: int, end: int) -> tuple[int, int]:
    """Trim a content: no leading "that", quotation marks whole."""
    text = page.text
    start, end = trim(text, start, end)
    lead = re.match(r"that\s+", text[start:end])
    if lead:
        start += lead.end()
    inner = text[start:end]
    if text[start - 1 : start] in {"“", '"'} and inner.count("“") < inner.count("”"):
        start -= 1
    closing = re.match(r"[.,!?…]*[”\"]", text[end : end + 3])
    if closing and (inner.count("“") > inner.count("”") or inner.count('"') % 2):
        end += closing.end()
    return start, end


def _speaker(
    page: Page, parts: Sequence[_Part], cue: _Part, content: tuple[int, int]
) -> tuple[int, int] | None:
    """Return the speaker nearest to a cue, on its side of the content."""
    best: tuple[int, tuple[int, int]] | None = None
    for p in parts:
        if p.role != "s":
            continue
        where = _characters(page, p)
        if content[0] <= where[0] and where[1] <= content[1] and not _between(p, cue, parts):
            continue
        distance = cue.start - p.end if p.end <= cue.start else p.start - cue.end
        crossed = sum(
            1
            for x in parts
            if x.role == "c" and min(p.end, cue.end) <= x.start < max(p.start, cue.start)
        )
        if distance <= 30 and (best is None or distance + 10 * crossed < best[0]):
            best = (distance + 10 * crossed, where)
    return best[1] if best else None


def _between(part: _Part, cue: _Part, parts: Sequence[_Part]) -> bool:
    """Say whether a speaker touches its cue, though both stand amid the content."""
    return part.end == cue.start or part.start == cue.end
