"""Statements: sentences labelled under a taxonomy."""
