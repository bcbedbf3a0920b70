"""Score the extraction against gold, as a flow: for schedules that watch quality over time."""

from __future__ import annotations

from pathlib import Path

from prefect import flow
from prefect.artifacts import create_table_artifact

from textmine.config import DEFAULT_ENGINE, DEFAULT_TAXONOMY
from textmine.evaluation import Scores, evaluate_folder


@flow(name="evaluate")
def evaluate(
    gold: str, engine: str = DEFAULT_ENGINE, taxonomies: list[str] | None = None
) -> Scores:
    """Score against a folder of gold or reviewed records; leave a table in Prefect."""
    found = evaluate_folder(Path(gold), engine=engine, taxonomies=taxonomies or [DEFAULT_TAXONOMY])
    rows = [{"record": kind, **values} for kind, values in found.scores.items()]
    create_table_artifact(table=rows, key="evaluation", description=f"Scores on {gold}")
    return found.scores
