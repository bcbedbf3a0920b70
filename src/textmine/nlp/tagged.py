"""The tagger's claims beside those of the rules: which are whole, whose they are, which are new."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from textmine.nlp.attribution import FoundClaim, Page, shared_subject, speaker_span


def with_tagged(
    page: Page, found: list[FoundClaim], tagged: Iterable[FoundClaim]
) -> list[FoundClaim]:
    """Add the tagger's claims that the rules have not found.

    The rules' borders are the better ones; the tagger knows more ways of saying things.
    """
    whole = [_with_subject(page, claim) for claim in tagged if _is_whole(page, claim)]
    found = [_with_antecedent(page, claim, whole) for claim in found]
    return found + [claim for claim in whole if not any(_is_told(claim, c) for c in found)]


#: Words that report nothing by themselves: the tagger saw a part of a cue.
_NO_CUE = frozenset(
    "would will shall can could may might must should has have had is are was were be been being do does did to in of on "
    "for at by with as not also seem seems seemed appear appears appeared need needs needed mean means meant tried try "
    "tries trying attempting attempted ready poised likely known certain sure ’s 's".split()
)


def _is_whole(page: Page, claim: FoundClaim) -> bool:
    """Say whether the tagger's claim has a speaker, a cue that reports, and a content of some words."""
    if claim.speaker is None or claim.cue is None:
        return False
    speaker, cue = page.text[slice(*claim.speaker)], page.text[slice(*claim.cue)]
    content = page.text[claim.start : claim.end]
    return (
        not set(cue.lower().split()) <= _NO_CUE
        and re.search(r"[^\W\d_]{2}", speaker) is not None
        and (len(content.split()) > 1 or content[:1] in '“"‘')
    )


def _with_subject(page: Page, claim: FoundClaim) -> FoundClaim:
    """Give ", challenging the mayor to ..." to the subject of the clause before, not to the nearest noun."""
    cue = page.doc.char_span(*claim.cue, alignment_mode="expand") if claim.cue else None
    if cue is None or page.text[max(0, cue.start_char - 2) : cue.start_char] != ", ":
        return claim
    verb = next((t for t in cue if t.tag_ == "VBG"), None)
    subject = shared_subject(verb) if verb is not None and verb.dep_ == "advcl" else None
    if subject is None or subject.i > cue.start:
        return claim
    return replace(claim, speaker=speaker_span(subject))


def _with_antecedent(page: Page, claim: FoundClaim, tagged: list[FoundClaim]) -> FoundClaim:
    """Take the tagger's speaker for a cue whose subject the parser lost in a relative clause."""
    if claim.speaker is None or claim.cue is None:
        return claim
    if not re.match(r"(?:who|which|that|whose)\b", page.text[slice(*claim.speaker)]):
        return claim
    speakers = [c.speaker for c in tagged if _shares_cue(claim, c)]
    return replace(claim, speaker=speakers[0] if speakers else None)


def _shares_cue(one: FoundClaim, two: FoundClaim) -> bool:
    return bool(one.cue and two.cue and one.cue[0] < two.cue[1] and two.cue[0] < one.cue[1])


def _is_told(claim: FoundClaim, known: FoundClaim) -> bool:
    """Say whether a claim shares its cue or half its content with a known one."""
    if _shares_cue(claim, known):
        return True
    shared = min(claim.end, known.end) - max(claim.start, known.start)
    return shared > 0.5 * min(claim.end - claim.start, known.end - known.start)
