"""One layer: forward, and the gradients of its weights and, where it has a derivative, its input; from the sum of squares."""

from typing import NamedTuple

import numpy as np

from benchmarks.subject import Contender, Subject


class Case(NamedTuple):
    layer: str
    args: tuple
    shape: tuple[int, ...]  # of x, with the channels last


def input_of(case):
    rng = np.random.default_rng(0)
    if case.layer == "Embedding":
        return rng.integers(0, case.args[0], case.shape)
    return rng.normal(size=case.shape).astype("f")


def weights_of(case):
    """The arrays of the layer, in Keras's order and shapes."""
    rng = np.random.default_rng(1)
    shapes = {
        "Conv2D": lambda: [(*2 * (case.args[1],), case.shape[-1], case.args[0]), (case.args[0],)],
        "Dense": lambda: [(case.shape[-1], case.args[0]), (case.args[0],)],
        "Embedding": lambda: [case.args],
        "LayerNormalization": lambda: 2 * [case.shape[-1:]],
        "BatchNormalization": lambda: 2 * [case.shape[-1:]],
        "MaxPool2D": list,
        "LSTM": lambda: [(case.shape[-1], 4 * case.args[0]), (case.args[0], 4 * case.args[0]), (4 * case.args[0],)],
    }
    return [rng.normal(0, 0.1, shape).astype("f") for shape in shapes[case.layer]()]


def autodiff(case):
    import autodiff as ad
    import nn

    layer, x = getattr(nn, case.layer)(*case.args), ad.constant(input_of(case))
    layer(x)
    for variable, array in zip(layer.trainable_variables, weights_of(case)):
        variable.assign(array)
    sources = [*layer.trainable_variables, *([x] if x.dtype.kind == "f" else [])]

    def step():
        with nn.training(), ad.Tape() as tape:
            if x.dtype.kind == "f":
                tape.watch(x)
            loss = ad.mean(ad.square(layer(x)))
        return loss, tape.gradient(loss, sources)[: len(layer.trainable_variables)]

    return step


def keras(case):
    import keras
    import tensorflow as tf

    layer, x = getattr(keras.layers, case.layer)(*case.args), tf.constant(input_of(case))
    layer(x)
    for variable, array in zip(layer.trainable_variables, weights_of(case)):
        variable.assign(array)
    sources = [*(v.value for v in layer.trainable_variables), *([x] if x.dtype.is_floating else [])]

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            if x.dtype.is_floating:
                tape.watch(x)
            loss = tf.reduce_mean(tf.square(layer(x, training=True) if "Norm" in case.layer else layer(x)))
        return loss, [tf.convert_to_tensor(g) for g in tape.gradient(loss, sources)]

    def run():
        loss, grads = step()
        return loss, grads[: len(layer.trainable_variables)]

    return run


def torch_function(case, weights):
    """The layer as a function of x, whose channels stand where torch has them."""
    from torch.nn import functional as F

    size = case.shape[-1:]
    return {
        "Conv2D": lambda x: F.conv2d(x, *weights),
        "Dense": lambda x: F.linear(x, *weights),
        "Embedding": lambda x: F.embedding(x, *weights),
        "LayerNormalization": lambda x: F.layer_norm(x, size, *weights, eps=1e-3),
        "BatchNormalization": lambda x: F.batch_norm(x, None, None, *weights, training=True, eps=1e-3),
        "MaxPool2D": lambda x: F.max_pool2d(x, *case.args),
        "LSTM": lambda x: lstm(x, *weights),
    }[case.layer]


def lstm(x, kernel, own, bias):
    """The last output; there are two biases, of which the other is 0."""
    import torch

    zeros = torch.zeros(1, len(x), own.shape[1])
    weights = [kernel, own, bias, torch.zeros_like(bias)]
    return torch.lstm(x, (zeros, zeros), weights, True, 1, 0.0, True, False, True)[0][:, -1]


TO_TORCH = {"Conv2D": [(3, 2, 0, 1)], "Dense": [(1, 0)], "LSTM": [(1, 0), (1, 0)]}  # the axes of its kernels


def torch(case):
    import torch

    arrays, x = weights_of(case), input_of(case)
    axes = TO_TORCH.get(case.layer, [])
    arrays[: len(axes)] = [a.transpose(order).copy() for a, order in zip(arrays, axes)]
    if x.ndim == 4:
        x = x.transpose(0, 3, 1, 2).copy()
    weights, x = [torch.tensor(a, requires_grad=True) for a in arrays], torch.tensor(x)
    sources = list(weights)
    if x.dtype.is_floating_point:
        sources.append(x.requires_grad_())
    function = torch_function(case, weights)

    def step():
        loss = function(x).square().mean()
        grads = torch.autograd.grad(loss, sources)[: len(weights)]
        turned = [g.permute(np.argsort(order).tolist()) for g, order in zip(grads, axes)]
        return loss.detach(), [*turned, *grads[len(axes) :]]

    return step


SUBJECT = Subject(
    title="Layers: forward and all gradients of one layer",
    cases={
        "Conv2D(16, 3) of 64x26x26x8": Case("Conv2D", (16, 3), (64, 26, 26, 8)),
        "Conv2D(8, 3) of 64x28x28x1": Case("Conv2D", (8, 3), (64, 28, 28, 1)),
        "MaxPool2D(2) of 64x26x26x8": Case("MaxPool2D", (2,), (64, 26, 26, 8)),
        "Embedding(1000, 32) of 64x20": Case("Embedding", (1000, 32), (64, 20)),
        "LayerNormalization of 64x20x32": Case("LayerNormalization", (), (64, 20, 32)),
        "BatchNormalization of 128x64": Case("BatchNormalization", (), (128, 64)),
        "Dense(64) of 128x64": Case("Dense", (64,), (128, 64)),
        "LSTM(64) of 32x20x16": Case("LSTM", (64,), (32, 20, 16)),
    },
    quick={
        "Conv2D": Case("Conv2D", (3, 2), (2, 5, 5, 2)),
        "MaxPool2D": Case("MaxPool2D", (2,), (2, 4, 4, 2)),
        "Embedding": Case("Embedding", (5, 3), (2, 4)),
        "LayerNormalization": Case("LayerNormalization", (), (2, 3, 4)),
        "BatchNormalization": Case("BatchNormalization", (), (5, 4)),
        "Dense": Case("Dense", (2,), (3, 4)),
        "LSTM": Case("LSTM", (2,), (3, 4, 2)),
    },
    contenders={
        "autodiff": Contender(autodiff),
        "PyTorch": Contender(torch, ("torch",)),
        "Keras, tf.function": Contender(keras, ("tensorflow", "keras")),
    },
    inverse=True,
    rtol=2e-3,
    atol=1e-5,
)
