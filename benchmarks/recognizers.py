"""Pass counts on Microsoft Recognizers-Text's English specs (MIT), as they lie beside the project.

A case passes when each result it lists is among our figures (words in common, same value, same unit or
currency) and we find no other figure of that kind. Results without a value ("dollar", "the %") are no
figures here: they are left out, and counted as such.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import textmine
from textmine import config
from textmine.nlp.vocabulary import read_rules
from textmine.records import Figure

_CODES = {"dollar": "USD", "united states dollar": "USD", "japanese yen": "JPY", "franc": "CHF", "pound": "GBP",
          "cent": "USD", "pence": "GBP", "chinese yuan": "CNY", "rupee": "INR", "costa rican colón": "CRC",
          "sri lankan rupee": "LKR", "euro": "EUR", "bitcoin": "BTC", "satoshi": "BTC"}  # fmt: skip
_MINOR = {"cent": 100, "pence": 100, "satoshi": 1e8}


def currency_code(name: str) -> str:
    """Return the code of a currency as the specs name it."""
    name = name.lower()
    if name in _CODES:
        return _CODES[name]
    table = read_rules("currencies")
    return next((c for c, e in table.items() if c != "shared" and name in e["words"]), name)


def number(text: str) -> float | None:
    """Return a spec's value."""
    try:
        return float(text.rstrip("%"))
    except (AttributeError, ValueError):
        return None


def close(one: Any, two: float | None) -> bool:
    """Say whether two values are equal."""
    return (
        isinstance(one, float) and two is not None and abs(one - two) <= 1e-6 * max(1.0, abs(two))
    )


def is_money(figure: Figure, result: dict[str, Any]) -> bool:
    """Compare an amount of money."""
    unit = result["unit"]
    value = number(result["value"])
    scale = _MINOR.get(unit.lower(), 1)
    return figure.currency == currency_code(unit) and close(
        figure.value, value / scale if value is not None else None
    )


def is_measure(figure: Figure, result: dict[str, Any]) -> bool:
    """Compare a measure."""
    wanted = result["unit"].lower().replace(" ", "_")
    mine = (figure.unit or "").removeprefix("degree_")
    names = {
        wanted,
        {"metric_ton": "tonne", "ton": "tonne", "c": "celsius", "f": "fahrenheit"}.get(
            wanted, wanted
        ),
    }
    return close(figure.value, number(result["value"])) and bool({mine, figure.unit} & names)


def is_value(figure: Figure, result: dict[str, Any]) -> bool:
    """Compare a value alone."""
    return close(figure.value, number(result["value"]))


def is_range(figure: Figure, result: dict[str, Any]) -> bool:
    """Compare an interval: "[20,30)"; ours does not say whether an end is in it."""
    match = re.fullmatch(r"[\[(]([\d.]*),([\d.]*)[\])]", result["value"])
    if not match:
        return False
    low, high = (float(end) if end else None for end in match.groups())
    if low is not None and high is not None:
        return (close(figure.low, low) and close(figure.high, high)) or (
            low == high and close(figure.value, low)
        )
    sign = ">" if high is None else "<"
    return figure.change == sign and close(figure.value, low if high is None else high)


MODELS: dict[str, tuple[set[str], Callable[[Figure, dict[str, Any]], bool]]] = {
    "Currency": ({"money"}, is_money),
    "Percent": ({"percent"}, is_value),
    "Dimension": ({"quantity"}, is_measure),
    "Age": ({"age"}, is_measure),
    "Temperature": ({"temperature"}, is_measure),
    "NumberRange": ({"count", "multiple", "quantity", "percent"}, is_range),
}


def passes(name: str, figures: list[Figure], results: list[dict[str, Any]]) -> bool:
    """Say whether our figures are the case's results."""
    kinds, same = MODELS[name]
    free = [figure for figure in figures if figure.kind in kinds]
    for row in results:
        hit = next(
            (
                f
                for f in free
                if f.start <= row["End"] and row["Start"] < f.end and same(f, row["Resolution"])
            ),
            None,
        )
        if hit is None:
            return False
        free.remove(hit)
    if name == "NumberRange":
        free = [f for f in free if f.change in {">", "<"} or f.low is not None]
    return not free


def main() -> None:
    """Print a line a spec file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/figures"))
    parser.add_argument("--engine", default=config.DEFAULT_ENGINE)
    parser.add_argument("--errors", action="store_true")
    args = parser.parse_args()
    miner = textmine.load(args.engine, taxonomies=[])
    for name in MODELS:
        with gzip.open(
            args.data / f"recognizers-{name}Model.jsonl.gz", "rt", encoding="utf-8"
        ) as lines:
            cases = [json.loads(line) for line in lines]
        passed = bare = 0
        for case in cases:
            results = [
                r for r in case["Results"] if r["Resolution"].get("value") not in {None, "null"}
            ]
            bare += len(results) < len(case["Results"])
            figures = miner.annotate(case["Input"]).figures
            ok = passes(name, figures, results)
            passed += ok
            if args.errors and not ok:
                found = [
                    (f.text, f.kind, f.value, f.low, f.high, f.unit, f.currency, f.change)
                    for f in figures
                ]
                print(
                    f"  {case['Input'][:150]!r}\n    wanted {[(r['Text'], r['Resolution']) for r in results]}\n    found {found}"
                )
        print(
            f"{name}: {passed} of {len(cases)} pass ({passed / len(cases):.0%}); {bare} list words without a value"
        )


if __name__ == "__main__":
    main()
