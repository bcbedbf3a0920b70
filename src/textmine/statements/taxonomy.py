"""Taxonomies: a question, labels with definitions, a few examples and cues, in a YAML file."""

from __future__ import annotations

import re
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


class _Loader(yaml.SafeLoader):
    """Loads plain YAML, and refuses a key given twice: the first would be lost in silence."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        """Build a mapping; raise if two of its keys are the same."""
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"{key!r} is there twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def _texts(value: Any, where: str) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise UsageError(f"{where} must be a list of texts (lines that begin with '- ')")
    return tuple(" ".join(item.split()) for item in value)


def read_taxonomy(path: Path) -> Taxonomy:
    """Read a taxonomy file. Raises UsageError that names the field at fault."""
    try:
        found = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
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


#: What `textmine taxonomy new` writes.
TEMPLATE = """\
# The file's name is the taxonomy's: use it as `textmine run SOURCE --taxonomy NAME.yaml`.
name: NAME
question: >
  What do you want to know of every sentence?
labels:
  first_label:
    definition: >
      What a sentence must say to bear this label, and what does not count.
    examples:           # four to eight whole sentences, as unlike each other as they come
      - A sentence that bears the label.
    cues: [a word, a phrase]   # words that hint at it; may be left out
  second_label:
    definition: >
      Several labels may hold at once; a sentence that bears none is `neither`.
    examples:
      - Another sentence.
    cues: []
"""
_FEW, _MANY = 4, 30


def advice(taxonomy: Taxonomy) -> list[str]:
    """Return what would make a taxonomy work better; nothing of it is an error."""
    out = []
    if len(taxonomy.labels) > _MANY:
        out.append(
            f"{len(taxonomy.labels)} labels are many: people agree on few; join what is alike"
        )
    seen: dict[str, str] = {}
    for label in taxonomy.labels:
        if not label.examples and not label.cues:
            out.append(f"{label.name}: neither examples nor cues; it will rarely be given")
        elif len(label.examples) < _FEW:
            out.append(f"{label.name}: {len(label.examples)} examples; {_FEW} to 8 work better")
        for text in label.examples:
            if seen.setdefault(text, label.name) != label.name:
                out.append(f"{label.name}: an example of {seen[text]}, too: {text[:50]!r}")
            if not _is_english(text):
                out.append(
                    f"{label.name}: not English, the models read English only: {text[:50]!r}"
                )
    return out


def _is_english(text: str) -> bool:
    """Say whether a sentence may be English; a few words are given the benefit of the doubt."""
    letters = [c for c in text if c.isalpha()]
    if letters and sum(c.isascii() for c in letters) < 0.8 * len(letters):
        return False
    words = re.findall(r"[a-z]+", text.lower())
    small = {"the", "a", "an", "of", "to", "in", "and", "is", "was", "for", "on", "by", "it", "that", "will", "has",
             "have", "with", "at", "its", "their", "no", "not", "be", "are", "from", "as"}  # fmt: skip
    return len(words) < 7 or any(word in small for word in words)
