"""What a figure is about, where the words right beside it say so, whatever the parser makes of them."""

from __future__ import annotations

from spacy.tokens import Span, Token

NOUNS = frozenset({"NOUN", "PROPN"})
#: Between a preposition and its figure.
_LOOSE = frozenset(
    "about around between just nearly almost roughly some only over under up to".split()
)
#: What may stand before the noun of a phrase.
_BEFORE_NOUN = frozenset({"DET", "ADJ", "ADV", "NUM", "PRON"})
_PLACES = frozenset({"GPE", "LOC", "DATE", "TIME"})


class Words:
    """The words around a figure: ``inside`` are its tokens, ``barred`` those of all figures of the sentence."""

    def __init__(self, sent: Span, inside: frozenset[int], barred: frozenset[int]) -> None:
        self.sent, self.inside, self.barred = sent, inside, barred

    def is_figure(self, token: Token) -> bool:
        """Say whether a token is a number or part of a figure."""
        return (
            token.i in self.inside
            or token.i in self.barred
            or token.like_num
            or token.pos_ in {"NUM", "SYM"}
            or token.text == "%"
        )

    def beside(self, kind: str) -> Token | None:
        """Return the head of the phrase that a figure stands beside: "half of the lithium", "land at $2"."""
        if not self.inside or kind not in {"money", "percent", "multiple", "quantity"}:
            return None
        return self._after(kind) or (self._before() if kind in {"money", "percent"} else None)

    def _after(self, kind: str) -> Token | None:
        """ "15 per cent of the cost", "212 million ($13 million) of payments", "half the price"."""
        doc, place = self.sent.doc, max(self.inside) + 1
        is_tied = place - 2 in self.inside and doc[place - 2].text == "-"
        if (
            is_tied and doc[place - 1].pos_ != "NUM" and place < self.sent.end
        ):  # "this 30-million-dollar temple", "the 44-baht limit"
            return self._noun(place)
        if place < self.sent.end and doc[place].text == "(":
            closing = next(
                (n for n in range(place, min(place + 8, self.sent.end)) if doc[n].text == ")"), None
            )
            is_same = closing is not None and any(n in self.barred for n in range(place, closing))
            place = closing + 1 if closing is not None and is_same else place
        if place >= self.sent.end:
            return None
        word = doc[place].lower_
        if word == "of":
            return self._noun(place + 1)
        return self._noun(place) if kind == "multiple" and word in {"the", "its", "their"} else None

    def _noun(self, place: int) -> Token | None:
        """Return the head of the noun phrase that begins at ``place``."""
        doc = self.sent.doc
        for token in doc[place : min(place + 6, self.sent.end)]:
            if token.pos_ in NOUNS:
                while token.dep_ in {
                    "compound",
                    "amod",
                    "nmod:poss",
                    "flat",
                } and token.i < token.head.i < min(token.i + 6, self.sent.end):
                    token = token.head
                is_thing = token.pos_ in NOUNS and token.ent_type_ not in {"DATE", "MONEY"}
                is_thing = is_thing and token.lower_ != "own"
                return token if is_thing and not self.is_figure(token) else None
            if token.pos_ not in _BEFORE_NOUN or token.tag_ == "PRP" or self.is_figure(token):
                return None
        return None

    def _before(self) -> Token | None:
        """ "land at $2 a square metre", "another pool, worth 10 billion yuan"."""
        doc, place, after = self.sent.doc, min(self.inside) - 1, max(self.inside) + 1
        if after < self.sent.end and doc[after].pos_ in NOUNS | {"ADJ"}:
            return None  # "at 8% annual interest"
        while place > self.sent.start and doc[place].lower_ in _LOOSE:
            place -= 1
        if place <= self.sent.start or doc[place].lower_ not in {"at", "worth"}:
            return None
        noun = doc[place - 1]
        if doc[place].lower_ == "worth" and noun.text == "," and place - 2 >= self.sent.start:
            noun = doc[place - 2]
        if noun.pos_ not in NOUNS or noun.ent_type_ in _PLACES or self.is_figure(noun):
            return None
        return noun

    def listed(self) -> Token | None:
        """ "Kospi +0.4% Nikkei +0.1%", "Ana Prado (12 goals)": the name just before."""
        if not self.inside:
            return None
        place = min(self.inside) - 1
        doc = self.sent.doc
        opened = doc[place + 1].text[:1] in {"+", "-", "−"}
        while place >= self.sent.start and doc[place].text in {
            "(",
            "+",
            "-",
            "−",
            ":",
            "–",
            "—",
            "$",
            "US$",
        }:
            opened |= doc[place].text in {"(", "+", ":"}
            place -= 1
        if not opened or place < self.sent.start:
            return None
        token = doc[place]
        name = doc[place - 1]
        is_tied = name in {token.head, *token.lefts} or name.head == token.head
        if token.pos_ == "NUM" and name.pos_ in NOUNS and is_tied:
            token = name  # "Nikkei 225 +0.3%", "S&P 500 +0.2%"
        if token.pos_ not in NOUNS or self.is_figure(token):
            return None
        return token
