"""Weights to and from PyTorch and Keras, for the layers that both have.

Keras keeps the same arrays in the same order: `model.set_weights(keras_model.get_weights())`, and back.

PyTorch keeps them under names, and with other axes. A Dense kernel is (in, out) here and (out, in) there. A Conv2D kernel is
(height, width, in, out) here and (out, in, height, width) there. PyTorch's images are (channels, height, width), so the rows of
a Dense after a Flatten have another order. gamma and beta are called weight and bias, and the moving averages running_mean and
running_var. Recurrent layers have two biases there, of which LSTM and SimpleRNN here have the sum, and the gates of a GRU stand
in another order. A recurrent module there may be of several layers, which stand one behind the other here. The kernels of all
heads of an attention are one matrix there, and those of query, key and value another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nn.arguments import one
from nn.layers import (
    BatchNormalization,
    Bidirectional,
    Conv1D,
    Conv2D,
    Conv2DTranspose,
    Dense,
    Embedding,
    Flatten,
    GRUCell,
    LayerNormalization,
    LSTMCell,
    MultiHeadAttention,
    RMSNormalization,
    SimpleRNNCell,
)  # fmt: skip
from nn.layers.assignment import assign_all
from nn.layers.base import Layer
from nn.layers.tree import VARIABLE, walk
from nn.typing import Function, Variable

__all__ = ["from_torch", "to_torch"]

PARTS = {  # by layer: (our variable, PyTorch's name for it)
    (Dense, Conv1D, Conv2D, Conv2DTranspose): (("kernel", "weight"), ("bias", "bias")),
    Embedding: (("embeddings", "weight"),),
    LayerNormalization: (("gamma", "weight"), ("beta", "bias")),
    RMSNormalization: (("scale", "weight"),),
    BatchNormalization: (("gamma", "weight"), ("beta", "bias"), ("moving_mean", "running_mean"),
                         ("moving_variance", "running_var")),
}  # fmt: skip
GATES = {SimpleRNNCell: (0,), LSTMCell: (0, 1, 2, 3), GRUCell: (1, 0, 2)}  # where PyTorch has each of our gates
COUNTER = "num_batches_tracked"  # PyTorch has it; we do not need it
INNER = "out_proj"  # the layer inside PyTorch's attention


@dataclass
class Twin:
    """A layer, as PyTorch has it: its names, our variables, and the arrays of one made of those of the other."""

    layer: Layer
    names: list[str]
    variables: list[Variable]
    out: Function
    back: Function


def to_torch(model: Layer, state_dict: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """The model's weights as arrays under PyTorch's names. The layers with weights are paired in order.

    state_dict: that of the PyTorch module. Its names are used and its shapes checked.

        module.load_state_dict({name: torch.tensor(a) for name, a in to_torch(model, module.state_dict()).items()})

    Raises ValueError for layers that do not fit each other, and for a model that is not built.
    """
    arrays = {}
    for names, twin in pairs(model, state_dict):
        for theirs, a in zip(twin.names, twin.out(*[v.numpy() for v in twin.variables]), strict=True):
            arrays[names[theirs]] = fitting(names[theirs], np.array(a), np.shape(state_dict[names[theirs]]))
    counters = {name: np.asarray(x) for name, x in state_dict.items() if name.endswith(COUNTER)}
    return {name: arrays[name] if name in arrays else counters[name] for name in state_dict}


def from_torch(model: Layer, state_dict: Mapping[str, Any]) -> None:
    """Assign the weights of a PyTorch module, given as its `state_dict()`. The layers with weights are paired in order.

    Raises ValueError for layers that do not fit each other, and for a model that is not built; then nothing has changed.
    """
    assignments = []
    for names, twin in pairs(model, state_dict):
        shapes = [np.shape(a) for a in twin.out(*[v.numpy() for v in twin.variables])]
        given = [np.asarray(state_dict[names[theirs]]) for theirs in twin.names]
        for theirs, a, shape in zip(twin.names, given, shapes):
            fitting(names[theirs], a, shape)
        assignments += zip(twin.variables, map(np.asarray, twin.back(*given)), strict=True)
    assign_all(assignments)


def pairs(model: Layer, state_dict: Mapping[str, Any]) -> list[tuple[dict[str, str], Twin]]:
    """(PyTorch's names by what they are within their layer, the twin of our layer), in order."""
    one("state_dict", state_dict, "that of a PyTorch module: {name: array}", Mapping)
    if not one("model", model, "a model of nn", Layer).built:
        raise ValueError(f"{model.name} is not built, so it has no weights yet: call it on a batch first.")
    groups: dict[str, dict[str, str]] = {}
    for name in state_dict:
        if not name.endswith(COUNTER):
            prefix, _, last = name.rpartition(".")
            if prefix.split(".")[-1] == INNER:
                prefix, last = prefix.removesuffix(INNER).removesuffix("."), f"{INNER}.{last}"
            if of_layer := re.fullmatch(r"(\w+_l)(\d+)(_reverse)?", last):  # a recurrent module of several layers is several
                prefix, last = f"{prefix}, layer {of_layer[2]}".removeprefix(", "), f"{of_layer[1]}0{of_layer[3] or ''}"
            groups.setdefault(prefix, {})[last] = name
    twins = list(twins_of(model))
    if [sorted(twin.names) for twin in twins] != [sorted(names) for names in groups.values()]:
        ours = [f"{twin.layer.name} ({', '.join(twin.names)})" for twin in twins]
        theirs = [f"{prefix or 'the module'} ({', '.join(names)})" for prefix, names in groups.items()]
        raise ValueError(f"The layers do not fit each other: ours are {'; '.join(ours)}, theirs {'; '.join(theirs)}.")
    return list(zip(groups.values(), twins))


def twins_of(model: Layer) -> Iterator[Twin]:
    """The twin of each layer with variables, in order. Raises ValueError for a layer that has none."""
    seen, image = set[int](), None  # image: the (height, width, channels) of the input of a Flatten
    for _, layer in walk(model, Layer):
        if id(layer) in seen:
            continue
        if isinstance(layer, Flatten):
            shape = layer.input_shape or ()
            image = shape[1:] if len(shape) == 4 else None
        twin = twin_of(layer, image)
        if twin is None and list(walk(layer, VARIABLE, deep=False)):
            raise ValueError(f"{layer.name} is a {type(layer).__name__} with variables of its own, of which no twin is known.")
        if twin is not None and twin.variables:
            seen |= {id(inner) for _, inner in walk(layer, Layer)}
            image = None
            yield twin


def twin_of(layer: Any, image: Any) -> Twin | None:
    """The twin of one layer, if it is known."""
    if isinstance(layer, Bidirectional):
        parts = [recurrent(one.cell, suffix) for one, suffix in ((layer.forward_layer, ""), (layer.backward_layer, "_reverse"))]
        return None if None in parts else joined(layer, parts)
    if isinstance(layer, MultiHeadAttention):
        return attention(layer)
    if isinstance(layer, tuple(GATES)):
        return recurrent(layer, "")
    known = next((parts for kind, parts in PARTS.items() if isinstance(layer, kind)), ())
    own = [(getattr(layer, ours), ours, theirs) for ours, theirs in known if isinstance(getattr(layer, ours, None), VARIABLE)]
    if not own or len(own) != len(list(walk(layer, VARIABLE, deep=False))):
        return None
    variables, ours, theirs = map(list, zip(*own))
    ways = [lambda *arrays, back=back: [turned(layer, part, a, image, back) for part, a in zip(ours, arrays)]
            for back in (False, True)]  # fmt: skip
    return Twin(layer, theirs, variables, *ways)


def turned(layer: Layer, part: str, data: np.ndarray, image: Any, back: bool) -> np.ndarray:
    """A kernel with the axes of the other library; anything else as it is."""
    if part != "kernel":
        return data
    if not isinstance(layer, Dense):
        n = data.ndim
        return np.transpose(data, (*range(2, n), 1, 0) if back else (n - 1, n - 2, *range(n - 2)))
    data = data.T if back else data
    if image is not None:  # the rows are pixels: (height, width, channels) here, (channels, height, width) there
        h, w, c = image
        shape, order = ((c, h, w), (1, 2, 0, 3)) if back else ((h, w, c), (2, 0, 1, 3))
        data = np.transpose(np.reshape(data, (*shape, -1)), order).reshape(data.shape)
    return data if back else data.T


def recurrent(cell: Any, suffix: str) -> Twin | None:
    """The twin of the cell of a recurrent layer; suffix: of the names in PyTorch."""
    kind = next((kind for kind in GATES if isinstance(cell, kind)), None)
    if kind is None or (kind is GRUCell and not cell.reset_after):
        return None
    order, two = list(GATES[kind]), kind is GRUCell
    names = ["weight_ih_l0", "weight_hh_l0", *(["bias_ih_l0", "bias_hh_l0"] if cell.use_bias else [])]

    def arranged(a: np.ndarray) -> np.ndarray:  # which undoes itself
        return np.reshape(np.reshape(a, (*a.shape[:-1], len(order), -1))[..., order, :], a.shape)

    def out(kernel: Any, own: Any, *bias: Any) -> list[np.ndarray]:
        biases = [arranged(b) for b in (bias[0] if two else (bias[0], 0 * bias[0]))] if bias else []
        return [arranged(kernel).T, arranged(own).T, *biases]

    def back(kernel: Any, own: Any, *bias: Any) -> list[np.ndarray]:
        biases = [arranged(np.stack(bias)) if two else bias[0] + bias[1]] if bias else []
        return [arranged(kernel.T), arranged(own.T), *biases]

    return Twin(cell, [f"{name}{suffix}" for name in names], cell.variables, out, back)


def joined(layer: Layer, parts: Sequence[Any]) -> Twin:
    """Several twins as one."""
    one, other = parts
    ways = [
        lambda *arrays, first=first, second=second, n=n: [*first(*arrays[:n]), *second(*arrays[n:])]
        for first, second, n in ((one.out, other.out, len(one.variables)), (one.back, other.back, len(one.names)))
    ]
    return Twin(layer, one.names + other.names, one.variables + other.variables, *ways)


def attention(layer: Any) -> Twin | None:
    """The twin of an attention whose query, key, value and output have one size, which is that of all its heads together."""
    dense = [layer.query_dense, layer.key_dense, layer.value_dense, layer.output_dense]
    shapes = [part.kernel.shape for part in dense]
    size, heads, each = shapes[0]
    if shapes != [(size, heads, each)] * 3 + [(heads, each, size)] or size != heads * each:
        return None
    biased = layer.use_bias
    names = ["in_proj_weight", "in_proj_bias", f"{INNER}.weight", f"{INNER}.bias"][:: 1 if biased else 2]

    def out(*arrays: Any) -> list[np.ndarray]:
        kernels, biases = arrays[:: 1 + biased], arrays[1::2] if biased else ()
        found = [np.concatenate([np.reshape(k, (size, size)).T for k in kernels[:3]]), np.reshape(kernels[3], (size, size)).T]
        more = [np.concatenate([b.ravel() for b in biases[:3]]), biases[3]] if biased else []
        return [a for pair in zip(found, more) for a in pair] if biased else found

    def back(*arrays: Any) -> list[np.ndarray]:
        rows = np.split(arrays[0], 3)
        kernels = [np.reshape(row.T, (size, heads, each)) for row in rows]
        kernels.append(np.reshape(arrays[1 + biased].T, (heads, each, size)))
        if not biased:
            return kernels
        biases = [*(np.reshape(b, (heads, each)) for b in np.split(arrays[1], 3)), arrays[3]]
        return [a for pair in zip(kernels, biases) for a in pair]

    return Twin(layer, names, layer.variables, out, back)


def fitting(name: str, data: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """The array. Raises ValueError if it has another shape."""
    if data.shape != tuple(shape):
        raise ValueError(f"{name} is of another shape: {data.shape} does not fit {tuple(shape)}.")
    return data
