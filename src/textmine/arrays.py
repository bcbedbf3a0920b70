"""Read the arrays that a classifier is saved as: plain numbers, no pickle."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from textmine.errors import ModelError


def read_arrays(
    path: Path, *names: str, mend: str = "install again"
) -> dict[str, np.ndarray[Any, Any]]:
    """Read a classifier's arrays; ``names`` must be among them. ``mend``: what the user can do otherwise.

    Raises ModelError for a missing or damaged file.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return dict(arrays) | {name: arrays[name] for name in names}
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise ModelError(f"the classifier {path} cannot be read ({error}): {mend}") from error
