"""Quotations and who said them: before the cue, after it, around it, or left without one."""

from __future__ import annotations

import re
from dataclasses import replace

from spacy.tokens import Span, Token

from textmine.nlp.attribution import (
    SUBJECTS,
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


def quoted_content(page: Page, verb: Token) -> tuple[int, int] | None:
    """Return the quotation a verb attributes: just before it, just after it, or both."""
    text = page.text
    inside = inside_quotation(page.quotations, verb.idx)
    if inside is not None:
        return None
    sent = page.sentence(verb)
    edges = [c.left_edge.i for c in verb.children if c.dep_ in SUBJECTS and not c.is_punct]
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
    whole = (
        before is not None and is_speech(text, before) and not _is_in_subject(page, sent, before)
    )
    if before is not None and whole:
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
    return inner[:1].isupper() and (inner.rstrip()[-1:] in ".,!?…—" or len(inner.split()) >= 5)


#: The end of a sentence, and not of "Mr." or an initial.
_STOP = re.compile(
    r"(?<!\b[A-Z])(?<!\bMr)(?<!\bMs)(?<!\bDr)(?<!\bMrs)(?<!\bSen)(?<!\bRep)(?<!\bGov)(?<!\bGen)"
    r"(?<!\bLt)(?<!\bCol)(?<!\bMaj)(?<!\bSgt)(?<!\bCapt)(?<!\bAdm)(?<!\bProf)(?<!\bRev)(?<!\bSt)(?<!\bJr)[.!?](?=\s)"
)
#: Between a cue and a second quotation: another act of speaking.
_ANEW = re.compile(r", \w+ing\b|\b(?:adding|added|adds|noting|saying|and|before|then|later|but)\b")

_AND = re.compile(r",? (?:but|and|or) ")
_DOING = re.compile(r", \w+ing\b")


#: "“…” — Ana Prado": a quotation signed with a name.
_SIGNED = re.compile(
    r"\s{0,2}(?P<cue>[―—–]|--?) ?(?P<who>[A-ZÀ-Þ][\w.’'-]+(?: (?:[a-z]{1,3} )?[A-ZÀ-Þ][\w.’'-]*){1,4})[^\n”\"]{0,40}(?=\n|$)"
)


def is_title(inner: str) -> bool:
    """Say whether the words between marks are the title of a work: “The Day It Rained,”."""
    words = re.findall(r"[^\W\d_][\w’'-]*", inner)
    long = [word for word in words if len(word) > 3] or words
    capitals = 0 < len(words) <= 12 and all(word[0].isupper() for word in long)
    return capitals and inner[-1:] in ",." and not _STOP.search(inner)


def with_loose_quotations(page: Page, found: list[FoundClaim]) -> list[FoundClaim]:
    """Give a speech without a cue to the speaker of the one just before it.

    ``"…," she said. "…"``: the second is hers, and a piece of the same claim; so is a paragraph of nothing
    but quotation after it. After words told in another way ("She declined, she said. '…'") it is a claim
    of its own. Elsewhere the speaker stays unknown.
    """
    ending = {quotation.end: quotation for quotation in page.quotations}
    claims = [_to_its_end(page, _without_quoted_speaker(page, claim)) for claim in found]
    claims = [_with_teller(page, claim, ending.get(claim.end)) for claim in claims]
    claims.sort(key=lambda claim: (claim.start, claim.end))
    for quotation in page.quotations:
        claims = _with_quotation(page, claims, quotation)
    return claims


def _with_quotation(page: Page, claims: list[FoundClaim], quotation: Quotation) -> list[FoundClaim]:
    """Return the claims with a quotation that none of them tells, or with the speaker of one that lacks it."""
    text, inner = page.text, quotation.inner(page.text)
    if not is_speech(text, quotation):
        return claims
    span = quotation.start, quotation.end
    known = [c for c in claims if _overlaps(c, quotation) and not _within(c, quotation)]
    others = [c for c in claims if c not in known] if known else claims
    signed = _SIGNED.match(text, quotation.end)
    if signed:
        who = trim(text, *signed.span("who"))
        return [*others, FoundClaim(*span, who, signed.span("cue"), "direct")]
    if known:
        after = _told_after(page, quotation)
        if after is None or any(c.speaker is not None for c in known):
            return claims
        same = [_with_told_speaker(c, after) for c in known if c.cue == after.cue]
        return [*others, *(same or [after])]
    if is_title(inner) or (inner[-1:] not in ".!?…,—" and not _STOP.search(inner)):
        return claims
    told = (
        _told_after(page, quotation)
        or _named_before(page, quotation)
        or _told_before(page, quotation)
    )
    if told is not None:
        return [*claims, told]
    last = _spoken_before(page, claims, quotation) or _goes_on(page, claims, quotation)
    if last is None:
        return [*claims, FoundClaim(*span, None, None, "direct")]
    if last.quote != "direct":
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


#: How the words that name a speaker begin; and what follows them in the same clause.
_NAMES = re.compile(r"[A-ZÀ-Þ]|(?:he|she|it|they|the|an?|one|another|his|her|its|their)\b")
_TITLED = re.compile(
    r"[a-z][\w-]* (?:[\w’'.-]+ ){0,6}[A-ZÀ-Þ][\w’'.-]+"
)  # "former mayor Ana Prado"
_AFTER_NAME = re.compile(
    r"[,;:(]|\s(?:in|on|at|during|after|before|while|who|when|as|last|this|to|with|through)\b"
)


def _without_quoted_speaker(page: Page, claim: FoundClaim) -> FoundClaim:
    """Drop a speaker who stands within the quotation that a cue outside of it tells: no one quotes himself so."""
    if claim.speaker is None or claim.cue is None:
        return claim
    around = inside_quotation(page.quotations, claim.speaker[0])
    if around is None or around.start <= claim.cue[0] < around.end or claim.end <= around.start:
        return claim
    return replace(claim, speaker=None)


def _to_its_end(page: Page, claim: FoundClaim) -> FoundClaim:
    """Let a claim that opens a speech of several sentences reach to the end of that speech."""
    opens = next((q for q in page.quotations if q.start <= claim.start <= q.start + 1), None)
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


def _with_teller(page: Page, claim: FoundClaim, quotation: Quotation | None) -> FoundClaim:
    """Give a claim without a speaker the one named after the ``quotation`` that ends it."""
    if quotation is None or claim.speaker is not None:
        return claim
    told = _told_after(page, quotation)
    if told is None or claim.cue not in {None, told.cue}:
        return claim
    return replace(claim, speaker=told.speaker, cue=told.cue)


_BARKED = re.compile(r"(?:[A-ZÀ-Þ][\w.’'-]* ){1,4}[a-z]+[.]|(?:he|she|they) [a-z]+[.]")
#: What follows a quotation on its line, up to the next.
_TAIL = re.compile(r"[^\n“”\"]{0,200}")


def _told_after(page: Page, quotation: Quotation) -> FoundClaim | None:
    """Read '"…," the director of a long name, a friend, said' off the words: the parser lost it."""
    text = page.text
    if quotation.open_end or quotation.inner(text)[-1:] not in ",?!—…":
        return None
    tail = _TAIL.match(text, quotation.end)
    stop = _STOP.search(tail.group()) if tail else None
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


def _told_before(page: Page, quotation: Quotation) -> FoundClaim | None:
    """Read 'joked of the museum, "…"', 'The piece had as its headline: "…"': a verb's, with words between."""
    lead = page.text[max(0, quotation.start - 2) : quotation.start].strip()
    words = page.doc.char_span(quotation.start, quotation.start + 1, alignment_mode="expand")
    if lead not in {",", ":"} or words is None or words.start == 0:
        return None
    sent = page.sentence(page.doc[words.start - 1])
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


#: So many tokens before a quotation a verb may tell it.
_NEAR_BEFORE = 16
_COLON = re.compile(r"(?P<cue>:)\s+$")


def _named_before(page: Page, quotation: Quotation) -> FoundClaim | None:
    """Read 'More from Ana Prado: "…"', 'Here is Prado in May 2020: "…"', 'in her words, "…"'."""
    words = _WORDS.search(page.text, max(0, quotation.start - 60), quotation.start)
    if words:
        which = "" if words["cue"] else "2"
        where, cue = words.span(f"who{which}"), words.span(f"cue{which}")
        return FoundClaim(quotation.start, quotation.end, where, cue, "direct")
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
        is_alone = name.label_ == "ORG" and page.text[name.start_char - 1 : name.start_char] in "\n"
        rest = page.text[name.end_char : cue[0]]
        if (name.label_ == "PERSON" or is_alone) and (not rest or _WHEN.fullmatch(rest)):
            where = (name.start_char, name.end_char)
            return FoundClaim(quotation.start, quotation.end, where, cue, "direct")
    return None


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


def _spoken_before(page: Page, claims: list[FoundClaim], quotation: Quotation) -> FoundClaim | None:
    """Return the claim whose speaker speaks on: it ends a sentence or less before, in the same paragraph."""
    paragraph = page.text.rfind("\n", 0, quotation.start)
    previous = [
        c for c in claims
        if c.start > paragraph and c.end <= quotation.start and c.cue is not None
        and inside_quotation(page.quotations, c.cue[0]) is None
    ]  # fmt: skip

    def stops(start: int) -> int:
        return len(_STOP.findall(page.text[start : quotation.start]))

    quoted = [c for c in previous if c.quote == "direct" and stops(c.end) <= 1]
    if quoted:
        return max(quoted, key=lambda c: c.end)
    last = max((c for c in previous if c.speaker is not None), key=_reach, default=None)
    return last if last is not None and stops(_reach(last)) <= 1 else None


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
    latest = max(told, key=_reach, default=None)
    if latest is None or latest.quote != "direct":
        return None
    others = [q for q in page.quotations if latest.end < q.start and q.end < first]
    return None if others else latest


def _reach(claim: FoundClaim) -> int:
    return max(claim.end, *(part[1] for part in (claim.speaker, claim.cue) if part))


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
        if _hangs_on(page, claim.cue, (resumes, claim.end), _OF_CUES):
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


def _hangs_on(
    page: Page, cue: tuple[int, int], piece: tuple[int, int], relations: frozenset[str]
) -> bool:
    """Say whether all that follows a cue hangs on it so: "..., the agency said on Friday, after ..."."""
    words = page.doc.char_span(*piece, alignment_mode="expand")
    verb = page.doc.char_span(*cue, alignment_mode="expand")
    if words is None or verb is None or inside_quotation(page.quotations, piece[0]) is not None:
        return False
    first = next((t for t in words if t.text not in {".", "!", "?"}), words[-1])
    if page.sentence(verb[-1]).end <= first.i:  # another sentence
        return relations is _OF_CUES and not first.is_quote
    tops = [t for t in words if not words.start <= t.head.i < words.end and not t.is_punct]
    return bool(tops) and all(
        t.dep_ in relations and verb.start <= t.head.i < verb.end for t in tops
    )


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
