"""What stands around a number: percent sign, unit, time, times; money is in ``money``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from textmine.nlp.numbers import Number, find_numbers, tidy
from textmine.nlp.vocabulary import read_rules


@dataclass(frozen=True, slots=True)
class Measured:
    """A number with its unit; ``head`` is the offset of the word the parse hangs it on.

    ``high`` is the upper end of a vague number ("millions of dollars").
    """

    start: int
    end: int
    kind: str
    value: float
    unit: str | None = None
    currency: str | None = None
    head: int | None = None
    verb: str | None = None
    high: float | None = None


#: "$40 a tonne", "5,200 ringgit a month", "$50m-a-year": the price is per this.
_PER = re.compile(
    r"(?: (?:an?|per|each|every) |/|-an?-|-per-| - a - )"
    r"(?!year-|few|lot|share price|third|quarter|half)(?P<unit>[a-z]+(?:[ -](?:hour|meter|metre|foot|kilometer|kilometre|inch))?)\b"
)


@lru_cache(maxsize=1)
def _per_words() -> frozenset[str]:
    return frozenset(read_rules("units")["per"])


def per(text: str, end: int) -> tuple[int, str] | None:
    """Return the end and the unit of "a tonne", "per month" and the like at ``end``, or None."""
    match = _PER.match(text, end)
    if not match or re.match(
        r"\s(?:earlier|ago|before|later|previously|prior)\b", text[match.end() :]
    ):
        return None
    unit = match.group("unit")
    for candidate in (unit, unit.split(" ")[0], unit.split("-")[0]):
        if candidate in _per_words():
            canonical = _units().words.get(candidate, candidate).replace(" ", "_")
            return match.start("unit") + len(candidate), canonical
    return None


_PERCENT = re.compile(
    r"(?:\s?[%％]|[\s-](?:per ?cents?\b|percentage(?! point)|pct\b))(?P<points>[ -]points?)?(?! ?of a (?:percentage )?point)",
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
    return Measured(
        number.start,
        match.end(),
        "percent",
        number.value,
        unit,
        head=match.end() - 1,
        high=number.high,
    )


@dataclass(frozen=True, slots=True)
class _Units:
    words: dict[str, str]
    symbols: dict[str, str]
    pattern: re.Pattern[str]


@lru_cache(maxsize=1)
def _units() -> _Units:
    words: dict[str, str] = {}
    symbols: dict[str, str] = {}
    rules = read_rules("units")
    for group in (rules[name] for name in rules if name != "per"):
        for name, forms in group.items():
            words |= dict.fromkeys(forms["words"], name)
            symbols |= dict.fromkeys(forms["symbols"], name)
    named = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    short = "|".join(re.escape(symbol) for symbol in sorted(symbols, key=len, reverse=True))
    return _Units(
        words,
        symbols,
        re.compile(rf"[\s-]?[\[{{<(]?(?:(?P<word>(?i:{named}))|(?P<symbol>{short}))(?![\w²³])"),
    )


def measures(text: str, end: int) -> bool:
    """Say whether a number that ends at ``end`` has a sign of share or measure: "5.5kWh", "16 inch"; no lone letter."""
    match = _units().pattern.match(text, end)
    return text.startswith("%", end) or (
        match is not None and (match["word"] is not None or len(match["symbol"]) > 1)
    )


#: "5m cars", "40m more people" against "5m tall", "a 5m wall".
_COUNTED_MILLIONS = re.compile(
    r"(?:[ -](?!(?:tall|high|long|wide|deep|thick|above|below|from|of|to|away|apart|off|in|and|or|by|at|on|for|"
    r"per|a|an|the|is|was|were|are|with|x)\b)[a-z-]+){0,2}?[ ](?:people|children|men|women|cattle|sheep|"
    r"(?!always|perhaps|towards|across|less|was|is|this|has|his|its)[a-z-]{2,}s)\b"
)
_TEMPERATURE = re.compile(
    r"\s?(?:°\s?|º\s?|deg(?:rees?|\.)? )?"
    r"(?P<scale>(?<=[\d°º])(?-i:[CF])|(?<=[°º] )(?-i:[CF])|(?<=deg )[CF]|(?<=degrees )[CF]|(?<=degree )[CF]"
    r"|Cel[sc]ius|centigrade|Fah?r?enheit)\b",
    re.IGNORECASE,
)
_DEGREES = re.compile(
    r"\s?(?:°|º|deg(?:rees?\b|\.|\b))(?! (?:of|angle|from|north|south|east|west)\b)", re.IGNORECASE
)
_HEAT = re.compile(
    r"\b(?:temperatures?|thermostat|heat|hot|cold|warm|cool|mercury|fever)", re.IGNORECASE
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
    match = _DEGREES.match(text, number.end)
    if match and _HEAT.search(text):
        return Measured(
            number.start, match.end(), "temperature", number.value, "degree", head=match.end() - 1
        )
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
    value, head = number.value, end - 1
    if unit == "foot" and (inches := _INCHES.match(text, end)):
        value, end = tidy(value + float(inches["count"]) / 12), inches.end()
    if found_per := per(text, end):
        end, unit = found_per[0], f"{unit}_per_{found_per[1]}"
    return Measured(number.start, end, "quantity", value, unit, head=head, high=number.high)


_INCHES = re.compile(r",? (?P<count>1[01]|\d) (?:inch(?:es)?|in)\b")


_DURATION = re.compile(
    r"[\s-](?:(?:more|full|consecutive|straight|long|short|calendar|working|business) )?"
    r"(?P<unit>second|sec|minute|min|hour|hr|day|night|weekend|week|fortnight|month|quarter|year|decade|century|centurie)s?(?:['’])?"
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
    unit = {"centurie": "century", "sec": "second", "min": "minute", "hr": "hour"}.get(unit, unit)
    return Measured(
        number.start,
        match.end(),
        "duration",
        number.value,
        unit,
        head=match.end() - 1,
        high=number.high,
    )


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
    "an": 1,
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
#: "one in five", "two out of every three": a share.
_RATIO = re.compile(
    r"\b(?P<few>one|two|three|four|five|seven|nine|\d{1,2}) (?:in|out of|in every|out of every)"
    r" (?P<many>two|three|four|five|six|seven|eight|nine|ten|twenty|fifty|\d{1,3}(?:,\d{3})*|a (?:hundred|thousand|million))"
    r"(?=[ ,.;]|$)(?! (?:years?|months?|weeks?|days?|hours?|minutes?|games?|matches|innings|per|%|million|billion)\b)"
    r"(?![,.]\d)",
    re.IGNORECASE,
)
_MULTIPLE_WORD = re.compile(
    rf"(?<!-run )\b({'|'.join(_MULTIPLES)})\b(?![ -](?:down|edged|check|digit|standard|room|bed|major|jump|crown|play))",
    re.IGNORECASE,
)
#: "twice the size", "twice as many": how much; "twice elected", "twice a week": how often, which is no figure.
_OFTEN = re.compile(
    r"\b(?:twice|thrice)\b(?! (?:as|the|that|this|its|their|his|her|what|more|those)\b)",
    re.IGNORECASE,
)
_FOLD = re.compile(r"\b(\d+(?:\.\d+)?|[a-z]+(?:-[a-z]+)?)[ -]?fold\b", re.IGNORECASE)
_FRACTION_OF = re.compile(
    r"\b(?:(?P<count>an?|one|two|three|four|five|six|seven|eight|nine)[ -](?P<part>third|quarter|fifth|sixth|seventh|eighth|tenth|hundredth)s?"
    r"(?= (?:of|the|as (?:much|many|large|big|high|long|likely|fast)|more|less|faster|cheaper|higher|lower|larger|smaller|in|on|since|between)\b|[,.;]|-)(?! of (?:\d{4}|the (?:year|century)|an? (?:million|billion|trillion|dozen)))(?!-year)"
    r"|(?P<half>half)(?: of)?(?= (?:the|its|their|his|her|our|all|of|as|that|those|these|what|people)\b))(?! quarter)",
    re.IGNORECASE,
)
_TIMES = re.compile(
    r"[\s-]?(?:(?P<times>times)(?= (?:as|more|less|larger|bigger|greater|higher|smaller|faster|cheaper|the|that|its|their|what|over|earnings|sales|revenue|annual|cheaper|longer|stronger|fewer|better|worse|heavier|lighter|oversubscribed)\b|[,.;]|$)|(?P<x>[x×])(?!\w))"
)


def multiple(text: str) -> list[Measured]:
    """Find multiples and fractions: "doubled", "threefold", "16 times as many", "a third of"."""
    out: list[Measured] = []
    for match in _MULTIPLE_WORD.finditer(text):
        word = match.group(1).lower()
        if _OFTEN.match(text, match.start()):
            continue
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
    for match in _RATIO.finditer(text):
        few, many = find_numbers(match["few"]), find_numbers(match["many"])
        if few and many and few[0].value < many[0].value:
            value = few[0].value / many[0].value
            out.append(Measured(match.start(), match.end(), "multiple", float(f"{value:.6g}")))
    for number in find_numbers(text):
        found = _TIMES.match(text, number.end)
        if found:
            out.append(Measured(number.start, found.end(), "multiple", number.value))
        elif re.search(r"\bfactor of $", text[max(0, number.start - 12) : number.start]):
            out.append(Measured(number.start, number.end, "multiple", number.value))
    return out
