"""A parsed Doc to records: the only way out of spaCy."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from spacy.tokens import Doc, Span

from textmine.ids import entity_id, make_id
from textmine.nlp import claims, entities, figures
from textmine.nlp.kinds import KindClassifier
from textmine.nlp.names import base_name
from textmine.nlp.quotations import Quotation, find_quotations
from textmine.nlp.speakers import Speakers
from textmine.records import Annotated, Article, Claim, Entity, Figure, Mention


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the body, with the voice that speaks it."""

    start: int
    end: int
    text: str
    voice: str
    speaker_entity_id: str | None
    span: Span


def annotate_doc(
    doc: Doc,
    article: Article,
    classifier: KindClassifier,
    *,
    model: str,
    labels: Mapping[str, str | None],
) -> tuple[Annotated, list[Sentence]]:
    """Take mentions, entities, figures and claims off a Doc whose text is the article's.

    ``labels`` brings the pipeline's labels to ours.
    """
    found = entities.cluster(article.text, entities.find_mentions(doc, labels))
    entities.tell_kinds(article.text, found, classifier)
    records, mentions = _entity_records(article, found, model)
    amounts = _figure_records(article, doc)
    quotations = find_quotations(article.text)
    said = _claim_records(article, doc, records, mentions, amounts, quotations)
    voices = Voices(said)
    mentions = [voices.told(mention) for mention in mentions]
    amounts = [voices.told(figure) for figure in amounts]
    sentences = _sentences(doc, article.text, said)
    warnings = (*article.coverage.warnings, *_open_quotations(article.text, quotations))
    coverage = replace(article.coverage, sentences=len(sentences), warnings=warnings)
    return (
        Annotated(replace(article, coverage=coverage), mentions, records, amounts, said, []),
        sentences,
    )


def _open_quotations(text: str, quotations: Sequence[Quotation]) -> list[str]:
    """Return a warning if quotation marks are never closed, and no next paragraph opens them anew."""
    lost = [
        q
        for q in quotations
        if q.open_end and not re.match(r"\n+[“\"‘«„']", text[q.end : q.end + 4])
    ]
    if not lost:
        return []
    first = " ".join(text[lost[0].start : lost[0].start + 40].split())
    return [
        f"{len(lost)} quotation mark{'s are' if len(lost) > 1 else ' is'} never closed, the first at {first!r}: "
        "each quotation was taken to its paragraph's end"
    ]


Told = TypeVar("Told", Mention, Figure)


class Voices:
    """Tells in whose voice a place of the text is: the innermost claim's around it, or the author's."""

    def __init__(self, claims: Sequence[Claim]) -> None:
        self._claims = sorted(claims, key=lambda c: c.start)
        self._starts = [claim.start for claim in self._claims]
        self._longest = max((claim.end - claim.start for claim in claims), default=0)

    def told(self, record: Told) -> Told:
        """Return the record with its voice and speaker; a claim's speaker and cue are the author's."""
        start, end = record.start, record.end
        first = bisect_left(self._starts, end - self._longest)
        around = [
            claim
            for claim in self._claims[first : bisect_right(self._starts, start)]
            if _lies_in(record, claim.pieces)
            and not any(
                a is not None and b is not None and a < end and start < b
                for a, b in (
                    (claim.speaker_start, claim.speaker_end),
                    (claim.cue_start, claim.cue_end),
                )
            )
        ]
        if not around:
            return record
        inner = min(around, key=lambda c: (c.end - c.start, c.id))
        return replace(record, voice="source", speaker_entity_id=inner.speaker_entity_id)


def _entity_records(
    article: Article, found: Sequence[entities.FoundEntity], model: str
) -> tuple[list[Entity], list[Mention]]:
    records: dict[str, Entity] = {}
    mentions: list[Mention] = []
    for entity in found:
        key = entity_id(entities.family(entity.label), base_name(entity.name))
        known = records.get(key)
        count = len(entity.mentions) + (known.mentions if known else 0)
        first = known or Entity(
            key, entity.name, entity.label, entity.kind, entity.kind_confidence, (), 0, 1
        )
        aliases = dict.fromkeys((*first.aliases, *(m.text for m in entity.mentions)))
        records[key] = replace(
            first,
            mentions=count,
            aliases=tuple(name for name in aliases if name != first.name),
        )
        mentions += [
            Mention(
                make_id("men", article.id, m.start, m.end), article.id, key, m.start, m.end,
                article.text[m.start : m.end], first.label, first.kind, "author", None, model,
            )
            for m in entity.mentions
        ]  # fmt: skip
    return list(records.values()), sorted(mentions, key=lambda m: m.start)


def _figure_records(article: Article, doc: Doc) -> list[Figure]:
    out = []
    for f in figures.find_figures(doc, published=article.published):
        of = article.text[f.of[0] : f.of[1]] if f.of else None
        out.append(
            Figure(
                make_id("fig", article.id, f.start, f.end), article.id, f.start, f.end,
                article.text[f.start : f.end], f.kind, f.value, f.low, f.high, f.unit, f.currency,
                f.change, of, f.of[0] if f.of else None, f.of[1] if f.of else None, f.period,
                f.scale_inferred, "author", None, figures.MODEL,
            )
        )  # fmt: skip
    return out


def _lies_in(record: Mention | Figure, pieces: Sequence[tuple[int, int]]) -> bool:
    return any(start <= record.start and record.end <= end for start, end in pieces)


def _claim_records(
    article: Article,
    doc: Doc,
    found: Sequence[Entity],
    mentions: Sequence[Mention],
    amounts: Sequence[Figure],
    quotations: Sequence[Quotation],
) -> list[Claim]:
    names = {entity.id: entity for entity in found}
    out: list[Claim] = []
    told = claims.find_claims(doc)
    speakers = Speakers(doc, mentions, quotations)
    spans = sorted({c.speaker for c in told if c.speaker})
    meant = {span: speakers.entity_of(*span) for span in spans}
    for c in told:
        entity = meant[c.speaker] if c.speaker else None
        pieces = c.parts()
        inside = [m.entity_id for m in mentions if _lies_in(m, pieces)]
        out.append(
            Claim(
                id=make_id("clm", article.id, c.start, c.end, c.cue),
                article_id=article.id,
                start=c.start,
                end=c.end,
                text=article.text[c.start : c.end],
                speaker=article.text[c.speaker[0] : c.speaker[1]] if c.speaker else None,
                speaker_start=c.speaker[0] if c.speaker else None,
                speaker_end=c.speaker[1] if c.speaker else None,
                speaker_entity_id=entity,
                speaker_name=names[entity].name if entity else None,
                cue=article.text[c.cue[0] : c.cue[1]] if c.cue else None,
                cue_start=c.cue[0] if c.cue else None,
                cue_end=c.cue[1] if c.cue else None,
                quote=c.quote,
                pieces=pieces,
                hedged=c.hedged,
                entity_ids=tuple(dict.fromkeys(inside)),
                figure_ids=tuple(f.id for f in amounts if _lies_in(f, pieces)),
                model=claims.MODEL,
            )
        )
    return out


def _sentences(doc: Doc, body: str, said: Sequence[Claim]) -> list[Sentence]:
    """Return the body's sentences; one mostly inside claims is spoken by their source."""
    starts = [claim.start for claim in said]
    longest = max((claim.end - claim.start for claim in said), default=0)
    out = []
    for sent in doc.sents:
        text = body[sent.start_char : sent.end_char]
        start = sent.start_char + len(text) - len(text.lstrip())
        end = sent.start_char + len(text.rstrip())
        if not re.search(r"\w", body[start:end]):
            continue
        near = [
            claim
            for claim in said[bisect_left(starts, start - longest) : bisect_left(starts, end)]
            if claim.end > start
        ]
        covered = [False] * (end - start)
        for claim in near:
            for first, last in claim.pieces:
                for place in range(max(start, first), min(end, last)):
                    covered[place - start] = True
        is_source = sum(covered) >= 0.5 * (end - start)
        main = max(near, key=lambda c: min(end, c.end) - max(start, c.start), default=None)
        out.append(
            Sentence(
                start, end, body[start:end], "source" if is_source else "author",
                main.speaker_entity_id if main is not None and is_source else None, sent,
            )
        )  # fmt: skip
    return out
