"""Train the models in the box, as a flow: corpora -> parts -> pipelines -> classifiers -> cards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from textmine import training
from textmine.config import models_folder

CONFIGS = Path(__file__).resolve().parent / "configs"


@task(cache_policy=NO_CACHE)
def prepare(data: Path, work: Path) -> None:
    """Write the training corpora and the distilled vectors."""
    training.prepare_corpora(data, work)


@task(cache_policy=NO_CACHE)
def train_part(part: str, work: Path, max_steps: int | None) -> None:
    """Train one part of the `fast` pipeline with `spacy train`."""
    training.train_part(part, CONFIGS, work, max_steps=max_steps)


@task(cache_policy=NO_CACHE)
def enrich(data: Path, work: Path) -> None:
    """Let the first recogniser fill in unlabelled types; exchange names in a second copy."""
    training.enrich_corpus(data, work)


@task(cache_policy=NO_CACHE)
def build(data: Path, work: Path, models: Path) -> dict[str, Any]:
    """Join the parts; train what stands on the pipeline; return all scores."""
    scores: dict[str, Any] = {
        "fast": training.build_fast(work, models),
        "kinds": training.train_kinds(data, models),
    }
    statements = data / "statements" / "innovation-driver.jsonl"
    scores["statements"] = training.train_taxonomy(
        statements, "innovation-driver", models, engine="fast"
    )
    training.write_cards(models, scores)
    return scores


@flow(name="train")
def train(
    data: str, work: str, models: str | None = None, max_steps: int | None = None
) -> dict[str, Any]:
    """Train everything in ``models/`` from the labelled sets in ``data``."""
    target = Path(models) if models else models_folder()
    prepare(Path(data), Path(work))
    for part in ("syntax", "ner"):
        train_part(part, Path(work), max_steps)
    enrich(Path(data), Path(work))
    train_part("ner", Path(work), max_steps)
    scores: dict[str, Any] = build(Path(data), Path(work), target)
    return scores
