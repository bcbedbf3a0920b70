"""The same figure in several articles: what is put side by side, and what differs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textmine.comparison import base_unit, figure_groups
from textmine.records import as_dict
from textmine.steps import Miner


def told(miner: Miner, *texts: tuple[str, str]) -> list[Any]:
    """Annotate texts, each with its day, and group their figures."""
    figures, mentions, articles = [], [], []
    for published, text in texts:
        result = miner.annotate(text)
        figures += [as_dict(figure) for figure in result.figures]
        mentions += [as_dict(mention) for mention in result.mentions]
        articles.append(as_dict(result.article) | {"published": published})
    return figure_groups(figures, mentions, articles, {})


def test_figures_that_differ_stand_side_by_side(miner: Miner) -> None:
    groups = told(
        miner,
        ("2026-03-03", "Revenue at Lotus Foods rose to $2.3 billion in 2025."),
        (
            "2026-03-20",
            "Revenue at Lotus Foods reached $2.6 billion in 2025, according to accounts.",
        ),
    )
    (group,) = [g for g in groups if g.differs]
    assert group.period == "2025"
    assert [one.low for one in group.told] == [2.3e9, 2.6e9]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("The Lotus Foods plant covers 40 hectares.", "The Lotus Foods plant covers 99 acres."),
        ("Lotus Foods has more than 11,000 employees.", "Lotus Foods has 12,400 employees."),
        ("Lotus Foods has about 12,000 employees.", "Lotus Foods has 12,400 employees."),
    ],
)
def test_rounding_bounds_and_units_are_no_conflict(miner: Miner, one: str, two: str) -> None:
    groups = told(miner, ("2026-03-03", one), ("2026-03-20", two))
    assert [group.differs for group in groups] == [False]


def test_two_firms_are_not_compared(miner: Miner) -> None:
    one = ("2026-03-03", "Lotus Foods said on Monday that revenue rose to $2.3 billion in 2025.")
    two = ("2026-03-20", "Harbin Steel said on Monday that revenue rose to $2.6 billion in 2025.")
    assert told(miner, one, two) == []


def test_currencies_and_years_are_not_compared(miner: Miner) -> None:
    one = ("2026-03-03", "Revenue at Lotus Foods rose to $2.3 billion in 2025.")
    assert (
        told(miner, one, ("2026-03-04", "Revenue at Lotus Foods rose to €2 billion in 2025.")) == []
    )
    assert (
        told(miner, one, ("2026-03-04", "Revenue at Lotus Foods rose to $2 billion in 2024.")) == []
    )


@given(st.sampled_from(["hectare", "acre", "square_mile"]), st.floats(0.1, 1e6))
def test_areas_come_to_square_metres(unit: str, amount: float) -> None:
    dimension, factor = base_unit(unit)
    assert dimension == base_unit("square_meter")[0]
    assert amount * factor == pytest.approx(
        amount * {"hectare": 1e4, "acre": 4046.87, "square_mile": 2.59e6}[unit], rel=1e-3
    )


def test_a_unit_that_is_none_stays_itself() -> None:
    assert base_unit("scooter") == ("scooter", 1.0)
