"""What is kept of a trained learner: the encoder for ONNX Runtime, the heads as plain arrays.

Needs the ``train`` extra.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from textmine.nlp.learner import Learner, ShapedEncoder
from textmine.nlp.multitask import CLAIM_TAGS, NAME_TAGS, SPAN_KINDS

_LAYERS = 6


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
    """Write ``encoder.onnx`` (8-bit whole numbers but for one product a layer), ``encoder-float.onnx`` and the vocabulary."""
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
    # With these six products in 8 bits names lost 0.0044 F1 on the dev set, without them 0.0013.
    kept = [f"/encoder/base/encoder/layer.{n}/output/dense/MatMul" for n in range(_LAYERS)]
    quantize_dynamic(
        str(exact),
        str(small),
        weight_type=QuantType.QInt8,
        per_channel=True,
        op_types_to_quantize=["MatMul", "Gather"],
        nodes_to_exclude=kept,
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
