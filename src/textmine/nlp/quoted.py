"""Quotations and who said them: before the cue, after it, around it, or left without one."""

from __future__ import annotations

import re
from dataclasses import replace

from spacy.tokens import Span, Token

from textmine.nlp.attribution import (
    SUBJECTS,
    FoundClaim,
    Page,
    cue_word,
    cues,
    inside_quotation,
    trim,
)
from textmine.nlp.quotations import Quotation
from textmine.nlp.tellers import STOP, in_words_of, is_title, named_before, told_after, told_before


def quoted_content(page: Page, verb: Token) -> tuple[int, int] | None:
    """Return the quotation a verb attributes: just before it, just after it, or both."""
    text = page.text
    inside = inside_quotation(page.quotations, verb.idx)
    if inside is not None:
        return None
    sent = page.sentence(verb)
    edges = [
        c.left_edge.i
        for c in verb.children
        if c.dep_ in SUBJECTS
        and not c.is_punct
        and inside_quotation(page.quotations, c.idx) is None
    ]
    first = max(sent.start, min([verb.i, *edges]))
    subject = page.doc[first : verb.i].text
    if "”" in subject or subject.count('"') % 2:
        # The parser took part of the quotation into the subject.
        marks = [i for i in range(first, verb.i) if page.doc[i].text.endswith(("”", '"'))]
        first = marks[-1] + 1 if marks else verb.i
    edge = page.doc[first].idx
    before = next((q for q in reversed(page.quotations) if q.end <= edge + 1), None)
    if before is not None:
        stopped = before.inner(text).endswith(".") and page.doc[first].is_title
        # “… trees.” She said: a full stop ends the quotation; what follows reports anew.
        if stopped or not re.fullmatch(r"[ ,–—-]*", text[before.end : edge]):
            before = None
    after = next((q for q in page.quotations if q.start >= verb.idx + len(verb)), None)
    if after is not None:
        gap = text[verb.idx + len(verb) : after.start]
        near = (re.fullmatch(r":\s*\n+\s*", gap) or _AND.fullmatch(gap)) is not None or (
            "\n" not in gap
            and (
                re.fullmatch(r"[\s,:–—]*", gap)
                or (
                    gap.rstrip().endswith((",", ":"))
                    and len(gap) < 160
                    and not re.search(r"[.;!?]\s", gap)
                )
            )
        )
        if not near or _has_clause(page, verb, after):
            after = None
    if before is not None and is_speech(text, before) and not _is_in_subject(page, sent, before):
        if after is not None and after.start < sent.end_char + 2 and _resumes(page, verb, after):
            return before.start, after.end
        return before.start, before.end
    if after is not None and is_speech(text, after):
        gap = text[verb.idx + len(verb) : after.start].strip()
        if gap in {"", ",", ":"} or gap.endswith(":") or gap.endswith(","):
            return after.start, after.end
    return None


def _has_clause(page: Page, verb: Token, quotation: Quotation) -> bool:
    """Say whether a verb tells a clause before a quotation: "wrote that he had heard a song called “…”"."""
    said = re.search(r"\bthat\b", page.text[verb.idx : quotation.start]) is not None
    return said or any(
        c.dep_ == "ccomp" and verb.i < c.left_edge.i and c.idx + len(c) <= quotation.start
        for c in verb.children
    )


def _is_in_subject(page: Page, sent: Span, quotation: Quotation) -> bool:
    """Say whether a title stands within a phrase: "Ana Prado, host of “The Late Hour,” said"."""
    before = page.text[sent.start_char : quotation.start].rstrip()
    return is_title(quotation.inner(page.text)) and before[-1:].isalpha()


def _resumes(page: Page, verb: Token, quotation: Quotation) -> bool:
    """Say whether a quotation goes on with the one before a cue: "…," she said, turning away, "…"."""
    gap = page.text[verb.idx + len(verb) : quotation.start]
    if _AND.fullmatch(gap):
        return True
    if not gap.rstrip().endswith(","):
        return False
    if quotation.inner(page.text)[:1].islower() and _DOING.match(gap):
        words = page.doc.char_span(verb.idx, quotation.start, alignment_mode="contract")
        return words is not None and not any(cue_word(t) in cues().say for t in words[1:])
    return not _ANEW.search(gap)


def is_speech(text: str, quotation: Quotation) -> bool:
    """Say whether a quotation is a speech of its own, not a word or two within a clause."""
    inner = quotation.inner(text)
    return inner.lstrip("[(")[:1].isupper() and (
        inner.rstrip()[-1:] in ".,!?…—" or len(inner.split()) >= 5
    )


#: Between a cue and a second quotation: another act of speaking.
_ANEW = re.compile(r", \w+ing\b|\b(?:adding|added|adds|noting|saying|and|before|then|later|but)\b")

_AND = re.compile(r",? (?:but|and|or) ")
_DOING = re.compile(r", \w+ing\b")


#: "“…” — Ana Prado": a quotation signed with a name.
_SIGNED = re.compile(
    r"\s{0,2}(?P<cue>[―—–]|--?) ?(?P<who>[A-ZÀ-Þ][\w.’'-]+(?: (?:[a-z]{1,3} )?[A-ZÀ-Þ][\w.’'-]*){1,4})[^\n”\"]{0,40}(?=\n|$)"
)


def with_loose_quotations(page: Page, found: list[FoundClaim]) -> list[FoundClaim]:
    """Give a speech without a cue to the speaker of the one just before it.

    ``"…," she said. "…"``: the second is hers, and a piece of the same claim; so is a paragraph of nothing
    but quotation after it. After words told in another way ("She declined, she said. '…'") it is a claim
    of its own. Elsewhere the speaker stays unknown.
    """
    ending = {quotation.end: quotation for quotation in page.quotations}
    claims = [_without_quoted_speaker(page, claim) for claim in found]
    claims = [_to_its_end(page, _to_its_start(page, claim)) for claim in claims]
    claims = [_with_teller(page, claim, ending.get(claim.end)) for claim in claims]
    claims.sort(key=lambda claim: (claim.start, claim.end))
    for quotation in page.quotations:
        claims = _with_quotation(page, claims, quotation)
    return claims


def _with_quotation(page: Page, claims: list[FoundClaim], quotation: Quotation) -> list[FoundClaim]:
    """Return the claims with a quotation that none of them tells, or with the speaker of one that lacks it."""
    text, inner = page.text, quotation.inner(page.text)
    if not is_speech(text, quotation):
        worded = in_words_of(page, quotation)
        if worded is None or any(_overlaps(c, quotation) for c in claims):
            return claims
        return [*claims, worded]
    span = quotation.start, quotation.end
    known = [c for c in claims if _overlaps(c, quotation) and not _within(c, quotation)]
    others = [c for c in claims if c not in known] if known else claims
    signed = _SIGNED.match(text, quotation.end)
    if signed:
        who = trim(text, *signed.span("who"))
        return [*others, FoundClaim(*span, who, signed.span("cue"), "direct")]
    if known:
        after = told_after(page, quotation)
        if after is None or any(c.speaker is not None for c in known):
            return claims
        same = [_with_told_speaker(c, after) for c in known if c.cue == after.cue]
        return [*others, *(same or [after])]
    if is_title(inner) or (inner[-1:] not in ".!?…,—" and not STOP.search(inner)):
        return claims
    told = (
        told_after(page, quotation) or named_before(page, quotation) or told_before(page, quotation)
    )
    if told is not None:
        return [*claims, told]
    last = _spoken_before(page, claims, quotation) or _goes_on(page, claims, quotation)
    if last is None:
        return [*claims, FoundClaim(*span, None, None, "direct")]
    if last.quote != "direct" or _speaks_anew(page, last, quotation):
        again = replace(last, start=span[0], end=span[1], quote="direct", pieces=())
        return [*claims, again]
    longer = replace(last, end=span[1], pieces=(*last.parts(), span))
    return [longer if c == last else c for c in claims]


def _with_told_speaker(claim: FoundClaim, told: FoundClaim) -> FoundClaim:
    """Give a claim the speaker told after it, and leave him out of its content."""
    who = told.speaker
    if who is None or not any(start <= who[0] < end for start, end in claim.parts()):
        return replace(claim, speaker=who)
    return replace(told, start=min(claim.start, told.start))


def _without_quoted_speaker(page: Page, claim: FoundClaim) -> FoundClaim:
    """Drop a speaker who stands within the quotation that a cue outside of it tells: no one quotes himself so."""
    if claim.speaker is None or claim.cue is None:
        return claim
    around = inside_quotation(page.quotations, claim.speaker[0])
    if around is None or around.start <= claim.cue[0] < around.end or claim.end <= around.start:
        return claim
    return replace(claim, speaker=None)


def _to_its_start(page: Page, claim: FoundClaim) -> FoundClaim:
    """Let a claim hold all of the speech whose last sentence it goes on with: '"… It waits" for a plan, he said'."""
    around = inside_quotation(page.quotations, claim.start)
    if (
        around is None
        or claim.cue is None
        or around.start < claim.cue[0] < around.end
        or not around.start + 1 < claim.start < around.end <= claim.end
        or not is_speech(page.text, around)
    ):
        return claim
    pieces = ((around.start, claim.pieces[0][1]), *claim.pieces[1:]) if claim.pieces else ()
    return replace(claim, start=around.start, pieces=pieces)


def _to_its_end(page: Page, claim: FoundClaim) -> FoundClaim:
    """Let a claim that opens a speech of several sentences reach to the end of that speech."""
    opens = next((q for q in page.quotations if q.start <= claim.start <= q.start + 1), None)
    if opens is not None and opens.end == claim.end and not claim.pieces:
        joined = _joined(page, opens)
        return claim if joined is None else replace(claim, end=joined.end)
    if (
        opens is None
        or claim.pieces
        or not claim.end < opens.end
        or not is_speech(page.text, opens)
    ):
        return claim
    if claim.cue is not None and opens.start < claim.cue[0] < opens.end:
        return claim  # told within the speech
    return replace(claim, start=opens.start, end=opens.end, quote="direct")


def _joined(page: Page, quotation: Quotation) -> Quotation | None:
    """Return the quotation that a bare "and" joins to one: 'chanted "no tax" and "no tolls"'."""
    joining = _AND.match(page.text, quotation.end)
    if joining is None:
        return None
    return next((q for q in page.quotations if q.start == joining.end()), None)


def _with_teller(page: Page, claim: FoundClaim, quotation: Quotation | None) -> FoundClaim:
    """Give a claim without a speaker the one named after the ``quotation`` that ends it."""
    if quotation is None or claim.speaker is not None:
        return claim
    told = told_after(page, quotation)
    if told is None or claim.cue not in {None, told.cue}:
        return claim
    return replace(claim, speaker=told.speaker, cue=told.cue)


def _spoken_before(page: Page, claims: list[FoundClaim], quotation: Quotation) -> FoundClaim | None:
    """Return the claim whose speaker speaks on: it ends a sentence or less before, in the same paragraph."""
    paragraph = page.text.rfind("\n", 0, quotation.start)
    previous = [
        c for c in claims
        if c.start > paragraph and c.end <= quotation.start and c.cue is not None
        and inside_quotation(page.quotations, c.cue[0]) is None
    ]  # fmt: skip

    def stops(start: int) -> int:
        return len(STOP.findall(page.text[start : quotation.start]))

    quoted = [c for c in previous if c.quote == "direct" and stops(c.end) <= 1]
    if quoted:
        return max(quoted, key=lambda c: c.end)
    last = max((c for c in previous if c.speaker is not None), key=_reach, default=None)
    return last if last is not None and stops(_reach(last)) <= 1 else None


def _speaks_anew(page: Page, claim: FoundClaim, quotation: Quotation) -> bool:
    """Say whether another act of speaking stands before a quotation: '"…," he said, adding that it rained. "…"'."""
    assert claim.cue is not None
    words = page.doc.char_span(
        max(claim.end, claim.cue[1]), quotation.start, alignment_mode="contract"
    )
    return words is not None and any(
        t.pos_ == "VERB" and (cue_word(t) in cues().say or cue_word(t) in cues().thing)
        for t in words
    )


def _goes_on(page: Page, claims: list[FoundClaim], quotation: Quotation) -> FoundClaim | None:
    """Return the direct quotation that a paragraph which is nothing but quotation goes on with.

    Its cue stands in the paragraph before, and no other quotation of another speaker follows it there.
    """
    text = page.text
    first = text.rfind("\n", 0, quotation.start) + 1
    last = text.find("\n", quotation.end)
    rest = text[first : quotation.start] + text[quotation.end : last if last >= 0 else len(text)]
    before = text[:first].rstrip()
    if rest.strip() or not before:
        return None
    paragraph = before.rfind("\n") + 1
    told = [
        c for c in claims
        if c.cue is not None and paragraph <= c.cue[0] < first and c.speaker is not None
    ]  # fmt: skip
    quoted = [c for c in told if c.quote == "direct"]
    if not quoted:
        return None
    latest = max(quoted, key=_reach)
    if not _is_same_speaker(page, latest, max(told, key=_reach)):
        return None
    others = [q for q in page.quotations if latest.end < q.start and q.end < first]
    return None if others else latest


def _is_same_speaker(page: Page, one: FoundClaim, two: FoundClaim) -> bool:
    """Say whether two claims name their speaker by the same words, or the second by "who" just after them."""
    assert one.speaker is not None and two.speaker is not None
    shared = one.speaker[0] < two.speaker[1] and two.speaker[0] < one.speaker[1]
    return shared or (
        page.text[slice(*two.speaker)] == "who"
        and page.text[one.speaker[1] : two.speaker[0]].strip() == ","
    )


def _reach(claim: FoundClaim) -> int:
    return max(claim.end, *(part[1] for part in (claim.speaker, claim.cue) if part))


def _overlaps(claim: FoundClaim, quotation: Quotation) -> bool:
    return any(start < quotation.end and quotation.start < end for start, end in claim.parts())


def _within(claim: FoundClaim, quotation: Quotation) -> bool:
    """Say whether a claim is told by the one who is quoted: its cue stands inside, too."""
    inside = quotation.start <= claim.start and claim.end <= quotation.end
    return inside and claim.cue is not None and quotation.start < claim.cue[0] < quotation.end


def typed(page: Page, claim: FoundClaim) -> FoundClaim:
    """Set whether a claim is a direct, mixed or indirect quotation, by its quotation marks."""
    inside = [q for q in page.quotations if q.start < claim.end and claim.start < q.end]
    if not inside:
        return claim
    if any(q.start < claim.start and claim.end < q.end for q in inside):
        return claim
    covered = sum(min(q.end, claim.end) - max(q.start, claim.start) for q in inside)
    opens = inside[0].start <= claim.start
    closes = inside[-1].end >= claim.end
    whole = opens and closes and (covered >= 0.5 * (claim.end - claim.start))
    return replace(claim, quote="direct" if whole else "mixed")
