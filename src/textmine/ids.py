"""Ids from content: the same text gives the same ids in every run and on every machine."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from typing import Any


def make_id(kind: str, *parts: Any) -> str:
    """Return ``kind`` and 16 hex digits of a SHA-256 over ``parts`` (JSON values)."""
    content = json.dumps([kind, *parts], ensure_ascii=False, separators=(",", ":"))
    return f"{kind}-{hashlib.sha256(content.encode()).hexdigest()[:16]}"


def article_id(text: str) -> str:
    """Return an article's id: a hash of its normalised text alone."""
    return make_id("art", text)


def entity_id(family: str, name: str) -> str:
    """Return an entity's id from its normalised name; ``family`` keeps people from places."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return make_id("ent", family, " ".join(folded.split()))
