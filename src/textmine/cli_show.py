"""The command that queries the store."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from textmine.cli import AsJson, Db, _existing_store, app
from textmine.errors import UsageError

if TYPE_CHECKING:
    from textmine.store.database import Store

KINDS = "articles, entities, mentions, figures, claims or statements"


@app.command(epilog="Example: textmine show entities --label COMPANY --limit 20")
def show(
    kind: Annotated[str, typer.Argument(metavar="KIND", help=KINDS)],
    db: Db = "",
    search: Annotated[
        str | None, typer.Option(metavar="WORDS", help="Only records that contain these words.")
    ] = None,
    label: Annotated[
        list[str],
        typer.Option(
            metavar="LABEL",
            help="Only this label (figures: kind; claims: direct, indirect, mixed). Repeatable.",
        ),
    ] = [],  # noqa: B006
    article: Annotated[
        str | None,
        typer.Option(
            metavar="WORDS",
            help="Only of articles with this id, or these words in title or source.",
        ),
    ] = None,
    speaker: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Claims only: what this person or body says, by date."),
    ] = None,
    about: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Claims and statements that name this entity, by date."),
    ] = None,
    voice: Annotated[
        str | None,
        typer.Option(metavar="VOICE", help="Only what is told in this voice: author or source."),
    ] = None,
    conflicts: Annotated[
        bool,
        typer.Option(
            "--conflicts",
            metavar="",
            help="Figures only: those that articles tell differently, side by side.",
        ),
    ] = False,
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="Show at most this many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Query the store."""
    from textmine.display import console, record_table
    from textmine.records import RECORD_TYPES

    if kind not in RECORD_TYPES:
        raise UsageError(f"no records called {kind!r}: choose {KINDS}")
    if conflicts:
        if kind != "figures":
            raise UsageError(
                f"--conflicts is for figures, not {kind}: textmine show figures --conflicts"
            )
        _show_conflicts(db, search, limit, as_json=as_json)
        return
    store = _existing_store(db)
    articles = store.rows("articles")
    ids = None if article is None else _article_ids(articles, article)
    rows = store.rows(kind, search=search, labels=label, article_ids=ids)
    if label and not rows:
        _check_labels(store.rows(kind), kind, label)
    if voice is not None:
        rows = _in_voice(rows, kind, voice)
    if speaker is not None:
        rows = _said_by(store, rows, kind, speaker)
    if about is not None:
        rows = _that_name(store, rows, kind, about)
    store.close()
    by_date = speaker is not None or about is not None
    if by_date:
        dates = {row["id"]: row["published"] or "" for row in articles}
        rows.sort(key=lambda row: (dates[row["article_id"]], row["article_id"], row["start"]))
    elif kind == "statements":
        rows.sort(key=lambda row: not row["labels"])
    if as_json:
        for row in rows[:limit]:
            typer.echo(json.dumps(row, ensure_ascii=False))
        return
    titles = {row["id"]: row["title"] or row["source"] for row in articles}
    if by_date:
        titles = {row["id"]: (row["published"] or "")[:10] for row in articles}
    many = ids is None and len(titles) > 1
    console().print(
        record_table(
            kind,
            rows[:limit],
            titles=titles if many or by_date else None,
            titles_are="published" if by_date else "article",
        )
    )
    console().print(f"{min(limit, len(rows))} of {len(rows):,} {kind}")


def _in_voice(rows: list[dict[str, Any]], kind: str, voice: str) -> list[dict[str, Any]]:
    if voice not in {"author", "source"}:
        raise UsageError(f"no voice {voice!r}: choose author or source")
    if kind == "claims":
        raise UsageError("--voice is not for claims: each is a source's")
    if kind in {"articles", "entities"}:
        raise UsageError(f"--voice is for mentions, figures and statements, not {kind}")
    return [row for row in rows if row["voice"] == voice]


def _entity_ids(store: Store, name: str) -> set[str]:
    """Return the entities one of whose names contains the words."""
    needle = name.casefold()
    return {
        row["id"]
        for row in store.rows("entities")
        if any(needle in each.casefold() for each in (row["name"], *row["aliases"]))
    }


def _said_by(
    store: Store, rows: list[dict[str, Any]], kind: str, speaker: str
) -> list[dict[str, Any]]:
    if kind != "claims":
        raise UsageError(
            f"--speaker is for claims, not {kind}: textmine show claims --speaker NAME"
        )
    ids = _entity_ids(store, speaker)
    found = [
        row
        for row in rows
        if row["speaker_entity_id"] in ids
        or speaker.casefold() in (row["speaker"] or "").casefold()
    ]
    if not found:
        names = Counter(row["speaker_name"] for row in rows if row["speaker_name"])
        most = ", ".join(name for name, _ in names.most_common(5)) or "nobody by name"
        raise UsageError(f"nobody called {speaker!r} is quoted; most often quoted: {most}")
    return found


def _that_name(
    store: Store, rows: list[dict[str, Any]], kind: str, name: str
) -> list[dict[str, Any]]:
    if kind not in {"claims", "statements"}:
        raise UsageError(f"--about is for claims and statements, not {kind}")
    ids = _entity_ids(store, name)
    if not ids:
        raise UsageError(f"no entity called {name!r}: see `textmine show entities`")
    if kind == "claims":
        return [row for row in rows if ids & set(row["entity_ids"])]
    places: dict[str, list[int]] = {}
    for mention in store.rows("mentions"):
        if mention["entity_id"] in ids:
            places.setdefault(mention["article_id"], []).append(mention["start"])
    return [
        row
        for row in rows
        if any(row["start"] <= at < row["end"] for at in places.get(row["article_id"], ()))
    ]


def _show_conflicts(db: str, search: str | None, limit: int, *, as_json: bool) -> None:
    from textmine.comparison import figure_groups
    from textmine.display import conflict_table, console

    store = _existing_store(db)
    names = {row["id"]: row["name"] for row in store.rows("entities")}
    found = figure_groups(
        store.rows("figures"), store.rows("mentions"), store.rows("articles"), names
    )
    store.close()
    wanted = (search or "").casefold()
    shown = [g for g in found if g.differs and wanted in f"{g.entity} {g.measure}".casefold()]
    if as_json:
        for group in shown[:limit]:
            told = [
                {"article_id": t.article["id"], "title": t.article["title"], "published": t.article["published"],
                 "figure_id": t.figure["id"], "text": t.figure["text"], "low": t.low, "high": t.high}
                for t in group.told
            ]  # fmt: skip
            row = {
                "entity": group.entity,
                "measure": group.measure,
                "unit": group.unit,
                "period": group.period,
            }
            typer.echo(json.dumps({**row, "told": told}, ensure_ascii=False))
        return
    for group in shown[:limit]:
        console().print(conflict_table(group))
    console().print(
        f"{min(limit, len(shown))} of {len(shown):,} figures told differently; {len(found) - len(shown):,} "
        "told alike by more than one article"
    )


def _article_ids(articles: list[dict[str, Any]], words: str) -> list[str]:
    needle = words.casefold()
    found = [
        row["id"]
        for row in articles
        if row["id"] == words
        or any(needle in (row[name] or "").casefold() for name in ("title", "source", "url"))
    ]
    if not found:
        raise UsageError(
            f"no article with {words!r} in title or source: see `textmine show articles`"
        )
    return found


def _check_labels(rows: list[dict[str, Any]], kind: str, wanted: list[str]) -> None:
    """Raise UsageError if a label asked for is none that the store's records bear."""
    from textmine.store.database import labels_of

    known = sorted({label for row in rows for label in labels_of(kind, row)} - {"None"})
    wrong = [label for label in wanted if label not in known]
    if wrong and known:
        raise UsageError(
            f"no {kind} with the label {', '.join(wrong)}: there are {', '.join(known)}"
        )
