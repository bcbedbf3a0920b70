"""Scores of a learner on dev sets, while it trains. Needs the ``train`` extra."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import numpy as np
import torch
from torch import Tensor

from textmine.nlp.encoder import best_path, spans_of
from textmine.nlp.learner import Learner
from textmine.nlp.multitask import NAME_TAGS, STATEMENT_LABELS, Window, batches


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
                        mine = {s for s in told if keep is None or s[2] in keep}
                        theirs = {s for s in gold if keep is None or s[2] in keep}
                        counts[f"tp{prefix}"] += len(mine & theirs)
                        counts[f"told{prefix}"] += len(mine)
                        counts[f"gold{prefix}"] += len(theirs)
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


def _statement_scores(
    scored: list[tuple[np.ndarray[Any, Any], tuple[int, ...]]],
) -> dict[str, float]:
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
