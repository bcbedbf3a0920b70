"""A claim within another's content is told by that one's speaker, not by the author: it is no claim of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from textmine.nlp.attribution import FoundClaim, Page, trim

_AND = re.compile(r"\b(?:and|but|or|then|even|also|while)$")
_MARKS = " \n,;–—-"


def outermost(page: Page, claims: Iterable[FoundClaim]) -> list[FoundClaim]:
    """Return the claims that the author tells: none that lies, cue and all, in another's content.

    "She said the mayor had promised a school" is her claim; no promise of the mayor's is told. Where the
    parser ran on into what the same speaker says next ("said A and warned that B"), the first content is cut.
    """
    kept: list[FoundClaim] = []
    open_ones: list[int] = []
    for claim in sorted(claims, key=lambda c: (c.start, -c.end)):
        open_ones = [n for n in open_ones if kept[n].end > claim.start]
        for n in open_ones:
            outer = kept[n]
            if not _holds(outer, claim):
                continue
            if claim.quote == "direct" and claim.start == outer.start and claim.speaker:
                kept[n] = claim  # a content that runs on past the cue of the words it opens with
                break
            shorter = _before(page, outer, claim)
            if shorter is None:
                break
            kept[n] = shorter
        else:
            open_ones.append(len(kept))
            kept.append(claim)
    return kept


def _holds(outer: FoundClaim, claim: FoundClaim) -> bool:
    """Say whether a claim's cue and content stand in one piece of another's content."""
    cue = claim.cue or (claim.start, claim.start)
    return outer.cue != claim.cue and any(
        start <= min(cue[0], claim.start) and max(cue[1], claim.end) <= end
        for start, end in outer.parts()
    )


def _before(page: Page, outer: FoundClaim, claim: FoundClaim) -> FoundClaim | None:
    """Return the outer claim up to the cue of what its speaker says next; None if the claim is another's."""
    if outer.quote == "direct" or outer.cue is None or claim.cue is None:
        return None
    verb = page.doc.char_span(*claim.cue, alignment_mode="expand")
    first = page.doc.char_span(*outer.cue, alignment_mode="expand")
    if verb is None or first is None:
        return None
    goes_on = any(
        t.dep_ in {"conj", "advcl", "parataxis"} and first.start <= t.head.i < first.end
        for t in verb
    )
    if not goes_on and (claim.speaker is None or claim.speaker != outer.speaker):
        return None
    lead = claim.cue[0]
    if claim.speaker is not None and outer.start <= claim.speaker[0] < outer.end:
        lead = min(lead, claim.speaker[0])
    words = _AND.sub("", page.text[outer.start : lead].rstrip(_MARKS)).rstrip(_MARKS)
    start, end = trim(page.text, outer.start, outer.start + len(words))
    return replace(outer, start=start, end=end, pieces=()) if end - start > 3 else None
