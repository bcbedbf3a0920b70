"""Quotations and who said them: before the cue, after it, around it, or left without one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from spacy.tokens import Token

from textmine.nlp.attribution import SUBJECTS, FoundClaim, Page, inside_quotation
from textmine.nlp.quotations import Quotation


def quoted_content(page: Page, verb: Token) -> tuple[int, int] | None:
    """Return the quotation a verb attributes: just before it, just after it, or both."""
    text = page.text
    inside = inside_quotation(page.quotations, verb.idx)
    if inside is not None:
        return None
    sent = page.sentence(verb)
    edges = [c.left_edge.i for c in verb.children if c.dep_ in SUBJECTS]
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
        near = re.fullmatch(r":\s*\n+\s*", gap) is not None or (
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
        if not near:
            after = None
    whole = before is not None and is_speech(text, before)
    if before is not None and whole:
        if (
            after is not None
            and text[after.start - 2 : after.start].strip() == ","
            and after.start < sent.end_char + 2
            and not _ANEW.search(text[verb.idx + len(verb) : after.start])
        ):
            return before.start, after.end
        return before.start, before.end
    if after is not None and is_speech(text, after):
        gap = text[verb.idx + len(verb) : after.start].strip()
        if gap in {"", ",", ":"} or gap.endswith(":") or gap.endswith(","):
            return after.start, after.end
    return None


def is_speech(text: str, quotation: Quotation) -> bool:
    """Say whether a quotation is a speech of its own, not a word or two within a clause."""
    inner = quotation.inner(text)
    return inner[:1].isupper() and (inner.rstrip()[-1:] in ".,!?…—" or len(inner.split()) >= 5)


#: The end of a sentence, and not of "Mr." or an initial.
_STOP = re.compile(
    r"(?<!\b[A-Z])(?<!\bMr)(?<!\bMs)(?<!\bDr)(?<!\bMrs)(?<!\bSen)(?<!\bRep)(?<!\bGov)(?<!\bGen)[.!?](?=\s)"
)
#: Between a cue and a second quotation: another act of speaking.
_ANEW = re.compile(r"\b(?:adding|added|adds|noting|saying|and|before|then|later|but)\b")


#: "“…” — Ana Prado": a quotation signed with a name.
_SIGNED = re.compile(
    r"\s{0,2}(?P<cue>[―—–]|--?) ?(?P<who>[A-ZÀ-Þ][\w.’'-]+(?: (?:[a-z]{1,3} )?[A-ZÀ-Þ][\w.’'-]*){1,4})[^\n”\"]{0,40}(?=\n|$)"
)


def is_title(inner: str) -> bool:
    """Say whether the words between marks are the title of a work: “The Day It Rained,”."""
    words = re.findall(r"[^\W\d_][\w’'-]*", inner)
    long = [word for word in words if len(word) > 3] or words
    return 0 < len(words) <= 12 and all(word[0].isupper() for word in long) and inner[-1:] in ",."


def loose_quotations(page: Page, found: list[FoundClaim]) -> Iterator[FoundClaim]:
    """Give a speech without a cue to the speaker of the one just before it, in the same paragraph.

    ``"…," she said. "…"``: the second is hers. Elsewhere the speaker stays unknown.
    """
    text = page.text
    attributed = sorted(found, key=lambda claim: claim.start)
    for quotation in page.quotations:
        if any(
            c.start < quotation.end and quotation.start < c.end and not _within(c, quotation)
            for c in attributed
        ):
            continue
        if not is_speech(text, quotation) or quotation.inner(text)[-1:] not in ".!?…,—":
            continue
        if is_title(quotation.inner(text)):
            continue
        signed = _SIGNED.match(text, quotation.end)
        if signed:
            yield FoundClaim(
                quotation.start, quotation.end, signed.span("who"), signed.span("cue"), "direct"
            )
            continue
        paragraph = text.rfind("\n", 0, quotation.start)
        previous = [
            c for c in attributed
            if c.start > paragraph and c.end <= quotation.start and c.speaker is not None
        ]  # fmt: skip
        last = max(
            previous, key=lambda c: max(c.end, c.speaker[1] if c.speaker else 0), default=None
        )
        if last is not None and last.cue is not None:
            reach = max(last.end, last.cue[1], (last.speaker or (0, 0))[1])
            gap = text[reach : quotation.start]
            if len(_STOP.findall(gap)) <= 1:
                yield FoundClaim(
                    quotation.start, quotation.end, last.speaker, last.cue, "direct", last.hedged
                )
                continue
        yield FoundClaim(quotation.start, quotation.end, None, None, "direct")


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
