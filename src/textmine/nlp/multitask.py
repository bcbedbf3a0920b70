"""What the encoder learns from: windows of words with whatever is known about them.

One window may carry names, syntax, statement labels, kinds and the parts of claims, or some of
these only. Rows that do not label every type of name (``scheme``) leave the others possible.
"""

from __future__ import annotations

import csv
import random
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc

from textmine.nlp.augment import NameExchange
from textmine.nlp.corpus import FULL_SCHEME, read_rows, statement_rows, syntax_docs
from textmine.nlp.markup import MarkedArticle, marked_row, own_articles
from textmine.nlp.wordpiece import WINDOW, Pieces, WordPieces, windows
from textmine.records import ORGANISATION_KINDS

NAME_TYPES = tuple(sorted(FULL_SCHEME))
#: O, then begin, inside, last and unit of each type.
NAME_TAGS = ("O", *(f"{place}-{name}" for name in NAME_TYPES for place in "BILU"))
#: What a span can be: the kinds of organisations, and what the sets' MISC stands for.
SPAN_KINDS = (*ORGANISATION_KINDS, "not_org", "event", "work", "law", "misc")
CLAIM_TAGS = ("O", *(f"{place}-{role}" for role in "scq" for place in "BI"))
STATEMENT_LABELS = ("state_support", "grassroots", "state_control")
PARTIAL_SETS = ("ewt", "crossner-politics", "crossner-science", "crossner-ai", "wikigold", "fire")
#: A place of the other sets may be what the full set calls a facility.
_EITHER = {"LOC": ("LOC", "FAC")}


@dataclass(slots=True)
class Window:
    """Words with what is known: arrays over words, spans as (start, end, value); None: unknown."""

    words: list[str]
    pieces: Pieces
    source: str
    names: np.ndarray[Any, Any] | None = None  # (words, NAME_TAGS) bool: the tags that are possible
    tags: list[str] | None = None
    heads: list[int] | None = None
    deps: list[str] | None = None
    claims: list[int] | None = None
    kinds: list[tuple[int, int, int]] = field(default_factory=list)
    statements: list[tuple[int, int, tuple[int, ...]]] = field(default_factory=list)


def possible_names(doc: Doc, row: dict[str, Any], *, is_full: bool) -> np.ndarray[Any, Any]:
    """Return (tokens, NAME_TAGS): which tags each token of a row's Doc may bear."""
    scheme = set(row["scheme"])
    outside = [0] + [
        n for n, tag in enumerate(NAME_TAGS) if n and tag[2:] not in scheme and not is_full
    ]
    allowed = np.zeros((len(doc), len(NAME_TAGS)), dtype=bool)
    allowed[:, outside] = True
    for start, end in row.get("unlabelled") or []:
        wide = doc.char_span(start, end, alignment_mode="expand")
        if wide is not None:
            allowed[wide.start : wide.end] = True
    for start, end, label in row["entities"]:
        span = doc.char_span(start, end)
        wide = doc.char_span(start, end, alignment_mode="expand")
        if wide is None:
            continue
        if span is None or label not in FULL_SCHEME:
            allowed[wide.start : wide.end] = True
            continue
        types = (label,) if is_full else _EITHER.get(label, (label,))
        allowed[span.start : span.end] = False
        for name in types:
            for token in range(span.start, span.end):
                place = "U" if len(span) == 1 else "I"
                if len(span) > 1 and token in {span.start, span.end - 1}:
                    place = "B" if token == span.start else "L"
                allowed[token, NAME_TAGS.index(f"{place}-{name}")] = True
    return allowed


class WindowMaker:
    """Builds windows from the labelled sets in ``data`` and our own articles in ``corpora``."""

    def __init__(self, nlp: Language, pieces: WordPieces, data: Path, corpora: Path) -> None:
        self.nlp, self.pieces, self.data, self.corpora = nlp, pieces, data, corpora
        with (data / "names" / "organisation-kinds.tsv").open(encoding="utf-8") as lines:
            self._kind_of = {r["name"]: r["kind"] for r in csv.DictReader(lines, delimiter="\t")}
        self._statements: dict[str, list[dict[str, Any]]] = {}
        for row in statement_rows(data, corpora):
            self._statements.setdefault(row["doc"], []).append(row)

    def worldwide(self, part: str) -> list[Window]:
        """Return the windows of the fully labelled articles of ``train`` or ``dev``."""
        return [w for row in self._rows(part) for w in self.row_windows(row, held=part == "dev")]

    def exchanged(self, seed: int) -> list[Window]:
        """Return the training articles with firms and people exchanged for others."""
        rows = self._rows("train")
        exchange = NameExchange(rows, self.data, seed=seed)
        rng = random.Random(seed)
        chosen = [exchange.exchange(row) for row in rows if rng.random() < 0.5]
        return [w for row in chosen if row is not None for w in self.row_windows(row)]

    def _rows(self, part: str) -> list[dict[str, Any]]:
        """Read the fully labelled articles with their ``statements``, (start, end, labels)."""
        rows = read_rows(self.data / "ner" / f"worldwide-{part}.jsonl.gz")
        for row in rows:
            row["statements"] = [
                (said["start"], said["start"] + len(said["text"]), said["labels"])
                for said in self._statements.get(row["id"], [])
                if said["start"] >= 0
            ]
        return rows

    def row_windows(self, row: dict[str, Any], *, held: bool = False) -> list[Window]:
        """Cut one fully labelled article between words near line breaks and full stops.

        ``held``: give kinds to the names that are kept for measuring, instead of to the others.
        """
        doc = self.nlp.make_doc(row["text"])
        names = possible_names(doc, row, is_full=True)
        statements = statement_spans(doc, row["statements"])
        kinds = self._kind_spans(doc, row, held=held)
        out = []
        for start, end in self._cuts(doc):
            window = self._window([t.text for t in doc[start:end]], row["id"])
            window.names = names[start:end]
            window.kinds = within(kinds, start, end)
            window.statements = within(statements, start, end)
            out.append(window)
        return out

    def _kind_spans(
        self, doc: Doc, row: dict[str, Any], *, held: bool = False
    ) -> list[tuple[int, int, int]]:
        out = []
        for start, end, label in row["entities"]:
            span = doc.char_span(start, end)
            kind = self._kind_of.get(row["text"][start:end])
            if span is None or label != "ORG" or kind is None:
                continue
            if held_name(span.text) == held:
                out.append((span.start, span.end, SPAN_KINDS.index(kind)))
        for start, end in row.get("company") or []:
            span = doc.char_span(start, end)
            if span is not None:
                out.append((span.start, span.end, SPAN_KINDS.index("company")))
        return out

    def lone_statements(self, part: str) -> list[Window]:
        """Return each labelled sentence by itself: of dev articles, or of all others."""
        dev = {row["id"] for row in read_rows(self.data / "ner" / "worldwide-dev.jsonl.gz")}
        out = []
        for doc_id, rows in self._statements.items():
            if (doc_id in dev) != (part == "dev"):
                continue
            for row in rows:
                window = self._window([t.text for t in self.nlp.make_doc(row["text"])], doc_id)
                window.statements = [(0, len(window.words), label_marks(row["labels"]))]
                out.append(window)
        return out

    def partial(self) -> list[Window]:
        """Return the sentences of the partially labelled sets (EWT's come with their syntax)."""
        out = []
        for name in PARTIAL_SETS[1:]:
            for row in read_rows(self.data / "ner" / f"{name}-train.jsonl.gz"):
                doc = self.nlp.make_doc(row["text"])
                for start, end in self._cuts(doc):
                    window = self._window([t.text for t in doc[start:end]], name)
                    window.names = possible_names(doc, row, is_full=False)[start:end]
                    window.kinds = within(self._kind_spans(doc, row), start, end)
                    out.append(window)
        return out

    def syntax(self, part: str, *, sentences: int = 4) -> list[Window]:
        """Return a few sentences at a time of the treebanks, EWT's with their names."""
        names = {row["text"]: row for row in read_rows(self.data / "ner" / f"ewt-{part}.jsonl.gz")}
        out = []
        for treebank in ("ewt", "gum"):
            path = self.data / "parse" / f"{treebank}-{part}.conllu.gz"
            for doc in syntax_docs(path, self.nlp, sentences=sentences):
                window = self._window([token.text for token in doc], treebank)
                window.tags = [token.tag_ for token in doc]
                window.heads = [token.head.i for token in doc]
                window.deps = [token.dep_ for token in doc]
                allowed = np.ones((len(doc), len(NAME_TAGS)), dtype=bool)
                for sent in doc.sents:
                    row = names.get(sent.text.strip()) if treebank == "ewt" else None
                    if row is not None:
                        part_doc = sent.as_doc()
                        allowed[sent.start : sent.end] = possible_names(
                            part_doc, row, is_full=False
                        )
                if not allowed.all():
                    window.names = allowed
                out.append(window)
        return out

    def own(self) -> list[Window]:
        """Return the windows of our own articles: names, kinds, claims and statements."""
        return [
            window
            for article, is_encoders in own_articles(self.corpora)
            if is_encoders
            for window in self._marked(article)
        ]

    def _marked(self, article: MarkedArticle) -> Iterator[Window]:
        doc = self.nlp.make_doc(article.text)
        names = possible_names(doc, marked_row(article), is_full=True)
        kinds = []
        for start, end, mark in article.names:
            span = doc.char_span(start, end)
            kind = mark.lower() if mark in {"EVENT", "WORK", "LAW", "MISC"} else mark
            if span is not None and kind in SPAN_KINDS:
                kinds.append((span.start, span.end, SPAN_KINDS.index(kind)))
        claims = claim_tags(doc, article)
        statements = statement_spans(doc, article.sentences)
        for start, end in self._cuts(doc):
            window = self._window([t.text for t in doc[start:end]], "own")
            window.names = names[start:end]
            window.kinds = within(kinds, start, end)
            window.claims = claims[start:end]
            window.statements = within(statements, start, end)
            yield window

    def _cuts(self, doc: Doc) -> list[tuple[int, int]]:
        words = [token.text for token in doc]
        found = windows(words, self.pieces(words).first, size=WINDOW)
        return [(start, end) for start, end, _, _ in found]

    def _window(self, words: list[str], source: str) -> Window:
        return Window(words, self.pieces(words), source)


def label_marks(labels: Sequence[str]) -> tuple[int, ...]:
    """Return a 1 for each of ``STATEMENT_LABELS`` that is among ``labels``, else a 0."""
    return tuple(int(name in labels) for name in STATEMENT_LABELS)


def statement_spans(
    doc: Doc, sentences: Iterable[tuple[int, int, Sequence[str]]]
) -> list[tuple[int, int, tuple[int, ...]]]:
    """Return labelled sentences, given by characters, by the tokens that hold them."""
    out = []
    for start, end, labels in sentences:
        span = doc.char_span(start, end, alignment_mode="expand")
        if span is not None:
            out.append((span.start, span.end, label_marks(labels)))
    return out


def claim_tags(doc: Doc, article: MarkedArticle) -> list[int]:
    """Return a place in ``CLAIM_TAGS`` a token; speakers and cues win over the content they stand in."""
    tags = [0] * len(doc)
    order = {"q": 0, "c": 1, "s": 1}
    parts = sorted(article.parts, key=lambda p: (order[p[3]], p[0] - p[1]))
    for start, end, _, role in parts:
        span = doc.char_span(start, end, alignment_mode="expand")
        if span is None:
            continue
        begin = CLAIM_TAGS.index(f"B-{role}")
        for token in range(span.start, span.end):
            tags[token] = begin if token == span.start else begin + 1
    return tags


def held_name(name: str) -> bool:
    """Say whether an organisation's name is kept out of training, to measure on: one in ten."""
    return zlib.crc32(name.encode()) % 10 == 0


def within(spans: Sequence[Any], start: int, end: int) -> list[Any]:
    """Return the spans that lie in ``start:end``, counted from ``start``."""
    return [(a - start, b - start, value) for a, b, value in spans if start <= a and b <= end]


def batches(windows: Iterable[Window], pieces: int, rng: random.Random) -> list[list[Window]]:
    """Group windows of like length into batches of about ``pieces`` pieces, in random order."""
    keyed = sorted(windows, key=lambda w: len(w.pieces.ids) + rng.random() * 12)
    out: list[list[Window]] = []
    batch: list[Window] = []
    for window in keyed:
        longest = max(len(window.pieces.ids), *(len(w.pieces.ids) for w in batch), 1)
        if batch and longest * (len(batch) + 1) > pieces:
            out.append(batch)
            batch = []
        batch.append(window)
    if batch:
        out.append(batch)
    rng.shuffle(out)
    return out
