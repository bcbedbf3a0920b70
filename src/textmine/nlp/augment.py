"""More to learn names from: unlabelled types filled in, names exchanged for others.

The fully labelled articles are general newswire: a recogniser trained on them alone learns their
few hundred firms by heart and takes others for people. A second copy of each article, with firms
exchanged for listed companies and people for others, teaches it to read the context.
"""

from __future__ import annotations

import csv
import gzip
import random
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from operator import itemgetter
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc, Span

from textmine.nlp.corpus import entity_doc

_SHARE_CLASS = re.compile(
    r"\b(?:Ord|ORD|AIM|REG|NPV|Units?|Warrants?|Class [A-C]|ADR|Sponsored|Common Stock|Shares?)\b.*$"
)
_LEGAL_FORM = re.compile(
    r",?\s+(?:Inc|Ltd|Limited|Corp|Corporation|Co|Company|PLC|plc|Plc|AG|SA|S\.A|N\.V|NV|AB|ASA|Oyj|Bhd"
    r"|Berhad|Tbk|SE|GmbH|LLC|Holdings?|Group)\.?$"
)
#: Share of organisations of no known kind that are exchanged, too.
_OTHERS = 0.12


def fill_unlabelled(doc: Doc, predicted: Doc, scheme: Iterable[str], unknown: set[int]) -> Doc:
    """Give ``doc`` the names that a trained recogniser finds of the types its set does not label.

    ``unknown`` are tokens of which nothing is known; all others outside names become O.
    """
    labelled = set(scheme)
    spans = list(doc.ents)
    taken = {i for span in spans for i in range(span.start, span.end)}
    for ent in predicted.ents:
        place = set(range(ent.start, ent.end))
        if ent.label_ not in labelled and not place & taken:
            spans.append(Span(doc, ent.start, ent.end, label=ent.label_))
            taken |= place
    missing = [Span(doc, i, i + 1) for i in sorted(unknown - taken)]
    doc.set_ents(spans, missing=missing, default="outside")
    return doc


def company_names(path: Path) -> list[tuple[str, str]]:
    """Read listed companies: ``(full name, name without legal form)``, tickers and funds left out."""
    out = []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            name = " ".join(line.split("\t")[0].split())
            name = _SHARE_CLASS.sub("", name).strip(" ,.-")
            odd = name.isupper() or re.search(r"\d|Fund|ETF|Trust|Fondo", name)
            if name.isascii() and 1 <= len(name.split()) <= 4 and not odd:
                short = _LEGAL_FORM.sub("", _LEGAL_FORM.sub("", name))
                if len(short) > 2:
                    out.append((name, short))
    return out


class NameExchange:
    """Exchanges the firms and people of articles for others, each for the same one throughout."""

    def __init__(self, rows: Iterable[dict[str, Any]], data: Path, *, seed: int) -> None:
        self._random = random.Random(seed)
        self._companies = company_names(data / "names" / "listed-companies.tsv.gz")
        with (data / "names" / "organisation-kinds.tsv").open(encoding="utf-8") as lines:
            self._kinds = {
                row["name"]: row["kind"] for row in csv.DictReader(lines, delimiter="\t")
            }
        people = {
            tuple(row["text"][start:end].split())
            for row in rows
            for start, end, label in row["entities"]
            if label == "PERSON"
        }
        pairs = sorted(
            p for p in people if len(p) == 2 and all(w.isalpha() and w[0].isupper() for w in p)
        )
        self._first = [pair[0] for pair in pairs]
        self._last = [pair[1] for pair in pairs]

    def exchange(self, row: dict[str, Any]) -> dict[str, Any] | None:
        """Return the row with names exchanged, or None if its names overlap.

        Its ``statements``, (start, end, labels), keep their sentences.
        """
        text, out, entities, at = row["text"], "", [], 0
        chosen: dict[str, str] = {}
        shifts = [(0, 0)]
        for start, end, label in sorted(row["entities"]):
            if start < at:
                return None
            name = self._other(text[start:end], label, chosen, out)
            out += text[at:start]
            entities.append([len(out), len(out) + len(name), label])
            out, at = out + name, end
            shifts.append((end, len(out) - end))

        def moved(place: int) -> int:
            return place + shifts[bisect_right(shifts, place, key=itemgetter(0)) - 1][1]

        statements = [(moved(a), moved(b), labels) for a, b, labels in row.get("statements", ())]
        new = {"text": out + text[at:], "entities": entities, "statements": statements}
        return row | new

    def _other(self, name: str, label: str, chosen: dict[str, str], so_far: str) -> str:
        if label == "ORG":
            return self._other_firm(name, chosen, so_far)
        words = name.split()
        if label != "PERSON" or len(words) > 2:
            return name
        last = chosen.setdefault(f"last {words[-1]}", self._random.choice(self._last))
        if len(words) == 1:
            return last
        first = chosen.setdefault(f"first {name}", self._random.choice(self._first))
        return f"{first} {last}"

    def _other_firm(self, name: str, chosen: dict[str, str], so_far: str) -> str:
        is_company = self._kinds.get(name) == "company"
        acronym = name.isupper() and len(name) < 6
        if name not in chosen:
            if not is_company and (acronym or self._random.random() >= _OTHERS):
                return name
            full, short = self._random.choice(self._companies)
            chosen[name] = full if self._random.random() < 0.35 else short
        other = chosen[name]
        first = other.split()[0]
        # Later mentions of a firm are often its first word alone.
        shortened = other in so_far and len(first) > 3 and self._random.random() < 0.3
        return first if shortened else other


def exchanged_docs(
    nlp: Language, rows: list[dict[str, Any]], data: Path, *, seed: int
) -> Iterator[Doc]:
    """Yield a Doc for each fully labelled article with its names exchanged."""
    exchange = NameExchange(rows, data, seed=seed)
    for row in rows:
        other = exchange.exchange(row)
        if other is not None:
            yield entity_doc(nlp, other)
