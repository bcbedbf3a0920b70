"""Text copied off a web page, or typed: find its title, date and authors; drop the furniture.

The page's furniture (skip links, captions, exported rankings, teasers of other stories, newsletter
forms) is recognised line by line from ``rules/furniture.yaml``; whatever is dropped is named in the
article's coverage warnings.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files

import yaml

from textmine.ingest.dates import byline, date_line, split_authors

_ESCAPE = re.compile(r"\\?u(20[12][0-9a-f]|00a0|00e9)(?![0-9a-f]{2})", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?…:;][\"'”’»)\]]*$")
#: A paragraph of this many words ends a block of teasers: teasers run to one or two sentences.
_FULL_PARAGRAPH = 45


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What was found in a text: its body, its head, and what was left out."""

    text: str
    title: str | None = None
    published: str | None = None
    authors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Rules:
    anywhere: re.Pattern[str]
    tail: re.Pattern[str]
    list_row: re.Pattern[str]
    author_note: re.Pattern[str]


@lru_cache(maxsize=1)
def _rules() -> _Rules:
    source = files("textmine.ingest") / "rules" / "furniture.yaml"
    rules = yaml.safe_load(source.read_text(encoding="utf-8"))

    def any_of(name: str) -> re.Pattern[str]:
        return re.compile("|".join(f"(?:{pattern})" for pattern in rules[name]), re.IGNORECASE)

    return _Rules(
        any_of("anywhere"),
        any_of("tail"),
        re.compile(rules["list_row"], re.IGNORECASE),
        re.compile(rules["author_note"]),
    )


def repair_escapes(text: str) -> str:
    """Mend escapes that lost their backslash: "todayu2019s" -> "today’s"."""
    return _ESCAPE.sub(lambda match: chr(int(match.group(1), 16)), text)


def normalise_lines(text: str) -> str:
    """Bring line ends to ``\\n`` and odd spaces to plain ones; drop invisible characters."""
    text = re.sub(r"\r\n?|\u2028|\u2029|\x0b|\x0c|\x85", "\n", text)
    text = re.sub(r"[\u200b\u200c\u200d\u2060\ufeff\u00ad\x00]", "", text)
    text = re.sub(r"[\u00a0\u2000-\u200a\u202f\u205f\u3000\t]", " ", text)
    text = re.sub(r"[\x01-\x08\x0e-\x1f\x7f]", "", text)
    return re.sub(r"[ ]+\n", "\n", text)


def _is_wrapped(lines: list[str]) -> bool:
    """Say whether a block's lines are one paragraph broken at a fixed width."""
    if len(lines) < 2 or max(map(len, lines)) > 130:
        return False
    open_ends = [len(line) >= 40 and not _SENTENCE_END.search(line) for line in lines[:-1]]
    return sum(open_ends) >= 0.5 * len(open_ends)


def paragraphs(text: str) -> list[str]:
    """Split text at blank lines and at line ends, joining lines broken at a fixed width."""
    out: list[str] = []
    for block in re.split(r"\n\s*\n", text):
        lines = [" ".join(line.split()) for line in block.split("\n") if line.strip()]
        if _is_wrapped(lines):
            joined = lines[0]
            for line in lines[1:]:
                hyphen = joined.endswith("-") and line[:1].islower() and joined[-2:-1].isalpha()
                joined = joined[:-1] + line if hyphen else f"{joined} {line}"
            lines = [joined]
        out.extend(lines)
    return out


def is_furniture(line: str) -> bool:
    """Say whether a line is page furniture wherever it stands."""
    rules = _rules()
    return bool(rules.anywhere.fullmatch(line) or rules.tail.fullmatch(line))


@dataclass(slots=True)
class _Head:
    title: str | None = None
    published: str | None = None
    authors: tuple[str, ...] = ()
    body_from: int = 0
    standfirst: list[str] = field(default_factory=list)
    dropped: int = 0


def _read_head(lines: list[str]) -> _Head:
    """Read title, standfirst, date and byline off the lines before the body."""
    full = next((n for n, line in enumerate(lines) if _is_full(line)), len(lines))
    limit = min(full, 15)
    marks = [n for n in range(limit) if date_line(lines[n]) or byline(lines[n])]
    prose = next((n for n in range(limit) if _is_prose(lines[n])), limit)
    reach = min(limit, max(prose, marks[-1] + 2 if marks else 0))
    titles = [n for n in range(reach) if _title_score(lines[n]) > 0]
    best = max(titles, key=lambda n: (_title_score(lines[n]), -n), default=None)
    end = max([-1, *marks, *([] if best is None else [best])]) + 1
    head = _Head(title=None if best is None else lines[best], body_from=end)
    for n in range(end):
        line = lines[n]
        if date_line(line):
            head.published = head.published or date_line(line)
        elif byline(line):
            head.authors = head.authors or byline(line)
        elif (n != best and _is_prose(line) and not is_furniture(line)) or (
            n != best and best is not None and n > best and not is_furniture(line)
        ):
            head.standfirst.append(line)
        elif n != best:
            head.dropped += 1
    return head


def _title_score(line: str) -> int:
    """Weigh a line as a headline: 0 for what is none, more for length and small words.

    A menu ("World Business Tech Opinion") has no small words; a headline nearly always does.
    """
    words = line.split()
    if not 2 <= len(words) <= 30 or line.endswith((".", ",", ";")):
        return 0
    if is_furniture(line) or date_line(line) or byline(line):
        return 0
    small = any(word[:1].islower() or word[:1].isdigit() for word in words)
    return min(len(words), 8) + 4 * small


def _is_prose(line: str) -> bool:
    return len(line.split()) >= 12 and bool(_SENTENCE_END.search(line))


def clean(text: str, *, find_head: bool = True) -> Cleaned:
    """Clean a pasted or typed text.

    ``find_head`` is for texts whose title, date and authors are not given elsewhere: the first
    lines are then searched for them and leave the body.
    """
    lines = paragraphs(repair_escapes(normalise_lines(text)))
    head = _read_head(lines) if find_head else _Head()
    dropped: Counter[str] = Counter({"page furniture": head.dropped} if head.dropped else {})
    body = list(head.standfirst)
    authors = head.authors
    rest = lines[head.body_from :]
    rules = _rules()
    in_tail = False
    for n, line in enumerate(rest):
        note = rules.author_note.fullmatch(line)
        far = sum(len(r.split()) for r in rest[n + 1 :] if _is_full(r))
        if note and far < 0.3 * sum(len(r.split()) for r in rest):
            authors = authors or split_authors(note.group("name"))
            dropped["author's note"] += 1
            in_tail = True
        elif rules.tail.fullmatch(line):
            dropped["links to other stories"] += 1
            in_tail = True
        elif in_tail and not _is_full(line):
            dropped["links to other stories"] += 1
        elif rules.list_row.fullmatch(line):
            if body and n and body[-1] == rest[n - 1] and not _SENTENCE_END.search(body[-1]):
                body.pop()
            dropped["rows of an exported list"] += 1
        elif rules.anywhere.fullmatch(line):
            dropped["page furniture"] += 1
        else:
            in_tail = False
            body.append(line)
    warnings = tuple(f"left out: {count} lines of {what}" for what, count in dropped.items())
    return Cleaned("\n\n".join(body), head.title, head.published, authors, warnings)


def _is_full(line: str) -> bool:
    return len(line.split()) >= _FULL_PARAGRAPH and bool(_SENTENCE_END.search(line))
