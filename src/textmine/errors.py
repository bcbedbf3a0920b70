"""Errors that users and callers meet. Each says what was wrong, what was expected, what to do."""

from __future__ import annotations


class TextmineError(Exception):
    """Base of every error textmine raises on purpose; shown as one line, never a traceback."""


class UsageError(TextmineError):
    """The request cannot be done as it stands: a wrong option, path, taxonomy or file layout."""


class SourceError(TextmineError):
    """One source cannot be read, and trying again would not help."""


class TransientSourceError(SourceError):
    """One source cannot be read just now: a time-out, a server error, too many requests."""


class StoreError(TextmineError):
    """The store cannot be opened, read or written."""


class ModelError(TextmineError):
    """A pipeline or classifier is missing, damaged or of another version."""


class OffsetError(TextmineError):
    """A record's text does not stand at its offsets. Always a bug."""
