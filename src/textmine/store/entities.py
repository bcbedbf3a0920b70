"""The store's entities: which are the same, what people judged, how records speak of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from textmine.records import organisation_label
from textmine.store import schema


@dataclass(frozen=True, slots=True)
class StoredEntity:
    """An entity as extraction left it, with the id of the one it is the same as."""

    id: str
    name: str
    label: str
    kind: str | None
    aliases: tuple[str, ...]
    canonical_id: str
    kind_confidence: float | None = None


def now_text() -> str:
    """Return the present time as ISO 8601 in UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class EntityTables:
    """The part of a store that knows entities, links between them and judgements."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        with self._engine.connect() as connection:
            yield connection

    def _entities(
        self, connection: sa.Connection, article_ids: Sequence[str] | None
    ) -> list[dict[str, Any]]:
        """Return one row a canonical entity: those it is the same as are counted with it."""
        mentions, entities, edits = schema.mentions, schema.entities, schema.entity_edits
        key = sa.func.coalesce(entities.c.canonical_id, entities.c.id)
        counts = (
            sa.select(
                key.label("id"),
                sa.func.count().label("mentions"),
                sa.func.count(sa.distinct(mentions.c.article_id)).label("articles"),
            )
            .select_from(mentions.join(entities, mentions.c.entity_id == entities.c.id))
            .group_by(key)
        )
        if article_ids is not None:
            counts = counts.where(mentions.c.article_id.in_(article_ids))
        members: dict[str, list[StoredEntity]] = {}
        for entity in self._stored(connection):
            members.setdefault(entity.canonical_id, []).append(entity)
        changed = {row.entity_id: row for row in connection.execute(sa.select(edits))}
        out = []
        for row in connection.execute(counts):
            group = members[row.id]
            head = next((e for e in group if e.id == row.id), group[0])
            edit = changed.get(row.id)
            said = edit.kind if edit else None
            kind = said or head.kind
            name = (edit.name if edit else None) or head.name
            others = {alias for e in group for alias in (e.name, *e.aliases)} - {name}
            out.append(
                {
                    "id": row.id, "name": name,
                    "label": organisation_label(kind) if kind else head.label, "kind": kind,
                    "kind_confidence": 1.0 if said else head.kind_confidence,
                    "aliases": sorted(others), "mentions": row.mentions, "articles": row.articles,
                }
            )  # fmt: skip
        return sorted(out, key=lambda e: (-e["articles"], -e["mentions"], e["name"], e["id"]))

    def _resolved(self, connection: sa.Connection, rows: list[dict[str, Any]]) -> None:
        """Bring the entity ids, labels and names in records to the canonical ones."""
        entities = schema.entities
        joined = {
            row.id: row.canonical_id
            for row in connection.execute(
                sa.select(entities.c.id, entities.c.canonical_id).where(
                    entities.c.canonical_id.is_not(None), entities.c.canonical_id != entities.c.id
                )
            )
        }
        edits = {row.entity_id for row in connection.execute(sa.select(schema.entity_edits))}
        if not joined and not edits:
            return
        changed = set(joined.values()) | edits
        known = {e["id"]: e for e in self._entities(connection, None) if e["id"] in changed}
        for row in rows:
            for column in ("entity_id", "speaker_entity_id"):
                if row.get(column):
                    row[column] = joined.get(row[column], row[column])
            if row.get("entity_ids"):
                row["entity_ids"] = list(dict.fromkeys(joined.get(i, i) for i in row["entity_ids"]))
            if row.get("entity_id") in known and "label" in row:
                entity = known[row["entity_id"]]
                row["label"], row["kind"] = entity["label"], entity["kind"]
            if row.get("speaker_entity_id") in known and "speaker_name" in row:
                row["speaker_name"] = known[row["speaker_entity_id"]]["name"]

    @staticmethod
    def _stored(connection: sa.Connection) -> list[StoredEntity]:
        table = schema.entities
        return [
            StoredEntity(
                row.id,
                row.name,
                row.label,
                row.kind,
                tuple(row.aliases),
                row.canonical_id or row.id,
                row.kind_confidence,
            )
            for row in connection.execute(sa.select(table).order_by(table.c.id))
        ]

    def stored_entities(self) -> list[StoredEntity]:
        """Return every entity by itself, as extraction left it, in the order of ids."""
        with self._reading() as connection:
            return self._stored(connection)

    def set_canonical(
        self, canonical: Mapping[str, str], *, kinds: Mapping[str, str] | None = None
    ) -> None:
        """Say which entity each one is the same as, and the kinds that the alias file gives."""
        table = schema.entities
        with self._engine.begin() as connection:
            for entity in self._stored(connection):
                kind = (kinds or {}).get(entity.id, entity.kind)
                head = canonical.get(entity.id, entity.id)
                if head != entity.canonical_id or kind != entity.kind:
                    connection.execute(
                        sa.update(table)
                        .where(table.c.id == entity.id)
                        .values(
                            canonical_id=head,
                            kind=kind,
                            kind_confidence=1.0 if kind != entity.kind else entity.kind_confidence,
                            label=organisation_label(kind) if kind else entity.label,
                        )
                    )

    def judgements(self) -> list[tuple[str, str, str]]:
        """Return what people judged (first id, second id, ``same`` or ``different``), oldest first."""
        table = schema.judgements
        with self._reading() as connection:
            rows = connection.execute(sa.select(table).order_by(table.c.at, table.c.first))
            return [(row.first, row.second, row.verdict) for row in rows]

    def judge(self, first: str, second: str, verdict: str) -> None:
        """Keep a judgement; it replaces an earlier one on the same two entities."""
        table = schema.judgements
        with self._engine.begin() as connection:
            for one, two in ((first, second), (second, first)):
                connection.execute(
                    sa.delete(table).where((table.c.first == one) & (table.c.second == two))
                )
            connection.execute(
                insert(table).values(first=first, second=second, verdict=verdict, at=now_text())
            )

    def edit_entity(self, entity: str, *, name: str | None, kind: str | None) -> None:
        """Keep a person's name or kind for an entity; what is None stays as it was."""
        table = schema.entity_edits
        values = {k: v for k, v in {"name": name, "kind": kind}.items() if v is not None}
        statement = insert(table).values(entity_id=entity, at=now_text(), **values)
        with self._engine.begin() as connection:
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["entity_id"], set_={**values, "at": now_text()}
                )
            )
