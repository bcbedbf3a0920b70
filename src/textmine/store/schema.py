"""The tables, as SQLAlchemy Core describes them; migrations bring a database to this shape."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    false,
)
from sqlalchemy.types import JSON

metadata = MetaData()


def _article() -> Column[str]:
    return Column("article_id", String, ForeignKey("articles.id"), nullable=False, index=True)


def _span() -> list[Column[int]]:
    return [Column("start", Integer, nullable=False), Column("end", Integer, nullable=False)]


def _voice() -> list[Column[str]]:
    return [
        Column("voice", String, nullable=False, server_default="author"),
        Column("speaker_entity_id", String),
    ]


articles = Table(
    "articles",
    metadata,
    Column("id", String, primary_key=True),
    Column("source", Text, nullable=False),
    Column("url", Text, index=True),
    Column("title", Text),
    Column("authors", JSON, nullable=False),
    Column("published", String),
    Column("language", String),
    Column("text", Text, nullable=False),
    Column("fetched_at", String),
    Column("extractor", String, nullable=False),
    Column("duplicate_of", String),
    Column("coverage", JSON, nullable=False),
    # Not exported: which models read the article, and its signature for finding near-duplicates.
    Column("models", String),
    Column("signature", LargeBinary),
)
entities = Table(
    "entities",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", Text, nullable=False),
    Column("label", String, nullable=False, index=True),
    Column("kind", String),
    Column("kind_confidence", Float),
    Column("aliases", JSON, nullable=False),
    # Not exported: the entity this one is the same as; itself where null.
    Column("canonical_id", String, index=True),
)
mentions = Table(
    "mentions",
    metadata,
    Column("id", String, primary_key=True),
    _article(),
    Column("entity_id", String, ForeignKey("entities.id"), nullable=False, index=True),
    *_span(),
    Column("text", Text, nullable=False),
    Column("label", String, nullable=False),
    Column("kind", String),
    *_voice(),
    Column("model", String, nullable=False),
)
# Numbers and ISO dates share a column: JSON keeps which is which.
figures = Table(
    "figures",
    metadata,
    Column("id", String, primary_key=True),
    _article(),
    *_span(),
    Column("text", Text, nullable=False),
    Column("kind", String, nullable=False, index=True),
    Column("value", JSON),
    Column("low", JSON),
    Column("high", JSON),
    Column("unit", String),
    Column("currency", String),
    Column("change", String, nullable=False),
    Column("of", Text),
    Column("of_start", Integer),
    Column("of_end", Integer),
    Column("period", String),
    Column("scale_inferred", Boolean, nullable=False, server_default=false()),
    *_voice(),
    Column("model", String, nullable=False),
)
claims = Table(
    "claims",
    metadata,
    Column("id", String, primary_key=True),
    _article(),
    *_span(),
    Column("text", Text, nullable=False),
    Column("speaker", Text),
    Column("speaker_start", Integer),
    Column("speaker_end", Integer),
    Column("speaker_entity_id", String, index=True),
    Column("speaker_name", Text),
    Column("cue", Text),
    Column("cue_start", Integer),
    Column("cue_end", Integer),
    Column("quote", String, nullable=False),
    Column("pieces", JSON, nullable=False),
    Column("hedged", Boolean, nullable=False),
    Column("entity_ids", JSON, nullable=False),
    Column("figure_ids", JSON, nullable=False),
    Column("model", String, nullable=False),
)
statements = Table(
    "statements",
    metadata,
    Column("id", String, primary_key=True),
    _article(),
    *_span(),
    Column("text", Text, nullable=False),
    Column("taxonomy", String, nullable=False, index=True),
    Column("labels", JSON, nullable=False),
    Column("scores", JSON, nullable=False),
    Column("voice", String, nullable=False),
    Column("speaker_entity_id", String),
    Column("evidence", JSON, nullable=False),
    Column("model", String, nullable=False),
)
# What people said of entities: it wins over the machine and outlives runs and upgrades, for an
# entity's id is made of its name.
judgements = Table(
    "judgements",
    metadata,
    Column("first", String, primary_key=True),
    Column("second", String, primary_key=True),
    Column("verdict", String, nullable=False),
    Column("at", String, nullable=False),
)
entity_edits = Table(
    "entity_edits",
    metadata,
    Column("entity_id", String, primary_key=True),
    Column("name", Text),
    Column("kind", String),
    Column("at", String, nullable=False),
)
# Which labels a person gave a sentence, by its text: kept through re-runs and upgrades.
decisions = Table(
    "decisions",
    metadata,
    Column("id", String, primary_key=True),
    Column("taxonomy", String, nullable=False, index=True),
    Column("text", Text, nullable=False),
    Column("labels", JSON, nullable=False),
    Column("at", String, nullable=False),
)
failures = Table(
    "failures",
    metadata,
    Column("source", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("at", String, nullable=False),
    Column("attempts", Integer, nullable=False),
)
Index("ix_mentions_place", mentions.c.article_id, mentions.c.start)
RECORD_TABLES = {
    "articles": articles,
    "entities": entities,
    "mentions": mentions,
    "figures": figures,
    "claims": claims,
    "statements": statements,
}
