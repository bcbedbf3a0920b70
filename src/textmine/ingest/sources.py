"""What a user named on the command line, taken apart: files, folders, addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from textmine.errors import UsageError

TABLE_SUFFIXES = {".jsonl", ".ndjson", ".json", ".csv", ".tsv"}
SUFFIXES = {
    ".txt", ".text", ".md", ".markdown", ".html", ".htm", ".xhtml", ".pdf", ".docx", ".xml",
    ".rss", ".atom", *TABLE_SUFFIXES,
}  # fmt: skip


def is_url(source: str) -> bool:
    """Say whether a source is a web address rather than a path."""
    return source.lower().startswith(("http://", "https://"))


def expand(sources: Iterable[str]) -> list[str]:
    """List the files and addresses that ``sources`` name; folders are searched through.

    Files of a kind textmine does not read are left out of folders (a README among them), but not
    when named themselves. What does not exist, and a folder with nothing to read, is listed as it
    is: reading it fails with its reason and the others are done. Raises UsageError if *nothing*
    that was named can be read.
    """
    out: list[str] = []
    troubles: list[str] = []
    for source in sources:
        path = Path(source)
        if not is_url(source) and path.is_dir():
            found = sorted(str(file) for file in path.rglob("*") if _is_readable(file, path))
            out.extend(found or [source])
        else:
            out.append(source)
        trouble = source_trouble(out[-1])
        if trouble:
            troubles.append(trouble)
    out = list(dict.fromkeys(out))
    if troubles and len(troubles) == len(out):
        raise UsageError(troubles[0])
    return out


def _is_readable(file: Path, folder: Path) -> bool:
    return (
        file.is_file()
        and file.suffix.lower() in SUFFIXES
        and file.stem.lower() != "readme"
        and not any(part.startswith(".") for part in file.relative_to(folder).parts)
    )


def source_trouble(source: str) -> str | None:
    """Return why a source cannot even be opened, or None."""
    path = Path(source)
    if is_url(source) or path.is_file():
        return None
    if path.is_dir():
        return (
            f"folder {source} holds nothing to read: textmine reads {', '.join(sorted(SUFFIXES))}"
        )
    if re.match(r"(?:www\.|[\w-]+\.(?:com|org|net|gov|edu|co|io|news|info)\b)", source):
        return f"{source} does not exist as a file: for a web address write https://{source}"
    return f"{source} does not exist: give a file, a folder or an http(s) address"
