"""Whom a speaker's words mean: names, pronouns ("she said") and descriptions ("the regulator warned").

Better null than wrong: where two readings are about as good, none is given.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right, insort
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log

from spacy.tokens import Doc, Token

from textmine.nlp.described import descriptions, head_words
from textmine.nlp.genders import gender, gender_votes, gendered_nouns
from textmine.nlp.names import trim_name
from textmine.nlp.phrases import NOUN_SUBJECTS
from textmine.nlp.quotations import Quotation
from textmine.nlp.vocabulary import read_rules
from textmine.records import Mention

_BODIES = frozenset({"COMPANY", "GOVERNMENT", "ORG"})
#: Between a name and the "who" that takes it up.
_RELATIVE = re.compile(r"(?: \([^()]*\))?(?: (?:of|from) [A-Z][\w. -]{1,30})?,? ")
_EXPLAINED = re.compile(r"(?: \([^()]*\))?, (?:an?|the|his|her|its|their) [^,;.]{3,80},? ")
_DEFINITE = frozenset({"the", "this", "that", "its", "his", "her", "their"})
#: What may follow a name and leave the phrase about its bearer: "Ana Prado, a lawyer", "Prado herself".
_CLOSED = re.compile(r" (?:himself|herself|itself)$|,(?! and )")
_GENDERED = {"he": "he", "she": "she", "his": "he", "her": "she", "him": "he"}


#: Weights of what speaks for an antecedent, chosen on news with the readings of people.
_TOLD, _SUBJECT, _FIRST, _OBJECT, _POSSESSOR, _WITHIN = 1.8, 1.5, 1.0, 0.5, 0.0, -0.5
_FURTHER, _PARAGRAPH, _KNOWN, _QUOTED, _OFTEN = 0.6, 0.5, 1.0, 2.2, 0.4
_REACH, _LEAST, _MARGIN, _SURE = 6, -1.5, 0.3, 1.0


@dataclass(frozen=True, slots=True)
class _Nouns:
    genders: dict[str, str]
    people: frozenset[str]
    bodies: dict[str, frozenset[str]]
    named_like: dict[str, frozenset[str]]
    unnamed: frozenset[str]
    generic: frozenset[str]
    anybody: frozenset[str]


@lru_cache(maxsize=1)
def _nouns() -> _Nouns:
    rules = read_rules("speakers")
    genders = gendered_nouns()
    labels: dict[str, set[str]] = defaultdict(set)
    for label, nouns in rules["bodies"].items():
        for noun in nouns:
            labels[noun].add(label)
    people = frozenset(rules["person_nouns"]) | frozenset(genders)
    return _Nouns(
        genders,
        people,
        {noun: frozenset(found) for noun, found in labels.items()},
        {noun: frozenset(found) for noun, found in rules["named_like"].items()},
        frozenset(rules["unnamed"]),
        frozenset(rules["generic"]),
        frozenset(rules["anybody"]),
    )


@dataclass(frozen=True, slots=True)
class _Seen:
    """Someone or something that a pronoun may take up; ``entity`` is None for one without a name."""

    place: int
    entity: str | None
    label: str
    gender: str | None
    weight: float


def _place_of(seen: _Seen) -> int:
    return seen.place


class Speakers:
    """Tells the entity that a speaker's words name, for one article; asked in the order of the text."""

    def __init__(
        self, doc: Doc, mentions: Sequence[Mention], quotations: Sequence[Quotation]
    ) -> None:
        self._doc, self._text = doc, doc.text
        self._mentions = mentions
        self._starts = [m.start for m in mentions]
        self._sentences = [sent.start_char for sent in doc.sents]
        self._paragraphs = [m.start() for m in re.finditer(r"(?<![^\n])[^\n]", self._text)]
        self._quoted = [(q.start, q.end) for q in quotations]
        self._label = {m.entity_id: m.label for m in mentions}
        self._counts = Counter(m.entity_id for m in mentions)
        self._names: dict[str, set[str]] = defaultdict(set)
        self._places: dict[str, list[int]] = defaultdict(list)
        for m in mentions:
            self._places[m.entity_id].append(m.start)
            self._names[m.entity_id] |= {w.lower() for w in re.findall(r"[^\W\d_]{3,}", m.text)}
        self._gender = self._genders()
        self._described = descriptions(doc, mentions)
        self._seen = sorted([*self._named(), *self._unnamed()], key=_place_of)

    def entity_of(self, start: int, end: int) -> str | None:
        """Return the id of the entity that the speaker at ``start``-``end`` means, or None."""
        words = self._text[start:end]
        pronoun = words.lower()
        taken_up = _GENDERED.get(pronoun)
        if taken_up is not None:
            found = self._taken_up(start, frozenset({"PERSON"}), taken_up)
            if found is not None:
                self._gender.setdefault(found, taken_up)
        elif pronoun in {"it", "its"}:
            found = self._taken_up(start, _BODIES | {"WORK"}, None)
        elif pronoun in {"who", "which", "that"}:
            found = self._just_before(start)
        else:
            found = self._named_in(start, end) or self._meant(start, end)
        if found is not None:
            told = _Seen(start, found, self._label[found], self._gender.get(found), _TOLD)
            insort(self._seen, told, key=_place_of)
        return found

    def _genders(self) -> dict[str, str]:
        votes: dict[str, Counter[str]] = defaultdict(Counter)
        for m in self._mentions:
            if m.label == "PERSON":
                votes[m.entity_id] += gender_votes(self._text, m.start, m.end)
        told = {entity: gender(found) for entity, found in votes.items()}
        return {entity: known for entity, known in told.items() if known}

    # What was seen before.

    def _named(self) -> Iterator[_Seen]:
        for m in self._mentions:
            span = self._doc.char_span(m.start, m.end, alignment_mode="expand")
            if span is None or m.label not in _BODIES | {"PERSON", "WORK"}:
                continue
            weight = _weight(span.root)
            if span.start == span.root.sent.start:
                weight = max(weight, _FIRST)  # a subject that the parser lost
            known = self._gender.get(m.entity_id)
            yield _Seen(m.start, m.entity_id, m.label, known, weight)

    def _unnamed(self) -> Iterator[_Seen]:
        """ "A spokesman for the ministry said": "he" after that is not the last man named.

        A description that is a subject stands for what it means: "the paper sounds an alarm".
        """
        nouns = _nouns()
        for token in self._doc:
            if token.pos_ != "NOUN" or token.dep_ not in NOUN_SUBJECTS:
                continue
            is_person = token.lower_ in nouns.people
            labels = frozenset({"PERSON"}) if is_person else nouns.bodies.get(token.lower_)
            start, end = token.left_edge.idx, token.right_edge.idx + len(token.right_edge)
            if not labels or any(m.label in labels for m in self._between(start, end)):
                continue
            entity = None
            if token.left_edge.lower_ in _DEFINITE and token.lower_ not in nouns.generic:
                entity = self._described_as(token.idx, head_words(token), token.lower_, labels)
            known = nouns.genders.get(token.lower_)
            for label in sorted(labels) if entity is None else [self._label[entity]]:
                yield _Seen(token.idx, entity, label, known, _SUBJECT)

    def _taken_up(
        self, place: int, labels: frozenset[str], wanted: str | None, *, margin: float = _MARGIN
    ) -> str | None:
        """Return the entity that a pronoun at ``place`` takes up, or None."""
        sentence, paragraph = self._sentence(place), self._paragraph(place)
        around = self._quotation(place)
        scores: dict[str | None, float] = {}
        reach = self._sentences[max(0, sentence - 1 - _REACH)] if self._sentences else 0
        first = bisect_left(self._seen, reach, key=_place_of)
        for seen in self._seen[first : bisect_left(self._seen, place, key=_place_of)]:
            if seen.label not in labels:
                continue
            known = self._gender.get(seen.entity) if seen.entity else seen.gender
            if wanted and known and known != wanted:
                continue
            distance = sentence - self._sentence(seen.place)
            score = (
                seen.weight
                - _FURTHER * distance
                - _PARAGRAPH * min(3, paragraph - self._paragraph(seen.place))
            )
            score += _KNOWN * (wanted is not None and known == wanted)
            quoted = self._quotation(seen.place)
            score -= _QUOTED * (quoted is not None and quoted != around)
            if seen.entity is not None:
                score += _OFTEN * log(self._counts[seen.entity] + 1)
            scores[seen.entity] = max(score, scores.get(seen.entity, -99.0))
        best = sorted(scores, key=lambda e: -scores[e])[:2]
        if not best or scores[best[0]] < _LEAST:
            return None
        if len(best) > 1 and scores[best[0]] - scores[best[1]] < margin:
            return None
        return best[0]

    def _sentence(self, place: int) -> int:
        return bisect_right(self._sentences, place)

    def _paragraph(self, place: int) -> int:
        return bisect_right(self._paragraphs, place)

    def _quotation(self, place: int) -> tuple[int, int] | None:
        before = self._quoted[: bisect_right(self._quoted, place, key=lambda q: q[0])][-1:]
        return before[0] if before and place < before[0][1] else None

    def _just_before(self, place: int) -> str | None:
        """ "Ana Prado, who said", "Ana Prado, an investor from Rio who said": the name that is explained."""
        before = self._mentions[
            max(0, bisect_left(self._starts, place) - 4) : bisect_left(self._starts, place)
        ]
        for mention in reversed(before):
            between = self._text[mention.end : place]
            if mention.label in {"PLACE", "GROUP"}:
                continue
            if _RELATIVE.fullmatch(between) or (
                mention.label == "PERSON" and _EXPLAINED.fullmatch(between)
            ):
                return mention.entity_id
        return None

    # Names and descriptions.

    def _between(self, start: int, end: int) -> Sequence[Mention]:
        """Return the mentions that begin in ``start:end``."""
        return self._mentions[bisect_left(self._starts, start) : bisect_left(self._starts, end)]

    def _named_in(self, start: int, end: int) -> str | None:
        """Return the entity that the words name: "chairman Hugo Wenzel", "Hicham Bennis of Mohammed VI University"."""
        text = self._text
        words = text[start:end]
        bare = trim_name(text, start, end, "PERSON")
        for mention in self._between(start, end):
            if (mention.start, mention.end) == bare:
                return mention.entity_id
            before, after = text[start : mention.start], text[mention.end : end]
            if not (start <= mention.start and mention.end <= end) or mention.label == "GROUP":
                continue
            # "chairman Hugo Wenzel", "Ghana's Ministry of Trade": the name closes the phrase, or a comma does ...
            closes = mention.end == bare[1] or bool(_CLOSED.match(after))
            closes = closes and not re.search(r"\b(?:of|for|at|by|in)\b", before)
            plain = re.fullmatch(r"(?:[\w .-]+[’']s )?(?:[a-z-]+ )*", before)
            if closes and (mention.label == "PERSON" or plain):
                return mention.entity_id
            # ... or, a person's, opens it.
            opens = mention.label == "PERSON" and mention.start == bare[0]
            if opens and re.match(r" (?:of|at|from|with)\b|,", after) and " and " not in after:
                return mention.entity_id
        # "its secretary, Joop van Altena": the name that explains the words.
        following = self._mentions[bisect_left(self._starts, end) :][:1]
        if following and following[0].label == "PERSON" and text[end : following[0].start] == ", ":
            is_person = _nouns().people & set(words.lower().split())
            return following[0].entity_id if is_person and words.split()[0].islower() else None
        return None

    def _meant(self, start: int, end: int) -> str | None:
        """Return the entity that a description means: "the minister", "the energy ministry", "the report"."""
        found = re.search(r",| (?:who|which|that)\b", self._text[start:end])
        span = self._doc.char_span(
            start, start + found.start() if found else end, alignment_mode="expand"
        )
        if span is None or span[0].lower_ not in _DEFINITE:
            return None
        head = span.root
        if head.pos_ not in {"NOUN", "PROPN"} or any(
            t.lower_ in {"of", "for", "at", "who", "from", "and"}
            for t in span[head.i - span.start :]
        ):
            return None
        noun, nouns = head.lower_, _nouns()
        words = {t.lower_ for t in span if t.pos_ in {"NOUN", "PROPN", "ADJ"} and len(t) > 2}
        labels = nouns.bodies.get(noun, frozenset())
        is_owned = (
            span[0].lower_ not in {"the", "this", "that"}
            or any(t.tag_ == "POS" for t in span)
            or bool(self._between(start, end))
        )
        if noun in nouns.people and not is_owned:  # "his lawyer" is not the lawyer named elsewhere
            labels |= {"PERSON"}
        if len(words) > 1:
            labels |= _BODIES  # "the air force": words of a name, whatever they are
        if not labels:
            return None
        described = None
        if noun not in nouns.generic or len(words) > 1:
            described = self._described_as(start, words, noun, labels)
        if (
            described is None
            and not is_owned
            and head.tag_ == "NN"
            and noun in nouns.people - nouns.anybody
        ):
            return self._taken_up(
                start, frozenset({"PERSON"}), nouns.genders.get(noun), margin=_SURE
            )
        labels = nouns.bodies.get(noun, frozenset())
        if described is not None or is_owned or noun in nouns.unnamed or not labels:
            return described
        if "WORK" in labels:
            return self._taken_up(start, frozenset({"WORK"}), None)
        if "COMPANY" not in labels:  # "the union", "the network": any body may be near
            return None
        return self._taken_up(start, labels, None) or self._foremost(start, labels)

    def _described_as(
        self, place: int, words: set[str], noun: str, labels: frozenset[str]
    ) -> str | None:
        """Return the entity named or described by the noun so far: most words in common, then the latest."""
        like = _nouns().named_like.get(noun, frozenset()) | {noun}
        found = {}
        for entity, label in self._label.items():
            told = self._described[entity] | (self._names[entity] if label != "PERSON" else set())
            is_body = label in _BODIES and labels & _BODIES
            told_so = like & told or (len(words) > 1 and words <= told)
            if told_so and (label in labels or is_body):
                places = self._places[entity]
                last = places[max(0, bisect_left(places, place) - 1)]
                found[entity] = (last < place, noun in told, len(words & told), last)
        return max(found, key=lambda e: found[e]) if found else None

    def _foremost(self, place: int, labels: frozenset[str]) -> str | None:
        """Return the article's foremost one of these labels so far: what "the company" can only mean."""
        counts = Counter(
            m.entity_id for m in self._mentions if m.start < place and m.label in labels
        )
        if not counts:
            return None
        foremost, most = counts.most_common(1)[0]
        return foremost if most >= 0.5 * counts.total() else None


def _weight(token: Token) -> float:
    if token.dep_ in NOUN_SUBJECTS:
        return _SUBJECT
    if token.dep_ == "nmod:poss" or any(t.tag_ == "POS" for t in token.children):
        return _POSSESSOR
    if token.dep_ in {"compound", "nmod", "flat"}:
        return _WITHIN
    return _OBJECT
