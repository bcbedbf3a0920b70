"""The words and lists of the rules, kept as YAML files in ``rules/``."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import yaml


@cache
def read_rules(name: str) -> Any:
    """Return ``rules/NAME.yaml``, read once; callers do not change it."""
    source = files("textmine.nlp") / "rules" / f"{name}.yaml"
    return yaml.safe_load(source.read_text(encoding="utf-8"))
