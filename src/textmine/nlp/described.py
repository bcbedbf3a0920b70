"""What an article calls those it names: "Mayor Prado", "Ana Prado, the mayor", "Ana Prado is the mayor"."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from spacy.tokens import Doc, Token

from textmine.nlp.phrases import NOUN_SUBJECTS
from textmine.records import Mention

_TITLES = {
    "sen.": "senator", "rep.": "representative", "gov.": "governor", "prof.": "professor",
    "gen.": "general", "dr.": "doctor", "dr": "doctor",
}  # fmt: skip
#: What stands before a name within its phrase, and what ends that.
_BEFORE = frozenset({"NOUN", "PROPN", "ADJ", "PUNCT", "PART", "NUM"})
_STOPS = frozenset({",", ";", "(", "”"})
_CLAUSE = frozenset({"VERB", "AUX", "SCONJ", "CCONJ"})
_IN_PHRASE = frozenset({"NOUN", "PROPN", "PART", "PUNCT"})
_OWNERS = frozenset({"the", "its", "their", "his", "her"})


def descriptions(doc: Doc, mentions: Sequence[Mention]) -> dict[str, set[str]]:
    """Return, by entity id, the words of the descriptions that stand at its names, lower case."""
    out: dict[str, set[str]] = defaultdict(set)
    for mention in mentions:
        span = doc.char_span(mention.start, mention.end, alignment_mode="expand")
        if span is None or mention.label in {"PLACE", "GROUP"}:
            continue
        told = out[mention.entity_id]
        sent = span.root.sent
        for token in reversed(doc[max(sent.start, span.start - 6) : span.start]):
            if token.pos_ not in _BEFORE or token.text in _STOPS:
                break
            if token.pos_ in {"NOUN", "PROPN"}:
                told.add(_TITLES.get(token.lower_, token.lower_))
        told |= _apposed(doc, span.end, sent.end)
        told |= _apposed_before(doc, sent.start, span.start)
        head = span.root.head
        is_predicate = head.pos_ == "NOUN" and any(c.dep_ == "cop" for c in head.children)
        if span.root.dep_ in NOUN_SUBJECTS and is_predicate:
            told |= head_words(head)
    return out


def head_words(head: Token) -> set[str]:
    """Return a noun with the words that describe it from before."""
    tied = [t for t in head.lefts if t.dep_ in {"compound", "amod", "nmod:poss"}]
    return {head.lower_, *(t.lower_ for t in tied)}


def _apposed(doc: Doc, after: int, limit: int) -> set[str]:
    """ "Ana Prado, the central bank's governor,": the noun that the words after a name at ``after`` end in."""
    if after + 1 >= limit or doc[after].text not in {",", "("}:
        return set()
    first = doc[after + 1]
    if first.pos_ not in {"DET", "NOUN", "ADJ", "PRON"} and first.text[:1].isupper():
        return set()
    for token in doc[after + 1 : min(limit, after + 9)]:
        if token.pos_ in _CLAUSE or token.text == "," or token.tag_ in {"WP", "WDT"}:
            return set()
        following = doc[token.i + 1] if token.i + 1 < limit else None
        if token.pos_ == "NOUN" and following is not None and (
            following.pos_ not in _IN_PHRASE or following.text in {",", ".", ")", ";"}
        ):  # fmt: skip
            return head_words(token)
    return set()


def _apposed_before(doc: Doc, first: int, start: int) -> set[str]:
    """ "The central bank's governor, Ana Prado": the noun before the comma before a name at ``start``."""
    if start - 2 < first or doc[start - 1].text != ",":
        return set()
    noun = doc[start - 2]
    if noun.pos_ != "NOUN":
        return set()
    for token in reversed(doc[max(first, start - 12) : start - 1]):
        if token.text == "," or token.pos_ in {"VERB", "AUX"}:
            break
        if token.lower_ in _OWNERS or token.tag_ == "POS":
            return head_words(noun)
    return set()
