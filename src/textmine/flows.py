"""Find and load the Prefect flows in ``pipelines/``: in the checkout or inside the package."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

from textmine.config import resource_folder


def load_flow_module(name: str) -> ModuleType:
    """Import ``pipelines/NAME.py``. Prefect is imported here and nowhere else in textmine."""
    folder = str(resource_folder("pipelines"))
    if folder not in sys.path:
        sys.path.insert(0, folder)
    return importlib.import_module(name)
