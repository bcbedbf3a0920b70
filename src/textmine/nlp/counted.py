"""What a number counts, read off the parse."""

from __future__ import annotations

from spacy.tokens import Span, Token

_TIMES = frozenset(
    "year years month months week weeks day days quarter quarters night morning evening o'clock a.m. p.m. am pm".split()
)
_OF_THE = frozenset("the its his her their our my your these those them".split())
#: Words between a number and its noun that say how many more, not which.
_QUANTIFYING = frozenset(
    "more other further additional such combined total extra estimated new-found remaining said".split()
)


def token_at(sent: Span, offset: int) -> Token | None:
    """Return the token that covers a character of the sentence."""
    place = sent.start_char + offset
    for token in sent:
        if token.idx <= place < token.idx + len(token):
            return token
    return None


def counted(token: Token) -> Token | None:
    """Return the noun that the number ending in ``token`` counts, or None."""
    head = token
    while (
        head.dep_ in {"compound", "flat", "nummod", "advmod", "amod"}
        and head.head.pos_ == "NUM"
        and head.head.tag_ == "CD"
    ):
        head = head.head
    is_noun = head.head.pos_ in {"NOUN", "PROPN", "SYM"} or head.head.tag_.startswith("NN")
    if head.dep_ in {"nummod", "amod", "compound"} and is_noun:
        noun = head.head
        while (
            noun.dep_ in {"compound", "nummod"}
            and noun.head.i > noun.i
            and noun.head.pos_ in {"NOUN", "PROPN"}
        ):
            noun = noun.head
        if noun.i > token.i and _joined(token, noun) and noun.lower_ not in _TIMES:
            return noun
    doc = token.doc
    start = doc[max(0, token.i - 3) : token.i].text.lower()
    if start.endswith(" or") and start.startswith(("a ", "an ", "another ")):
        noun = doc[token.i - 2]  # "another pick or two"
        return noun if noun.tag_ == "NN" and noun.lower_ not in _TIMES else None
    if token.i + 1 >= len(doc):
        return None
    follower = doc[token.i + 1]
    if token.lower_ == "of":  # "dozens of Kia vehicles", "thousands of jobs"
        nouns = [
            t
            for t in doc[token.i + 1 : token.i + 9]
            if t.head.i <= token.i and t.pos_ in {"NOUN", "PROPN"}
        ]
        return nouns[0] if nouns and _joined(token, nouns[0]) else None
    if follower.lower_ == "of" and token.i + 2 < len(doc) and doc[token.i + 2].lower_ in _OF_THE:
        part = doc[token.i + 2]
        while (
            part.dep_ in {"det", "nmod:poss", "amod", "compound", "nummod"} and part.head.i > part.i
        ):
            part = part.head
        return part if part.pos_ in {"NOUN", "PROPN"} and part.i - token.i < 9 else None
    is_modifier = follower.tag_ in {"VBG", "VBN"} and follower.head.i > follower.i
    if (follower.pos_ in {"NOUN", "PROPN", "ADJ"} or is_modifier) and not follower.is_title:
        while follower.dep_ in {"compound", "amod"} and follower.head.i > follower.i:
            follower = follower.head
        is_counted = follower.pos_ in {"NOUN", "PROPN"} and follower.lower_ not in _TIMES
        return follower if is_counted and _joined(token, follower) else None
    return None


def _joined(token: Token, noun: Token) -> bool:
    """Say whether nothing but modifiers stands between a number and its noun."""
    between = token.doc[token.i + 1 : noun.i]
    return len(between) < 8 and not any(
        (t.pos_ in {"ADP", "VERB", "AUX", "PRON"} and t.tag_ not in {"VBN", "VBG"}) or t.text in {",", ";", ":", "(", ")"}
        for t in between
    )  # fmt: skip


def governed(token: Token) -> bool:
    """Say whether a number without a noun stands as an argument ("rose to 300")."""
    return token.dep_ in {"obj", "obl", "nsubj", "nsubj:pass", "nmod", "conj", "attr", "ROOT"}


#: Endings of regular plurals and of their singulars, the longest first.
_PLURALS = (
    ("ies", "y"), ("sses", "ss"), ("shes", "sh"), ("ches", "ch"), ("xes", "x"), ("zzes", "zz"), ("s", ""),
)  # fmt: skip


def singular(noun: Token) -> str:
    """Return the singular of a noun: by its ending, irregular ones by spaCy's lemma."""
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


def unit_of(noun: Token, number: Token) -> str:
    """Return the counted noun with what stands between it and the number: "licensed driver"."""
    doc = noun.doc
    start = number.i + 1
    start = max(
        (t.i + 1 for t in doc[start : noun.i] if t.lower_ in _OF_THE or t.pos_ == "NUM"),
        default=start,
    )
    while start < noun.i and (
        doc[start].like_num
        or doc[start].lower_ in _QUANTIFYING
        or doc[start].lower_ in {"-", "of", "the", "or", "so", "+", "plus", "odd"}
    ):
        start += 1
    before = doc[start : noun.i].text_with_ws if start < noun.i else ""
    return before + singular(noun)
