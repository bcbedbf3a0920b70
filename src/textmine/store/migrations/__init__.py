"""Numbered schema changes, run by Alembic when a store is opened."""
