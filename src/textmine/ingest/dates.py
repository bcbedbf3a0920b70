"""Publication dates, bylines: the lines and fields that say when and by whom."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_MONTH = r"(?P<month>[A-Za-z]{3,9})\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_SHAPES = [
    re.compile(shape, re.IGNORECASE)
    for shape in (
        rf"{_DAY}\s+(?:of\s+)?{_MONTH},?\s+{_YEAR}",
        rf"{_MONTH}\s+{_DAY},?\s+{_YEAR}",
        r"(?P<year>(?:19|20)\d\d)[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})",
        r"(?P<year>(?:19|20)\d\d)年\s*(?P<month>\d{1,2})月\s*(?P<day>\d{1,2})日",
        rf"{_MONTH}\s+{_YEAR}",
    )
]
_NUMERIC = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.]((?:19|20)\d\d)")
_LEAD = (
    r"(?-i:(?:[A-ZÀ-Þ][\w'’ .-]{1,40},\s+){0,3})"
    r"(?:(?:first |last )?(?:published|posted|updated|modified|issued|date|created)"
    r"(?:\s+(?:on|at))?\s*:?\s*)?(?:[A-Za-z]{3,9}day,?\s+|(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?"
)
_TRAIL = r"(?:\s*(?:[|·•–—-]|,|at)?\s*\d{1,2}[:.]\d{2}(?::\d\d)?\s*(?:[ap]\.?m\.?)?\s*(?:\(?[A-Z]{2,4}(?:[+-]\d{1,2})?\)?)?)?"


def _month(word: str) -> int | None:
    if word.isdigit():
        return int(word) if 1 <= int(word) <= 12 else None
    word = word.lower()
    hits = [n for n, name in enumerate(_MONTHS, 1) if len(word) >= 3 and name.startswith(word[:9])]
    if not hits and word == "sept":
        return 9
    return hits[0] if len(hits) == 1 else None


def _iso(match: re.Match[str]) -> str | None:
    groups = match.groupdict()
    month = _month(groups["month"])
    if month is None:
        return None
    if not groups.get("day"):
        return f"{groups['year']}-{month:02}"
    try:
        return f"{datetime(int(groups['year']), month, int(groups['day'])):%Y-%m-%d}"
    except ValueError:
        return None


def find_date(text: str) -> str | None:
    """Return the first date written in ``text`` as ISO 8601 (day, else month), or None."""
    for shape in _SHAPES:
        for match in shape.finditer(text):
            value = _iso(match)
            if value:
                return value
    numeric = _NUMERIC.search(text)
    if numeric:
        first, second, year = (int(part) for part in numeric.groups())
        # 14/03/2025 and 03/14/2025 say which is the day; 04/03/2025 does not and is left alone.
        if first > 12 >= second:
            return f"{year}-{second:02}-{first:02}"
        if second > 12 >= first:
            return f"{year}-{first:02}-{second:02}"
        if first == second:
            return f"{year}-{first:02}-{second:02}"
    return None


def date_line(line: str) -> str | None:
    """Return the ISO date of a line that holds a date and nothing else, or None."""
    line = line.strip()
    for shape in [*_SHAPES, _NUMERIC]:
        if re.fullmatch(_LEAD + shape.pattern + _TRAIL, line, re.IGNORECASE):
            return find_date(line)
    return None


def published_date(value: object) -> str | None:
    """Bring a metadata field (ISO, RFC 822, words) to ISO 8601, or None."""
    text = str(value or "").strip()
    if not text:
        return None
    match = re.match(r"\d{4}(-\d{2}(-\d{2})?)?", text)
    if match and (len(match.group()) == len(text) or text[len(match.group())] in "T "):
        return match.group()
    try:
        return parsedate_to_datetime(text).date().isoformat()
    except (TypeError, ValueError):
        return find_date(text)


def now() -> str:
    """Return the present time as ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_BYLINE = re.compile(r"(?:words |story |written |reported )?by:?\s+(?P<names>\S.{2,120})", re.I)
_NAME = re.compile(
    r"[A-ZÀ-ÞŁŞČŽ][\w.'’\-]*(?:\s+(?:[A-ZÀ-ÞŁŞČŽ][\w.'’\-]*|de|da|do|del|della|di|dos|du|van|von|der|den|bin|ibn|al|el|la|le|y|e)){0,5}"
)


def split_authors(text: str) -> tuple[str, ...]:
    """Split "A, B and C" into names, leaving out what is no name (roles, desks, addresses)."""
    text = re.sub(r"^\s*by:?\s+", "", text, flags=re.IGNORECASE)
    text = re.sub(r"\S+@\S+|https?://\S+|\([^)]*\)", " ", text)
    reversed_name = re.fullmatch(r"\s*([A-Z][\w'’\-]+), ([A-Z][\w.'’\-]+)\s*", text)
    if reversed_name:
        text = f"{reversed_name.group(2)} {reversed_name.group(1)}"
    names = []
    for part in re.split(r"\s*(?:[,;|•·/]|\band\b|&|\bwith\b)\s*", text):
        part = re.sub(r"\s+(?:in|for|at)\s+[A-Z].*$", "", part.strip())
        role = re.search(
            r"\b(correspondent|reporter|editor|writer|staff|desk|bureau|news|agency)\b", part, re.I
        )
        if _NAME.fullmatch(part) and not role and 3 <= len(part) <= 60:
            names.append(part)
    return tuple(dict.fromkeys(names))


def byline(line: str) -> tuple[str, ...]:
    """Return the authors of a line of the shape "By NAME and NAME", or an empty tuple."""
    match = _BYLINE.fullmatch(line.strip())
    return split_authors(match.group("names")) if match else ()
