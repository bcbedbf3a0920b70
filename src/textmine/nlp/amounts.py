"""Numbers of a sentence as figures: amounts, shares, measures, spans of time, counts, and their ranges."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from spacy.tokens import Span, Token

from textmine.nlp.change import change_after, change_before, direction, moves_from
from textmine.nlp.counted import counted, governed, token_at, unit_of
from textmine.nlp.measure import Measured, duration, measures, multiple, per, percent, quantity
from textmine.nlp.money import money
from textmine.nlp.numbers import SCALES, Number, find_numbers

_RANGE_JOIN = re.compile(r"\s?[-–—]\s?|\s+to\s+|\s+through\s+|\s+and\s+|\s+or\s+")


@dataclass(frozen=True, slots=True)
class FoundFigure:
    """A figure before it is a record; ``of`` is a span of the Doc's characters.

    ``head`` is the offset of the word the parse hangs it on, ``noun`` what a count counts; ``scaled``
    says whether its own words give its scale.
    """

    start: int
    end: int
    kind: str
    value: float | str | None
    low: float | str | None = None
    high: float | str | None = None
    unit: str | None = None
    currency: str | None = None
    change: str = "="
    of: tuple[int, int] | None = None
    period: str | None = None
    head: int | None = None
    noun: Token | None = None
    scaled: bool = False
    scale_inferred: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """A Doc's text and names, taken once: the Doc gathers them anew at each use."""

    text: str
    names: tuple[Span, ...]


#: So many characters before a number are looked at for what it is.
_BACK = 40
#: "2-0", "6-4": a result, no figure; the greater number first.
_SCORE = re.compile(
    r"(\d)[-–](\d)(?![\w%-]|[.,]\d)(?!\s*(?:per ?cent|percent|million|billion|years?|months?)\b)"
)


#: "scp-173m", "F-16": a hyphen ties the number to a name.
_CODE = re.compile(
    r"\b(?!(?:sub|mid|pre|post|under|over|minus|plus|ultra|super)-)[A-Za-z]+-$", re.IGNORECASE
)
_PHONE = re.compile(r"\+?\d{1,4}(?:[ -]\(?\d{2,5}\)?){2,4}(?<=\d{4})(?![\w,.]\d)")


def _is_priced(text: str, number: Number) -> bool:
    """Say whether a number inside a name bears a sign of money, share, scale or measure: "EUR 125"."""
    sign = re.search(
        r"(?:[$€£¥₹]|\b[A-Z]{3,4}\$?) ?$", text[max(0, number.start - _BACK) : number.start]
    )
    is_scaled = number.scaled and not number.spelled  # "4.3M digital sales of The ..."
    return sign is not None or is_scaled or measures(text, number.end)


def find_amounts(
    page: Page, sent: Span, taken: list[tuple[int, int]], names: list[tuple[int, int]]
) -> Iterator[FoundFigure]:
    """Yield the figures of a sentence but for dates, ages and ranks; offsets are the sentence's.

    ``taken`` are stretches whose numbers are something else; ``names`` hold prices and measures only.
    """
    text = sent.text
    inside = [*taken, *(match.span() for match in _PHONE.finditer(text))]
    numbers = [
        number
        for number in find_numbers(text)
        if not any(a < number.end and number.start < b for a, b in inside)
        and not _CODE.search(text[max(0, number.start - _BACK) : number.start])
        and not (
            any(a < number.end and number.start < b for a, b in names)
            and not _is_priced(text, number)
        )
    ]
    skip: set[int] = set()
    yield from _word_multiples(text, sent)
    for n, number in enumerate(numbers):
        if n in skip:
            continue
        if (score := _SCORE.match(text, number.start)) and score.group(1) >= score.group(2):
            skip.add(n + 1)
            continue
        following = numbers[n + 1] if n + 1 < len(numbers) else None
        ranged = _range(page, sent, text, number, following) if following else None
        if ranged:
            skip.add(n + 1)
            yield ranged
            continue
        figure = _single(page, sent, text, number)
        if figure:
            yield figure


def _word_multiples(text: str, sent: Span) -> Iterator[FoundFigure]:
    """ "doubled", "halved", "twice", "threefold", "a third of"."""
    for measured in multiple(text):
        before = _bounded(change_before(text, measured.start), change_after(text, measured.end))
        change = (
            (before if before in {">", "<"} else None)
            or measured.verb
            or direction(sent, measured.start, measured.end)
            or before
            or "="
        )
        yield FoundFigure(
            measured.start,
            measured.end,
            "multiple",
            measured.value,
            change=change,
            head=measured.start,
        )


def _read(text: str, number: Number, page: Page) -> Measured | None:
    """Read what stands around a number: the first of these kinds that fits."""
    for reader in (money, percent, duration, quantity):
        measured = reader(text, number, page.text)
        if measured:
            return measured
    return None


def _single(page: Page, sent: Span, text: str, number: Number) -> FoundFigure | None:
    measured = _read(text, number, page)
    if measured is None:
        return _count(sent, text, number)
    return _finish(sent, text, _signed(text, measured), scaled=number.scaled)


_SIGN = re.compile(r"(?:(?<![\w)])(?P<sign>[-−–+])|\b(?P<word>minus|plus)[ -])$", re.IGNORECASE)


def _signed(text: str, measured: Measured) -> Measured:
    """Take a sign before an amount, a share or a measure into it: "-3%", "minus 12 degrees", "+0.2%"."""
    sign = _SIGN.search(text[: measured.start])
    if not sign or measured.value <= 0 or measured.kind == "duration":
        return measured
    if (sign["sign"] or sign["word"].lower()) in {"+", "plus"}:
        return replace(measured, verb="up") if sign["sign"] else measured
    return replace(measured, start=sign.start(), value=-measured.value)


def _finish(
    sent: Span, text: str, measured: Measured, low: float | None = None, *, scaled: bool = False
) -> FoundFigure:
    high = measured.value if low is not None else measured.high
    low = measured.value if low is None and measured.high is not None else low
    return FoundFigure(
        measured.start,
        measured.end,
        measured.kind,
        None if low is not None else measured.value,
        low,
        high,
        measured.unit,
        measured.currency,
        measured.verb or _change(sent, text, measured),
        head=measured.head if measured.head is not None else measured.start,
        scaled=scaled,
    )


def _change(sent: Span, text: str, measured: Measured) -> str:
    before = change_before(text, measured.start)
    if measured.kind == "duration":
        # "over three years", "within a month" place a span of time, they do not bound it.
        placed = re.search(
            r"\b(over|past|under)\s+(the\s+)?$|\bwithin the $", text[: measured.start], re.I
        )
        return "=" if placed else before or change_after(text, measured.end) or "="
    after = change_after(text, measured.end)
    bound = _bounded(before, after)
    if bound in {">", "<"}:
        return bound
    return direction(sent, measured.start, measured.end) or before or after or "="


def _bounded(before: str | None, after: str | None) -> str | None:
    """Of the words before and after a figure those that bound it win over "about"."""
    return next((sign for sign in (before, after) if sign in {">", "<"}), before or after)


def _range(page: Page, sent: Span, text: str, first: Number, second: Number) -> FoundFigure | None:
    """Read "2 to 3 million", "$10-15 billion", "between 5% and 8%" as one figure, or None."""
    high = _read(text, second, page)
    low = _read(text, first, page)
    begin = low.start if low else first.start
    left_end = low.end if low else first.end
    right_start = high.start if high else second.start
    gap = text[left_end:right_start]
    if first.high or second.high or not _RANGE_JOIN.fullmatch(gap):
        return None
    word = gap.strip().lower()
    before = text[max(0, begin - 12) : begin].lower()
    if word in {"and"} and not before.rstrip().endswith("between"):
        return None
    if word == "or" and not (first.spelled and second.value == first.value + 1):
        return None
    if word == "to" and moves_from(text[max(0, begin - 40) : begin]):
        return None
    if low and not high and low.start < first.start and first.scaled <= second.scaled:
        # "$10-15 billion", "$3tn-4tn": the symbol before the first counts for both.
        high = replace(low, start=second.start, end=second.end, value=second.value)
    if low and high and low.unit is None and (low.kind, low.currency) == (high.kind, high.currency):
        low = replace(low, unit=high.unit)  # "between $48,000 and $90,000 a year"
    if low and high and (low.kind, low.unit, low.currency) != (high.kind, high.unit, high.currency):
        return None
    low_value = low.value if low else first.value
    if high is None:
        count = _count(sent, text, second)
        if low or count is None:
            return None
        high_value = second.value
        if second.scaled and not first.scaled and low_value < 1000:
            low_value = low_value * _scale_of(second, text)
        if low_value >= high_value:
            return None
        return replace(
            count, start=begin, value=None, low=low_value, high=high_value,
            change=_bound_of(change_before(text, begin)),
        )  # fmt: skip
    if low is None or not first.scaled:
        factor = _scale_of(second, text) if second.scaled and not first.scaled else 1.0
        if low is None or low_value * factor <= high.value:
            low_value *= factor
    if low_value >= high.value:
        return None
    figure = _finish(sent, text, replace(high, start=begin), low_value, scaled=second.scaled)
    return replace(figure, change=_bound_of(figure.change))


def _bound_of(change: str | None) -> str:
    """A range says itself how far it reaches: only a movement or "about" is left to tell."""
    return change if change in {"up", "down", "~"} else "="


_SCALE_WORD = re.compile("|".join(word for word in SCALES if word != "dozen"))


def _scale_of(number: Number, text: str) -> float:
    """Return the power of ten that a number's scale word stands for."""
    digits = re.match(r"[\d.,]+", text[number.start : number.end])
    if digits:
        return number.value / float(digits.group().replace(",", "").rstrip("."))
    word = _SCALE_WORD.search(text[number.start : number.end])
    return SCALES[word.group()] if word else 1.0


#: "9 a.m.", "200 B.C.", "ten o'clock".
_CLOCK = re.compile(
    r"(?:\s?(?:[ap]\.?m\b\.?|[AP]\.?M\b)|[ -]o[’']clock|\s(?:B\.?C\.?E?|A\.?D|C\.?E)\b)"
)
#: "A.D. 250", "level 9", "section 110B", "Highway 5", and the marker of a list: no figures.
_ERA = re.compile(r"\bA\.?D\.? $")
_LABEL = re.compile(
    r"\b(?:level|section|article|chapter|paragraph|page|grade|class|room|gate|platform|highway|route|road"
    r"|channel|phase|day|week|round|episode|season|game|match|step|part|volume|version|schedule|clause|category|tier"
    r"|flight|bus|line|pier|terminal|block|lot|zone|district|ward|appendix|annex|figure|table|form|type|model|mark|bill|case|resolution|decree|law|act|order)s? $",
    re.IGNORECASE,
)
_NET = re.compile(r"\bnet[ -]$", re.IGNORECASE)  # "net zero" is the name of an aim
_MARKER = re.compile(r"[.)](?:\s|[\"“])")
_ELIDED_BEFORE = re.compile(
    r"(?:\b(?:and|or|from|to|than|against|including|with|versus|whom|which)\s(?:\w+\s){0,2}|, )$"
)


_MEMBERED = re.compile(r"-(?P<noun>[a-z]+)(?![\w-]*-(?:based|old))")
_NO_MEMBERS = frozenset(
    "wheeler wheelers way off time fold star piece part wheel door dimensional dash edged handed pronged legged sided thirds tier "
    "tiered a to plus odd something and minute hour day".split()
)


def _membered(sent: Span, text: str, number: Number) -> Token | None:
    """Return the noun that a hyphen ties to its number: the member of "a 27-member bloc"."""
    match = _MEMBERED.match(text, number.end)
    if not match or match["noun"] in _NO_MEMBERS:
        return None
    token = token_at(sent, match.start("noun"))
    return (
        token
        if token is not None and token.pos_ == "NOUN" and token.text == match["noun"]
        else None
    )


def _elides(text: str, number: Number) -> bool:
    """Say whether a number may count what an earlier one counts ("... 40 flats to let and 12 for sale")."""
    if number.spelled and not re.match(r" (?:in|of|at|from|by|for)\b", text[number.end :]):
        return False
    return (
        number.value > 1
        and _ELIDED_BEFORE.search(text[max(0, number.start - 30) : number.start]) is not None
    )


def _bare(number: Number) -> FoundFigure:
    return FoundFigure(number.start, number.end, "count", number.value, head=number.end - 1)


def _count(sent: Span, text: str, number: Number) -> FoundFigure | None:
    """Read a bare number as a count of its noun; None for a pronoun or a number with no noun."""
    if number.end < len(text) and (text[number.end].isalpha() or text[number.end] in "/:"):
        return None
    if _CLOCK.match(text, number.end) or _ERA.search(
        text[max(0, number.start - _BACK) : number.start]
    ):
        return None
    if number.value == 0 and _NET.search(text[max(0, number.start - _BACK) : number.start]):
        return None
    label = _LABEL.search(text[max(0, number.start - 14) : number.start])
    if number.start and text[number.start - 1] in "/:#":
        return None
    if number.start == 0 and not number.spelled and _MARKER.match(text, number.end):
        return None
    token = token_at(sent, number.end - 1)
    if token is None:
        return None
    word = text[number.start : number.end].lower()
    noun = _membered(sent, text, number) or counted(token)
    if (label and noun is None) or (
        label and number.value < 1000 and noun is not None and noun.tag_ == "NN"
    ):
        return None
    if noun is not None and noun.tag_ == "NNP" and noun.text.istitle() and not number.scaled:
        return None  # "787 Dreamliner"
    before = change_before(text, number.start)
    change = _bounded(before, change_after(text, number.end))
    if noun is None:
        is_bounded = change in {">", "<", "~"}
        if number.high is not None and not word.endswith("of"):
            return None
        # "around 1559", "(916-1125)": years.
        is_grouped = re.search(r"\d,\d{3}$|\d\.\d", word) is not None
        is_year = not number.spelled and not is_grouped and 500 < number.value < 2100
        if is_year and change not in {">", "<"} and token.dep_ != "nsubj":
            return None
        if word == "one" or (number.spelled and number.value < 10 and not governed(token)):
            return None
        if not governed(token) and not number.scaled and not is_bounded and not is_grouped:
            return replace(_bare(number), kind="elided") if _elides(text, number) else None
    if word == "one" and (noun is None or text[number.end : number.end + 4] == " of "):
        return None
    end = number.end - (3 if word.endswith(" of") else 0)
    unit = unit_of(noun, token) if noun is not None else None
    if noun is not None and (rate := per(text, noun.idx + len(noun) - sent.start_char)):
        unit = f"{unit} per {rate[1].replace('_', ' ')}"
    bound = change if change in {">", "<"} else None
    vague = number.high is not None
    return FoundFigure(
        number.start, end, "count",
        None if vague else number.value,
        number.value if vague else None,
        number.high,
        unit,
        change=bound or direction(sent, number.start, number.end) or change or "=",
        head=number.end - 1,
        noun=noun,
        scaled=number.scaled,
    )  # fmt: skip
