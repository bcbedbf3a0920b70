"""The labelled sets as training reads them; on tiny sets of the same form."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

from textmine.config import resource_folder
from textmine.nlp.augment import NameExchange
from textmine.nlp.corpus import read_rows, statement_rows


def _labelled_sets(folder: Path) -> Path:
    """Write sets of the form that lie beside the project, of one article each."""
    text = "Delta Mills built a road. Ana Prado paid for it.\nNo one asked why."
    row = {"id": "a-1", "text": text, "entities": [[0, 11, "ORG"], [26, 35, "PERSON"]]}
    for name, lines in {
        "ner/worldwide-train.jsonl.gz": [json.dumps(row)],
        "ner/worldwide-dev.jsonl.gz": [],
        "names/listed-companies.tsv.gz": ["name\tcountry", "Northern Harbour Rail Ltd\tNZ"],
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(gzip.compress("\n".join(lines).encode()))
    (folder / "names" / "organisation-kinds.tsv").write_text("name\tkind\nDelta Mills\tcompany\n")
    said = {"doc": "a-1", "text": "Ana Prado paid for it.", "labels": ["grassroots"]}
    (folder / "statements").mkdir()
    (folder / "statements" / "innovation-driver.jsonl").write_text(json.dumps(said) + "\n")
    return folder


def test_statement_labels_are_read_by_place_and_the_given_ones_win(tmp_path: Path) -> None:
    data = _labelled_sets(tmp_path / "data")
    places = tmp_path / "corpora" / "statements" / "innovation-driver-worldwide.tsv"
    places.parent.mkdir(parents=True)
    places.write_text("a-1\t0-25:sg 26-48:c 49-66\n")
    rows = statement_rows(data, tmp_path / "corpora")
    assert [(row["text"], row["labels"]) for row in rows] == [
        ("Ana Prado paid for it.", ["grassroots"]),
        ("Delta Mills built a road.", ["state_support", "grassroots"]),
        ("No one asked why.", []),
    ]


def test_exchanged_names_keep_the_sentences_that_bear_labels(tmp_path: Path) -> None:
    data = _labelled_sets(tmp_path / "data")
    (row,) = read_rows(data / "ner" / "worldwide-train.jsonl.gz")
    row["statements"] = [(0, 25, ["grassroots"]), (26, 48, []), (49, 66, ["state_control"])]
    other = NameExchange([row], data, seed=0).exchange(row)
    assert other is not None and "Delta" not in other["text"]
    said = [(other["text"][start:end], labels) for start, end, labels in other["statements"]]
    assert said[0][0].startswith("Northern Harbour Rail") and said[0][0].endswith(" built a road.")
    assert said[1][0].endswith(" paid for it.") and said[1][0][0].isupper()
    assert said[2] == ("No one asked why.", ["state_control"])


def test_the_places_of_our_statement_labels_are_well_formed() -> None:
    path = resource_folder("corpora") / "statements" / "innovation-driver-worldwide.tsv"
    for line in path.read_text(encoding="utf-8").splitlines():
        doc, spans = line.split("\t")
        found = [re.fullmatch(r"(\d+)-(\d+)(?::s?g?c?)?", span) for span in spans.split()]
        assert doc and found and all(found), line
        places = [int(number) for match in found if match for number in match.groups()]
        assert places == sorted(places), line
