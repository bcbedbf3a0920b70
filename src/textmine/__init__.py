"""textmine: news articles in, reviewed facts out.

``read`` an article, ``load`` the models, ``annotate`` it; ``open`` a store. Heavy imports wait
until a name is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["load", "open", "read", "read_all"]

if TYPE_CHECKING:
    from textmine.ingest.reader import read, read_all
    from textmine.steps import load
    from textmine.store.database import open_existing as open

_WHERE = {
    "read": ("textmine.ingest.reader", "read"),
    "read_all": ("textmine.ingest.reader", "read_all"),
    "load": ("textmine.steps", "load"),
    "open": ("textmine.store.database", "open_existing"),
}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'textmine' has no attribute {name!r}")
    from importlib import import_module

    module, attribute = _WHERE[name]
    return getattr(import_module(module), attribute)
