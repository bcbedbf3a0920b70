"""How a figure is meant: about, more than, less than; and whether the thing measured rose or fell."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from spacy.tokens import Span, Token

from textmine.nlp.inflection import all_forms
from textmine.nlp.vocabulary import read_rules


@dataclass(frozen=True, slots=True)
class _Changes:
    before: re.Pattern[str]
    after: re.Pattern[str]
    signs: dict[str, str]
    moving: dict[str, str]
    nouns: dict[str, str]


@lru_cache(maxsize=1)
def _changes() -> _Changes:
    rules = read_rules("changes")
    before = {word: sign for sign, words in rules["before"].items() for word in words}
    after = {word: sign for sign, words in rules["after"].items() for word in words}

    def any_of(words: dict[str, str]) -> str:
        return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))

    return _Changes(
        re.compile(
            rf"(?:^|(?<=[^\w<>=]))({any_of(before)})(?:\s+|(?<=sub-)|(?<=[<>=≥≤]))(?:an?\s+|the\s+)?$",
            re.IGNORECASE,
        ),
        re.compile(rf"\s?({any_of(after)})(?!\w|\s(?:than\b|\d))", re.IGNORECASE),
        before | {f"after {word}": sign for word, sign in after.items()},
        dict.fromkeys(all_forms(rules["up"]), "up")
        | dict.fromkeys(all_forms(rules["down"]), "down"),
        dict.fromkeys(rules["up_words"], "up") | dict.fromkeys(rules["down_words"], "down"),
    )


def change_before(text: str, start: int) -> str | None:
    """Return the sign of an approximating or comparing word just before a figure."""
    match = _changes().before.search(text[max(0, start - 40) : start])
    return _changes().signs[match.group(1).lower()] if match else None


_FROM = re.compile(r"(?P<word>[a-z]+)(?: (?:sharply|slightly|steadily|back|up|down))? from $")


def moves_from(before: str) -> bool:
    """Say whether the words before a figure set out on a movement: "fell from", "went from"."""
    match = _FROM.search(before)
    return match is not None and (
        match["word"] in _changes().moving
        or match["word"] in {"go", "goes", "went", "going", "up", "down"}
    )


def change_after(text: str, end: int) -> str | None:
    """Return the sign of "or more", "or so" and the like just after a figure."""
    match = _changes().after.match(text, end)
    return _changes().signs[f"after {match.group(1).lower()}"] if match else None


#: What may stand between a word of moving and its figure.
_BETWEEN = re.compile(
    r"(?P<word>[A-Za-z]+)"
    r"(?:\s+(?:back|further|sharply|slightly|again|only|just|steadily|modestly))?\s+"
    r"(?P<prep>(?:by|to|from|of)\s+)?"
    r"(?:(?:about|around|nearly|almost|roughly|more than|over|less than|as much as|at least|some"
    r"|between|just|only|an? (?:estimated|record|further|meagre|modest))\s+)*$"
)
#: These move a figure with no preposition: "rose 7.3 per cent", "fell a third".
_BARE = all_forms(
    [
        "rise",
        "grow",
        "climb",
        "jump",
        "gain",
        "surge",
        "soar",
        "fall",
        "drop",
        "decline",
        "shrink",
        "slide",
        "slip",
        "plunge",
        "sink",
        "contract",
        "tumble",
        "slump",
        "increase",
        "decrease",
        "expand",
        "dip",
        "leap",
        "swell",
        "plummet",
        "rebound",
        "rally",
        "widen",
        "narrow",
        "lose",
        "shed",
        "ease",
        "advance",
    ]
)
_AFTER = re.compile(r"\s+(?:year-on-year |annual |in |of )?([a-z]+)")
_UP_FROM = re.compile(r"\s*(?:\([^)]{1,40}\))?,?\s+(?P<way>up|down)\s+from\b")


def direction(sent: Span, start: int, end: int) -> str | None:
    """Return "up" or "down" where a figure says how far, or to what, a thing moved; else None.

    ``start`` and ``end`` are offsets into the sentence.
    """
    rules = _changes()
    text = sent.text
    trailing = _UP_FROM.match(text, end)
    if trailing:
        return trailing.group("way")
    following = _AFTER.match(text, end)
    is_share = re.search(r"(?:%|cent|points?|fold)$", text[start:end]) is not None
    if following and is_share and following.group(1) in rules.nouns:
        return rules.nouns[following.group(1)]
    near = _BETWEEN.search(text[max(0, start - 56) : start])
    if near:
        word, prep = near.group("word").lower(), (near.group("prep") or "").strip()
        if prep == "from":
            return None
        if word in {"up", "down"}:
            place = start - len(near.group(0)) + near.start("word") - near.start()
            moves = is_share or text[start : start + 1] in _SYMBOLS
            if _is_particle(sent, place, moves=moves):
                return None
            # "up to 12%" bounds a figure; "up 12%" moves it; so does "down to 12%", not "down to two names".
            moves |= text[:place].rstrip().rpartition(" ")[2].lower() in rules.moving
            return word if prep != "to" or (word == "down" and moves) else None
        if word in _SUMS and not prep and not is_share:
            return None
        if word in rules.moving and (prep in {"by", "to"} or (not prep and word in _BARE)):
            return rules.moving[word]
        is_net = word == "loss" and not is_share  # "a net loss of $5 million" is a sum
        if (
            word in rules.nouns
            and prep in {"of", "by"}
            and word not in {"more", "less", "fewer"}
            and not is_net
        ):
            return rules.nouns[word]
    reached = _LEVEL.search(text[max(0, start - 56) : start])
    if reached and re.search(r"[.,$€£¥₹]", text[start:end]):
        word = reached["word"].lower()
        return rules.moving.get(word) or (word if word in {"up", "down"} else None)
    return _moved_by_parse(sent, start)


#: "ended down 1% at 1,463", "lost 1.1% to close at 334": the level a movement reached.
_LEVEL = re.compile(
    r"(?P<word>[a-z]+) (?:about |nearly |almost |around )?[\d.,]+ ?(?:%|per ?cent|points?),?"
    r"(?: to (?:end|close|finish|settle|trade))?(?: the (?:day|week|session))? at $"
)
_MOVED = frozenset(
    "went go goes going edged moved closed ended finished traded opened settled was were "
    "came come comes coming brought bring pulled pushed sent drove dragged".split()
)
#: "Lost 120 million yuan", "would gain 85 posts": sums and counts, no movements.
_SUMS = frozenset(all_forms(["lose", "gain", "shed", "add"]))


_SYMBOLS = frozenset("$€£¥₹")


def _is_particle(sent: Span, place: int, *, moves: bool) -> bool:
    """Say whether "up" or "down" belongs to a verb that moves nothing ("gave up 40 seats").

    ``moves``: the figure is a share or a sum ("closed down 6%", not "closed down 30 firms").
    """
    token = next((t for t in sent if t.idx - sent.start_char == place), None)
    if token is None or token.i == sent.start:
        return False
    verb = token.nbor(-1)
    is_verb = verb.pos_ == "VERB" and (token.dep_ == "compound:prt" or token.head == verb)
    return (
        is_verb and verb.lower_ not in _changes().moving and not (moves and verb.lower_ in _MOVED)
    )


_SHARES = frozenset({"cent", "percent", "%", "points", "point"})


def _moved_by_parse(sent: Span, start: int) -> str | None:
    """Follow the parse from a figure with "by" or "to" up to a verb of moving."""
    place = sent.start_char + start
    token: Token | None = next((t for t in sent if t.idx <= place < t.idx + len(t)), None)
    for _ in range(4):
        if token is None or token.head.i == token.i:
            return None
        preposition = next((c.lower_ for c in token.children if c.dep_ == "case"), None)
        verb = token.head
        if preposition == "to" and verb.lower_ in _SHARES and verb.i < token.i:
            token = verb  # "grew 11.3 per cent to 96.2 billion"
            while token.head.i != token.i and token.pos_ != "VERB":
                token = token.head
            return _changes().moving.get(token.lower_)
        if preposition in {"by", "to"} and verb.pos_ in {"VERB", "NOUN"}:
            return _changes().moving.get(verb.lower_) if verb.i < token.i else None
        if preposition is not None:
            return None
        token = token.head
    return None
