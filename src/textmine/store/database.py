"""Open a store, bring its schema up to date, put articles in, one transaction each."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import SQLAlchemyError

from textmine.errors import StoreError, UsageError
from textmine.records import Annotated, Article, Record, as_dict
from textmine.store import schema
from textmine.store.decisions import DecisionTables
from textmine.store.entities import now_text


def _alembic() -> Config:
    config = Config()
    here = Path(__file__).resolve().parent / "migrations"
    config.set_main_option("script_location", str(here).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _engine(url: str) -> sa.Engine:
    if not url.startswith("sqlite"):
        raise StoreError(
            f"store {url!r} is no SQLite address: give one such as sqlite:///textmine.db"
        )
    try:
        engine = sa.create_engine(
            url, json_serializer=lambda value: json.dumps(value, ensure_ascii=False)
        )
    except (SQLAlchemyError, ValueError) as error:
        raise StoreError(f"store address {url!r} is not understood: use sqlite:///FILE") from error

    @sa.event.listens_for(engine, "connect")
    def _settings(connection: sqlite3.Connection, _: object) -> None:
        # Two runs on one store wait for each other; a reader never blocks a writer.
        connection.execute("PRAGMA busy_timeout = 30000")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA foreign_keys = ON")

    return engine


def open_existing(url: str = "sqlite:///textmine.db") -> Store:
    """Open the store at ``url`` (``sqlite:///FILE``). Raises StoreError if there is none."""
    path = url.removeprefix("sqlite:///")
    if url.startswith("sqlite:///") and path not in {"", ":memory:"} and not Path(path).is_file():
        raise StoreError(
            f"no store at {path}: run `textmine run SOURCE` first, or give its address"
        )
    return open_store(url)


def open_store(url: str = "sqlite:///textmine.db") -> Store:
    """Open the store at ``url`` (``sqlite:///FILE``), making or upgrading it as needed.

    Raises StoreError for a folder that does not exist, a file that is no store, a newer schema.
    """
    engine = _engine(url)
    if engine.url.database not in {None, "", ":memory:"}:
        folder = Path(engine.url.database or "").resolve().parent
        if not folder.is_dir():
            raise StoreError(f"folder {folder} does not exist: make it, or give another --db")
    try:
        with engine.begin() as connection:
            found = MigrationContext.configure(connection).get_current_revision()
            known = [r.revision for r in ScriptDirectory.from_config(_alembic()).walk_revisions()]
            if found is not None and found not in known:
                raise StoreError(
                    f"store {url} was written by a newer textmine (schema {found}, this one knows "
                    f"{known[0]}): upgrade with `pip install --upgrade textmine`, or give another --db"
                )
            if found != known[0]:
                config = _alembic()
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
    except (SQLAlchemyError, CommandError, sqlite3.Error) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise StoreError(
            f"store {url} cannot be opened ({reason}): check the path, its rights and that it is "
            "a textmine database"
        ) from error
    return Store(engine, url)


class Store(DecisionTables):
    """A database of articles and records."""

    def __init__(self, engine: sa.Engine, url: str) -> None:
        super().__init__(engine)
        self.url = url

    def done(self, models: str) -> set[str]:
        """Return the ids of the articles read by exactly these models, and of duplicates."""
        table = schema.articles
        with self._reading() as connection:
            rows = connection.execute(
                sa.select(table.c.id).where(
                    (table.c.models == models) | table.c.duplicate_of.is_not(None)
                )
            )
            return {row.id for row in rows}

    def known_urls(self) -> set[str]:
        """Return the addresses of all stored articles: a feed's entry is fetched once."""
        with self._reading() as connection:
            rows = connection.execute(
                sa.select(schema.articles.c.url).where(schema.articles.c.url.is_not(None))
            )
            return {row.url for row in rows}

    def signatures(self) -> list[tuple[str, bytes]]:
        """Return id and near-duplicate signature of every stored article that is no duplicate."""
        table = schema.articles
        with self._reading() as connection:
            rows = connection.execute(
                sa.select(table.c.id, table.c.signature).where(
                    table.c.duplicate_of.is_(None), table.c.signature.is_not(None)
                )
            )
            return [(row.id, row.signature) for row in rows]

    def save(self, result: Annotated, *, models: str, signature: bytes | None = None) -> bool:
        """Put an article with all its records in, in one transaction.

        Returns False, changing nothing, if the same models have read it before. Records of other
        models are replaced; the time it was first fetched is kept.
        """
        article = result.article
        with self._engine.begin() as connection:
            table = schema.articles
            row = connection.execute(
                sa.select(table.c.models, table.c.fetched_at).where(table.c.id == article.id)
            ).first()
            if row is not None:
                if row.models == models:
                    return False
                self._clear(connection, article.id)
            values = self._row(article) | {"models": models, "signature": signature}
            if row is not None and row.fetched_at:
                values["fetched_at"] = row.fetched_at
            statement = insert(table).values(values)
            connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))
            self._put_entities(connection, result)
            for kind in ("mentions", "figures", "claims", "statements"):
                rows = [self._row(record) for record in getattr(result, kind)]
                if rows:
                    unique = {r["id"]: r for r in rows}
                    connection.execute(insert(schema.RECORD_TABLES[kind]), list(unique.values()))
            connection.execute(
                sa.delete(schema.failures).where(schema.failures.c.source == article.source)
            )
        return True

    @staticmethod
    def _row(record: Record) -> dict[str, Any]:
        return as_dict(record)

    @staticmethod
    def _clear(connection: sa.Connection, article_id: str) -> None:
        for kind in ("statements", "claims", "figures", "mentions"):
            table = schema.RECORD_TABLES[kind]
            connection.execute(sa.delete(table).where(table.c.article_id == article_id))
        orphans = ~sa.exists().where(schema.mentions.c.entity_id == schema.entities.c.id)
        connection.execute(sa.delete(schema.entities).where(orphans))

    @staticmethod
    def _put_entities(connection: sa.Connection, result: Annotated) -> None:
        """Add new entities; of one that is known, join the aliases and keep name and the surer kind."""
        table = schema.entities
        for entity in result.entities:
            row = connection.execute(sa.select(table).where(table.c.id == entity.id)).first()
            if row is None:
                values = {
                    "id": entity.id, "name": entity.name, "label": entity.label,
                    "kind": entity.kind, "kind_confidence": entity.kind_confidence,
                    "aliases": sorted(entity.aliases),
                }  # fmt: skip
                connection.execute(insert(table).values(values))
                continue
            # Sorted, so that the order in which articles come in leaves no trace.
            aliases = sorted({*row.aliases, *entity.aliases, entity.name} - {row.name})
            changed: dict[str, Any] = {} if aliases == row.aliases else {"aliases": aliases}
            if (entity.kind_confidence or 0.0) > (row.kind_confidence or 0.0):
                changed |= {
                    "kind": entity.kind, "label": entity.label,
                    "kind_confidence": entity.kind_confidence,
                }  # fmt: skip
            if changed:
                connection.execute(sa.update(table).where(table.c.id == entity.id).values(changed))

    def fail(self, source: str, reason: str) -> None:
        """Record that a source could not be read, and why."""
        now = now_text()
        table = schema.failures
        statement = insert(table).values(source=source, reason=reason, at=now, attempts=1)
        with self._engine.begin() as connection:
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["source"],
                    set_={"reason": reason, "at": now, "attempts": table.c.attempts + 1},
                )
            )

    def failures(self) -> list[dict[str, Any]]:
        """Return the sources that could not be read at the last try."""
        with self._reading() as connection:
            rows = connection.execute(sa.select(schema.failures).order_by(schema.failures.c.source))
            return [dict(row._mapping) for row in rows]

    def rows(
        self,
        kind: str,
        *,
        article_ids: Sequence[str] | None = None,
        limit: int | None = None,
        search: str | None = None,
        labels: Sequence[str] = (),
    ) -> list[dict[str, Any]]:
        """Return records of one kind as the export writes them, in a stable order.

        ``search`` keeps records whose text (entities: name) contains it, case ignored; ``labels``
        keeps entities and mentions of these labels, figures of these kinds, statements that bear
        one of them, claims of these quote types.
        """
        with self._reading() as connection:
            if kind == "entities":
                found = self._entities(connection, article_ids)
            else:
                query = self._query(kind, article_ids)
                found = [dict(row._mapping) for row in connection.execute(query)]
                self._resolved(connection, found)
        if search:
            needle = search.casefold()
            found = [
                row
                for row in found
                if needle in " ".join(
                    str(row.get(n) or "") for n in ("text", "name", "title", "speaker_name", "of")
                    if not (kind == "articles" and n == "text")
                ).casefold()
            ]  # fmt: skip
        if labels:
            wanted = set(labels)
            found = [row for row in found if wanted & labels_of(kind, row)]
        return found[:limit]

    def _query(self, kind: str, article_ids: Sequence[str] | None) -> sa.Select[Any]:
        table = schema.RECORD_TABLES[kind]
        hidden = {"models", "signature"}
        query = sa.select(*(column for column in table.c if column.name not in hidden))
        if kind == "articles":
            query = query.order_by(table.c.published.desc(), table.c.id)
            return query if article_ids is None else query.where(table.c.id.in_(article_ids))
        query = query.order_by(table.c.article_id, table.c.start, table.c.end, table.c.id)
        return query if article_ids is None else query.where(table.c.article_id.in_(article_ids))

    def counts(self) -> dict[str, int]:
        """Return how many records of each kind there are; entities that are the same count once."""
        entities = schema.entities
        head = sa.func.coalesce(entities.c.canonical_id, entities.c.id)
        counted = {kind: sa.func.count() for kind in schema.RECORD_TABLES}
        counted["entities"] = sa.func.count(sa.distinct(head))
        with self._reading() as connection:
            return {
                kind: connection.execute(sa.select(counted[kind]).select_from(table)).scalar_one()
                for kind, table in schema.RECORD_TABLES.items()
            }

    def frames(self) -> dict[str, Any]:
        """Return one pandas DataFrame per record kind, columns as in the export."""
        import pandas as pd

        from textmine.records import RECORD_TYPES, field_names

        return {
            kind: pd.DataFrame(self.rows(kind), columns=field_names(record))
            for kind, record in RECORD_TYPES.items()
        }

    def shares(self, taxonomy: str, *, by: str = "all", voice: str | None = None) -> Any:
        """Return a DataFrame of how often each label is given (see ``label_shares``)."""
        from textmine.store.shares import GROUPS, label_shares

        if by not in GROUPS:
            raise UsageError(f"no shares by {by!r}: choose {', '.join(GROUPS)}")
        rows = [
            row
            for row in self.rows("statements")
            if row["taxonomy"] == taxonomy and voice in {None, row["voice"]}
        ]
        if not rows:
            known = sorted({row["taxonomy"] for row in self.rows("statements")})
            raise UsageError(
                f"no statements under {taxonomy!r}: there are {', '.join(known) or 'none; run some articles'}"
            )
        names = {row["id"]: row["name"] for row in self.rows("entities")}
        mentions = self.rows("mentions") if by == "entity" else []
        return label_shares(rows, self.rows("articles"), mentions, names, by=by)

    def close(self) -> None:
        """Close the store's connections."""
        self._engine.dispose()


def labels_of(kind: str, row: dict[str, Any]) -> set[str]:
    """Return the labels a record may be asked for by."""
    if kind == "statements":
        return set(row["labels"]) or {"neither"}
    if kind == "articles":
        return {str(row["language"])}
    value = {"figures": "kind", "claims": "quote"}.get(kind, "label")
    return {str(row[value]), str(row.get("kind"))}


def article_of(row: dict[str, Any]) -> Article:
    """Rebuild an Article from its stored row."""
    from textmine.records import Coverage

    coverage = dict(row["coverage"])
    coverage["warnings"] = tuple(coverage.get("warnings", ()))
    values = {**row, "authors": tuple(row["authors"]), "coverage": Coverage(**coverage)}
    return Article(**values)
