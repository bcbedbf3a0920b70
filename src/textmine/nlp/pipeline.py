"""The spaCy pipelines in the box, and any other that a user names."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import spacy
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.util import filter_spans, is_package, registry
from thinc.api import NumpyOps, get_current_ops, set_current_ops

from textmine import config
from textmine.errors import ModelError
from textmine.nlp.claim_tags import make_claims
from textmine.nlp.encoder import make_encoder, make_names, token_vectors
from textmine.nlp.names import LABEL_MAP
from textmine.nlp.wordpiece import WINDOW
from textmine.records import ENTITY_LABELS

#: Shortened titles that the tokenizer parts from their stop.
_RANKS = frozenset(
    {"Lt", "Col", "Maj", "Sgt", "Capt", "Adm", "Rev", "Gen", "Sen", "Rep", "Gov", "Prof"}
)
_TITLES = {"Mr.", "Mrs.", "Ms.", "Dr.", "Prof.", "St.", "Gen.", "Sen.", "Rep.", "Gov.", "vs.", "No.",
           "approx."}  # fmt: skip


def paragraph_starts(doc: Doc) -> Doc:
    """Say where a sentence must begin and where it cannot; between these the parser decides.

    One begins after a line break, and with a capital letter or an opening mark after a full stop that
    ends no abbreviation. Elsewhere than after a stop, with the quotation marks and brackets that
    close on it, none begins; nor does one with a small letter or a closing mark.
    """
    open_quote = False
    ended = sure = False
    words = [token.text for token in doc]
    starts = np.zeros(len(words), dtype="int64")
    for n, text in enumerate(words):
        is_space = text.isspace()
        closes = text in {"”", "’", ")", "]", "»", "''"} or (text == '"' and open_quote)
        if n:
            if "\n" in words[n - 1] and not is_space:
                starts[n] = 1
            elif not ended or closes or is_space or text[:1].islower():
                starts[n] = -1
            elif sure and (text[:1].isupper() or text in _OPENING):
                starts[n] = 1
        if text == '"':
            open_quote = not open_quote
        if "\n" in text:
            open_quote, ended, sure = False, True, True
        elif text == "." and n and words[n - 1] in _RANKS:
            ended = False  # "Lt. Gen. Ana Prado"
        elif text.endswith((".", "!", "?", "…")) and text not in _TITLES:
            ended = True
            sure = text in {".", "!", "?"} and not _is_initial(words, n - 1)
        elif not (closes and ended) and not is_space:
            ended = False
    # All at once: spaCy looks through the whole Doc each time a token is told that it starts a sentence.
    column: Any = starts.astype("uint64")[:, None]
    return doc.from_array(["SENT_START"], column)


_OPENING = frozenset({"“", '"', "‘", "«", "„"})


def _is_initial(words: Sequence[str], place: int) -> bool:
    """Say whether the token before a full stop may be shortened by it: "J", "U.S", "No"."""
    if place < 0:
        return False
    text = words[place]
    return f"{text}." in _TITLES or (len(text) == 1 and text.isupper()) or "." in text


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
        Language.factory("textmine_borrowed_names", func=make_borrowed, assigns=["doc.ents"])
        Language.factory(
            "textmine_names", func=make_names, requires=["doc.tensor"], assigns=["doc.ents"]
        )
        registry.architectures("textmine.TokenVectors.v1", func=token_vectors)
        Language.factory("textmine_claims", func=make_claims, requires=["doc.tensor"])
    if not Doc.has_extension("claim_tags"):
        Doc.set_extension("claim_tags", default=None)
    if not Span.has_extension("kind_scores"):
        Span.set_extension("kind_scores", default=None)


def assemble(syntax: Path, entities: Path, *, number: str) -> Language:
    """Join a trained syntax pipeline and a trained recogniser (same vectors) into one."""
    register()
    nlp = spacy.load(syntax)
    recogniser = spacy.load(entities)
    nlp.add_pipe("ner", source=recogniser)
    nlp.add_pipe("textmine_paragraphs", before="parser")
    nlp.meta |= {"name": "fast", "version": number, "lang": "en"}
    return nlp


@dataclass(frozen=True, slots=True)
class Engine:
    """A pipeline ready to use: ``host`` is the one in the box that gives syntax and vectors.

    ``labels`` brings the labels of its names to ours; None for what is no entity.
    """

    nlp: Language
    name: str
    host: str
    labels: Mapping[str, str | None]


def load_engine(engine: str) -> Engine:
    """Load a pipeline in the box, or take the names of any other spaCy pipeline.

    A pipeline from elsewhere gives the names alone: syntax and vectors come from the one in the
    box, which the rules are written for. Labels that textmine does not know are brought to ours
    by ``{"textmine": {"labels": {"FIRM": "COMPANY", "CITY": null}}}`` in the pipeline's meta.json.

    Raises ModelError if there is none of that name, if nothing in it finds names, or for a label
    that no map explains.
    """
    register()
    nlp = load_pipeline(engine)
    if "textmine_paragraphs" in nlp.pipe_names:
        host = engine if (config.models_folder() / engine).is_dir() else str(nlp.meta["name"])
        return Engine(nlp, pipeline_name(nlp), host, _label_map(nlp, engine))
    if not any("doc.ents" in nlp.get_pipe_meta(name).assigns for name in nlp.pipe_names):
        raise ModelError(
            f"pipeline {engine!r} finds no names (its parts: {', '.join(nlp.pipe_names) or 'none'}): "
            "choose one with an entity recogniser"
        )
    box = load_pipeline(config.DEFAULT_ENGINE)
    box.remove_pipe("ner")
    borrowed = box.add_pipe("textmine_borrowed_names", last=True)
    assert isinstance(borrowed, BorrowedNames)
    borrowed.source = nlp
    name = f"{pipeline_name(nlp)}+{pipeline_name(box)}"
    return Engine(box, name, config.DEFAULT_ENGINE, _label_map(nlp, engine))


def _label_map(nlp: Language, engine: str) -> Mapping[str, str | None]:
    given = nlp.meta.get("textmine", {}).get("labels", {})
    wrong = sorted(
        f"{k}: {v}" for k, v in given.items() if v not in {None, "MISC", "ORG", *ENTITY_LABELS}
    )
    if wrong:
        raise ModelError(
            f"pipeline {engine!r} maps labels to none of ours ({', '.join(wrong)}): use "
            f"{', '.join(ENTITY_LABELS)} or null in its meta.json"
        )
    labels = {**LABEL_MAP, **given}
    found = {label for name, pipe_labels in nlp.pipe_labels.items()
             if "doc.ents" in nlp.get_pipe_meta(name).assigns for label in pipe_labels}  # fmt: skip
    unknown = sorted(found - set(labels))
    if unknown:
        raise ModelError(
            f"pipeline {engine!r} has labels that textmine does not know ({', '.join(unknown)}): say in "
            f'its meta.json what they are, as {{"textmine": {{"labels": {{"{unknown[0]}": "COMPANY"}}}}}} '
            f"(one of {', '.join(ENTITY_LABELS)}, or null)"
        )
    return labels


class BorrowedNames:
    """Sets ``doc.ents`` to the names that another pipeline finds in the same text."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.source: Language | None = None

    def __call__(self, doc: Doc) -> Doc:
        """Take the other pipeline's names, widened to this one's tokens."""
        assert self.source is not None
        self.source.max_length = max(self.source.max_length, len(doc.text) + 1)
        spans = [
            doc.char_span(ent.start_char, ent.end_char, label=ent.label_, alignment_mode="expand")
            for ent in self.source(doc.text).ents
        ]
        doc.ents = filter_spans([span for span in spans if span is not None])
        return doc


def make_borrowed(nlp: Language, name: str) -> BorrowedNames:
    """Make the component; spaCy calls this."""
    return BorrowedNames(name)


def _use_fast_products() -> None:
    """Let Thinc multiply with NumPy's OpenBLAS instead of BLIS: 9,700 words a second to 5,700 in `fast`."""
    if isinstance(get_current_ops(), NumpyOps):
        set_current_ops(NumpyOps(use_blis=False))


def load_pipeline(engine: str) -> Language:
    """Load a pipeline in the box, an installed spaCy package or a folder, as it is.

    Raises ModelError if there is none of that name, or if it cannot be loaded.
    """
    register()
    _use_fast_products()
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
        return spacy.load(path)
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(
            f"pipeline {engine!r} cannot be loaded ({str(error).splitlines()[0]}): it may be damaged or made "
            f"for another spaCy than {version('spacy')}"
        ) from error


def join_docs(parts: Sequence[Doc]) -> Doc:
    """Join the Docs of a text read in pieces, with what our components left in them."""
    if len(parts) == 1:
        return parts[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # W101: the extensions are joined below
        doc = Doc.from_docs(list(parts), ensure_whitespace=False)
    tags = [part._.claim_tags for part in parts]
    if all(found is not None for found in tags):
        doc._.claim_tags = [tag for found in tags for tag in found]
    for ent, scores in zip(doc.ents, (e._.kind_scores for p in parts for e in p.ents), strict=True):
        ent._.kind_scores = scores
    return doc


def pipeline_name(nlp: Language) -> str:
    """Return name and version, as records carry them."""
    return f"{nlp.meta.get('name', 'pipeline')}-{nlp.meta.get('version', '0')}"
