"""Where things are, and the limits of a run. Nothing here is imported at a high price."""

from __future__ import annotations

import os
from pathlib import Path

from textmine.errors import ModelError, UsageError

#: An article longer than this is refused: a 10 MB text is some 1.6 million words, no article.
MAX_ARTICLE_CHARS = 10_000_000
#: A file or download larger than this is refused before it is read (tables may hold many articles).
MAX_INPUT_BYTES = 200_000_000
#: A single web page or feed larger than this is refused.
MAX_DOWNLOAD_BYTES = 30_000_000
FETCH_TIMEOUT_SECONDS = 30.0
DEFAULT_ENGINE = "accurate"
DEFAULT_TAXONOMY = "innovation-driver"


def resource_folder(name: str) -> Path:
    """Return ``models``, ``pipelines`` or ``corpora``: inside the installed package or the checkout."""
    package = Path(__file__).resolve().parent
    for root in (package, package.parents[1]):
        if (root / name).is_dir():
            return root / name
    raise ModelError(
        f"the folder {name!r} that comes with textmine is missing beside {package}: install again"
    )


def models_folder() -> Path:
    """Return the folder of the models in the box."""
    return resource_folder("models")


def taxonomy_path(name: str) -> Path:
    """Return the file of a taxonomy given by path, or by name if it is one of those in the box."""
    given = Path(name)
    if given.suffix in {".yaml", ".yml"}:
        if not given.is_file():
            raise UsageError(f"taxonomy file {name} does not exist: check the path")
        return given
    folder = resource_folder("corpora") / "taxonomies"
    inbox = folder / f"{name}.yaml"
    if not inbox.is_file():
        known = ", ".join(sorted(path.stem for path in folder.glob("*.yaml")))
        raise UsageError(f"no taxonomy named {name!r}: give a .yaml file or one of {known}")
    return inbox


def state_folder() -> Path:
    """Return the folder for server state and schedules: ``$TEXTMINE_HOME`` or ``./.textmine``."""
    return Path(os.environ.get("TEXTMINE_HOME", ".textmine")).resolve()


def learned_folder(taxonomy: str) -> Path:
    """Return the folder of what was learned from decisions under a taxonomy, version by version."""
    return state_folder() / "taxonomies" / taxonomy


def default_database() -> str:
    """Return the store's URL when none is given: ``$TEXTMINE_DB`` or ``./textmine.db``."""
    return os.environ.get("TEXTMINE_DB", "sqlite:///textmine.db")
