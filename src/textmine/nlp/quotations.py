"""Quotation marks in a text: which open, which close, and what stands between them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PAIRS = {"“": "”", "«": "»", "„": "“"}


@dataclass(frozen=True, slots=True)
class Quotation:
    """A quotation from its opening mark to just after its closing one; ``open_end`` if unclosed.

    A speech of several paragraphs opens each anew and closes only the last: its parts are
    separate quotations, all but the last ``open_end``.
    """

    start: int
    end: int
    open_end: bool = False

    def inner(self, text: str) -> str:
        """Return the words between the marks."""
        return text[self.start : self.end].strip("\"“”‘’'`«»„")


def find_quotations(text: str) -> list[Quotation]:
    """Find double quotations, and single ones where the text uses no double marks.

    An unclosed mark ends at its paragraph's end.
    """
    single = text.count("‘") > 2 and not re.search(r"[“\"]", text)
    out: list[Quotation] = []
    for paragraph in re.finditer(r"[^\n]+", text):
        found = _in_paragraph(paragraph.group(), paragraph.start(), single=single, nested=True)
        if found and found[-1].open_end:  # a mark was not closed: no marks within marks
            found = _in_paragraph(paragraph.group(), paragraph.start(), single=single, nested=False)
        out.extend(found)
    return out


def _in_paragraph(text: str, offset: int, *, single: bool, nested: bool) -> list[Quotation]:
    out: list[Quotation] = []
    opened: int | None = None
    closer, depth, is_inner = "", 0, False
    for n, mark in enumerate(text):
        if opened is None:
            if out and n < out[-1].end - offset:
                continue
            if mark in _PAIRS or (single and mark == "‘"):
                opened, closer = n, _PAIRS.get(mark, "’")
            elif mark == "”" and not text[:n].strip() and text[n + 1 : n + 2].isalnum():
                opened, closer = n, "”"  # a paragraph that opens with the wrong mark
            elif mark == '"' and (n == 0 or not text[n - 1].isalnum()):
                opened, closer = n, '"'
            elif text.startswith(("''", "``"), n) and (n == 0 or not text[n - 1].isalnum()):
                opened, closer = n, "''"
        elif closer == "''":
            # Two apostrophes for a mark, as old wire services set them.
            if n > opened + 2 and text.startswith("''", n):
                size = 3 if text.startswith("''", n + 1) else 2  # one quotation ends within another
                out.append(Quotation(offset + opened, offset + n + size))
                opened = None
        elif nested and mark == "“" and closer == "”" and text[n - 1].isspace():
            depth += 1
        elif mark == closer and depth:
            depth -= 1
        elif closer == "”" and mark == '"' and (is_inner or not _closes(text, n)):
            is_inner = not is_inner  # a word in straight marks within curly ones
        elif closer == '"' and mark == "“":
            is_inner = True
        elif closer == '"' and mark == "”" and is_inner:
            is_inner = False
        elif mark == closer or (closer in {"”", '"'} and mark in '“”"' and _closes(text, n)):
            follows = text[n + 1 : n + 2]
            if closer == "’" and follows.isalpha():
                continue
            out.append(Quotation(offset + opened, offset + n + 1))
            opened, is_inner = None, False
    if opened is not None and len(text) - opened > 20:
        out.append(Quotation(offset + opened, offset + len(text.rstrip()), open_end=True))
    return out


def _closes(text: str, place: int) -> bool:
    """Say whether a mark of the other sort stands where one closes: after a word or stop, before none."""
    return not text[place - 1].isspace() and not text[place + 1 : place + 2].isalnum()
