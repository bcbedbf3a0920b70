"""Fine-tune the small encoder for names, syntax, kinds, claims and statements at once.

Needs the ``train`` extra (PyTorch, transformers); nothing here runs when articles are read. The
encoder is all-MiniLM-L6-v2 (Apache-2.0) with an embedding of each word's shape added to its input.
"""

from __future__ import annotations

import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import AutoModel

from textmine.nlp.encoder import best_path, spans_of
from textmine.nlp.multitask import (
    CLAIM_TAGS,
    NAME_TAGS,
    SPAN_KINDS,
    STATEMENT_LABELS,
    Window,
    batches,
)
from textmine.nlp.wordpiece import CLS, FEATURES, SEP


@dataclass(frozen=True, slots=True)
class Settings:
    """How to train; learning rates are the highest of a warm-up and linear decay."""

    epochs: float = 8.0
    batch_pieces: int = 2600
    encoder_rate: float = 2e-4
    head_rate: float = 2e-3
    layer_decay: float = 0.85
    warmup: float = 0.06
    weight_decay: float = 0.01
    mask_pieces: float = 0.04
    average: float = 0.998
    seed: int = 0
    #: How often a source is seen in an epoch; what is not named: once.
    shares: tuple[tuple[str, float], ...] = ()


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
        child = torch.cat([F.relu(self.child(words)), ones], -1)
        root = words.mean(1, keepdim=True)
        parent = F.relu(self.parent(torch.cat([root, words], 1)))
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

    def words(
        self, group: Sequence[Window], *, mask_pieces: float = 0.0, half: bool = True
    ) -> tuple[Tensor, Tensor]:
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
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            states = self.encoder(ids, shapes, mask).float()
        out = states.new_zeros(len(group), most + 1, states.shape[-1])
        count = states.new_zeros(len(group), most + 1, 1)
        index = owner.unsqueeze(-1)
        out = out.scatter_add(1, index.expand_as(states), states)
        count = count.scatter_add(1, index, torch.ones_like(states[..., :1]))
        return (out / count.clamp(min=1))[:, :most], word_mask

    def losses(self, group: Sequence[Window], settings: Settings) -> dict[str, Tensor]:
        """Return each task's loss on a batch, for the tasks it has annotations of."""
        words, mask = self.words(group, mask_pieces=settings.mask_pieces)
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
            out["claims"] = F.cross_entropy(scores.flatten(0, 1), gold.flatten())
        spans = [(n, s) for n, w in enumerate(group) for s in w.kinds]
        if spans:
            vectors = torch.stack([self.span(words[n], a, b) for n, (a, b, _) in spans])
            out["kinds"] = F.cross_entropy(
                self.heads.kinds(vectors), torch.tensor([kind for _, (_, _, kind) in spans])
            )
        said = [(n, s) for n, w in enumerate(group) for s in w.statements]
        if said:
            vectors = torch.stack([words[n, a:b].mean(0) for n, (a, b, _) in said])
            gold = torch.tensor([labels for _, (_, _, labels) in said], dtype=torch.float)
            out["statements"] = F.binary_cross_entropy_with_logits(
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
            "tags": F.cross_entropy(self.heads.tags(words).flatten(0, 1), tags.flatten()),
            "arcs": F.cross_entropy(arcs.flatten(0, 1), parents.flatten()),
            "deps": F.cross_entropy(labels.flatten(0, 1), deps.flatten()),
        }

    def _dep_scores(self, words: Tensor, parents: Tensor) -> Tensor:
        ones = words.new_ones(*words.shape[:2], 1)
        child = torch.cat([F.relu(self.heads.child_dep(words)), ones], -1)
        padded = torch.cat([words.mean(1, keepdim=True), words], 1)
        chosen = padded.gather(1, parents.unsqueeze(-1).expand(-1, -1, words.shape[-1]))
        parent = torch.cat([F.relu(self.heads.parent_dep(chosen)), ones], -1)
        scores: Tensor = self.heads.dep(child, parent)
        return scores


#: Weights of the tasks' losses; arcs and names weigh most.
_WEIGHTS = {"names": 4.0, "tags": 0.3, "arcs": 0.6, "deps": 0.3, "claims": 0.6, "kinds": 0.4,
            "statements": 1.0}  # fmt: skip


def fine_tune(
    folder: Path,
    sources: Callable[[int], dict[str, list[Window]]],
    dev: dict[str, list[Window]],
    settings: Settings,
    *,
    save: Path | None = None,
    start: Path | None = None,
    log: Callable[[str], None] = print,
) -> Learner:
    """Train on ``sources(epoch)`` (windows by source); return the learner with averaged weights.

    ``start``: go on from what an earlier run saved.
    """
    torch.manual_seed(settings.seed)
    rng = random.Random(settings.seed)
    first = sources(0)
    syntax = [w for group in first.values() for w in group if w.heads is not None]
    tags = sorted({tag for w in syntax for tag in w.tags or []})
    deps = sorted({dep for w in syntax for dep in w.deps or []})
    learner = load_learner(folder, start) if start else Learner(folder, tags, deps)
    shares = dict(settings.shares)

    def plan(epoch: int) -> list[list[Window]]:
        chosen: list[Window] = []
        for name, group in (first if epoch == 0 else sources(epoch)).items():
            share = shares.get(name, 1.0)
            chosen += [w for w in group for _ in range(int(share))]
            chosen += [w for w in group if rng.random() < share % 1]
        return batches(chosen, settings.batch_pieces, rng)

    epoch_batches = plan(0)
    total = int(len(epoch_batches) * settings.epochs)
    groups = _parameter_groups(learner, settings)
    optimizer = torch.optim.AdamW(groups, weight_decay=settings.weight_decay, fused=True)
    warm = max(1, int(total * settings.warmup))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warm, max(0.0, (total - step) / (total - warm)))
    )
    averaged = {k: v.detach().clone() for k, v in learner.state_dict().items()}
    step = epoch = 0
    seen: dict[str, list[float]] = defaultdict(list)
    began = time.monotonic()
    while step < total:
        for group in epoch_batches:
            if step >= total:
                break
            learner.train()
            losses = learner.losses(group, settings)
            loss = sum((_WEIGHTS[name] * value for name, value in losses.items()), torch.zeros(()))
            loss.backward()
            nn.utils.clip_grad_norm_(learner.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()
            schedule.step()
            step += 1
            for name, value in losses.items():
                seen[name].append(value.item())
            if step % 5 == 0:
                keep = min(settings.average, (1 + step / 5) / (10 + step / 5))
                for name, value in learner.state_dict().items():
                    if value.dtype.is_floating_point:
                        averaged[name].lerp_(value, 1 - keep)
            if step % 100 == 0:
                means = " ".join(f"{k} {np.mean(v):.3f}" for k, v in seen.items())
                log(f"{step}/{total} {time.monotonic() - began:.0f}s {means}")
                seen.clear()
        epoch += 1
        live = {k: v.detach().clone() for k, v in learner.state_dict().items()}
        learner.load_state_dict(averaged)
        log(f"epoch {epoch}: {measure(learner, dev)}")
        if save is not None:
            names = {"tags": list(learner.tag_index), "deps": list(learner.dep_index)}
            torch.save({"weights": averaged, **names}, save)
        if step < total:
            learner.load_state_dict(live)
            epoch_batches = plan(epoch)
    return learner


def _parameter_groups(learner: Learner, settings: Settings) -> list[dict[str, Any]]:
    layers = learner.encoder.base.config.num_hidden_layers
    out = []
    for name, parameter in learner.named_parameters():
        rate = settings.encoder_rate
        if name.startswith(("heads", "encoder.shapes")):
            rate = settings.head_rate
        elif ".layer." in name:
            depth = int(name.split(".layer.")[1].split(".")[0])
            rate *= settings.layer_decay ** (layers - 1 - depth)
        else:
            rate *= settings.layer_decay**layers
        out.append({"params": [parameter], "lr": rate})
    return out


def load_learner(folder: Path, saved: Path) -> Learner:
    """Load what :func:`fine_tune` saved."""
    found = torch.load(saved, weights_only=True)
    learner = Learner(folder, found["tags"], found["deps"])
    learner.load_state_dict(found["weights"])
    return learner.eval()


@torch.no_grad()
def measure(learner: Learner, dev: dict[str, list[Window]]) -> dict[str, float]:
    """Return dev scores: names (exact spans), tags, UAS, LAS (gold sentences not given), kinds, statements."""
    learner.eval()
    moves = learner.heads.chain.table().numpy()
    counts: Counter[str] = Counter()
    scored: list[tuple[np.ndarray[Any, Any], tuple[int, ...]]] = []
    rng = random.Random(0)
    for name, group in dev.items():
        for batch in batches(group, 4000, rng):
            words, _ = learner.words(batch)
            for n, w in enumerate(batch):
                vectors = words[n, : len(w.words)]
                if name == "names" and w.names is not None:
                    path = best_path(learner.heads.names(vectors).numpy(), moves)
                    told = spans_of(NAME_TAGS[n] for n in path)
                    gold = spans_of(NAME_TAGS[n] for n in w.names.argmax(1))
                    three = {"ORG", "PERSON", "LOC"}
                    for prefix, keep in (("", None), ("3", three)):
                        a = {s for s in told if keep is None or s[2] in keep}
                        b = {s for s in gold if keep is None or s[2] in keep}
                        counts[f"tp{prefix}"] += len(a & b)
                        counts[f"told{prefix}"] += len(a)
                        counts[f"gold{prefix}"] += len(b)
                if name == "syntax" and w.heads is not None:
                    _count_syntax(learner, vectors, w, counts)
                for a, b, kind in w.kinds if name == "kinds" else ():
                    span = learner.span(vectors, a, b)
                    counts["kinds"] += int(learner.heads.kinds(span).argmax()) == kind
                    counts["kinds_all"] += 1
                for a, b, labels in w.statements if name == "statements" else ():
                    score = torch.sigmoid(learner.heads.statements(vectors[a:b].mean(0)))
                    scored.append((score.numpy(), labels))
                if name == "claims" and w.claims is not None:
                    said = learner.heads.claims(vectors).argmax(-1).tolist()
                    counts["claims"] += sum(x == y for x, y in zip(said, w.claims, strict=True))
                    counts["claims_all"] += len(said)
    out = {}
    if counts["gold"]:
        for prefix, label in (("", "f9"), ("3", "f3")):
            both = counts[f"told{prefix}"] + counts[f"gold{prefix}"]
            out[label] = 2 * counts[f"tp{prefix}"] / max(1, both)
    for part, whole in (("tag", "token"), ("uas", "token"), ("las", "token"),
                        ("kinds", "kinds_all"), ("claims", "claims_all")):  # fmt: skip
        if counts[whole]:
            out[part] = counts[part] / counts[whole]
    if scored:
        out |= _statement_scores(scored)
    return {name: round(value, 4) for name, value in out.items()}


def _count_syntax(learner: Learner, vectors: Tensor, w: Window, counts: Counter[str]) -> None:
    assert w.tags is not None and w.heads is not None and w.deps is not None
    batch = vectors.unsqueeze(0)
    parents = learner.heads.arcs(batch)[0].argmax(-1)
    deps = learner._dep_scores(batch, parents.unsqueeze(0))[0].argmax(-1).tolist()
    tags = learner.heads.tags(vectors).argmax(-1).tolist()
    for n, head in enumerate(w.heads):
        if w.tags[n] == "_SP":
            continue
        right = int(parents[n]) == (0 if head == n else head + 1)
        counts["token"] += 1
        counts["tag"] += tags[n] == learner.tag_index.get(w.tags[n], -1)
        counts["uas"] += right
        counts["las"] += right and deps[n] == learner.dep_index.get(w.deps[n], -1)


def _statement_scores(scored: list[tuple[np.ndarray[Any, Any], tuple[int, ...]]]) -> dict[str, float]:
    """Return F1 by label at the best threshold, as a quick look while training."""
    table = np.stack([s for s, _ in scored])
    gold = np.array([g for _, g in scored])
    out = {}
    for n, name in enumerate(STATEMENT_LABELS):
        best = 0.0
        for limit in np.arange(0.1, 0.9, 0.05):
            told = table[:, n] > limit
            hits = float((told & (gold[:, n] == 1)).sum())
            best = max(best, 2 * hits / max(1.0, float(told.sum() + gold[:, n].sum())))
        out[name] = best
    out["macro"] = sum(out.values()) / len(out)
    return out



class _Exported(nn.Module):
    """The encoder as it is exported: no mask, for each window is read by itself."""

    def __init__(self, encoder: ShapedEncoder) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, ids: Tensor, shapes: Tensor) -> Tensor:
        """Return (1, pieces, width)."""
        states: Tensor = self.encoder(ids, shapes, torch.ones_like(ids))
        return states


def export_encoder(learner: Learner, folder: Path, vocabulary: Path) -> Path:
    """Write ``encoder.onnx`` in 8-bit whole numbers, ``encoder-float.onnx`` and the vocabulary."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    folder.mkdir(parents=True, exist_ok=True)
    exact, small = folder / "encoder-float.onnx", folder / "encoder.onnx"
    sample = torch.full((1, 12), 1000)
    torch.onnx.export(
        _Exported(learner.encoder).eval(),
        (sample, torch.ones_like(sample)),
        str(exact),
        input_names=["ids", "shapes"],
        output_names=["states"],
        dynamic_axes={"ids": {1: "pieces"}, "shapes": {1: "pieces"}, "states": {1: "pieces"}},
        opset_version=17,
        dynamo=False,
    )
    quantize_dynamic(
        str(exact),
        str(small),
        weight_type=QuantType.QInt8,
        per_channel=True,
        op_types_to_quantize=["MatMul", "Gather"],
    )
    (folder / "vocab.txt").write_bytes(vocabulary.read_bytes())
    return small


def name_arrays(learner: Learner) -> dict[str, np.ndarray[Any, Any]]:
    """Return the arrays of the component ``textmine_names``."""
    layer = learner.heads.names
    return {
        "weight": layer.weight.detach().numpy().T.copy(),
        "bias": layer.bias.detach().numpy(),
        "moves": learner.heads.chain.table().detach().numpy(),
        "tags": np.array(NAME_TAGS),
        "kinds_weight": learner.heads.kinds.weight.detach().numpy().T.copy(),
        "kinds_bias": learner.heads.kinds.bias.detach().numpy(),
        "kinds": np.array(SPAN_KINDS),
    }


def claim_arrays(learner: Learner) -> dict[str, np.ndarray[Any, Any]]:
    """Return the arrays of the component ``textmine_claims``."""
    layer = learner.heads.claims
    return {
        "weight": layer.weight.detach().numpy().T.copy(),
        "bias": layer.bias.detach().numpy(),
        "tags": np.array(CLAIM_TAGS),
    }
