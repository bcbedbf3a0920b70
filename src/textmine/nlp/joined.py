"""What one figure tells about the next: bounds, nouns left out, conversions, scales."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from spacy.tokens import Span, Token

from textmine.nlp.amounts import FoundFigure
from textmine.nlp.numbers import SCALES, SUFFIXES

_JOIN = re.compile(
    r"(?:,? (?:and|but)|,) (?:more|less|fewer|greater|higher|lower|smaller|larger|above|below|at|over|under|no)\b.{0,25}$"
)


def join_bounds(text: str, figures: Sequence[FoundFigure]) -> list[FoundFigure]:
    """ "more than 100 and less than 300": two bounds of one thing are a range."""
    out: list[FoundFigure] = []
    for figure in figures:
        last = out[-1] if out else None
        if (
            last is not None
            and {last.change, figure.change} == {">", "<"}
            and last.kind == figure.kind
        ):
            low, high = (last, figure) if last.change == ">" else (figure, last)
            is_joined = _JOIN.match(text[last.end : figure.start])
            units = {f.unit for f in (last, figure) if f.unit} | {
                f.currency for f in (last, figure) if f.currency
            }
            numbers = isinstance(low.value, float) and isinstance(high.value, float)
            if is_joined and len(units) <= 1 and numbers and low.value < high.value:  # type: ignore[operator]
                unit = last.unit or figure.unit
                out[-1] = replace(
                    last, end=figure.end, value=None, low=low.value, high=high.value, unit=unit,
                    currency=last.currency or figure.currency, change="=",
                )  # fmt: skip
                continue
        out.append(figure)
    return out


#: What may stand between a count with a noun and one without: "40 flats to let and 12 for sale",
#: "3.1 million scooters, up from 1.9 million".
_ELIDES = re.compile(
    r"[^.;:()]{0,40}?(?:\band\b|\bor\b|,|\bfrom\b|\bto\b|\bagainst\b|\bwith\b|\bversus\b|\bthan\b|\bincluding\b|\bof which\b)[^.;:()\d]{0,25}"
)


def with_elided_currencies(text: str, figures: Sequence[FoundFigure]) -> list[FoundFigure]:
    """Make money of a scaled number that counts nothing, after money: "14.7 billion shillings, against 12.4 billion".

    "The $20,000 tax ... thousands of deals": what an "of" follows counts something, whatever the parser says.
    """
    out: list[FoundFigure] = []
    for figure in figures:
        last = next((f for f in reversed(out) if f.kind == "money"), None)
        if (
            last is not None
            and figure.kind in {"count", "elided"}
            and figure.unit is None
            and _is_sum(figure)
            and not text.startswith(" of ", figure.end)
        ):
            figure = replace(figure, kind="money", currency=last.currency)
        out.append(figure)
    return out


def _is_sum(figure: FoundFigure) -> bool:
    ends = [end for end in (figure.value, figure.high) if isinstance(end, float)]
    return figure.scaled and bool(ends) and ends[0] >= 1000 and figure.kind != "money"


_ON = re.compile(
    r",? (?:up |down )?(?:to|from|against|compared with|versus) (?:about |nearly |some )?$"
)


def with_elided_rates(text: str, figures: Sequence[FoundFigure]) -> list[FoundFigure]:
    """Give a price what it is per where the one before has it: "from $75 a barrel to $45.88"."""
    out: list[FoundFigure] = []
    for figure in figures:
        last = out[-1] if out else None
        if (
            last is not None
            and last.kind == figure.kind == "money"
            and last.unit
            and figure.unit is None
            and last.currency == figure.currency
            and _ON.fullmatch(text[last.end : figure.start])
            and isinstance(last.value, float)
            and isinstance(figure.value, float)
            and 0.1 < abs(figure.value) / max(abs(last.value), 1e-9) < 10
        ):
            figure = replace(figure, unit=last.unit)
        out.append(figure)
    return out


def with_elided_nouns(text: str, figures: Sequence[FoundFigure]) -> list[FoundFigure]:
    """Give a count that bears no noun the one of the count before it."""
    out: list[FoundFigure] = []
    for figure in figures:
        last = next((f for f in reversed(out) if f.kind == "count" and f.unit), None)
        if figure.kind in {"count", "elided"} and figure.unit is None and last is not None:
            gap = text[last.end : figure.start]
            if len(gap) < 90 and _ELIDES.fullmatch(gap) and not _unlike(last, figure):
                figure = replace(figure, kind="count", unit=last.unit)
        if figure.kind != "elided":
            out.append(figure)
    return out


def _unlike(one: FoundFigure, two: FoundFigure) -> bool:
    """Say whether two counts differ too much to count the same thing ("8 firms with 40,000")."""
    sizes = [float(f.value or f.high or 0) for f in (one, two)]
    return min(sizes) <= 0 or max(sizes) / min(sizes) > 1000


def same_matter(text: str, sent: Span, figures: Sequence[FoundFigure]) -> list[FoundFigure]:
    """Hand ``of`` on to an amount in brackets after another; share out "respectively"."""
    out: list[FoundFigure] = []
    for figure in figures:
        last = out[-1] if out else None
        if (
            last is not None
            and last.kind == figure.kind
            and re.fullmatch(
                r" ?\((?:about |around |roughly |some |or |US)?", text[last.end : figure.start]
            )
        ):
            figure = replace(
                figure, of=last.of, change=figure.change if figure.change != "=" else last.change
            )
        is_second = (
            last is not None
            and last.of is not None
            and last.of == figure.of
            and figure.change == "="
        )
        if (
            is_second
            and last is not None
            and last.kind == figure.kind
            and text[last.end : figure.start] in {" and ", ", and "}
        ):
            figure = replace(figure, change=last.change)
        is_gapped = (
            last is not None
            and last.kind == figure.kind
            and figure.change == "="
            and last.change in {"up", "down"}
        )
        if (
            is_gapped
            and last is not None
            and re.fullmatch(r",? and [\w’' -]{1,40} by ", text[last.end : figure.start])
        ):
            figure = replace(figure, change=last.change)  # "rose by 106% and attacks by 650%"
        out.append(figure)
    if "respectively" in text:
        return _shared_out(sent, out)
    return out


def _shared_out(sent: Span, figures: list[FoundFigure]) -> list[FoundFigure]:
    """ "Toyota and Honda rose 5% and 7% respectively": the first of the first, the second of the second."""
    measured = [n for n, figure in enumerate(figures) if figure.head is not None]
    for first, second in pairwise(measured):
        one, two = figures[first], figures[second]
        if one.kind != two.kind or one.of is None or one.of != two.of:
            continue
        token = next((t for t in sent if t.idx <= one.of[1] - 1 < t.idx + len(t)), None)
        while (
            token is not None
            and token.dep_ != "conj"
            and token.head.i != token.i
            and token.idx > one.of[0]
        ):
            token = token.head
        if token is None:
            continue
        named = [token, *(t for t in token.children if t.dep_ == "conj")]
        if len(named) == 2:
            for place, noun in zip((first, second), named, strict=True):
                start = min((t.idx for t in noun.subtree if _is_part(t, noun)), default=noun.idx)
                figures[place] = replace(figures[place], of=(start, noun.idx + len(noun)))
    return figures


def _is_part(token: Token, noun: Token) -> bool:
    return token.i <= noun.i and (token == noun or (token.dep_ in {"compound", "amod", "flat", "nmod:poss"} and token.head == noun and token.pos_ not in {"PRON", "DET"}))  # fmt: skip


#: "in millions of dollars", "(US$ bn)", "Rs crore": what a table's head says of the numbers below it.
_HEADER = re.compile(
    r"\b(?:in|all figures in|figures in|amounts in|values in)\s+(?:[A-Z]{3}|US\$|\$|€|£|Rs\.?|RM|HK\$)?\s*"
    r"(?P<word>thousands?|millions?|billions?|trillions?|lakhs?|crores?|bn|mn|m)\b"
    r"|\((?:[A-Z]{3}|US\$|\$|€|£|¥|Rs\.?|RM|HK\$)\s*(?P<short>thousand|million|billion|trillion|lakh|crore|bn|mn|m|tn)s?\)",
    re.IGNORECASE,
)
_SCALES = SCALES | SUFFIXES
_ROW_WORDS = 14


def scaled_by_context(text: str, figures: list[FoundFigure]) -> list[FoundFigure]:
    """Give amounts without a scale the one that their list or table shows; ``scale_inferred`` says so.

    "$212B" in a list's first row makes the next row's "$187" billions, too; "in millions" above a
    table counts for its rows. Shares, dates and amounts in running text are left alone.
    """
    if "\n" not in text:
        return figures
    out = list(figures)
    place = 0
    header: float | None = None
    shown: tuple[float, str | None, float] | None = None
    at = 0
    for line in text.split("\n"):
        start, end = at, at + len(line)
        at = end + 1
        row = []
        while place < len(out) and out[place].start < end:
            if out[place].start >= start:
                row.append(place)
            place += 1
        if not line.strip():
            continue
        is_row = len(re.findall(r"[A-Za-z]{2,}", line)) <= _ROW_WORDS and not re.search(
            r"[.!?]$", line.strip()
        )
        found = _HEADER.search(line)
        if found and not any(out[n].kind == "money" for n in row):
            word = (found["word"] or found["short"]).lower()
            header, shown = _SCALES[word if word in _SCALES else word.rstrip("s")], None
            continue
        if not is_row:
            header = shown = None
            continue
        amounts = [n for n in row if out[n].kind == "money" and isinstance(out[n].value, float)]
        for n in amounts:
            figure = out[n]
            value = float(figure.value or 0)
            if figure.scaled:
                scale = _power(value)
                shown = (scale, figure.currency, value / scale)
            elif header is not None:
                out[n] = replace(figure, value=value * header, scale_inferred=True)
            elif (
                shown is not None
                and figure.currency == shown[1]
                and value < 1000
                and _near(value, shown[2])
            ):
                out[n] = replace(figure, value=value * shown[0], scale_inferred=True)
        if not amounts:
            shown = None
    return out


def _power(value: float) -> float:
    """Return the thousand, million, billion or trillion that an amount is said in."""
    return next((scale for scale in (1e12, 1e9, 1e6, 1e3) if abs(value) >= scale), 1.0)


def _near(one: float, two: float) -> bool:
    """Say whether two rows of one list are of like size: within a factor of thirty."""
    return one > 0 and two > 0 and 1 / 30 < one / two < 30
