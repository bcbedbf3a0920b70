"""Measure words per second and cold start. Usage: python benchmarks/speed.py"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import textmine

GOLD = Path("corpora/gold")
SAMPLE = "corpora/samples/drone-valley.txt"


def words_per_second(engine: str) -> float:
    """Annotate the gold articles four times over, models loaded."""
    from textmine.evaluation import read_gold
    from textmine.store.database import article_of

    articles = [article_of(row) for row in read_gold(GOLD)["articles"]] * 4
    miner = textmine.load(engine)
    miner.annotate(articles[0])
    started = time.perf_counter()
    for _ in miner.annotate_many(articles):
        pass
    return sum(len(a.text.split()) for a in articles) / (time.perf_counter() - started)


def cold(*arguments: str) -> float:
    """Return the seconds a command takes in a fresh process and folder."""
    sample = str(Path(SAMPLE).resolve())
    command = [sys.executable, "-m", "textmine", *arguments]
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        filled = [part.replace("SAMPLE", sample) for part in command]
        subprocess.run(filled, cwd=folder, check=True, capture_output=True)
        return time.perf_counter() - started


def main() -> None:
    """Print one line a measurement."""
    for engine in ("accurate", "fast"):
        print(f"annotate, {engine:8} {words_per_second(engine):8,.0f} words/s")
    print(f"--help             {cold('--help'):8.2f} s")
    print(f"inspect            {cold('inspect', 'SAMPLE'):8.2f} s")
    print(f"run --direct       {cold('run', '--direct', 'SAMPLE'):8.2f} s")
    print(f"run, fresh folder  {cold('run', 'SAMPLE'):8.2f} s")


if __name__ == "__main__":
    main()
