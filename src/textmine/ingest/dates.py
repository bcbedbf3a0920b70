"""Publication dates, bylines: the lines and fields that say when and by whom."""

from __future__ import annotations

import re
from dataclasses import dataclass
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
_WORD = r"[A-Za-z]{3,9}\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th|\.)?"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_SHAPES = [
    re.compile(shape, re.IGNORECASE)
    for shape in (
        rf"{_DAY}\s+(?:of\s+)?{_MONTH},?\s+{_YEAR}",
        rf"{_MONTH}\s+{_DAY},?\s+{_YEAR}",
        r"(?P<year>(?:19|20)\d\d)[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})",
        rf"(?P<day>\d{{1,2}})-(?P<month>[A-Za-z]{{3,9}})-{_YEAR}",
        r"(?P<year>(?:19|20)\d\d)年\s*(?P<month>\d{1,2})月\s*(?P<day>\d{1,2})日",
        rf"{_MONTH}\s+{_YEAR}",
    )
]
_NUMERIC = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2((?:19|20)\d\d)")


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
        first, second, year = (int(numeric.group(n)) for n in (1, 3, 4))
        # 14/03/2025 and 03/14/2025 say which is the day; 04/03/2025 does not and is left alone.
        # Where dots divide, the day comes first.
        if first == second or first > 12 >= second or (numeric.group(2) == "." and second <= 12):
            return _checked(year, second, first)
        if second > 12 >= first:
            return _checked(year, first, second)
    return None


def _checked(year: int, month: int, day: int) -> str | None:
    try:
        return f"{datetime(year, month, day):%Y-%m-%d}"
    except ValueError:
        return None


_WEEKDAY = re.compile(
    r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s*", re.I
)
_TIME = re.compile(
    r"(?:T|,|\bat\b)?\s*\d{1,2}[:.]\d{2}(?::\d\d(?:\.\d+)?)?\s*(?:[ap]\.?m\.?)?\s*"
    r"(?:\(?(?:Z|[A-Z]{2,5}|(?:UTC|GMT)?[+-]\d{1,2}:?\d{0,2})\)?)?$",
    re.I,
)
_DATE_WORD = re.compile(
    r"(?:(?:first |last |originally )?(?P<what>published|posted|updated|modified|issued|date|created|"
    r"last updated|corrected)(?:\s+(?:on|at))?\s*:?|on|as of)\s*",
    re.I,
)
_CLOCK = re.compile(
    r"\d{1,2}[:.]\d{2}\s*(?:[ap]\.?m\.?)?\s*(?:[A-Z]{2,4}(?:[+-]\d{1,2})?)?|(?:last )?updated .{2,40} ago",
    re.I,
)
_READING = re.compile(
    r"(?:\d+|a|an|one|five|ten)[ -]?min(?:ute)?s?(?:[ -]read)?|\d+ (?:comments?|shares?|views)",
    re.I,
)


def date_of(segment: str) -> tuple[str, bool] | None:
    """Return the date a piece of a line holds and nothing else, and whether it is an update's."""
    rest = segment.strip(" ()[].,")
    word = _DATE_WORD.match(rest)
    updated = bool(
        word and re.match(r"(?:last )?updated|modified|corrected", word.group("what") or "", re.I)
    )
    rest = _WEEKDAY.sub("", rest[word.end() if word else 0 :], count=1)
    for plain in (rest, _TIME.sub("", rest).strip(" ,")):
        if any(shape.fullmatch(plain) for shape in [*_SHAPES, _NUMERIC]):
            value = find_date(plain)
            return (value, updated) if value else None
    # "HANOI, March 14, 2024": a place before the date.
    place = re.fullmatch(r"(?:[A-ZÀ-Þ][\w'’ .-]{1,40},\s*){1,3}?(?P<rest>.*\d.*)", rest)
    return date_of(place.group("rest")) if place else None


@dataclass(frozen=True, slots=True)
class MarkLine:
    """A line that holds nothing but date, authors, place and reading time."""

    published: str | None
    authors: tuple[str, ...]


def mark_line(line: str) -> MarkLine | None:
    """Read a line of date, byline or both ("By Ann Lee | March 14, 2024 · 7 min read"), or None."""
    published: str | None = None
    update: str | None = None
    authors: tuple[str, ...] = ()
    line = re.sub(r"(?i)\s+(?=(?:last )?updated\b)", " | ", line.strip())
    line = re.sub(r"(?i)^(.*\d{4}),?\s+(by\s+\S.*)$", r"\1 | \2", line)
    line = re.sub(r"(?i)^(by\s.{3,80}?)\s+on\s+(?=\S.*\d{4})", r"\1 | ", line)
    line = re.sub(rf"^(by .{{3,80}}?),?\s+(?=(?:\d{{1,2}}\s+{_WORD}|{_WORD}\s+\d{{1,2}},?)\s+(?:19|20)\d\d)",
                  r"\1 | ", line.strip(), flags=re.I)  # fmt: skip
    segments = [s for s in re.split(r"\s*[|•·]\s*|\s+[–—/-]\s+", line) if s.strip()]
    for segment in segments:
        found = date_of(segment)
        names = byline(segment)
        if found and found[1]:
            update = update or found[0]
        elif found:
            published = published or found[0]
        elif names:
            authors = authors or names
        elif not (
            _READING.fullmatch(segment)
            or _CLOCK.fullmatch(segment)
            or (len(segments) > 1 and _is_place(segment))
        ):
            return None
    if not (published or update or authors):
        return None
    return MarkLine(published or update, authors)


def _is_place(segment: str) -> bool:
    words = segment.split()
    return len(words) <= 4 and all(w[:1].isupper() or w in {"de", "of", "the"} for w in words)


def date_line(line: str) -> str | None:
    """Return the ISO date of a line that holds a date and no author, or None."""
    found = mark_line(line)
    return found.published if found and not found.authors else None


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


_BYLINE = re.compile(
    r"(?:(?:words|story|text|written|reported|author|authors)\s*(?:and photographs?\s*)?"
    r"(?::|by\b:?)|by:?)\s+(?P<names>\S.{2,120})",
    re.I,
)
_PARTICLES = {"de", "da", "do", "del", "della", "di", "dos", "du", "van", "von", "der", "den", "bin", "ibn",
              "al", "el", "la", "le", "y", "e"}  # fmt: skip
_ROLE = re.compile(
    r"\b(correspondent|reporter|editor|writer|staff|desk|bureau|news|agency|columnist|contributor|"
    r"ph\.?d|m\.?d|mba|jr|photographs?|photographer)\b",
    re.I,
)


#: Agencies, outlets and days that stand where a name may stand.
_NO_PERSON = re.compile(
    r"(?:CNN|AFP|AP|BBC|CNBC|Reuters|Bloomberg|Xinhua|Associated Press|Agence France-Presse|Press Trust of India|PTI|"
    r"ANI|IANS|EFE|DPA|Kyodo|Yonhap|TASS|NPR|NBC|ABC|CBS|"
    r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day.*)",
    re.I,
)


def is_name(words: str) -> bool:
    """Say whether words have the form of a person's name: two to six, capitalised but for particles."""
    parts = words.split()
    return (
        1 <= len(parts) <= 6
        and 3 <= len(words) <= 60
        and all(
            part.lower() in _PARTICLES
            or (
                re.fullmatch(r"(?:d|D|O|l|L)?[’']?[^\W\d_][\w.’'-]*", part) is not None
                and any(c.isupper() for c in part[:3])
            )
            for part in parts
        )
        and parts[-1].lower() not in _PARTICLES
    )


def split_authors(text: str) -> tuple[str, ...]:
    """Split "A, B and C" into names, leaving out what is no name (roles, desks, addresses)."""
    text = re.sub(r"^\s*by:?\s+", "", text, flags=re.IGNORECASE)
    text = re.sub(r"\S+@\S+|@\w+|https?://\S+|\([^)]*\)", " ", text)
    reversed_name = re.fullmatch(r"\s*([A-Z][\w'’\-]+), ([A-Z][\w.'’\-]+)\s*", text)
    if reversed_name:
        text = f"{reversed_name.group(2)} {reversed_name.group(1)}"
    names = []
    for part in re.split(r"(?i)\s*(?:[,;|•·/]|\band\b|&|\bwith\b)\s*", text):
        part = re.sub(r"\s+(?:in|for|at)\s+[A-Z].*$", "", part.strip().rstrip("."))
        if is_name(part) and not _ROLE.search(part):
            names.append(part)
    # "By Ann Lee, CNN" is by Ann Lee; "By Associated Press" is by the agency.
    people = [name for name in names if not _NO_PERSON.fullmatch(name)]
    return tuple(dict.fromkeys(people or names))


def byline(line: str) -> tuple[str, ...]:
    """Return the authors of a line of the shape "By NAME and NAME", or an empty tuple."""
    match = _BYLINE.fullmatch(line.strip())
    if not match or (match.group("names").split()[0].islower() and "and" not in line):
        return ()
    return split_authors(match.group("names"))


_NOTE = re.compile(
    r"(?P<names>.{3,120}?),? (?:is|are) (?:an?|the|our|\w+[’']s|[A-Z][\w ]{1,40}[’']s)?\s*"
    r"(?:[\w\-’'/&]+,? ){0,6}?(?P<what>journalists?|reporters?|writers?|correspondents?|editors?|columnists?|"
    r"authors?|critics?|contributors?|freelancers?|photographers?|essayists?|novelists?|"
    r"producers?|analysts?|researchers?|fellows?|professors?|lecturers?|scholars?|historians?|economists?)\b.{0,300}"
    r"|(?P<other>.{3,60}?) (?:writes|has written|has reported) (?:extensively )?(?:about|on|from|for)\b.{0,200}"
    r"|(?P<beat>.{3,60}?) (?:covers|reports on) [^.]{2,80}\b(?:for|at) (?:the )?[A-Z].{0,100}"
    r"|(?P<based>.{3,60}?) is based in .{2,40} and (?:writes|reports|covers)\b.{0,200}"
)
_PRESS = re.compile(
    r"journalist|reporter|writer|correspondent|editor|columnist|author|critic|contributor|freelancer|"
    r"photographer|essayist|novelist"
)


def author_note(line: str) -> tuple[tuple[str, ...], bool] | None:
    """Read a closing note "NAME is a journalist based in PLACE": its names, and whether it is sure.

    A note on a researcher or the like may be a sentence of the story: not sure.
    """
    match = _NOTE.fullmatch(line.lstrip("—–- "))
    if not match or len(line.split()) > 60:
        return None
    given = next(match.group(n) for n in ("names", "other", "beat", "based") if match.group(n))
    names = split_authors(given)
    whole = [part for part in re.split(r",|\band\b", given) if part.strip()]
    if not names or len(names) != len(whole) or any(len(name.split()) < 2 for name in names):
        return None
    press = match.group("what") is None or _PRESS.search(match.group("what")) is not None
    return names, press and not re.search(
        r",? and (?:he|she|they)\b|\bwho\b|\bwhich\b|\bthat\b", line
    )
