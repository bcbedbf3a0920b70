"""Bytes to text: byte-order marks, declared encodings, detection; binary input is refused."""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

from textmine.errors import SourceError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_.:-]+)""")
#: Detection reads this much: enough for any article, and a 200 MB table must not take minutes.
_SAMPLE = 200_000


def looks_binary(content: bytes) -> bool:
    """Say whether the bytes are no text at all: NULs or many control characters early on."""
    head = content[:8192]
    if head.startswith(tuple(mark for mark, _ in _MARKS)):
        return False
    controls = sum(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in head)
    return b"\x00" in head or controls > 0.02 * max(1, len(head))


def decode(content: bytes, *, declared: str | None = None, name: str = "input") -> str:
    """Decode ``content``; ``declared`` is the encoding of the HTTP header, if any.

    Raises SourceError for binary content.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding, errors="replace").lstrip("\ufeff")
    if looks_binary(content):
        raise SourceError(
            f"{name} is not text (it holds binary data): give a text or document file"
        )
    found = _DECLARED.search(content[:2048])
    named = found.group(1).decode("ascii") if found else None
    for candidate in ("utf-8", declared, named):
        try:
            if candidate:
                return content.decode(candidate)
        except (UnicodeDecodeError, LookupError):
            continue
    return content.decode(_detected(content[:_SAMPLE]), errors="replace")


def _detected(sample: bytes) -> str:
    """Return the likeliest encoding of bytes that are not UTF-8 and declare nothing.

    A few accented letters in English text do not tell one single-byte code from another, and
    detection then guessed Central European for "São Tomé": Western is taken below 3%.
    """
    best = from_bytes(sample).best()
    accented = sum(byte > 127 for byte in sample) / max(1, len(sample))
    single_byte = best is None or best.encoding.startswith(("cp125", "iso8859", "latin", "mac"))
    if best is None or (single_byte and accented < 0.03):
        return "cp1252"
    return str(best.encoding)
