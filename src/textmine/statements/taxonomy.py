"""Taxonomies: a question, labels with definitions, a few examples and cues, in a YAML file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from textmine.errors import UsageError


@dataclass(frozen=True, slots=True)
class Label:
    """One label: what it means, sentences that bear it, words that hint at it."""

    name: str
    definition: str
    examples: tuple[str, ...]
    cues: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """A question asked of every sentence, and the labels that answer it."""

    name: str
    question: str
    labels: tuple[Label, ...]

    @property
    def label_names(self) -> tuple[str, ...]:
        """Return the labels' names, in the file's order."""
        return tuple(label.name for label in self.labels)


def _texts(value: Any, where: str) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise UsageError(f"{where} must be a list of texts (lines that begin with '- ')")
    return tuple(" ".join(item.split()) for item in value)


def read_taxonomy(path: Path) -> Taxonomy:
    """Read a taxonomy file. Raises UsageError that names the field at fault."""
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        problem = " ".join(str(error).split())
        raise UsageError(f"{path} is not valid YAML ({problem}): mend that line") from error
    if not isinstance(found, dict):
        raise UsageError(f"{path} must hold name, question and labels, as `textmine` taxonomies do")
    for name in ("name", "question"):
        if not isinstance(found.get(name), str) or not found[name].strip():
            raise UsageError(f"{path} lacks {name!r}: add a line `{name}: ...`")
    labels = found.get("labels")
    if not isinstance(labels, dict) or not labels:
        raise UsageError(f"{path} has no labels: add `labels:` with a name and definition for each")
    return Taxonomy(
        found["name"].strip(),
        " ".join(found["question"].split()),
        tuple(_label(path, str(name), fields) for name, fields in labels.items()),
    )


def _label(path: Path, name: str, fields: Any) -> Label:
    if isinstance(fields, str):
        fields = {"definition": fields}
    if not isinstance(fields, dict) or not isinstance(fields.get("definition"), str):
        raise UsageError(
            f"{path}: label {name!r} lacks a definition: add `definition: ...` under it"
        )
    if name == "neither":
        raise UsageError(
            f"{path}: 'neither' is what a sentence without a label is; rename the label"
        )
    return Label(
        name,
        " ".join(fields["definition"].split()),
        _texts(fields.get("examples"), f"{path}: examples of {name!r}"),
        _texts(fields.get("cues"), f"{path}: cues of {name!r}"),
    )
