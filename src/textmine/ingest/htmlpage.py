"""Web pages: the body by trafilatura, title, date and authors from its metadata."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import lxml.html
import trafilatura
from trafilatura.settings import use_config

from textmine.errors import SourceError
from textmine.ingest.dates import published_date, split_authors
from textmine.ingest.pasted import Cleaned, clean

#: A page whose body is shorter than this holds no article (a log-in, an error, a list of links).
_LEAST_WORDS = 20
_DATE_FIELDS = (
    "article:published_time", "datePublished", "dc.date", "prism.publicationDate", "date", "pubdate",
)  # fmt: skip
_ARTICLE_TYPES = re.compile(r"Article$|^BlogPosting$|^Report$|^Review$")


def _options() -> Any:
    config = use_config()
    config.set("DEFAULT", "EXTRACTION_TIMEOUT", "0")
    config.set("DEFAULT", "MIN_EXTRACTED_SIZE", "150")
    return config


def _linked_data(tree: Any) -> dict[str, Any]:
    """Return the page's schema.org article, if it has one."""
    for script in tree.xpath('//script[@type="application/ld+json"]/text()'):
        try:
            found = json.loads(script, strict=False)
        except ValueError:
            continue
        queue = found if isinstance(found, list) else [found]
        while queue:
            item = queue.pop(0)
            if not isinstance(item, dict):
                continue
            types = item.get("@type")
            for name in types if isinstance(types, list) else [types]:
                if isinstance(name, str) and _ARTICLE_TYPES.search(name):
                    return item
            graph = item.get("@graph")
            queue.extend(graph if isinstance(graph, list) else [])
            queue.append(item.get("mainEntity"))
    return {}


def _linked_authors(value: Any) -> tuple[str, ...]:
    names: list[str] = []
    for item in value if isinstance(value, list) else [value]:
        name = item.get("name") if isinstance(item, dict) else item
        for part in name if isinstance(name, list) else [name]:
            if isinstance(part, str) and "@" not in part and not part.startswith("http"):
                names.extend(split_authors(part) or ())
    return tuple(dict.fromkeys(names))


def _meta(tree: Any, *names: str) -> str | None:
    for name in names:
        values = tree.xpath(
            "//meta[@property=$n or @name=$n or @itemprop=$n]/@content", n=name
        ) or tree.xpath("//time[@itemprop=$n]/@datetime", n=name)
        for value in values:
            if value.strip():
                return " ".join(value.split())
    return None


def _title(tree: Any, linked: dict[str, Any], fallback: str | None) -> str | None:
    headline = linked.get("headline")
    given = headline if isinstance(headline, str) else _meta(tree, "og:title") or fallback
    heads = [" ".join(h.text_content().split()) for h in tree.xpath("//h1")]
    if not given:
        return next((head for head in heads if head), None)
    given = " ".join(unescape(given).split())
    # The page's own headline, where it is the same one without the site's name after it.
    for head in heads:
        if len(head) > 8 and given.lower().startswith(head.lower()):
            return head
    return given


def _too_short(text: str) -> bool:
    """Say whether there is less than an article here; scripts without spaces count by letters."""
    wide = sum(ord(letter) > 0x2E80 for letter in text)
    return len(text.split()) + wide // 2 < _LEAST_WORDS


def extract_page(html: str, *, url: str | None = None, name: str = "page") -> Cleaned:
    """Take the article off a page: body paragraphs, title, publication date, authors.

    Raises SourceError where there is no article on it.
    """
    if not html.strip():
        raise SourceError(f"{name} is empty: nothing to read")
    found = trafilatura.bare_extraction(
        html, url=url, include_comments=False, include_tables=False, config=_options()
    )
    text = (found.text or "") if found else ""
    tree = lxml.html.fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", html))
    linked = _linked_data(tree)
    title = _title(tree, linked, found.title if found else None)
    heads = {" ".join(h.text_content().split()) for h in tree.xpath("//h1")} | {title}
    lines = text.split("\n")
    text = "\n".join(line for n, line in enumerate(lines) if n > 3 or line.strip() not in heads)
    body = clean(text, title=title) if title else clean(text)
    if _too_short(body.text):
        raise SourceError(
            f"{name} has no article on it (fewer than {_LEAST_WORDS} words of running text): "
            "give the address or file of the article's own page"
        )
    authors = _linked_authors(linked.get("author"))
    if not authors:
        given = _meta(tree, "author", "article:author", "parsely-author", "dc.creator") or ""
        authors = split_authors("" if given.startswith("http") else given)
    if not authors and found and found.author:
        authors = split_authors(found.author)
    published = (
        published_date(linked.get("datePublished"))
        or published_date(_meta(tree, *_DATE_FIELDS))
        or body.published
        or published_date(found.date if found else None)
    )
    warnings = body.warnings
    rows = len(
        tree.xpath("//table[count(.//tr) > 1 and not(.//table)][.//td[normalize-space()]]//tr")
    )
    if rows:
        warnings = (*warnings, f"left out: {rows} rows of tables")
    return Cleaned(body.text, title or body.title, published, authors or body.authors, warnings)
