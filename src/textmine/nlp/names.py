"""Names: where they begin and end, and how two of them are compared."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from cleanco import basename

from textmine.nlp.vocabulary import read_rules
from textmine.records import ENTITY_LABELS

#: Labels of English pipelines -> ours; ORG and MISC are decided further, None is no entity.
LABEL_MAP: dict[str, str | None] = {
    "PERSON": "PERSON", "PER": "PERSON", "ORG": "ORG", "LOC": "PLACE", "GPE": "PLACE",
    "FAC": "PLACE", "NORP": "GROUP", "PRODUCT": "PRODUCT", "MISC": "MISC", "EVENT": "EVENT",
    "WORK_OF_ART": "WORK", "LAW": "LAW", "LANGUAGE": "GROUP", **{label: label for label in ENTITY_LABELS},
    **dict.fromkeys(("DATE", "TIME", "MONEY", "PERCENT", "QUANTITY", "CARDINAL", "ORDINAL")),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _NameRules:
    titles: frozenset[str]
    event: frozenset[str]
    law: frozenset[str]


@lru_cache(maxsize=1)
def _rules() -> _NameRules:
    rules = read_rules("names")
    return _NameRules(*(frozenset(rules[name]) for name in ("titles", "event", "law")))


def trim_name(text: str, start: int, end: int, label: str) -> tuple[int, int]:
    """Return a name's span without article, titles, possessive and outer punctuation."""
    while True:
        name = text[start:end]
        lead = re.match(r"(?:[\s\"“”‘’'«»(\[,;:–—-]+|(?:[Tt]he|[Aa]n?|THE)\s+)", name)
        tail = re.search(r"(?:[’']s|[’'](?=$)|[\s\"“”«»\])(,;:–—-]+|(?<=[a-z]{3})\.)$", name)
        if label == "PERSON" and not lead:
            first = re.match(r"(\S+)\s+(?=\S)", name)
            if first and first.group(1) in _rules().titles:
                lead = first
        if lead and lead.end() < len(name):
            start += lead.end()
        elif (
            tail
            and tail.start() > 0
            and not (tail.group() == ")" and name.count("(") == name.count(")"))
        ):
            end = start + tail.start()
        else:
            return start, end


def label_of_misc(name: str, before: str, scores: dict[str, float] | None) -> str | None:
    """Return the label of a name of no fixed kind: an event, a law, a work, a product; or None.

    ``scores`` are the encoder's log-probabilities, where there are any; else words in the name tell.
    """
    if scores:
        labels = {"event": "EVENT", "law": "LAW", "work": "WORK", "misc": None}
        best = max(labels, key=lambda kind: scores[kind])
        return labels[best]
    words = {word.lower() for word in re.findall(r"[\w-]+", name)}
    if words & _rules().event:
        return "EVENT"
    if words & _rules().law:
        return "LAW"
    return "WORK" if before.rstrip(" ")[-1:] in {"“", '"', "‘"} else "PRODUCT"


@lru_cache(maxsize=20_000)
def base_name(name: str) -> str:
    """Return a name for comparison: no legal form, no article, no punctuation, case folded."""
    plain = re.sub(r"^(?:the)\s+", "", name.strip(), flags=re.IGNORECASE)
    stripped = basename(plain) or plain
    return " ".join(re.sub(r"[^\w&]+", " ", stripped.casefold()).split()) or plain.casefold()


def is_acronym_of(short: str, long: str) -> bool:
    """Say whether ``short`` is made of ``long``'s initials, small words counted or not."""
    letters = re.sub(r"[^A-Za-z]", "", short)
    if not (2 <= len(letters) <= 8 and letters.isupper()):
        return False
    words = re.findall(r"[A-Za-z]+", long)
    # Every capitalised word gives its initial; "and", "of" may ("UNCTAD") or may not ("UNDP").
    initials = "".join(
        re.escape(word[0]) if word[0].isupper() else f"{word[0].upper()}?" for word in words
    )
    return len(words) > 1 and re.fullmatch(initials, letters) is not None
