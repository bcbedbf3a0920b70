"""The learning loop: decisions, versions, suggestions; taxonomies and shares."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from textmine import learning
from textmine.cli import app
from textmine.config import taxonomy_path
from textmine.errors import ModelError, UsageError
from textmine.statements.learned import LearnedClassifier, f1_by_label, is_held_back
from textmine.statements.taxonomy import advice, read_taxonomy
from textmine.statements.versions import Versions
from textmine.steps import Miner
from textmine.store.database import Store, open_store
from textmine.store.decisions import Decision, read_label_file
from textmine.store.shares import label_shares

QUESTION = """
name: colour
question: Does the sentence speak of ships or of farms?
labels:
  ships:
    definition: Ships, ports, sailors.
    examples: [The ship left the port at dawn.]
  farms:
    definition: Farms, fields, crops.
    examples: [The farm sold its wheat to the mill.]
"""
SHIPS = ["The {} ship sailed from the port with its crew.", "Sailors on the {} ferry waited for the tide.",
         "The {} harbour took in two tankers.", "A {} freighter docked at the quay last night."]  # fmt: skip
FARMS = ["The {} farm harvested its wheat early.", "Growers in the {} valley planted maize.",
         "The {} orchard lost its apples to frost.", "A {} herd grazed on the meadow all summer."]  # fmt: skip
OTHER = ["The {} court heard the case on Monday.", "A {} singer won the prize in the city."]
WORDS = "old new big small red green first second northern southern quiet busy".split()


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TEXTMINE_HOME", str(tmp_path / "home"))
    (tmp_path / "colour.yaml").write_text(QUESTION, encoding="utf-8")
    return tmp_path


@pytest.fixture
def store(place: Path) -> Store:
    return open_store(f"sqlite:///{place / 'store.db'}")


def decisions() -> list[Decision]:
    rows = [(SHIPS, ("ships",)), (FARMS, ("farms",)), (OTHER, ())]
    return [Decision(t.format(w), labels) for texts, labels in rows for t in texts for w in WORDS]


def test_it_learns_keeps_versions_and_restores_them(place: Path, store: Store) -> None:
    given = str(place / "colour.yaml")
    store.decide("colour", decisions())
    first = learning.learn_taxonomy(store, given, engine="accurate")
    assert first.in_use
    assert first.version.held_back == sum(is_held_back(d.text) for d in decisions())
    assert first.version.after["macro"] > 0.9 >= first.version.before["macro"] * 0.9
    (found,) = Miner("accurate", [given]).classify(
        ["A grey ship lay in the port with its crew."], given
    )
    assert found.labels == ("ships",)
    assert found.model == "colour-accurate-learned-1"
    versions = Versions(place / "home" / "taxonomies" / "colour", "accurate")
    versions.restore(0)
    (found,) = Miner("accurate", [given]).classify(["A grey ship lay in the port."], given)
    assert found.model.startswith("colour-examples")
    with pytest.raises(UsageError, match="no version 9"):
        versions.restore(9)


def test_a_worse_version_is_kept_but_not_used(place: Path, store: Store) -> None:
    given = str(place / "colour.yaml")
    store.decide("colour", decisions())
    learning.learn_taxonomy(store, given, engine="accurate")
    turned = {("ships",): ("farms",), ("farms",): ("ships",)}
    store.decide("colour", [
        Decision(d.text, turned.get(d.labels, ())) for d in decisions() if not is_held_back(d.text)
    ])  # fmt: skip
    second = learning.learn_taxonomy(store, given, engine="accurate")
    assert not second.in_use
    versions = Versions(place / "home" / "taxonomies" / "colour", "accurate")
    assert (versions.current, [v.number for v in versions.all()]) == (1, [1, 2])
    assert learning.learn_taxonomy(store, given, engine="accurate", force=True).in_use


def test_a_version_that_does_not_fit_is_refused(place: Path, store: Store) -> None:
    given = str(place / "colour.yaml")
    store.decide("colour", decisions())
    learning.learn_taxonomy(store, given, engine="accurate")
    path = Versions(place / "home" / "taxonomies" / "colour", "accurate").path(1)
    miner = Miner("accurate", [])
    box = miner.trained(read_taxonomy(taxonomy_path("innovation-driver")))
    taxonomy = read_taxonomy(Path(given))
    with pytest.raises(ModelError, match="on top of examples alone"):
        LearnedClassifier.load(path, taxonomy, box)
    Path(given).write_text(QUESTION.replace("farms:", "fields:"), encoding="utf-8")
    with pytest.raises(ModelError, match="learned for the labels ships, farms"):
        Miner("accurate", [given])


def test_decisions_correct_the_trained_classifier(place: Path, store: Store) -> None:
    store.decide("innovation-driver", [
        Decision(d.text, ("grassroots",) if "ships" in d.labels else ()) for d in decisions()
    ])  # fmt: skip
    found = learning.learn_taxonomy(store, "innovation-driver", engine="accurate")
    assert found.version.after["grassroots"] > 0.9 > found.version.before.get("grassroots", 0.0)
    (one,) = Miner("accurate", ["innovation-driver"]).classify(
        ["The ministry pays a third of the cost of each new battery plant."]
    )
    assert "state_support" in one.labels


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.csv", "statement_id,labels\nsta-0,ships\n", "line 2: no statement 'sta-0'"),
        ("a.csv", "text,labels\nA b c,ships\nD e f,boats\n", "line 3: no label 'boats'"),
        ("a.csv", "text\nA b c\n", "line 2: no field `labels`"),
        ("a.csv", "text,labels\n,ships\n", "line 2: neither statement_id nor text"),
        ("a.jsonl", '{"text": "A"}\n{oops\n', "line 1: no field"),
        ("a.jsonl", '{"text": "A", "labels": []}\n{oops\n', "line 2: is not JSON"),
        ("a.csv", "text,labels\nA b c,\n", "no labelled line"),
    ],
)
def test_a_label_file_at_fault_is_refused_with_its_line(
    tmp_path: Path, name: str, content: str, problem: str
) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=problem):
        read_label_file(path, ["ships", "farms"], {"sta-1": "x"})


def test_a_label_file_says_several_none_and_not_yet(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("statement_id,text,labels\nsta-1,,ships; farms\n,B b,neither\n,C c,\n")
    found = read_label_file(path, ["ships", "farms"], {"sta-1": "A a"})
    assert found == [Decision("A a", ("ships", "farms")), Decision("B b", ())]


def statement(n: int, text: str, **scores: float) -> dict[str, object]:
    labels = [name for name, p in scores.items() if p >= 0.5]
    return {"id": f"s{n}", "article_id": f"a{n % 3}", "start": 0, "end": len(text), "text": text, "scores": scores,
            "labels": labels, "voice": "author", "speaker_entity_id": None}  # fmt: skip


def test_suggestions_are_unsure_unlike_and_new() -> None:
    texts = [d.text for d in decisions()]
    rows = [
        statement(n, t, ships=0.5 if n % 4 == 0 else 0.02, farms=0.03) for n, t in enumerate(texts)
    ]
    chosen = learning.suggest(rows, [texts[0]], ["ships", "farms"], count=6)
    assert len({row["text"] for row in chosen}) == 6
    assert texts[0] not in {row["text"] for row in chosen}
    assert all(row["scores"]["ships"] == 0.5 for row in chosen)
    first = learning.suggest(rows, [], ["ships", "farms"], count=9)
    assert len(first) == 9
    assert {row["scores"]["ships"] for row in first} == {0.5, 0.02}


def test_shares_count_duplicates_once_and_give_intervals() -> None:
    articles = [
        {"id": f"a{n}", "duplicate_of": "a0" if n == 2 else None, "url": None, "source": "wire/x.txt",
         "published": f"2026-0{n + 1}-01"}
        for n in range(3)
    ]  # fmt: skip
    rows = [statement(n, f"text {n}", ships=0.9 if n % 2 else 0.1) for n in range(30)]
    frame = label_shares(rows, articles, [], {}, by="all")
    (row,) = frame.to_dict("records")
    assert (row["statements"], row["labelled"], row["articles"]) == (20, 10, 2)
    assert row["low"] <= row["share"] <= row["high"]
    months = label_shares(rows, articles, [], {}, by="month")
    assert list(months["group"]) == ["2026-01", "2026-02"]


def test_f1_by_label() -> None:
    found = f1_by_label([["a"], ["a"], []], [["a"], [], ["b"]], ["a", "b", "c"])
    assert found == {"a": pytest.approx(2 / 3), "b": 0.0, "macro": pytest.approx(1 / 3)}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (QUESTION.replace("farms:", "ships:"), "twice"),
        (QUESTION.split("labels:", maxsplit=1)[0], "no labels"),
        (QUESTION.replace("question:", "ask:"), "question"),
    ],
)
def test_a_taxonomy_at_fault_is_refused(tmp_path: Path, content: str, problem: str) -> None:
    path = tmp_path / "t.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=problem):
        read_taxonomy(path)


def test_taxonomies_in_the_box_need_no_advice_and_odd_ones_get_it(tmp_path: Path) -> None:
    for name in ("forecast-certainty", "risk-bearer"):
        assert advice(read_taxonomy(taxonomy_path(name))) == []
    path = tmp_path / "t.yaml"
    path.write_text(
        QUESTION.replace(
            "The ship left the port at dawn.", "Das Schiff hat den Hafen bei Tagesanbruch verlassen"
        )
    )
    told = "\n".join(advice(read_taxonomy(path)))
    assert "not English" in told
    assert "1 examples" in told


def test_one_label_and_two_hundred_labels_work(place: Path) -> None:
    one = place / "one.yaml"
    one.write_text("name: one\nquestion: q\nlabels:\n  ships: Ships and ports and sailors.\n")
    (found,) = Miner("accurate", [str(one)]).classify(["The ship left the port."], str(one))
    assert set(found.scores) == {"ships"}
    many = place / "many.yaml"
    lines = [f"  label{n}: Things of the sort number {n}." for n in range(200)]
    many.write_text("name: many\nquestion: q\nlabels:\n" + "\n".join(lines) + "\n")
    (found,) = Miner("accurate", [str(many)]).classify(["The ship left the port."], str(many))
    assert len(found.scores) == 200
    assert any("200 labels" in line for line in advice(read_taxonomy(many)))


def test_the_loop_on_the_command_line(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)
    runner = CliRunner()
    texts = " ".join(d.text for d in decisions()[:40])
    Path("a.txt").write_text(f"Ships and farms\n\n{texts}\n", encoding="utf-8")
    assert (
        runner.invoke(app, ["run", "--direct", "a.txt", "--taxonomy", "colour.yaml"]).exit_code == 0
    )
    assert (
        runner.invoke(
            app, ["suggest", "colour.yaml", "--out", "todo.csv", "--limit", "8"]
        ).exit_code
        == 0
    )
    lines = Path("todo.csv").read_text(encoding="utf-8-sig").splitlines()
    filled = [
        line.replace(",,", f",{'ships' if n % 2 else 'neither'},", 1)
        for n, line in enumerate(lines[1:])
    ]
    Path("todo.csv").write_text("\n".join([lines[0], *filled]) + "\n", encoding="utf-8")
    trained = runner.invoke(app, ["train", "colour.yaml", "--labels", "todo.csv", "--json"])
    assert trained.exit_code == 0
    assert json.loads(trained.stdout.splitlines()[-1])["number"] == 1
    shown = runner.invoke(app, ["taxonomy", "show", "colour.yaml"])
    assert "version 1 (in use)" in shown.stdout
    shares = runner.invoke(app, ["shares", "colour", "--json"])
    assert shares.exit_code != 0  # a taxonomy of one's own is named by its file
    shares = runner.invoke(app, ["shares", "colour.yaml", "--by", "voice", "--json"])
    assert {json.loads(line)["label"] for line in shares.stdout.splitlines()} == {"ships", "farms"}
