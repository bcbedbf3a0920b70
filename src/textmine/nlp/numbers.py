"""Numbers in running text, as digits and as words, with their values."""

from __future__ import annotations

import re
from dataclasses import dataclass

_UNITS = {
    word: value
    for value, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
    )
}
_TENS = {
    word: 10 * value
    for value, word in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], 2
    )
}
_SCALES = {
    "hundred": 1e2, "thousand": 1e3, "lakh": 1e5, "lac": 1e5, "million": 1e6, "crore": 1e7,
    "billion": 1e9, "trillion": 1e12, "quadrillion": 1e15, "dozen": 12.0,
}  # fmt: skip
#: Letters glued to digits: "$2.3bn", "45k", "187M". "m" alone is a million only after money.
_SUFFIXES = {
    "k": 1e3, "mn": 1e6, "mln": 1e6, "mio": 1e6, "bn": 1e9, "bln": 1e9, "tn": 1e12, "trn": 1e12,
    "cr": 1e7, "m": 1e6, "b": 1e9, "t": 1e12,
}  # fmt: skip
_FRACTIONS = {"½": 0.5, "¼": 0.25, "¾": 0.75, "⅓": 1 / 3, "⅔": 2 / 3, "⅕": 0.2, "⅛": 0.125}

_SMALL = "|".join([*_UNITS, *_TENS])
_SCALE = r"(?:hundred|thousand|lakh|lac|million|crore|billion|trillion|quadrillion|dozen)"
_DIGITS = (
    r"\d{1,3}(?:,\d{2,3})*,\d{3}(?:\.\d+)?"  # 1,234,567.8 and 12,34,567
    r"|\d{1,3}(?:\.\d{3}){2,}"  # 1.234.567
    r"|\d{1,3}(?:[ \u202f\u00a0]\d{3})+(?![\d])"  # 12 345
    r"|\d+(?:\.\d+)?|\.\d+"
)
_NUMERAL = re.compile(
    rf"(?<![\w.,])(?P<digits>{_DIGITS})(?P<fraction>[{''.join(_FRACTIONS)}])?"
    rf"(?:(?P<suffix>(?:mn|mln|mio|bn|bln|tn|trn|[kKMBT]|m|b|cr)\b)"
    rf"|(?P<scales>(?:[ \u00a0-]{_SCALE}s?\b)+)|(?:[ \u00a0](?P<abbrev>(?:mn|mln|bn|bln|tn|trn|cr)\b)))?",
    re.IGNORECASE,
)
_WORDS = re.compile(
    rf"\b(?P<half>half an? (?={_SCALE}\b))?"
    rf"(?P<words>(?:an?|{_SMALL}|{_SCALE})(?:(?:[ -]| and )(?:{_SMALL}|{_SCALE}))*)"
    rf"(?P<ahalf> and a half)?(?P<after>(?:[ -]{_SCALE})*)\b",
    re.IGNORECASE,
)
_SINGLE = re.compile(
    rf"\b(?P<half>)(?P<words>(?:(?:{'|'.join(_TENS)})-(?:{'|'.join(_UNITS)})|{_SMALL})(?:[ -]{_SCALE})*)(?P<ahalf>(?!))?(?P<after>(?!))?\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Number:
    """A number at ``start``-``end``; ``spelled`` if in words, ``scaled`` if it has a scale."""

    start: int
    end: int
    value: float
    spelled: bool = False
    scaled: bool = False
    suffix: str = ""


def _digits_value(text: str) -> float:
    if re.fullmatch(r"\d{1,3}(?:\.\d{3}){2,}", text):
        text = text.replace(".", "")
    return float(re.sub(r"[,\s]", "", text))


def _tidy(value: float) -> float:
    """Take off the noise of binary multiplication: 2.3 * 1e9 must be 2300000000."""
    return float(f"{value:.12g}")


def words_value(words: list[str]) -> float | None:
    """Return the value of number words in order ("two hundred and five thousand"), or None."""
    total = group = 0.0
    seen = False
    last_small: float | None = None
    for word in words:
        if word in {"and", ""}:
            continue
        if word in {"a", "an"}:
            if seen:
                return None
            group, seen = 1.0, True
        elif word in _UNITS or word in _TENS:
            value = float(_UNITS.get(word, _TENS.get(word, 0)))
            # "twenty five" adds up, "nineteen ninety" and "two three" do not.
            if last_small is not None and not (last_small in _TENS.values() and value < 10):
                return None
            group = value if not seen else group + value
            seen, last_small = True, value
            continue
        elif word in _SCALES:
            scale = _SCALES[word]
            if scale in {100.0, 12.0}:
                group = (group or 1.0) * scale
            else:
                total += (group or 1.0) * scale
                group = 0.0
            seen = True
        else:
            return None
        last_small = None
    return total + group if seen else None


def find_numbers(text: str) -> list[Number]:
    """Find the numbers in ``text``, left to right, not overlapping.

    "a" and "an" count only before a scale ("a million"); a bare scale word ("million") is none.
    """
    found: list[Number] = []
    for match in _NUMERAL.finditer(text):
        value = _digits_value(match.group("digits"))
        value += _FRACTIONS.get(match.group("fraction") or "", 0.0)
        suffix = (match.group("suffix") or match.group("abbrev") or "").lower()
        scaled = bool(suffix)
        value *= _SUFFIXES.get(suffix, 1.0)
        for scale in re.findall(r"[a-z]+", (match.group("scales") or "").lower()):
            value *= _SCALES[scale.rstrip("s")]
            scaled = True
        found.append(Number(match.start(), match.end(), _tidy(value), False, scaled, suffix))
    taken = [(n.start, n.end) for n in found]
    for match in _WORDS.finditer(text):
        if any(a < match.end() and match.start() < b for a, b in taken):
            continue
        number = _spelled(match)
        if number:
            found.append(number)
        else:
            # "ten and twenty", "two three": numbers side by side, each for itself.
            for part in _SINGLE.finditer(text, match.start(), match.end()):
                number = _spelled(part)
                if number:
                    found.append(number)
    return sorted(found, key=lambda number: number.start)


def _spelled(match: re.Match[str]) -> Number | None:
    words = re.split(r"[ -]+", match.group("words").lower())
    start, end = match.start("words"), match.end("words")
    while words and words[-1] == "and":
        words.pop()
    if words in (["a"], ["an"]) or (words and words[0] in _SCALES):
        # "hundred", "millions of": no number without a leading word, but for "half a million".
        if not match.group("half") and words[0] not in {"a", "an"}:
            return None
        if words in (["a"], ["an"]):
            return None
    if words[0] in {"a", "an"} and words[1] not in _SCALES:
        return None
    value = words_value(words)
    if value is None:
        return None
    if match.group("half"):
        start, value = match.start("half"), value / 2
    if match.group("ahalf"):
        value, end = value + 0.5, match.end("ahalf")
    for scale in re.findall(r"[a-z]+", (match.group("after") or "").lower()):
        value *= _SCALES[scale]
        end = match.end("after")
    scaled = any(word in _SCALES for word in words) or bool(match.group("after"))
    return Number(start, end, _tidy(value), True, scaled)
