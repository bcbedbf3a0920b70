"""Word and Markdown documents."""

from __future__ import annotations

import io
import re
import tomllib
from dataclasses import replace
from typing import Any

import lxml.html
import yaml
from docx import Document
from markdown_it import MarkdownIt

from textmine.errors import SourceError
from textmine.ingest.dates import mark_line, published_date, split_authors
from textmine.ingest.pasted import Cleaned, clean

_FRONT_MATTER = re.compile(
    r"\A(?:---[ ]*\n(?P<yaml>.*?)\n(?:---|\.\.\.)[ ]*(?:\n|\Z)|\+\+\+[ ]*\n(?P<toml>.*?)\n\+\+\+[ ]*(?:\n|\Z))",
    re.DOTALL,
)
_FIELD = re.compile(r"^(\w+)\s*[:=]\s*[\"']?(.+?)[\"']?\s*$", re.MULTILINE)


def read_docx(content: bytes, *, name: str) -> Cleaned:
    """Read a Word document's paragraphs, headings and list items."""
    try:
        document = Document(io.BytesIO(content))
        texts = [paragraph.text.strip() for paragraph in document.paragraphs]
        rows = [
            " | ".join(dict.fromkeys(" ".join(cell.text.split()) for cell in row.cells))
            for table in document.tables
            for row in table.rows
        ]
        known = document.core_properties
        title, author = known.title, known.author
    except Exception as error:  # python-docx raises zip, XML and key errors of many kinds
        raise SourceError(
            f"{name} is damaged and cannot be read as a Word document ({error}): save it again"
        ) from error
    if rows and not any(texts):
        raise SourceError(
            f"{name} holds nothing but tables ({len(rows)} rows): save them as .csv to mine their texts"
        )
    found = clean("\n\n".join(text for text in texts if text))
    if rows:
        found = replace(found, warnings=(*found.warnings, table_warning(len(rows))))
    generic = {"python-docx", "microsoft office user", "user", "admin", "author"}
    return with_metadata(
        found, title=title, author=None if (author or "").lower() in generic else author, date=None
    )


def read_markdown(text: str) -> Cleaned:
    """Read Markdown: front matter for the metadata, running text without the marks."""
    text = text.replace("\r\n", "\n")
    fields, text = _front_matter(text)
    html = MarkdownIt("commonmark", {"html": False}).render(text)
    blocks, title = [], None
    tree = lxml.html.fromstring(f"<div>{html}</div>")
    for block in tree.iter("p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "pre"):
        lines = [" ".join(line.split()) for line in block.text_content().split("\n")]
        if block.tag == "li" and block.find("p") is not None:
            continue
        words = " ".join(block.text_content().split())
        if block.tag == "h1" and title is None:
            title = words
        elif words:
            # A byline and a date under each other are one paragraph to Markdown.
            marks = len(lines) > 1 and any(mark_line(line) for line in lines if line)
            blocks.extend([line for line in lines if line] if marks else [words])
    found = clean("\n\n".join(blocks), title=fields.get("title") or title)
    return with_metadata(
        found,
        title=fields.get("title"),
        author=fields.get("author") or fields.get("authors") or fields.get("byline"),
        date=fields.get("date") or fields.get("published"),
        prefer=True,
    )


def table_warning(rows: int) -> str:
    """Return the coverage note on tables that are not part of the running text."""
    return f"left out: {rows} row{'s' if rows > 1 else ''} of tables"


def _front_matter(text: str) -> tuple[dict[str, Any], str]:
    """Split the fields before a text (YAML or TOML) from it; of broken ones, what can be read."""
    match = _FRONT_MATTER.match(text)
    if not match:
        return {}, text
    rest = text[match.end() :]
    try:
        if match.group("toml") is not None:
            return tomllib.loads(match.group("toml")), rest
        loaded = yaml.safe_load(match.group("yaml"))
        if isinstance(loaded, dict):
            return loaded, rest
    except (yaml.YAMLError, tomllib.TOMLDecodeError):
        pass
    return {name.lower(): value for name, value in _FIELD.findall(match.group())}, rest


def with_metadata(
    found: Cleaned, *, title: Any, author: Any, date: Any, prefer: bool = False
) -> Cleaned:
    """Fill in what the page itself did not say; ``prefer`` lets the fields win."""
    names = author if isinstance(author, list) else [author] if author else []
    authors = tuple(name for item in names for name in split_authors(str(item)))
    title = " ".join(str(title).split()) if title else None
    published = published_date(date)
    if prefer:
        return replace(
            found,
            title=title or found.title,
            authors=authors or found.authors,
            published=published or found.published,
        )
    return replace(
        found, title=found.title or title, authors=found.authors or authors
    )  # a document's date of saving is not its date of publication
