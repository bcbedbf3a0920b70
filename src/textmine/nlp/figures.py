"""Figures in a parsed text: amounts, shares, counts, measures, ranks, ages, spans of time, dates.

Rules read the characters (numbers, symbols, units); the parse says what is counted and whether it
rose or fell. Cues and units are data, in ``rules/``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from spacy.tokens import Doc, Span

from textmine.nlp.change import change_after, change_before, direction
from textmine.nlp.counted import (
    counted,
    governed,
    noun_phrase,
    of_measure,
    of_multiple,
    token_at,
    unit_of,
)
from textmine.nlp.dates import find_dates
from textmine.nlp.measure import (
    Measured,
    duration,
    money,
    multiple,
    percent,
    quantity,
)
from textmine.nlp.numbers import Number, find_numbers

MODEL = "figures-1"
_RANGE_JOIN = re.compile(r"\s?[-–—]\s?|\s+to\s+|\s+and\s+|\s+or\s+")
_SUPERLATIVE = re.compile(
    r"(?P<ord>second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|\d{1,3}(?:st|nd|rd|th))"
    r"(?=[ -](?:most|least|best|worst|biggest|largest|smallest|highest|lowest|fastest|richest"
    r"|poorest|busiest|longest|tallest|oldest|youngest|strongest|leading|top|place\b|ranked))",
    re.IGNORECASE,
)
_RANKED = re.compile(
    r"\b(?:(?:No\.|Number|number) ?(?=[\do-t])|No ?(?=\d))(?P<no>\d{1,3}|one|two|three|four|five)\b(?! (?:of|people))"
    r"|\b(?:ranks?|ranked|ranking|came|finished|placed) (?:in )?(?P<ord>first|second|third|fourth|fifth"
    r"|sixth|seventh|eighth|ninth|tenth|\d{1,3}(?:st|nd|rd|th)?)\b"
)
_ORDINALS = {
    word: n
    for n, word in enumerate(
        [
            "first",
            "second",
            "third",
            "fourth",
            "fifth",
            "sixth",
            "seventh",
            "eighth",
            "ninth",
            "tenth",
        ],
        1,
    )
}
_AGE = re.compile(
    r"\b(?P<a>\d{1,3}|[a-z]+(?:-[a-z]+)?)[- ]years?[- ]old\b"
    r"|\b(?:aged|age of|at age) (?P<b>\d{1,3})\b"
    r"|(?<=[a-z’'\.]), (?P<c>[1-9]\d)(?=,(?!\d)|\.(?!\d)|;| who\b)"
    r"|\b(?:turned|turns) (?P<d>[1-9]\d)\b"
)


@dataclass(frozen=True, slots=True)
class FoundFigure:
    """A figure before it is a record; ``of`` is a span of characters."""

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


@dataclass(frozen=True, slots=True)
class _Page:
    """A Doc with its text, taken once: ``doc.text`` joins all tokens anew at each use."""

    doc: Doc
    text: str


def find_figures(doc: Doc, *, published: str | None = None) -> list[FoundFigure]:
    """Find the figures of a parsed Doc, by sentence, left to right, not overlapping."""
    page = _Page(doc, doc.text)
    out: list[FoundFigure] = []
    for sent in doc.sents:
        out.extend(_sentence_figures(page, sent, published))
    return out


def _sentence_figures(page: _Page, sent: Span, published: str | None) -> list[FoundFigure]:
    text, base = sent.text, sent.start_char
    found: list[FoundFigure] = []
    taken: list[tuple[int, int]] = []

    def keep(figure: FoundFigure) -> None:
        if not any(a < figure.end and figure.start < b for a, b in taken):
            taken.append((figure.start, figure.end))
            found.append(figure)

    for figure in (*_ages(text), *_ranks(text)):
        keep(figure)
    for day in find_dates(text, published=published):
        keep(FoundFigure(day.start, day.end, "date", day.value, day.low, day.high))
    names = _name_spans(page, sent)
    for figure in _measures(page, sent, [*taken, *names]):
        keep(figure)
    found.sort(key=lambda figure: figure.start)
    periods = [f for f in found if f.kind == "date" and f.value is not None]
    return [
        replace(
            figure,
            start=figure.start + base,
            end=figure.end + base,
            of=(figure.of[0], figure.of[1]) if figure.of else None,
            period=_period(figure, found, periods),
        )
        for figure in found
    ]


def _period(figure: FoundFigure, found: list[FoundFigure], dates: list[FoundFigure]) -> str | None:
    """Return the sentence's only date, for a figure it can be meant for: one after the date, or the
    last one before it ("47%, up from 13% in 2010": not the first)."""
    if len(dates) != 1 or figure.kind in {"date", "age", "rank", "duration"}:
        return None
    date = dates[0]
    between = [f for f in found if figure.start < f.start < date.start]
    return None if between else str(date.value)


def _name_spans(page: _Page, sent: Span) -> list[tuple[int, int]]:
    """Return the names in a sentence: a number inside one ("Boeing 737") is no figure."""
    base = sent.start_char
    return [
        (ent.start_char - base, ent.end_char - base)
        for ent in page.doc.ents
        if sent.start <= ent.start < sent.end
        and ent.label_
        not in {"DATE", "MONEY", "TIME", "PERCENT", "QUANTITY", "CARDINAL", "ORDINAL"}
        and not ent.text[0].isdigit()
    ]


def _ages(text: str) -> Iterator[FoundFigure]:
    for match in _AGE.finditer(text):
        which = next(name for name in "abcd" if match.group(name))
        numbers = find_numbers(match.group(which))
        if len(numbers) == 1 and 0 < numbers[0].value < 130:
            start, end = match.span() if which == "a" else match.span(which)
            yield FoundFigure(start, end, "age", numbers[0].value, unit="year")


def _ranks(text: str) -> Iterator[FoundFigure]:
    for match in (*_SUPERLATIVE.finditer(text), *_RANKED.finditer(text)):
        groups = match.groupdict()
        word = groups.get("no") or groups["ord"]
        digits = re.match(r"\d+", word)
        numbers = find_numbers(word)
        value = (
            int(digits.group())
            if digits
            else _ORDINALS.get(word.lower()) or (int(numbers[0].value) if numbers else None)
        )
        if value:
            span = match.span() if groups.get("no") else match.span("ord")
            yield FoundFigure(*span, "rank", float(value))


#: "2-0", "6-4": a result, no figure; the greater number first.
_SCORE = re.compile(
    r"(\d)[-–](\d)(?![\w%-]|[.,]\d)(?!\s*(?:per ?cent|percent|million|billion|years?|months?)\b)"
)


def _measures(page: _Page, sent: Span, taken: list[tuple[int, int]]) -> Iterator[FoundFigure]:
    text = sent.text
    numbers = [
        number
        for number in find_numbers(text)
        if not any(a < number.end and number.start < b for a, b in taken)
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
        token = token_at(sent, measured.start)
        change = (
            measured.verb
            or direction(sent, measured.start, measured.end)
            or change_before(text, measured.start)
            or "="
        )
        of = of_multiple(token) if token is not None else None
        yield FoundFigure(
            measured.start, measured.end, "multiple", measured.value, change=change, of=of
        )


def _read(text: str, number: Number, page: _Page) -> Measured | None:
    """Read what stands around a number: the first of these kinds that fits."""
    for reader in (money, percent, duration, quantity):
        measured = reader(text, number, page.text)
        if measured:
            return measured
    return None


def _single(page: _Page, sent: Span, text: str, number: Number) -> FoundFigure | None:
    measured = _read(text, number, page)
    if measured is None:
        return _count(sent, text, number)
    return _finish(sent, text, _signed(text, measured))


_MINUS = re.compile(r"(?:(?<![\w)])[-−–]|\bminus[ -])$", re.IGNORECASE)


def _signed(text: str, measured: Measured) -> Measured:
    """Take a minus sign before an amount, a share or a temperature into its value."""
    sign = _MINUS.search(text[: measured.start])
    if not sign or measured.value <= 0 or measured.kind not in {"money", "percent", "temperature"}:
        return measured
    return replace(measured, start=sign.start(), value=-measured.value)


def _finish(sent: Span, text: str, measured: Measured, low: float | None = None) -> FoundFigure:
    change = _change(sent, text, measured)
    of = None if measured.kind == "duration" else of_measure(sent, measured)
    return FoundFigure(
        measured.start,
        measured.end,
        measured.kind,
        None if low is not None else measured.value,
        low,
        measured.value if low is not None else None,
        measured.unit,
        measured.currency,
        change,
        of,
    )


def _change(sent: Span, text: str, measured: Measured) -> str:
    before = change_before(text, measured.start)
    if measured.kind == "duration":
        # "over three years", "within a month" place a span of time, they do not bound it.
        placed = re.search(r"\b(over|within|past|under)\s+(the\s+)?$", text[: measured.start], re.I)
        return "=" if placed else before or change_after(text, measured.end) or "="
    return (
        direction(sent, measured.start, measured.end)
        or before
        or change_after(text, measured.end)
        or "="
    )


def _range(page: _Page, sent: Span, text: str, first: Number, second: Number) -> FoundFigure | None:
    """Read "2 to 3 million", "$10-15 billion", "between 5% and 8%" as one figure, or None."""
    high = _read(text, second, page)
    low = _read(text, first, page)
    begin = low.start if low else first.start
    left_end = low.end if low else first.end
    right_start = high.start if high else second.start
    gap = text[left_end:right_start]
    if not _RANGE_JOIN.fullmatch(gap):
        return None
    word = gap.strip().lower()
    before = text[max(0, begin - 12) : begin].lower()
    if word in {"and"} and not before.rstrip().endswith("between"):
        return None
    if word == "or" and not (first.spelled and second.value == first.value + 1):
        return None
    if word == "to":
        token = token_at(sent, begin)
        moved = token is not None and direction(sent, begin, left_end) is not None
        if before.rstrip().endswith("from") and moved:
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
            change=change_before(text, begin) or "=",
        )  # fmt: skip
    if low is None or not first.scaled:
        factor = _scale_of(second, text) if second.scaled and not first.scaled else 1.0
        if low is None or low_value * factor <= high.value:
            low_value *= factor
    if low_value >= high.value:
        return None
    figure = _finish(sent, text, replace(high, start=begin), low_value)
    return figure if figure.change in {"up", "down", "~"} else replace(figure, change="=")


def _scale_of(number: Number, text: str) -> float:
    """Return the power of ten that a number's scale word stands for."""
    digits = re.match(r"[\d.,]+", text[number.start : number.end])
    if digits:
        return number.value / float(digits.group().replace(",", "").rstrip("."))
    bare = re.search(
        r"(hundred|thousand|million|billion|trillion|lakh|crore)", text[number.start : number.end]
    )
    scales = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12,
              "lakh": 1e5, "crore": 1e7}  # fmt: skip
    return scales[bare.group(1)] if bare else 1.0


def _count(sent: Span, text: str, number: Number) -> FoundFigure | None:
    """Read a bare number as a count of its noun; None for a pronoun or a number with no noun."""
    if number.end < len(text) and (text[number.end].isalpha() or text[number.end] in "/:"):
        return None
    if number.start and text[number.start - 1] in "/:#":
        return None
    token = token_at(sent, number.end - 1)
    if token is None:
        return None
    word = text[number.start : number.end].lower()
    noun = counted(token)
    if noun is None:
        if word == "one" or (number.spelled and number.value < 10 and not governed(token)):
            return None
        if not governed(token) and not number.scaled:
            return None
    if word == "one" and (noun is None or text[number.end : number.end + 4] == " of "):
        return None
    change = (
        direction(sent, number.start, number.end)
        or change_before(text, number.start)
        or change_after(text, number.end)
        or "="
    )
    unit = unit_of(noun) if noun is not None else None
    of = noun_phrase(noun, token) if noun is not None else None
    return FoundFigure(
        number.start, number.end, "count", number.value, unit=unit, change=change, of=of
    )
