"""Train the models in the box from the labelled sets beside the project.

``pipelines/train.py`` runs these steps as a flow; each is a plain function of folders.
"""

from __future__ import annotations

import csv
import gzip
import json
import random
import re
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import spacy
import srsly
from spacy.language import Language
from spacy.strings import StringStore
from spacy.tokens import DocBin

from textmine import config
from textmine.errors import UsageError
from textmine.nlp import kinds
from textmine.nlp.augment import exchanged_docs, fill_unlabelled
from textmine.nlp.corpus import PlainWords, entity_doc, read_rows, statement_rows, syntax_docs
from textmine.nlp.markup import own_articles
from textmine.nlp.pipeline import assemble, load_pipeline
from textmine.nlp.sentence_vectors import SentenceVectors
from textmine.records import organisation_label
from textmine.statements.background import write_background
from textmine.statements.classifier import train as train_statements

SEED = 0
PARTIAL_SETS = ("ewt", "crossner-politics", "crossner-science", "crossner-ai", "wikigold", "fire")
FAST_VERSION = "1"


def check_data(data: Path) -> None:
    """Raise UsageError unless the labelled sets are in ``data``."""
    if not (data / "ner" / "worldwide-train.jsonl.gz").is_file():
        raise UsageError(f"no training data in {data}: give the folder that holds ner/ and parse/")


def prepare_corpora(data: Path, work: Path) -> None:
    """Write ``work/{ner,syntax}-{train,dev}.spacy`` and the distilled vectors ``work/vectors``."""
    from textmine.nlp.vectors import attach_vectors

    nlp = spacy.blank("en")
    work.mkdir(parents=True, exist_ok=True)
    full = [entity_doc(nlp, row) for row in read_rows(data / "ner" / "worldwide-train.jsonl.gz")]
    plain = PlainWords(full)
    partial = [
        entity_doc(nlp, row, plain)
        for name in PARTIAL_SETS
        for row in read_rows(data / "ner" / f"{name}-train.jsonl.gz")
    ]
    dev = [entity_doc(nlp, row) for row in read_rows(data / "ner" / "worldwide-dev.jsonl.gz")]
    syntax = {
        part: [
            doc
            for name in ("ewt", "gum")
            for doc in syntax_docs(data / "parse" / f"{name}-{part}.conllu.gz", nlp)
        ]
        for part in ("train", "dev")
    }
    sets = {
        "ner-train": [*full, *partial],
        "ner-dev": dev,
        "syntax-train": syntax["train"],
        "syntax-dev": syntax["dev"],
    }
    for name, docs in sets.items():
        if name.endswith("train"):
            random.Random(SEED).shuffle(docs)
        DocBin(docs=docs).to_disk(work / f"{name}.spacy")
    base = spacy.blank("en")
    attach_vectors(base, [*sets["ner-train"], *sets["syntax-train"]], seed=SEED)
    base.to_disk(work / "vectors")


def enrich_corpus(data: Path, work: Path) -> None:
    """Write ``ner-train.spacy`` anew, with the first recogniser's help and names exchanged."""
    nlp = spacy.load(work / "out-ner" / "model-best")
    full_rows = read_rows(data / "ner" / "worldwide-train.jsonl.gz")
    full = [entity_doc(nlp, row) for row in full_rows]
    plain = PlainWords(full)
    docs = [*full, *exchanged_docs(nlp, full_rows, data, seed=SEED)]
    for name in PARTIAL_SETS:
        for row in read_rows(data / "ner" / f"{name}-train.jsonl.gz"):
            doc = entity_doc(nlp, row, plain)
            unknown = {
                token.i
                for start, end in row.get("unlabelled") or []
                for token in doc.char_span(start, end, alignment_mode="expand") or ()
            }
            docs.append(fill_unlabelled(doc, nlp(row["text"]), row["scheme"], unknown))
    random.Random(SEED).shuffle(docs)
    DocBin(docs=docs).to_disk(work / "ner-train.spacy")


def train_part(part: str, configs: Path, work: Path, *, max_steps: int | None = None) -> Path:
    """Run ``spacy train`` for ``part`` (``ner`` or ``syntax``); return the best model's folder."""
    from spacy.cli.train import train

    overrides: dict[str, Any] = {
        "paths.train": str(work / f"{part}-train.spacy"),
        "paths.dev": str(work / f"{part}-dev.spacy"),
        "paths.vectors": str(work / "vectors"),
    }
    if max_steps:
        overrides["training.max_steps"] = max_steps
    train(configs / f"fast-{part}.cfg", work / f"out-{part}", overrides=overrides)
    return work / f"out-{part}" / "model-best"


def build_fast(work: Path, models: Path) -> dict[str, Any]:
    """Join the trained parts into ``models/fast``; return its scores on the dev sets."""
    nlp = assemble(
        work / "out-syntax" / "model-best", work / "out-ner" / "model-best", number=FAST_VERSION
    )
    return score_pipeline(work, write_pipeline(nlp, models / "fast"))


def write_pipeline(nlp: Language, folder: Path) -> Path:
    """Write a pipeline into ``folder`` in place of what is there, but for its card."""
    card = folder / "README.md"
    words = card.read_text(encoding="utf-8") if card.is_file() else f"# {folder.name}\n"
    if folder.exists():
        shutil.rmtree(folder)
    nlp.to_disk(folder)
    card.write_text(words, encoding="utf-8")
    prune_strings(folder)
    return folder


#: Codes and addresses ("20b", "alt.x.y"): nothing looks them up.
_CODE = re.compile(r"(?=.*\d)(?=.*[A-Za-z])|[A-Za-z]{2}\.[A-Za-z]{2}|@|//")


def prune_strings(folder: Path) -> None:
    """Drop codes and addresses from a pipeline's strings, and from the lemmatiser's edit trees.

    A tree that names one of them becomes a tree that fits no word: spaCy raises KeyError for a
    tree whose strings it does not know.
    """
    strings = folder / "vocab" / "strings.json"
    found = json.loads(strings.read_text(encoding="utf-8"))
    kept = [string for string in found if not _CODE.search(string)]
    strings.write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")
    path = folder / "lemmatizer" / "trees"
    if path.is_file():
        trees = srsly.msgpack_loads(path.read_bytes())
        known = StringStore(kept)
        for tree in trees["trees"]:
            if any(tree.get(part) and tree[part] not in known for part in ("orig", "subst")):
                tree |= {"orig": 0, "subst": 0}
        path.write_bytes(srsly.msgpack_dumps(trees))


def score_pipeline(work: Path, folder: Path) -> dict[str, Any]:
    """Score a pipeline on the dev sets prepared in ``work``."""
    from spacy.training import Example

    nlp = load_pipeline(str(folder))
    scores: dict[str, Any] = {}
    for part, keys in (
        ("ner", ("ents_p", "ents_r", "ents_f", "ents_per_type")),
        ("syntax", ("tag_acc", "pos_acc", "dep_uas", "dep_las", "sents_f", "lemma_acc")),
    ):
        docs = DocBin().from_disk(work / f"{part}-dev.spacy").get_docs(nlp.vocab)
        found = nlp.evaluate([Example(nlp.make_doc(doc.text), doc) for doc in docs])
        scores |= {key: found[key] for key in keys}
    scores["core_f"] = _core_f1(nlp, work / "ner-dev.spacy")
    return scores


def _core_f1(nlp: Language, path: Path) -> float:
    """Return F1 of organisations, people and places (LOC and FAC as one), exact spans."""
    right = found = wanted = 0
    merge = {"ORG": "ORG", "PERSON": "PERSON", "LOC": "PLACE", "FAC": "PLACE"}
    for gold in DocBin().from_disk(path).get_docs(nlp.vocab):
        doc = nlp(gold.text)
        one = {(e.start_char, e.end_char, merge[e.label_]) for e in doc.ents if e.label_ in merge}
        two = {(e.start_char, e.end_char, merge[e.label_]) for e in gold.ents if e.label_ in merge}
        right, found, wanted = right + len(one & two), found + len(one), wanted + len(two)
    return 2 * right / max(1, found + wanted)


def _kind_rows(data: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Yield name, kind and features of every organisation mention whose kind was labelled."""
    with (data / "names" / "organisation-kinds.tsv").open(encoding="utf-8") as lines:
        known = {row["name"]: row["kind"] for row in csv.DictReader(lines, delimiter="\t")}
    for name in ("worldwide", *PARTIAL_SETS):
        for row in read_rows(data / "ner" / f"{name}-train.jsonl.gz"):
            for start, end, label in row["entities"]:
                mention = row["text"][start:end]
                # "not_org" marks slips of the entity sets: no kind to learn.
                if label == "ORG" and known.get(mention, "not_org") != "not_org":
                    around = kinds.context(row["text"], start, end)
                    yield mention, known[mention], kinds.features(mention, *around)


def _listed(path: Path, count: int) -> list[str]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        names = [line.split("\t")[0].strip() for line in lines][1:]
    return random.Random(SEED).sample([name for name in names if name], count)


def train_kinds(data: Path, models: Path) -> dict[str, float]:
    """Train ``models/kinds``; return its accuracy on names held out of training (5 folds).

    Listed companies and public bodies come without context and count little: with more weight
    they pulled unseen newspapers and parties towards "company".
    """
    rows = list(_kind_rows(data))
    counts = Counter(name for name, _, _ in rows)
    weights = [counts[name] ** -0.5 for name, _, _ in rows]
    extra = [
        (name, "company") for name in _listed(data / "names" / "listed-companies.tsv.gz", 3000)
    ]
    extra += [
        (name, "government") for name in _listed(data / "names" / "public-bodies.tsv.gz", 1500)
    ]
    listed = [kinds.features(name) for name, _ in extra]

    def fitted(chosen: list[int]) -> kinds.KindClassifier:
        return kinds.KindClassifier(
            kinds.fit(
                [rows[n][2] for n in chosen] + listed,
                [rows[n][1] for n in chosen] + [kind for _, kind in extra],
                [weights[n] for n in chosen] + [0.05] * len(extra),
            )
        )

    names = sorted(counts)
    random.Random(SEED).shuffle(names)
    fold = {name: n % 5 for n, name in enumerate(names)}
    kind_of = {name: kind for name, kind, _ in rows}
    right_kind = right_label = 0
    for held in range(5):
        model = fitted([n for n, row in enumerate(rows) if fold[row[0]] != held])
        by_name: dict[str, list[list[str]]] = defaultdict(list)
        for name, _, found in rows:
            if fold[name] == held:
                by_name[name].append(found)
        told = model.kinds([found[:10] for found in by_name.values()])
        for name, (kind, _) in zip(by_name, told, strict=True):
            right_kind += kind == kind_of[name]
            right_label += organisation_label(kind) == organisation_label(kind_of[name])
    fitted(list(range(len(rows)))).save(models / "kinds" / "kinds.npz")
    return {
        "kind_accuracy": right_kind / len(names),
        "label_accuracy": right_label / len(names),
        "names": len(names),
    }


#: The vectors' weight beside TF-IDF rows of length one: for `fast` the best on the grouped folds, for
#: `accurate` a guess (the classifier in the box stands on the vectors alone).
_VECTOR_SCALES = {"fast": 0.05, "accurate": 0.3}


def train_taxonomy(
    rows: Sequence[dict[str, Any]], name: str, models: Path, *, engine: str, version: str = "6"
) -> dict[str, Any]:
    """Train ``models/statements/NAME-ENGINE.npz`` from labelled sentences; return cross-validated scores.

    ``rows`` have ``text``, ``labels`` and ``doc`` (folds keep documents whole).
    """
    labels = sorted({label for row in rows for label in row["labels"]})
    texts = [row["text"] for row in rows]
    classifier, report = train_statements(
        texts,
        [row["labels"] for row in rows],
        [str(row.get("doc", n)) for n, row in enumerate(rows)],
        names=labels,
        vectors=SentenceVectors(load_pipeline(engine)).of_texts(texts),
        scale=_VECTOR_SCALES.get(engine, 0.1),
        model=f"{name}-{engine}-{version}",
    )
    classifier.save(models / "statements" / f"{name}-{engine}.npz")
    return report


def driver_rows(data: Path) -> list[dict[str, Any]]:
    """Return every sentence labelled under ``innovation-driver``: of the sets beside the project, and ours."""
    corpora = config.resource_folder("corpora")
    rows = [row | {"text": " ".join(row["text"].split())} for row in statement_rows(data, corpora)]
    return rows + [
        {"text": " ".join(article.text[start:end].split()), "labels": labels, "doc": article.title}
        for article, _ in own_articles(corpora)
        for start, end, labels in article.sentences[1:]
    ]


#: Sentences of a background.
_BACKGROUND = 600


def train_background(models: Path, *, engine: str) -> int:
    """Write ``models/statements/background-ENGINE.npz``: sentences of our own articles; return their number."""
    sentences = [
        " ".join(article.text[start:end].split())
        for article, is_encoders in own_articles(config.resource_folder("corpora"))
        if is_encoders
        for start, end, _ in article.sentences[1:]
    ]
    fitting = sorted({text for text in sentences if 8 <= len(text.split()) <= 45})
    texts = random.Random(SEED).sample(fitting, _BACKGROUND)
    vectors = SentenceVectors(load_pipeline(str(models / engine))).of_texts(texts)
    write_background(models / "statements" / f"background-{engine}.npz", texts, vectors)
    return len(texts)


def write_scores(models: Path, scores: dict[str, Any]) -> None:
    """Write ``scores.json`` beside each model; the cards' words are kept by hand in README.md."""
    for name, found in scores.items():
        folder, _, engine = name.partition("-")
        file = f"scores-{engine}.json" if engine else "scores.json"
        path = models / folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", encoding="utf-8")
