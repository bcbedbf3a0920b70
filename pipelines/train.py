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
    """Join the parts of ``fast``; train what stands on it; return the scores."""
    fast = training.build_fast(work, models)
    training.train_background(models, engine="fast")
    return {
        "fast": fast,
        "kinds": training.train_kinds(data, models),
        "statements-fast": training.train_taxonomy(
            training.driver_rows(data), "innovation-driver", models, engine="fast"
        ),
    }


@task(cache_policy=NO_CACHE)
def train_accurate(
    data: Path, work: Path, models: Path, max_steps: int | None, *, goes_on: bool
) -> dict[str, Any]:
    """Train the encoder (``goes_on``: the one in the box), syntax on its vectors, and the rest; return the scores."""
    if goes_on:
        training_accurate.continue_encoder(data, work, models, max_steps=max_steps)
    else:
        training_accurate.train_encoder(data, work, max_steps=max_steps)
    training_accurate.build_encoder(work)
    training_accurate.train_syntax(CONFIGS, work, max_steps=max_steps)
    training_accurate.build_accurate(work, models)
    training.train_background(models, engine="accurate")
    return {
        "accurate": training.score_pipeline(work, models / "accurate"),
        "claims": training_accurate.train_claims(models),
        "statements": training_accurate.train_accurate_statements(data, models),
    }


@flow(name="train")
def train(
    data: str,
    work: str,
    models: str | None = None,
    max_steps: int | None = None,
    goes_on: bool = False,
) -> dict[str, Any]:
    """Train everything in ``models/`` from the labelled sets in ``data``.

    ``goes_on``: train the encoder that is there on, instead of from its first weights.
    """
    target = Path(models) if models else models_folder()
    prepare(Path(data), Path(work))
    for part in ("syntax", "ner"):
        train_part(part, Path(work), max_steps)
    enrich(Path(data), Path(work))
    train_part("ner", Path(work), max_steps)
    scores: dict[str, Any] = build(Path(data), Path(work), target)
    scores |= train_accurate(Path(data), Path(work), target, max_steps, goes_on=goes_on)
    training.write_scores(target, scores)
    return scores
