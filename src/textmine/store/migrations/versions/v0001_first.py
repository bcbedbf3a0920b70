"""The first schema: articles, entities, mentions, figures, claims, statements, failures."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "articles",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("url", sa.Text()),
        sa.Column("title", sa.Text()),
        sa.Column("authors", sa.JSON(), nullable=False),
        sa.Column("published", sa.String()),
        sa.Column("language", sa.String()),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("fetched_at", sa.String()),
        sa.Column("extractor", sa.String(), nullable=False),
        sa.Column("duplicate_of", sa.String()),
        sa.Column("coverage", sa.JSON(), nullable=False),
        sa.Column("models", sa.String()),
        sa.Column("signature", sa.LargeBinary()),
    )
    op.create_index("ix_articles_url", "articles", ["url"])
    op.create_table(
        "entities",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("kind", sa.String()),
        sa.Column("aliases", sa.JSON(), nullable=False),
    )
    op.create_index("ix_entities_label", "entities", ["label"])
    op.create_table(
        "failures",
        sa.Column("source", sa.Text(), primary_key=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
    )
    op.create_table(
        "claims",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("article_id", sa.String(), sa.ForeignKey("articles.id"), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("speaker", sa.Text()),
        sa.Column("speaker_start", sa.Integer()),
        sa.Column("speaker_end", sa.Integer()),
        sa.Column("speaker_entity_id", sa.String()),
        sa.Column("speaker_name", sa.Text()),
        sa.Column("cue", sa.Text()),
        sa.Column("cue_start", sa.Integer()),
        sa.Column("cue_end", sa.Integer()),
        sa.Column("quote", sa.String(), nullable=False),
        sa.Column("hedged", sa.Boolean(), nullable=False),
        sa.Column("entity_ids", sa.JSON(), nullable=False),
        sa.Column("figure_ids", sa.JSON(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
    )
    op.create_index("ix_claims_article_id", "claims", ["article_id"])
    op.create_index("ix_claims_speaker_entity_id", "claims", ["speaker_entity_id"])
    op.create_table(
        "figures",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("article_id", sa.String(), sa.ForeignKey("articles.id"), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.JSON()),
        sa.Column("low", sa.JSON()),
        sa.Column("high", sa.JSON()),
        sa.Column("unit", sa.String()),
        sa.Column("currency", sa.String()),
        sa.Column("change", sa.String(), nullable=False),
        sa.Column("of", sa.Text()),
        sa.Column("of_start", sa.Integer()),
        sa.Column("of_end", sa.Integer()),
        sa.Column("period", sa.String()),
        sa.Column("model", sa.String(), nullable=False),
    )
    op.create_index("ix_figures_article_id", "figures", ["article_id"])
    op.create_index("ix_figures_kind", "figures", ["kind"])
    op.create_table(
        "mentions",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("article_id", sa.String(), sa.ForeignKey("articles.id"), nullable=False),
        sa.Column("entity_id", sa.String(), sa.ForeignKey("entities.id"), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("kind", sa.String()),
        sa.Column("model", sa.String(), nullable=False),
    )
    op.create_index("ix_mentions_article_id", "mentions", ["article_id"])
    op.create_index("ix_mentions_entity_id", "mentions", ["entity_id"])
    op.create_index("ix_mentions_place", "mentions", ["article_id", "start"])
    op.create_table(
        "statements",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("article_id", sa.String(), sa.ForeignKey("articles.id"), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("taxonomy", sa.String(), nullable=False),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("scores", sa.JSON(), nullable=False),
        sa.Column("voice", sa.String(), nullable=False),
        sa.Column("speaker_entity_id", sa.String()),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
    )
    op.create_index("ix_statements_article_id", "statements", ["article_id"])
    op.create_index("ix_statements_taxonomy", "statements", ["taxonomy"])


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("statements")
    op.drop_table("mentions")
    op.drop_table("figures")
    op.drop_table("claims")
    op.drop_table("failures")
    op.drop_table("entities")
    op.drop_table("articles")
