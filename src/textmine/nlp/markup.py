"""Read our own annotated articles (``corpora/training``): names, claims and statement labels.

The form is described in ``corpora/training/README.md``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from textmine.nlp.corpus import FULL_SCHEME

#: Our marks to the nine types of the entity sets; kinds of organisations are ORG.
_TYPES = {"PER": "PERSON", "LOC": "LOC", "FAC": "FAC", "NORP": "NORP", "PROD": "PRODUCT",
          "EVENT": "MISC", "WORK": "MISC", "LAW": "MISC", "MISC": "MISC", "DATE": "DATE",
          "MONEY": "MONEY"}  # fmt: skip
_TOKEN = re.compile(r"</?([sqc])(\d)>|\[([^\[\]|]*)\|([A-Za-z_]+)\]")
_DIVIDER = re.compile(r"^=====\s*$", re.MULTILINE)


@dataclass(slots=True)
class MarkedArticle:
    """One article's plain text with its annotations; offsets count code points in ``text``.

    ``names`` are (start, end, type), ``parts`` (start, end, claim, role) with role ``s``, ``c`` or
    ``q`` and claim numbers unique in the article, ``sentences`` (start, end, labels).
    """

    title: str
    published: str
    text: str = ""
    names: list[tuple[int, int, str]] = field(default_factory=list)
    parts: list[tuple[int, int, int, str]] = field(default_factory=list)
    sentences: list[tuple[int, int, tuple[str, ...]]] = field(default_factory=list)

    def claims(self) -> Iterator[tuple[list[tuple[int, int]], list[tuple[int, int]]]]:
        """Yield the cue's and the content's pieces, (start, end) each, of every claim that has both."""
        by_claim: dict[int, dict[str, list[tuple[int, int]]]] = {}
        for start, end, claim, role in self.parts:
            by_claim.setdefault(claim, {}).setdefault(role, []).append((start, end))
        for parts in by_claim.values():
            if parts.get("c") and parts.get("q"):
                yield parts["c"], parts["q"]


def own_articles(corpora: Path) -> Iterator[tuple[MarkedArticle, bool]]:
    """Yield our annotated articles, and whether the encoder learns from them, too.

    What stands on the encoder's vectors learns best from articles that the encoder never saw
    (``training/heads``): there the vectors are as they are on a reader's texts.
    """
    folder = corpora / "training"
    for path in sorted(folder.rglob("*.txt")):
        for article in read_marked(path):
            yield article, path.parent == folder


def read_marked(path: Path) -> Iterator[MarkedArticle]:
    """Yield a file's articles; the headline is the text's first line."""
    for block in _DIVIDER.split(path.read_text(encoding="utf-8")):
        lines = block.strip("\n").split("\n")
        if len(lines) < 3:
            continue
        article = MarkedArticle("", lines[1].removeprefix("@ ").split(" | ")[0])
        _add_line(article, lines[0].removeprefix("# "), claim_base=0)
        article.title = article.text
        paragraph, gap = 1, "\n\n"
        for line in lines[2:]:
            if not line.strip():
                paragraph, gap = paragraph + 1, "\n\n"
                continue
            article.text += gap
            _add_line(article, line, claim_base=10 * paragraph)
            gap = " "
        yield article


def _add_line(article: MarkedArticle, line: str, *, claim_base: int) -> None:
    body, _, labels = line.partition(" ## ")
    start = len(article.text)
    opened: dict[str, int] = {}
    at = 0
    for match in _TOKEN.finditer(body):
        article.text += body[at : match.start()]
        at = match.end()
        here = len(article.text)
        role, digit, name, kind = match.groups()
        if kind:
            article.text += name
            article.names.append((here, here + len(name), kind))
        elif match.group().startswith("</"):
            first = opened.pop(role + digit, here)
            article.parts.append((first, here, claim_base + int(digit), role))
        else:
            opened[role + digit] = here
    article.text += body[at:].rstrip()
    found = tuple(label.strip() for label in labels.split(",") if label.strip())
    article.sentences.append((start, len(article.text), found))


def marked_row(article: MarkedArticle) -> dict[str, Any]:
    """Return an article as a row of the entity sets, all nine types labelled."""
    entities = [[start, end, _TYPES.get(mark, "ORG")] for start, end, mark in article.names]
    return {"text": article.text, "entities": entities, "scheme": sorted(FULL_SCHEME)}
