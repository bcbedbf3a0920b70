"""RSS and Atom feeds: entries with their own text where the feed carries it."""

from __future__ import annotations

import re
from dataclasses import dataclass

import feedparser

from textmine.errors import SourceError
from textmine.ingest.dates import published_date, split_authors

#: An entry with fewer words than this carries a teaser: the article is fetched from its link.
_FULL_TEXT_WORDS = 120
_FEED_START = re.compile(rb"<(rss|feed|rdf:RDF)[\s>]")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a feed; ``html`` is its full content, or its summary if ``is_full`` is false."""

    url: str | None
    title: str | None
    authors: tuple[str, ...]
    published: str | None
    html: str
    is_full: bool


def looks_like_feed(content: bytes) -> bool:
    """Say whether the bytes begin as an RSS or Atom feed does."""
    return _FEED_START.search(content[:2048]) is not None


def read_feed(content: bytes, *, name: str) -> list[Entry]:
    """Parse a feed; entity bombs are refused by the parser.

    Raises SourceError for what is no feed.
    """
    if not looks_like_feed(content):
        raise SourceError(f"{name} is not an RSS or Atom feed: give the feed's own address")
    if b"<!ENTITY" in content[:100_000]:
        raise SourceError(f"{name} declares XML entities, which may be an attack: not read")
    parsed = feedparser.parse(content, sanitize_html=True)
    if parsed.bozo and not parsed.entries:
        raise SourceError(f"{name} is damaged XML and holds no entries ({parsed.bozo_exception})")
    return [_entry(item) for item in parsed.entries]


def _entry(item: feedparser.FeedParserDict) -> Entry:
    bodies = [part.get("value", "") for part in item.get("content", [])]
    html = max([*bodies, item.get("summary", "")], key=len)
    words = len(re.sub(r"<[^>]+>", " ", html).split())
    names = [author.get("name", "") for author in item.get("authors", [])] or [
        item.get("author", "")
    ]
    return Entry(
        url=item.get("link"),
        title=" ".join(item.get("title", "").split()) or None,
        authors=tuple(dict.fromkeys(name for text in names for name in split_authors(text))),
        published=published_date(item.get("published") or item.get("updated")),
        html=html,
        is_full=words >= _FULL_TEXT_WORDS,
    )
