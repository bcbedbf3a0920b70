"""Claims: who is reported to say, think, find or intend what, with the words that tell it.

Read off the parse (Universal Dependencies) and the quotation marks; cues are in ``rules/cues.yaml``.
A speaker is named only where the sentence, or the quotation just before, names one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files

import yaml
from spacy.tokens import Doc, Span, Token

from textmine.nlp.inflection import all_forms
from textmine.nlp.quotations import Quotation, find_quotations

MODEL = "claims-1"
_SUBJECTS = {"nsubj", "nsubj:pass", "csubj"}
_CLAUSES = {"ccomp", "xcomp", "csubj:pass"}


@dataclass(frozen=True, slots=True)
class FoundClaim:
    """A claim before it is a record; spans are of characters."""

    start: int
    end: int
    speaker: tuple[int, int] | None
    cue: tuple[int, int] | None
    quote: str
    hedged: bool = False


@dataclass(frozen=True, slots=True)
class _Page:
    """A Doc with its text, taken once: ``doc.text`` joins all tokens anew at each use."""

    doc: Doc
    text: str
    quotations: list[Quotation]


@dataclass(frozen=True, slots=True)
class _Cues:
    say: dict[str, str]
    thing: dict[str, str]
    intend: dict[str, str]
    person: dict[str, str]
    hedge_passive: dict[str, str]
    hedge_adverb: frozenset[str]
    according: re.Pattern[str]


@lru_cache(maxsize=1)
def _cues() -> _Cues:
    source = files("textmine.nlp") / "rules" / "cues.yaml"
    rules = yaml.safe_load(source.read_text(encoding="utf-8"))
    according = "|".join(re.escape(phrase) for phrase in rules["according"][:-2])
    return _Cues(
        all_forms(rules["say"]),
        all_forms(rules["thing"]),
        all_forms(rules["intend"]),
        all_forms(rules["person"]),
        all_forms(rules["hedge_passive"]),
        frozenset(rules["hedge_adverb"]),
        re.compile(rf"\b({according}) ", re.IGNORECASE),
    )


def find_claims(doc: Doc) -> list[FoundClaim]:
    """Find the claims of a parsed Doc, in order of their start."""
    page = _Page(doc, doc.text, find_quotations(doc.text))
    found: list[FoundClaim] = []
    for sent in doc.sents:
        found.extend(_according(page, sent))
        for token in sent:
            if (
                token.lower_ in _cues().say
                or token.lower_ in _cues().intend
                or (token.lower_ in _cues().thing)
            ):
                claim = _verb_claim(page, token)
                if claim:
                    found.append(claim)
            elif token.lower_ in _cues().hedge_adverb:
                found.append(_hedged_adverb(page, token))
    found = [_typed(page, claim) for claim in _settle(found)]
    found.extend(_loose_quotations(page, found))
    return sorted(set(found), key=lambda claim: (claim.start, claim.end))


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


# --- spans ------------------------------------------------------------------------------------


def _bounds(tokens: list[Token]) -> tuple[int, int]:
    return min(t.idx for t in tokens), max(t.idx + len(t) for t in tokens)


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    """Trim spaces, separating commas and the full stop that ends an indirect claim."""
    while start < end and text[start] in " \n,:;–—-":
        start += 1
    while end > start and text[end - 1] in " \n,:;–—.-":
        # "Corp." keeps its stop only if more text follows in the sentence; an indirect claim's does not.
        end -= 1
    return start, end


def _speaker_span(head: Token) -> tuple[int, int]:
    """Return a speaker's noun phrase, without appositions and clauses after a comma."""
    tokens = [head]
    for child in head.children:
        if child.dep_ in {
            "appos",
            "acl:relcl",
            "acl",
            "parataxis",
            "punct",
            "advcl",
            "advmod",
            "discourse",
            "list",
            "dep",
        }:
            continue
        if child.dep_ == "case" and child.i < head.i:
            continue
        tokens.extend(child.subtree)
    # A comma inside the phrase ends it: "Lim, the chief executive" is "Lim".
    start, end = _bounds(tokens)
    inside = list(head.doc[min(t.i for t in tokens) : max(t.i for t in tokens) + 1])
    for token in inside:
        if token.text in {",", "(", "–", "—", "“", '"'} and token.i > head.i:
            end = head.doc[token.i - 1].idx + len(head.doc[token.i - 1])
            break
    for token in reversed(inside):
        if token.text in {",", "(", "–", "—", "”", ";", ":"} and token.i < head.i:
            start = head.doc[token.i + 1].idx
            break
    return start, end


def _cue_span(verb: Token) -> tuple[int, int]:
    start, end = verb.idx, verb.idx + len(verb)
    particle = next(
        (c for c in verb.children if c.dep_ == "compound:prt" and c.i == verb.i + 1), None
    )
    return start, particle.idx + len(particle) if particle is not None else end


def _inside(quotations: list[Quotation], place: int) -> Quotation | None:
    return next((q for q in quotations if q.start < place < q.end - 1), None)


# --- verbs ------------------------------------------------------------------------------------


def _verb_claim(page: _Page, verb: Token) -> FoundClaim | None:
    mistaken = _root_intention(page, verb)
    if mistaken:
        return mistaken
    if verb.pos_ not in {"VERB", "AUX"} and not verb.tag_.startswith("VB"):
        return None
    passive = next((c for c in verb.children if c.dep_ == "aux:pass"), None)
    if passive is not None:
        return _hedged_passive(page, verb, passive)
    speaker = _subject(page, verb)
    content = _content(page, verb, speaker)
    if content is None:
        return None
    cue = _cue_span(verb)
    if speaker is None:
        if verb.tag_ not in {"VBG", "VBD", "VBZ", "VBP"}:
            return None
        speaker = _shared_subject(verb)
        if speaker is None and verb.tag_ == "VBG":
            return None
    where = _speaker_span(speaker) if speaker is not None else None
    if (
        where
        and not (where[1] <= content[0] or where[0] >= content[1])
        and not _parenthetic(page.text, content, where, cue)
    ):
        return None
    hedged = any(c.lower_ in _cues().hedge_adverb for c in verb.children)
    return FoundClaim(*content, where, cue, "indirect", hedged)


def _root_intention(page: _Page, word: Token) -> FoundClaim | None:
    """Read "The fund plans to open": the parser takes "fund plans" for a noun with no verb."""
    sent = word.sent
    if (
        word.dep_ != "ROOT"
        or word.lower_ not in _cues().intend
        or not word.lower_.endswith("s")
        or any(child.dep_ in _SUBJECTS for child in word.children)
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
    return FoundClaim(*_trim(page.text, start, sent.end_char), speaker, _cue_span(word), "indirect")


def _parenthetic(
    text: str, content: tuple[int, int], speaker: tuple[int, int], cue: tuple[int, int]
) -> bool:
    """Say whether speaker and cue stand together inside the content, set off by commas."""
    return abs(cue[0] - speaker[1]) < 40 or abs(speaker[0] - cue[1]) < 40


def _subject(page: _Page, verb: Token) -> Token | None:
    """Return the head of the verb's subject; also one set after it: "said Lim"."""
    subjects = [c for c in verb.children if c.dep_ in _SUBJECTS and c.pos_ != "SCONJ"]
    if subjects:
        chosen = subjects[0]
        if chosen.lower_ in {"who", "that", "which"}:
            return verb.head if verb.dep_.startswith("acl") else _shared_subject(verb)
        return chosen if chosen.lower_ not in {"it", "there", "what"} or chosen.i < verb.i else None
    # "…,” said Lim Swee Aun, the chief executive.": the parser may take the name for an object.
    quoted_before = _closes_quote(page, verb)
    if quoted_before:
        for child in verb.children:
            if (
                child.i > verb.i
                and child.dep_ in {"obj", "obl", "dep", "ccomp", "flat", "iobj"}
                and (child.pos_ in {"PROPN", "NOUN", "PRON"})
            ):
                return child
    return None


def _closes_quote(page: _Page, verb: Token) -> bool:
    before = page.text[max(0, verb.idx - 4) : verb.idx].rstrip()
    return before.endswith(("”", '"', "’", "»", "”,", '",'))


def _shared_subject(verb: Token) -> Token | None:
    """Return the subject a verb shares: "…, adding that", "rose and said"."""
    head = verb.head
    for _ in range(3):
        if verb.dep_ not in {"conj", "advcl", "xcomp", "parataxis"}:
            return None
        subject = next((c for c in head.children if c.dep_ in _SUBJECTS), None)
        if subject is not None:
            if subject.lower_ in {"who", "that", "which"} and head.dep_ == "acl:relcl":
                return head.head
            return subject
        verb, head = head, head.head
    return None


def _content(page: _Page, verb: Token, speaker: Token | None) -> tuple[int, int] | None:
    """Return what a verb reports, by the first shape that fits."""
    cues, word = _cues(), verb.lower_
    if word in cues.say:
        quoted = _quoted_content(page, verb)
        if quoted:
            return quoted
    clause = next(
        (
            c
            for c in verb.children
            if c.dep_ in {"ccomp", "parataxis"}
            and c is not speaker
            and (word in cues.say)
            and (c.dep_ == "ccomp" or c.i < verb.i or page.text[verb.idx + len(verb)] == ":")
        ),
        None,
    )
    if clause is not None and not (clause.i > verb.i and _is_question(clause, word)):
        return _clause_span(page, clause, verb)
    if (
        word in cues.say
        and verb.dep_ in {"parataxis", "ccomp", "conj", "dep"}
        and speaker is not None
    ):
        around = _around(page, verb, speaker)
        if around:
            return around
    if word in cues.intend:
        to = next((c for c in verb.children if c.dep_ == "xcomp" and c.i > verb.i), None)
        if to is not None and (any(c.lower_ == "to" for c in to.children) or to.tag_ == "VBG"):
            return _clause_span(page, to, verb)
    if word in cues.person:
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
    if word in cues.thing and speaker is not None:
        thing = next((c for c in verb.children if c.dep_ == "obj" and c.i > verb.i), None)
        if (
            thing is not None
            and thing.pos_ in {"NOUN", "PROPN"}
            and cues.thing[word] not in {"call", "seek", "support", "defend", "question", "want"}
        ):
            return _trim(page.text, *_bounds([*thing.subtree]))
    return None


def _is_question(clause: Token, word: str) -> bool:
    """Leave out "know how to" and the like: no one's claim."""
    return word in {"know", "knew", "knows", "decide", "determine"} and any(
        c.lower_ in {"how", "what", "whether", "where", "who", "why", "when"}
        for c in clause.children
    )


def _clause_span(page: _Page, clause: Token, verb: Token) -> tuple[int, int] | None:
    """Return a clause's span, from its own words only: the side of the cue on which it stands."""
    after = clause.i > verb.i
    tokens = [t for t in clause.subtree if (t.i > verb.i) == after]
    if not after:
        # Content before its cue runs from the sentence's start, unless a clause of its own parts it.
        stop = min((t.i for t in verb.subtree if t.i < verb.i), default=verb.i)
        tokens = [t for t in tokens if t.i >= stop]
    if not tokens:
        return None
    start, end = _bounds(tokens)
    span = _trim(page.text, start, end)
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


def _around(page: _Page, verb: Token, speaker: Token) -> tuple[int, int] | None:
    """Return the sentence around a parenthesis: "The plant, she said, will close"."""
    sent = verb.sent
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
        return _trim(page.text, start, end) if text_before else None
    return None


def _quoted_content(page: _Page, verb: Token) -> tuple[int, int] | None:
    """Return the quotation a verb attributes: just before it, just after it, or both."""
    text = page.text
    inside = _inside(page.quotations, verb.idx)
    if inside is not None:
        return None
    sent = verb.sent
    edges = [c.left_edge.i for c in verb.children if c.dep_ in _SUBJECTS]
    first = max(sent.start, min([verb.i, *edges]))
    subject = page.doc[first : verb.i].text
    if "”" in subject or subject.count('"') % 2:
        # The parser took part of the quotation into the subject.
        first = max(i for i in range(first, verb.i + 1) if page.doc[i].text in {"”", '"'}) + 1
    edge = page.doc[first].idx
    before = next((q for q in reversed(page.quotations) if q.end <= edge + 1), None)
    if before is not None:
        stopped = text[before.end - 2 : before.end - 1] == "." and page.doc[first].is_title
        # “… trees.” She said: a full stop ends the quotation; what follows reports anew.
        if stopped or not re.fullmatch(r"[ ,–—-]*", text[before.end : edge]):
            before = None
    after = next((q for q in page.quotations if q.start >= verb.idx + len(verb)), None)
    if after is not None:
        gap = text[verb.idx + len(verb) : after.start]
        near = "\n" not in gap and (
            re.fullmatch(r"[\s,:–—]*", gap)
            or (
                gap.rstrip().endswith((",", ":"))
                and len(gap) < 160
                and not re.search(r"[.;!?]\s", gap)
            )
        )
        if not near:
            after = None
    whole = before is not None and _is_speech(text, before)
    if before is not None and whole:
        if (
            after is not None
            and text[after.start - 2 : after.start].strip() == ","
            and after.start < sent.end_char + 2
        ):
            return before.start, after.end
        return before.start, before.end
    if after is not None and _is_speech(text, after):
        gap = text[verb.idx + len(verb) : after.start].strip()
        if gap in {"", ",", ":"} or gap.endswith(":") or gap.endswith(","):
            return after.start, after.end
    return None


def _is_speech(text: str, quotation: Quotation) -> bool:
    """Say whether a quotation is a speech of its own, not a word or two within a clause."""
    inner = text[quotation.start + 1 : quotation.end - 1]
    return inner[:1].isupper() and (inner.rstrip()[-1:] in ".,!?…—" or len(inner.split()) >= 5)


# --- according to, hedges, loose quotations ---------------------------------------------------


def _according(page: _Page, sent: Span) -> Iterator[FoundClaim]:
    text = sent.text
    for match in _cues().according.finditer(text):
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
        speaker = _speaker_span(head)
        if match.start() == 0 or text[: match.start()].strip() in {"And", "But", "“", '"'}:
            comma = _phrase_end(page, sent, head)
            span = _trim(page.text, comma, sent.end_char)
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
            span = _trim(page.text, begin, ends)
        yield FoundClaim(*span, speaker, (start, start + len(match.group(1))), "indirect")


def _phrase_end(page: _Page, sent: Span, head: Token) -> int:
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


def _hedged_passive(page: _Page, verb: Token, passive: Token) -> FoundClaim | None:
    """Read "is said to be preparing a listing", "is expected to rise"."""
    if verb.lower_ not in _cues().hedge_passive:
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
    where = _speaker_span(agent) if agent is not None else None
    cue = (passive.idx, verb.idx + len(verb)) if passive.i < verb.i else _cue_span(verb)
    expected = _cues().hedge_passive[verb.lower_] in {"expect", "estimate", "know"}
    return FoundClaim(*span, where, cue, "indirect", not expected)


def _hedged_adverb(page: _Page, adverb: Token) -> FoundClaim:
    """Read "reportedly": the clause it stands in, without it."""
    sent = adverb.sent
    head = adverb.head
    tokens = (
        [t for t in head.subtree if t.sent.start == sent.start]
        if head.i != adverb.i
        else list(sent)
    )
    start, end = _trim(page.text, *_bounds(tokens))
    return FoundClaim(start, end, None, (adverb.idx, adverb.idx + len(adverb)), "indirect", True)


def _loose_quotations(page: _Page, found: list[FoundClaim]) -> Iterator[FoundClaim]:
    """Give a speech without a cue to the speaker of the one just before it, in the same paragraph.

    ``"…," she said. "…"``: the second is hers. Elsewhere the speaker stays unknown.
    """
    text = page.text
    attributed = sorted(found, key=lambda claim: claim.start)
    for quotation in page.quotations:
        if any(c.start < quotation.end and quotation.start < c.end for c in attributed):
            continue
        if not _is_speech(text, quotation) or text[quotation.end - 2] not in ".!?…,—":
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
            if len(re.findall(r"[.!?](?=\s)", gap)) <= 1:
                yield FoundClaim(
                    quotation.start, quotation.end, last.speaker, last.cue, "direct", last.hedged
                )
                continue
        yield FoundClaim(quotation.start, quotation.end, None, None, "direct")


def _typed(page: _Page, claim: FoundClaim) -> FoundClaim:
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
