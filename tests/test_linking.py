"""Entities across articles: what names alone join, what people judge, what survives a re-run."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from textmine.cli import app
from textmine.errors import UsageError
from textmine.linking import alias_file, canonical_ids, read_aliases
from textmine.mining import RunOptions, Workspace, mine_directly
from textmine.store.database import open_store
from textmine.store.entities import StoredEntity


def entity(name: str, label: str = "COMPANY", *aliases: str) -> StoredEntity:
    return StoredEntity(name, name, label, None, aliases, name)


def joined(
    *entities: StoredEntity, judgements: list[tuple[str, str, str]] | None = None
) -> set[frozenset[str]]:
    found = canonical_ids(entities, judgements=judgements or [])
    groups: dict[str, set[str]] = {}
    for one, head in found.items():
        groups.setdefault(head, set()).add(one)
    return {frozenset(group) for group in groups.values() if len(group) > 1}


def test_spellings_short_forms_and_acronyms_are_one() -> None:
    assert joined(
        entity("Grab Holdings", "COMPANY", "Grab"), entity("Grab"),
        entity("African National Congress", "ORG", "ANC"), entity("ANC", "ORG"),
        entity("Jerome H. Powell", "PERSON"), entity("Jerome Powell", "PERSON"),
        entity("World Health Organization", "GOVERNMENT"),
        entity("World Health Organisation", "GOVERNMENT"),
    ) == {
        frozenset({"Grab Holdings", "Grab"}),
        frozenset({"African National Congress", "ANC"}),
        frozenset({"Jerome H. Powell", "Jerome Powell"}),
        frozenset({"World Health Organization", "World Health Organisation"}),
    }  # fmt: skip


def test_like_names_of_different_things_stay_apart() -> None:
    assert not joined(
        entity("Zambia", "PLACE"), entity("Gambia", "PLACE"), entity("Kim Il Sung", "PERSON"),
        entity("Kim", "PERSON"), entity("Bank of Ghana", "GOVERNMENT"),
        entity("Bank of Guyana", "GOVERNMENT"), entity("Unit 731", "ORG"), entity("Unit 732", "ORG"),
        entity("Kestrel", "PERSON"), entity("Kestrel", "COMPANY"),
    )  # fmt: skip


def test_a_short_name_of_two_things_joins_neither() -> None:
    first = entity("Asian Development Bank", "GOVERNMENT", "ADB")
    second = entity("African Development Bank", "GOVERNMENT", "ADB")
    assert not joined(first, second, entity("ADB", "GOVERNMENT"))


def test_judgements_win_over_the_machine_in_any_order_of_articles() -> None:
    names = [entity("Grab Holdings", "COMPANY", "Grab"), entity("Grab"), entity("Gojek")]
    assert not joined(*names, judgements=[("Grab", "Grab Holdings", "different")])
    found = canonical_ids(names, judgements=[("Gojek", "Grab", "same")])
    assert set(found.values()) == {"Gojek"}
    assert canonical_ids(names[::-1], judgements=[("Gojek", "Grab", "same")]) == found


def test_the_alias_file_in_the_box_is_sound_and_mistakes_name_their_line(tmp_path: Path) -> None:
    assert read_aliases(alias_file()) and alias_file().parent.name == "corpora"
    Path("aliases.csv").write_text("name,alias\nGrab,GRAB\n")
    assert alias_file() == Path("aliases.csv")
    path = tmp_path / "aliases.csv"
    path.write_text("name,alias,kind\nGrab,GRAB,company\nGrab,GrabTaxi,firm\n")
    with pytest.raises(UsageError, match="line 3: no kind 'firm'"):
        read_aliases(path)
    path.write_text("name,alias\nGrab,GT\nGojek,GT\n")
    with pytest.raises(UsageError, match="line 3: 'GT' is an alias of 'Grab'"):
        read_aliases(path)


def mine_two(db: str) -> None:
    Path("a.txt").write_text(
        "Lanco Systems said on Monday that Lanco would hire. Lanco Systems is in Hue."
    )
    Path("b.txt").write_text(
        "Shares of Brightacre Ltd rose in Hanoi, the firm Brightacre Ltd said."
    )
    mine_directly(Workspace(RunOptions(db, "fast", ())), ["a.txt", "b.txt"])


def test_merge_split_and_rename_survive_a_second_run() -> None:
    db = "sqlite:///t.db"
    mine_two(db)
    store = open_store(db)
    firms = [row["name"] for row in store.rows("entities", labels=["COMPANY", "ORG", "GOVERNMENT"])]
    assert len(firms) == 2
    run = CliRunner().invoke
    assert run(app, ["entity", "merge", *firms, "--db", db]).exit_code == 0
    assert (
        run(
            app, ["entity", "rename", firms[0], "Lanco Group", "--kind", "company", "--db", db]
        ).exit_code
        == 0
    )
    with store._engine.begin() as connection:  # as after an upgrade of the models
        connection.exec_driver_sql("UPDATE articles SET models = 'older'")
    mine_two(db)
    (row,) = store.rows("entities", labels=["company"])
    assert (
        row["name"] == "Lanco Group" and row["articles"] == 2 and set(firms) <= set(row["aliases"])
    )
    keys = {m["entity_id"] for m in store.rows("mentions") if m["label"] == "COMPANY"}
    assert keys == {row["id"]}
    assert run(app, ["entity", "split", *firms, "--db", db]).exit_code == 0
    names = {r["name"] for r in store.rows("entities")}
    assert "Lanco Group" in names and firms[1] in names
