"""Mend where an indirect content starts and ends: the parser cuts phrases short and runs on."""

from __future__ import annotations

import re
from dataclasses import replace

from textmine.nlp.attribution import FoundClaim, Page, cues, inside_quotation, trim
from textmine.nlp.borders import borders
from textmine.nlp.inflection import all_forms

#: "warned Mr Obi that ...": the one who is told is no part of what is told.
_TOLD = re.compile(
    r"(?:him|her|them|us|me|you|the [a-z]+|(?:[A-Z][\w.’'-]*)(?: [A-Z][\w.’'-]*){0,3}) (?=that )"
)


#: Between a cue and its content: marks, times and places of speaking, one who is told something.
_APART = re.compile(
    r"[,:;—–()“”\"\n]|^(?:(?:up|out|off|back|down|over)\b|(?:on|in|at|during|after|before|since|last|this|earlier|late|early|again|"
    r"yesterday|today|tonight|ago|however|also|then|later|recently|repeatedly)\b)"
)
_CLAUSE = re.compile(
    r"(?:that|whether|if|how|why|what|when|where|who|which|because|as)\b", re.IGNORECASE
)
_LEADS = re.compile(r"(?:about|of|for|on|that)\s+")


def _whole_start(page: Page, cue: tuple[int, int], start: int) -> int:
    """Return where a content starts whose first words the parser left out: "called the plan 'a joke'"."""
    gap = page.text[cue[1] : start]
    words, begin = gap.strip(), start - len(gap.lstrip())
    if any((q.start, q.end) == (begin, begin + len(words)) for q in page.quotations):
        return begin  # "saying “of course” they would pay"
    if not words or len(gap) > 60 or _APART.search(words) or _CLAUSE.match(page.text, start):
        return start
    tokens = page.doc.char_span(begin, begin + len(words), alignment_mode="expand")
    if tokens is None or not any(t.pos_ in {"NOUN", "PROPN", "PRON", "NUM"} for t in tokens):
        return start
    if any(t.ent_type_ == "DATE" for t in tokens):
        return start
    told = page.text[slice(*cue)].lower() in _TELLING
    if told and not page.text.startswith("to ", start):
        return start
    lead = _LEADS.match(page.text, begin)
    return lead.end() if lead else begin


#: The author speaks again: ", but nobody has seen its papers".
_OWN_AGAIN = re.compile(r", (?:but|although|though|while|whereas|even as|even though) ")
_TELLING = frozenset(
    all_forms(["tell", "assure", "inform", "remind", "notify", "convince", "warn", "ask"])
)


_MORE = re.compile(r" (?:[\w“\"]|(?=''))")


def _goes_on(page: Page, start: int) -> bool:
    """Say whether a content opens with a few quoted words and goes on: "said “half” of them had left"."""
    opening = next((q for q in page.quotations if q.start == start), None)
    return (
        opening is not None
        and len(opening.inner(page.text).split()) <= 4
        and opening.inner(page.text)[-1:] not in ",.!?"
        and _MORE.match(page.text, opening.end) is not None
    )


def with_borders(page: Page, claim: FoundClaim) -> FoundClaim:
    """Mend the borders of an indirect content that follows its cue."""
    text, (start, end) = page.text, (claim.start, claim.end)
    if claim.cue is None or start < claim.cue[1] or end - start < 3:
        return claim
    whole = text[slice(*claim.cue)] in {":", "In"} or text[claim.cue[1] : start] == ", "
    if whole or cues().according.match(text, claim.cue[0]):
        return claim  # "According to the bank, ...", "PRADO: ..." tell a whole sentence or line
    if text[slice(*claim.cue)].lower() in cues().person and (told := _TOLD.match(text, start)):
        start = told.end()
    clause, start = start, _whole_start(page, claim.cue, start)
    leads = any(q.start == start and q.end < clause for q in page.quotations)
    words = page.doc.char_span(clause if leads else start, end, alignment_mode="expand")
    cue = page.doc.char_span(*claim.cue, alignment_mode="expand")
    is_quoted = words is not None and words[0].is_quote and not _goes_on(page, start)
    if words is None or cue is None or is_quoted or cue[-1].pos_ == "NOUN":
        return replace(claim, start=start)
    sent = page.sentence(words[0])
    if cue.start < sent.start or words.end > sent.end:
        return replace(claim, start=start)
    last = page.doc[borders().end(page.doc, sent, cue[-1], words.start, page.quotations) - 1]
    if last.dep_ in {"cc", "mark"}:  # "is small and that", "because he pays but also because"
        last = page.doc[sent.end - 1]
    start, end = trim(text, start, last.idx + len(last))
    turn = _OWN_AGAIN.search(text, start + 15, end)
    if turn and inside_quotation(page.quotations, turn.start()) is None:
        end = turn.start()
    around = next((q for q in page.quotations if start <= q.start < end < q.end), None)
    end = around.end if around else end
    if text[start:end].count("(") > text[start:end].count(")") and text[end : end + 1] == ")":
        end += 1
    return replace(claim, start=start, end=end)


#: "ASTANA, Sept 17 – Steppe Oxides, a mining venture, said": the town says nothing.
_DATELINE = re.compile(
    r"[A-ZÀ-Þ][A-ZÀ-Þ .'’-]{2,30}(?:[,/][^–—\n-]{0,30}?)? ?(?:\([A-Za-z ]{2,20}\))? ?[–—-]{1,2} (?P<who>[^,\n]{2,90}?)(?=,| (?:said|says)\b)"
)


def with_speaker(page: Page, claim: FoundClaim) -> FoundClaim:
    """Mend a speaker: never the town of a dateline, half of a hyphenated name, or with "'s"."""
    if claim.speaker is None or claim.cue is None:
        return claim
    text, (start, end) = page.text, claim.speaker
    dateline = _DATELINE.match(text, text.rfind("\n", 0, start) + 1)
    if dateline and dateline.end("who") <= claim.cue[0]:
        is_town = start < dateline.start("who")
        is_description = text[dateline.end("who") : start].strip() == ","
        if is_town or is_description:
            start, end = dateline.span("who")
    possessive = re.search(r"[’']s$", text[start:end])
    end -= len(possessive.group()) if possessive else 0
    half = re.search(r"[^\W\d_]+-$", text[max(0, start - 30) : start])
    if half:
        start -= len(half.group())
    content = claim.end
    if claim.start < start < content <= end:
        content = trim(text, claim.start, start)[1]
    return replace(claim, speaker=(start, end), end=content)
