"""Entities that are the same across articles: canonical ids, people's judgements and edits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and the two tables."""
    op.add_column("entities", sa.Column("canonical_id", sa.String()))
    op.create_index("ix_entities_canonical_id", "entities", ["canonical_id"])
    op.create_table(
        "judgements",
        sa.Column("first", sa.String(), primary_key=True),
        sa.Column("second", sa.String(), primary_key=True),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
    )
    op.create_table(
        "entity_edits",
        sa.Column("entity_id", sa.String(), primary_key=True),
        sa.Column("name", sa.Text()),
        sa.Column("kind", sa.String()),
        sa.Column("at", sa.String(), nullable=False),
    )
