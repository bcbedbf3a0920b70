"""The records textmine exchanges: frozen, plain, picklable.

Offsets count Unicode code points in the article's text; ``text == article.text[start:end]`` always.
The field names are the contract of the JSONL export.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from textmine.errors import OffsetError

if TYPE_CHECKING:
    import pandas as pd

ENTITY_LABELS = (
    "COMPANY", "ORG", "GOVERNMENT", "PERSON", "PLACE", "GROUP", "PRODUCT", "EVENT", "WORK", "LAW",
)  # fmt: skip
ORGANISATION_KINDS = (
    "company", "government", "intergovernmental", "party", "education_research", "media",
    "nonprofit", "sports_culture", "other",
)  # fmt: skip
FIGURE_KINDS = (
    "money", "percent", "multiple", "count", "quantity", "rank", "date", "duration", "age",
    "temperature",
)  # fmt: skip


def organisation_label(kind: str) -> str:
    """Return the entity label that an organisation of ``kind`` bears."""
    if kind == "company":
        return "COMPANY"
    return "GOVERNMENT" if kind in {"government", "intergovernmental"} else "ORG"


@dataclass(frozen=True, slots=True)
class Coverage:
    """What of the input was read: characters in, characters kept, and why the rest was not."""

    input_chars: int
    kept_chars: int
    sentences: int = 0
    truncated: bool = False
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Article:
    """One article: its normalised text, where it came from and what is known about it.

    ``published`` is ISO 8601 (as precise as the source), ``language`` ISO 639-1.
    """

    id: str
    source: str
    url: str | None
    title: str | None
    authors: tuple[str, ...]
    published: str | None
    language: str | None
    text: str
    fetched_at: str | None
    extractor: str
    duplicate_of: str | None
    coverage: Coverage


@dataclass(frozen=True, slots=True)
class Entity:
    """A real-world thing named in one or more articles; ``mentions`` and ``articles`` are counts.

    ``kind_confidence`` is the probability of an organisation's ``kind`` (``other`` where none is likely
    enough), 1.0 where a person or the alias file said it; null for what is no organisation.
    """

    id: str
    name: str
    label: str
    kind: str | None
    kind_confidence: float | None
    aliases: tuple[str, ...]
    mentions: int
    articles: int


@dataclass(frozen=True, slots=True)
class Mention:
    """One place where an entity is named.

    ``voice`` is ``source`` inside a claim, with the entity that speaks if it is known; else ``author``.
    """

    id: str
    article_id: str
    entity_id: str
    start: int
    end: int
    text: str
    label: str
    kind: str | None
    voice: str
    speaker_entity_id: str | None
    model: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its meaning: ``value`` in ``unit`` (or ``currency``, ISO 4217).

    A range fills ``low`` and ``high`` and leaves ``value`` null; a date's value is ISO 8601.
    ``change`` is one of ``= ~ > < up down``; ``of`` the words that say what is measured. With
    ``scale_inferred`` the thousands, millions or billions were taken from the list or table around it.
    ``voice`` as in Mention.
    """

    id: str
    article_id: str
    start: int
    end: int
    text: str
    kind: str
    value: float | str | None
    low: float | str | None
    high: float | str | None
    unit: str | None
    currency: str | None
    change: str
    of: str | None
    of_start: int | None
    of_end: int | None
    period: str | None
    scale_inferred: bool
    voice: str
    speaker_entity_id: str | None
    model: str


@dataclass(frozen=True, slots=True)
class Claim:
    """What someone is reported to say: ``text`` is the content, ``speaker`` the text's own words.

    Where cue and speaker interrupt the content ("…," she said. "…"), ``text`` runs over them and ``pieces``,
    (start, end) each, leave them out; else there is one piece, the whole.
    """

    id: str
    article_id: str
    start: int
    end: int
    text: str
    speaker: str | None
    speaker_start: int | None
    speaker_end: int | None
    speaker_entity_id: str | None
    speaker_name: str | None
    cue: str | None
    cue_start: int | None
    cue_end: int | None
    quote: str
    pieces: tuple[tuple[int, int], ...]
    hedged: bool
    entity_ids: tuple[str, ...]
    figure_ids: tuple[str, ...]
    model: str


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence under one taxonomy; ``scores`` are calibrated probabilities by label.

    ``voice`` is ``author`` or ``source``; ``evidence`` the words that weighed most.
    """

    id: str
    article_id: str
    start: int
    end: int
    text: str
    taxonomy: str
    labels: tuple[str, ...]
    scores: dict[str, float]
    voice: str
    speaker_entity_id: str | None
    evidence: tuple[str, ...]
    model: str


Record = Article | Entity | Mention | Figure | Claim | Statement
RECORD_TYPES: dict[str, type[Record]] = {
    "articles": Article,
    "entities": Entity,
    "mentions": Mention,
    "figures": Figure,
    "claims": Claim,
    "statements": Statement,
}


def as_dict(record: Record) -> dict[str, Any]:
    """Return the record as JSON-ready values (tuples become lists)."""
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in _listed(asdict(record)).items()
    }


def _listed(values: dict[str, Any]) -> dict[str, Any]:
    coverage = values.get("coverage")
    if coverage is not None:
        coverage["warnings"] = list(coverage["warnings"])
    return values


@dataclass(frozen=True, slots=True)
class Annotated:
    """An article with every record taken from it."""

    article: Article
    mentions: list[Mention] = field(default_factory=list)
    entities: list[Entity] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)

    def __post_init__(self) -> None:
        for kind in ("mentions", "figures", "claims", "statements"):
            for record in getattr(self, kind):
                check_offsets(self.article.text, record)

    def frames(self) -> dict[str, pd.DataFrame]:
        """Return one DataFrame per record kind, columns as in the export."""
        import pandas as pd

        rows: dict[str, list[Any]] = {"articles": [self.article]}
        rows |= {kind: getattr(self, kind) for kind in RECORD_TYPES if kind != "articles"}
        return {
            kind: pd.DataFrame(
                [as_dict(record) for record in records], columns=field_names(RECORD_TYPES[kind])
            )
            for kind, records in rows.items()
        }


def field_names(record_type: type[Record]) -> list[str]:
    """Return a record type's field names, in the export's order."""
    return list(record_type.__dataclass_fields__)


def check_offsets(text: str, record: Mention | Figure | Claim | Statement) -> None:
    """Raise OffsetError unless the record's text stands at its offsets."""
    if text[record.start : record.end] != record.text:
        raise OffsetError(
            f"{type(record).__name__} {record.id} says {record.text[:40]!r} at "
            f"{record.start}-{record.end}, but the article has "
            f"{text[record.start : record.end][:40]!r} there; the text was changed after extraction"
        )
