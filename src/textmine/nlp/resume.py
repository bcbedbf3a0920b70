"""Read the shipped encoder back into a learner, to train it on. Needs the ``train`` extra."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from textmine.arrays import read_arrays
from textmine.nlp.learner import Learner


def load_shipped(learner: Learner, pipeline: Path) -> None:
    """Give ``learner`` the weights of a pipeline's encoder and names, as they are after export.

    The heads that are not exported (syntax, claims, statements) stay as they are.
    """
    found = _encoder_weights(pipeline / "textmine_encoder" / "encoder.onnx")
    names = read_arrays(
        pipeline / "ner" / "names.npz", mend="give a folder of an `accurate` pipeline"
    )
    found |= {
        "heads.names.weight": names["weight"].T,
        "heads.names.bias": names["bias"],
        "heads.chain.moves": names["moves"],
        "heads.kinds.weight": names["kinds_weight"].T,
        "heads.kinds.bias": names["kinds_bias"],
    }
    state = learner.state_dict()
    state |= {name: torch.from_numpy(np.array(value, "float32")) for name, value in found.items()}
    learner.load_state_dict(state)


def _encoder_weights(path: Path) -> dict[str, np.ndarray[Any, Any]]:
    """Return the encoder's parameters by name; products are stored transposed, under the names of their nodes."""
    graph = onnx.load(path).graph
    stored = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    out = {}
    for name in stored:
        if name.startswith("encoder.") and not name.endswith(("_scale", "_zero_point")):
            out[name.removesuffix("_quantized")] = _floats(stored, name)
    for node in graph.node:
        if node.op_type in {"MatMul", "MatMulInteger"} and node.input[1] in stored:
            place = node.name.removesuffix("_quant").removesuffix("/MatMul")
            out[place.strip("/").replace("/", ".") + ".weight"] = _floats(stored, node.input[1]).T
    return out


def _floats(stored: dict[str, np.ndarray[Any, Any]], name: str) -> np.ndarray[Any, Any]:
    if not name.endswith("_quantized"):
        return stored[name]
    base = name.removesuffix("_quantized")
    scale, zero = stored[f"{base}_scale"], stored[f"{base}_zero_point"]
    floats = (stored[name].astype("float32") - zero.astype("float32")) * scale
    return np.asarray(floats)
