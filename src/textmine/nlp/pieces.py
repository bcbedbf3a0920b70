"""Contents in pieces: a cue and its speaker are left out of the words that they interrupt."""

from __future__ import annotations

import re
from dataclasses import replace

from textmine.nlp.attribution import FoundClaim, Page, inside_quotation

_BETWEEN_PIECES = re.compile(r"[\s,;–—-]*")


def with_pieces(page: Page, claim: FoundClaim) -> FoundClaim:
    """Leave a cue and its speaker out of the content they interrupt: "…," she said, "…"."""
    if claim.cue is None or not claim.start < claim.cue[0] < claim.cue[1] < claim.end:
        return claim
    said, speaker = page.text, claim.speaker
    first, last = claim.cue
    if speaker is not None and claim.start <= speaker[0] and speaker[1] <= claim.end:
        first, last = min(first, speaker[0]), max(last, speaker[1])
    before = said[claim.start : first].rstrip(" ,;–—-")
    after = _BETWEEN_PIECES.match(said, last, claim.end)
    resumes = after.end() if after else last
    if before.endswith(("”", '"', "''", "’")):
        again = next((q.start for q in page.quotations if last <= q.start < claim.end), None)
        resumes = again if again is not None else resumes
    if not before or resumes >= claim.end:
        return claim
    if claim.quote != "direct":
        if _is_next_sentence(page, claim.cue, resumes) or _hangs_on(
            page, claim.cue, (resumes, claim.end), _OF_CUES
        ):
            return replace(claim, end=claim.start + len(before))
        is_set_off = re.search(r"[,;:()—–-]", said[last:resumes]) is not None
        is_told = not is_set_off and _hangs_on(page, claim.cue, (resumes, claim.end), _COMPLEMENTS)
        if _breaks_off(page, claim.start, claim.start + len(before)) or is_told:
            return replace(claim, start=resumes)
    return replace(claim, pieces=((claim.start, claim.start + len(before)), (resumes, claim.end)))


#: A conjunction, preposition, article or relative pronoun.
_LEADING_TAGS = frozenset({"CC", "IN", "DT", "TO", "WDT", "WP", "WP$", "WRB", "PRP$"})
_OF_CUES = frozenset({"obl", "obl:unmarked", "obl:tmod", "advmod", "advcl", "nmod"})
_COMPLEMENTS = frozenset({"ccomp", "xcomp", "obj"})


def _breaks_off(page: Page, start: int, end: int) -> bool:
    """Say whether words before a cue are none of its content: "sales fell, but he said ..."."""
    words = page.doc.char_span(start, end, alignment_mode="expand")
    return words is not None and words[-1].tag_ in _LEADING_TAGS


def _is_next_sentence(page: Page, cue: tuple[int, int], start: int) -> bool:
    """Say whether what follows a cue is the author's next sentence, no quotation."""
    verb = page.doc.char_span(*cue, alignment_mode="expand")
    first = page.doc.char_span(start, start + 1, alignment_mode="expand")
    if verb is None or first is None or inside_quotation(page.quotations, start) is not None:
        return False
    return page.sentence(verb[-1]).end <= first.start and not first[0].is_quote


def _hangs_on(
    page: Page, cue: tuple[int, int], piece: tuple[int, int], relations: frozenset[str]
) -> bool:
    """Say whether all that follows a cue hangs on it so: "..., the agency said on Friday, after ..."."""
    words = page.doc.char_span(*piece, alignment_mode="expand")
    verb = page.doc.char_span(*cue, alignment_mode="expand")
    if words is None or verb is None or inside_quotation(page.quotations, piece[0]) is not None:
        return False
    first = next((t for t in words if t.text not in {".", "!", "?"}), words[-1])
    if page.sentence(verb[-1]).end <= first.i:
        return False  # another sentence
    tops = [t for t in words if not words.start <= t.head.i < words.end and not t.is_punct]
    return bool(tops) and all(
        t.dep_ in relations and verb.start <= t.head.i < verb.end for t in tops
    )
