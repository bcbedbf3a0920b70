"""What an article itself says an organisation is: "Bank Midori, the central bank, ..."."""

from __future__ import annotations

import re
from functools import lru_cache

from textmine.nlp.vocabulary import read_rules

_REACH = 90
#: The acronym that may follow a name: " (BM)".
_ACRONYM = r"(?: \([^()]{2,12}\))?"


@lru_cache(maxsize=1)
def _patterns() -> tuple[dict[str, str], re.Pattern[str], re.Pattern[str]]:
    kinds = {noun: kind for kind, nouns in read_rules("names")["said"].items() for noun in nouns}
    nouns = "|".join(re.escape(noun) for noun in sorted(kinds, key=len, reverse=True))
    word = r"(?!(?:of|to|in|at|for|with|by|from|and|or)\b)[\w’'-]+"
    # "the head of the central bank, Ana Prado" says nothing of her.
    owner = r"(?:(?<!\bof )(?<!\bat )(?<!\bfor )\b(?:[Tt]he|[Ii]ts|[Tt]heir|[Aa]n?) |[’']s )"
    before = rf"{owner}(?:{word} ){{0,4}}?(?P<noun>{nouns}), $"
    article = r"(?:an?|the|its|their|[\w’'-]+[’']s)"
    ends = r"(?=[,.;)]| (?:of|for|in|at|that|which|based)\b)"
    after = rf"{_ACRONYM}, {article}(?: {word}){{0,4}}? (?P<noun>{nouns}){ends}"
    return kinds, re.compile(before), re.compile(after)


#: An apposition ends: the name stands between commas, and no list goes on.
_SET_OFF = re.compile(_ACRONYM + r",(?! [^,.;\n]{1,40},? and\b)")


def said_kind(text: str, start: int, end: int) -> str | None:
    """Return the kind that the words beside a name give it, or None.

    ``start`` and ``end`` are the mention's offsets.
    """
    kinds, before, after = _patterns()
    match = after.match(text, end)
    if match is None and _SET_OFF.match(text, end):
        match = before.search(text, max(0, start - _REACH), start)
    return kinds[match["noun"]] if match else None
