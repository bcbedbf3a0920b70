"""What is installed, what is missing, how to mend it."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from textmine import config
from textmine.errors import TextmineError

#: Packages with the versions that were found to work together; None for any.
_PACKAGES: dict[str, str | None] = {
    "spacy": "3.8.", "scikit-learn": None, "pandas": None, "prefect": "3.8.", "typer": None,
    "sqlalchemy": "2.0.", "fastapi": None, "trafilatura": None, "onnxruntime": None, "pypdf": None, "python-docx": None,
}  # fmt: skip
_LEAST_FREE = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at."""

    what: str
    ok: bool
    detail: str


def checks() -> Iterator[Check]:
    """Yield every check, cheapest first."""
    found = sys.version_info[:2]
    yield Check(
        "Python", (3, 11) <= found <= (3, 13), f"{platform.python_version()} (3.11 to 3.13 work)"
    )
    for name, wanted in _PACKAGES.items():
        try:
            have = version(name)
        except PackageNotFoundError:
            yield Check(name, False, "not installed: run `make install` or `pip install textmine`")
            continue
        fits = wanted is None or have.startswith(wanted)
        yield Check(
            name, fits, have if fits else f"{have}, but {wanted}* is needed: run `make install`"
        )
    yield from _models()
    yield from _places()


def _models() -> Iterator[Check]:
    from textmine.steps import check_models, load

    whole = True
    for name, path, there in check_models():
        whole = whole and there
        yield Check(name, there, str(path) if there else f"{path} is missing: install again")
    if whole:
        try:
            result = load().annotate("Kova Foods raised $2 million in Lagos, said Tunde Bello.")
            works = bool(result.mentions and result.figures)
            yield Check("extraction", works, "works" if works else "finds nothing: install again")
        except TextmineError as error:
            yield Check("extraction", False, str(error))


def _places() -> Iterator[Check]:
    from textmine.flows import load_flow_module

    free = shutil.disk_usage(Path.cwd()).free
    yield Check("disk", free > _LEAST_FREE, f"{free / 1e9:.1f} GB free here")
    url = config.default_database()
    path = Path(url.removeprefix("sqlite:///"))
    yield Check("store", True, f"{url} ({'exists' if path.is_file() else 'made at the first run'})")
    server = load_flow_module("server").running_url()
    yield Check("Prefect server", True, server or "not running (`textmine server start` keeps one)")
