"""Read the labelled sets beside the project into spaCy Docs for training.

Rows of the entity sets carry a ``scheme``: the types a row labels in full. A token outside every
span of such a row is *unknown*, not O, unless it can be no name at all (see :class:`PlainWords`);
spaCy's transition parser takes the unknown as a missing value.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc, Span

FULL_SCHEME = frozenset({"DATE", "FAC", "LOC", "MISC", "MONEY", "NORP", "ORG", "PERSON", "PRODUCT"})


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Read a ``.jsonl.gz`` file: one JSON object a line."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


class PlainWords:
    """Lower-case words that are (almost) never part of a name in fully labelled text.

    Outside the spans of a partially labelled row such a word is taken as O; every other word stays
    unknown. At most ``tolerance`` of a word's occurrences may lie inside a name.
    """

    def __init__(self, docs: Iterable[Doc], *, least: int = 5, tolerance: float = 0.01) -> None:
        inside: Counter[str] = Counter()
        seen: Counter[str] = Counter()
        for doc in docs:
            for token in doc:
                seen[token.text] += 1
                inside[token.text] += token.ent_iob_ != "O"
        self.words = {
            word
            for word, count in seen.items()
            if count >= least and word == word.lower() and inside[word] <= tolerance * count
        }

    def __contains__(self, word: str) -> bool:
        return word in self.words


#: Labels of ``statements/innovation-driver`` by the letters that our own file gives them.
STATEMENT_LETTERS = {"s": "state_support", "g": "grassroots", "c": "state_control"}


def statement_rows(data: Path, corpora: Path) -> list[dict[str, Any]]:
    """Return the labelled sentences of the worldwide articles: ``doc``, ``start``, ``text`` and ``labels``.

    Those of ``data``, then the rest of the articles: ``corpora/statements`` gives each sentence by its
    place (offsets in code points) and labels, since the words are not ours. Whitespace is as in the article;
    ``start`` is -1 for a sentence of ``data`` that was joined over a line break.
    """
    with (data / "statements" / "innovation-driver.jsonl").open(encoding="utf-8") as lines:
        rows: list[dict[str, Any]] = [json.loads(line) for line in lines]
    texts = {
        row["id"]: row["text"]
        for part in ("train", "dev")
        for row in read_rows(data / "ner" / f"worldwide-{part}.jsonl.gz")
    }
    for row in rows:
        row["start"] = texts[row["doc"]].find(row["text"])
    known = {(row["doc"], " ".join(row["text"].split())) for row in rows}
    places = corpora / "statements" / "innovation-driver-worldwide.tsv"
    for line in places.read_text(encoding="utf-8").splitlines():
        doc, _, spans = line.partition("\t")
        for span in spans.split():
            place, _, letters = span.partition(":")
            start, end = map(int, place.split("-"))
            text = texts[doc][start:end]
            if (doc, " ".join(text.split())) not in known:
                labels = [STATEMENT_LETTERS[letter] for letter in letters]
                rows.append({"doc": doc, "start": start, "text": text, "labels": labels})
    return rows


def entity_doc(nlp: Language, row: dict[str, Any], plain: PlainWords | None = None) -> Doc:
    """Turn one row into a Doc whose ``ents`` are set, with the unknown left missing.

    ``plain`` is needed for rows that do not label every type. Spans that do not fall on spaCy's
    token borders are left unknown, as are those of types outside the nine.
    """
    doc = nlp.make_doc(row["text"])
    spans: list[Span] = []
    unknown: set[int] = set()
    for start, end, label in row["entities"]:
        span = doc.char_span(start, end, label=label)
        wide = doc.char_span(start, end, alignment_mode="expand")
        if span is not None and label in FULL_SCHEME:
            spans.append(span)
        elif wide is not None:
            unknown.update(range(wide.start, wide.end))
    for start, end in row.get("unlabelled") or []:
        wide = doc.char_span(start, end, alignment_mode="expand")
        if wide is not None:
            unknown.update(range(wide.start, wide.end))
    if not set(row["scheme"]) >= FULL_SCHEME and plain is not None:
        unknown.update(token.i for token in doc if token.text not in plain)
    taken = {i for span in spans for i in range(span.start, span.end)}
    missing = [Span(doc, i, i + 1) for i in sorted(unknown - taken)]
    doc.set_ents(spans, missing=missing, default="outside")
    return doc


def conllu_sentences(path: Path) -> Iterator[tuple[bool, list[list[str]]]]:
    """Yield ``(starts_paragraph, rows)`` for each sentence of a gzipped CoNLL-U file."""
    rows: list[list[str]] = []
    paragraph = False
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            line = line.rstrip("\n")
            if line.startswith(("# newdoc", "# newpar")):
                paragraph = True
            elif not line:
                if rows:
                    yield paragraph, rows
                rows, paragraph = [], False
            elif not line.startswith("#"):
                rows.append(line.split("\t"))
    if rows:
        yield paragraph, rows


def _surface(rows: list[list[str]]) -> list[tuple[str, bool, list[list[str]]]]:
    """Group syntactic words under their surface token: ``(form, space after, words)``."""
    out: list[tuple[str, bool, list[list[str]]]] = []
    until = 0
    for row in rows:
        if "-" in row[0]:
            until = int(row[0].split("-")[1])
            out.append((row[1], "SpaceAfter=No" not in row[9], []))
        elif "." in row[0]:
            continue
        elif int(row[0]) <= until:
            out[-1][2].append(row)
        else:
            out.append((row[1], "SpaceAfter=No" not in row[9], [row]))
    return out


def _split_form(form: str, words: list[list[str]]) -> list[str]:
    """Cut a multiword token's surface form at its words' lengths ("don't" -> "do", "n't")."""
    if "".join(word[1] for word in words) == form:
        return [word[1] for word in words]
    pieces, rest = [], form
    for word in words[:-1]:
        size = max(1, min(len(word[1]), len(rest) - 1))
        pieces.append(rest[:size])
        rest = rest[size:]
    return [*pieces, rest]


class _Columns:
    """The columns of a Doc under construction."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.spaces: list[bool] = []
        self.attributes: dict[str, list[Any]] = {
            name: [] for name in ("tags", "pos", "morphs", "lemmas", "heads", "deps", "sent_starts")
        }

    def doc(self, nlp: Language) -> Doc:
        """Return the finished Doc."""
        values: dict[str, Any] = self.attributes
        return Doc(nlp.vocab, words=self.words, spaces=self.spaces, **values)

    def add(self, word: str, space: bool, **values: Any) -> None:
        self.words.append(word)
        self.spaces.append(space)
        for name, value in values.items():
            self.attributes[name].append(value)


def _add_sentence(columns: _Columns, rows: list[list[str]]) -> None:
    base = len(columns.words)
    surface = _surface(rows)
    position = {
        word[0]: base + n for n, word in enumerate(w for _, _, words in surface for w in words)
    }
    for form, space, words in surface:
        pieces = _split_form(form, words)
        for n, (piece, row) in enumerate(zip(pieces, words, strict=True)):
            index = position[row[0]]
            columns.add(
                piece,
                space and n == len(words) - 1,
                tags=row[4],
                pos=row[3],
                morphs="" if row[5] == "_" else row[5],
                lemmas=row[2],
                heads=index if row[6] == "0" else position[row[6]],
                deps="ROOT" if row[6] == "0" else row[7],
                sent_starts=index == base,
            )


def syntax_docs(path: Path, nlp: Language, *, sentences: int = 8) -> Iterator[Doc]:
    """Yield Docs of up to ``sentences`` sentences, paragraphs kept apart by a blank line."""
    columns, held = _Columns(), 0
    for paragraph, rows in conllu_sentences(path):
        if held >= sentences:
            yield columns.doc(nlp)
            columns, held = _Columns(), 0
        if held:
            columns.spaces[-1] = not paragraph
            if paragraph:
                here = len(columns.words)
                columns.add(
                    "\n\n", False, tags="_SP", pos="SPACE", morphs="", lemmas="\n\n",
                    heads=here - 1, deps="dep", sent_starts=False,
                )  # fmt: skip
        _add_sentence(columns, rows)
        held += 1
    if held:
        yield columns.doc(nlp)
