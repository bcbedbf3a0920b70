"""Periodic ingestion: serve the mining flow on a schedule until stopped."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.runtime import flow_run

from mine import mine
from textmine.mining import RunSummary

#: A run this much later than planned is left out: after a long stop, missed runs all come at once.
STALE = timedelta(minutes=15)


@flow(name="watch")
def watch(
    sources: list[str], db: str, taxonomies: list[str], engine: str, out: str | None = None
) -> RunSummary | None:
    """Mine what is new in ``sources``; a run left over from long ago does nothing."""
    planned = flow_run.get_scheduled_start_time()
    if planned is not None and datetime.now(UTC) - planned > STALE:
        return None
    summary: RunSummary = mine(
        sources, db=db, out=out, engine=engine, taxonomies=taxonomies, only_new_urls=True
    )
    return summary


def serve(
    sources: Sequence[str],
    *,
    db: str,
    taxonomies: Sequence[str],
    engine: str,
    out: str | None,
    every: timedelta | None,
    cron: str | None,
) -> None:
    """Serve the watch until stopped; an overlapping run is skipped."""
    os.chdir(Path(__file__).resolve().parent)
    timing: dict[str, Any] = {"cron": cron} if cron else {"interval": every}
    watch.serve(
        name="schedule",
        parameters={
            "sources": list(sources),
            "db": db,
            "taxonomies": list(taxonomies),
            "engine": engine,
            "out": out,
        },
        global_limit=ConcurrencyLimitConfig(
            limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW
        ),
        pause_on_shutdown=False,
        print_starting_message=False,
        **timing,
    )
