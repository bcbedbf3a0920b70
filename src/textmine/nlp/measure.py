"""What stands around a number: currency, percent sign, unit, words of change."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from textmine.nlp.numbers import Number
from textmine.nlp.vocabulary import read_rules


@dataclass(frozen=True, slots=True)
class Measured:
    """A number with its unit; ``head`` is the offset of the word the parse hangs it on."""

    start: int
    end: int
    kind: str
    value: float
    unit: str | None = None
    currency: str | None = None
    head: int | None = None
    verb: str | None = None


@dataclass(frozen=True, slots=True)
class _Currencies:
    before: re.Pattern[str]
    after: re.Pattern[str]
    codes: dict[str, str]
    minor: dict[str, str]
    shared: dict[str, dict[str, Any]]


@lru_cache(maxsize=1)
def _currencies() -> _Currencies:
    table = dict(read_rules("currencies"))
    shared = table.pop("shared")
    symbols: dict[str, str] = {}
    words: dict[str, str] = {}
    minor: dict[str, str] = {}
    for code, entry in table.items():
        symbols.setdefault(code, code)
        for symbol in entry["symbols"]:
            symbols.setdefault(symbol, code)
        for word in entry["words"]:
            for form in (word, f"{word}s"):
                words.setdefault(form, code)
        for word in entry.get("minor", []):
            for form in (word, f"{word}s"):
                minor.setdefault(form, code)
    words.update({name: entry["default"] for name, entry in shared.items()})
    words.update({f"{name}s": entry["default"] for name, entry in shared.items()})
    before = "|".join(re.escape(s) for s in sorted(symbols, key=len, reverse=True))
    named = sorted([*words, *minor], key=len, reverse=True)
    after = "|".join(re.escape(word) for word in named)
    codes = "|".join(
        re.escape(s)
        for s in sorted(symbols, key=len, reverse=True)
        if len(s) > 1 or not s.isalpha()
    )
    return _Currencies(
        re.compile(rf"(?<![A-Za-z])({before})\s?$"),
        re.compile(rf"[\s-]?(?:(?i:({after}))(?![\w-])|({codes})(?!\w))"),
        {**symbols, **words},
        minor,
        shared,
    )


def _resolve(word: str, context: str) -> str | None:
    """Return a currency's code; one name of several currencies is told by the countries named."""
    tables = _currencies()
    single = word if word in tables.shared else word.removesuffix("s")
    entry = tables.shared.get(single)
    if not entry:
        return tables.codes.get(word)
    lowered = context.lower()
    counts = {
        code: sum(lowered.count(place) for place in places)
        for code, places in entry.items()
        if code != "default"
    }
    best = max(counts, key=lambda code: counts[code])
    return best if counts[best] else str(entry["default"])


#: "$40 a tonne", "5,200 ringgit a month": the price is per this.
_PER = re.compile(
    r"(?:,? (?:an?|per|each|every) |/)(?!year-|few|lot|share price|third|quarter|half)(?P<unit>[a-z]+(?:[ -](?:hour|meter|metre|foot|kilometer|kilometre|inch))?)\b"
)
_PER_WORDS = re.compile(
    r"^(tonne|ton|kilogram|kilo|kg|gram|litre|liter|barrel|gallon|hectare|acre|pound|ounce|bushel|watt"
    r"|kilowatt|megawatt|gigawatt|kilowatt-hour|megawatt-hour|kwh|mwh|share|unit|piece|month|year|week|day|hour"
    r"|minute|person|head|household|student|worker|employee|vehicle|car|customer|user|subscriber|passenger"
    r"|trip|ride|night|mile|kilometer|kilometre|km|bag|sack|crate|box|tray|ticket|seat|bed|book|copy|panel|cell|chip"
    r"|wafer|square (?:meter|metre|foot)|cubic (?:meter|metre|foot)|capita|transaction|transfer|device|kit|dose|bottle|carton|plot|scene|image|session|visit|quarter|terabyte|gigabyte|megabyte|scooter|bike|bus|truck|lorry|drone|robot|phone|call|message|employee|shareholder|acre|tree|cow|animal|room|meal|kilo|stake|licence|license|site|home|house|family|farmer|pupil|child|patient|visitor|ride|delivery|order|parcel|letter|page|word|line|battery|module|plate|pack|bulb|meter|metre|foot|floor|block|coin|token|point|percentage point)$"
)


def _per(text: str, end: int) -> tuple[int, str] | None:
    match = _PER.match(text, end)
    if not match or re.match(
        r"\s(?:earlier|ago|before|later|previously|prior)\b", text[match.end() :]
    ):
        return None
    unit = match.group("unit")
    for candidate in (unit, unit.split(" ")[0]):
        if _PER_WORDS.fullmatch(candidate):
            canonical = _units().words.get(candidate, candidate).replace(" ", "_")
            return match.start("unit") + len(candidate), canonical
    return None


def money(text: str, number: Number, context: str) -> Measured | None:
    """Read an amount of money: "$2.3bn", "US$ 40 a tonne", "2.8 billion ringgit", "50 cents"."""
    tables = _currencies()
    value, start, end = number.value, number.start, number.end
    code = None
    before = tables.before.search(text[max(0, start - 8) : start])
    if before:
        symbol = before.group(1)
        spaced = before.group(0) != symbol
        # One capital letter is a currency only when glued to the digits: "R500", "K 20" is not.
        if not (symbol.isalpha() and len(symbol) == 1 and spaced):
            code = _resolve(symbol, context) or tables.codes.get(symbol)
            start -= len(before.group(0))
    after = tables.after.match(text, end)
    head = None
    if after:
        word = (after.group(1) or "").lower() or after.group(2)
        if word in tables.minor:
            if code is None:
                code, value, end = tables.minor[word], value / 100, after.end()
                head = after.start(1)
        elif code is None or after.group(1):
            named = _resolve(word, context) or tables.codes.get(word)
            if (
                code is None
                and word in {"pound", "pounds"}
                and re.match(r" of\b", text[after.end() :])
            ):
                return None
            if code is None or len(word.split()) > 1:
                code, end = named, after.end()
                head = after.start(1) if after.group(1) else after.start(2)
    if code is None or (number.suffix == "t" and not before):
        return None
    per = _per(text, end)
    unit = None
    if per:
        end, unit = per
    return Measured(
        start, end, "money", value, unit, code, head if head is not None else number.end - 1
    )


_PERCENT = re.compile(
    r"(?:\s?[%％]|[\s-](?:per ?cent|pct\b))(?P<points>[ -]points?)?(?! ?of a (?:percentage )?point)",
    re.IGNORECASE,
)
_POINTS = re.compile(
    r"[\s-](?:(?P<pp>percentage[ -]points?|pp\b)|(?P<bp>basis[ -]points?|bps?\b))", re.IGNORECASE
)


def percent(text: str, number: Number, context: str) -> Measured | None:
    """Read a share: "12%", "12 per cent", "three percentage points", "25 basis points"."""
    match = _POINTS.match(text, number.end)
    if match:
        basis = match.group("bp") is not None
        unit = "basis_point" if basis else "percentage_point"
        return Measured(
            number.start, match.end(), "percent", number.value, unit, head=match.end() - 1
        )
    match = _PERCENT.match(text, number.end)
    if not match:
        return None
    unit = "percentage_point" if match.group("points") else "percent"
    start = number.start - (
        text[number.start - 1 : number.start] in {"-", "−"}
        and (number.start < 2 or text[number.start - 2].isspace())
    )
    value = -number.value if start < number.start else number.value
    return Measured(start, match.end(), "percent", value, unit, head=match.end() - 1)


@dataclass(frozen=True, slots=True)
class _Units:
    words: dict[str, str]
    symbols: dict[str, str]
    pattern: re.Pattern[str]


@lru_cache(maxsize=1)
def _units() -> _Units:
    words: dict[str, str] = {}
    symbols: dict[str, str] = {}
    for group in read_rules("units").values():
        for name, forms in group.items():
            words |= dict.fromkeys(forms["words"], name)
            symbols |= dict.fromkeys(forms["symbols"], name)
    named = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    short = "|".join(re.escape(symbol) for symbol in sorted(symbols, key=len, reverse=True))
    return _Units(
        words,
        symbols,
        re.compile(rf"[\s-]?(?:(?P<word>(?i:{named}))|(?P<symbol>{short}))(?![\w²³])"),
    )


#: "5m cars", "40m more people" against "5m tall", "a 5m wall".
_COUNTED_MILLIONS = re.compile(
    r"(?:[ -](?!(?:tall|high|long|wide|deep|thick|above|below|from|of|to|away|apart|off|in|and|or|by|at|on|for|"
    r"per|a|an|the|is|was|were|are|with|x)\b)[a-z-]+){0,2}?[ ](?:people|children|men|women|cattle|sheep|"
    r"(?!always|perhaps|towards|across|less|was|is|this|has|his|its)[a-z-]{2,}s)\b"
)
_TEMPERATURE = re.compile(
    r"\s?(?:°\s?|º\s?|degrees? )?(?P<scale>(?<=[\d°º])(?-i:[CF])|(?<=[°º] )(?-i:[CF])|Celsius|centigrade|Fahrenheit)\b",
    re.IGNORECASE,
)


def quantity(text: str, number: Number, context: str) -> Measured | None:
    """Read a physical quantity or temperature: "340 megawatts", "40-hectare", "30°C"."""
    match = _TEMPERATURE.match(text, number.end)
    if match:
        scale = "celsius" if match.group("scale")[0].lower() == "c" else "fahrenheit"
        return Measured(
            number.start, match.end(), "temperature", number.value, f"degree_{scale}",
            head=match.end() - 1,
        )  # fmt: skip
    units = _units()
    # "5m" was read as five million: with no currency beside it and nothing to count, it is metres.
    if number.suffix == "m" and text[number.end - 1] == "m":
        if _COUNTED_MILLIONS.match(text, number.end):
            return None
        bare = float(re.sub(r"[^\d.]", "", text[number.start : number.end - 1]) or 0)
        return Measured(number.start, number.end, "quantity", bare, "meter", head=number.start)
    match = units.pattern.match(text, number.end)
    if not match:
        return None
    word = match.group("word")
    # "5 W" may be anything; "5W" is power.
    if match.group("symbol") in {"V", "W", "L", "MP"} and text[number.end].isspace():
        return None
    unit = units.words[word.lower()] if word else units.symbols[match.group("symbol")]
    # "Two yards" of a port or a prison are counted, not measured.
    if unit == "yard" and number.spelled:
        return None
    end = match.end()
    return Measured(number.start, end, "quantity", number.value, unit, head=end - 1)


_DURATION = re.compile(
    r"[\s-](?:(?:more|full|consecutive|straight|long|short|calendar|working|business) )?"
    r"(?P<unit>second|minute|hour|day|night|week|fortnight|month|quarter|year|decade|century|centurie)s?(?:['’])?"
    r"(?![\w]|-(?:old|high|low|end|ahead))",
    re.IGNORECASE,
)


def duration(text: str, number: Number, context: str) -> Measured | None:
    """Read a span of time: "three years", "18-month"."""
    match = _DURATION.match(text, number.end)
    if not match or (
        number.spelled
        and text[number.start : number.end].lower() == "one"
        and "-" not in match.group(0)
        and re.match(r" (?:of|when|after)\b", text[match.end() :])
    ):
        return None
    unit = match.group("unit").lower()
    unit = "century" if unit == "centurie" else unit
    return Measured(number.start, match.end(), "duration", number.value, unit, head=match.end() - 1)


_MULTIPLES = {
    "double": 2.0, "doubled": 2.0, "doubles": 2.0, "doubling": 2.0, "triple": 3.0, "tripled": 3.0,
    "triples": 3.0, "tripling": 3.0, "treble": 3.0, "trebled": 3.0, "trebling": 3.0,
    "quadruple": 4.0, "quadrupled": 4.0, "quadrupling": 4.0, "quintupled": 5.0, "halve": 0.5,
    "halved": 0.5, "halving": 0.5, "halves": 0.5, "twice": 2.0, "thrice": 3.0, "twofold": 2.0,
    "threefold": 3.0, "fourfold": 4.0, "fivefold": 5.0, "sixfold": 6.0, "sevenfold": 7.0,
    "eightfold": 8.0, "ninefold": 9.0, "tenfold": 10.0, "hundredfold": 100.0, "thousandfold": 1000.0,
}  # fmt: skip
_RISING = {
    word
    for word in _MULTIPLES
    if word.startswith(("doubl", "tripl", "trebl", "quadrupl", "quintupl"))
}
_FRACTION = {"half": 1 / 2, "third": 1 / 3, "quarter": 1 / 4, "fifth": 1 / 5, "sixth": 1 / 6,
             "seventh": 1 / 7, "eighth": 1 / 8, "tenth": 1 / 10, "hundredth": 1 / 100}  # fmt: skip
_COUNT_WORD = {
    "a": 1,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
}
_MULTIPLE_WORD = re.compile(
    rf"\b({'|'.join(_MULTIPLES)})\b(?! (?:down|check|digit|standard|room|bed|major))", re.IGNORECASE
)
_FOLD = re.compile(r"\b(\d+(?:\.\d+)?|[a-z]+(?:-[a-z]+)?)[ -]?fold\b", re.IGNORECASE)
_FRACTION_OF = re.compile(
    r"\b(?:(?P<count>a|one|two|three|four|five|six|seven|eight|nine)[ -](?P<part>third|quarter|fifth|sixth|seventh|eighth|tenth|hundredth)s?"
    r"(?= (?:of|the|as|more|less|faster|cheaper|higher|lower|larger|smaller|in|on|since|between)\b|[,.;]|-)(?! of (?:\d{4}|the (?:year|century)))"
    r"|(?P<half>half)(?: of)?(?= (?:the|its|their|his|her|our|all|of|as|that|those|these|what)\b))(?! quarter)",
    re.IGNORECASE,
)
_TIMES = re.compile(
    r"[\s-]?(?:(?P<times>times)(?= (?:as|more|less|larger|bigger|greater|higher|smaller|faster|cheaper|the|that|its|their|what|over|earnings|sales|revenue|annual|cheaper|longer|stronger|fewer|better|worse|heavier|lighter|oversubscribed)\b|[,.;]|$)|(?P<x>[x×])(?!\w))"
)


def multiple(text: str) -> list[Measured]:
    """Find multiples and fractions: "doubled", "threefold", "16 times as many", "a third of"."""
    from textmine.nlp.numbers import find_numbers

    out: list[Measured] = []
    for match in _MULTIPLE_WORD.finditer(text):
        word = match.group(1).lower()
        verb = "up" if word in _RISING and word.endswith(("d", "ing", "s")) else None
        verb = "down" if word.startswith("halv") else verb
        out.append(Measured(match.start(), match.end(), "multiple", _MULTIPLES[word], verb=verb))
    for match in _FOLD.finditer(text):
        numbers = find_numbers(match.group(1))
        if len(numbers) == 1 and match.group(0).lower() not in _MULTIPLES:
            out.append(Measured(match.start(), match.end(), "multiple", numbers[0].value))
    for match in _FRACTION_OF.finditer(text):
        part = match.group("part")
        value = (
            0.5
            if match.group("half")
            else _COUNT_WORD[match.group("count").lower()] * _FRACTION[part.lower()]
        )
        end = match.end("half") if match.group("half") else match.end()
        out.append(Measured(match.start(), end, "multiple", round(value, 4)))
    for number in find_numbers(text):
        found = _TIMES.match(text, number.end)
        if found:
            out.append(Measured(number.start, found.end(), "multiple", number.value))
        elif re.search(r"\bfactor of $", text[max(0, number.start - 12) : number.start]):
            out.append(Measured(number.start, number.end, "multiple", number.value))
    return out
