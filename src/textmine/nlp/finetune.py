"""Fine-tune the small encoder for names, syntax, kinds, claims and statements at once.

Needs the ``train`` extra (PyTorch, transformers); nothing here runs when articles are read.
"""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from textmine.nlp.dev_scores import measure
from textmine.nlp.learner import Learner, save_learner
from textmine.nlp.multitask import Window, batches


@dataclass(frozen=True, slots=True)
class Settings:
    """How to train; learning rates are the highest of a warm-up and linear decay."""

    epochs: float = 6.0
    batch_pieces: int = 2600
    encoder_rate: float = 2.5e-4
    head_rate: float = 2e-3
    layer_decay: float = 0.85
    warmup: float = 0.06
    weight_decay: float = 0.01
    mask_pieces: float = 0.05
    #: Sentences seen a dozen times are learnt by heart: a share of them is passed over at each step.
    keep_statements: float = 0.4
    statements_weight: float = 1.0
    average: float = 0.985
    seed: int = 0
    #: How often a source is seen in an epoch; what is not named: once.
    shares: tuple[tuple[str, float], ...] = ()
    max_steps: int | None = None


#: Weights of the tasks' losses; arcs and names weigh most.
_WEIGHTS = {"names": 4.0, "tags": 0.3, "arcs": 0.6, "deps": 0.3, "claims": 1.0, "kinds": 0.4}


class FineTuning:
    """One training: its batches, its optimiser, and the running average of the weights."""

    def __init__(self, learner: Learner, settings: Settings, total: int) -> None:
        self.learner, self.settings, self.total, self.step = learner, settings, total, 0
        groups = _parameter_groups(learner, settings)
        self._optimizer = torch.optim.AdamW(groups, weight_decay=settings.weight_decay, fused=True)
        warm = max(1, int(total * settings.warmup))
        self._schedule = torch.optim.lr_scheduler.LambdaLR(
            self._optimizer,
            lambda step: min((step + 1) / warm, max(0.0, (total - step) / (total - warm))),
        )
        self.averaged = {k: v.detach().clone() for k, v in learner.state_dict().items()}

    def learn(self, group: Sequence[Window]) -> dict[str, float]:
        """Take one step on a batch; return each task's loss."""
        self.learner.train()
        losses = self.learner.losses(
            group,
            mask_pieces=self.settings.mask_pieces,
            keep_statements=self.settings.keep_statements,
        )
        weights = _WEIGHTS | {"statements": self.settings.statements_weight}
        loss = sum((weights[name] * value for name, value in losses.items()), torch.zeros(()))
        loss.backward()
        nn.utils.clip_grad_norm_(self.learner.parameters(), 1.0)
        self._optimizer.step()
        self._optimizer.zero_grad()
        self._schedule.step()
        self.step += 1
        if self.step % 5 == 0:
            keep = min(self.settings.average, (1 + self.step / 5) / (10 + self.step / 5))
            for name, value in self.learner.state_dict().items():
                if value.dtype.is_floating_point:
                    self.averaged[name].lerp_(value, 1 - keep)
        return {name: value.item() for name, value in losses.items()}

    @contextmanager
    def averages(self) -> Iterator[Learner]:
        """Give the learner with its averaged weights for the length of a ``with`` block."""
        live = {k: v.detach().clone() for k, v in self.learner.state_dict().items()}
        self.learner.load_state_dict(self.averaged)
        yield self.learner
        self.learner.load_state_dict(live)


def plan(
    sources: dict[str, list[Window]], settings: Settings, rng: random.Random
) -> list[list[Window]]:
    """Return an epoch's batches: each source as often as its share says."""
    shares = dict(settings.shares)
    chosen: list[Window] = []
    for name, group in sources.items():
        share = shares.get(name, 1.0)
        chosen += [w for w in group for _ in range(int(share))]
        chosen += [w for w in group if rng.random() < share % 1]
    return batches(chosen, settings.batch_pieces, rng)


def new_learner(folder: Path, syntax: Sequence[Window], *, seed: int) -> Learner:
    """Return a learner with the base weights in ``folder`` and heads for the tags and relations of ``syntax``."""
    torch.manual_seed(seed)
    tags = sorted({tag for w in syntax for tag in w.tags or []})
    return Learner(folder, tags, sorted({dep for w in syntax for dep in w.deps or []}))


def fine_tune(
    learner: Learner,
    sources: Callable[[int], dict[str, list[Window]]],
    dev: dict[str, list[Window]],
    settings: Settings,
    *,
    save: Path,
    warm: int = 0,
    log: Callable[[str], None] = print,
) -> None:
    """Train on ``sources(epoch)`` (windows by source); save the averaged weights after each epoch.

    For the first ``warm`` steps the heads alone learn: new heads on an encoder that has learnt already
    would pull it away from what it knows.
    """
    torch.manual_seed(settings.seed)
    rng = random.Random(settings.seed)
    epoch_batches = plan(sources(0), settings, rng)
    if warm:
        learner.encoder.requires_grad_(False)
        heads = FineTuning(learner, settings, warm)
        for group in epoch_batches[:warm]:
            heads.learn(group)
        learner.encoder.requires_grad_(True)
    total = int(len(epoch_batches) * settings.epochs)
    training = FineTuning(learner, settings, min(total, settings.max_steps or total))
    seen: dict[str, list[float]] = defaultdict(list)
    began, epoch = time.monotonic(), 0
    while training.step < training.total:
        for group in epoch_batches[: training.total - training.step]:
            for name, value in training.learn(group).items():
                seen[name].append(value)
            if training.step % 100 == 0:
                means = " ".join(f"{k} {np.mean(v):.3f}" for k, v in seen.items())
                log(f"{training.step}/{training.total} {time.monotonic() - began:.0f}s {means}")
                seen.clear()
        epoch += 1
        with training.averages() as averaged:
            log(f"epoch {epoch}: {measure(averaged, dev)}")
            save_learner(averaged, save)
        if training.step < training.total:
            epoch_batches = plan(sources(epoch), settings, rng)


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
