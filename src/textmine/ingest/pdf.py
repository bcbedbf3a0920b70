"""PDF files: lines with their place and size, joined into paragraphs; running heads dropped."""

from __future__ import annotations

import io
import logging
import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any

from pypdf import PageObject, PdfReader
from pypdf.errors import PyPdfError

from textmine.errors import SourceError
from textmine.ingest.documents import with_metadata
from textmine.ingest.pasted import Cleaned, clean, normalise_lines

logging.getLogger("pypdf").setLevel(logging.ERROR)
_PAGE_NUMBER = re.compile(r"(page\s+)?\d{1,4}(\s*(/|of)\s*\d{1,4})?", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?:…][\"'”’)]*$")


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    y: float
    size: float


def read_pdf(content: bytes, *, name: str) -> Cleaned:
    """Read a PDF's text; running heads, feet and page numbers are dropped.

    Raises SourceError for a damaged, locked or scanned (textless) file.
    """
    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            raise SourceError(f"{name} is locked with a password: save an unlocked copy")
        pages = [_lines(page) for page in reader.pages]
        known = reader.metadata
        title, author = (known.title, known.author) if known else (None, None)
    except (PyPdfError, ValueError, KeyError, OSError, RecursionError, TypeError) as error:
        raise SourceError(
            f"{name} is damaged or cut short and cannot be read as PDF ({error}): "
            "download or export it again"
        ) from error
    if not any(pages):
        raise SourceError(f"{name} holds no text (a scan?): run text recognition (OCR) on it first")
    blocks = _paragraphs(_without_running_heads(pages))
    found = clean("\n\n".join(blocks))
    generic = (title or "").strip().lower() in {"", "untitled", "(anonymous)", "unspecified"}
    return with_metadata(
        found,
        title=None if generic else title,
        author=None if (author or "").strip("()").lower() in {"", "anonymous"} else author,
        date=None,
    )


def _lines(page: PageObject) -> list[_Line]:
    """Return a page's lines with their height on the page and the size of their letters."""
    fragments: list[tuple[float, float, str]] = []

    def visit(text: str, cm: Any, tm: Any, font: Any, size: float) -> None:
        y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
        scale = abs(tm[3]) or 1.0
        fragments.append((y, float(size or 0) * scale, text))

    page.extract_text(visitor_text=visit)
    out: list[_Line] = []
    held, place, size = "", 0.0, 0.0
    for y, letter, text in fragments:
        for n, piece in enumerate(normalise_lines(text).split("\n")):
            if n:
                if held.strip():
                    out.append(_Line(" ".join(held.split()), place, size))
                held = ""
            if piece.strip() and not held.strip():
                place, size = y, letter
            held += piece
    if held.strip():
        out.append(_Line(" ".join(held.split()), place, size))
    return out


def _without_running_heads(pages: list[list[_Line]]) -> list[list[_Line]]:
    """Drop page numbers, and first and last lines that stand on most pages."""
    edges = Counter(
        shape
        for lines in pages
        for shape in {re.sub(r"\d+", "#", line.text) for line in (*lines[:2], *lines[-2:])}
    )

    def runs(line: _Line) -> bool:
        repeated = edges[re.sub(r"\d+", "#", line.text)] > max(1, len(pages) / 2)
        return repeated or _PAGE_NUMBER.fullmatch(line.text) is not None

    return [
        [
            line
            for n, line in enumerate(lines)
            if not ((n < 2 or n >= len(lines) - 2) and runs(line))
        ]
        for lines in pages
    ]


def _paragraphs(pages: list[list[_Line]]) -> list[str]:
    """Join lines into paragraphs: parted by a wider gap, another letter size or a short last line."""
    gaps = [round(a.y - b.y, 1) for lines in pages for a, b in pairwise(lines) if a.y > b.y]
    leading = median(gaps) if gaps else 0.0
    body = median(line.size for lines in pages for line in lines) or 1.0
    width = max((len(line.text) for lines in pages for line in lines), default=0)
    out: list[str] = []
    last: _Line | None = None
    for lines in pages:
        for n, line in enumerate(lines):
            if last is None or _parts(
                last, line, leading * max(1.0, line.size / body), width, new_page=n == 0
            ):
                out.append(line.text)
            elif out[-1].endswith("-") and line.text[:1].islower():
                out[-1] = out[-1][:-1] + line.text
            else:
                out[-1] = f"{out[-1]} {line.text}"
            last = line
    return out


def _parts(last: _Line, line: _Line, leading: float, width: int, *, new_page: bool) -> bool:
    """Say whether a new paragraph begins at ``line``."""
    if abs(last.size - line.size) > 0.5:
        return True
    ends = _SENTENCE_END.search(last.text) is not None
    if new_page or line.y > last.y:
        return ends
    if last.y - line.y > 1.35 * leading:
        return True
    return ends and len(last.text) < 0.7 * width
