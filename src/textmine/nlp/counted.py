"""What a figure counts or measures, read off the parse."""

from __future__ import annotations

from spacy.tokens import Span, Token

from textmine.nlp.measure import Measured


def token_at(sent: Span, offset: int) -> Token | None:
    """Return the token that covers a character of the sentence."""
    place = sent.start_char + offset
    for token in sent:
        if token.idx <= place < token.idx + len(token):
            return token
    return None


def counted(token: Token) -> Token | None:
    """Return the noun that a number counts."""
    head = token
    while head.dep_ in {"compound", "flat", "nummod", "advmod", "amod"} and head.head.pos_ == "NUM":
        head = head.head
    if head.dep_ in {"nummod", "amod", "compound"} and head.head.pos_ in {"NOUN", "PROPN", "SYM"}:
        noun = head.head
        return noun if noun.i > token.i else None
    if token.i + 1 < len(token.doc) and token.doc[token.i + 1].pos_ == "NOUN":
        follower = token.doc[token.i + 1]
        while follower.dep_ == "compound" and follower.head.i > follower.i:
            follower = follower.head
        return follower
    return None


def governed(token: Token) -> bool:
    """Say whether a number without a noun stands as an argument ("rose to 300")."""
    return token.dep_ in {"obj", "obl", "nsubj", "nsubj:pass", "nmod", "conj", "attr"}


#: Endings of regular plurals and of their singulars, the longest first.
_PLURALS = (
    ("ies", "y"), ("sses", "ss"), ("shes", "sh"), ("ches", "ch"), ("xes", "x"), ("zzes", "zz"), ("s", ""),
)  # fmt: skip


def unit_of(noun: Token) -> str:
    """Return the singular of a counted noun: by its ending, irregular ones by spaCy's lemma."""
    word = noun.lower_
    if word == "people":
        return "person"
    is_plural = (
        noun.tag_ in {"NNS", "NNPS"} and word.endswith("s") and not word.endswith(("ss", "us"))
    )
    if is_plural and word not in {"series", "species", "means", "headquarters"}:
        ending, single = next(pair for pair in _PLURALS if word.endswith(pair[0]))
        return word[: -len(ending)] + single if len(word) > 4 or ending == "s" else word[:-1]
    return noun.lemma_.lower() or word


def noun_phrase(noun: Token, number: Token) -> tuple[int, int] | None:
    """Return the counted noun with its modifiers after the number: "full-time workers"."""
    start = min(
        (t.i for t in noun.lefts if t.i > number.i and t.dep_ in {"amod", "compound", "nmod:poss"}),
        default=noun.i,
    )
    first = noun.doc[min(start, noun.i)]
    first = noun.doc[
        max(
            number.i + 1,
            min(t.i for t in first.subtree if t.i > number.i)
            if any(t.i > number.i for t in first.subtree)
            else first.i,
        )
    ]
    first = first if first.i <= noun.i else noun
    return first.idx, noun.idx + len(noun)


def _chunk(head: Token, before: int | None = None) -> tuple[int, int] | None:
    """Return a noun with its left modifiers, without determiners."""
    if head.pos_ not in {"NOUN", "PROPN"}:
        return None
    left = head.i
    while left > head.sent.start:
        token = head.doc[left - 1]
        if (
            token.dep_ in {"amod", "compound", "nmod:poss", "case"}
            and (token.head.i in range(left, head.i + 1) or token.tag_ == "POS")
            and token.pos_ in {"ADJ", "NOUN", "PROPN", "PART"}
        ):
            left -= 1
        else:
            break
    return head.doc[left].idx, head.idx + len(head)


def of_measure(sent: Span, measured: Measured) -> tuple[int, int] | None:
    """Find the words that say what is measured: "12% of sales", "revenue rose 12%"."""
    token = token_at(sent, measured.head if measured.head is not None else measured.start)
    if token is None:
        return None
    inside = range(sent.start_char + measured.start, sent.start_char + measured.end)
    head = token
    while head.idx in inside and head.head.i != head.i and head.head.idx in inside:
        head = head.head
    for child in head.children:
        if (
            child.dep_ in {"nmod", "obl"}
            and child.idx not in inside
            and any(c.lower_ in {"of", "in"} for c in child.children if c.dep_ == "case")
        ):
            if child.ent_type_ in {"DATE", "LOC"} or child.like_num:
                continue
            return _chunk(child)
    if head.dep_ in {"nmod", "compound", "nummod", "appos", "amod"} and head.head.pos_ in {
        "NOUN",
        "PROPN",
    }:
        return _chunk(head.head)
    verb = head.head
    if head.dep_ in {
        "obj",
        "obl",
        "obl:npmod",
        "obl:unmarked",
        "advmod",
        "nmod:npmod",
        "ccomp",
        "xcomp",
    } and verb.pos_ in {"VERB", "AUX", "ADJ", "ADV", "NOUN"}:
        if verb.pos_ in {"ADJ", "ADV"} and verb.head.i != verb.i:
            verb = verb.head
        subject = next((c for c in verb.children if c.dep_ in {"nsubj", "nsubj:pass"}), None)
        if subject is not None and subject.pos_ in {"NOUN"}:
            return _chunk(subject)
    if head.dep_ == "ROOT" or head.dep_ in {"ccomp", "conj", "parataxis"}:
        subject = next((c for c in head.children if c.dep_ in {"nsubj", "nsubj:pass"}), None)
        if subject is not None and subject.pos_ == "NOUN":
            return _chunk(subject)
    return None


def of_multiple(token: Token) -> tuple[int, int] | None:
    """Find what doubled, or of what a third is meant."""
    for child in token.children:
        if child.dep_ in {"nmod", "obl"} and any(c.lower_ == "of" for c in child.children):
            return _chunk(child)
    subject = next((c for c in token.children if c.dep_ in {"nsubj", "nsubj:pass", "obj"}), None)
    return _chunk(subject) if subject is not None else None
