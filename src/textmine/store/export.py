"""Write a store's records to JSON lines, CSV, Parquet or Excel."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from textmine.errors import StoreError, UsageError
from textmine.records import RECORD_TYPES, field_names
from textmine.store.database import Store

FORMATS = ("jsonl", "csv", "parquet", "xlsx")
#: Excel's limits: rows on a sheet, characters in a cell.
_EXCEL_ROWS, _EXCEL_CHARS = 1_048_575, 32_767


def export(store: Store, folder: Path, *, format: str = "jsonl") -> list[Path]:
    """Write one file per record kind (Excel: one workbook) into ``folder``; return their paths.

    Each file appears whole or not at all. Raises StoreError if the folder cannot be written.
    """
    if format not in FORMATS:
        raise UsageError(f"no export format {format!r}: choose one of {', '.join(FORMATS)}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if format == "xlsx":
            path = folder / "textmine.xlsx"
            _whole(path, lambda temporary: _write_excel(store, temporary))
            return [path]
        out = []
        for kind in RECORD_TYPES:
            path = folder / f"{kind}.{format}"
            rows = store.rows(kind)
            _whole(path, _writer(kind, rows, format))
            out.append(path)
        return out
    except OSError as error:
        raise StoreError(
            f"cannot write to {folder} ({error.strerror or error}): give a folder you may write to"
        ) from error


def _whole(path: Path, write: Callable[[Path], None]) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        write(temporary)
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _writer(kind: str, rows: list[dict[str, Any]], format: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        if format == "jsonl":
            with path.open("w", encoding="utf-8") as lines:
                for row in rows:
                    lines.write(json.dumps(row, ensure_ascii=False) + "\n")
            return
        frame = _frame(kind, rows, text_lists=format == "csv")
        if format == "csv":
            # Excel reads UTF-8 only with its byte-order mark.
            frame.to_csv(path, index=False, encoding="utf-8-sig")
        else:
            frame.to_parquet(path, index=False)

    return write


def _frame(kind: str, rows: list[dict[str, Any]], *, text_lists: bool) -> Any:
    """Return a DataFrame; nested values become JSON text, number-or-date columns text."""
    import pandas as pd

    def flat(value: Any, column: str) -> Any:
        if isinstance(value, dict) or (text_lists and isinstance(value, list)):
            if isinstance(value, list) and all(isinstance(item, str) for item in value):
                return "; ".join(value)
            return json.dumps(value, ensure_ascii=False)
        if kind == "figures" and column in {"value", "low", "high"} and value is not None:
            return f"{value:.15g}" if isinstance(value, float | int) else value
        return value

    columns = field_names(RECORD_TYPES[kind])
    table = [[flat(row.get(column), column) for column in columns] for row in rows]
    return pd.DataFrame(table, columns=columns)


def _write_excel(store: Store, path: Path) -> None:
    import pandas as pd

    with pd.ExcelWriter(path, engine="openpyxl") as book:
        for kind in RECORD_TYPES:
            rows = store.rows(kind)
            if len(rows) > _EXCEL_ROWS:
                raise UsageError(
                    f"{len(rows)} {kind} are more than an Excel sheet holds ({_EXCEL_ROWS}): "
                    "export as csv or parquet"
                )
            frame = _frame(kind, rows, text_lists=True)
            frame.map(_cell).to_excel(book, sheet_name=kind, index=False, freeze_panes=(1, 0))


def _cell(value: Any) -> Any:
    """Make a value safe for a cell: no control characters, no formula, not too long."""
    if not isinstance(value, str):
        return value
    value = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", value)
    if len(value) > _EXCEL_CHARS:
        value = value[: _EXCEL_CHARS - 40] + " … [cut: see the JSONL export]"
    return f"'{value}" if value.startswith(("=", "+", "@")) else value
