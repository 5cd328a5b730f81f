"""Layers, losses and optimizers over the tape, with Keras's names."""

from typing import TYPE_CHECKING, Any

from nn import (
    activations,
    callbacks,
    clipping,
    initializers,
    layers,
    lookup,
    losses,
    metrics,
    optimizers,
    regularizers,
    schedules,
)
from nn.graph import Input
from nn.layers import (
    Activation,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    Layer,
    LayerNormalization,
    MaxPool2D,
    MaxPooling2D,
    Perceptron,
)
from nn.model import MLP, Model, Sequential
from nn.settings import floatx, generator, set_floatx, set_random_seed, training

if TYPE_CHECKING:
    from nn import diagnosis, exchange, plots, scalar, tuning
    from nn.diagnosis import diagnose

__all__ = [
    "MLP", "Activation", "BatchNormalization", "Conv2D", "Dense", "Dropout", "Embedding", "Flatten", "Input", "Layer",
    "LayerNormalization", "MaxPool2D", "MaxPooling2D", "Model", "Perceptron", "Sequential", "activations", "callbacks",
    "clipping", "diagnose", "diagnosis", "exchange", "floatx", "generator", "initializers", "layers", "losses", "metrics",
    "optimizers", "plots", "regularizers", "scalar", "schedules", "set_floatx", "set_random_seed", "training", "tuning",
]  # fmt: skip

PYTORCHS = {  # what PyTorch has under this name
    "BatchNorm1d": "BatchNormalization", "BatchNorm2d": "BatchNormalization", "BCELoss": "losses.BinaryCrossentropy",
    "BCEWithLogitsLoss": "losses.BinaryCrossentropy(from_logits=True)", "Conv2d": "Conv2D", "LayerNorm": "LayerNormalization",
    "CrossEntropyLoss": "losses.SparseCategoricalCrossentropy(from_logits=True)", "L1Loss": "losses.MeanAbsoluteError",
    "Linear": "Dense", "MaxPool2d": "MaxPool2D", "MSELoss": "losses.MeanSquaredError", "ReLU": "Activation('relu')",
    "Module": "Layer or nn.Model", "Sigmoid": "Activation('sigmoid')", "Softmax": "Activation('softmax')",
    "Tanh": "Activation('tanh')", "functional": "activations", "optim": "optimizers",
}  # fmt: skip
ON_FIRST_USE = ("diagnosis", "exchange", "plots", "scalar", "tuning")  # modules that are loaded when they are first used


def __getattr__(name: str) -> Any:
    import importlib

    if name in ON_FIRST_USE:
        return importlib.import_module(f"nn.{name}")  # which also makes it an attribute of nn
    if name == "diagnose":
        globals()[name] = found = importlib.import_module("nn.diagnosis").diagnose
        return found
    return lookup.lacking("nn", __all__, PYTORCHS)(name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
