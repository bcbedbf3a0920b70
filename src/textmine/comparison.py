"""The same figure told in several articles: side by side, and where they differ.

Two figures are of one measure when they are about the same entity in the same words, in comparable
units, for the same time. Units are converted; currencies never are.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any

#: Kinds that can be compared; dates, ages and ranks are told in too many ways.
KINDS = ("money", "percent", "count", "quantity", "multiple", "temperature")
#: Figures of no stated period are compared when their articles lie at most so many days apart.
NEAR_DAYS = 92
#: Values this close are one value, rounded differently; with "about" in either the second.
_SAME, _ABOUT = 0.01, 0.05
_SMALL_WORDS = frozenset("a an the of in for its their his her total and to at from by on".split())


@dataclass(frozen=True, slots=True)
class Told:
    """One figure as one article tells it; ``low`` and ``high`` are in the group's unit."""

    figure: dict[str, Any]
    article: dict[str, Any]
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class FigureGroup:
    """Figures of one measure, ordered by the day of their articles."""

    entity: str
    measure: str
    unit: str
    period: str | None
    told: tuple[Told, ...]

    @property
    def differs(self) -> bool:
        """Say whether two articles tell values that rounding does not explain."""
        return any(
            not _agree(one, two)
            for n, one in enumerate(self.told)
            for two in self.told[n + 1 :]
            if one.article["id"] != two.article["id"]
        )


def _agree(one: Told, two: Told) -> bool:
    about = "~" in {one.figure["change"], two.figure["change"]}
    slack = (_ABOUT if about else _SAME) * max(abs(one.high), abs(two.high), 1e-12)
    bounds = {one.figure["change"], two.figure["change"]} & {">", "<"}
    if bounds:  # "more than 40" agrees with 45
        for told, other in ((one, two), (two, one)):
            sign = told.figure["change"]
            if (sign == ">" and other.high >= told.low - slack) or (
                sign == "<" and other.low <= told.high + slack
            ):
                return True
    return one.low - slack <= two.high and two.low - slack <= one.high


@cache
def _registry() -> Any:
    import pint

    return pint.UnitRegistry(cache_folder=None)


@cache
def base_unit(unit: str) -> tuple[str, float]:
    """Return a unit's dimension and how many base units it is; itself and 1.0 for one not known.

    "square_mile" and "hectare" come to one dimension, "scooter" stays what it is.
    """
    name = re.sub(r"^(square|cubic)_(\w+)$", r"\2 ** \1", unit)
    name = name.replace("** square", "** 2").replace("** cubic", "** 3").replace("_per_", " / ")
    name = {"tonne": "metric_ton", "ton": "short_ton", "barrel": "oil_barrel"}.get(name, name)
    if not re.fullmatch(r"[a-z_]+(?: \*\* [23]| / [a-z_]+)?", name):
        return unit, 1.0
    try:
        quantity = (1.0 * _registry()(name)).to_base_units()
    except Exception:  # pint raises types of its own for every way a name can be no unit
        return unit, 1.0
    if quantity.dimensionless:
        return unit, 1.0
    return str(quantity.units), float(quantity.magnitude)


def figure_groups(
    figures: Iterable[dict[str, Any]],
    mentions: Iterable[dict[str, Any]],
    articles: Sequence[dict[str, Any]],
    names: Mapping[str, str],
) -> list[FigureGroup]:
    """Group the figures of a store that more than one article tells.

    All are rows as the store gives them; ``names`` are those of entities by id. Duplicates of
    another article tell nothing of their own.
    """
    kept = {row["id"]: row for row in articles if not row["duplicate_of"]}
    by_article: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for mention in mentions:
        by_article[mention["article_id"]].append(mention)
    groups: dict[tuple[Any, ...], list[Told]] = defaultdict(list)
    words: dict[tuple[Any, ...], tuple[str, str]] = {}
    for figure in figures:
        article = kept.get(figure["article_id"])
        if article is None or figure["kind"] not in KINDS or not figure["of"]:
            continue
        holder = _entity_of(article["text"], figure, by_article[article["id"]])
        if holder is None:
            continue
        unit, factor = _unit(figure)
        key = (
            holder["entity_id"],
            _measure(figure, holder),
            figure["kind"],
            unit,
            _moved(figure),
            figure["period"],
        )
        ends = [figure["value"]] if figure["value"] is not None else [figure["low"], figure["high"]]
        if not all(isinstance(end, int | float) for end in ends):
            continue
        groups[key].append(Told(figure, article, min(ends) * factor, max(ends) * factor))
        told_as = f"{figure['unit']} count" if figure["kind"] == "count" else figure["of"]
        words.setdefault(key, (names.get(holder["entity_id"], holder["text"]), told_as))
    out = []
    for key, told in groups.items():
        for near in _near_in_time(told) if key[-1] is None else [told]:
            if len({one.article["id"] for one in near}) > 1:
                entity, told_as = words[key]
                out.append(_in_one_unit(entity, told_as, key[-1], near))
    return sorted(out, key=lambda g: (not g.differs, g.entity, g.measure, g.period or ""))


def _unit(figure: dict[str, Any]) -> tuple[str, float]:
    if figure["kind"] == "money":
        return f"{figure['currency']} {figure['unit'] or ''}".strip(), 1.0
    if figure["kind"] != "quantity" or not figure["unit"]:
        return str(figure["unit"]), 1.0
    return base_unit(figure["unit"])


def _in_one_unit(
    entity: str, measure: str, period: str | None, told: Sequence[Told]
) -> FigureGroup:
    """Bring a group's values to the unit of its first figure."""
    ordered = sorted(
        told, key=lambda t: (t.article["published"] or "", t.article["id"], t.figure["start"])
    )
    first = ordered[0].figure
    factor = _unit(first)[1]
    unit = first["currency"] or first["unit"] or ""
    if first["currency"] and first["unit"]:
        unit = f"{first['currency']} / {first['unit']}"
    brought = tuple(replace(t, low=t.low / factor, high=t.high / factor) for t in ordered)
    return FigureGroup(entity, measure, unit.replace("_", " "), period, brought)


def _moved(figure: dict[str, Any]) -> bool:
    """Shares that say how far something moved are no shares of something."""
    return figure["kind"] in {"percent", "multiple"} and figure["change"] in {"up", "down"}


def _entity_of(
    text: str, figure: dict[str, Any], mentions: list[dict[str, Any]]
) -> dict[str, Any] | None:
    """Return the mention a figure belongs to: within its ``of``, else the nearest to it in the sentence."""
    inside = [
        m for m in mentions if m["start"] < figure["of_end"] and figure["of_start"] < m["end"]
    ]
    if inside:
        return inside[0]
    start = max(text.rfind(mark, 0, figure["start"]) for mark in _ENDS)
    ends = [place for mark in _ENDS if (place := text.find(mark, figure["end"])) >= 0]
    end = min(ends, default=len(text))
    near = [m for m in mentions if start <= m["start"] < end and m["label"] in _HOLDERS]
    return min(
        near,
        key=lambda m: max(m["start"] - figure["of_end"], figure["of_start"] - m["end"]),
        default=None,
    )


_ENDS = (". ", "\n", "? ", "! ")


_HOLDERS = frozenset({"COMPANY", "ORG", "GOVERNMENT", "PLACE", "PRODUCT", "EVENT"})


def _measure(figure: dict[str, Any], mention: dict[str, Any]) -> frozenset[str]:
    """Return the words that say what is measured, the entity's own left out."""
    told = f"{figure['of']} {figure['unit'] or '' if figure['kind'] == 'count' else ''}"
    return frozenset(_words(told) - _words(mention["text"]))


def _words(text: str) -> set[str]:
    """Return a phrase's words that tell something, plurals as singulars."""
    words = {re.sub(r"(?<=\w{3})s$", "", word) for word in re.findall(r"\w+", text.lower())}
    return words - _SMALL_WORDS - {"s"}


def _near_in_time(told: Sequence[Told]) -> list[list[Told]]:
    """Part figures of no stated period by the days of their articles."""
    dated: list[tuple[date, Told]] = []
    for one in told:
        try:
            dated.append((date.fromisoformat(str(one.article["published"])[:10]), one))
        except ValueError:
            continue
    out: list[list[Told]] = []
    last: date | None = None
    for day, one in sorted(dated, key=lambda pair: (pair[0], pair[1].article["id"])):
        if last is not None and (day - last).days <= NEAR_DAYS:
            out[-1].append(one)
        else:
            out.append([one])
        last = day
    return out
