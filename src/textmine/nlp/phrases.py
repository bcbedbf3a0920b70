"""The noun phrases that figures are about: where they begin and end."""

from __future__ import annotations

from collections.abc import Set

from spacy.tokens import Token

from textmine.nlp.beside import NOUNS

#: Relations of a noun to the verb or noun that it is the subject of.
NOUN_SUBJECTS = frozenset({"nsubj", "nsubj:pass", "nsubj:outer"})
#: Prepositions that lead on to more words of the same phrase: "revenue from northern Chile".
_LINKS = frozenset({"of", "from", "for", "in", "on", "among", "between", "with", "at", "to", "per"})


def phrase(head: Token, first: int, inside: Set[int], barred: Set[int]) -> tuple[int, int] | None:
    """Return a noun's phrase (characters) without determiners: "Revenue from northern Chile".

    ``first`` is its sentence's first token, ``inside`` are the tokens of the figure that the phrase is
    about, ``barred`` those of all figures: neither is a part of it.
    """
    doc, figures = head.doc, inside | barred
    left = head.i
    while left > first:
        token = doc[left - 1]
        if _joins(token, head):
            left -= 1
            continue
        if token.i in figures or (
            token.pos_ in {"DET", "PUNCT", "NUM", "SYM", "ADP", "CCONJ", "SCONJ", "VERB", "AUX"}
            and token.dep_ not in {"compound", "amod", "flat"}
            and not (
                token.text in {"-", "&", "/"}
                and doc[left - 2].head.i in range(left - 2, head.i + 1)
            )
        ):
            break
        if token.tag_ in {"PRP$", "PRP", "WDT", "WP", "EX"} or (
            token.like_num and token.tag_ != "JJ"
        ):
            break
        if not _is_below(token, head):
            break
        left -= 1
    right = _right(head, 0, inside, barred)
    while left < head.i and (
        doc[left].tag_ in {"POS", "DT", "IN"} or doc[left].text in {"-", ",", "’s", "'s"}
    ):
        left += 1
    while right > head.i and doc[right].tag_ in {"IN", "DT", "CC"}:
        right -= 1
    start, end = doc[left].idx, doc[right].idx + len(doc[right])
    is_word = any(token.text[0].isalnum() for token in doc[left : right + 1])
    return (start, end) if is_word else None


def _right(head: Token, depth: int, inside: Set[int], barred: Set[int]) -> int:
    """Return the last token of a phrase: its flat parts and the phrases that "of" and the like lead to."""
    doc, right = head.doc, head.i
    for child in head.rights:
        if child.i in inside or (child.i != right + 1 and child.left_edge.i != right + 1):
            break
        if child.dep_ in {"flat", "fixed", "compound"} or (
            child.dep_ == "nmod" and child.left_edge.i == child.i and child.pos_ == "PROPN"
        ):
            right = child.i
            continue
        case = case_of(child)
        before = [doc[i] for i in range(child.left_edge.i, child.i + 1)]
        before = [t for t in before if t.dep_ != "nummod" or t.head.i != child.i or t.i in inside]
        if (
            child.dep_ in {"nmod", "obl"}
            and case in _LINKS
            and depth < 2
            and child.pos_ in NOUNS
            and child.ent_type_ not in {"DATE", "MONEY"}
            and not any(t.i in inside or t.i in barred or t.like_num for t in before)
            and child.i - head.i < 9
        ):
            right = _right(child, depth + 1, inside, barred)
            continue
        break
    after = doc[right + 1] if right + 1 < len(doc) else None
    if (
        after is not None
        and (after.dep_, after.head, after.pos_) == ("flat", head.head, "NUM")
        and after.i not in inside | barred
    ):
        return after.i  # "S&P 500", whose number the parser ties to the figure
    return right


def case_of(token: Token) -> str:
    """Return the preposition a phrase begins with, or nothing."""
    return next((c.lower_ for c in token.children if c.dep_ == "case"), "")


def _joins(token: Token, head: Token) -> bool:
    """Say whether an "and" joins two words before a noun: "soya and maize prices"."""
    if token.pos_ != "CCONJ" or not _is_below(token, head):
        return False
    top = token
    while top.head.i != head.i:
        top = top.head
    before = token.doc[token.i - 1]
    return (
        top.dep_ in {"compound", "amod"}
        and before.pos_ in NOUNS | {"ADJ"}
        and _is_below(before, head)
    )


def _is_below(token: Token, head: Token) -> bool:
    return token.i != head.i and head.is_ancestor(token)
