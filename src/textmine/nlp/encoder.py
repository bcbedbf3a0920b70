"""The encoder of the ``accurate`` pipeline as spaCy components: vectors, and names from them.

``textmine_encoder`` runs a small transformer with ONNX Runtime and leaves one vector a token in
``doc.tensor``; ``textmine_names`` reads the names off these vectors; spaCy's own tagger, parser and
lemmatiser stand on them through the layer ``textmine.TokenVectors.v1``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from spacy.language import Language
from spacy.scorer import get_ner_prf
from spacy.tokens import Doc, Span
from spacy.training import Example
from thinc.api import Model

from textmine.errors import ModelError
from textmine.nlp.wordpiece import CLS, SEP, WordPieces, windows

#: Numbers in a token's vector.
WIDTH = 384
_MODEL_FILE, _VOCABULARY_FILE = "encoder.onnx", "vocab.txt"


class EncoderComponent:
    """Leaves a (tokens, 384) array in ``doc.tensor``.

    Each window of a text is read by itself: the encoder's numbers are rounded by the largest one of a
    batch, so that a text read beside others would come out differently.
    """

    def __init__(self, name: str, *, window: int, margin: int, threads: int, cache: bool) -> None:
        self.name = name
        self.window, self.margin, self.threads = window, margin, threads
        self._session: Any = None
        self._pieces: WordPieces | None = None
        self._cache: dict[str, np.ndarray[Any, Any]] | None = {} if cache else None

    def __call__(self, doc: Doc) -> Doc:
        """Encode one Doc."""
        if self._cache is None:
            doc.tensor = self.vectors(doc)
            return doc
        key = "\u0001".join(token.text for token in doc)
        if key not in self._cache:
            self._cache[key] = self.vectors(doc).astype("float16")
        doc.tensor = self._cache[key].astype("float32")
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 32) -> Iterator[Doc]:
        """Encode a stream of Docs, in order."""
        for doc in stream:
            yield self(doc)

    def vectors(self, doc: Doc) -> np.ndarray[Any, Any]:
        """Return (tokens, width): the mean of the last states of each token's pieces."""
        if self._session is None or self._pieces is None:
            raise ModelError("the encoder has no weights: load the pipeline from its folder")
        out = np.zeros((len(doc), WIDTH), dtype="float32")
        words = [token.text for token in doc]
        pieces = self._pieces(words)
        for start, end, keep, keep_end in windows(
            words, pieces.first, size=self.window, margin=self.margin
        ):
            first = pieces.first[start : end + 1]
            ids = pieces.ids[first[0] : first[-1]]
            shapes = pieces.shapes[first[0] : first[-1]]
            (states,) = self._session.run(
                None,
                {
                    "ids": np.concatenate([[CLS], ids, [SEP]])[None],
                    "shapes": np.concatenate([[0], shapes, [0]])[None],
                },
            )
            sums = np.add.reduceat(states[0, 1:-1], first[:-1] - first[0], axis=0)
            means = sums / np.diff(first)[:, None]
            out[keep:keep_end] = means[keep - start : keep_end - start]
        return out

    def load(self, folder: Path) -> None:
        """Read weights and vocabulary. Raises ModelError if they are missing or damaged."""
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                str(folder / _MODEL_FILE), options, providers=["CPUExecutionProvider"]
            )
            self._pieces = WordPieces(folder / _VOCABULARY_FILE)
        except Exception as error:  # ONNX Runtime raises types of its own
            raise ModelError(f"the encoder in {folder} cannot be read: install again") from error
        self._folder = folder

    def to_disk(self, path: Path | str, *, exclude: Iterable[str] = ()) -> None:
        """Write weights and vocabulary into the folder ``path``."""
        target = Path(path)
        target.mkdir(parents=True, exist_ok=True)
        if self._session is not None:
            for name in (_MODEL_FILE, _VOCABULARY_FILE):
                (target / name).write_bytes((self._folder / name).read_bytes())

    def from_disk(self, path: Path | str, *, exclude: Iterable[str] = ()) -> EncoderComponent:
        """Read what :meth:`to_disk` wrote."""
        self.load(Path(path))
        return self


class NameComponent:
    """Sets ``doc.ents`` from ``doc.tensor``: a linear layer and the best path through a chain of tags.

    Each name bears ``ent._.kind_scores``: log-probabilities of what it is (kinds of organisations,
    event, work, law ...), told from its words in their context.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._arrays: dict[str, np.ndarray[Any, Any]] = {}
        self._tags: list[str] = []
        self._kinds: list[str] = []

    def __call__(self, doc: Doc) -> Doc:
        """Find the names of one encoded Doc."""
        if not self._arrays:
            raise ModelError("the name finder has no weights: load the pipeline from its folder")
        if not len(doc):
            return doc
        scores = doc.tensor @ self._arrays["weight"] + self._arrays["bias"]
        path = best_path(scores, self._arrays["moves"])
        doc.ents = [
            Span(doc, start, end, label=label)
            for start, end, label in sorted(spans_of(self._tags[n] for n in path))
            if not doc[start:end].text.isspace()
        ]
        for ent in doc.ents:
            ent._.kind_scores = self._kind_scores(doc.tensor[ent.start : ent.end])
        return doc

    def score(self, examples: Iterable[Example], **settings: Any) -> dict[str, Any]:
        """Return spaCy's scores of names: ``ents_p``, ``ents_r``, ``ents_f``, ``ents_per_type``."""
        return dict(get_ner_prf(examples))

    def _kind_scores(self, words: np.ndarray[Any, Any]) -> dict[str, float]:
        vector = np.concatenate([words.mean(0), words[-1]])
        logits = vector @ self._arrays["kinds_weight"] + self._arrays["kinds_bias"]
        logits = logits - logits.max()
        logs = logits - np.log(np.exp(logits).sum())
        return dict(zip(self._kinds, map(float, logs), strict=True))

    def to_disk(self, path: Path | str, *, exclude: Iterable[str] = ()) -> None:
        """Write the arrays into the folder ``path``."""
        Path(path).mkdir(parents=True, exist_ok=True)
        np.savez_compressed(Path(path) / "names.npz", **self._arrays)  # type: ignore[arg-type]

    def from_disk(self, path: Path | str, *, exclude: Iterable[str] = ()) -> NameComponent:
        """Read what :meth:`to_disk` wrote."""
        with np.load(Path(path) / "names.npz", allow_pickle=False) as arrays:
            self.set_arrays(**arrays)
        return self

    def set_arrays(self, **arrays: np.ndarray[Any, Any]) -> None:
        """Set the weights.

        ``weight`` (width, tags), ``bias`` (tags), ``moves`` (tags + 1, tags + 1), ``tags``;
        ``kinds_weight`` (2 x width, kinds), ``kinds_bias`` (kinds), ``kinds``.
        """
        self._arrays = arrays
        self._tags = [str(tag) for tag in arrays["tags"]]
        self._kinds = [str(kind) for kind in arrays["kinds"]]


def best_path(scores: np.ndarray[Any, Any], moves: np.ndarray[Any, Any]) -> list[int]:
    """Return the best path of tags (Viterbi).

    ``scores`` is (words, tags); ``moves`` (tags + 1, tags + 1) scores each step from row to column, the
    last row and column being the border of the text.
    """
    state = scores[0] + moves[-1, :-1]
    inner = np.ascontiguousarray(moves[:-1, :-1].T)
    back = np.zeros(scores.shape, dtype="int64")
    for t in range(1, len(scores)):
        table = inner + state
        back[t] = table.argmax(1)
        state = table.max(1) + scores[t]
    path = [int((state + moves[:-1, -1]).argmax())]
    for t in range(len(scores) - 1, 0, -1):
        path.append(int(back[t, path[-1]]))
    return path[::-1]


def spans_of(tags: Iterable[str]) -> set[tuple[int, int, str]]:
    """Return (start, end, type) of the names that begin-inside-last-unit tags mark."""
    out, start = set(), 0
    for n, tag in enumerate(tags):
        if tag[0] in "BU":
            start = n
        if tag[0] in "LU":
            out.add((start, n + 1, tag[2:]))
    return out


def token_vectors(width: int = WIDTH) -> Model[list[Doc], list[Any]]:
    """Return a layer that hands on ``doc.tensor``; nothing is learnt in it."""

    def forward(
        model: Model[list[Doc], list[Any]], docs: list[Doc], is_train: bool
    ) -> tuple[list[Any], Callable[[Any], list[Doc]]]:
        # spaCy shapes its layers on Docs that no component has seen yet.
        tables: list[Any] = [
            doc.tensor if len(doc.tensor) else np.zeros((len(doc), width), "float32")
            for doc in docs
        ]
        found = [model.ops.asarray(table) for table in tables]
        return found, lambda gradient: []

    return Model("textmine_token_vectors", forward, dims={"nO": width})


def make_encoder(
    nlp: Language, name: str, window: int, margin: int, threads: int, cache: bool
) -> EncoderComponent:
    """Make the component; spaCy calls this with its settings."""
    return EncoderComponent(name, window=window, margin=margin, threads=threads, cache=cache)


def make_names(nlp: Language, name: str) -> NameComponent:
    """Make the component; spaCy calls this."""
    return NameComponent(name)
