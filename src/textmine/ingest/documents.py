"""Word and Markdown documents."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import Any

import lxml.html
import yaml
from docx import Document
from markdown_it import MarkdownIt

from textmine.errors import SourceError
from textmine.ingest.dates import published_date, split_authors
from textmine.ingest.pasted import Cleaned, clean

_FRONT_MATTER = re.compile(r"\A---[ ]*\n(.*?)\n(?:---|\.\.\.)[ ]*\n", re.DOTALL)


def read_docx(content: bytes, *, name: str) -> Cleaned:
    """Read a Word document's paragraphs, headings and list items."""
    try:
        document = Document(io.BytesIO(content))
        texts = [paragraph.text.strip() for paragraph in document.paragraphs]
        known = document.core_properties
        title, author = known.title, known.author
    except Exception as error:  # python-docx raises zip, XML and key errors of many kinds
        raise SourceError(
            f"{name} is damaged and cannot be read as a Word document ({error}): save it again"
        ) from error
    found = clean("\n\n".join(text for text in texts if text))
    generic = {"python-docx", "microsoft office user", "user", "admin", "author"}
    return with_metadata(
        found, title=title, author=None if (author or "").lower() in generic else author, date=None
    )


def read_markdown(text: str) -> Cleaned:
    """Read Markdown: front matter for the metadata, running text without the marks."""
    text = text.replace("\r\n", "\n")
    match = _FRONT_MATTER.match(text)
    fields: dict[str, Any] = {}
    if match:
        try:
            loaded = yaml.safe_load(match.group(1))
            fields = loaded if isinstance(loaded, dict) else {}
        except yaml.YAMLError:
            fields = {}
        text = text[match.end() :]
    html = MarkdownIt("commonmark", {"html": False}).render(text)
    blocks, title = [], None
    tree = lxml.html.fromstring(f"<div>{html}</div>")
    for block in tree.iter("p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "pre"):
        if block.tag == "li" and block.find("p") is not None:
            continue
        words = " ".join(block.text_content().split())
        if block.tag == "h1" and title is None:
            title = words
        elif words:
            blocks.append(words)
    found = clean("\n\n".join(blocks), find_head=not (fields.get("title") or title))
    found = replace(found, title=found.title or title)
    return with_metadata(
        found,
        title=fields.get("title"),
        author=fields.get("author") or fields.get("authors") or fields.get("byline"),
        date=fields.get("date") or fields.get("published"),
        prefer=True,
    )


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
