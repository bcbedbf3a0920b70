"""Claims: who is reported to say, think, find or intend what, with the words that tell it.

Read off the parse (Universal Dependencies) and the quotation marks; cues are in ``rules/cues.yaml``.
A speaker is named only where the sentence, or the quotation just before, names one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from spacy.tokens import Doc, Span, Token

from textmine.nlp.attribution import (
    SUBJECTS,
    FoundClaim,
    Page,
    bounds,
    cue_span,
    cue_word,
    cues,
    inside_quotation,
    shared_subject,
    speaker_span,
    subject_of,
    trim,
)
from textmine.nlp.claim_tags import tagged_claims
from textmine.nlp.contents import with_borders, with_speaker
from textmine.nlp.labelled import labelled_speech, polled
from textmine.nlp.nesting import outermost
from textmine.nlp.pieces import with_pieces
from textmine.nlp.quotations import find_quotations
from textmine.nlp.quoted import quoted_content, typed, with_loose_quotations
from textmine.nlp.tagged import with_tagged

MODEL = "claims-7"


def find_claims(doc: Doc) -> list[FoundClaim]:
    """Find the claims of a parsed Doc, in order of their start."""
    text = doc.text
    page = Page(doc, text, find_quotations(text), list(doc.sents))
    found: list[FoundClaim] = []
    for sent in doc.sents:
        found.extend(_according(page, sent))
        found.extend(polled(page, sent))
        for token in sent:
            word = cue_word(token)
            if word in cues().noun:
                claim = _noun_claim(page, token)
                if claim:
                    found.append(claim)
            elif word in cues().say or word in cues().intend or word in cues().thing:
                claim = _verb_claim(page, token)
                if claim:
                    found.append(claim)
            elif (
                token.lower_ in cues().hedge_adverb
                and inside_quotation(page.quotations, token.idx) is None
                and not (cue_word(token.head) in cues().say and _verb_claim(page, token.head))
            ):
                found.append(_hedged_adverb(page, token))
    found.extend(labelled_speech(page))
    found = _settle(found)
    if doc._.claim_tags is not None:
        found = with_tagged(page, found, tagged_claims(page, doc._.claim_tags))
    found = [
        with_speaker(page, with_borders(page, claim))
        for claim in found
        if not _is_own_voice(page, claim)
    ]
    found = [with_pieces(page, typed(page, _within_quotation(page, claim))) for claim in found]
    found = with_loose_quotations(page, found)
    return sorted(outermost(page, dict.fromkeys(found)), key=lambda claim: (claim.start, claim.end))


def _is_own_voice(page: Page, claim: FoundClaim) -> bool:
    """Say whether a quoted speaker speaks of himself: "I expect it", within a quotation."""
    if claim.speaker is None or claim.cue is None:
        return False
    words = page.text[slice(*claim.speaker)].lower()
    return (
        words in {"i", "we", "you"} and inside_quotation(page.quotations, claim.cue[0]) is not None
    )


def _within_quotation(page: Page, claim: FoundClaim) -> FoundClaim:
    """End a claim that someone who is quoted tells where the quotation ends."""
    if claim.cue is None or claim.start < claim.cue[0]:
        return claim
    around = inside_quotation(page.quotations, claim.cue[0])
    if around is None or not claim.start < around.end < claim.end:
        return claim
    return replace(claim, end=around.end)


def _settle(found: list[FoundClaim]) -> list[FoundClaim]:
    """Drop empty claims and, of two with one cue, the shorter."""
    best: dict[tuple[int, int] | None, FoundClaim] = {}
    for claim in found:
        if claim.end - claim.start < 3:
            continue
        held = best.get(claim.cue)
        if held is None or claim.end - claim.start > held.end - held.start:
            best[claim.cue] = claim
    return list(best.values())


def _verb_claim(page: Page, verb: Token) -> FoundClaim | None:
    told = _root_intention(page, verb) or _in_parenthesis(page, verb) or _as_told(page, verb)
    if told:
        return told
    if verb.pos_ not in {"VERB", "AUX"} and not verb.tag_.startswith("VB"):
        return None
    passive = next((c for c in verb.children if c.dep_ == "aux:pass"), None)
    if passive is not None:
        return _hedged_passive(page, verb, passive)
    speaker = subject_of(page, verb)
    content = _content(page, verb, speaker)
    if content is None:
        return None
    cue = cue_span(verb)
    if speaker is None:
        if verb.tag_ not in {"VBG", "VBD", "VBZ", "VBP"}:
            return None
        speaker = shared_subject(verb)
        if speaker is None and verb.tag_ == "VBG":
            return None
    where = speaker_span(speaker) if speaker is not None else None
    if (
        where
        and not (where[1] <= content[0] or where[0] >= content[1])
        and not _parenthetic(page.text, content, where, cue)
    ):
        return None
    hedged = any(c.lower_ in cues().hedge_adverb for c in verb.children)
    return FoundClaim(*content, where, cue, "indirect", hedged)


def _root_intention(page: Page, word: Token) -> FoundClaim | None:
    """Read "The fund plans to open": the parser takes "fund plans" for a noun with no verb."""
    if word.dep_ != "ROOT" or word.lower_ not in cues().intend:
        return None
    sent = page.sentence(word)
    if (
        not word.lower_.endswith("s")
        or any(child.dep_ in SUBJECTS for child in word.children)
        or word.i + 1 >= sent.end
        or page.doc[word.i + 1].lower_ != "to"
    ):
        return None
    left = [t for t in word.lefts if t.dep_ in {"compound", "amod", "det", "nmod", "nmod:poss"}]
    if not left:
        return None
    first = min(t.left_edge.i for t in left)
    speaker = (page.doc[first].idx, page.doc[word.i - 1].idx + len(page.doc[word.i - 1]))
    start = page.doc[word.i + 1].idx
    return FoundClaim(*trim(page.text, start, sent.end_char), speaker, cue_span(word), "indirect")


def _as_told(page: Page, verb: Token) -> FoundClaim | None:
    """Read "As the Post reported, if it splits the vote, it wins": all that follows is told."""
    sent = page.sentence(verb)
    speaker = subject_of(page, verb)
    if (
        verb.lower_ not in cues().say
        or page.text[sent.start_char : sent.start_char + 3].lower() != "as "
        or speaker is None
        or not sent.start < speaker.i < verb.i
        or any(t.is_punct or t.pos_ == "VERB" for t in page.doc[sent.start : speaker.i])
        or page.doc[min(verb.i + 1, sent.end - 1)].text != ","
    ):
        return None
    content = trim(page.text, verb.idx + len(verb) + 1, sent.end_char)
    return FoundClaim(*content, speaker_span(speaker), cue_span(verb), "indirect")


_NAMED = re.compile(
    r",\s(?P<speaker>he|she|it|they|(?:Mr|Ms|Mrs|Dr)\.? [A-ZÀ-Þ][\w’'-]+|[A-ZÀ-Þ][\w’'-]+(?: [A-ZÀ-Þ][\w’'-]+){0,3}|"
    r"(?:the|a|an|its|his|her|their) [\w’'-]+(?: [\w’'-]+){0,3})\s$"
)
_GOES_ON = re.compile(
    r"(?: (?:on|in|at|last|this|yesterday|earlier)\b[^,.;]{0,40})?,\s+[^\s“\"‘'`«„]"
)


def _in_parenthesis(page: Page, verb: Token) -> FoundClaim | None:
    """Read "The plant, she said, will close" off the commas: parsers take the plant for the speaker."""
    if verb.lower_ not in cues().say:
        return None
    sent = page.sentence(verb)
    before = page.text[sent.start_char : verb.idx]
    named = _NAMED.search(before)
    if named is None or not before[: named.start()].strip(" “\"'"):
        return None
    if before[named.start() - 1] in '”"’,.' or not _GOES_ON.match(
        page.text[verb.idx + len(verb) : sent.end_char]
    ):
        return None
    if inside_quotation(page.quotations, verb.idx) is not None:
        return None
    speaker = (sent.start_char + named.start("speaker"), sent.start_char + named.end("speaker"))
    content = trim(page.text, sent.start_char, sent.end_char)
    return FoundClaim(*content, speaker, cue_span(verb), "indirect")


def _parenthetic(
    text: str, content: tuple[int, int], speaker: tuple[int, int], cue: tuple[int, int]
) -> bool:
    """Say whether speaker and cue stand together inside the content, set off by commas."""
    return abs(cue[0] - speaker[1]) < 40 or abs(speaker[0] - cue[1]) < 40


def _content(page: Page, verb: Token, speaker: Token | None) -> tuple[int, int] | None:
    """Return what a verb reports, by the first shape that fits."""
    known, word = cues(), cue_word(verb)
    if word in known.say:
        quoted = quoted_content(page, verb)
        if quoted:
            return quoted
    clause = next(
        (
            c
            for c in verb.children
            if c.dep_ in {"ccomp", "parataxis"}
            and c != speaker
            and (word in known.say)
            and (c.dep_ == "ccomp" or c.i < verb.i or page.text[verb.idx + len(verb)] == ":")
        ),
        None,
    )
    if clause is not None and not (clause.i > verb.i and _is_question(clause, word)):
        return _clause_span(page, clause, verb)
    if (
        word in known.say
        and verb.dep_ in {"parataxis", "ccomp", "conj", "dep"}
        and speaker is not None
    ):
        around = _around(page, verb, speaker)
        if around:
            return around
    if word in known.intend:
        to = next((c for c in verb.children if c.dep_ == "xcomp" and c.i > verb.i), None)
        if to is not None and (any(c.lower_ == "to" for c in to.children) or to.tag_ == "VBG"):
            return _clause_span(page, to, verb)
    if word in known.person:
        to = next(
            (
                c
                for c in verb.children
                if c.dep_ in {"xcomp", "advcl"}
                and c.i > verb.i
                and any(g.lower_ == "to" for g in c.children)
            ),
            None,
        )
        if to is not None:
            return _clause_span(page, to, verb)
    if word in known.thing and speaker is not None:
        thing = next((c for c in verb.children if c.dep_ == "obj" and c.i > verb.i), None)
        if (
            thing is not None
            and (thing.pos_ in {"NOUN", "PROPN"} or _is_judged(thing))
            and known.thing[word] not in {"call", "seek", "support", "defend", "question", "want"}
        ):
            return trim(page.text, *bounds([*thing.subtree]))
    return None


def _is_judged(thing: Token) -> bool:
    """ "accused him of lying", "mocked her for it": what is said of him is told."""
    after = thing.i + 1
    return (
        thing.pos_ == "PRON"
        and after < len(thing.doc)
        and thing.doc[after].lower_ in {"of", "for", "as"}
    )


def _noun_claim(page: Page, noun: Token) -> FoundClaim | None:
    """Read "the ministry's refusal to pay", "his claim that it works"."""
    owner = next((c for c in noun.children if c.dep_ == "nmod:poss" and c.i < noun.i), None)
    told = next(
        (c for c in noun.children if c.dep_ in {"acl", "ccomp", "acl:relcl"} and c.i > noun.i), None
    )
    if owner is None or told is None or noun.i + 1 >= len(page.doc):
        return None
    if page.doc[noun.i + 1].lower_ not in {"to", "that"}:
        return None
    sent = page.sentence(noun)
    tokens = [t for t in told.subtree if noun.i < t.i < sent.end]
    if not tokens:
        return None
    start, end = speaker_span(owner)
    possessive = re.search(r"[’']s?$", page.text[start:end])
    end -= len(possessive.group()) if possessive else 0
    content = trim(page.text, *bounds(tokens))
    return FoundClaim(*content, (start, end), (noun.idx, noun.idx + len(noun)), "indirect")


def _is_question(clause: Token, word: str) -> bool:
    """Leave out "know how to" and the like: no one's claim."""
    return word in {"know", "knew", "knows", "decide", "determine"} and any(
        c.lower_ in {"how", "what", "whether", "where", "who", "why", "when"}
        for c in clause.children
    )


def _clause_span(page: Page, clause: Token, verb: Token) -> tuple[int, int] | None:
    """Return a clause's span, from its own words only: the side of the cue on which it stands."""
    after = clause.i > verb.i
    tokens = [t for t in clause.subtree if (t.i > verb.i) == after]
    if not after:
        # Content before its cue runs from the sentence's start, unless a clause of its own parts it.
        stop = min((t.i for t in verb.subtree if t.i < verb.i), default=verb.i)
        tokens = [t for t in tokens if t.i >= stop]
    if not tokens:
        return None
    start, end = bounds(tokens)
    span = trim(page.text, start, end)
    # The parser leaves a leading mark ("that", an opening quote) or a closing quote outside at times.
    lead = page.text[max(0, span[0] - 5) : span[0]]
    if after and lead.endswith("that "):
        span = (span[0] - 5, span[1])
    if page.text[span[0] - 1 : span[0]] in {"“", '"'} and page.text[span[0] - 1 : span[0]] != "":
        span = (span[0] - 1, span[1])
    tail = re.match(r"[.,!?]?[”\"]", page.text[span[1] : span[1] + 2])
    if tail and page.text[span[0] : span[1]].count("“") > page.text[span[0] : span[1]].count("”"):
        span = (span[0], span[1] + tail.end())
    return span


def _around(page: Page, verb: Token, speaker: Token) -> tuple[int, int] | None:
    """Return the sentence around a parenthesis: "The plant, she said, will close"."""
    sent = page.sentence(verb)
    inner = [verb, *speaker.subtree]
    first, last = min(t.i for t in inner), max(t.i for t in inner)
    while (
        last + 1 < sent.end
        and page.doc[last + 1].dep_ in {"obl", "advmod", "obl:tmod"}
        and page.doc[last + 1].head.i == verb.i
    ):
        last += 1
    before = page.doc[first - 1].text if first > sent.start else ""
    after = page.doc[last + 1].text if last + 1 < sent.end else ""
    text_before = page.text[sent.start_char : page.doc[first].idx].strip()
    text_after = page.text[page.doc[last].idx + len(page.doc[last]) : sent.end_char].strip(" .\n")
    if (before == "," and after in {",", ".", "–", "—"}) or (before == "," and not text_after):
        start, end = sent.start_char, (sent.end_char if text_after else page.doc[first].idx)
        return trim(page.text, start, end) if text_before else None
    return None


def _according(page: Page, sent: Span) -> Iterator[FoundClaim]:
    text = sent.text
    for match in cues().according.finditer(text):
        start = sent.start_char + match.start(1)
        tokens = [t for t in sent if t.idx >= sent.start_char + match.end()]
        if not tokens:
            continue
        head = tokens[0]
        while (
            head.head.idx >= tokens[0].idx
            and head.head.i != head.i
            and head.dep_
            in {"det", "compound", "amod", "nmod:poss", "nummod", "flat", "case", "advmod"}
        ):
            head = head.head
        speaker = speaker_span(head)
        if match.start() == 0 or text[: match.start()].strip() in {"And", "But", "“", '"'}:
            comma = _phrase_end(page, sent, head)
            span = trim(page.text, comma, sent.end_char)
        else:
            before = page.text[sent.start_char : start]
            finish = _phrase_end(page, sent, head)
            rest = page.text[finish : sent.end_char].strip(" .,\n")
            ends = (
                sent.end_char
                if rest
                and page.text[start - 2 : start].strip() == ","
                and finish < sent.end_char - 2
                else start
            )
            begin = sent.start_char + (len(before) - len(before.lstrip()))
            span = trim(page.text, begin, ends)
        yield FoundClaim(*span, speaker, (start, start + len(match.group(1))), "indirect")


def _phrase_end(page: Page, sent: Span, head: Token) -> int:
    """Return where the phrase of a speaker ends: after its appositions, at the next clause's comma."""
    last = max(t.i for t in head.subtree)
    commas = [t.i for t in sent if t.text == "," and t.i > head.i]
    verbs = [
        t.i
        for t in head.subtree
        if t.pos_ in {"VERB", "AUX"}
        and t.dep_ not in {"acl", "acl:relcl"}
        and t.i > head.i
        and t.head.i <= head.i
    ]
    if last >= sent.end - 2 and commas:
        return page.doc[commas[0]].idx
    if verbs and commas:
        return page.doc[commas[0]].idx
    return page.doc[last].idx + len(page.doc[last])


def _hedged_passive(page: Page, verb: Token, passive: Token) -> FoundClaim | None:
    """Read "is said to be preparing a listing", "is expected to rise"."""
    if verb.lower_ not in cues().hedge_passive:
        return None
    clause = next((c for c in verb.children if c.dep_ in {"xcomp", "ccomp"} and c.i > verb.i), None)
    if clause is None or passive.lower_ not in {"is", "are", "was", "were", "been", "be"}:
        return None
    span = _clause_span(page, clause, verb)
    if span is None:
        return None
    agent = next(
        (
            c
            for c in verb.children
            if c.dep_ in {"obl:agent", "obl"} and any(g.lower_ == "by" for g in c.children)
        ),
        None,
    )
    where = speaker_span(agent) if agent is not None else None
    cue = (passive.idx, verb.idx + len(verb)) if passive.i < verb.i else cue_span(verb)
    expected = cues().hedge_passive[verb.lower_] in {"expect", "estimate", "know"}
    return FoundClaim(*span, where, cue, "indirect", not expected)


def _hedged_adverb(page: Page, adverb: Token) -> FoundClaim:
    """Read "reportedly": the clause it stands in, without it."""
    sent = page.sentence(adverb)
    head = adverb.head
    tokens = (
        [t for t in head.subtree if sent.start <= t.i < sent.end]
        if head.i != adverb.i
        else list(sent)
    )
    start, end = trim(page.text, *bounds(tokens))
    return FoundClaim(start, end, None, (adverb.idx, adverb.idx + len(adverb)), "indirect", True)
