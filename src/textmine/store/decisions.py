"""What people decided about statements: which labels a sentence bears under a taxonomy."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from textmine.errors import UsageError
from textmine.ids import make_id
from textmine.store import schema
from textmine.store.entities import EntityTables, now_text

_NONE = frozenset({"neither", "none", "-"})


@dataclass(frozen=True, slots=True)
class Decision:
    """A sentence with the labels a person gave it; none: it bears no label of the taxonomy."""

    text: str
    labels: tuple[str, ...]


class DecisionTables(EntityTables):
    """The part of a store that keeps decisions on statements."""

    def decide(self, taxonomy: str, decisions: Iterable[Decision]) -> int:
        """Keep decisions; one on the same sentence replaces an earlier one. Returns their number."""
        table = schema.decisions
        count = 0
        with self._engine.begin() as connection:
            for decision in decisions:
                values = {"text": decision.text, "labels": list(decision.labels), "at": now_text()}
                key = make_id("dec", taxonomy, " ".join(decision.text.split()))
                statement = insert(table).values(id=key, taxonomy=taxonomy, **values)
                connection.execute(
                    statement.on_conflict_do_update(index_elements=["id"], set_=values)
                )
                count += 1
        return count

    def decisions(self, taxonomy: str) -> list[Decision]:
        """Return the decisions under a taxonomy, in a stable order."""
        table = schema.decisions
        query = sa.select(table).where(table.c.taxonomy == taxonomy).order_by(table.c.id)
        with self._reading() as connection:
            return [Decision(row.text, tuple(row.labels)) for row in connection.execute(query)]


def read_label_file(
    path: Path, labels: Sequence[str], statements: Mapping[str, str]
) -> list[Decision]:
    """Read a CSV or JSONL file of labels: ``statement_id`` or ``text``, and ``labels``.

    Labels are a list, or names with ``;`` between; ``neither`` says that none holds. A line whose
    labels are left empty is not decided yet, and skipped.
    ``statements`` are the stored sentences by id. Raises UsageError that names the line and the
    reason for the first line at fault: nothing of such a file is taken.
    """
    if not path.is_file():
        raise UsageError(f"{path} does not exist: give a CSV or JSONL file with labels")
    out = []
    for number, row in _rows(path):
        where = f"{path}, line {number}"
        text = str(row.get("text") or "").strip()
        key = str(row.get("statement_id") or row.get("id") or "").strip()
        if key:
            if key not in statements:
                raise UsageError(
                    f"{where}: no statement {key!r} in the store: check the id, or give its text"
                )
            text = statements[key]
        if not text:
            raise UsageError(f"{where}: neither statement_id nor text: give one of them")
        if "labels" not in row:
            raise UsageError(f"{where}: no field `labels`: give label names, or `neither`")
        if row["labels"] is None or (isinstance(row["labels"], str) and not row["labels"].strip()):
            continue
        given = _given(row["labels"], where)
        unknown = [name for name in given if name not in labels]
        if unknown:
            raise UsageError(
                f"{where}: no label {unknown[0]!r} in the taxonomy: use {', '.join(labels)} or neither"
            )
        out.append(Decision(text, tuple(dict.fromkeys(given))))
    if not out:
        raise UsageError(f"{path} holds no labelled line")
    return out


def _given(value: Any, where: str) -> list[str]:
    if isinstance(value, str):
        value = value.split(";")
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise UsageError(f"{where}: labels must be names with ; between, or a list of names")
    return [name.strip() for name in value if name.strip() and name.strip().lower() not in _NONE]


def _rows(path: Path) -> Iterable[tuple[int, dict[str, Any]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text: save it as UTF-8") from error
    if path.suffix.lower() in {".jsonl", ".ndjson", ".json"}:
        for number, line in enumerate(text.splitlines(), 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise UsageError(f"{path}, line {number}: is not JSON ({error})") from error
            if not isinstance(row, dict):
                raise UsageError(f"{path}, line {number}: is not a JSON object")
            yield number, row
        return
    reader = csv.DictReader(text.splitlines())
    for row in reader:
        if any((value or "").strip() for value in row.values() if isinstance(value, str)):
            yield reader.line_num, row
