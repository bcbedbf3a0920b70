"""Shared fixtures: the models are loaded once; every test works in a folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

import textmine
from textmine.steps import Miner

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT / "corpora" / "samples"
GOLD = ROOT / "corpora" / "gold"


@pytest.fixture(scope="session")
def miner() -> Miner:
    return textmine.load()


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("TEXTMINE_DB", "TEXTMINE_HOME", "PREFECT_API_URL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path
