"""Which lines are page furniture: patterns from ``rules/furniture.yaml``, and what they may not eat.

A line of prose (a sentence or more) is dropped only by a pattern that no sentence of a story fits;
losing a paragraph is the worst mistake here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import yaml

_SENTENCE_END = re.compile(r"[.!?…][\"'”’»)\]]*$")
_SMALL = frozenset(
    [
        "a",
        "an",
        "and",
        "as",
        "at",
        "by",
        "for",
        "from",
        "how",
        "in",
        "is",
        "of",
        "on",
        "or",
        "the",
        "to",
        "why",
        "with",
    ]
)
#: Words that a sentence of a story has at least.
_PROSE_WORDS = 9


@dataclass(frozen=True, slots=True)
class _Rules:
    line: re.Pattern[str]
    sentence: re.Pattern[str]
    tail: re.Pattern[str]
    row: re.Pattern[str]
    weak_row: re.Pattern[str]
    sections: frozenset[str]


@lru_cache(maxsize=1)
def _rules() -> _Rules:
    source = files("textmine.ingest") / "rules" / "furniture.yaml"
    rules = yaml.safe_load(source.read_text(encoding="utf-8"))

    def any_of(name: str) -> re.Pattern[str]:
        return re.compile("|".join(f"(?:{pattern})" for pattern in rules[name]), re.IGNORECASE)

    return _Rules(
        any_of("line"),
        any_of("sentence"),
        any_of("tail"),
        re.compile(rules["row"]),
        re.compile(rules["weak_row"]),
        frozenset(rules["sections"]),
    )


def ends_sentence(line: str) -> bool:
    """Say whether a line ends as a sentence does."""
    return _SENTENCE_END.search(line) is not None


def is_prose(line: str) -> bool:
    """Say whether a line is running text: a sentence or more, not a heading or a label."""
    return len(line.split()) >= _PROSE_WORDS and ends_sentence(line)


def is_furniture(line: str) -> bool:
    """Say whether a line is page furniture wherever it stands."""
    rules = _rules()
    if rules.sentence.fullmatch(line):
        return True
    # What ends as a sentence does may be an answer in an interview: "Next.", "Why Bloomberg?"
    spoken = ends_sentence(line) and len(line.split()) < _PROSE_WORDS
    return not spoken and not _tells_a_story(line) and rules.line.fullmatch(line) is not None


def _tells_a_story(line: str) -> bool:
    """Say whether a line's first sentence is in small letters for the most, as no credit is."""
    words = re.findall(r"[^\W\d_]+", re.split(r"(?<=[a-z])\. ", line)[0])
    small = sum(word.islower() for word in words)
    return is_prose(line) and small >= 0.5 * len(words)


def opens_tail(line: str) -> bool:
    """Say whether a line heads a block of links to other stories or a sign-up form."""
    return _rules().tail.fullmatch(line) is not None


def is_section(line: str) -> bool:
    """Say whether a line is a section's name, a menu or a path through the site's sections."""
    parts = [part.strip().lower() for part in re.split(r"\s*[|•·>›»/]\s*|\s*,\s*", line) if part]
    sections = _rules().sections
    if all(part in sections for part in parts):
        return True
    if re.search(r"\s[>›»]\s", line):
        return True
    words = [word.strip("&").lower() for word in line.split() if word.strip("&")]
    known = sum(word in sections for word in words)
    plain = not any(word in _SMALL for word in words)
    return len(words) >= 3 and plain and known >= 0.6 * len(words)


def list_rows(lines: Sequence[str]) -> set[int]:
    """Return the places of lines that are rows of an exported ranking or chart.

    A row alone may be a story's own list; two with a rank and a value, or three of the weaker
    shape (name, value), one after another, are an export.
    """
    rules = _rules()
    out: set[int] = set()
    for pattern, least in ((rules.row, 2), (rules.weak_row, 3)):
        run: list[int] = []
        for n, line in enumerate([*lines, ""]):
            if pattern.fullmatch(line) and not is_prose(line):
                run.append(n)
                continue
            if len(run) >= least:
                out.update(run)
            run = []
    return out
