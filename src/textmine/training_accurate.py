"""Train the ``accurate`` pipeline: encoder, export, syntax on its vectors, one folder.

``pipelines/train.py`` runs these steps as a flow; each is a plain function of folders.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import spacy

from textmine import config
from textmine.nlp.encoder import NameComponent
from textmine.nlp.pipeline import register

SEED = 0
VERSION = "1"


def train_encoder(data: Path, work: Path, *, epochs: float = 6.0) -> Path:
    """Fine-tune the encoder (about an hour and a quarter on two cores); return the saved weights."""
    from textmine.nlp.finetune import Settings, fine_tune
    from textmine.nlp.multitask import WindowMaker
    from textmine.nlp.vectors import encoder_folder
    from textmine.nlp.wordpiece import WordPieces

    base = encoder_folder()
    work.mkdir(parents=True, exist_ok=True)
    maker = WindowMaker(
        spacy.blank("en"),
        WordPieces(base / "vocab.txt"),
        data,
        config.resource_folder("corpora"),
    )
    fixed = {
        "worldwide": maker.worldwide("train"),
        "syntax": maker.syntax("train"),
        "partial": maker.partial(),
        "statements": maker.lone_statements("train"),
        "own": maker.own(),
    }
    names = maker.worldwide("dev")
    dev = {
        "names": names,
        "syntax": maker.syntax("dev"),
        "kinds": [w for w in names if w.kinds],
        "statements": [*maker.lone_statements("dev"), *(w for w in names if w.statements)],
    }
    settings = Settings(
        epochs=epochs,
        encoder_rate=2.5e-4,
        average=0.985,
        mask_pieces=0.05,
        shares=(("partial", 0.5), ("statements", 0.7), ("own", 1.5)),
    )
    saved = work / "encoder.pt"
    fine_tune(
        base,
        lambda epoch: fixed | {"exchanged": maker.exchanged(SEED + epoch)},
        dev,
        settings,
        save=saved,
        log=lambda line: print(line, flush=True),
    )
    return saved


def build_encoder(work: Path, *, cache: bool = True) -> Path:
    """Write ``work/encoder``: a pipeline of encoder and names; ``cache`` remembers vectors in training."""
    from textmine.nlp.finetune import export_encoder, load_learner, name_arrays
    from textmine.nlp.vectors import encoder_folder

    register()
    base = encoder_folder()
    learner = load_learner(base, work / "encoder.pt")
    export_encoder(learner, work / "exported", base / "vocab.txt")
    nlp = spacy.blank("en")
    encoder: Any = nlp.add_pipe("textmine_encoder", config={"cache": cache})
    encoder.load(work / "exported")
    names = nlp.add_pipe("textmine_names", name="ner")
    assert isinstance(names, NameComponent)
    names.set_arrays(**name_arrays(learner))
    nlp.to_disk(work / "encoder")
    return work / "encoder"


def train_syntax(configs: Path, work: Path, *, max_steps: int | None = None) -> Path:
    """Run ``spacy train`` for tagger, parser and lemmatiser on the encoder's vectors."""
    from spacy.cli.train import train

    register()
    overrides: dict[str, Any] = {
        "paths.train": str(work / "syntax-train.spacy"),
        "paths.dev": str(work / "syntax-dev.spacy"),
        "paths.encoder": str(work / "encoder"),
    }
    if max_steps:
        overrides["training.max_steps"] = max_steps
    train(configs / "accurate-syntax.cfg", work / "out-accurate", overrides=overrides)
    return work / "out-accurate" / "model-best"


def build_accurate(work: Path, models: Path) -> Path:
    """Join encoder, names and syntax into ``models/accurate``."""
    register()
    nlp = spacy.load(work / "out-accurate" / "model-best")
    whole = spacy.load(work / "encoder")
    nlp.add_pipe("ner", source=whole, after="textmine_encoder")
    nlp.add_pipe("textmine_paragraphs", before="parser")
    nlp.config["components"]["textmine_encoder"]["cache"] = False
    nlp.meta |= {"name": "accurate", "version": VERSION, "lang": "en"}
    folder = models / "accurate"
    if folder.exists():
        shutil.rmtree(folder)
    nlp.to_disk(folder)
    return folder
