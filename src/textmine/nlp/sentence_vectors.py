"""A vector for each sentence: what classifiers of statements read besides its words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc, Span


class SentenceVectors:
    """Turns sentences into vectors of ``width`` numbers.

    With an encoder in the pipeline: the mean of its token vectors, so that a sentence within an
    article is read with what stands around it. Else mean, greatest and least of the static vectors
    of the content words; one zero for a pipeline that has none.
    """

    def __init__(self, nlp: Language) -> None:
        self._nlp = nlp
        self._encode = (
            nlp.get_pipe("textmine_encoder") if "textmine_encoder" in nlp.pipe_names else None
        )
        self._stop = nlp.Defaults.stop_words

    def words_of(self, span: Span) -> tuple[tuple[str, ...], np.ndarray[Any, Any]] | None:
        """Return a sentence's words and their vectors, or None for a pipeline without an encoder."""
        if self._encode is None:
            return None
        kept = [token.i for token in span if not token.is_space] or [span.start]
        words = tuple(span.doc[n].text for n in kept)
        return words, np.asarray(span.doc.tensor[kept], dtype="float32")

    def of_span(self, span: Span) -> np.ndarray[Any, Any]:
        """Return the vector of a sentence of an annotated Doc."""
        words = self.words_of(span)
        if words is not None:
            return np.asarray(words[1].mean(0), dtype="float32")
        width = max(1, self._nlp.vocab.vectors_length)
        content = [
            np.asarray(token.vector)
            for token in span
            if token.is_alpha and token.has_vector and token.lower_ not in self._stop
        ]
        if not content:
            return np.zeros(3 * width, dtype="float32")
        table = np.stack(content)
        return np.concatenate([table.mean(0), table.max(0), table.min(0)]).astype("float32")

    def spans_of(self, texts: Sequence[str]) -> list[Span]:
        """Return a span for each text, read by itself."""
        return [self._read(text)[:] for text in texts]

    def of_texts(self, sentences: Sequence[str]) -> np.ndarray[Any, Any]:
        """Return (sentences, width): each sentence read by itself."""
        return np.stack([self.of_span(span) for span in self.spans_of(sentences)])

    def _read(self, text: str) -> Doc:
        doc = self._nlp.make_doc(text or " ")
        return self._encode(doc) if self._encode is not None else doc
