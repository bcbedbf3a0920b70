"""The main job as a Prefect flow: sources -> articles -> records -> store -> exports.

Order, batches and retries only; every step is a method of ``textmine.mining.Workspace``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.task_runners import ThreadPoolTaskRunner

from textmine.config import DEFAULT_ENGINE, DEFAULT_TAXONOMY, default_database
from textmine.errors import TransientSourceError
from textmine.ingest.reader import Failure
from textmine.ingest.sources import expand
from textmine.mining import RunOptions, RunSummary, Workspace, groups, tell_progress
from textmine.records import Article


def _may_pass(task: Any, run: Any, state: Any) -> bool:
    """Retry only what may succeed later: decided by the error's type."""
    try:
        state.result()
    except TransientSourceError:
        return True
    except Exception:
        return False
    return False


@task(
    retries=2,
    retry_delay_seconds=[2, 10],
    retry_condition_fn=_may_pass,
    cache_policy=NO_CACHE,
    task_run_name="read {source}",
)
def read_source(workspace: Workspace, source: str) -> list[Article | Failure]:
    """Read one source; a transient failure is retried."""
    return workspace.read(source)


@task(cache_policy=NO_CACHE)
def annotate_batch(workspace: Workspace, ids: list[str]) -> int:
    """Annotate a batch of articles and store each in a transaction."""
    return workspace.annotate(ids)


@flow(name="mine", task_runner=ThreadPoolTaskRunner(max_workers=4))
def mine(
    sources: list[str],
    db: str | None = None,
    out: str | None = None,
    engine: str = DEFAULT_ENGINE,
    taxonomies: list[str] | None = None,
    workers: int = 1,
    text_column: str | None = None,
    url_column: str | None = None,
    only_new_urls: bool = False,
) -> RunSummary:
    """Mine sources (files, folders, addresses, feeds) into a store; export to ``out`` if given."""
    options = RunOptions(
        db or default_database(),
        engine,
        tuple([DEFAULT_TAXONOMY] if taxonomies is None else taxonomies),
        workers,
        text_column,
        url_column,
        only_new_urls,
    )
    workspace = Workspace(options)
    paths = expand(sources)
    workspace.summary.sources = len(paths)
    read = 0
    for group in groups(paths):
        items: list[Article | Failure] = []
        futures = [(source, read_source.submit(workspace, source)) for source in group]
        for source, future in futures:
            items.extend(_read_or_failure(source, future))
            read += 1
            tell_progress("read", read, len(paths))
        ids = workspace.admit(items)
        done = 0
        for batch in workspace.batches(ids):
            annotate_batch(workspace, batch)
            done += len(batch)
            tell_progress("annotate", done, len(ids))
    if out is not None:
        from textmine.store.export import export

        export(workspace.store, Path(out))
    summary = workspace.close()
    _sum_up(summary)
    return summary


def _read_or_failure(source: str, future: Any) -> list[Article | Failure]:
    try:
        items: list[Article | Failure] = future.result()
        return items
    except TransientSourceError as error:
        return [Failure(source, str(error))]


def _sum_up(summary: RunSummary) -> None:
    """Leave a table in Prefect that sums up the run, with what failed and why."""
    rows = [
        {"what": what, "count": getattr(summary, what)}
        for what in ("sources", "new", "known", "duplicates", "skipped", "words")
    ]
    rows += [{"what": kind, "count": count} for kind, count in summary.records.items()]
    rows += [
        {"what": f"failed: {source}", "count": reason} for source, reason in summary.failures[:100]
    ]
    create_table_artifact(table=rows, key="mine-summary", description="What the run did")
