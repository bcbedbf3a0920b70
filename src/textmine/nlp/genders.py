"""Whether a person named in a text is "he" or "she", as far as the words at the name tell."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from textmine.nlp.vocabulary import read_rules

_TITLE = re.compile(
    r"\b(?:(?P<she>Ms|Mrs|Miss|Madame|Mme|Dame|Queen|Princess|Señora|Senhora|Frau|Sister)"
    r"|(?P<he>Mr|Sir|King|Prince|Señor|Senhor|Herr|Monsieur|Brother))\.? $"
)
#: "Tan Wei, his brother": the noun that explains a name.
_EXPLAINED = re.compile(r", (?:an?|the|his|her|their) (?:[\w-]+ ){0,3}?([\w-]+)\b")
_LAST_WORD = re.compile(r"([\w-]+),? $")


@lru_cache(maxsize=1)
def _given_names() -> dict[str, str]:
    rules = read_rules("speakers")
    return dict.fromkeys(rules["female_names"], "she") | dict.fromkeys(rules["male_names"], "he")


@lru_cache(maxsize=1)
def gendered_nouns() -> dict[str, str]:
    """Return "he" or "she" by noun: "spokeswoman", "brother"."""
    rules = read_rules("speakers")
    return dict.fromkeys(rules["female_nouns"], "she") | dict.fromkeys(rules["male_nouns"], "he")


def title_gender(text: str, start: int) -> str | None:
    """Return what the title before a name at ``start`` says: "he" for Mr, "she" for Ms; or None."""
    title = _TITLE.search(text, max(0, start - 12), start)
    return title.lastgroup if title else None


def gender_votes(text: str, start: int, end: int) -> Counter[str]:
    """Count what title, given name and the nouns beside a person's name at ``start``-``end`` say."""
    given, nouns = _given_names(), gendered_nouns()
    votes: Counter[str] = Counter()
    title = title_gender(text, start)
    if title:
        votes[title] += 4
    first, _, rest = text[start:end].partition(" ")
    if rest and first in given:
        votes[given[first]] += 2
    before = _LAST_WORD.search(text, max(0, start - 25), start)
    after = _EXPLAINED.match(text, end)
    for noun in (before, after):
        if noun and noun[1].lower() in nouns:
            votes[nouns[noun[1].lower()]] += 3
    return votes


def gender(votes: Counter[str]) -> str | None:
    """Return "he" or "she", whichever has more votes, or None."""
    return None if votes["he"] == votes["she"] else max(votes, key=lambda told: votes[told])
