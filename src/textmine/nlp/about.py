"""What a figure is about: the words that have, are or cost that much, read off the parse.

A figure's words hang on something: on the noun they describe ("a penalty of $5 million"), on the
whole they are a part of ("12% of sales"), or on a verb whose subject or object is measured
("revenue rose 12%", "cut prices by a tenth").
"""

from __future__ import annotations

import re

from spacy.tokens import Span, Token

from textmine.nlp.attribution import cues
from textmine.nlp.beside import NOUNS, Words
from textmine.nlp.inflection import all_forms
from textmine.nlp.phrases import NOUN_SUBJECTS, case_of, phrase

#: Nouns of a movement: what moved is the figure's matter, where the phrase names it.
_MOVES = frozenset(
    "increase rise growth gain jump surge drop fall decline decrease reduction cut hike loss slump rebound "
    "change pickup upturn downturn uptick dip slide contraction expansion".split()
)
_DESCRIBING = frozenset({"nummod", "compound", "amod", "nmod:unmarked"})
_TIED = _DESCRIBING | {
    "nmod",
    "nmod:poss",
    "nmod:npmod",
    "obl",
    "obl:npmod",
    "obl:unmarked",
    "advmod",
    "dep",
    "acl",
}
#: Verbs of spending, and the prepositions that lead to what the money is for.
_SPENDING = {
    "pay": {"for"}, "spend": {"for", "on", "in"}, "invest": {"in", "into"}, "commit": {"to", "for"},
    "set": {"for"}, "allocate": {"to", "for"}, "earmark": {"for"}, "budget": {"for"}, "pledge": {"to", "for"},
    "put": {"into"}, "sink": {"into"}, "pour": {"into"}, "devote": {"to"}, "lend": {"for"}, "provide": {"for"},
}  # fmt: skip
_FORMS = all_forms(list(_SPENDING))
_BEARERS = frozenset({"ORG", "PERSON", "PRODUCT"})
_SKIPPED = frozenset({"total", "number", "amount", "sum", "average", "level"})


#: A span of time that only says when: "two years ago", "within 30 days", "in the past six months".
_WHEN_AFTER = re.compile(r"\s(?:ago|later|earlier|before|after|since|hence|from now)\b")
_WHEN_BEFORE = re.compile(
    r"\b(?:within|in|after|every|over|during|the|its|their|his|her) (?:(?:about|just|only|nearly|less than|more than|a|the) )*"
    r"(?:(?:past|last|next|first|final|following|previous|coming) )(?:\w+ )?$"
    r"|\b(?:within|after|every|in) (?:(?:about|around|just|only|nearly|less than|more than|at least) )*$",
    re.IGNORECASE,
)


def about(
    sent: Span,
    start: int,
    end: int,
    head: int,
    noun: Token | None,
    kind: str,
    barred: frozenset[int] = frozenset(),
) -> tuple[int, int] | None:
    """Return the span (characters of the Doc) of what a figure at ``start``-``end`` is about, or None.

    Offsets are the sentence's; ``head`` is that of the word the parse hangs the figure on; ``noun`` the
    noun that a count counts, which is never the answer itself; ``kind`` is the record's, ``barred`` are the
    tokens of all figures.
    """
    text = sent.text
    if (
        kind == "duration"
        and "-" not in text[start:end]
        and (_WHEN_AFTER.match(text, end) or _WHEN_BEFORE.search(text[max(0, start - 60) : start]))
    ):
        return None
    finder = _Finder(sent, start, end, noun, kind, barred)
    anchor = noun if noun is not None else finder.anchor(head)
    found = finder.find(anchor) if anchor is not None else None
    if found is None or (noun is not None and found.lemma_ == noun.lemma_):
        return None  # "fell to 40,000 bags from 52,000 bags"
    return phrase(found, sent.start, finder.inside, barred)


class _Finder:
    def __init__(
        self,
        sent: Span,
        start: int,
        end: int,
        noun: Token | None,
        kind: str,
        barred: frozenset[int],
    ) -> None:
        self.sent, self.noun, self.kind, self.barred = sent, noun, kind, barred
        self.is_pronoun = False
        base = sent.start_char
        self.inside = {t.i for t in sent if base + start < t.idx + len(t) and t.idx < base + end}
        if noun is not None and self.inside:
            self.inside |= set(range(max(self.inside), noun.i + 1))
        self.words = Words(sent, frozenset(self.inside), barred)

    def anchor(self, head: int) -> Token | None:
        """Return the topmost token of the figure."""
        place = self.sent.start_char + head
        token = next((t for t in self.sent if t.idx <= place < t.idx + len(t)), None)
        while token is not None and token.head.i != token.i and token.head.i in self.inside:
            token = token.head
        return token

    def find(self, anchor: Token) -> Token | None:
        """Return the head of the words that the figure is about, or None."""
        found = (
            self.words.listed()
            or self._whole(anchor)
            or self.words.beside(self.kind)
            or self._bought(anchor)
            or self._up(anchor, 0)
        )
        if found is None and self.noun is not None:
            return self._place(self.noun)
        if found is not None or self.noun is not None or self.is_pronoun:
            return found
        return self._nearest()

    def _place(self, noun: Token) -> Token | None:
        """ "30 stops in Taranaki", "nine artists from the region": where the counted are."""
        for child in noun.children:
            case = case_of(child)
            if (
                child.dep_ == "nmod"
                and case in {"in", "from", "at", "among", "across"}
                and child.pos_ in NOUNS
                and child.ent_type_ != "DATE"
            ):
                return child
        return None

    def _nearest(self) -> Token | None:
        """Where the parse does not tell: the noun that follows at once, else the last one before."""
        doc = self.sent.doc
        after = max(self.inside) + 1
        if after < self.sent.end and doc[after].pos_ in NOUNS | {"ADJ"}:
            head = doc[after]
            while head.dep_ in {"compound", "amod"} and head.head.i > head.i:
                head = head.head
            if head.pos_ in NOUNS and not self.words.is_figure(head):
                return head
        for place in range(
            min(self.inside) - 1, max(self.sent.start, min(self.inside) - 7) - 1, -1
        ):
            token = doc[place]
            if token.text in {";", "(", ")", "—", "–"} or token.pos_ in {"PRON", "VERB"}:
                return None
            if (
                token.pos_ in NOUNS
                and not self.words.is_figure(token)
                and token.ent_type_ != "DATE"
            ):
                return token
        return None

    def _bought(self, anchor: Token) -> Token | None:
        """ "paid $31 million for cloud services", "invest $5 million in a second line": what the money is for."""
        verb = anchor.head
        while (
            verb.pos_ not in {"VERB", "AUX"}
            and verb.dep_ in {"nmod", "conj", "obl"}
            and verb.head.i < verb.i
        ):
            verb = verb.head
        leads = _SPENDING.get(_FORMS.get(verb.lower_, ""))
        if leads is None or self.kind != "money" or verb.i > min(self.inside):
            return None
        for child in (*anchor.rights, *verb.rights):
            if child.dep_ not in {"obl", "nmod"} or child.i < max(self.inside):
                continue
            is_thing = child.pos_ in NOUNS and child.ent_type_ not in {"DATE", "GPE", "LOC"}
            if case_of(child) in leads and is_thing and not self.words.is_figure(child):
                return child
        return None

    def _whole(self, anchor: Token) -> Token | None:
        """ "12% of sales", "two of the nine riders", "300 tonnes of rice"."""
        for child in anchor.children:
            if (
                child.dep_ not in {"nmod", "obl"}
                or self.words.is_figure(child)
                or child.i < anchor.i
            ):
                continue
            case = case_of(child)
            if child.pos_ not in NOUNS or child.ent_type_ in {"DATE", "MONEY"}:
                continue
            # "$300 million in loans"
            is_kind = (
                case == "in"
                and child.pos_ == "NOUN"
                and not child.ent_type_
                and child.i - anchor.i < 6
            )
            # "a penalty of $5,000 for Obi and $7,000 for Lee"
            is_bearer = (
                case == "for"
                and child.pos_ == "PROPN"
                and child.left_edge.i == max(self.inside) + 1
            )
            if case == "of" or ((is_kind or is_bearer) and self.noun is None):
                return child
        return None

    def _up(self, token: Token, depth: int) -> Token | None:
        """Climb from a figure's word to what it is about."""
        head = token.head
        if depth > 6:
            return None
        own = self._subject_of(token)
        if own is not None and own.i not in self.inside:  # "reserves are now about $200 billion"
            return self._named(own)
        if head.i == token.i:
            return self._subject(token, depth)
        if token.dep_ in {"conj", "list", "parataxis"} and depth < 4:
            return self._conjunct(token, depth)
        if token.dep_ in {"appos"} and head.pos_ in NOUNS:
            return (
                self._of_noun(head, depth)
                if not self.words.is_figure(head)
                else self._up(head, depth + 1)
            )
        describes = token.i < head.i and token.dep_ in _DESCRIBING
        if head.pos_ in NOUNS and (
            describes
            or (token.dep_ in _TIED and (not self._has_clause(head) or case_of(token) == "with"))
        ):
            if self.words.is_figure(head):
                return self._up(head, depth + 1)
            return self._of_noun(head, depth)
        if token.dep_ in NOUN_SUBJECTS:
            return None
        return self._subject(head, depth, below=token)

    def _has_clause(self, noun: Token) -> bool:
        """Say whether a noun is a clause's predicate ("is the capital")."""
        return self._subject_of(noun) is not None or any(c.dep_ == "cop" for c in noun.children)

    def _of_noun(self, noun: Token, depth: int) -> Token | None:
        """A noun that bears the figure: itself, or for a movement or a sum what the phrase names."""
        if noun.tag_ in {"VB", "VBD", "VBP", "VBZ"}:  # "cost $9 million to build"
            return self._subject(noun, depth + 1)
        same = self.noun is not None and noun.lemma_ == self.noun.lemma_
        if same or noun.i in self.inside:  # "fell to 40,000 bags from 52,000 bags"
            return self._up(noun, depth + 1)
        if noun.lower_ in _MOVES or noun.lemma_ in _MOVES or noun.lower_ in _SKIPPED:
            for child in noun.children:
                if child.dep_ == "nmod" and child.i not in self.inside and child.pos_ in NOUNS and any(
                    c.lower_ in {"in", "of"} for c in child.children if c.dep_ == "case"
                ):  # fmt: skip
                    return noun
            if any(
                c.dep_ in {"compound", "amod", "nmod:poss"}
                and c.pos_ in NOUNS
                and c.i not in self.inside
                for c in noun.children
            ):
                return noun
            up = self._up(noun, depth + 1)
            return up if up is not None else noun
        return noun

    def _conjunct(self, token: Token, depth: int) -> Token | None:
        """The second of two figures: its own subject in a clause cut short, else the first one's."""
        own = self._subject_of(token)
        if own is not None:
            return self._named(own)
        orphan = next((c for c in token.children if c.dep_ == "orphan"), None)
        if orphan is not None and not self.words.is_figure(token) and token.pos_ in NOUNS:
            return token
        return self._up(token.head, depth + 1) if token.head.i != token.i else None

    def _subject_of(self, verb: Token) -> Token | None:
        """Return a verb's subject; "China's", which a parser may call one, is none."""
        own = next((c for c in verb.children if _is_subject(c)), None)
        if own is not None:
            return own
        for (
            clause
        ) in verb.lefts:  # "The shares, which had lost a third, fell": the parser gave both to one
            two = [c for c in clause.lefts if _is_subject(c)]
            if len(two) > 1 and two[1].tag_ in {"WDT", "WP"}:
                return two[0]
        return None

    def _named(self, subject: Token) -> Token | None:
        """A subject as words that tell: for "which" and "who" what they stand for; none for "it"."""
        is_name = subject.ent_type_ in _BEARERS  # a name that the tagger takes for a word
        if (subject.pos_ in NOUNS or is_name) and not self.words.is_figure(subject):
            if subject == self.noun:
                return None
            return self._by_name(subject)
        named = [c for c in subject.lefts if c.dep_ == "compound" and c.pos_ in NOUNS]
        if subject.pos_ == "NUM" and named and subject.i not in self.barred:
            return named[-1]  # "the SP 500 fell"
        self.is_pronoun = subject.pos_ not in NOUNS
        if subject.lower_ in {"he", "she"}:
            return self._person_before(subject)
        if subject.tag_ in {"WDT", "WP"} or subject.lower_ == "that":
            clause = subject.head
            while clause.dep_ in {"conj", "xcomp", "ccomp"} and clause.head.i != clause.i:
                clause = clause.head
            if clause.dep_ in {"acl:relcl", "acl", "advcl:relcl"} and clause.head.pos_ in NOUNS:
                return None if clause.head == self.noun else clause.head
            return self._name_before(subject)
        return None

    def _name_before(self, relative: Token) -> Token | None:
        """Return the name that a "which" follows, where the parser lost it: "the Agency for Trade (AT), which"."""
        place = relative.i - 1
        if place <= self.sent.start or relative.doc[place].text != ",":
            return None
        place -= 1
        if relative.doc[place].text == ")":
            while place > self.sent.start and relative.doc[place].text != "(":
                place -= 1
            place -= 1
        name = next((e for e in self.sent.ents if e.start <= place < e.end), None)
        return name.root if name is not None and name.label_ in _BEARERS else None

    def _by_name(self, subject: Token) -> Token:
        """ "Its founder, Ana Prado, sold"; "Arbor Labs, the company that grew, has": the name stands for the noun."""
        if subject.pos_ != "NOUN":
            return subject
        named = next((c for c in subject.rights if c.dep_ == "appos" and c.pos_ == "PROPN"), None)
        if named is not None:
            return named
        comma = next((c for c in subject.lefts if c.text == ","), None)
        if comma is not None and subject.right_edge.text == ",":  # the parser: the name's compound
            tied = [c for c in subject.lefts if c.i < comma.i and c.pos_ == "PROPN"]
            if tied:
                return tied[-1]
        first = subject.left_edge.i
        after = subject.right_edge.i + 1
        is_apposed = first - 2 >= self.sent.start and subject.doc[first - 1].text == ","
        is_apposed &= after < self.sent.end and subject.doc[after].text == ","
        before = subject.doc[first - 2]
        if (
            is_apposed
            and subject.doc[first].lower_ in {"a", "an", "the"}
            and before.pos_ == "PROPN"
        ):
            while before.dep_ in {"flat", "compound"} and before.head.pos_ == "PROPN":
                before = before.head
            return before
        return subject

    def _person_before(self, pronoun: Token) -> Token | None:
        """Return the person who was the last subject before "he" or "she" in the sentence."""
        for token in reversed(self.sent.doc[self.sent.start : pronoun.i]):
            if token.dep_ in NOUN_SUBJECTS and token.ent_type_ == "PERSON":
                return token
        return None

    def _subject(self, verb: Token, depth: int, below: Token | None = None) -> Token | None:
        """Find what a clause's figure measures: its object if the figure moves that, else its subject."""
        if below is not None:
            moved = self._object(verb, below)
            if moved is not None:
                return moved
        own = self._subject_of(verb)
        is_aside = own is not None and self._is_aside(verb, own)
        if own is not None and not is_aside:
            return self._named(own) if own.i not in self.inside else None
        head = verb.head
        if head.i == verb.i or depth > 5:
            return None
        if verb.dep_ in {"acl", "acl:relcl"} and head.pos_ in NOUNS:
            return (
                self._of_noun(head, depth + 1)
                if not self.words.is_figure(head)
                else self._up(head, depth + 1)
            )
        if verb.dep_ == "xcomp":
            thing = next((c for c in head.children if c.dep_ in {"obj", "iobj"}), None)
            if (
                thing is not None
                and thing.i not in self.inside
                and thing.pos_ in NOUNS
                and thing != self.noun
            ):
                return thing
        if verb.dep_ in {"xcomp", "conj", "advcl", "csubj", "dep", "advmod", "obl", "amod"}:
            if (
                head.pos_ in NOUNS
                and verb.dep_ in {"advcl", "amod", "advmod"}
                and not self._has_clause(head)
            ):
                return self._of_noun(head, depth + 1)
            is_result = verb.pos_ in {"ADJ", "ADV"}  # "pulled the index 2% lower"
            return self._subject(head, depth + 1, below=verb if is_result else None)
        return None

    def _is_aside(self, verb: Token, subject: Token) -> bool:
        """Say whether a clause only tells who says so: "and, the company says, $3 million to its costs"."""
        first, after = subject.left_edge.i - 1, verb.i + 1
        return (
            self.sent.start < first < after < self.sent.end
            and subject.doc[first].text == subject.doc[after].text == ","
            and verb.lower_ in cues().say
        )

    def _object(self, verb: Token, below: Token) -> Token | None:
        """ "cut prices by a tenth", "raised its target to $5bn", "left the index 2% higher"."""
        if (
            below.dep_ not in {"obl", "xcomp", "advmod", "obl:npmod", "obl:unmarked", "advcl"}
            or verb.pos_ != "VERB"
        ):
            return None
        if verb.lower_ in {
            "cost",
            "costs",
            "costing",
        }:  # "cost the state $5 million": the subject did
            return None
        case = self._lead(below)
        thing = next((c for c in verb.children if c.dep_ == "obj"), None)
        if thing is None or thing.i in self.inside or thing.pos_ not in NOUNS or thing == self.noun:
            return None
        if self.words.is_figure(thing) or thing.ent_type_ == "DATE":
            return None
        leads = {"by", "to", "at", "from", "for", "of", "between", ""}
        if self.noun is None:
            leads.add("with")  # "financed its line with $22 million"
        return thing if case in leads else None

    def _lead(self, below: Token) -> str:
        """Return the preposition before a phrase; the "per" of "by 70 per cent" is the figure's own."""
        own = next(
            (c.lower_ for c in below.children if c.dep_ == "case" and c.i not in self.inside), ""
        )
        first = min(self.inside)
        if own or below.i not in self.inside or first == self.sent.start:
            return own
        before = self.sent.doc[first - 1]
        return before.lower_ if before.pos_ == "ADP" else ""


def _is_subject(token: Token) -> bool:
    return token.dep_ in NOUN_SUBJECTS and not any(part.tag_ == "POS" for part in token.rights)
