"""Who speaks and with what cue: the words of attribution around a claim."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

from spacy.tokens import Doc, Span, Token

from textmine.nlp.inflection import all_forms
from textmine.nlp.quotations import Quotation
from textmine.nlp.vocabulary import read_rules


@dataclass(frozen=True, slots=True)
class FoundClaim:
    """A claim before it is a record; spans are of characters, ``pieces`` of a content that is interrupted."""

    start: int
    end: int
    speaker: tuple[int, int] | None
    cue: tuple[int, int] | None
    quote: str
    hedged: bool = False
    pieces: tuple[tuple[int, int], ...] = ()

    def parts(self) -> tuple[tuple[int, int], ...]:
        """Return the pieces; of a content that nothing interrupts, the whole."""
        return self.pieces or ((self.start, self.end),)


@dataclass(frozen=True, slots=True)
class Page:
    """A Doc with its text, taken once: ``doc.text`` joins all tokens anew at each use."""

    doc: Doc
    text: str
    quotations: list[Quotation]
    sentences: list[Span]

    def sentence(self, token: Token) -> Span:
        """Return a token's sentence; ``token.sent`` walks through the Doc at each use."""
        return self.sentences[bisect_right(self.sentences, token.i, key=lambda s: s.start) - 1]


@dataclass(frozen=True, slots=True)
class Cues:
    """The cue words by what they take: form -> lemma."""

    say: dict[str, str]
    thing: dict[str, str]
    intend: dict[str, str]
    person: dict[str, str]
    hedge_passive: dict[str, str]
    hedge_adverb: frozenset[str]
    according: re.Pattern[str]
    noun: frozenset[str]


@lru_cache(maxsize=1)
def cues() -> Cues:
    """Return the cues of ``rules/cues.yaml``, read once."""
    rules = read_rules("cues")
    according = "|".join(re.escape(phrase) for phrase in rules["according"][:-2])
    return Cues(
        all_forms(rules["say"]),
        all_forms(rules["thing"]),
        all_forms(rules["intend"]),
        all_forms(rules["person"]),
        all_forms(rules["hedge_passive"]),
        frozenset(rules["hedge_adverb"]),
        re.compile(rf"\b({according}) ", re.IGNORECASE),
        frozenset(rules["noun"]),
    )


def cue_word(token: Token) -> str:
    """Return a cue as the lists have it: the verb, with its particle where the two are one cue."""
    doc, word = token.doc, token.lower_
    if token.i + 1 < len(doc):
        phrase = f"{word} {doc[token.i + 1].lower_}"
        if phrase in cues().say or phrase in cues().thing:
            return phrase
    return word


SUBJECTS = {"nsubj", "nsubj:pass", "csubj"}


def bounds(tokens: list[Token]) -> tuple[int, int]:
    """Return the characters from the first of ``tokens`` to the last."""
    return min(t.idx for t in tokens), max(t.idx + len(t) for t in tokens)


def trim(text: str, start: int, end: int) -> tuple[int, int]:
    """Trim spaces, separating commas and the full stop that ends an indirect claim."""
    while start < end and text[start] in " \n,:;–—-":
        start += 1
    while end > start and text[end - 1] in " \n,:;–—.-":
        # "Corp." keeps its stop only if more text follows in the sentence; an indirect claim's does not.
        end -= 1
    return start, end


#: What makes a clause of a noun: "it was the mayor" names the mayor.
_PREDICATION = SUBJECTS | {"cop", "expl", "aux", "mark"}


def _is_predicate(noun: Token) -> bool:
    return any(child.dep_ == "cop" for child in noun.children)


def _twin(head: Token) -> Token | None:
    """ "The old driver Ana Prado agreed": the name, where the parser gave the verb two subjects."""
    after = head.right_edge.i + 1
    if head.pos_ != "NOUN" or head.dep_ not in SUBJECTS or after >= len(head.doc):
        return None
    twins = (c for c in head.head.children if c.dep_ in SUBJECTS and c.left_edge.i == after)
    return next((c for c in twins if c.pos_ == "PROPN"), None)


def speaker_span(head: Token) -> tuple[int, int]:
    """Return a speaker's noun phrase, without appositions and clauses after a comma."""
    tokens = [head]
    is_predicate = _is_predicate(head)
    for child in head.children:
        if is_predicate and child.dep_ in _PREDICATION:
            continue
        if child.dep_ == "appos" and child.left_edge.i == head.i + 1:
            tokens.extend(child.subtree)  # "the driver Ana Prado"
            continue
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
    twin = _twin(head)
    if twin is not None:
        tokens.extend(twin.subtree)
    # A comma inside the phrase ends it: "Lim, the chief executive" is "Lim".
    start, end = bounds(tokens)
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


def cue_span(verb: Token) -> tuple[int, int]:
    """Return the cue's characters, with its particle ("points out")."""
    start, end = verb.idx, verb.idx + len(verb)
    particle = next(
        (c for c in verb.children if c.dep_ == "compound:prt" and c.i == verb.i + 1), None
    )
    return start, particle.idx + len(particle) if particle is not None else end


def inside_quotation(quotations: list[Quotation], place: int) -> Quotation | None:
    """Return the quotation around a place, if any."""
    return next((q for q in quotations if q.start < place < q.end - 1), None)


def _closes_quote(page: Page, verb: Token) -> bool:
    before = page.text[max(0, verb.idx - 4) : verb.idx].rstrip()
    return before.endswith(("”", '"', "’", "»", "”,", '",'))


def _named(noun: Token) -> Token:
    """Return whom a noun is said of ("Ana Prado was the mayor who promised"), else the noun."""
    subject = next((c for c in noun.children if c.dep_ in SUBJECTS), None)
    if (
        not _is_predicate(noun)
        or subject is None
        or subject.lower_ in {"it", "that", "this", "there"}
    ):
        return noun
    return subject


def subject_of(page: Page, verb: Token) -> Token | None:
    """Return the head of the verb's subject; also one set after it: "said Lim"."""
    subjects = [
        c for c in verb.children
        if c.dep_ in SUBJECTS and c.pos_ != "SCONJ" and not c.is_punct
        and inside_quotation(page.quotations, c.idx) in {None, inside_quotation(page.quotations, verb.idx)}
    ]  # fmt: skip
    if subjects:
        chosen = subjects[0]
        if chosen.lower_ in {"who", "that", "which"}:
            return _named(verb.head) if verb.dep_.startswith("acl") else shared_subject(verb)
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


def shared_subject(verb: Token) -> Token | None:
    """Return the subject a verb shares: "…, adding that", "rose and said"."""
    head = verb.head
    for _ in range(3):
        if verb.dep_ not in {"conj", "advcl", "xcomp", "parataxis"}:
            return None
        subject = next((c for c in head.children if c.dep_ in SUBJECTS), None)
        if subject is not None:
            if subject.lower_ in {"who", "that", "which"} and head.dep_ == "acl:relcl":
                return head.head
            return subject
        verb, head = head, head.head
    return None
