"""Claims say in which pieces their content stands."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; a claim read so far is one piece."""
    op.add_column("claims", sa.Column("pieces", sa.JSON(), nullable=False, server_default="[]"))
    claims = sa.table(
        "claims",
        sa.column("id", sa.String),
        sa.column("start", sa.Integer),
        sa.column("end", sa.Integer),
        sa.column("pieces", sa.JSON),
    )
    connection = op.get_bind()
    for row in connection.execute(sa.select(claims.c.id, claims.c.start, claims.c.end)).all():
        connection.execute(
            claims.update().where(claims.c.id == row.id).values(pieces=[[row.start, row.end]])
        )
