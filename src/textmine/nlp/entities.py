"""Entities of one article: which mentions name the same thing, and what kind of thing it is."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from spacy.tokens import Doc

from textmine.nlp import kinds
from textmine.nlp.apposed import said_kind
from textmine.nlp.genders import gender, gender_votes, title_gender
from textmine.nlp.measure import measures
from textmine.nlp.names import LABEL_MAP, base_name, is_acronym_of, label_of_misc, trim_name
from textmine.nlp.relabel import join_of, relabel
from textmine.records import ORGANISATION_KINDS, organisation_label

MODEL = "entities-3"
#: Labels that one real thing may bear in different mentions, as recognisers confuse them.
_FAMILY = {"PERSON": "person", "PLACE": "place", "GROUP": "group"}


@dataclass(frozen=True, slots=True)
class FoundMention:
    """A name in the text, its label still that of the recogniser (organisations: ORG).

    ``scores``: the encoder's log-probabilities of its kinds, where the pipeline has an encoder.
    """

    start: int
    end: int
    text: str
    label: str
    scores: dict[str, float] | None = None


@dataclass(slots=True)
class FoundEntity:
    """The mentions of one thing, with its fullest name."""

    name: str
    label: str
    kind: str | None = None
    kind_confidence: float | None = None
    mentions: list[FoundMention] = field(default_factory=list)
    #: What the words at its mentions say of a person's gender.
    genders: Counter[str] = field(default_factory=Counter)

    @property
    def aliases(self) -> tuple[str, ...]:
        """Return the other names, in the order of their first mention."""
        return tuple(dict.fromkeys(m.text for m in self.mentions if m.text != self.name))


_TITLED = re.compile(r"(?:Mr|Ms|Mrs|Miss|Dr|Prof|Sir|Dame)\.? [A-ZÀ-Þ]")


def find_mentions(doc: Doc, labels: Mapping[str, str | None] = LABEL_MAP) -> list[FoundMention]:
    """Return the names of a Doc, trimmed, plus unmarked repetitions of names found elsewhere in it.

    ``labels`` brings the pipeline's labels to ours.
    """
    text = doc.text  # joined anew at each use: taken once
    found: list[FoundMention] = []
    firms: set[str] = set()
    spans: list[tuple[int, int, str]] = []
    scores: dict[int, dict[str, float] | None] = {}
    for ent in doc.ents:
        label = labels.get(ent.label_)
        kinds_told = ent._.kind_scores
        if label == "MISC":
            before = text[max(0, ent.start_char - 2) : ent.start_char]
            label = label_of_misc(ent.text, before, kinds_told)
        if label is not None:
            spans.append((ent.start_char, ent.end_char, label))
            scores[ent.start_char] = kinds_told
    for first, last, given in join_of(text, spans):
        # "Ms Bello" is a person, whatever the recogniser took the two words for.
        told = "PERSON" if _TITLED.match(text[first:last]) else given
        start, end = trim_name(text, first, last, told)
        # An encoder reads the words around a name better than the rules for second thoughts.
        label = told if scores.get(first) else relabel(text, start, end, told)
        name = text[start:end]
        if "\n" in name or not re.search(r"[^\W\d_]", name) or len(name) > 120:
            continue
        if label == "PRODUCT" and _is_measured_thing(name):
            continue
        found.append(FoundMention(start, end, name, label, scores.get(first)))
        if label == "ORG" and told in {"PERSON", "PLACE", "PRODUCT"}:
            firms.add(name)
    # What one place shows to be a firm is one wherever the article names it.
    found = [
        replace(m, label="ORG") if m.text in firms and m.label in {"PERSON", "PRODUCT"} else m
        for m in found
    ]
    return _with_repetitions(text, found)


def _is_measured_thing(name: str) -> bool:
    """Say whether a "name" is a thing with its measure: "5.5kWh battery"."""
    digits, _, rest = name.partition(" ")
    number = re.match(r"\d[\d.,]*", digits)
    return number is not None and measures(digits, number.end()) and not re.search(r"[A-Z]", rest)


_WORD = re.compile(r"\w+")


def _places(name: str, text: str, words: Mapping[str, list[int]]) -> Iterator[int]:
    """Yield where a name stands by itself in the text; ``words`` are the places of each word."""
    first = _WORD.search(name)
    if first is None:
        return
    for place in words.get(first.group(), ()):
        start = place - first.start()
        before, after = (
            text[max(0, start - 1) : start],
            text[start + len(name) : start + len(name) + 1],
        )
        if text.startswith(name, start) and not (_JOINS.match(before) or _JOINS.match(after)):
            yield start


_JOINS = re.compile(r"[\w-]")


def _with_repetitions(text: str, found: list[FoundMention]) -> list[FoundMention]:
    """Add the places where a name found elsewhere in the article was passed over."""
    labels: dict[str, Counter[str]] = defaultdict(Counter)
    for mention in found:
        labels[mention.text][mention.label] += 1
    words: dict[str, list[int]] = defaultdict(list)
    for match in _WORD.finditer(text):
        words[match.group()].append(match.start())
    taken = [False] * len(text)
    for mention in found:
        taken[mention.start : mention.end] = [True] * (mention.end - mention.start)
    out = list(found)
    for name in sorted(labels, key=len, reverse=True):
        if len(name) < 3 or not name[0].isupper() or name.lower() in {"may", "march", "august"}:
            continue
        label = labels[name].most_common(1)[0][0]
        for start in _places(name, text, words):
            end = start + len(name)
            if any(taken[start:end]):
                continue
            # A word at the start of a sentence may be no name: "Current" against "current prices".
            if " " not in name and sum(labels[name].values()) < 2 and _starts_sentence(text, start):
                continue
            # Part of a longer capitalised name is another name.
            if re.match(r"\s[A-Z][a-z]", text[end : end + 3]) and " " not in name:
                continue
            taken[start:end] = [True] * len(name)
            out.append(FoundMention(start, end, name, label))
    return sorted(out, key=lambda mention: mention.start)


def _starts_sentence(text: str, place: int) -> bool:
    return (
        re.search(r"(?:^|[.!?\n][\"”’)]*\s*|[\"“‘]\s*)$", text[max(0, place - 4) : place])
        is not None
    )


def cluster(text: str, mentions: Sequence[FoundMention]) -> list[FoundEntity]:
    """Put together the mentions of one thing within an article.

    People: surname or given name to the latest full name that has it, Mr to no woman. Others: the same name
    without legal form, a leading part of a longer name, an acronym and its expansion.
    """
    entities: list[FoundEntity] = []
    for mention in mentions:
        entity = _match(text, mention, entities)
        if entity is None:
            entity = FoundEntity(mention.text, mention.label)
            entities.append(entity)
        entity.mentions.append(mention)
        if mention.label == "PERSON":
            entity.genders += gender_votes(text, mention.start, mention.end)
        if _is_fuller(mention, entity):
            entity.name = mention.text
    entities = _merge_later(entities)
    for entity in entities:
        entity.label = _vote(entity)
    return entities


def _is_fuller(mention: FoundMention, entity: FoundEntity) -> bool:
    old, new = entity.name, mention.text
    if old.isupper() and len(old.split()) == 1 and not new.isupper():
        return True
    return len(new.split()) > len(old.split()) and not (new.isupper() and len(new.split()) == 1)


def _match(text: str, mention: FoundMention, entities: list[FoundEntity]) -> FoundEntity | None:
    base = base_name(mention.text)
    same = [e for e in entities if any(base_name(m.text) == base for m in e.mentions)]
    title = title_gender(text, mention.start) if mention.label == "PERSON" else None
    compatible = [e for e in same if _may_be_one(mention.label, e.label) and _may_bear(e, title)]
    if compatible:
        return max(compatible, key=lambda e: e.mentions[-1].start)
    if mention.label == "PERSON":
        return _match_person(mention, title, entities)
    if mention.label in {"GROUP"}:
        return None
    for entity in reversed(entities):
        if entity.label == "PERSON" or not _may_be_one(mention.label, entity.label):
            continue
        if is_acronym_of(mention.text, entity.name) or is_acronym_of(entity.name, mention.text):
            return entity
        if mention.label != "PLACE" and _is_short_form(base, base_name(entity.name)):
            return entity
    return None


def _may_bear(entity: FoundEntity, title: str | None) -> bool:
    """Say whether the person can be "he" or "she", as the title before a name says; None: there is none."""
    return title is None or gender(entity.genders) in {None, title}


def _may_be_one(first: str, second: str) -> bool:
    if first == second:
        return True
    return not ({first, second} & {"GROUP"}) and (
        {first, second} <= {"ORG", "PRODUCT"} or {first, second} <= {"ORG", "PERSON"}
    )


def _is_short_form(short: str, long: str) -> bool:
    """Say whether a name is a leading part of a longer one: "Grab" of "Grab Holdings"."""
    generic = {"bank", "university", "ministry", "department", "national", "international", "the",
               "first", "new", "north", "south", "east", "west", "royal", "united", "central"}  # fmt: skip
    return (
        long.startswith(f"{short} ")
        and len(short) > 2
        and short not in generic
        and not re.match(r"(?:of|for|and|&|de|du)\b", long[len(short) + 1 :])
    )


def _match_person(
    mention: FoundMention, title: str | None, entities: list[FoundEntity]
) -> FoundEntity | None:
    """Find the person a part of a name means: the one named last of those who bear it."""
    words = [
        w for w in re.findall(r"[\w’'-]+", mention.text) if len(w) > 1 or len(mention.text) < 3
    ]
    candidates = []
    for entity in entities:
        if entity.label != "PERSON" or not _may_bear(entity, title):
            continue
        full = re.findall(r"[\w’'-]+", entity.name)
        if (
            (len(words) == 1 and len(full) > 1 and words[0] in {full[0], full[-1], *full[1:]})
            or (len(words) > 1 and len(full) > len(words) and set(words) <= set(full))
            or (len(words) > len(full) == 1 and full[0] in {words[0], words[-1]})
        ):
            candidates.append(entity)
    if not candidates:
        return None
    return max(candidates, key=lambda e: (words[-1] == e.name.split()[-1], e.mentions[-1].start))


def _merge_later(entities: list[FoundEntity]) -> list[FoundEntity]:
    """Join entities whose fuller name came after the shorter: "Kova" before "Kova Foods Ltd"."""
    out: list[FoundEntity] = []
    for entity in entities:
        host = next(
            (
                other
                for other in out
                if _may_be_one(other.label, entity.label)
                and entity.label not in {"PLACE", "GROUP", "PERSON"}
                and (
                    _is_short_form(base_name(other.name), base_name(entity.name))
                    or is_acronym_of(other.name, entity.name)
                )
            ),
            None,
        )
        if host is None:
            out.append(entity)
            continue
        host.mentions = sorted([*host.mentions, *entity.mentions], key=lambda m: m.start)
        if len(entity.name) > len(host.name):
            host.name = entity.name
    return out


def _vote(entity: FoundEntity) -> str:
    counts = Counter(m.label for m in entity.mentions)
    # The fullest mention knows best where votes are even.
    fullest = next((m.label for m in entity.mentions if m.text == entity.name), entity.label)
    top = max(counts.values())
    return fullest if counts[fullest] == top else counts.most_common(1)[0][0]


#: Weight of the encoder's opinion against the classifier's that reads letters and single words.
_ENCODER_WEIGHT = 0.75
#: Probability of a kind that the article itself tells.
_SAID = 0.99


def tell_kinds(
    text: str, entities: Sequence[FoundEntity], classifier: kinds.KindClassifier
) -> None:
    """Set label, kind and its probability of the organisations among ``entities``, from all their mentions."""
    for entity in entities:
        if entity.label == "COMPANY":  # another pipeline's label says it already
            entity.kind, entity.kind_confidence = "company", 1.0
    organisations = [e for e in entities if e.label == "ORG"]
    rows = [
        [kinds.features(e.name, *kinds.context(text, m.start, m.end)) for m in e.mentions[:20]]
        for e in organisations
    ]
    for entity, logs in zip(organisations, classifier.logs(rows), strict=True):
        told = [m.scores for m in entity.mentions if m.scores]
        if told:
            seen = np.array([[s[kind] for kind in ORGANISATION_KINDS] for s in told]).mean(axis=0)
            logs = _ENCODER_WEIGHT * seen + (1 - _ENCODER_WEIGHT) * logs
        said = next(filter(None, (said_kind(text, m.start, m.end) for m in entity.mentions)), None)
        entity.kind, sure = (said, _SAID) if said else kinds.choose(logs)
        entity.kind_confidence = round(sure, 3)
        entity.label = organisation_label(entity.kind)


def family(label: str) -> str:
    """Return what keeps entities of one name apart across articles: a person from a place."""
    if label in {"COMPANY", "ORG", "GOVERNMENT"}:
        return "organisation"
    return _FAMILY.get(label, label.lower())
