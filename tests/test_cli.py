"""The command line, as users meet it: exit codes, one-line errors, idempotent runs."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from conftest import GOLD, ROOT, SAMPLES

from textmine.cli import app
from textmine.records import RECORD_TYPES

STATE = ("articles", "entities", "mentions", "figures", "claims", "statements")


def textmine(
    *arguments: object, timeout: float = 240, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "textmine", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=timeout,
        env=os.environ | environment,
        check=False,
    )


def exported(folder: Path) -> dict[str, bytes]:
    return {kind: (folder / f"{kind}.jsonl").read_bytes() for kind in STATE}


def test_help_is_quick_and_every_command_has_an_example() -> None:
    started = time.perf_counter()
    assert textmine("--help").returncode == 0
    seconds = time.perf_counter() - started
    assert seconds < 2, "0.3 s on an idle machine; heavy imports must wait inside commands"
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, textmine.cli; print([m for m in ('spacy','prefect','pandas','sklearn') if m in sys.modules])"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert loaded.stdout.strip() == "[]"
    for command in app.registered_commands:
        assert command.epilog and command.epilog.startswith("Example: textmine"), command.callback


def test_readme_describes_every_command() -> None:
    readme = (ROOT / "README.md").read_text()
    for command in app.registered_commands:
        name = command.name or command.callback.__name__  # type: ignore[union-attr]
        assert f"textmine {name}" in readme, name
    assert "textmine server start" in readme


def test_run_then_run_again_adds_nothing() -> None:
    first = textmine("run", SAMPLES, "--direct", "--out", "one")
    assert first.returncode == 0, first.stderr
    assert "15 new" in first.stdout
    second = textmine("run", SAMPLES, "--direct", "--out", "two")
    assert "0 new, 15 known already" in second.stdout
    assert exported(Path("one")) == exported(Path("two"))
    again = textmine(
        "run", SAMPLES, "--direct", "--db", "sqlite:///other.db", "--out", "three", "--workers", 2
    )
    assert again.returncode == 0, again.stderr
    assert exported(Path("three")) == exported(Path("one")), "same text, same models: same bytes"
    shown = textmine("show", "entities", "--label", "PERSON", "--json")
    assert all(json.loads(line)["label"] == "PERSON" for line in shown.stdout.splitlines())


def test_killed_and_run_again_ends_in_the_same_store() -> None:
    assert (
        textmine(
            "run", SAMPLES, "--direct", "--db", "sqlite:///whole.db", "--out", "whole"
        ).returncode
        == 0
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "textmine", "run", str(SAMPLES), "--direct", "--db", "sqlite:///cut.db"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < deadline and _articles("cut.db") < 3:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert (
        textmine("run", SAMPLES, "--direct", "--db", "sqlite:///cut.db", "--out", "cut").returncode
        == 0
    )
    assert exported(Path("cut")) == exported(Path("whole"))


def _articles(name: str) -> int:
    import sqlite3

    try:
        with sqlite3.connect(f"file:{name}?mode=ro", uri=True) as connection:
            return int(connection.execute("SELECT count(*) FROM articles").fetchone()[0])
    except sqlite3.Error:
        return 0


def test_failed_items_are_named_and_the_others_done(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "empty.txt").write_text("")
    (folder / "cut.pdf").write_bytes(b"%PDF-1.4 cut")
    (folder / "good.txt").write_text(
        "Kova Foods of Lagos raised $2 million, said its founder, Tunde Bello."
    )
    done = textmine("run", folder, "http://127.0.0.1:9/nothing", "--direct", "--json")
    assert done.returncode == 1
    summary = json.loads(done.stdout)
    assert summary["new"] == 1 and len(summary["failures"]) == 3
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 3 and all(line.startswith("failed: ") for line in lines)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "nowhere.txt", "--direct"], "does not exist"),
        (["run", SAMPLES, "--direct", "--taxonomy", "mine.yaml"], "does not exist"),
        (["run", SAMPLES, "--direct", "--taxonomy", "nonsense"], "innovation-driver"),
        (["run", SAMPLES / "wire.jsonl", "--direct", "--text-column", "boddy"], "boddy"),
        (["run", SAMPLES, "--direct", "--out", "/proc/nothing"], "cannot write"),
        (["run", SAMPLES, "--direct", "--engine", "en_core_web_xxl"], "fast"),
        (["show", "sandwiches"], "choose"),
        (["show", "entities"], "run `textmine run"),
        (["schedule", "--feed", "http://x.test", "--every", "soon"], "30m"),
        (["evaluate", "."], "articles.jsonl"),
        (["inspect", "nowhere"], "does not exist"),
    ],
)  # fmt: skip
def test_wrong_commands_end_in_one_line_and_code_2(arguments: list[object], message: str) -> None:
    done = textmine(*arguments)
    assert done.returncode == 2, done.stderr
    assert message in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr


def test_inspect_shows_and_stores_nothing() -> None:
    done = textmine("inspect", SAMPLES / "port-automation.md")
    assert done.returncode == 0 and "Two ports, one crane driver" in done.stdout
    assert list(Path.cwd().iterdir()) == []
    found = json.loads(textmine("inspect", SAMPLES / "port-automation.md", "--json").stdout)
    text = found["article"]["text"]
    assert all(text[m["start"] : m["end"]] == m["text"] for m in found["mentions"])
    assert {"mentions", "entities", "figures", "claims", "statements"} < set(found)


def test_a_taxonomy_of_ones_own_works_at_once(tmp_path: Path) -> None:
    taxonomy = tmp_path / "jobs.yaml"
    taxonomy.write_text(
        "name: jobs\nquestion: Are jobs made or lost?\nlabels:\n  made:\n    definition: New jobs.\n"
        "    cues: [hires, hiring, hired]\n  lost:\n    definition: Jobs cut.\n    cues: [lays off, layoffs]\n"
    )
    Path("a.txt").write_text(
        "The yard hired 300 welders in May. Its rival announced layoffs in Turin."
    )
    found = json.loads(textmine("inspect", "a.txt", "--taxonomy", taxonomy, "--json").stdout)
    assert [row["labels"] for row in found["statements"]] == [["made"], ["lost"]]


def test_doctor_and_report() -> None:
    healthy = textmine("doctor")
    assert healthy.returncode == 0, healthy.stdout
    Path("a.txt").write_text(
        "<script>alert(1)</script> Kova Foods of Lagos raised $2 million, said its founder, Tunde Bello."
    )
    assert textmine("run", "a.txt", "--direct").returncode == 0
    assert textmine("report", "--out", "r.html").returncode == 0
    page = Path("r.html").read_text()
    assert "<script" not in page and "&lt;script&gt;" in page
    assert not re.search(r"""(?:src|href)=["']https?://""", page), "self-contained"


def test_gold_evaluates_and_scores_hold_their_floors() -> None:
    """Floors a little under what was measured; they rise with the models and never drop silently.

    Processors round differently: on two of them mentions differed by 0.005.
    """
    scores = json.loads(textmine("evaluate", GOLD, "--json").stdout)
    floors = {
        ("mentions", "f1"): 0.92, ("entities", "f1"): 0.86, ("figures", "f1"): 0.97,
        ("figures", "value"): 0.98, ("figures", "change"): 0.94, ("claims", "f1"): 0.87,
        ("figures", "unit"): 0.95, ("figures", "of"): 0.78,
        ("claims", "speaker"): 0.95, ("claims", "named_speaker_right"): 0.93,
        ("sentences", "f1"): 0.98, ("statements", "f1"): 0.62,
    }  # fmt: skip
    low = {
        key: scores[key[0]][key[1]]
        for key, floor in floors.items()
        if scores[key[0]][key[1]] < floor
    }
    assert not low


def test_gold_is_true_to_its_own_text() -> None:
    articles = {
        row["id"]: row["text"]
        for row in map(json.loads, (GOLD / "articles.jsonl").read_text().splitlines())
    }
    assert len(articles) >= 12
    for kind in set(RECORD_TYPES) - {"articles", "entities"}:
        for row in map(json.loads, (GOLD / f"{kind}.jsonl").read_text().splitlines()):
            assert articles[row["article_id"]][row["start"] : row["end"]] == row["text"]


@pytest.mark.slow
def test_the_wheel_works_outside_the_repository(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as files:
        files.extractall(tmp_path / "site")
    outside = {"PYTHONPATH": str(tmp_path / "site")}
    where = subprocess.run(
        [sys.executable, "-c", "import textmine; print(textmine.__file__)"],
        env=os.environ | outside, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert where.stdout.startswith(str(tmp_path / "site"))
    (tmp_path / "a.txt").write_text(
        "Kova Foods of Lagos raised $2 million, said its founder, Tunde Bello."
    )
    ran = textmine("run", tmp_path / "a.txt", "--out", "out", **outside)
    assert ran.returncode == 0, ran.stderr
    assert Path("out/claims.jsonl").read_text().count("\n") == 1
    assert textmine("doctor", **outside).returncode == 0
