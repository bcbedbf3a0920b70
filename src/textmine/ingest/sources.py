"""What a user named on the command line, taken apart: files, folders, addresses."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from textmine.errors import UsageError

TABLE_SUFFIXES = {".jsonl", ".ndjson", ".csv", ".tsv"}
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
    when named themselves. Raises UsageError for a path that does not exist or an empty folder.
    """
    out: list[str] = []
    for source in sources:
        path = Path(source)
        if is_url(source):
            out.append(source)
        elif path.is_dir():
            found = sorted(
                str(file)
                for file in path.rglob("*")
                if file.is_file()
                and file.suffix.lower() in SUFFIXES
                and file.stem.lower() != "readme"
                and not any(part.startswith(".") for part in file.relative_to(path).parts)
            )
            if not found:
                raise UsageError(
                    f"folder {source} holds nothing to read: textmine reads "
                    f"{', '.join(sorted(SUFFIXES))}"
                )
            out.extend(found)
        elif path.exists():
            out.append(source)
        else:
            raise UsageError(
                f"{source} does not exist: give a file, a folder or an http(s) address"
            )
    return list(dict.fromkeys(out))
