"""Tables of articles: JSON lines and CSV, with a text column or a column of addresses."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from textmine.errors import SourceError

_TEXT = ("text", "body", "content", "article", "article_text", "full_text", "story", "maintext")
_URL = ("url", "link", "address", "href")
_TITLE = ("title", "headline")
_AUTHOR = ("authors", "author", "byline", "creator")
_DATE = ("published", "date", "published_at", "publication_date", "pubdate", "datetime", "time")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: its text, or the address where the text is; and what it says of it."""

    name: str
    text: str | None
    url: str | None
    title: str | None
    author: Any
    published: str | None
    error: str | None = None


def _records(text: str, *, name: str) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Yield ``(line, record)``; a line that cannot be read yields its error as a string."""
    if name.lower().endswith(".json"):
        yield from _json_records(text, name=name)
        return
    if name.lower().endswith((".jsonl", ".ndjson")):
        for number, line in enumerate(io.StringIO(text), 1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except ValueError as error:
                yield number, f"is not JSON ({error})"
                continue
            yield number, record if isinstance(record, dict) else "is not a JSON object"
        return
    csv.field_size_limit(100_000_000)
    first = text[:10_000]
    try:
        dialect: Any = csv.Sniffer().sniff(first.split("\n", 1)[0], delimiters=",;\t|")
    except csv.Error:
        dialect = csv.excel
    reader = csv.DictReader(io.StringIO(text), delimiter=dialect.delimiter, restkey="")
    for record in reader:
        if "" in record and isinstance(record[""], list):
            wanted = len(reader.fieldnames or ())
            yield (
                reader.line_num,
                f"has {wanted + len(record[''])} cells, the header {wanted}: put texts that hold "
                f"{dialect.delimiter!r} in quotation marks",
            )
            continue
        yield reader.line_num, {k: v for k, v in record.items() if isinstance(k, str)}


def _json_records(text: str, *, name: str) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Yield the objects of a JSON file: an array of them, or one."""
    try:
        found = json.loads(text)
    except ValueError as error:
        raise SourceError(
            f"{name} is not JSON ({error}): one object a line belongs into a .jsonl file"
        ) from error
    for number, record in enumerate(found if isinstance(found, list) else [found], 1):
        yield number, record if isinstance(record, dict) else "is not a JSON object"


def _pick(columns: list[str], names: tuple[str, ...]) -> str | None:
    lowered = {column.strip().lower(): column for column in columns}
    return next((lowered[name] for name in names if name in lowered), None)


def _column(
    columns: list[str], asked: str | None, names: tuple[str, ...], what: str, name: str
) -> str | None:
    if asked is None:
        return _pick(columns, names)
    if asked not in columns:
        raise SourceError(
            f"{name} has no column {asked!r}: give --{what}-column one of {', '.join(columns)}"
        )
    return asked


def read_table(
    text: str, *, name: str, text_column: str | None = None, url_column: str | None = None
) -> Iterator[Row]:
    """Yield a table's rows.

    Raises SourceError if neither a text nor a url column is found, and for an empty table.
    """
    columns: list[str] = []
    found_text = found_url = None
    for number, record in _records(text, name=name):
        row_name = f"{name}#{number}"
        if isinstance(record, str):
            yield Row(row_name, None, None, None, None, None, f"line {number} {record}")
            continue
        if not columns:
            columns = list(record)
            found_text = _column(columns, text_column, _TEXT, "text", name)
            found_url = _column(columns, url_column, _URL, "url", name)
            if not found_text and not found_url:
                raise SourceError(
                    f"{name} has no column of texts or addresses (it has {', '.join(columns)}): "
                    "name one with --text-column or --url-column"
                )
        body = record.get(found_text or "")
        if body is not None and not isinstance(body, str):
            shown = json.dumps(body)[:40]
            error = (
                f"line {number}: {found_text} is no text but {shown}: write it in quotation marks"
            )
            yield Row(row_name, None, None, None, None, None, error)
            continue
        url = record.get(found_url or "")
        date = record.get(_pick(list(record), _DATE) or "")
        yield Row(
            row_name,
            body if isinstance(body, str) and body.strip() else None,
            url.strip() if isinstance(url, str) and url.strip() else None,
            str(record.get(_pick(list(record), _TITLE) or "") or "").strip() or None,
            record.get(_pick(list(record), _AUTHOR) or ""),
            str(date).strip() if date else None,
            None if (body or url) else f"line {number} has neither text nor address",
        )
    if not columns:
        raise SourceError(f"{name} holds no rows: give a table with a header and one article a row")
