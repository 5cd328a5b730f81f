"""Weights to and from PyTorch and Keras, for the layers that we share.

Keras keeps the same arrays in the same order: `model.set_weights(keras_model.get_weights())`, and back. PyTorch keeps them
under names, and turned: a Dense kernel is (in, out) here and (out, in) there, a Conv2D kernel (height, width, in, out) here and
(out, in, height, width) there; its images are (channels, height, width), so that the rows of a Dense after a Flatten stand in
another order; gamma and beta are called weight and bias, and the moving averages running_mean and running_var.
"""

import numpy as np

from nn.layers import BatchNormalization, Conv2D, Dense, Embedding, Flatten, LayerNormalization
from nn.layers.base import VARIABLE, Layer, walk

PARTS = {  # by layer: (our variable, PyTorch's name for it)
    Dense: (("kernel", "weight"), ("bias", "bias")),
    Conv2D: (("kernel", "weight"), ("bias", "bias")),
    Embedding: (("embeddings", "weight"),),
    LayerNormalization: (("gamma", "weight"), ("beta", "bias")),
    BatchNormalization: (("gamma", "weight"), ("beta", "bias"), ("moving_mean", "running_mean"),
                         ("moving_variance", "running_var")),
}  # fmt: skip
COUNTER = "num_batches_tracked"  # PyTorch's, for which we have no use


def to_torch(model, state_dict):
    """The model's weights as arrays under PyTorch's names, for a module whose `state_dict()` is given (its names are taken, and
    its shapes checked). The layers with weights are paired in order.

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


def from_torch(model, state_dict):
    """Take the weights of a PyTorch module, given as its `state_dict()`. The layers with weights are paired in order.

    Raises ValueError for layers that do not fit each other, and for a model that is not built; then nothing has changed.
    """
    assignments = []
    for names, layer, image in pairs(model, state_dict):
        for ours, theirs in parts_of(layer):
            variable = getattr(layer, ours)
            data = np.asarray(turned(layer, ours, np.asarray(state_dict[names[theirs]]), image, back=True))
            assignments.append((variable, fitting(names[theirs], data, variable.shape)))
    for variable, data in assignments:
        variable.assign(data)


def pairs(model, state_dict):
    """(PyTorch's names by their last part, our layer, the (height, width, channels) that a Flatten before it took)."""
    if not model.built:
        raise ValueError(f"{model.name} is not built, so it has no weights yet: call it on a batch first.")
    groups = {}
    for name in state_dict:
        if not name.endswith(COUNTER):
            prefix, _, last = name.rpartition(".")
            groups.setdefault(prefix, {})[last] = name
    layers, image = [], None
    for _, layer in walk(model, Layer):
        if len(parts_of(layer)) != len(list(walk(layer, VARIABLE, deep=False))):
            raise ValueError(f"{layer.name} is a {type(layer).__name__} with variables of its own, of which no twin is known.")
        if isinstance(layer, Flatten):
            image = layer.input_shape[1:] if len(layer.input_shape) == 4 else None
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


def parts_of(layer):
    """Those of its variables that a layer has, with PyTorch's names."""
    known = next((parts for kind, parts in PARTS.items() if isinstance(layer, kind)), ())
    return [(ours, theirs) for ours, theirs in known if getattr(layer, ours, None) is not None]


def turned(layer, part, data, image, back):
    """A kernel in the other library's order of axes; anything else as it is."""
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


def fitting(name, data, shape):
    """The array, if it has this shape; else ValueError."""
    if data.shape != tuple(shape):
        raise ValueError(f"{name} is of another shape: {data.shape} does not fit {tuple(shape)}.")
    return data
