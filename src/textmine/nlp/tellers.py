"""Who tells a quotation, read off the words beside it, where the parse does not say."""

from __future__ import annotations

import re

from spacy.tokens import Span, Token

from textmine.nlp.attribution import (
    FoundClaim,
    Page,
    cue_span,
    cue_word,
    cues,
    inside_quotation,
    shared_subject,
    speaker_span,
    subject_of,
    trim,
)
from textmine.nlp.quotations import Quotation

#: The end of a sentence, and not of "Mr." or an initial.
STOP = re.compile(
    r"(?<!\b[A-Z])(?<!\bMr)(?<!\bMs)(?<!\bDr)(?<!\bMrs)(?<!\bSen)(?<!\bRep)(?<!\bGov)(?<!\bGen)"
    r"(?<!\bLt)(?<!\bCol)(?<!\bMaj)(?<!\bSgt)(?<!\bCapt)(?<!\bAdm)(?<!\bProf)(?<!\bRev)(?<!\bSt)(?<!\bJr)[.!?](?=\s)"
)


#: Words that titles leave in small letters.
_SMALL = frozenset(
    "a an the of and or but nor in on at to for from by with as into over upon via vs del de la le du von".split()
)


def is_title(inner: str) -> bool:
    """Say whether the words between marks are the title of a work: “The Day It Rained,”."""
    words = re.findall(r"[^\W\d_][\w’'-]*", inner)
    main = [word for word in words if word not in _SMALL] or words
    capitals = 0 < len(words) <= 12 and all(word[0].isupper() for word in main)
    return capitals and inner[-1:] in ",." and not STOP.search(inner)


#: How the words that name a speaker begin; and what follows them in the same clause.
_NAMES = re.compile(r"[A-ZÀ-Þ]|(?:he|she|it|they|the|an?|one|another|his|her|its|their)\b")
#: "former mayor Ana Prado"
_TITLED = re.compile(r"[a-z][\w-]* (?:[\w’'.-]+ ){0,6}[A-ZÀ-Þ][\w’'.-]+")
_AFTER_NAME = re.compile(
    r"[,;:(]|\s(?:in|on|at|during|after|before|while|who|when|as|last|this|to|with|through)\b"
)
#: A name and a verb, and no more: "Ana Prado barked."
_BARKED = re.compile(r"(?:[A-ZÀ-Þ][\w.’'-]* ){1,4}[a-z]+[.]|(?:he|she|they) [a-z]+[.]")
#: What follows a quotation on its line, up to the next.
_TAIL = re.compile(r"[^\n“”\"]{0,200}")


def told_after(page: Page, quotation: Quotation) -> FoundClaim | None:
    """Read '"…," the director of a long name, a friend, said' off the words: the parser lost it."""
    text = page.text
    if quotation.open_end or quotation.inner(text)[-1:] not in ",?!—…":
        return None
    tail = _TAIL.match(text, quotation.end)
    stop = STOP.search(tail.group()) if tail else None
    reach = quotation.end + (stop.start() if stop else len(tail.group()) if tail else 0)
    words = page.doc.char_span(quotation.end, reach, alignment_mode="contract")
    verb = _teller(page, quotation, words, reach) if words is not None and len(words) else None
    if words is None or verb is None:
        return None
    start = words[0].idx
    end = verb.idx
    if not text[start:end].strip(" ,—–-"):
        start, end = verb.idx + len(verb), reach
    start, end = trim(text, start, end)
    name = _AFTER_NAME.search(text, start, end)
    start, end = trim(text, start, name.start() if name else end)
    if not 1 < end - start <= 90 or not (
        _NAMES.match(text, start) or _TITLED.fullmatch(text, start, end)
    ):
        return None
    return FoundClaim(quotation.start, quotation.end, (start, end), cue_span(verb), "direct")


def _teller(page: Page, quotation: Quotation, words: Span, reach: int) -> Token | None:
    """Return the verb among the words after a quotation that tells it."""
    first, last = words[0], next((t for t in reversed(words) if not t.is_punct), words[-1])
    verb = next((t for t in words if t.pos_ == "VERB" and cue_word(t) in cues().say), None)
    if verb is not None:
        return verb
    if last.lower_ in cues().say:
        return last  # "a voice in the ad states": the parser takes it for a noun
    if _BARKED.match(page.text, first.idx, reach + 1) and last.tag_ in {"VBD", "VBZ"}:
        return last  # "“…,” Ana Prado barked.": whatever she does, she says it
    opens = first.pos_ == "VERB" and first.tag_ in {"VBD", "VBZ"}
    return first if opens and not is_title(quotation.inner(page.text)) else None


#: So many tokens before a quotation a verb may tell it.
_NEAR_BEFORE = 16


def told_before(page: Page, quotation: Quotation) -> FoundClaim | None:
    """Read 'joked of the museum, "…"', 'The piece had as its headline: "…"': a verb's, with words between."""
    lead = page.text[max(0, quotation.start - 2) : quotation.start].strip()
    words = page.doc.char_span(quotation.start, quotation.start + 1, alignment_mode="expand")
    if lead not in {",", ":", "."} or words is None or words.start == 0:
        return None
    sent = page.sentence(page.doc[words.start - 1])
    if lead == ".":
        return _spoke_up(page, quotation, sent)
    before = page.doc[max(sent.start, words.start - _NEAR_BEFORE) : words.start]
    for verb in reversed(before):
        if verb.pos_ != "VERB" or inside_quotation(page.quotations, verb.idx) is not None:
            continue
        speaker = subject_of(page, verb) or shared_subject(verb)
        if speaker is None or speaker.i > verb.i or speaker.pos_ not in {"NOUN", "PROPN", "PRON"}:
            continue
        if cue_word(verb) in cues().say or (lead == ":" and verb.dep_ == "ROOT"):
            return FoundClaim(
                quotation.start, quotation.end, speaker_span(speaker), cue_span(verb), "direct"
            )
    return None


def _spoke_up(page: Page, quotation: Quotation, sent: Span) -> FoundClaim | None:
    """Read 'Ana Prado agreed. "…"': a sentence that tells of no more than that someone spoke."""
    verb = sent.root
    speaker = subject_of(page, verb)
    rest = [t for t in page.doc[verb.i + 1 : sent.end] if not t.is_punct]
    if (
        cue_word(verb) not in cues().say
        or any(q.start < sent.end_char and sent.start_char < q.end for q in page.quotations)
        or speaker is None
        or speaker.i > verb.i
        or (speaker.pos_ != "PRON" and not _names_person(page, speaker))
        or any(t.pos_ != "ADV" for t in rest)
    ):
        return None
    return FoundClaim(
        quotation.start, quotation.end, speaker_span(speaker), cue_span(verb), "direct"
    )


def _names_person(page: Page, speaker: Token) -> bool:
    words = page.doc.char_span(*speaker_span(speaker), alignment_mode="expand")
    return words is not None and any(token.ent_type_ == "PERSON" for token in words)


_COLON = re.compile(r"(?P<cue>:)\s+$")
#: "In the words of Ana Prado", "in her words".
_WORDS = re.compile(
    r"\b[Ii]n (?:the (?P<cue>words) of (?P<who>[^,;.\n]{2,40})"
    r"|(?P<who2>[A-ZÀ-Þ][\w. -]{1,30}?|his|her|its|their)(?:’s|'s|’|')? (?P<cue2>words)),? $"
)
#: What is quoted from; when and where someone spoke.
_DOCUMENT = re.compile(
    r"(?:[Ff]rom|Here is|Here’s|Here's) (?P<who>(?:the|its|his|her|their|that|this) (?:[\w’'-]+ ){0,3}"
    r"(?:report|study|statement|letter|memo|article|paper|ruling|filing|editorial|transcript|release|survey|note))$"
)
_WHEN = re.compile(r" (?:in|on|at|last|this|from|to) [^,.;:!?\n]{2,30}")
#: The start of a line, or a dash: a body that is named there alone speaks.
_OPENS = re.compile(r"(?:^|\n|\s[–—-]{1,2} )$")


def in_words_of(page: Page, quotation: Quotation) -> FoundClaim | None:
    """Read 'in the words of Ana Prado, "…"', 'in her words, "…"'."""
    words = _WORDS.search(page.text, max(0, quotation.start - 60), quotation.start)
    if words is None:
        return None
    which = "" if words["cue"] else "2"
    where, cue = words.span(f"who{which}"), words.span(f"cue{which}")
    return FoundClaim(quotation.start, quotation.end, where, cue, "direct")


def named_before(page: Page, quotation: Quotation) -> FoundClaim | None:
    """Read 'More from Ana Prado: "…"', 'Here is Prado in May 2020: "…"', 'in her words, "…"'."""
    worded = in_words_of(page, quotation)
    if worded is not None:
        return worded
    colon = _COLON.search(page.text, max(0, quotation.start - 3), quotation.start)
    if colon is None:
        return None
    cue = colon.span("cue")
    document = _DOCUMENT.search(page.text, max(0, cue[0] - 40), cue[0])
    if document:
        return FoundClaim(quotation.start, quotation.end, document.span("who"), cue, "direct")
    for name in page.doc.ents:
        if name.end_char > cue[0]:
            break
        is_alone = name.label_ == "ORG" and (
            _OPENS.search(page.text, max(0, name.start_char - 4), name.start_char) is not None
        )
        rest = page.text[name.end_char : cue[0]]
        if (name.label_ == "PERSON" or is_alone) and (not rest or _WHEN.fullmatch(rest)):
            where = (name.start_char, name.end_char)
            return FoundClaim(quotation.start, quotation.end, where, cue, "direct")
    return None
