"""One self-contained page for review: texts highlighted, tables, charts. No network, no script."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from textmine.display import claim_words, figure_value
from textmine.errors import StoreError
from textmine.store.database import Store

#: Entities and figures in the page's own tables; every record stays in its article's tables.
_TOP = 25


@dataclass(frozen=True, slots=True)
class ArticleView:
    """One article as the page shows it."""

    row: dict[str, Any]
    body: Markup
    entities: list[dict[str, Any]]
    figures: list[dict[str, Any]]
    claims: list[dict[str, Any]]
    statements: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart; ``share`` is of the longest bar, 0 to 100."""

    name: str
    count: int
    share: float
    css: str


@dataclass(frozen=True, slots=True)
class ReportContext:
    """What the template may use."""

    title: str
    counts: dict[str, int]
    articles: list[ArticleView]
    entities: list[dict[str, Any]]
    labels: list[Bar]
    voices: list[tuple[str, list[Bar]]]
    failures: list[dict[str, Any]]


def write_report(store: Store, path: Path, *, title: str) -> None:
    """Write the page. Raises StoreError if the file cannot be written."""
    context = build_context(store, title=title)
    environment = Environment(
        loader=PackageLoader("textmine"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"figure_value": figure_value, "claim_words": claim_words}
    page = environment.get_template("report.html").render(page=context)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise StoreError(
            f"cannot write {path} ({error.strerror}): give --out a file you may write"
        ) from error


def build_context(store: Store, *, title: str) -> ReportContext:
    """Collect what the page shows."""
    records = {kind: _by_article(store.rows(kind)) for kind in
               ("mentions", "figures", "claims", "statements")}  # fmt: skip
    entities = store.rows("entities")
    names = {row["id"]: row for row in entities}
    articles = [
        _article(row, {kind: rows.get(row["id"], []) for kind, rows in records.items()}, names)
        for row in store.rows("articles")
    ]
    labels = Counter(row["label"] for row in entities)
    return ReportContext(
        title,
        store.counts(),
        articles,
        entities[:_TOP],
        _bars(labels.most_common(), "label"),
        _voices([row for rows in records["statements"].values() for row in rows]),
        store.failures(),
    )


def _by_article(rows: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    out: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        out.setdefault(row["article_id"], []).append(row)
    return out


def _bars(counts: Sequence[tuple[str, int]], css: str) -> list[Bar]:
    most = max((count for _, count in counts), default=1)
    return [Bar(name, n, 100 * n / most, f"{css}-{name.lower()}") for name, n in counts]


def _voices(statements: Sequence[dict[str, Any]]) -> list[tuple[str, list[Bar]]]:
    """Count labels by voice: what the authors assert, and what their sources assert."""
    counts: dict[str, Counter[str]] = {"author": Counter(), "source": Counter()}
    for row in statements:
        counts[row["voice"]].update(row["labels"])
    most = max((n for counter in counts.values() for n in counter.values()), default=1)
    names = sorted({name for counter in counts.values() for name in counter})
    return [
        (voice, [Bar(name, counter[name], 100 * counter[name] / most, "voice") for name in names])
        for voice, counter in counts.items()
    ]


def _article(
    row: dict[str, Any],
    records: dict[str, list[dict[str, Any]]],
    names: dict[str, dict[str, Any]],
) -> ArticleView:
    here = Counter(mention["entity_id"] for mention in records["mentions"])
    found = [{**names[key], "mentions": count} for key, count in here.most_common() if key in names]
    labelled = [statement for statement in records["statements"] if statement["labels"]]
    return ArticleView(
        row, highlight(row["text"], records), found, records["figures"], records["claims"], labelled
    )


def highlight(text: str, records: dict[str, list[dict[str, Any]]]) -> Markup:
    """Return the text as paragraphs of safe HTML with a ``span`` over every stretch of records.

    Records may overlap (a figure in a claim): the text is cut at every border, and each piece
    carries the classes of all records over it.
    """
    spans: list[tuple[int, int, str, str]] = []
    for mention in records["mentions"]:
        label = mention["label"]
        spans.append((mention["start"], mention["end"], f"m m-{label.lower()}", label.lower()))
    for figure in records["figures"]:
        note = (
            f"{figure['kind']}: {figure_value(figure)} {figure['currency'] or figure['unit'] or ''}"
        )
        spans.append((figure["start"], figure["end"], "f", note.strip()))
    for claim in records["claims"]:
        speaker = claim["speaker_name"] or claim["speaker"] or "no speaker named"
        spans += [(start, end, "c", f"claim: {speaker}") for start, end in claim["pieces"]]
    for statement in records["statements"]:
        if statement["labels"]:
            note = ", ".join(statement["labels"])
            spans.append((statement["start"], statement["end"], "s", note))
    borders = {0, len(text), *(s[0] for s in spans), *(s[1] for s in spans)}
    borders |= {at for n, letter in enumerate(text) if letter == "\n" for at in (n, n + 1)}
    opening: dict[int, list[int]] = {}
    closing: dict[int, list[int]] = {}
    for n, (start, end, _, _) in enumerate(spans):
        opening.setdefault(start, []).append(n)
        closing.setdefault(end, []).append(n)
    places, active = sorted(borders), set[int]()
    out: list[str] = ["<p>"]
    for start, end in pairwise(places):
        active -= set(closing.get(start, ()))
        active |= set(opening.get(start, ()))
        piece = text[start:end]
        if piece == "\n":
            out.append("\n" if out[-1].endswith("</p>\n<p>") else "</p>\n<p>")
        elif active:
            chosen = [spans[n] for n in sorted(active)]
            classes = " ".join(span[2] for span in chosen)
            notes = " · ".join(dict.fromkeys(span[3] for span in chosen))
            out.append(f'<span class="{classes}" title="{escape(notes)}">{escape(piece)}</span>')
        else:
            out.append(str(escape(piece)))
    out.append("</p>")
    return Markup("".join(out))
