"""The versions of a taxonomy that learning has made: kept side by side, one of them in use."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from textmine.errors import ModelError, UsageError
from textmine.statements.learned import LearnedClassifier


@dataclass(frozen=True, slots=True)
class Version:
    """One version of what was learned: its number, when, from how many decisions, how good."""

    number: int
    at: str
    decisions: int
    held_back: int
    before: dict[str, float]
    after: dict[str, float]
    model: str


class Versions:
    """The versions learned under a taxonomy by one pipeline; one of them, or none, is in use."""

    def __init__(self, folder: Path, engine: str) -> None:
        self._folder, self._engine = folder, engine
        self._index = folder / f"{engine}.json"

    def _read(self) -> dict[str, Any]:
        if not self._index.is_file():
            return {"current": 0, "versions": []}
        try:
            found = json.loads(self._index.read_text(encoding="utf-8"))
            return {"current": int(found["current"]), "versions": list(found["versions"])}
        except (ValueError, KeyError, TypeError) as error:
            raise ModelError(
                f"{self._index} is damaged: restore it, or remove it to begin anew"
            ) from error

    def all(self) -> list[Version]:
        """Return every version kept, the oldest first."""
        return [Version(**row) for row in self._read()["versions"]]

    @property
    def current(self) -> int:
        """Return the number of the version in use; 0: none, the taxonomy is as it came."""
        return int(self._read()["current"])

    def path(self, number: int) -> Path:
        """Return a version's file."""
        return self._folder / f"{self._engine}-{number:04}.npz"

    def add(
        self,
        classifier: LearnedClassifier,
        *,
        number: int,
        decisions: int,
        held_back: int,
        before: dict[str, float],
        after: dict[str, float],
        use: bool,
    ) -> Version:
        """Keep a version, and use it if ``use``."""
        at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        version = Version(number, at, decisions, held_back, before, after, classifier.model)
        classifier.save(self.path(number))
        found = self._read()
        found["versions"].append({name: getattr(version, name) for name in Version.__slots__})
        found["current"] = number if use else found["current"]
        self._write(found)
        return version

    def restore(self, number: int) -> None:
        """Use an earlier version again; 0 is the taxonomy as it came. Raises UsageError for none."""
        found = self._read()
        numbers = [row["number"] for row in found["versions"]]
        if number and number not in numbers:
            raise UsageError(
                f"no version {number}: there are {', '.join(map(str, numbers)) or 'none'}, and 0 (as it came)"
            )
        found["current"] = number
        self._write(found)

    def _write(self, found: dict[str, Any]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        fresh = self._index.with_suffix(".new")
        fresh.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        fresh.replace(self._index)
