"""Speech that a label names the speaker of: transcripts, headlines, questions and answers, polls."""

from __future__ import annotations

import re
from collections.abc import Iterator

from spacy.tokens import Span

from textmine.nlp.attribution import FoundClaim, Page, cue_word, cues, trim

#: "PENCE: Well, look ..." in a transcript; "Poll: Voters ..." and "Rush Limbaugh: He asked ..." in a headline.
_LABELLED = re.compile(
    r"(?:^|\n)[“\"]?(?P<who>(?!(?:NOTE|NB|UPDATE|WATCH|READ|LISTEN|PHOTOS?|VIDEO|MORE|ALSO|FILE|BREAKING|LIVE|SOURCE|TOPICS?|TAGS?)\b)"
    r"[A-ZÀ-Þ][A-ZÀ-Þ.’' -]{1,30}[A-ZÀ-Þ]|(?:Poll|Report|Study|Survey|Analysis|Opinion))"
    r"(?P<cue>:) (?P<said>[^\n]{8,})"
)
#: "Q: When did you hear of it? A: On the radio."
_ANSWERS = re.compile(r"(?:^|\n)(?P<who>[QA])(?P<cue>:) (?P<said>[^\n]{8,})")
_HEADLINE = re.compile(
    r"\A(?P<who>(?:[A-ZÀ-Þ][\w.’'-]+ ){0,3}?[A-ZÀ-Þ][\w.’'-]+)(?P<cue>:) (?P<said>[^\n]{8,200})(?=\n|$)"
)

#: "A lesson from Ana Prado: 'Be heard.'", a headline.
_QUOTING = re.compile(
    r"\A(?P<lead>[^\n:“”\"]{4,90})(?P<cue>:) (?P<said>[‘'][^\n]{8,}[.!?]?[’'][.!?]?)(?=\n|$)"
)


def _quoting_headline(page: Page) -> Iterator[FoundClaim]:
    """Read a headline that quotes the one person it names."""
    match = _QUOTING.match(page.text)
    if match is None:
        return
    named = [e for e in page.doc.ents if e.label_ == "PERSON" and e.end_char <= match.end("lead")]
    if len(named) == 1:
        who = (named[0].start_char, named[0].end_char)
        yield FoundClaim(*trim(page.text, *match.span("said")), who, match.span("cue"), "direct")


def labelled_speech(page: Page) -> Iterator[FoundClaim]:
    """Read lines that name their speaker before a colon, and a headline that quotes one."""
    text = page.text
    people = {text[e.start_char : e.end_char] for e in page.doc.ents if e.label_ == "PERSON"}
    answers = list(_ANSWERS.finditer(text))
    if len({match["who"] for match in answers}) < 2:
        answers = []  # a point A with no Q
    for match in (*_LABELLED.finditer(text), *_HEADLINE.finditer(text), *answers):
        who = match["who"]
        if match.re is _HEADLINE and not who.isupper() and who not in people:
            continue
        start, end = trim(text, *match.span("said"))
        yield FoundClaim(start, end, match.span("who"), match.span("cue"), "indirect")
    yield from _quoting_headline(page)


#: "In a Gallup poll last month, ...": what it found.
_POLL = re.compile(
    r"(?P<cue>In) (?P<who>(?:(?:an?|the|its|one|another|recent|exit|some) )+(?:[\w/’'.-]+ ){0,5}?"
    r"(?:polls?|surveys?)(?: (?:last|this|released|published|conducted|taken|of|by|in) [^,.]{2,40})?), "
)
#: Polls that ask people; "the August poll" may be an election.
_ASKED = re.compile(
    r"surveys?\b|\b(?:opinion|exit|tracking|recent|new|latest) polls?\b"
    r"|\b(?!January|February|March|April|May|June|July|August|September|October|November|December)"
    r"[A-Z][\w/.’'-]+ polls?\b"
)


def polled(page: Page, sent: Span) -> Iterator[FoundClaim]:
    """Read "In a Gallup poll last month, ...", where the rest names no one who says it."""
    match = _POLL.match(page.text, sent.start_char, sent.end_char)
    if match is None or not _ASKED.search(match["who"]):
        return
    rest = [t for t in sent if t.idx >= match.end()]
    if rest and not any(cue_word(t) in cues().say or t.is_quote for t in rest):
        content = trim(page.text, match.end(), sent.end_char)
        yield FoundClaim(*content, match.span("who"), match.span("cue"), "indirect")
