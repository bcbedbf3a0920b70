"""Figures in a parsed text: amounts, shares, counts, measures, ranks, ages, spans of time, dates.

Rules read the characters (numbers, symbols, units); the parse says what is counted and whether it
rose or fell. Cues and units are data, in ``rules/``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from spacy.tokens import Doc, Span

from textmine.nlp.about import about
from textmine.nlp.amounts import FoundFigure, Page, find_amounts
from textmine.nlp.change import change_after, change_before
from textmine.nlp.dates import find_dates
from textmine.nlp.joined import (
    join_bounds,
    same_matter,
    scaled_by_context,
    with_elided_currencies,
    with_elided_nouns,
    with_elided_rates,
)
from textmine.nlp.numbers import find_numbers

MODEL = "figures-6"
_SUPERLATIVE = re.compile(
    r"(?P<ord>second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|\d{1,3}(?:st|nd|rd|th))"
    r"(?=[ -](?:most|least|best|worst|biggest|largest|smallest|highest|lowest|fastest|richest"
    r"|poorest|busiest|longest|tallest|oldest|youngest|strongest|leading|top|place\b|ranked))",
    re.IGNORECASE,
)
_RANKED = re.compile(
    r"\b(?:(?:No\.|Number|number) ?(?=[\do-t])|No ?(?=\d))(?P<no>\d{1,3}|one|two|three|four|five)\b(?! (?:of|people))"
    r"|\b(?:ranks?|ranked|ranking|came|finished|placed) (?:in )?(?P<ord>first|second|third|fourth|fifth"
    r"|sixth|seventh|eighth|ninth|tenth|\d{1,3}(?:st|nd|rd|th))\b"
)
_ORDINALS = {
    word: n
    for n, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth".split(), 1
    )
}
_AGE = re.compile(
    r"\b(?P<a>\d{1,3}(?:,\d{3})*|[A-Za-z][a-z]+(?:[- ][a-z]+)?)[- ](?P<unit>year|month|week|day)s?(?:[- ]olds?\b| of age\b)"
    r"|\b(?P<e>\d{1,3})[ -]?y(?:ea)?r?[/.]?o(?:ld)?\b"
    r"|\b(?:aged|age of|at age) (?P<b>\d{1,3})\b"
    r"|(?<=[a-z’'\.]), ?(?P<c>[1-9]\d)(?=,(?!\d)|\.(?!\d)|;| who\b)"
    r"|\b(?:turned|turns) (?P<d>[1-9]\d)\b"
    r"|\b[A-Z][\w’'-]+ [A-Z][\w’'-]+ \((?P<f>[1-9]\d)\)"
    r"|\bwho (?:is|was) (?P<g>[1-9]\d)(?=[,;]|\.(?!\d)| (?:and|but|when)\b)"
)


def find_figures(doc: Doc, *, published: str | None = None) -> list[FoundFigure]:
    """Find the figures of a parsed Doc, by sentence, left to right, not overlapping."""
    page = Page(doc.text, tuple(doc.ents))
    out: list[FoundFigure] = []
    for sent in doc.sents:
        out.extend(_sentence_figures(page, sent, published))
    return scaled_by_context(page.text, out)


def _sentence_figures(page: Page, sent: Span, published: str | None) -> list[FoundFigure]:
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
    taken += _other_days(text, found)
    for figure in find_amounts(page, sent, taken, _name_spans(page, sent)):
        keep(figure)
    found.sort(key=lambda figure: figure.start)
    found = with_elided_rates(text, with_elided_currencies(text, found))
    found = join_bounds(text, with_elided_nouns(text, found))
    barred = _figure_tokens(sent, found)
    found = [replace(f, of=_of(sent, f, barred)) for f in found]
    found = same_matter(text, sent, [_counted_by_matter(page.text, f) for f in found])
    periods = [f for f in found if f.kind == "date" and f.value is not None]
    return [
        replace(
            figure,
            start=figure.start + base,
            end=figure.end + base,
            period=_period(text, figure, found, periods),
        )
        for figure in found
    ]


_DAY_AFTER = re.compile(
    r"(?:\s?[-–]\s?|\s+(?:to|and|or|through|until)\s+)\d{1,2}(?![\w%]|[.,]\d|\s*(?:%|per))"
)
_DAY_BEFORE = re.compile(r"(?<![\w.,])\d{1,2}(?:\s?[-–]\s?|\s+(?:to|and|or)\s+)$")


def _other_days(text: str, found: list[FoundFigure]) -> list[tuple[int, int]]:
    """Return the bare numbers beside dates: the second day of "July 24-25", the first of "24-25 July"."""
    out = []
    for figure in found:
        if figure.kind == "date" and len(str(figure.value)) >= 7:
            after, before = (
                _DAY_AFTER.match(text, figure.end),
                _DAY_BEFORE.search(text[: figure.start]),
            )
            out += [match.span() for match in (after, before) if match]
    return out


def _figure_tokens(sent: Span, found: list[FoundFigure]) -> frozenset[int]:
    base = sent.start_char
    return frozenset(
        t.i
        for t in sent
        for f in found
        if f.kind != "rank" and base + f.start < t.idx + len(t) and t.idx < base + f.end
    )


def _of(sent: Span, figure: FoundFigure, barred: frozenset[int]) -> tuple[int, int] | None:
    if figure.head is None:
        return None
    return about(sent, figure.start, figure.end, figure.head, figure.noun, figure.kind, barred)


_NUMBER_OF = re.compile(r"(?:\w+ )?number of (?P<noun>[\w -]+?)s?$")


def _counted_by_matter(text: str, figure: FoundFigure) -> FoundFigure:
    """ "The number of active merchants jumped to 612,000": the count's noun stands in what it is about."""
    if figure.kind != "count" or figure.unit is not None or figure.of is None:
        return figure
    told = _NUMBER_OF.match(text[figure.of[0] : figure.of[1]])
    return replace(figure, unit=told["noun"]) if told else figure


_AT = re.compile(r"[,;]? (?:\w+ )?(?:in|by|for|during|at|since|over|the) (?:the )?(?:\w+ )?$|,? $")


def _period(
    text: str, figure: FoundFigure, found: list[FoundFigure], dates: list[FoundFigure]
) -> str | None:
    """Return the date a figure is meant for: one that follows it at once, else the sentence's only one.

    That one counts for the figures after it and for the last one before it ("47%, up from 13% in 2010":
    not the first). A day of the week beside years and months says when it was told.
    """
    if figure.kind in {"date", "age", "rank", "duration"}:
        return None
    after = next((d for d in dates if d.start >= figure.end), None)
    if after is not None and _AT.fullmatch(text[figure.end : after.start]):
        return str(after.value)
    if len(dates) > 1:
        dates = [d for d in dates if len(str(d.value)) != len("2025-01-31")]
    if len(dates) != 1:
        return None
    date = dates[0]
    between = [f for f in found if figure.start < f.start < date.start]
    return None if between else str(date.value)


def _name_spans(page: Page, sent: Span) -> list[tuple[int, int]]:
    """Return the names in a sentence: a number inside one ("Boeing 737") is no figure."""
    base = sent.start_char
    return [
        (ent.start_char - base, ent.end_char - base)
        for ent in page.names
        if sent.start <= ent.start < sent.end
        and ent.label_
        not in {"DATE", "MONEY", "TIME", "PERCENT", "QUANTITY", "CARDINAL", "ORDINAL"}
        and not (ent.text[0].isdigit() and ent.label_ != "PRODUCT")
        and not ent.text.islower()
    ]


def _ages(text: str) -> Iterator[FoundFigure]:
    for match in _AGE.finditer(text):
        which = next(name for name in "abcdefg" if match.group(name))
        numbers = find_numbers(match.group(which))
        if len(numbers) == 1 and (which == "a" or 0 < numbers[0].value < 130):
            start, end = match.span() if which in "ae" else match.span(which)
            start += numbers[0].start if which == "a" else 0
            yield FoundFigure(
                start, end, "age", numbers[0].value, unit=match["unit"] or "year",
                change=change_before(text, start) or change_after(text, end) or "=", head=end - 1,
            )  # fmt: skip


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
