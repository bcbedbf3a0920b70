"""Figures say whether their scale was inferred, entities how sure their kind is; both voices are kept apart;
people's decisions on statements."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; figures read so far took no scale from elsewhere."""
    op.add_column("entities", sa.Column("kind_confidence", sa.Float()))
    op.add_column(
        "figures",
        sa.Column("scale_inferred", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    for table in ("mentions", "figures"):
        op.add_column(
            table, sa.Column("voice", sa.String(), nullable=False, server_default="author")
        )
        op.add_column(table, sa.Column("speaker_entity_id", sa.String()))
    op.create_table(
        "decisions",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("taxonomy", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
    )
    op.create_index("ix_decisions_taxonomy", "decisions", ["taxonomy"])
