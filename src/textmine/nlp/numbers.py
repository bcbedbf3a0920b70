"""Numbers in running text, as digits and as words, with their values."""

from __future__ import annotations

import re
from dataclasses import dataclass

from textmine.nlp.vocabulary import read_rules

_UNITS = {
    word: value
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
        "sixteen seventeen eighteen nineteen".split()
    )
}
_TENS = {
    word: 10 * value
    for value, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)
}
SCALES = {
    "hundred": 1e2, "thousand": 1e3, "lakh": 1e5, "lac": 1e5, "million": 1e6, "crore": 1e7,
    "billion": 1e9, "trillion": 1e12, "quadrillion": 1e15, "quintillion": 1e18, "dozen": 12.0,
}  # fmt: skip
#: Letters glued to digits: "$2.3bn", "45k", "187M". "m" alone is a million only after money.
SUFFIXES = {
    "k": 1e3, "mn": 1e6, "mln": 1e6, "mio": 1e6, "bn": 1e9, "bln": 1e9, "tn": 1e12, "trn": 1e12,
    "cr": 1e7, "m": 1e6, "b": 1e9, "t": 1e12,
}  # fmt: skip
_FRACTIONS = {"½": 0.5, "¼": 0.25, "¾": 0.75, "⅓": 1 / 3, "⅔": 2 / 3, "⅕": 0.2, "⅛": 0.125}

_SMALL = "|".join([*_UNITS, *_TENS])
_SCALE = (
    r"(?:hundred|thousand|lakh|lac|million|crore|billion|trillion|quadrillion|quintillion|dozen)"
)
_DIGITS = (
    r"\d{1,3}(?:,\d{2,3})*,\d{3}(?:\.\d+)?"  # 1,234,567.8 and 12,34,567
    r"|\d{1,3}(?:\.\d{3}){2,}"  # 1.234.567
    r"|\d{1,3}(?:[ \u202f\u00a0]\d{3})+(?![\d])"  # 12 345
    r"|\d+(?:\.\d+)?|\.\d+|(?=[½¼¾⅓⅔⅕⅛])"
)
#: Digits may be glued to the letters of a currency: "RM2,000", "USD115".
_GLUED = "|".join(
    rf"(?<=\b{symbol})"
    for code, entry in read_rules("currencies").items()
    if code != "shared"
    for symbol in {code, *entry["symbols"]}
    if symbol.isalpha()
)
_NUMERAL = re.compile(
    rf"(?=[\d.½¼¾⅓⅔⅕⅛])(?:(?<![\w.,])|{_GLUED})(?P<digits>{_DIGITS})(?P<fraction>[{''.join(_FRACTIONS)}])?"
    rf"(?:(?P<suffix>(?:mn|mln|mio|bn|bln|tn|trn|[kKMBT]|m|b|cr)\b)"
    rf"|(?P<scales>(?:[ \u00a0-]{_SCALE}s?\b)+)|(?:[ \u00a0](?P<abbrev>(?:mn|mln|bn|bln|tn|trn|cr)\b)))?",
    re.IGNORECASE,
)
_WORDS = re.compile(
    rf"\b(?P<words>(?:an?|{_SMALL}|{_SCALE})(?:(?:[ -]| and )(?:{_SMALL}|{_SCALE}))*)"
    rf"(?P<ahalf>[ -]and[ -]a[ -]half)?(?P<after>(?:[ -]{_SCALE})*)\b",
    re.IGNORECASE,
)
#: "dozens of", "tens of thousands of", "hundreds of millions of": between the scale and ten times it.
_VAGUE = re.compile(
    r"\b(?:(?P<few>tens|dozens|hundreds|thousands) of )?"
    r"(?P<scale>dozens|hundreds|thousands|lakhs|millions|crores|billions|trillions)\b(?P<of> of\b)?",
    re.IGNORECASE,
)
_FEW = {"tens": 10.0, "dozens": 12.0, "hundreds": 100.0, "thousands": 1000.0}
#: "half a million", "quarter of a billion", "half-dozen".
_PART_OF_SCALE = re.compile(
    r"(?<!\band )(?<!\band a )\b(?:an? )?(?P<part>half|quarter|three[ -]quarters)(?: of)?(?:[ -]an?)?[ -]"
    r"(?P<scale>dozen|million|billion|trillion|lakh|crore)\b",
    re.IGNORECASE,
)
_PARTS = {"half": 0.5, "quarter": 0.25}
_FRACTION_TAIL = re.compile(r"[ \u00a0]?(?<![\d.,])(?P<up>\d{1,2})/(?P<down>\d{1,2})(?![\d/])")
#: "3/4" and no date: the denominators of measures.
_PURE_FRACTION = re.compile(r"/(?P<down>2|3|4|8|16|32)(?![\d/])")
_SINGLE = re.compile(
    rf"\b(?P<words>(?:(?:{'|'.join(_TENS)})-(?:{'|'.join(_UNITS)})|{_SMALL})(?:[ -]{_SCALE})*)(?P<ahalf>(?!))?(?P<after>(?!))?\b",
    re.IGNORECASE,
)


#: "$5 B", "8 B people": a capital apart from its number, where money or people leave no doubt.
_APART = re.compile(
    r"[ \u00a0](?P<scale>[KMBT])(?=(?P<noun> (?:people|users|customers|dollars|euros|pounds)\b)?)(?![\w'’-]| shares)"
)
_MONEY_BEFORE = re.compile(r"[$€£¥₹]\s?$")


@dataclass(frozen=True, slots=True)
class Number:
    """A number at ``start``-``end``; ``spelled`` if in words, ``scaled`` if it has a scale.

    A vague one ("dozens of") reaches from ``value`` to ``high``; its end takes in the "of".
    """

    start: int
    end: int
    value: float
    spelled: bool = False
    scaled: bool = False
    suffix: str = ""
    high: float | None = None


def _digits_value(text: str) -> float:
    if not text:
        return 0.0
    if re.fullmatch(r"\d{1,3}(?:\.\d{3}){2,}", text):
        text = text.replace(".", "")
    return float(re.sub(r"[,\s]", "", text))


def tidy(value: float) -> float:
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
        elif word in SCALES:
            scale = SCALES[word]
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
        value *= SUFFIXES.get(suffix, 1.0)
        for scale in re.findall(r"[a-z]+", (match.group("scales") or "").lower()):
            value *= SCALES[scale.rstrip("s")]
            scaled = True
        end = match.end()
        fraction = None if scaled or match.group("fraction") else _FRACTION_TAIL.match(text, end)
        if fraction and float(fraction["up"]) < float(fraction["down"]):  # "10 1/2"
            value, end = value + float(fraction["up"]) / float(fraction["down"]), fraction.end()
        elif not scaled and (part := _PURE_FRACTION.match(text, end)) and value < int(part["down"]):
            value, end = value / int(part["down"]), part.end()
        apart = None if scaled else _APART.match(text, end)
        if apart and (apart["noun"] or _MONEY_BEFORE.search(text, 0, match.start())):
            value, scaled, end = value * SUFFIXES[apart["scale"].lower()], True, apart.end()
        if found and match.start() < found[-1].end:
            continue
        found.append(Number(match.start(), end, tidy(value), False, scaled, suffix))
    for match in _VAGUE.finditer(text):
        before = text[: match.start()].rstrip(" -").rpartition(" ")[2].lower()
        counted = before in _UNITS or before in _TENS or before[-1:].isdigit()
        if counted or any(n.start < match.end() and match.start() < n.end for n in found):
            continue
        low = SCALES[match["scale"].lower().rstrip("s")] * _FEW.get((match["few"] or "").lower(), 1)
        found.append(Number(match.start(), match.end(), low, True, True, high=10 * low))
    for match in _PART_OF_SCALE.finditer(text):
        value = _PARTS.get(match["part"].lower(), 0.75) * SCALES[match["scale"].lower()]
        found.append(Number(match.start(), match.end(), value, True, True))
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
    if words in (["a"], ["an"]) or (words and words[0] in SCALES):
        # "hundred": no number without a leading word.
        if words[0] not in {"a", "an"}:
            return None
        if words in (["a"], ["an"]):
            return None
    if words[0] in {"a", "an"} and words[1] not in SCALES:
        return None
    value = words_value(words)
    if value is None:
        return None
    if match.group("ahalf"):
        value, end = value + 0.5, match.end("ahalf")
    for scale in re.findall(r"[a-z]+", (match.group("after") or "").lower()):
        value *= SCALES[scale]
        end = match.end("after")
    scaled = any(word in SCALES for word in words) or bool(match.group("after"))
    return Number(start, end, tidy(value), True, scaled)
