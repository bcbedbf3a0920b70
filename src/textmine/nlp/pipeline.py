"""The spaCy pipelines in the box, and any other that a user names."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import spacy
from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import is_package

from textmine import config
from textmine.errors import ModelError
from textmine.nlp.encoder import make_encoder, make_names, token_vectors
from textmine.nlp.wordpiece import WINDOW

_TITLES = {
    "Mr.",
    "Mrs.",
    "Ms.",
    "Dr.",
    "Prof.",
    "St.",
    "Gen.",
    "Sen.",
    "Rep.",
    "Gov.",
    "vs.",
    "No.",
    "approx.",
}


def paragraph_starts(doc: Doc) -> Doc:
    """Say where a sentence must begin (after a line break) and where it cannot.

    Elsewhere than after a stop, with the quotation marks and brackets that close on it, none
    begins; nor does one with a small letter or a closing mark. Between these the parser decides.
    """
    open_quote = False
    ended = False
    for token in doc:
        text = token.text
        closes = text in {"”", "’", ")", "]", "»", "''"} or (text == '"' and open_quote)
        if token.i:
            if "\n" in doc[token.i - 1].text and not token.is_space:
                token.is_sent_start = True
            elif not ended or closes or token.is_space or text[:1].islower():
                token.is_sent_start = False
        if text == '"':
            open_quote = not open_quote
        if "\n" in text:
            open_quote, ended = False, True
        elif text.endswith((".", "!", "?", "…")) and text not in _TITLES:
            ended = True
        elif not (closes and ended) and not token.is_space:
            ended = False
    return doc


def register() -> None:
    """Register textmine's components with spaCy. Called before any pipeline is loaded."""
    if not Language.has_factory("textmine_paragraphs"):
        Language.component(
            "textmine_paragraphs", func=paragraph_starts, assigns=["token.is_sent_start"]
        )
        Language.factory(
            "textmine_encoder",
            func=make_encoder,
            assigns=["doc.tensor"],
            default_config={"window": WINDOW, "margin": 0, "threads": 0, "cache": False},
        )
        Language.factory(
            "textmine_names", func=make_names, requires=["doc.tensor"], assigns=["doc.ents"]
        )
        spacy.registry.architectures("textmine.TokenVectors.v1", func=token_vectors)


def assemble(syntax: Path, entities: Path, *, number: str) -> Language:
    """Join a trained syntax pipeline and a trained recogniser (same vectors) into one."""
    register()
    nlp = spacy.load(syntax)
    recogniser = spacy.load(entities)
    nlp.add_pipe("ner", source=recogniser)
    nlp.add_pipe("textmine_paragraphs", before="parser")
    nlp.meta |= {"name": "fast", "version": number, "lang": "en"}
    return nlp


def load_pipeline(engine: str) -> Language:
    """Load ``fast``, an installed spaCy package or a folder.

    Raises ModelError if there is none of that name, or if it has no entity recogniser or no parser.
    """
    register()
    inbox = config.models_folder() / engine
    if (inbox / "config.cfg").is_file():
        path: Path | str = inbox
    elif Path(engine).is_dir() or is_package(engine):
        path = engine
    else:
        known = ", ".join(
            sorted(p.parent.name for p in config.models_folder().glob("*/config.cfg"))
        )
        raise ModelError(
            f"no pipeline {engine!r}: name one in the box ({known}), an installed spaCy package or a folder"
        )
    try:
        nlp = spacy.load(path)
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(
            f"pipeline {engine!r} cannot be loaded ({str(error).splitlines()[0]}): it may be damaged or made "
            f"for another spaCy than {version('spacy')}"
        ) from error
    missing = {"ner", "parser"} - set(nlp.pipe_names)
    if missing:
        raise ModelError(
            f"pipeline {engine!r} has no {' and no '.join(sorted(missing))}: choose one that has both"
        )
    if "textmine_paragraphs" not in nlp.pipe_names:
        nlp.add_pipe("textmine_paragraphs", before="parser")
    return nlp


def pipeline_name(nlp: Language) -> str:
    """Return name and version, as records carry them."""
    return f"{nlp.meta.get('name', 'pipeline')}-{nlp.meta.get('version', '0')}"


def write_card(folder: Path, card: dict[str, Any], text: str) -> None:
    """Write a model's card: ``README.md`` for people, ``scores.json`` for programs."""
    (folder / "README.md").write_text(text, encoding="utf-8")
    (folder / "scores.json").write_text(json.dumps(card, indent=1, sort_keys=True) + "\n")
