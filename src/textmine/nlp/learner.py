"""What is fine-tuned: a small encoder with word shapes, and heads for all that is told from its vectors.

Needs the ``train`` extra (PyTorch, transformers); nothing here runs when articles are read. The
encoder is all-MiniLM-L6-v2 (Apache-2.0) with an embedding of each word's shape added to its input.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoModel

from textmine.nlp.multitask import CLAIM_TAGS, NAME_TAGS, SPAN_KINDS, STATEMENT_LABELS, Window
from textmine.nlp.wordpiece import CLS, FEATURES, SEP

#: Half precision pays only where the processor has it: elsewhere a step takes 39 seconds instead of 2.
_HALF = any(torch.cpu.get_capabilities().get(name) for name in ("avx512_bf16", "amx_bf16"))


def possible_moves() -> np.ndarray[Any, Any]:
    """Return (tags + 1, tags + 1) bool: which tag may follow which; the last is the text's border."""
    count = len(NAME_TAGS)
    allowed = np.zeros((count + 1, count + 1), dtype=bool)
    for a in range(count + 1):
        for b in range(count + 1):
            left = "O" if a == count else NAME_TAGS[a]
            right = "O" if b == count else NAME_TAGS[b]
            is_open = left[0] in "BI"
            goes_on = right[0] in "IL"
            allowed[a, b] = (is_open == goes_on) and (not is_open or left[2:] == right[2:])
    return allowed


class Chain(nn.Module):
    """A linear-chain CRF over name tags that learns from sets of possible tags."""

    def __init__(self) -> None:
        super().__init__()
        count = len(NAME_TAGS)
        self.moves = nn.Parameter(torch.zeros(count + 1, count + 1))
        self.register_buffer("barred", torch.from_numpy(~possible_moves()))

    def table(self) -> Tensor:
        """Return the scores of the moves, barred ones very low."""
        return self.moves.masked_fill(self.barred, -1e4)

    def total(self, scores: Tensor, mask: Tensor) -> Tensor:
        """Return the log-sum over paths; ``scores`` (batch, words, tags), ``mask`` (batch, words)."""
        moves = self.table()
        inner, start, end = moves[:-1, :-1], moves[-1, :-1], moves[:-1, -1]
        state = start + scores[:, 0]
        for t in range(1, scores.shape[1]):
            later = torch.logsumexp(state.unsqueeze(2) + inner, dim=1) + scores[:, t]
            state = torch.where(mask[:, t : t + 1], later, state)
        return torch.logsumexp(state + end, dim=1)

    def loss(self, scores: Tensor, allowed: Tensor, mask: Tensor) -> Tensor:
        """Return the mean over words of the negative log-probability of the possible paths."""
        inside = self.total(scores.masked_fill(~allowed, -1e4), mask)
        return (self.total(scores, mask) - inside).sum() / mask.sum()


class Heads(nn.Module):
    """What is told from the vectors of words."""

    def __init__(self, width: int, tags: Sequence[str], deps: Sequence[str]) -> None:
        super().__init__()
        self.names = nn.Linear(width, len(NAME_TAGS))
        self.chain = Chain()
        self.tags = nn.Linear(width, len(tags))
        self.claims = nn.Linear(width, len(CLAIM_TAGS))
        self.kinds = nn.Linear(2 * width, len(SPAN_KINDS))
        self.statements = nn.Linear(width, len(STATEMENT_LABELS))
        self.child, self.parent = nn.Linear(width, 192), nn.Linear(width, 192)
        self.arc = nn.Parameter(torch.zeros(193, 192))
        self.child_dep, self.parent_dep = nn.Linear(width, 96), nn.Linear(width, 96)
        self.dep = nn.Bilinear(97, 97, len(deps))
        nn.init.normal_(self.arc, std=0.02)

    def arcs(self, words: Tensor) -> Tensor:
        """Return (batch, child, parent) scores; parent 0 is the root, the others one off."""
        ones = words.new_ones(*words.shape[:2], 1)
        child = torch.cat([functional.relu(self.child(words)), ones], -1)
        root = words.mean(1, keepdim=True)
        parent = functional.relu(self.parent(torch.cat([root, words], 1)))
        return torch.einsum("bci,ij,bpj->bcp", child, self.arc, parent)


class ShapedEncoder(nn.Module):
    """The encoder with word shapes: (batch, pieces) ids and shapes to (batch, pieces, width)."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.base = AutoModel.from_pretrained(
            folder, attn_implementation="eager", attention_probs_dropout_prob=0.0
        )
        self.base.pooler = None
        self.width: int = self.base.config.hidden_size
        self.shapes = nn.Embedding(FEATURES, self.width)
        nn.init.zeros_(self.shapes.weight)

    def forward(self, ids: Tensor, shapes: Tensor, mask: Tensor) -> Tensor:
        """Return the last layer's states."""
        embedded = self.base.embeddings.word_embeddings(ids) + self.shapes(shapes)
        states: Tensor = self.base(inputs_embeds=embedded, attention_mask=mask).last_hidden_state
        return states


class Learner(nn.Module):
    """Encoder and heads together; ``words`` gives one vector a word (the mean of its pieces)."""

    def __init__(self, folder: Path, tags: Sequence[str], deps: Sequence[str]) -> None:
        super().__init__()
        self.encoder = ShapedEncoder(folder)
        self.heads = Heads(self.encoder.width, tags, deps)
        self.tag_index = {tag: n for n, tag in enumerate(tags)}
        self.dep_index = {dep: n for n, dep in enumerate(deps)}
        self.dropout = nn.Dropout(0.1)

    def words(self, group: Sequence[Window], *, mask_pieces: float = 0.0) -> tuple[Tensor, Tensor]:
        """Return (windows, words, width) vectors and their mask."""
        longest = max(len(w.pieces.ids) for w in group) + 2
        most = max(len(w.words) for w in group)
        ids = torch.zeros(len(group), longest, dtype=torch.long)
        shapes = torch.zeros_like(ids)
        mask = torch.zeros_like(ids)
        owner = torch.full_like(ids, most)
        word_mask = torch.zeros(len(group), most, dtype=torch.bool)
        for n, w in enumerate(group):
            size = len(w.pieces.ids)
            ids[n, 0], ids[n, size + 1] = CLS, SEP
            ids[n, 1 : size + 1] = torch.from_numpy(w.pieces.ids)
            shapes[n, 1 : size + 1] = torch.from_numpy(w.pieces.shapes)
            mask[n, : size + 2] = 1
            owner[n, 1 : size + 1] = torch.from_numpy(
                np.repeat(np.arange(len(w.words)), np.diff(w.pieces.first))
            )
            word_mask[n, : len(w.words)] = True
        if mask_pieces:
            hide = (torch.rand(ids.shape) < mask_pieces) & (owner < most)
            ids = ids.masked_fill(hide, 103)
        with torch.autocast("cpu", torch.bfloat16, enabled=_HALF):
            states = self.encoder(ids, shapes, mask).float()
        out = states.new_zeros(len(group), most + 1, states.shape[-1])
        count = states.new_zeros(len(group), most + 1, 1)
        index = owner.unsqueeze(-1)
        out = out.scatter_add(1, index.expand_as(states), states)
        count = count.scatter_add(1, index, torch.ones_like(states[..., :1]))
        return (out / count.clamp(min=1))[:, :most], word_mask

    def losses(
        self, group: Sequence[Window], *, mask_pieces: float, keep_statements: float = 1.0
    ) -> dict[str, Tensor]:
        """Return each task's loss on a batch, for the tasks it has annotations of.

        Of the labelled sentences within articles a share of ``keep_statements`` is learnt from.
        """
        words, mask = self.words(group, mask_pieces=mask_pieces)
        words = self.dropout(words)
        out: dict[str, Tensor] = {}
        named = [n for n, w in enumerate(group) if w.names is not None]
        if named:
            scores = self.heads.names(words[named])
            allowed = torch.ones_like(scores, dtype=torch.bool)
            for row, n in enumerate(named):
                known = group[n].names
                assert known is not None
                allowed[row, : len(known)] = torch.from_numpy(known)
            out["names"] = self.heads.chain.loss(scores, allowed, mask[named])
        parsed = [n for n, w in enumerate(group) if w.heads is not None]
        if parsed:
            out |= self._syntax(words[parsed], mask[parsed], [group[n] for n in parsed])
        claimed = [n for n, w in enumerate(group) if w.claims is not None]
        if claimed:
            scores = self.heads.claims(words[claimed])
            gold = torch.full(scores.shape[:2], -100)
            for row, n in enumerate(claimed):
                gold[row, : len(group[n].words)] = torch.tensor(group[n].claims)
            out["claims"] = functional.cross_entropy(scores.flatten(0, 1), gold.flatten())
        spans = [(n, s) for n, w in enumerate(group) for s in w.kinds]
        if spans:
            vectors = torch.stack([self.span(words[n], a, b) for n, (a, b, _) in spans])
            out["kinds"] = functional.cross_entropy(
                self.heads.kinds(vectors), torch.tensor([kind for _, (_, _, kind) in spans])
            )
        said = [
            (n, s)
            for n, w in enumerate(group)
            for s in w.statements
            if w.names is None or torch.rand(()) < keep_statements
        ]
        if said:
            vectors = torch.stack([words[n, a:b].mean(0) for n, (a, b, _) in said])
            gold = torch.tensor([labels for _, (_, _, labels) in said], dtype=torch.float)
            out["statements"] = functional.binary_cross_entropy_with_logits(
                self.heads.statements(vectors), gold
            )
        return out

    @staticmethod
    def span(words: Tensor, start: int, end: int) -> Tensor:
        """Return a span's vector: the mean of its words beside its last word."""
        return torch.cat([words[start:end].mean(0), words[end - 1]])

    def _syntax(self, words: Tensor, mask: Tensor, group: Sequence[Window]) -> dict[str, Tensor]:
        size = words.shape[1]
        tags = torch.full((len(group), size), -100)
        parents = torch.full((len(group), size), -100)
        deps = torch.full((len(group), size), -100)
        for row, w in enumerate(group):
            assert w.tags is not None and w.heads is not None and w.deps is not None
            count = len(w.words)
            tags[row, :count] = torch.tensor([self.tag_index.get(t, -100) for t in w.tags])
            parents[row, :count] = torch.tensor(
                [0 if head == n else head + 1 for n, head in enumerate(w.heads)]
            )
            deps[row, :count] = torch.tensor([self.dep_index.get(d, -100) for d in w.deps])
        arcs = self.heads.arcs(words)
        outside = torch.cat([torch.zeros(len(group), 1, dtype=torch.bool), ~mask], 1)
        arcs = arcs.masked_fill(outside.unsqueeze(1), -1e4)
        labels = self._dep_scores(words, parents.clamp(min=0))
        return {
            "tags": functional.cross_entropy(self.heads.tags(words).flatten(0, 1), tags.flatten()),
            "arcs": functional.cross_entropy(arcs.flatten(0, 1), parents.flatten()),
            "deps": functional.cross_entropy(labels.flatten(0, 1), deps.flatten()),
        }

    def _dep_scores(self, words: Tensor, parents: Tensor) -> Tensor:
        ones = words.new_ones(*words.shape[:2], 1)
        child = torch.cat([functional.relu(self.heads.child_dep(words)), ones], -1)
        padded = torch.cat([words.mean(1, keepdim=True), words], 1)
        chosen = padded.gather(1, parents.unsqueeze(-1).expand(-1, -1, words.shape[-1]))
        parent = torch.cat([functional.relu(self.heads.parent_dep(chosen)), ones], -1)
        scores: Tensor = self.heads.dep(child, parent)
        return scores


def load_learner(folder: Path, saved: Path) -> Learner:
    """Load what :func:`fine_tune` saved."""
    found = torch.load(saved, weights_only=True)
    learner = Learner(folder, found["tags"], found["deps"])
    learner.load_state_dict(found["weights"])
    learner.eval()
    return learner


def save_learner(learner: Learner, path: Path) -> None:
    """Write a learner's weights and the names of its tags and relations."""
    names = {"tags": list(learner.tag_index), "deps": list(learner.dep_index)}
    torch.save({"weights": learner.state_dict(), **names}, path)


def average_learners(
    saved: Sequence[Path], path: Path, *, shares: Sequence[float] | None = None
) -> None:
    """Write the mean of several saved learners, fine-tuned from one base: better than each of them.

    ``shares`` say how much each counts and sum to 1; None: all the same.
    """
    found = [torch.load(each, weights_only=True) for each in saved]
    shares = shares or [1 / len(found)] * len(found)
    weights = {
        name: sum(share * each["weights"][name] for share, each in zip(shares, found, strict=True))
        if value.dtype.is_floating_point
        else value
        for name, value in found[0]["weights"].items()
    }
    torch.save(found[0] | {"weights": weights}, path)
