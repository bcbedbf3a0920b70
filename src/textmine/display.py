"""What the terminal shows: highlighted text, tables, the summary of a run."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from textmine.comparison import FigureGroup
from textmine.mining import RunSummary
from textmine.records import Annotated

if TYPE_CHECKING:
    import pandas as pd

LABEL_STYLES = {
    "COMPANY": "bold cyan", "GOVERNMENT": "bold magenta", "ORG": "cyan", "PERSON": "bold green",
    "PLACE": "blue", "GROUP": "blue", "PRODUCT": "yellow", "EVENT": "yellow", "WORK": "yellow",
    "LAW": "magenta",
}  # fmt: skip
#: Columns of each kind with their greatest width; 0 takes what is left. Made for 80 columns.
_COLUMNS = {
    "articles": {"published": 10, "title": 0, "source": 26, "language": 8},
    "entities": {"name": 0, "label": 10, "kind": 12, "mentions": 8, "articles": 8, "aliases": 18},
    "mentions": {"text": 0, "label": 10, "kind": 12, "article": 20, "start": 7},
    "figures": {"text": 15, "kind": 8, "value": 15, "unit": 9, "of": 0},
    "claims": {"speaker": 18, "cue": 10, "quote": 8, "text": 0},
    "statements": {"labels": 13, "voice": 6, "text": 0},
}


def console() -> Console:
    """Return the console for results; plain text when piped."""
    if sys.stdout.isatty():
        return Console(highlight=False)
    width = int(os.environ.get("COLUMNS") or 100)
    return Console(highlight=False, width=width, color_system=None)


def number(value: Any) -> str:
    """Return a figure's value as people write it: 2,300,000,000 and not 2300000000.0."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "" if value is None else str(value)
    text = f"{value:,.4f}".rstrip("0").rstrip(".")
    return text or "0"


def figure_value(row: dict[str, Any]) -> str:
    """Return a figure's value or range."""
    if row.get("value") is None and row.get("low") is not None:
        return f"{number(row['low'])} – {number(row['high'])}"
    if row.get("kind") == "date":
        return str(row["value"])
    return number(row.get("value"))


def claim_words(row: dict[str, Any]) -> str:
    """Return what is claimed, " … " where its cue and speaker interrupt it."""
    start = row["start"]
    pieces = (row["text"][first - start : last - start] for first, last in row["pieces"])
    return " ".join(" … ".join(pieces).split())


def _cell(kind: str, column: str, row: dict[str, Any]) -> str:
    if (kind, column) == ("figures", "value"):
        sign = "" if row["change"] == "=" else f"{row['change']} "
        return sign + figure_value(row)
    if (kind, column) == ("figures", "unit"):
        per = " / " if row["currency"] and row["unit"] else ""
        return f"{row['currency'] or ''}{per}{row['unit'] or ''}"
    if (kind, column) == ("claims", "speaker"):
        words, name = row["speaker"] or "–", row["speaker_name"]
        return name if name and name in words else f"{words} = {name}" if name else words
    if (kind, column) == ("claims", "text"):
        return claim_words(row)
    value = row.get("article_id") if column == "article" else row.get(column)
    if isinstance(value, list | tuple):
        shown = [str(item) for item in value[:4]]
        return ", ".join(shown) + (" …" if len(value) > 4 else "")
    return "" if value is None else " ".join(str(value).split())


def conflict_table(group: FigureGroup) -> Table:
    """Return one measure as several articles tell it."""
    period = f", {group.period}" if group.period else ""
    heading = f"{group.entity}: {group.measure}{period}"
    table = Table(
        title=escape(heading),
        title_justify="left",
        header_style="bold",
        box=SIMPLE_HEAD,
        pad_edge=False,
    )
    table.add_column("published", max_width=10)
    table.add_column("value", justify="right", max_width=24, overflow="fold")
    table.add_column("unit", max_width=14, overflow="fold")
    table.add_column("article", ratio=1, overflow="fold")
    for told in group.told:
        row = {"kind": told.figure["kind"], "value": told.low, "low": told.low, "high": told.high}
        if told.low != told.high:
            row["value"] = None
        sign = "" if told.figure["change"] == "=" else f"{told.figure['change']} "
        article = told.article["title"] or told.article["source"]
        table.add_row(
            str(told.article["published"] or "")[:10],
            sign + figure_value(row),
            escape(group.unit),
            escape(article),
        )
    return table


def share_table(frame: pd.DataFrame, *, by: str, limit: int) -> Table:
    """Return shares of labels as bars, the groups with most statements first (months in order)."""
    table = Table(box=SIMPLE_HEAD, header_style="bold", pad_edge=False)
    table.add_column("" if by == "all" else by, max_width=22, overflow="fold")
    table.add_column("label", max_width=18, overflow="fold")
    table.add_column("share", justify="right", max_width=5)
    table.add_column("95% interval", max_width=12)
    table.add_column("of", justify="right", max_width=6)
    table.add_column("", width=16, no_wrap=True)
    sizes = frame.groupby("group")["statements"].first()
    groups = (
        sorted(sizes.index)
        if by == "month"
        else list(sizes.sort_values(ascending=False, kind="stable").index)
    )
    shown = groups[-limit:] if by == "month" else groups[:limit]
    for group in shown:
        for n, row in enumerate(frame[frame["group"] == group].to_dict("records")):
            known = row["low"] is not None and row["low"] == row["low"]
            between = f"{row['low']:.0%} – {row['high']:.0%}" if known else "one article"
            bar = "█" * round(16 * row["share"]) or "▏"
            table.add_row(
                escape(str(group)) if n == 0 else "", row["label"], f"{row['share']:.0%}", between,
                f"{row['statements']:,}", bar,
            )  # fmt: skip
    return table


def record_table(
    kind: str,
    rows: Sequence[dict[str, Any]],
    *,
    title: str | None = None,
    titles: Mapping[str, str] | None = None,
    titles_are: str = "article",
) -> Table:
    """Return a table of records of one kind, readable in 80 columns.

    ``titles`` (by article id) adds a column that says which article each record is from, or, as
    ``titles_are`` says, of when.
    """
    table = Table(
        title=title, title_justify="left", header_style="bold", box=SIMPLE_HEAD, pad_edge=False
    )
    named = titles is not None and kind in {"mentions", "figures", "claims", "statements"}
    if named:
        table.add_column(titles_are, max_width=10, overflow="ellipsis", no_wrap=True, style="dim")
    for column, width in _COLUMNS[kind].items():
        right = column in {"value", "mentions", "articles", "start"}
        table.add_column(
            column,
            overflow="fold",
            justify="right" if right else "left",
            max_width=width or None,
            min_width=13 if not width else None,
            ratio=None if width else 1,
        )
    for row in rows:
        cells = [escape(_cell(kind, column, row)) for column in _COLUMNS[kind]]
        if named and titles is not None:
            cells.insert(0, escape(titles.get(row["article_id"], "")))
        table.add_row(*cells, style=LABEL_STYLES.get(str(row.get("label")), ""))
    return table


def plain_table(
    heads: Sequence[str], rows: Sequence[Sequence[str]], *, right: Iterable[int] = ()
) -> Table:
    """Return a table of texts; the columns in ``right`` are numbers."""
    table = Table(header_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    numbers = set(right)
    for n, head in enumerate(heads):
        table.add_column(head, justify="right" if n in numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    return table


def highlighted(result: Annotated) -> Text:
    """Return the article's text with names coloured, figures underlined, claims in italics."""
    text = Text(result.article.text)
    for claim in result.claims:
        for start, end in claim.pieces:
            text.stylize("italic", start, end)
    for figure in result.figures:
        text.stylize("underline", figure.start, figure.end)
    for mention in result.mentions:
        text.stylize(LABEL_STYLES.get(mention.label, ""), mention.start, mention.end)
    return text


def legend() -> Text:
    """Return the legend of :func:`highlighted`."""
    text = Text()
    for label, style in LABEL_STYLES.items():
        text.append(label.lower(), style)
        text.append("  ")
    text.append("figure", "underline")
    text.append("  ")
    text.append("claim", "italic")
    return text


@contextmanager
def progress_bars(*, quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    """Show progress on the terminal (to standard error); silent when piped or ``quiet``."""
    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=quiet or not sys.stderr.isatty(),
        transient=True,
    )
    tasks: dict[str, Any] = {}

    def tell(stage: str, done: int, total: int) -> None:
        if stage not in tasks:
            tasks[stage] = bars.add_task(stage, total=total)
        bars.update(tasks[stage], completed=done, total=total)

    with bars:
        yield tell


def summary_lines(summary: RunSummary) -> Iterator[str]:
    """Yield the lines that sum up a run."""
    parts = [f"{summary.new} new"]
    for what in ("known", "duplicates", "skipped"):
        if getattr(summary, what):
            word = {"known": "known already", "skipped": "not in English"}.get(what, what)
            parts.append(f"{getattr(summary, what)} {word}")
    if summary.failures:
        parts.append(f"{len(summary.failures)} failed")
    yield f"Articles: {', '.join(parts)} ({summary.words:,} words, {summary.seconds:.1f} s)"
    if summary.records:
        counts = ", ".join(f"{count:,} {kind}" for kind, count in summary.records.items())
        yield f"Found: {counts}"
