"""Weights to and from PyTorch and Keras, for the layers that both have.

Keras keeps the same arrays in the same order: `model.set_weights(keras_model.get_weights())`, and back.

PyTorch keeps them under names, and with other axes. A Dense kernel is (in, out) here and (out, in) there. A Conv2D kernel is
(height, width, in, out) here and (out, in, height, width) there. PyTorch's images are (channels, height, width), so the rows of
a Dense after a Flatten have another order. gamma and beta are called weight and bias, and the moving averages running_mean and
running_var.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nn.arguments import one
from nn.layers import BatchNormalization, Conv2D, Dense, Embedding, Flatten, LayerNormalization
from nn.layers.assignment import assign_all
from nn.layers.base import Layer
from nn.layers.tree import VARIABLE, walk

__all__ = ["from_torch", "to_torch"]

PARTS = {  # by layer: (our variable, PyTorch's name for it)
    Dense: (("kernel", "weight"), ("bias", "bias")),
    Conv2D: (("kernel", "weight"), ("bias", "bias")),
    Embedding: (("embeddings", "weight"),),
    LayerNormalization: (("gamma", "weight"), ("beta", "bias")),
    BatchNormalization: (("gamma", "weight"), ("beta", "bias"), ("moving_mean", "running_mean"),
                         ("moving_variance", "running_var")),
}  # fmt: skip
COUNTER = "num_batches_tracked"  # PyTorch has it; we do not need it


def to_torch(model: Layer, state_dict: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """The model's weights as arrays under PyTorch's names. The layers with weights are paired in order.

    state_dict: that of the PyTorch module. Its names are used and its shapes checked.

        module.load_state_dict({name: torch.tensor(a) for name, a in to_torch(model, module.state_dict()).items()})

    Raises ValueError for layers that do not fit each other, and for a model that is not built.
    """
    arrays = {}
    for names, layer, image in pairs(model, state_dict):
        for ours, theirs in parts_of(layer):
            data = np.array(turned(layer, ours, getattr(layer, ours).numpy(), image, back=False))
            arrays[names[theirs]] = fitting(names[theirs], data, np.shape(state_dict[names[theirs]]))
    counters = {name: np.asarray(x) for name, x in state_dict.items() if name.endswith(COUNTER)}
    return {name: arrays[name] if name in arrays else counters[name] for name in state_dict}


def from_torch(model: Layer, state_dict: Mapping[str, Any]) -> None:
    """Assign the weights of a PyTorch module, given as its `state_dict()`. The layers with weights are paired in order.

    Raises ValueError for layers that do not fit each other, and for a model that is not built; then nothing has changed.
    """
    assignments = []
    for names, layer, image in pairs(model, state_dict):
        for ours, theirs in parts_of(layer):
            variable = getattr(layer, ours)
            data = np.asarray(turned(layer, ours, np.asarray(state_dict[names[theirs]]), image, back=True))
            assignments.append((variable, fitting(names[theirs], data, variable.shape)))
    assign_all(assignments)


def pairs(model: Layer, state_dict: Mapping[str, Any]) -> list[tuple[dict[str, str], Any, Any]]:
    """(PyTorch's names by their last part, our layer, the (height, width, channels) of the input of a Flatten before it)."""
    one("state_dict", state_dict, "that of a PyTorch module: {name: array}", Mapping)
    if not one("model", model, "a model of nn", Layer).built:
        raise ValueError(f"{model.name} is not built, so it has no weights yet: call it on a batch first.")
    groups: dict[str, dict[str, str]] = {}
    for name in state_dict:
        if not name.endswith(COUNTER):
            prefix, _, last = name.rpartition(".")
            groups.setdefault(prefix, {})[last] = name
    layers: list[tuple[Any, Any]] = []
    image: Any = None
    for _, layer in walk(model, Layer):
        if len(parts_of(layer)) != len(list(walk(layer, VARIABLE, deep=False))):
            raise ValueError(f"{layer.name} is a {type(layer).__name__} with variables of its own, of which no twin is known.")
        if isinstance(layer, Flatten):
            shape = layer.input_shape or ()
            image = shape[1:] if len(shape) == 4 else None
        elif parts_of(layer):
            layers.append((layer, image if isinstance(layer, Dense) else None))
            image = None
    ours = [f"{layer.name} ({', '.join(theirs for _, theirs in parts_of(layer))})" for layer, _ in layers]
    theirs = [f"{prefix or 'the module'} ({', '.join(names)})" for prefix, names in groups.items()]
    fit = len(ours) == len(theirs) and all(
        {name for _, name in parts_of(layer)} == set(names) for (layer, _), names in zip(layers, groups.values())
    )
    if not fit:
        raise ValueError(f"The layers do not fit each other: ours are {'; '.join(ours)}, theirs {'; '.join(theirs)}.")
    return [(names, layer, image) for names, (layer, image) in zip(groups.values(), layers)]


def parts_of(layer: Layer) -> list[tuple[str, str]]:
    """The names of the variables that this layer has, each with PyTorch's name."""
    known = next((parts for kind, parts in PARTS.items() if isinstance(layer, kind)), ())
    return [(ours, theirs) for ours, theirs in known if getattr(layer, ours, None) is not None]


def turned(layer: Layer, part: str, data: np.ndarray, image: Any, back: bool) -> np.ndarray:
    """A kernel with the axes of the other library; anything else as it is."""
    if part != "kernel":
        return data
    if isinstance(layer, Conv2D):
        return np.transpose(data, (2, 3, 1, 0) if back else (3, 2, 0, 1))
    data = data.T if back else data
    if image is not None:  # the rows are pixels: (height, width, channels) here, (channels, height, width) there
        h, w, c = image
        shape, order = ((c, h, w), (1, 2, 0, 3)) if back else ((h, w, c), (2, 0, 1, 3))
        data = np.transpose(np.reshape(data, (*shape, -1)), order).reshape(data.shape)
    return data if back else data.T


def fitting(name: str, data: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """The array. Raises ValueError if it has another shape."""
    if data.shape != tuple(shape):
        raise ValueError(f"{name} is of another shape: {data.shape} does not fit {tuple(shape)}.")
    return data
