"""The head of a pasted article: title, standfirst, date and byline before the body."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from textmine.ingest.dates import MarkLine, is_name, mark_line
from textmine.ingest.furniture import ends_sentence, is_furniture, is_prose, is_section, opens_tail

#: Lines that may stand before the body.
_MOST_LINES = 25


@dataclass(slots=True)
class Head:
    """What was found before the body, which begins at line ``body_from``."""

    title: str | None = None
    published: str | None = None
    authors: tuple[str, ...] = ()
    body_from: int = 0
    standfirst: list[str] = field(default_factory=list)
    dropped: int = 0


def read_head(lines: Sequence[str], *, title: str | None = None) -> Head:
    """Read title, standfirst, date and byline off the lines before the body.

    The head ends with its last date or byline, which at most two sentences (standfirst, first
    caption) may precede; else where running text begins.
    """
    reach = _reach(lines)
    prose = next((n for n in range(reach) if is_prose(lines[n])), reach)
    marks = {
        n: mark
        for n in range(reach)
        if (mark := mark_line(lines[n])) is not None and (n < prose or _is_sure(mark))
    }
    bare = _bare_byline(lines, reach, marks)
    last_mark = max([*marks, *bare], default=-1)
    before = min([prose, *marks, *bare])
    candidates = [n for n in range(max(before, min(reach, last_mark))) if _may_be_title(lines, n)]
    candidates = [n for n in candidates if n not in marks and n not in bare]
    chosen = None if title else _title(lines, candidates, before)
    if chosen is None and not title and lines and prose == 0 and _is_headline_sentence(lines):
        chosen = 0
    end = max(last_mark, -1 if chosen is None else chosen) + 1
    while (
        end < len(lines) and not is_prose(lines[end]) and end < reach and is_furniture(lines[end])
    ):
        end += 1
    found = None if chosen is None else lines[chosen]
    second = -1
    if chosen is not None and chosen + 1 < end and lines[chosen].endswith(","):
        second = chosen + 1  # a headline of two lines
        found = f"{lines[chosen]} {lines[second]}"
    head = Head(title=title or found, body_from=end)
    for n in range(end):
        line = lines[n]
        if n in marks:
            head.published = head.published or marks[n].published
            head.authors = head.authors or marks[n].authors
        elif n in bare:
            head.authors = head.authors or bare[n]
        elif n in {chosen, second} or (title and line == title):
            continue
        elif _is_standfirst(line, after_title=chosen is None or n > chosen):
            head.standfirst.append(line)
        else:
            head.dropped += 1
    return head


def _reach(lines: Sequence[str]) -> int:
    """Return how many lines may belong to the head: up to the third sentence in a row of them."""
    seen = 0
    for n, line in enumerate(lines[:_MOST_LINES]):
        if opens_tail(line) and seen:
            return n
        if is_prose(line) and not is_furniture(line) and mark_line(line) is None:
            seen += 1
            if seen == 3 or len(line.split()) >= 60:
                return n
    return min(len(lines), _MOST_LINES)


def _is_sure(mark: MarkLine) -> bool:
    """Say whether a mark below the first sentence is one: a day, or a name of two words."""
    return len(mark.published or "") == 10 or any(len(name.split()) > 1 for name in mark.authors)


def _may_be_title(lines: Sequence[str], n: int) -> bool:
    line = lines[n]
    return (
        1 <= len(line.split()) <= 30
        and any(c.isalpha() for c in line)
        and not is_prose(line)
        and not (line.endswith((",", ";")) and not _goes_on_below(lines, n))
        and not is_furniture(line)
        and not opens_tail(line)
        and not is_section(line)
        and not _is_menu(lines, n)
    )


def _goes_on_below(lines: Sequence[str], n: int) -> bool:
    return n + 1 < len(lines) and lines[n + 1][:1].islower() and not is_prose(lines[n + 1])


def _is_menu(lines: Sequence[str], n: int) -> bool:
    """Say whether a short line stands among short lines: a menu, an item a line."""
    around = [k for k in (n - 2, n - 1, n + 1, n + 2) if 0 <= k < len(lines)]
    short = [
        k
        for k in around
        if len(lines[k].split()) <= 2 and mark_line(lines[k]) is None and not is_section(lines[k])
    ]
    return len(lines[n].split()) <= 2 and len(short) >= 2


def _title(lines: Sequence[str], candidates: Sequence[int], before: int) -> int | None:
    """Choose the headline: the first line of three words or more before text, date and byline.

    A lone short line counts where nothing longer follows it but the standfirst's sentence.
    """
    early = [n for n in candidates if n < before] or list(candidates)
    long = [n for n in early if len(lines[n].split()) >= 3]
    if not early:
        return None
    if not long:
        return early[-1]
    first = long[0]
    # "Overdrawn", then a standfirst without a full stop.
    kicker = first - 1
    if (
        kicker in early
        and len(lines[kicker].split()) <= 2
        and not lines[kicker].isupper()
        and len(lines[first].split()) >= 9
        and ("," in lines[first] or len(lines[first].split()) >= 14)
    ):
        return kicker
    return first


def _is_headline_sentence(lines: Sequence[str]) -> bool:
    """Say whether the first line is a headline that ends in a full stop."""
    return (
        len(lines) > 2
        and len(lines[0].split()) <= 14
        and all(len(line.split()) > len(lines[0].split()) for line in lines[1:3] if is_prose(line))
        and (mark_line(lines[1]) is not None or mark_line(lines[2]) is not None)
    )


def _bare_byline(
    lines: Sequence[str], reach: int, marks: dict[int, MarkLine]
) -> dict[int, tuple[str, ...]]:
    """Find a name by itself, or "NAME, City", beside a date: a byline without "by"."""
    if any(mark.authors for mark in marks.values()):
        return {}
    for n in range(1, reach):
        if n in marks or not ({n - 1, n + 1} & set(marks)):
            continue
        given, _, place = lines[n].partition(", ")
        names = tuple(given.split(" and "))
        plain = all(len(name.split()) in {2, 3} and is_name(name) for name in names)
        plain = plain and not is_section(lines[n])
        if plain and (not place or (len(place.split()) <= 3 and place[:1].isupper())):
            return {n: names}
    return {}


def _is_standfirst(line: str, *, after_title: bool) -> bool:
    if is_furniture(line) or opens_tail(line) or is_section(line):
        return False
    return is_prose(line) or (
        after_title
        and len(line.split()) >= 5
        and (ends_sentence(line) or any(w[:1].islower() for w in line.split()))
    )
