"""Score figures against NewsQuant's sample, by the definitions of Almasian et al. (2023, CQE).

Found are values; then value and unit, value and change, value and concept (a word in common) together.
Dates and ranks are outside that gold's scope and left out. Where a gold range is told as two figures
("fell from 12 to 9"), the two stand for it, unless ``--strict``. ``--quantulum PYTHON`` scores
quantulum3 beside: the interpreter of an environment that has it (`pip install quantulum3`).
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import subprocess
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import textmine
from textmine import config
from textmine.nlp.vocabulary import read_rules
from textmine.records import Figure

_NAMES = {"GBP": "pound sterling", "CNY": "yuan", "JPY": "yen", "INR": "rupee", "KRW": "won"}
_SAME = {"tonne": "ton", "celsius": "degree celsius", "percentage": "percent", "fahrenheit": "degree fahrenheit",
         "people": "person", "brake horsepower": "horsepower", "united state dollar": "dollar",
         "us dollar": "dollar", "percentage point": "percent", "per cent": "percent"}  # fmt: skip
_MINOR = re.compile(r"p$|pence|cent")
_QUANTULUM = """
import json, sys, warnings
warnings.simplefilter("ignore")
from quantulum3 import parser
for line in sys.stdin:
    found = parser.parse(json.loads(line))
    print(json.dumps([[q.value, q.unit.name, q.surface] for q in found]))
"""


@dataclass(frozen=True, slots=True)
class Found:
    """One quantity found: its value or ends, the names of its unit, what else is told of it."""

    values: tuple[float, ...]
    units: frozenset[str]
    change: str
    concept: str
    text: str
    minor: bool = False


def folded(unit: str) -> str:
    """Return a unit's name in one spelling: small letters, American, singular, no hyphens."""
    words = re.sub(r"[_-]+", " ", unit.lower()).split()
    words = [re.sub("ies$", "y", w) if len(w) > 4 else w for w in words]
    words = [w if len(w) < 4 or w.endswith(("ss", "us")) else w.removesuffix("s") for w in words]
    words = [re.sub("(met|lit)re$", r"\1er", w) for w in words]
    name = " ".join(_SAME.get(w, w) for w in words)
    for old, new in _SAME.items():
        if " " in old:
            name = name.replace(old, new)
    return name.replace("degree degree", "degree")


def of_figure(figure: Figure) -> Found:
    """Return one of our figures in the benchmark's terms."""
    if figure.value is None:
        values: tuple[float, ...] = (float(figure.low or 0), float(figure.high or 0))
    else:
        values = (float(figure.value),)
    units = {folded(figure.unit or "-")}
    if figure.currency:
        entry = read_rules("currencies").get(figure.currency, {})
        names = [figure.currency, *entry.get("symbols", []), *entry.get("words", [])]
        names = [name for name in [*names, _NAMES.get(figure.currency, "")] if name]
        units = {folded(name) for name in names}
        if figure.unit:
            units |= {folded(f"{name} per {figure.unit}") for name in names}
    if figure.kind == "age":
        units |= {"year of age", "year old"}
    if figure.kind == "multiple":
        units |= {"-", "time", "count", "half", "third", "quarter"}
    minor = figure.kind == "money" and _MINOR.search(figure.text) is not None
    return Found(values, frozenset(units), figure.change, figure.of or "", figure.text, minor)


def ours(texts: Sequence[str], engine: str) -> list[list[Found]]:
    """Return what textmine finds in each text."""
    miner = textmine.load(engine, taxonomies=[])
    return [
        [of_figure(f) for f in miner.annotate(text).figures if f.kind not in {"date", "rank"}]
        for text in texts
    ]


def of_quantulum(texts: Sequence[str], python: str) -> list[list[Found]]:
    """Return what quantulum3 finds: values and units; it tells no change and no concept."""
    asked = "\n".join(json.dumps(text) for text in texts)
    run = subprocess.run(
        [python, "-c", _QUANTULUM], input=asked, capture_output=True, text=True, check=True
    )
    return [
        [
            Found(
                (float(value),),
                frozenset({folded(unit.replace("dimensionless", "-"))}),
                "=",
                "",
                text,
            )
            for value, unit, text in json.loads(line)
        ]
        for line in run.stdout.splitlines()
    ]


def gold_value(text: str) -> tuple[float, ...] | None:
    """Return a gold value or the two ends of a range."""
    try:
        return tuple(float(part) for part in re.split(r"(?<=\d)-", text))
    except ValueError:
        return None


def same(one: tuple[float, ...], two: tuple[float, ...]) -> bool:
    """Say whether two values are equal."""
    return len(one) == len(two) and all(
        abs(a - b) <= 1e-3 * max(1.0, abs(b)) for a, b in zip(one, two, strict=True)
    )


def fits(found: Found, wanted: tuple[float, ...]) -> bool:
    """Say whether a quantity has a gold value; ours are in pounds where the gold's are in pence."""
    if found.minor and same(tuple(100 * value for value in found.values), wanted):
        return True
    return same(found.values, wanted)


def two_for_one(free: list[Found], wanted: tuple[float, ...]) -> list[Found]:
    """Return the two quantities that stand for one gold range: "from 12 to 9" of a thing that moved."""
    if len(wanted) != 2:
        return []
    ends = [next((f for f in free if same(f.values, (value,))), None) for value in wanted]
    return [f for f in ends if f is not None] if None not in ends else []


def checks(found: Found, row: dict[str, Any]) -> dict[str, bool]:
    """Say what of a quantity of the right value is right, too."""
    wanted = {folded(row["unit"]), folded(row["normalized_unit"])}
    words = set(re.findall(r"\w+", row["referred_concepts"].lower()))
    mine = set(re.findall(r"\w+", found.concept.lower()))
    return {
        "unit": bool(found.units & wanted),
        "change": found.change == row["change"],
        "concept": bool(words & mine) or (not words and not mine),
    }


def score(
    rows: list[dict[str, Any]], found: list[list[Found]], *, strict: bool, errors: bool
) -> dict[str, float]:
    """Return F1 of values and of values with unit, change and concept."""
    counts: Counter[str] = Counter()
    for row, mine in zip(rows, found, strict=True):
        counts["mine"] += len(mine)
        counts["gold"] += len(row["quantities"])
        free = list(mine)
        for wanted in row["quantities"]:
            value = gold_value(wanted["value"])
            hits = [f for f in free if value is not None and fits(f, value)]
            if not hits and value is not None and not strict and (pair := two_for_one(free, value)):
                free.remove(pair[1])
                counts["mine"] -= 1
                hits = pair[:1]
            if not hits:
                if errors:
                    print("MISSED", list(wanted.values()), "IN", row["text"][:200])
                continue
            best = max(hits, key=lambda f: sum(checks(f, wanted).values()))
            free.remove(best)
            counts["value"] += 1
            for name, ok in checks(best, wanted).items():
                counts[name] += ok
                if errors and not ok:
                    print(
                        name.upper(), list(wanted.values()), "FOUND", best, "IN", row["text"][:200]
                    )
        for extra in free:
            if errors:
                print("EXTRA", extra.text, "IN", row["text"][:160])
    total = max(1, counts["mine"] + counts["gold"])
    return {name: 2 * counts[name] / total for name in ("value", "unit", "change", "concept")}


def main() -> None:
    """Print a line a system."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "file", nargs="?", default="../shared/data/figures/newsquant-sample.jsonl.gz"
    )
    parser.add_argument("--engine", default=config.DEFAULT_ENGINE)
    parser.add_argument("--quantulum", metavar="PYTHON")
    parser.add_argument("--strict", action="store_true")
    parser.add_argument("--errors", action="store_true")
    args = parser.parse_args()
    opened = gzip.open if args.file.endswith(".gz") else open
    with opened(Path(args.file), "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    texts = [row["text"] for row in rows]
    systems = {f"textmine {args.engine}": ours(texts, args.engine)}
    if args.quantulum:
        systems["quantulum3"] = of_quantulum(texts, args.quantulum)
    for name, found in systems.items():
        scores = score(rows, found, strict=args.strict, errors=args.errors)
        print(f"{name:18}", "  ".join(f"{k} F1 {v:.3f}" for k, v in scores.items()))


if __name__ == "__main__":
    main()
