"""The store: one transaction an article, nothing doubled, newer schemas refused, exports whole."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from textmine.errors import OffsetError, StoreError, UsageError
from textmine.records import RECORD_TYPES, Annotated, Mention, field_names
from textmine.steps import Miner
from textmine.store.database import open_store
from textmine.store.export import export

TEXT = (
    "Nairobi’s Kova Foods Ltd said on Monday that revenue rose 12% to $2.3 billion. "
    "“We built it ourselves,” said Tunde Bello, who founded Kova in a garage with two friends."
)


@pytest.fixture
def result(miner: Miner) -> Annotated:
    return miner.annotate(TEXT)


def test_claims_of_an_older_store_become_one_piece(result: Annotated) -> None:
    store = open_store("sqlite:///a.db")
    store.save(result, models="m1")
    pieces = [row["pieces"] for row in store.rows("claims")]
    with sqlite3.connect("a.db") as connection:
        connection.execute("ALTER TABLE claims DROP COLUMN pieces")
        connection.execute("UPDATE alembic_version SET version_num = '0003'")
    assert pieces and pieces == [
        row["pieces"] for row in open_store("sqlite:///a.db").rows("claims")
    ]


def test_a_second_save_adds_nothing(result: Annotated) -> None:
    store = open_store("sqlite:///a.db")
    assert store.save(result, models="m1")
    before = {kind: store.rows(kind) for kind in RECORD_TYPES}
    assert not store.save(result, models="m1")
    assert store.save(result, models="m2"), "other models read it anew"
    assert {kind: store.rows(kind) for kind in RECORD_TYPES} == before
    assert store.done("m2") == {result.article.id} and store.done("m1") == set()


def test_a_failing_article_leaves_no_trace(result: Annotated) -> None:
    store = open_store("sqlite:///a.db")
    broken = replace(result, mentions=[replace(result.mentions[0], entity_id="ent-none")])
    with pytest.raises(Exception, match="FOREIGN KEY"):
        store.save(broken, models="m1")
    assert set(store.counts().values()) == {0}


def test_records_that_lie_about_their_text_are_refused(result: Annotated) -> None:
    moved = replace(result.mentions[0], start=0, end=3)
    assert isinstance(moved, Mention)
    with pytest.raises(OffsetError, match="0-3"):
        replace(result, mentions=[moved])


def test_a_newer_schema_and_a_foreign_file_are_refused(tmp_path: Path) -> None:
    open_store("sqlite:///a.db").close()
    with sqlite3.connect("a.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(StoreError, match="newer textmine"):
        open_store("sqlite:///a.db")
    Path("b.db").write_bytes(b"this is no database at all, just some text that goes on" * 20)
    with pytest.raises(StoreError, match="cannot be opened"):
        open_store("sqlite:///b.db")
    with pytest.raises(StoreError, match="does not exist"):
        open_store("sqlite:///nowhere/a.db")
    with pytest.raises(StoreError, match="no SQLite address"):
        open_store("postgres://x")


def test_queries(result: Annotated) -> None:
    store = open_store("sqlite:///a.db")
    store.save(result, models="m1")
    (bello,) = store.rows("entities", search="bello")
    assert bello["name"] == "Tunde Bello" and bello["articles"] == 1
    assert {row["kind"] for row in store.rows("figures", labels=["money"])} == {"money"}
    assert store.rows("claims", labels=["direct"])[0]["speaker_name"] == "Tunde Bello"
    assert store.rows("articles", limit=1)[0]["text"] == TEXT
    assert list(store.frames()["figures"].columns) == field_names(RECORD_TYPES["figures"])


def test_failures_are_kept_until_the_source_is_read(result: Annotated) -> None:
    store = open_store("sqlite:///a.db")
    store.fail("text", "was down")
    store.fail("text", "still down")
    assert [(row["reason"], row["attempts"]) for row in store.failures()] == [("still down", 2)]
    store.save(result, models="m1")
    assert store.failures() == []


def test_exports_hold_the_contract(result: Annotated, tmp_path: Path) -> None:
    store = open_store("sqlite:///a.db")
    store.save(result, models="m1")
    paths = export(store, tmp_path / "out")
    assert [path.name for path in paths] == [f"{kind}.jsonl" for kind in RECORD_TYPES]
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            assert list(json.loads(line)) == field_names(RECORD_TYPES[path.stem])
    figures = [json.loads(line) for line in paths[3].read_text().splitlines()]
    money = next(row for row in figures if row["kind"] == "money")
    assert money["value"] == 2.3e9 and money["currency"] == "USD"
    csv = pd.read_csv(export(store, tmp_path / "csv", format="csv")[3])
    assert 2_300_000_000 in set(csv["value"])
    parquet = pd.read_parquet(export(store, tmp_path / "pq", format="parquet")[3])
    assert len(parquet) == len(figures)
    (book,) = export(store, tmp_path / "xl", format="xlsx")
    sheets = openpyxl.load_workbook(book)
    assert sheets.sheetnames == list(RECORD_TYPES)
    assert sheets["figures"].max_row == len(figures) + 1
    with pytest.raises(UsageError, match="xlsx"):
        export(store, tmp_path, format="ods")


def test_a_cell_is_never_a_formula(miner: Miner, tmp_path: Path) -> None:
    store = open_store("sqlite:///a.db")
    store.save(
        miner.annotate("=cmd() said Tunde Bello in Lagos, who leads Kova Foods there."), models="m"
    )
    (book,) = export(store, tmp_path, format="xlsx")
    cells = [cell.value for sheet in openpyxl.load_workbook(book) for row in sheet for cell in row]
    assert not any(isinstance(value, str) and value.startswith("=") for value in cells)


def test_an_unwritable_folder_is_named(result: Annotated, tmp_path: Path) -> None:
    store = open_store("sqlite:///a.db")
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot write"):
        export(store, tmp_path / "file")
