"""Train the tagger of speakers, cues and contents on the vectors of articles the encoder never saw.

Needs the ``train`` extra (PyTorch); nothing here runs when articles are read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from textmine.nlp.multitask import CLAIM_TAGS

#: Tokens to either side that a token's tag depends on; the hidden layer's width; tokens a training sequence.
_REACH, _HIDDEN, _LENGTH = 2, 192, 256


class _Tagger(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(width, _HIDDEN, 2 * _REACH + 1, padding=_REACH)
        self.direct = nn.Linear(width, len(CLAIM_TAGS))
        self.out = nn.Linear(_HIDDEN, len(CLAIM_TAGS))
        self.drop = nn.Dropout(0.5)

    def forward(self, vectors: torch.Tensor) -> torch.Tensor:
        hidden = self.conv(self.drop(vectors).transpose(1, 2)).relu().transpose(1, 2)
        scores: torch.Tensor = self.out(self.drop(hidden)) + self.direct(self.drop(vectors))
        return scores


def learn_claims(
    articles: Sequence[tuple[np.ndarray[Any, Any], Sequence[int]]],
    *,
    epochs: int = 10,
    seed: int = 0,
) -> dict[str, np.ndarray[Any, Any]]:
    """Return the arrays of :class:`textmine.nlp.claim_tags.ClaimTagger`.

    ``articles``: vectors (tokens, width) and a tag a token, the place in ``CLAIM_TAGS``.
    """
    torch.manual_seed(seed)
    width = articles[0][0].shape[1]
    vectors, tags = _sequences(articles, width)
    tagger = _Tagger(width)
    optimizer = torch.optim.AdamW(tagger.parameters(), 1e-3, weight_decay=0.01)
    for _ in range(epochs):
        tagger.train()
        for chosen in torch.randperm(len(vectors)).split(8):
            scores = tagger(vectors[chosen]).flatten(0, 1)
            loss = nn.functional.cross_entropy(scores, tags[chosen].flatten(), ignore_index=-1)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    arrays = {name: value.detach().numpy() for name, value in tagger.named_parameters()}
    return {
        "tags": np.array(CLAIM_TAGS),
        "conv": arrays["conv.weight"].transpose(2, 1, 0).astype("float16"),
        "conv_bias": arrays["conv.bias"],
        "out": arrays["out.weight"].T,
        "direct": arrays["direct.weight"].T,
        "direct_bias": arrays["direct.bias"] + arrays["out.bias"],
    }


def _sequences(
    articles: Sequence[tuple[np.ndarray[Any, Any], Sequence[int]]], width: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Join the articles, a gap between two, and cut them into sequences of equal length."""
    gap = np.zeros((_REACH, width), dtype="float32")
    vectors = np.concatenate([part for x, _ in articles for part in (x, gap)])
    tags = np.concatenate([part for _, y in articles for part in (np.asarray(y), [-1] * _REACH)])
    count = -(-len(tags) // _LENGTH)
    short = count * _LENGTH - len(tags)
    vectors = np.pad(vectors, ((0, short), (0, 0)))
    tags = np.pad(tags.astype("int64"), (0, short), constant_values=-1)
    return (
        torch.tensor(vectors).view(count, _LENGTH, width),
        torch.tensor(tags).view(count, _LENGTH),
    )
