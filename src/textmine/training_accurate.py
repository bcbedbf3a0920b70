"""Train the ``accurate`` pipeline: encoder, export, syntax on its vectors, one folder.

``pipelines/train.py`` runs these steps as a flow; each is a plain function of folders.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import spacy

from textmine import config
from textmine.nlp import borders
from textmine.nlp.corpus import read_rows, statement_rows
from textmine.nlp.markup import own_articles
from textmine.nlp.multitask import CLAIM_TAGS, Window, claim_tags
from textmine.nlp.pipeline import load_pipeline, register
from textmine.nlp.quotations import find_quotations
from textmine.nlp.sentence_vectors import SentenceVectors
from textmine.training import write_pipeline

VERSION = "3"
STATEMENTS_VERSION = "7"


class _Sets:
    """The windows that the encoder learns from, and those that it is measured on."""

    #: How often a set is seen in an epoch; what is not named: once.
    shares = (("partial", 0.5), ("statements", 0.1), ("own", 1.25))

    def __init__(self, data: Path) -> None:
        from textmine.nlp.multitask import WindowMaker
        from textmine.nlp.vectors import encoder_folder
        from textmine.nlp.wordpiece import WordPieces

        pieces = WordPieces(encoder_folder() / "vocab.txt")
        corpora = config.resource_folder("corpora")
        self._maker = maker = WindowMaker(spacy.blank("en"), pieces, data, corpora)
        self.fixed = {
            "worldwide": maker.worldwide("train"),
            "syntax": maker.syntax("train"),
            "partial": maker.partial(),
            "statements": maker.lone_statements("train"),
            "own": maker.own(),
        }
        names = maker.worldwide("dev")
        self.dev = {
            "names": names,
            "syntax": maker.syntax("dev"),
            "kinds": [w for w in names if w.kinds],
            "statements": [*maker.lone_statements("dev"), *(w for w in names if w.statements)],
        }

    def of_epoch(self, seed: int, epoch: int) -> dict[str, list[Window]]:
        """Return the training windows of an epoch: names are exchanged anew in each."""
        return self.fixed | {"exchanged": self._maker.exchanged(100 * seed + epoch)}


def _log(line: str) -> None:
    print(line, flush=True)


def train_encoder(
    data: Path, work: Path, *, seeds: Sequence[int] = (0, 1), max_steps: int | None = None
) -> Path:
    """Fine-tune the encoder from each seed (about 55 minutes each on two cores); save the mean weights.

    Averaging two trainings won 0.002 to 0.005 F1 of names and 0.01 of statements over the better one. A second
    phase on mostly names with more hidden pieces lost what it was to win.
    """
    from textmine.nlp.finetune import Settings, fine_tune, new_learner
    from textmine.nlp.learner import average_learners
    from textmine.nlp.vectors import encoder_folder

    work.mkdir(parents=True, exist_ok=True)
    sets = _Sets(data)
    saved = {seed: work / f"encoder-{seed}.pt" for seed in seeds}
    for seed, path in saved.items():
        fine_tune(
            new_learner(encoder_folder(), sets.fixed["syntax"], seed=seed),
            partial(sets.of_epoch, seed),
            sets.dev,
            Settings(shares=sets.shares, max_steps=max_steps, seed=seed),
            save=path,
            log=_log,
        )
    average_learners(list(saved.values()), work / "encoder.pt")
    return work / "encoder.pt"


#: How much of the mean the training that went on is; the rest is the encoder that it went on from. With more
#: of it names lose 0.004 F1, and statements win nothing.
_NEW_SHARE = 0.4


def continue_encoder(
    data: Path, work: Path, models: Path, *, seed: int = 7, max_steps: int | None = None
) -> Path:
    """Train the encoder of ``models/accurate`` on (some 40 minutes on two cores); save its mean with the old one.

    For when labels were added: statements weigh double, and every labelled sentence counts.
    """
    from textmine.nlp.finetune import Settings, fine_tune, new_learner
    from textmine.nlp.learner import average_learners, save_learner
    from textmine.nlp.resume import load_shipped
    from textmine.nlp.vectors import encoder_folder

    work.mkdir(parents=True, exist_ok=True)
    sets = _Sets(data)
    learner = new_learner(encoder_folder(), sets.fixed["syntax"], seed=seed)
    load_shipped(learner, models / "accurate")
    save_learner(learner, work / "encoder-old.pt")
    steps = max_steps or 1500
    settings = Settings(
        shares=sets.shares, max_steps=steps, seed=seed, encoder_rate=1.2e-4, head_rate=1e-3,
        keep_statements=0.9, statements_weight=2.0,
    )  # fmt: skip
    fine_tune(
        learner,
        partial(sets.of_epoch, seed),
        sets.dev,
        settings,
        save=work / "encoder-new.pt",
        warm=min(120, steps),
        log=_log,
    )
    average_learners(
        [work / "encoder-new.pt", work / "encoder-old.pt"],
        work / "encoder.pt",
        shares=(_NEW_SHARE, 1 - _NEW_SHARE),
    )
    return work / "encoder.pt"


def build_encoder(work: Path, *, cache: bool = True) -> Path:
    """Write ``work/encoder``: a pipeline of encoder and names; ``cache`` remembers vectors in training."""
    from textmine.nlp.export import claim_arrays, export_encoder, name_arrays
    from textmine.nlp.learner import load_learner
    from textmine.nlp.vectors import encoder_folder

    register()
    base = encoder_folder()
    learner = load_learner(base, work / "encoder.pt")
    export_encoder(learner, work / "exported", base / "vocab.txt")
    nlp = spacy.blank("en")
    encoder: Any = nlp.add_pipe("textmine_encoder", config={"cache": cache})
    encoder.load(work / "exported")
    names: Any = nlp.add_pipe("textmine_names", name="ner")
    names.set_arrays(**name_arrays(learner))
    claims: Any = nlp.add_pipe("textmine_claims")
    claims.set_arrays(**claim_arrays(learner))
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
    whole = spacy.load(work / "encoder")
    nlp = spacy.load(
        work / "out-accurate" / "model-best",
        config={"components": {"textmine_encoder": {"cache": False}}},
    )
    nlp.add_pipe("ner", source=whole, after="textmine_encoder")
    nlp.add_pipe("textmine_claims", source=whole, after="ner")
    nlp.add_pipe("textmine_paragraphs", before="parser")
    nlp.meta |= {"name": "accurate", "version": VERSION, "lang": "en"}
    return write_pipeline(nlp, models / "accurate")


def train_claims(models: Path) -> dict[str, float]:
    """Train the tagger of claims (``models/accurate``) and the borders of contents (``models/claims``).

    Returns F1 of the tags of cues, speakers and contents, and how often an end is right, five folds by article.
    """
    from textmine.nlp.claim_learner import learn_claims

    nlp = load_pipeline(str(models / "accurate"))
    tagged: list[tuple[Any, list[int]]] = []
    ends: list[tuple[int, list[list[str]], int]] = []
    for n, (article, is_encoders) in enumerate(own_articles(config.resource_folder("corpora"))):
        doc = nlp(article.text)
        if not is_encoders:
            tagged.append((np.asarray(doc.tensor, dtype="float32"), claim_tags(doc, article)))
        known = [(told[0], said[0]) for told, said in article.claims() if len(said) == 1]
        for rows, right in borders.examples(doc, known, find_quotations(article.text)):
            ends.append((n % 5, rows, right))
    tagger: Any = nlp.get_pipe("textmine_claims")
    scores = _border_scores(ends)
    found, wanted = [], []
    for held in range(5):
        tagger.set_arrays(**learn_claims([a for n, a in enumerate(tagged) if n % 5 != held]))
        for vectors, tags in tagged[held::5]:
            found.append(tagger.scores(vectors).argmax(1))
            wanted.append(np.asarray(tags))
    for name, role in (("speaker", "s"), ("cue", "c"), ("content", "q")):
        places = [n for n, tag in enumerate(CLAIM_TAGS) if tag.endswith(f"-{role}")]
        mine, theirs = (np.isin(np.concatenate(x), places) for x in (found, wanted))
        scores[f"{name}_tags_f1"] = float(2 * (mine & theirs).sum() / (mine.sum() + theirs.sum()))
    tagger.set_arrays(**learn_claims(tagged))
    tagger.to_disk(models / "accurate" / "textmine_claims")
    _borders(ends).save(models / "claims" / "borders.npz")
    return scores | {"articles": len(tagged), "contents": len(ends)}


def _borders(ends: Sequence[tuple[int, list[list[str]], int]]) -> borders.Borders:
    return borders.Borders.fit(
        [row for _, rows, _ in ends for row in rows],
        [n == right for _, rows, right in ends for n in range(len(rows))],
    )


def _border_scores(ends: Sequence[tuple[int, list[list[str]], int]]) -> dict[str, float]:
    hits = 0
    for held in range(5):
        model = _borders([end for end in ends if end[0] != held])
        hits += sum(
            int(model.chances(rows).argmax()) == right for fold, rows, right in ends if fold == held
        )
    return {"end_accuracy": hits / len(ends)}


def train_accurate_statements(data: Path, models: Path) -> dict[str, dict[str, float]]:
    """Train ``models/statements/innovation-driver-accurate.npz`` on the encoder's vectors in context.

    Sentences of the articles of ``worldwide-dev``, which the encoder was not trained on, calibrate and
    score; our own articles train beside the labelled sentences.
    """
    from textmine.nlp.multitask import STATEMENT_LABELS
    from textmine.statements.dense import train_dense

    sentences = SentenceVectors(load_pipeline(str(models / "accurate")))
    vectors: dict[str, list[Any]] = {"train": [], "dev": []}
    labels: dict[str, list[list[str]]] = {"train": [], "dev": []}
    groups: list[str] = []
    for part, text, spans, group in _labelled_texts(data):
        (whole,) = sentences.spans_of([text])
        for start, end, names in spans:
            span = whole.doc.char_span(start, end, alignment_mode="expand")
            if span is None:
                continue
            vectors[part].append(sentences.of_span(span))
            labels[part].append(list(names))
            if part == "dev":
                groups.append(group)
    classifier, report = train_dense(
        np.stack(vectors["train"]),
        labels["train"],
        np.stack(vectors["dev"]),
        labels["dev"],
        groups,
        names=STATEMENT_LABELS,
        model=f"innovation-driver-accurate-{STATEMENTS_VERSION}",
    )
    classifier.save(models / "statements" / "innovation-driver-accurate.npz")
    return report


def _labelled_texts(
    data: Path,
) -> Iterator[tuple[str, str, list[tuple[int, int, tuple[str, ...]]], str]]:
    """Yield part, text, labelled sentences (start, end, labels) and group of every labelled article."""
    articles = {
        row["id"]: (part, row["text"])
        for part in ("train", "dev")
        for row in read_rows(data / "ner" / f"worldwide-{part}.jsonl.gz")
    }
    found: dict[str, list[tuple[int, int, tuple[str, ...]]]] = {}
    for row in statement_rows(data, config.resource_folder("corpora")):
        part, _ = articles[row["doc"]]
        if row["start"] >= 0:
            span = (row["start"], row["start"] + len(row["text"]), tuple(row["labels"]))
            found.setdefault(row["doc"], []).append(span)
        else:  # the sentence was joined over a line break: read it by itself
            yield part, row["text"], [(0, len(row["text"]), tuple(row["labels"]))], row["doc"]
    for key, spans in found.items():
        yield articles[key][0], articles[key][1], spans, key
    for article, _ in own_articles(config.resource_folder("corpora")):
        yield "train", article.text, article.sentences, article.title
