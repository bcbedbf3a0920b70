"""Train the models in the box, as a flow: corpora -> parts -> pipelines -> classifiers -> cards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from textmine import training, training_accurate
from textmine.config import models_folder

CONFIGS = Path(__file__).resolve().parent / "configs"


@task(cache_policy=NO_CACHE)
def prepare(data: Path, work: Path) -> None:
    """Write the corpora of syntax and names."""
    training.prepare_corpora(data, work)


@task(cache_policy=NO_CACHE)
def train_fast(data: Path, work: Path, max_steps: int | None) -> None:
    """Let `accurate` read the texts; train the `fast` pipeline on that with `spacy train`."""
    training.distil_corpus(data, work)
    training.train_fast(CONFIGS, work, max_steps=max_steps)


@task(cache_policy=NO_CACHE)
def build(data: Path, work: Path, models: Path) -> dict[str, Any]:
    """Write ``fast``; train what stands on it; return the scores."""
    statements = data / "statements" / "innovation-driver.jsonl"
    for engine in ("accurate", "fast"):
        training.train_background(models, engine=engine)
    return {
        "fast": training.build_fast(work, models),
        "kinds": training.train_kinds(data, models),
        "statements-fast": training.train_taxonomy(
            statements, "innovation-driver", models, engine="fast"
        ),
    }


@task(cache_policy=NO_CACHE)
def train_accurate(data: Path, work: Path, models: Path, max_steps: int | None) -> dict[str, Any]:
    """Train the encoder, syntax on its vectors, and the statements; return the scores."""
    training_accurate.train_encoder(data, work, max_steps=max_steps)
    training_accurate.build_encoder(work)
    training_accurate.train_syntax(CONFIGS, work, max_steps=max_steps)
    training_accurate.build_accurate(work, models)
    return {
        "accurate": training.score_pipeline(work, models / "accurate"),
        "statements": training_accurate.train_accurate_statements(data, models),
    }


@flow(name="train")
def train(
    data: str, work: str, models: str | None = None, max_steps: int | None = None
) -> dict[str, Any]:
    """Train everything in ``models/`` from the labelled sets in ``data``."""
    target = Path(models) if models else models_folder()
    prepare(Path(data), Path(work))
    scores: dict[str, Any] = train_accurate(Path(data), Path(work), target, max_steps)
    train_fast(Path(data), Path(work), max_steps)
    scores |= build(Path(data), Path(work), target)
    training.write_scores(target, scores)
    return scores
