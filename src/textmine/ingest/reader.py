"""Read one source into articles. Every item that cannot be read yields a Failure with its reason."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import py3langid

from textmine import config
from textmine.errors import SourceError, TransientSourceError, UsageError
from textmine.ids import article_id
from textmine.ingest.dates import now, published_date, split_authors
from textmine.ingest.decode import decode
from textmine.ingest.documents import read_docx, read_markdown
from textmine.ingest.feeds import Entry, looks_like_feed, read_feed
from textmine.ingest.fetch import fetch, new_client
from textmine.ingest.htmlpage import extract_page
from textmine.ingest.pasted import Cleaned, clean, normalise_lines
from textmine.ingest.pdf import read_pdf
from textmine.ingest.sources import TABLE_SUFFIXES, expand, is_url, source_trouble
from textmine.ingest.tables import Row, read_table
from textmine.records import Article, Coverage

EXTRACTOR = "textmine-ingest-1"


@dataclass(frozen=True, slots=True)
class Failure:
    """A source, or one item of it, that could not be read; ``transient`` if a retry may help."""

    source: str
    reason: str
    transient: bool = False


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read tables: the columns, where they are not called by a usual name."""

    text_column: str | None = None
    url_column: str | None = None


def language_of(text: str) -> str | None:
    """Return the ISO 639-1 code of a text's language, or None for a text too short to tell."""
    if len(text.split()) < 5 and text.isascii():
        return None
    return str(py3langid.classify(text[:5000])[0])


def make_article(
    found: Cleaned, *, source: str, url: str | None, input_chars: int, fetched: bool = False
) -> Article:
    """Build the Article of a cleaned text. Raises SourceError if there is too much or nothing."""
    if not found.text.strip():
        raise SourceError(
            f"{source} is empty, or holds nothing but page furniture: nothing to read"
        )
    if len(found.text) > config.MAX_ARTICLE_CHARS:
        raise SourceError(
            f"{source} is {len(found.text) / 1e6:.0f} million characters long; one article may have "
            f"{config.MAX_ARTICLE_CHARS / 1e6:.0f} million: split it into its articles"
        )
    return Article(
        id=article_id(found.text),
        source=source,
        url=url,
        title=found.title,
        authors=found.authors,
        published=found.published,
        language=language_of(found.text),
        text=found.text,
        fetched_at=now() if fetched else None,
        extractor=EXTRACTOR,
        duplicate_of=None,
        coverage=Coverage(input_chars, len(found.text), warnings=found.warnings),
    )


def article_from_text(text: str, *, source: str = "text") -> Article:
    """Make an Article of a string as it stands, whole: nothing is cleaned or left out."""
    return Article(
        id=article_id(text),
        source=source,
        url=None,
        title=None,
        authors=(),
        published=None,
        language=language_of(text),
        text=text,
        fetched_at=None,
        extractor="as given",
        duplicate_of=None,
        coverage=Coverage(len(text), len(text)),
    )


class Reader:
    """Reads sources; holds the HTTP client of a run (opened only when an address is read)."""

    def __init__(
        self, options: ReadOptions | None = None, *, client: httpx.Client | None = None
    ) -> None:
        self._options = options or ReadOptions()
        self._client = client
        self._known: Collection[str] = ()

    def read(self, source: str, *, known_urls: Collection[str] = ()) -> Iterator[Article | Failure]:
        """Yield the articles of a file or address.

        A feed's entries whose address is in ``known_urls`` are passed over, not fetched again.

        Raises TransientSourceError, so that a caller can retry; every other trouble is yielded
        as a Failure.
        """
        self._known = known_urls
        try:
            if is_url(source):
                yield from self._read_url(source)
            else:
                yield from self._read_file(Path(source), source)
        except TransientSourceError:
            raise
        except SourceError as error:
            yield Failure(source, str(error))

    def _fetch(self, url: str) -> tuple[bytes, str, str | None, str]:
        if self._client is None:
            self._client = new_client()
        page = fetch(url, self._client)
        return page.content, page.media_type, page.encoding, page.url

    def _read_url(self, url: str) -> Iterator[Article | Failure]:
        content, media_type, encoding, final = self._fetch(url)
        if looks_like_feed(content):
            yield from self._read_feed(content, url)
        else:
            if media_type in {"application/rss+xml", "application/atom+xml"}:
                read_feed(content, name=url)
            yield _page_article(content, media_type, encoding, source=url, url=final)

    def _read_file(self, path: Path, source: str) -> Iterator[Article | Failure]:
        trouble = source_trouble(source)
        if trouble:
            raise SourceError(trouble)
        try:
            size = path.stat().st_size
            if size > config.MAX_INPUT_BYTES:
                raise SourceError(
                    f"{source} is {size / 1e6:.0f} MB; a file may have "
                    f"{config.MAX_INPUT_BYTES / 1e6:.0f} MB: split it"
                )
            content = path.read_bytes()
        except OSError as error:
            raise SourceError(
                f"{source} cannot be read ({error.strerror or error}): check the path and its rights"
            ) from error
        if not content.strip():
            raise SourceError(f"{source} is empty: nothing to read")
        suffix = path.suffix.lower()
        if suffix in TABLE_SUFFIXES:
            yield from self._read_rows(decode(content, name=source), source)
        elif suffix in {".xml", ".rss", ".atom"} or (
            suffix not in {".html", ".htm", ".xhtml"} and looks_like_feed(content)
        ):
            yield from self._read_feed(content, source)
        else:
            yield _document_article(content, suffix, source)

    def _read_feed(self, content: bytes, source: str) -> Iterator[Article | Failure]:
        entries = read_feed(content, name=source)
        if not entries:
            yield Failure(source, f"{source} has no entries at present")
        for number, entry in enumerate(entries, 1):
            if entry.url and entry.url in self._known:
                continue
            yield self._entry_article(entry, source, f"{source}#{number}")

    def _entry_article(self, entry: Entry, feed: str, name: str) -> Article | Failure:
        warning: tuple[str, ...] = ()
        # A feed read from a file is read offline: its entries are taken as they stand.
        if not entry.is_full and entry.url and is_url(feed):
            try:
                content, media_type, encoding, final = self._fetch(entry.url)
                article = _page_article(content, media_type, encoding, source=entry.url, url=final)
                return _filled(article, entry.title, entry.authors, entry.published)
            except SourceError as error:
                warning = (f"only the feed's summary was read: {error}",)
        try:
            if not entry.html.strip():
                raise SourceError(
                    f"{entry.url or name} has no text in the feed, and its page was not read: "
                    "give the feed's or the page's address"
                )
            body = clean(_fragment_text(entry.html), find_head=False)
            if not warning and not entry.is_full:
                warning = ("only the feed's summary was read",)
            found = replace(body, warnings=(*body.warnings, *warning))
            article = make_article(
                found,
                source=entry.url or name,
                url=entry.url,
                input_chars=len(entry.html),
                fetched=is_url(feed),
            )
            return _filled(article, entry.title, entry.authors, entry.published)
        except SourceError as error:
            return Failure(entry.url or name, str(error))

    def _read_rows(self, text: str, source: str) -> Iterator[Article | Failure]:
        rows = read_table(
            text,
            name=source,
            text_column=self._options.text_column,
            url_column=self._options.url_column,
        )
        for row in rows:
            try:
                yield self._row_article(row)
            except TransientSourceError as error:
                yield Failure(row.url or row.name, str(error), transient=True)
            except SourceError as error:
                yield Failure(row.name, str(error))

    def _row_article(self, row: Row) -> Article | Failure:
        if row.error:
            return Failure(row.name, f"{row.name}: {row.error}")
        authors = split_authors(_author_text(row.author))
        published = published_date(row.published)
        if row.text is None and row.url:
            content, media_type, encoding, final = self._fetch(row.url)
            article = _page_article(content, media_type, encoding, source=row.url, url=final)
        else:
            text = row.text or ""
            found = clean(text, find_head=row.title is None)
            article = make_article(found, source=row.name, url=row.url, input_chars=len(text))
        return _filled(article, row.title, authors, published)


def _author_text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")


def _filled(
    article: Article, title: str | None, authors: tuple[str, ...], published: str | None
) -> Article:
    """Let what a feed or table says of an article win over what its text says."""
    return replace(
        article,
        title=title or article.title,
        authors=authors or article.authors,
        published=published or article.published,
    )


def _fragment_text(html: str) -> str:
    """Return the paragraphs of a piece of HTML, as feeds carry it."""
    import lxml.html

    tree = lxml.html.fromstring(f"<div>{html}</div>")
    for element in tree.xpath(".//script|.//style|.//figure|.//iframe"):
        element.drop_tree()
    blocks = tree.xpath(".//p|.//h2|.//h3|.//h4|.//li[not(.//p)]|.//blockquote[not(.//p)]")
    texts = [block.text_content() for block in blocks] or [tree.text_content()]
    return "\n\n".join(" ".join(text.split()) for text in texts)


def _page_article(
    content: bytes, media_type: str, encoding: str | None, *, source: str, url: str
) -> Article:
    if not content.strip():
        raise SourceError(f"{source} answered with an empty page: check the address")
    if content.startswith(b"%PDF") or media_type == "application/pdf":
        return make_article(
            read_pdf(content, name=source), source=source, url=url, input_chars=len(content),
            fetched=True,
        )  # fmt: skip
    text = decode(content, declared=encoding, name=source)
    is_plain = media_type == "text/plain"
    found = clean(text) if is_plain else extract_page(text, url=url, name=source)
    return make_article(found, source=source, url=url, input_chars=len(text), fetched=True)


def _document_article(content: bytes, suffix: str, source: str) -> Article:
    if content.startswith(b"%PDF") or suffix == ".pdf":
        found = read_pdf(content, name=source)
        return make_article(found, source=source, url=None, input_chars=len(found.text))
    if suffix == ".docx" or content.startswith(b"PK\x03\x04"):
        found = read_docx(content, name=source)
        return make_article(found, source=source, url=None, input_chars=len(found.text))
    text = decode(content, name=source)
    if len(text) > 2 * config.MAX_ARTICLE_CHARS:
        make_article(Cleaned(text), source=source, url=None, input_chars=len(text))
    start = text[:2000].lstrip().lower()
    if suffix in {".html", ".htm", ".xhtml"} or start.startswith(("<!doctype html", "<html")):
        found = extract_page(text, name=source)
    elif suffix in {".md", ".markdown"}:
        found = read_markdown(normalise_lines(text))
    else:
        found = clean(text)
    return make_article(found, source=source, url=None, input_chars=len(text))


def read(source: str, *, client: httpx.Client | None = None) -> Article:
    """Read one file or address that holds one article.

    Raises SourceError if it cannot be read, UsageError if it is missing or holds several articles.
    """
    if not is_url(source) and not Path(source).is_file():
        raise UsageError(f"{source} does not exist: give a file or an http(s) address")
    items = list(Reader(client=client).read(source))
    for item in items:
        if isinstance(item, Failure):
            raise SourceError(item.reason)
    if len(items) != 1:
        raise UsageError(f"{source} holds {len(items)} articles: use textmine.read_all({source!r})")
    first = items[0]
    assert isinstance(first, Article)
    return first


def read_all(source: str, *, client: httpx.Client | None = None) -> Iterator[Article]:
    """Yield every article of a file, folder, feed or address.

    Raises SourceError at the first item that cannot be read.
    """
    reader = Reader(client=client)
    for one in expand([source]):
        for item in reader.read(one):
            if isinstance(item, Failure):
                raise SourceError(item.reason)
            yield item
