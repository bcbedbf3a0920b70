"""A run over many sources: read, leave out what is known, annotate, store. No Prefect in it.

The flow in ``pipelines/mine.py`` and ``textmine run --direct`` take the same steps from here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from functools import lru_cache
from multiprocessing import get_context

from textmine.errors import TextmineError, TransientSourceError
from textmine.ingest.duplicates import DuplicateIndex, news_against, signature
from textmine.ingest.reader import Failure, Reader, ReadOptions
from textmine.linking import link
from textmine.records import Annotated, Article
from textmine.steps import Miner, load
from textmine.store.database import Store, open_store

#: Sources read before their articles are annotated and stored: what a kill may cost.
GROUP = 50
#: Words in a batch: some five seconds of one core's work.
BATCH_WORDS = 20_000


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What a run needs to know besides its sources; plain values, so that a schedule keeps them."""

    db: str
    engine: str
    taxonomies: tuple[str, ...]
    workers: int = 1
    text_column: str | None = None
    url_column: str | None = None
    only_new_urls: bool = False


@dataclass(slots=True)
class RunSummary:
    """What a run did; ``failures`` are (source, reason)."""

    sources: int = 0
    new: int = 0
    known: int = 0
    duplicates: int = 0
    skipped: int = 0
    words: int = 0
    records: dict[str, int] = field(default_factory=dict)
    failures: list[tuple[str, str]] = field(default_factory=list)
    article_ids: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def count(self, result: Annotated) -> None:
        """Add one stored article."""
        self.new += 1
        self.words += len(result.article.text.split())
        self.skipped += result.article.coverage.sentences == 0
        for kind in ("mentions", "entities", "figures", "claims", "statements"):
            self.records[kind] = self.records.get(kind, 0) + len(getattr(result, kind))


class Workspace:
    """One run's state: its store, its models (loaded at the first need) and articles under way."""

    def __init__(self, options: RunOptions, *, reader: Reader | None = None) -> None:
        self.options = options
        self.summary = RunSummary()
        self.store: Store = open_store(options.db)
        self._reader = reader or Reader(ReadOptions(options.text_column, options.url_column))
        self._urls = self.store.known_urls() if options.only_new_urls else set()
        self._index = DuplicateIndex(self.store.signatures())
        self._signatures: dict[str, bytes] = {}
        self._done: set[str] | None = None
        self._articles: dict[str, Article] = {}
        self._started = time.monotonic()

    @property
    def miner(self) -> Miner:
        """Return the run's models."""
        return _miner(self.options.engine, self.options.taxonomies)

    def read(self, source: str) -> list[Article | Failure]:
        """Read one source. Raises TransientSourceError, for the caller to try again."""
        return list(self._reader.read(source, known_urls=self._urls))

    def admit(self, items: Sequence[Article | Failure]) -> list[str]:
        """Take articles in, in order; return the ids of those to annotate.

        Failures are recorded, known articles counted, near-duplicates stored as such.
        """
        if self._done is None:
            self._done = self.store.done(self.miner.version)
        out: list[str] = []
        for item in items:
            if isinstance(item, Failure):
                self.fail(item.source, item.reason)
            elif item.id in self._done or item.id in self._articles:
                self.summary.known += 1
                self.summary.article_ids.append(item.id)
            else:
                out.extend(self._admit_new(item))
        return out

    def _admit_new(self, article: Article) -> list[str]:
        mark = signature(article.text)
        original = None if article.id in self._index else self._index.original(mark)
        self.summary.article_ids.append(article.id)
        if original is not None and (other := self._news_against(article.text, original)):
            note = f"nearly the same text as {original}, but with {other}: read as news"
            warnings = (*article.coverage.warnings, note)
            article = replace(article, coverage=replace(article.coverage, warnings=warnings))
            original = None
        if original is not None:
            self.summary.duplicates += 1
            copy = replace(article, duplicate_of=original)
            warnings = (*article.coverage.warnings, f"nearly the same text as {original}: left out")
            copy = replace(copy, coverage=replace(article.coverage, warnings=warnings))
            self.store.save(Annotated(copy), models=self.miner.version)
            return []
        self._index.add(article.id, mark)
        self._signatures[article.id] = mark
        self._articles[article.id] = article
        return [article.id]

    def _news_against(self, text: str, original: str) -> str | None:
        """Return what a near-duplicate says that the first text does not, or None."""
        held = self._articles.get(original)
        if held is None:
            rows = self.store.rows("articles", article_ids=[original])
            known = str(rows[0]["text"]) if rows else ""
        else:
            known = held.text
        return news_against(text, known)

    def fail(self, source: str, reason: str) -> None:
        """Record an item that could not be read."""
        self.summary.failures.append((source, reason))
        self.store.fail(source, reason)

    def batches(self, ids: Sequence[str]) -> Iterator[list[str]]:
        """Split articles into batches of some ``BATCH_WORDS`` words."""
        batch: list[str] = []
        words = 0
        for article_id in ids:
            batch.append(article_id)
            words += len(self._articles[article_id].text) // 6
            if words >= BATCH_WORDS:
                yield batch
                batch, words = [], 0
        if batch:
            yield batch

    def annotate(self, ids: Sequence[str]) -> int:
        """Annotate and store a batch, each article in a transaction; return how many were new.

        An article that breaks the pipeline is recorded as failed and the others go on.
        """
        articles = [self._articles[article_id] for article_id in ids]
        stored = 0
        for result in self._annotated(articles):
            if isinstance(result, Failure):
                self.fail(result.source, result.reason)
                continue
            key = result.article.id
            if self.store.save(
                result, models=self.miner.version, signature=self._signatures.get(key)
            ):
                self.summary.count(result)
                stored += 1
        for article_id in ids:
            self._articles.pop(article_id, None)
            if self._done is not None:
                self._done.add(article_id)
        return stored

    def _annotated(self, articles: list[Article]) -> Iterator[Annotated | Failure]:
        if self.options.workers > 1 and len(articles) > 1:
            yield from self._in_processes(articles)
            return
        for article in articles:
            yield _one(self.miner, article)

    def _in_processes(self, articles: list[Article]) -> Iterator[Annotated | Failure]:
        key = (self.options.engine, self.options.taxonomies)
        try:
            pool = _pool(self.options.workers, key)
            yield from pool.map(_in_worker, [(key, article) for article in articles], chunksize=1)
        except BrokenProcessPool:
            # A worker was killed (memory?): go on in this process, slowly but surely. What was
            # yielded before is stored already; storing it again changes nothing.
            _pool.cache_clear()
            for article in articles:
                yield _one(self.miner, article)

    def close(self) -> RunSummary:
        """End the run: draw the links between articles; return its summary."""
        link(self.store)
        self.summary.seconds = time.monotonic() - self._started
        self.store.close()
        return self.summary


@lru_cache(maxsize=1)
def _miner(engine: str, taxonomies: tuple[str, ...]) -> Miner:
    return load(engine, taxonomies=taxonomies)


def _one(miner: Miner, article: Article) -> Annotated | Failure:
    try:
        return miner.annotate(article)
    except TextmineError:
        raise
    except Exception as error:  # a pipeline may fail in any way; the run must not
        reason = f"extraction failed ({type(error).__name__}: {error}): please report this text"
        return Failure(article.source, reason)


@lru_cache(maxsize=1)
def _pool(workers: int, key: tuple[str, tuple[str, ...]]) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=_miner, initargs=key
    )


def _in_worker(job: tuple[tuple[str, tuple[str, ...]], Article]) -> Annotated | Failure:
    (engine, taxonomies), article = job
    return _one(_miner(engine, taxonomies), article)


def groups(sources: Sequence[str]) -> Iterator[list[str]]:
    """Split sources into groups: each is read, annotated and stored before the next."""
    for start in range(0, len(sources), GROUP):
        yield list(sources[start : start + GROUP])


#: Called with a stage, the number done and the number known so far; the command line shows bars.
Listener = Callable[[str, int, int], None]
_listeners: list[Listener] = []


def on_progress(listener: Listener) -> None:
    """Let ``listener`` hear of the progress of all runs in this process."""
    _listeners.append(listener)


def tell_progress(stage: str, done: int, total: int) -> None:
    """Tell the listeners how far a run is."""
    for listener in _listeners:
        listener(stage, done, total)


def mine_directly(workspace: Workspace, sources: Sequence[str]) -> RunSummary:
    """Run all steps in this process, without Prefect."""
    workspace.summary.sources = len(sources)
    read = 0
    for group in groups(sources):
        items: list[Article | Failure] = []
        for source in group:
            try:
                items.extend(workspace.read(source))
            except TransientSourceError as error:
                items.append(Failure(source, str(error)))
            read += 1
            tell_progress("read", read, len(sources))
        ids = workspace.admit(items)
        done = 0
        for batch in workspace.batches(ids):
            workspace.annotate(batch)
            done += len(batch)
            tell_progress("annotate", done, len(ids))
    return workspace.close()
