"""Text copied off a web page, or typed: its head apart, its furniture left out, its body kept whole.

Whatever is left out is named in the article's coverage warnings. Where a heading such as "Related
stories" stands within an article, the body goes on with the next running text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape
from itertools import pairwise

import ftfy

from textmine.ingest.dates import author_note
from textmine.ingest.furniture import (
    ends_sentence,
    is_furniture,
    is_prose,
    list_rows,
    opens_tail,
)
from textmine.ingest.head import Head, read_head

#: "u2019" that lost its backslash: punctuation, Latin letters, the euro sign.
_ESCAPE = re.compile(
    r"\\?u(20[0-3][0-9a-f]|20a[0-9a-f]|20b[0-9a-f]|00[a-f][0-9a-f]|01[0-7][0-9a-f])"
)
_ENTITY = re.compile(r"&(?:#\d{2,6}|#x[0-9a-fA-F]{2,5}|[a-zA-Z]{2,8});")
#: UTF-8 read as Windows-1252.
_MOJIBAKE = re.compile(r"â€|Ã[\x80-\xbf©¨ª«¬­®¯°±²³´µ¶·¸¹º»¼½¾¿¡-]|Â[ £©®°]")


#: A paragraph of this many words is no teaser if it speaks of the article's names.
_LONG_PARAGRAPH = 45
_CALENDAR = frozenset(
    [
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ]
)


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What was found in a text: its body, its head, and what was left out."""

    text: str
    title: str | None = None
    published: str | None = None
    authors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def repair_escapes(text: str) -> str:
    """Mend letters that a page's export broke: "todayu2019s", "&rsquo;", "â€™" -> "’"."""
    text = _ESCAPE.sub(lambda match: chr(int(match.group(1), 16)), text)
    text = _ENTITY.sub(lambda match: unescape(match.group()), text)
    return ftfy.fix_encoding(text) if _MOJIBAKE.search(text) else text


def normalise_lines(text: str) -> str:
    """Bring line ends to ``\\n`` and odd spaces to plain ones; drop invisible characters."""
    text = re.sub(r"\r\n?|\u2028|\u2029|\x0b|\x0c|\x85", "\n", text)
    text = re.sub(r"[\u200b\u200c\u200d\u2060\ufeff\u00ad\x00]", "", text)
    text = re.sub(r"[\u00a0\u2000-\u200a\u202f\u205f\u3000\t]", " ", text)
    text = re.sub(r"[\x01-\x08\x0e-\x1f\x7f]", "", text)
    return re.sub(r"[ ]+\n", "\n", text)


def _is_wrapped(lines: Sequence[str]) -> bool:
    """Say whether a block's lines are one paragraph broken at a fixed width.

    Such a line ends where the next one's first word would not have fitted.
    """
    width = max(map(len, lines), default=0)
    if len(lines) < 2 or not 40 <= width <= 130:
        return False
    fitting = [
        not line.endswith("-") and len(line) + 1 + len(after.split(" ")[0]) <= width - 2
        for line, after in pairwise(lines)
    ]
    return sum(fitting) <= 0.1 * len(fitting)


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


def clean(text: str, *, find_head: bool = True, title: str | None = None) -> Cleaned:
    """Clean a pasted or typed text.

    ``find_head``: search the first lines for title, date and authors, which then leave the body;
    ``title``: it is known, date and authors are still searched for.
    """
    lines = paragraphs(repair_escapes(normalise_lines(text)))
    head = read_head(lines, title=title) if find_head or title else Head()
    rest = lines[head.body_from :]
    body, authors, dropped = _body(rest)
    kept = [*head.standfirst, *body]
    if not kept and head.title and not title:
        # One line, or a heading alone: it is the text.
        return Cleaned(head.title, None, head.published, head.authors or authors)
    if head.dropped:
        dropped["page furniture"] += head.dropped
    warnings = tuple(
        f"left out: {count} line{'s' if count > 1 else ''} of {what}"
        for what, count in dropped.items()
    )
    return Cleaned("\n\n".join(kept), head.title, head.published, head.authors or authors, warnings)


@dataclass(slots=True)
class _Tail:
    """A block of links being passed over: titles seen in a row, and whether they have teasers."""

    titles: int = 0
    has_teasers: bool = False

    def pass_over(self, lines: Sequence[str], n: int) -> None:
        """Take note of line ``n`` of the block."""
        if is_prose(lines[n]):
            # A sentence between two titles: from here on, what follows a title is its teaser.
            after = lines[n + 1] if n + 1 < len(lines) else ""
            between = not is_prose(after) and not is_prose(lines[n - 1])
            self.has_teasers = self.has_teasers or between
            self.titles = 0
        else:
            self.titles += 1

    def ends_at(self, lines: Sequence[str], n: int, rows: set[int]) -> bool:
        """Say whether the body goes on at line ``n``."""
        short = not is_prose(lines[n - 1]) and len(lines[n].split()) <= 30
        if self.has_teasers and short:
            return False
        return _goes_on(lines, n, rows, has_titles=self.titles > 1)


def _body(lines: Sequence[str]) -> tuple[list[str], tuple[str, ...], Counter[str]]:
    """Return the body's paragraphs, the authors of a closing note, and counts of what was left out."""
    dropped: Counter[str] = Counter()
    rows = list_rows(lines)
    repeated = _pull_quotes(lines)
    body: list[str] = []
    authors: tuple[str, ...] = ()
    tail: _Tail | None = None
    for n, line in enumerate(lines):
        if tail is not None and tail.ends_at(lines, n, rows):
            tail = None
        found = _authors_at(lines, n, body)
        if found:
            authors = authors or found
            dropped["author's note"] += 1
            tail = _Tail()
        elif n in rows:
            if body and n - 1 not in rows and lines[n - 1] == body[-1] and _heads_list(body[-1]):
                body.pop()
                dropped["an exported list's heading"] += 1
            dropped["rows of an exported list"] += 1
        elif opens_tail(line):
            dropped["links to other stories"] += 1
            tail = _Tail()
        elif tail is not None:
            tail.pass_over(lines, n)
            dropped["links to other stories"] += 1
        elif is_furniture(line):
            dropped["page furniture"] += 1
        elif n in repeated:
            dropped["a pull quote"] += 1
        else:
            body.append(line)
    return body, authors, dropped


def _heads_list(line: str) -> bool:
    return len(line.split()) <= 12 and not ends_sentence(line)


def _goes_on(lines: Sequence[str], n: int, rows: set[int], *, has_titles: bool) -> bool:
    """Say whether the body goes on at line ``n`` after a block of links.

    Teasers are a title and a sentence, in turn; a body is paragraph after paragraph. Running text
    goes on with it in three paragraphs, whatever they say; in two, in a long one, or in one after
    several titles without a teaser (``has_titles``) if it speaks of the same things as before.
    """
    if not is_prose(lines[n]) or is_furniture(lines[n]):
        return False
    run = []
    for later in range(n, len(lines)):
        line = lines[later]
        if is_furniture(line) or later in rows:
            continue
        if opens_tail(line) or author_note(line) or not ends_sentence(line):
            break
        if is_prose(line):
            run.append(line)
    if len(run) >= 3:
        return True
    before = " ".join(line for line in lines[:n] if is_prose(line))
    shared = len(_names(" ".join(run)) & _names(before))
    common = len(_words(" ".join(run)) & _words(before))
    if len(run) == 2 or len(lines[n].split()) >= _LONG_PARAGRAPH:
        return shared >= 2 or (shared >= 1 and common >= 2)
    return has_titles and (shared >= 2 or (shared >= 1 and common >= 2))


def _words(text: str) -> set[str]:
    """Return the longer words in small letters: what a text speaks of."""
    return set(re.findall(r"\b[a-z]{7,}\b", text))


def _names(text: str) -> set[str]:
    """Return the words with a capital that do not begin a sentence."""
    return set(re.findall(r"(?<=[a-z,;] )[A-ZÀ-Þ][\w’'-]{2,}", text)) - _CALENDAR


def _authors_at(lines: Sequence[str], n: int, body: Sequence[str]) -> tuple[str, ...]:
    """Return the authors named by a closing note at line ``n``, or nothing.

    No running text goes on after such a note, and none has spoken of the person before.
    """
    found = author_note(lines[n])
    if found is None or not body:
        return ()
    names, sure = found
    first_tail = next((k for k in range(n + 1, len(lines)) if opens_tail(lines[k])), len(lines))
    follows = [
        line
        for line in lines[n + 1 : first_tail]
        if is_prose(line) and not is_furniture(line) and not author_note(line)
    ]
    known = " ".join(body)
    if follows or any(name.split()[-1] in known for name in names):
        return ()
    return names if sure or (len(lines[n].split()) <= 16 and ", and" not in lines[n]) else ()


def _pull_quotes(lines: Sequence[str]) -> set[int]:
    """Return the places of short lines that another paragraph of the body holds word for word."""
    first_tail = next((n for n, line in enumerate(lines) if opens_tail(line)), len(lines))
    bare = [line.strip("\"'“”‘’«» .…") for line in lines]
    return {
        n
        for n, line in enumerate(bare)
        if 6 <= len(line.split()) <= 40
        and any(
            line in other and len(other) > len(line) + 10
            for k, other in enumerate(lines[:first_tail])
            if k != n
        )
    }
