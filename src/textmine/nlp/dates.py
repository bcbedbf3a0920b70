"""Dates in running text, as ISO 8601 values no more precise than the words.

Relative dates ("last March", "on Tuesday", "three years ago") are resolved against the article's
date of publication; without one they get no value and are left alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

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
_DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_MONTH = (
    r"(?P<month>January|February|March|April|May|June|July|August|September|October|November"
    r"|December|(?:Jan|Feb|Mar|Apr|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
)
_DAY = r"(?P<day>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>(?:1[89]|20)\d\d)(?![\d%])"
_ORDINAL = r"(?P<ordinal>first|second|third|fourth|final|last|1st|2nd|3rd|4th)"
_PART = r"(?:early|mid|late|the (?:start|beginning|middle|end) of)"
_COUNT = (
    r"(?P<count>\d+(?:\.\d+)?|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
    r"|fifteen|twenty|thirty|forty|fifty|two and a half)"
)
_SMALL_NUMBERS = {
    word: n
    for n, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
        ]
    )
} | {"a": 1, "an": 1, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50}
#: What four digits count oftener than they date.
_COUNTED = (
    r"(?:(?:work|soldi|offic|vot|farm|teach|play|memb|custom|subscrib|passeng|prison|sharehold|follow)ers|employees"
    r"|students|pupils|troops|patients|residents|families|refugees|migrants|delegates|guests|participants|victims|hostages"
    r"|votes|seats|jobs|posts|homes|houses|flats|rooms|beds|shops|stores|branches|units|cars|vehicles|shares|cases|deaths"
    r"|pages|words|dollars|euros|pounds|rupees|tons|tonnes|miles|kilomet(?:re|er)s|met(?:re|er)s|acres|hectares|barrels)\b"
)
_SEASON = r"(?P<season>spring|summer|autumn|fall|winter)"

#: Name, pattern. The first that matches at the leftmost place wins; the longest come first.
_PATTERNS: list[tuple[str, re.Pattern[str]]] = [
    (name, re.compile(pattern, flags))
    for name, pattern, flags in (
        ("iso", r"\b(?P<year>(?:19|20)\d\d)-(?P<month>0[1-9]|1[0-2])-(?P<day>[0-3]\d)\b", 0),
        ("dmy", rf"\b{_DAY}(?: of)? {_MONTH},? {_YEAR}", 0),
        ("mdy", rf"\b{_MONTH} {_DAY},? {_YEAR}", 0),
        ("quarter", rf"\b{_ORDINAL}[ -](?P<part>quarter|half)(?:,? (?:of )?(?:the )?(?:fiscal )?{_YEAR})?", re.I),
        ("quarter", rf"\b(?P<code>[QH][1-4])(?:[ /](?:of )?(?:FY)?{_YEAR})?(?!\w)", 0),
        ("monthquarter", rf"\b{_MONTH} quarter\b", 0),
        ("my", rf"\b{_MONTH}(?:,? | of ){_YEAR}", 0),
        ("dm", rf"\b{_DAY}(?: of)? {_MONTH}(?! \d)", 0),
        ("md", rf"\b{_MONTH} {_DAY}(?!,?\d|\s*(?:%|per|million|billion|percent))", 0),
        ("years", r"\b(?P<year>(?:1[89]|20)\d\d)(?:\s?[-–—]\s?|/)(?P<until>(?:1[89]|20)\d\d|\d\d)(?![\d%-])", 0),
        ("years", r"(?<=between )(?P<year>(?:1[89]|20)\d\d) and (?P<until>(?:1[89]|20)\d\d)(?![\d%])", re.I),
        ("years", r"(?<=from )(?P<year>(?:1[89]|20)\d\d) (?:to|until|through) (?P<until>(?:1[89]|20)\d\d)(?![\d%])", re.I),
        ("fiscal", rf"\b(?:fiscal(?: year)?|FY|financial year) ?(?:{_YEAR}(?:[-–/](?:\d{{4}}|\d\d))?|(?P<short>\d\d)\b)", re.I),
        ("decade", r"\b(?:(?P<year>(?:1[89]|20)\d)0s|(?P<word>twenties|thirties|forties|fifties|sixties|seventies|eighties|nineties)(?<=[a-z]))(?!\w)", 0),
        ("ago", rf"\b{_COUNT}(?:[ -](?P<of>dozen))?[ -](?P<unit>day|week|month|quarter|year|decade)s? (?:ago|earlier)\b", re.I),
        ("relative", r"\b(?P<which>last|this|next|the (?:previous|following|coming|past|same)) (?P<unit>week|month|quarter|year|decade|century)(?! ago)(?=\W)", re.I),
        ("relmonth", rf"\b(?P<which>last|this|next) {_MONTH}\b", 0),
        ("relday", r"\b(?P<which>last|this|next) (?P<weekday>Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)\b", 0),
        ("relseason", rf"\b(?P<which>last|this|next) {_SEASON}\b", re.I),
        ("weekday", r"\b(?P<weekday>Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)\b(?!s)", 0),
        ("near", r"\b(?P<near>yesterday|tomorrow)\b", re.I),
        ("year", rf"(?<![\d,.$€£¥-])\b(?:(?i:mid)-)?{_YEAR}(?!\s*(?:%|per cent|percent|million|billion|[a-z]+s\b(?<!s was)))(?![,.]\d)(?!-)", 0),
        ("year", rf"(?:(?<=\bin )|(?<=\bIn )|(?<=\bsince )|(?<=\bSince )|(?<=\bby )|(?<=\bBy )|(?<=\buntil )|(?<=\bfrom )|(?<=\bof )){_YEAR}(?![,.]\d)", 0),
        # "the 2019 elections", "its 2021 accounts"; "the 2000 workers", "the 2019 homes" are that many
        ("year", rf"(?:(?<=\b[Tt]he )|(?<=\b[Ii]ts )|(?<=\b[Hh]is )|(?<=\b[Hh]er )|(?<=\b[Tt]heir )|(?<=[’']s ))(?P<year>19[5-9]\d|20[0-3]\d)(?<!00)(?= (?!{_COUNTED})[a-z]+s\b)", 0),
        ("month", rf"(?:(?<=\bin )|(?<=\bIn )|(?<=\bsince )|(?<=\bSince )|(?<=\bby )|(?<=\bBy )|(?<=\buntil )|(?<=\bfrom )|(?<=\bto )|(?<=\band )|(?<=\bof )|(?<=\bfor )|(?<=\bearly )|(?<=\blate )|(?<=\bmid-)|(?<=\bduring )|(?<=\bthrough )|(?<=\bthis )|(?<=\bbefore )|(?<=\bafter )|(?<=\bbetween )){_MONTH}(?![\w-])(?! \d)", 0),
    )
]  # fmt: skip
_FUTURE = re.compile(
    r"\b(will|shall|due|plans? to|expects?|expected|scheduled|aims?|hopes?|intends?|would|upcoming"
    r"|set to|to (?:be|open|start|begin|launch|reach|publish|report|vote|decide)|going to|next)\b",
    re.IGNORECASE,
)
_PAST = re.compile(
    r"\b(said|says|told|announced|was|were|had|has|have|did|\w{3,}ed|rose|fell|began|came|won)\b"
    r"(?!.*\b(?:will|due|would|to)\b)",
    re.IGNORECASE,
)


def _is_future(before: str) -> bool | None:
    """Say whether the clause that leads up to a date speaks of what is to come; None: neither."""
    clause = re.split(r"[;:]|,(?! which| who)", before[-120:])[-1]
    if _PAST.search(clause) and not re.search(r"\bwill\b", clause):
        return re.search(r"\b(due|scheduled|to (?:be|open|start|begin))\b", clause) is not None
    return True if _FUTURE.search(clause) else None


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date at ``start``-``end``: a value, or ``low`` and ``high`` for a range."""

    start: int
    end: int
    value: str | None = None
    low: str | None = None
    high: str | None = None


def parse_day(value: str | None) -> date | None:
    """Read the date of publication; one known only by its year or month gives no anchor."""
    try:
        return date.fromisoformat((value or "")[:10])
    except ValueError:
        return None


def _month_number(word: str) -> int:
    word = word.lower().rstrip(".")
    return next(n for n, name in enumerate(_MONTHS, 1) if name.startswith(word[:3]))


def _shift_month(anchor: date, months: int) -> str:
    index = anchor.year * 12 + anchor.month - 1 + months
    return f"{index // 12:04}-{index % 12 + 1:02}"


def _week(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def _month_near(month: int, anchor: date, *, future: bool | None) -> str:
    """Return the month's year: the latest one not after the anchor, or the next if future.

    Where the clause does not say (None), the next one if it is at most three months off.
    """
    if future is None:
        future = (month - anchor.month) % 12 <= 3 and month != anchor.month
    year = anchor.year
    if future and month < anchor.month:
        year += 1
    elif not future and month > anchor.month:
        year -= 1
    return f"{year}-{month:02}"


def _full(g: dict[str, str | None], month: int, year: str) -> str | None:
    try:
        return date(int(year), month, int(g["day"] or 0)).isoformat()
    except ValueError:
        return None


def _relative(which: str, unit: str, anchor: date) -> str | None:
    which = which.lower().removeprefix("the ")
    step = {"last": -1, "previous": -1, "past": -1, "next": 1, "following": 1, "coming": 1}.get(
        which, 0
    )
    if which in {"past", "same", "following", "previous"}:
        return None
    if unit == "week":
        return _week(anchor + timedelta(weeks=step))
    if unit == "month":
        return _shift_month(anchor, step)
    if unit == "quarter":
        index = anchor.year * 4 + (anchor.month - 1) // 3 + step
        return f"{index // 4}-Q{index % 4 + 1}"
    if unit == "year":
        return str(anchor.year + step)
    if unit == "decade":
        return f"{(anchor.year // 10 + step) * 10}s"
    return None


def _ago(g: dict[str, str | None], anchor: date) -> str | None:
    word = (g["count"] or "").lower()
    try:
        count = 2.5 if word == "two and a half" else float(_SMALL_NUMBERS.get(word, word))
    except ValueError:
        return None
    unit = (g["unit"] or "").lower()
    if unit == "day":
        return (anchor - timedelta(days=int(count))).isoformat()
    if unit == "week":
        return _week(anchor - timedelta(weeks=int(count)))
    if unit == "month":
        return _shift_month(anchor, -int(count))
    if unit == "quarter":
        return _shift_month(anchor, -3 * int(count))
    if unit == "year":
        return str(anchor.year - int(count))
    return str(anchor.year - 10 * int(count))


def _weekday(word: str, which: str, anchor: date, *, future: bool | None) -> str:
    """News style: the weekday just past, or the coming one with "next" or a future tense."""
    offset = (anchor.weekday() - _DAYS.index(word.lower())) % 7
    if which == "next" or (future and which != "last"):
        return (
            anchor + timedelta(days=(7 - offset) % 7 or (7 if which == "next" else 0))
        ).isoformat()
    if which == "last" and offset == 0:
        offset = 7
    return (anchor - timedelta(days=offset)).isoformat()


def _quarter(g: dict[str, str | None], anchor: date | None, *, future: bool | None) -> str | None:
    code = g.get("code")
    if not code:
        ordinal = (g["ordinal"] or "").lower()
        half = (g["part"] or "").lower() == "half"
        number = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3}.get(ordinal, 4)
        if half and number > 2:
            number = 2
        code = f"{'H' if half else 'Q'}{number}"
    year = g["year"]
    if year:
        return f"{year}-{code}"
    if anchor is None:
        return None
    months = 6 if code[0] == "H" else 3
    begins = (int(code[1]) - 1) * months + 1
    shift = 1 if future and begins + months - 1 < anchor.month else 0
    shift = -1 if not future and begins > anchor.month else shift
    return f"{anchor.year + shift}-{code}"


def _value(
    name: str, g: dict[str, str | None], anchor: date | None, future: bool | None
) -> str | None:
    """Return the ISO value of a match by the name of its pattern, or None."""
    year, month = g.get("year"), g.get("month")
    number = 0
    if month:
        number = int(month) if month.isdigit() else _month_number(month)
    if name in {"iso", "dmy", "mdy"} and year:
        return _full(g, number, year)
    if name == "my":
        return f"{year}-{number:02}"
    if name == "year":
        return year
    if name == "fiscal":
        return year or f"20{g['short']}"
    if name == "decade":
        words = [
            "twenties",
            "thirties",
            "forties",
            "fifties",
            "sixties",
            "seventies",
            "eighties",
            "nineties",
        ]
        return f"{year}0s" if year else f"19{words.index((g['word'] or '').lower()) + 2}0s"
    if name == "quarter":
        return _quarter(g, anchor, future=future)
    if anchor is None and name in {"dm", "md"}:
        # ISO 8601's form for a day of no known year.
        return f"--{number:02}-{int(g['day'] or 0):02}"
    return _anchored(name, g, number, anchor, future) if anchor else None


def _anchored(
    name: str, g: dict[str, str | None], month: int, anchor: date, future: bool | None
) -> str | None:
    which = (g.get("which") or "").lower()
    if name in {"dm", "md"}:
        return _full(g, month, _month_near(month, anchor, future=future)[:4])
    if name == "month":
        return _month_near(month, anchor, future=future)
    if name == "monthquarter":
        return f"{_month_near(month, anchor, future=future)[:4]}-Q{(month + 2) // 3}"
    if name == "ago":
        return _ago(g, anchor)
    if name == "relative":
        return _relative(which, (g["unit"] or "").lower(), anchor)
    if name == "relmonth":
        if which == "this":
            return f"{anchor.year}-{month:02}"
        if which == "next":
            return f"{anchor.year + (month <= anchor.month)}-{month:02}"
        return f"{anchor.year - (month >= anchor.month)}-{month:02}"
    if name in {"weekday", "relday"}:
        return _weekday(g["weekday"] or "", which, anchor, future=future)
    if name == "relseason":
        return str(anchor.year + {"last": -1, "next": 1}.get(which, 0))
    day = anchor + timedelta(days=-1 if (g["near"] or "").lower() == "yesterday" else 1)
    return day.isoformat()


def _told_year(before: str) -> date | None:
    """Return the last year named in the sentence so far: "a year earlier" is counted from there."""
    years = re.findall(r"\b(?:19|20)\d\d\b", before)
    return date(int(years[-1]), 1, 1) if years else None


def find_dates(text: str, *, published: str | None = None, offset: int = 0) -> list[FoundDate]:
    """Find the dates in one sentence; ``offset`` is added to the offsets returned.

    Dates that depend on ``published`` (ISO 8601, to the day) are left out without it, but for a
    day and month ("--02-11").
    """
    anchor = parse_day(published)
    out: list[FoundDate] = []
    taken: list[tuple[int, int]] = []
    for name, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            if any(a < match.end() and match.start() < b for a, b in taken):
                continue
            groups = match.groupdict()
            start, end = match.start() + offset, match.end() + offset
            if name == "years":
                first, until = groups["year"] or "", groups["until"] or ""
                until = first[: 4 - len(until)] + until
                if int(until) <= int(first):
                    continue
                found = FoundDate(start, end, None, first, until)
            else:
                at = anchor
                if name == "ago" and match.group().lower().endswith("earlier"):
                    at = _told_year(text[: match.start()]) or anchor
                value = _value(name, groups, at, _is_future(text[: match.start()]))
                if value is None:
                    continue
                found = FoundDate(start, end, value)
            out.append(found)
            taken.append((match.start(), match.end()))
    return sorted(out, key=lambda found: found.start)
