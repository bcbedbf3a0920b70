"""Pipelines: the encoder as a spaCy component, and names taken from any other pipeline."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import spacy
import srsly
from spacy.language import Language

import textmine
from textmine.config import models_folder
from textmine.errors import ModelError
from textmine.nlp.encoder import best_path, spans_of
from textmine.nlp.pipeline import load_pipeline
from textmine.nlp.sentence_vectors import SentenceVectors
from textmine.nlp.wordpiece import windows
from textmine.statements.classifier import SentenceVector, TrainedClassifier
from textmine.statements.dense import DenseClassifier, load_classifier
from textmine.steps import Miner
from textmine.training import train_taxonomy


def ruler(path: Path, labels: dict[str, str]) -> Language:
    """Make a small pipeline whose names come from a list, with labels of OntoNotes or its own."""
    nlp = spacy.blank("en")
    rules = nlp.add_pipe("entity_ruler")
    rules.add_patterns([{"label": label, "pattern": name} for name, label in labels.items()])
    nlp.to_disk(path)
    return nlp


TEXT = "Kova Foods raised $2 million in Lagos, said Tunde Bello. The Chips Act and Nigerian farmers helped."


def test_another_pipeline_gives_the_names_and_ours_the_rest(tmp_path: Path) -> None:
    ruler(
        tmp_path / "onto",
        {"Kova Foods": "ORG", "Lagos": "GPE", "Tunde Bello": "PERSON", "Nigerian": "NORP",
         "The Chips Act": "LAW", "$2 million": "MONEY"},
    )  # fmt: skip
    result = textmine.load(str(tmp_path / "onto")).annotate(TEXT)
    labels = {mention.text: mention.label for mention in result.mentions}
    assert labels == {
        "Kova Foods": "COMPANY", "Lagos": "PLACE", "Tunde Bello": "PERSON", "Nigerian": "GROUP",
        "Chips Act": "LAW",
    }  # fmt: skip
    assert result.claims and result.figures[0].value == 2_000_000
    assert result.mentions[0].model.startswith("pipeline-")


def test_own_labels_need_a_map_and_the_error_says_how(tmp_path: Path) -> None:
    nlp = ruler(tmp_path / "own", {"Kova Foods": "FIRM", "Lagos": "TOWN"})
    with pytest.raises(ModelError, match=r"FIRM, TOWN.*meta\.json"):
        textmine.load(str(tmp_path / "own"))
    nlp.meta["textmine"] = {"labels": {"FIRM": "COMPANY", "TOWN": None}}
    nlp.to_disk(tmp_path / "own")
    (mention,) = textmine.load(str(tmp_path / "own")).annotate(TEXT).mentions
    assert (mention.text, mention.label) == ("Kova Foods", "COMPANY")
    spacy.blank("en").to_disk(tmp_path / "none")
    with pytest.raises(ModelError, match="finds no names"):
        textmine.load(str(tmp_path / "none"))


def test_windows_cover_every_word_once_and_end_where_sentences_do() -> None:
    words = [w for _ in range(60) for w in ("This", "line", "stops", ".")]
    first = np.arange(len(words) + 1) * 2
    found = list(windows(words, first, size=50, margin=6))
    assert [keep for _, _, keep, _ in found[1:]] == [end for _, _, _, end in found[:-1]]
    assert (found[0][2], found[-1][3]) == (0, len(words))
    assert all(words[end - 1] == "." for _, _, _, end in found)
    assert all(first[b] - first[a] <= 50 for a, b, _, _ in found)
    endless = ["word"] * 1000
    assert list(windows(endless, np.arange(1001), size=50, margin=6))[-1][3] == 1000


def test_the_best_path_keeps_to_the_moves() -> None:
    moves = np.zeros((4, 4))
    moves[0, 2] = moves[3, 2] = moves[1, 0] = moves[1, 3] = -1e4  # inside only after begin
    scores = np.array([[0.0, 1.0, 3.0], [0.0, 0.0, 3.0], [2.0, 0.0, 0.0]])
    assert best_path(scores, moves) == [1, 2, 0]
    assert spans_of(["B-X", "L-X", "O", "U-Y"]) == {(0, 2, "X"), (3, 4, "Y")}


@pytest.mark.parametrize(
    "text",
    ["Hello", "🎉🎉🎉 🎉", "قالت الشركة إنها ستبني مصنعا في تونس", "word " * 5000, "\n\n\n", "a\u200b\u0301" * 50],
    ids=["one token", "emoji", "right to left", "5,000 words, no stop", "empty", "marks"],
)  # fmt: skip
def test_odd_texts_are_annotated_with_offsets_true(miner: Miner, text: str) -> None:
    result = miner.annotate(text)
    for record in (*result.mentions, *result.figures, *result.claims, *result.statements):
        assert text[record.start : record.end] == record.text


def test_a_text_gives_the_same_records_alone_and_among_others(miner: Miner) -> None:
    other = "Officials in Accra fined Quayside Telecom 4 million cedis on Friday. " * 9
    alone = miner.annotate(TEXT)
    among = list(miner.annotate_many([other, TEXT, other]))[1]
    assert alone == among


def test_a_trained_taxonomy_is_read_back_with_the_engine_it_was_trained_for(tmp_path: Path) -> None:
    rows = [
        {"text": f"The yard in {town} hired {n} welders.", "labels": ["made"], "doc": str(n)}
        for n, town in enumerate(["Turin", "Lagos", "Hue", "Lima", "Oslo", "Quito"], 10)
    ] + [
        {
            "text": f"The mill in {town} closed and {n} spinners left.",
            "labels": ["lost"],
            "doc": str(n),
        }
        for n, town in enumerate(["Turin", "Lagos", "Hue", "Lima", "Oslo", "Quito"], 20)
    ]
    train_taxonomy(rows, "jobs", tmp_path, engine="accurate")
    classifier = load_classifier(tmp_path / "statements" / "jobs-accurate.npz")
    assert isinstance(classifier, TrainedClassifier) and classifier.model == "jobs-accurate-6"
    sentence = "The yard in Accra hired 14 welders."
    vector = SentenceVector(SentenceVectors(load_pipeline("accurate")).of_texts([sentence])[0])
    (found,) = classifier.score([sentence], [vector])
    assert found.scores["made"] > found.scores["lost"]
    boxed = load_classifier(models_folder() / "statements" / "innovation-driver-accurate.npz")
    assert isinstance(boxed, DenseClassifier)


@pytest.mark.parametrize("engine", ["accurate", "fast"])
def test_the_lemmatiser_knows_the_strings_of_all_its_trees(engine: str) -> None:
    nlp = load_pipeline(engine)
    trees = srsly.msgpack_loads((models_folder() / engine / "lemmatizer" / "trees").read_bytes())
    named = {tree[part] for tree in trees["trees"] for part in ("orig", "subst") if tree.get(part)}
    assert named
    assert [key for key in named if key not in nlp.vocab.strings] == []
