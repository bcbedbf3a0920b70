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
from textmine.nlp.vocabulary import read_rules
from textmine.records import Figure

_NAMES = {"GBP": "pound sterling", "CNY": "yuan", "JPY": "yen", "INR": "rupee", "KRW": "won"}
_SAME = {"tonne": "ton", "celsius": "degree celsius", "percentage": "percent",
         "fahrenheit": "degree fahrenheit", "people": "person", "brake horsepower": "horsepower",
         "united states dollar": "dollar", "us dollar": "dollar", "percentage point": "percent", "per cent": "percent"}  # fmt: skip


def folded(unit: str) -> str:
    """Return a unit's name in one spelling: small letters, American, singular, no hyphens."""
    words = re.sub(r"[_-]+", " ", unit.lower()).split()
    words = [re.sub("ies$", "y", w) if len(w) > 4 else w for w in words]
    words = [w if len(w) < 4 or w.endswith("ss") else w.removesuffix("s") for w in words]
    words = [re.sub("(met|lit)re$", r"\1er", w) for w in words]
    name = " ".join(_SAME.get(w, w) for w in words)
    for old, new in _SAME.items():
        if " " in old:
            name = name.replace(old, new)
    return name.replace("degree degree", "degree")


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


_MINOR = re.compile(r"p$|pence|cent")


def fits(figure: Figure, wanted: tuple[float, ...]) -> bool:
    """Say whether a figure has a gold value; ours are in pounds where the gold's are in pence."""
    mine = our_value(figure)
    if figure.kind == "money" and _MINOR.search(figure.text):
        return same(mine, wanted) or same(tuple(100 * value for value in mine), wanted)
    return same(mine, wanted)


def two_for_one(free: list[Figure], wanted: tuple[float, ...]) -> list[Figure]:
    """Return the two figures that stand for one gold range: "from 12 to 9" of a thing that moved."""
    if len(wanted) != 2:
        return []
    ends = [next((f for f in free if same(our_value(f), (value,))), None) for value in wanted]
    return [f for f in ends if f is not None] if None not in ends else []


def same(one: tuple[float, ...], two: tuple[float, ...]) -> bool:
    """Say whether two values are equal."""
    return len(one) == len(two) and all(
        abs(a - b) <= 1e-3 * max(1.0, abs(b)) for a, b in zip(one, two, strict=True)
    )


def unit_fits(figure: Figure, row: dict[str, Any]) -> bool:
    """Say whether our unit is the gold's, as it stands or normalised."""
    wanted = {folded(row["unit"]), folded(row["normalized_unit"])}
    mine = {folded(figure.unit or "")}
    if figure.currency:
        entry = read_rules("currencies").get(figure.currency, {})
        names = [figure.currency, *entry.get("symbols", []), *entry.get("words", [])]
        names += [_NAMES.get(figure.currency, "")]
        mine = {folded(name) for name in names if name}
        if figure.unit:
            mine |= {folded(f"{name} per {figure.unit}") for name in names}
    if figure.kind == "age":
        mine |= {"year of age", "year old"}
    if figure.kind == "multiple":
        mine |= {"", "-", "time", "count", "half", "third", "quarter"}
    return bool(mine & wanted) or ("" in mine and "-" in {row["unit"], row["normalized_unit"]})


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
    parser.add_argument(
        "--strict", action="store_true", help="two figures do not stand for a gold range"
    )
    parser.add_argument("--errors", action="store_true")
    args = parser.parse_args()
    opened = gzip.open if args.file.endswith(".gz") else open
    with opened(Path(args.file), "rt", encoding="utf-8") as lines:
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
            hits = [f for f in free if value is not None and fits(f, value)]
            if not hits and value is not None and not args.strict and (pair := two_for_one(free, value)):
                free.remove(pair[1])
                counts["mine"] -= 1
                hits = pair[:1]
            if not hits:
                if args.errors:
                    print("MISSED", list(wanted.values()), "IN", row["text"][:200])
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
                    print(name.upper(), list(wanted.values()), "OURS", best.text, best.unit, best.change, best.of, "IN", row["text"] if name in {"concept", "change"} else "")
        for figure in free:
            if args.errors:
                print("EXTRA", figure.text, figure.kind, "IN", row["text"][:160])
    total = counts["mine"] + counts["gold"]
    for name in ("value", "unit", "change", "concept"):
        print(f"{name}: F1 {2 * counts[name] / max(1, total):.3f}")


if __name__ == "__main__":
    main()
