"""Score figures against NewsQuant's sample, by the definitions of Almasian et al. (2023, CQE).

Found are values; then value and unit, value and change, value and concept (a word in common) together.
Dates and ranks are outside that gold's scope and left out.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import textmine
from textmine import config
from textmine.records import Figure

_CURRENCIES = {"USD": "dollar", "EUR": "euro", "GBP": "pound sterling", "INR": "rupee", "AUD": "australian dollar",
               "CAD": "canadian dollar", "CNY": "yuan", "JPY": "yen"}  # fmt: skip
_UNITS = {"percent": "percentage", "percentage_point": "percentage", "celsius": "degree celsius"}


def gold_value(text: str) -> tuple[float, ...] | None:
    """Return a gold value or the two ends of a range."""
    try:
        return tuple(float(part) for part in re.split(r"(?<=\d)-", text))
    except ValueError:
        return None


def our_value(figure: Figure) -> tuple[float, ...]:
    """Return a figure's value or the two ends of its range."""
    if figure.value is None:
        return (float(figure.low or 0), float(figure.high or 0))
    return (float(figure.value),)


def same(one: tuple[float, ...], two: tuple[float, ...]) -> bool:
    """Say whether two values are equal."""
    return len(one) == len(two) and all(
        abs(a - b) <= 1e-3 * max(1.0, abs(b)) for a, b in zip(one, two, strict=True)
    )


def unit_fits(figure: Figure, row: dict[str, Any]) -> bool:
    """Say whether our unit is the gold's, as it stands or normalised; singular and plural alike."""
    wanted = {row["unit"].lower(), row["normalized_unit"].lower()}
    wanted |= {w.removesuffix("s") for w in wanted}
    mine = {(figure.unit or "-").replace("_", " ").lower()}
    if figure.currency:
        mine = {_CURRENCIES.get(figure.currency, figure.currency.lower())}
    if figure.kind == "age":
        mine |= {"year of age"}
    if figure.kind == "multiple":
        mine |= {"-", "times", "time"}
    mine = {_UNITS.get(name, name) for name in mine}
    return bool(mine & wanted) or (figure.unit is None and not figure.currency and "-" in wanted)


def concept_fits(figure: Figure, row: dict[str, Any]) -> bool:
    """Say whether what is measured shares a word with the gold's, or both have none."""
    words = set(re.findall(r"\w+", row["referred_concepts"].lower()))
    mine = set(re.findall(r"\w+", (figure.of or "").lower()))
    return bool(words & mine) or (not words and not mine)


def main() -> None:
    """Print F1 of values and of values with unit, change and concept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "file", nargs="?", default="../shared/data/figures/newsquant-sample.jsonl.gz"
    )
    parser.add_argument("--engine", default=config.DEFAULT_ENGINE)
    parser.add_argument("--errors", action="store_true")
    args = parser.parse_args()
    with gzip.open(Path(args.file), "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    miner = textmine.load(args.engine, taxonomies=[])
    counts: Counter[str] = Counter()
    for row in rows:
        mine = [f for f in miner.annotate(row["text"]).figures if f.kind not in {"date", "rank"}]
        counts["mine"] += len(mine)
        counts["gold"] += len(row["quantities"])
        free = list(mine)
        for wanted in row["quantities"]:
            value = gold_value(wanted["value"])
            hits = [f for f in free if value is not None and same(our_value(f), value)]
            if not hits:
                if args.errors:
                    print("MISSED", wanted, "IN", row["text"][:200])
                continue
            best = max(hits, key=lambda f: unit_fits(f, wanted) + concept_fits(f, wanted))
            free.remove(best)
            checks = {
                "unit": unit_fits(best, wanted),
                "change": best.change == wanted["change"],
                "concept": concept_fits(best, wanted),
            }
            counts["value"] += 1
            for name, ok in checks.items():
                counts[name] += ok
                if args.errors and not ok:
                    print(name.upper(), wanted, "OURS", best.text, best.unit, best.change, best.of)
        for figure in free:
            if args.errors:
                print("EXTRA", figure.text, figure.kind, "IN", row["text"][:160])
    total = counts["mine"] + counts["gold"]
    for name in ("value", "unit", "change", "concept"):
        print(f"{name}: F1 {2 * counts[name] / max(1, total):.3f}")


if __name__ == "__main__":
    main()
