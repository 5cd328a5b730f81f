"""Layers, losses and optimizers over the tape, with Keras's names."""

import sys
from typing import TYPE_CHECKING, Any

from nn import (
    activations,
    callbacks,
    clipping,
    elsewhere,
    initializers,
    layers,
    losses,
    metrics,
    optimizers,
    regularizers,
    schedules,
)
from nn.cloning import clone_model
from nn.graph import Input
from nn.layers import *
from nn.model import MLP, Model, Sequential
from nn.settings import (
    array_module,
    floatx,
    generator,
    set_array_module,
    set_floatx,
    set_random_seed,
    training,
    use_array_module,
)

del add, average, concatenate, dot, maximum, minimum, multiply, subtract  # noqa: F821 - these are of nn.layers alone

if TYPE_CHECKING:
    from nn import diagnosis, distributed, exchange, plots, scalar, tuning
    from nn.diagnosis import diagnose

__all__ = [
    "ELU", "GRU", "LSTM", "MLP", "RNN", "Activation", "Add", "Average", "AveragePooling1D", "AveragePooling2D",
    "BatchNormalization", "Bidirectional", "Concatenate", "Conv1D", "Conv2D", "Conv2DTranspose", "Dense", "Dot", "Dropout",
    "Embedding", "Flatten", "GRUCell", "GaussianNoise", "GlobalAveragePooling1D", "GlobalAveragePooling2D",
    "GlobalMaxPooling1D", "GlobalMaxPooling2D", "GroupNormalization", "Input", "LSTMCell", "Lambda", "Layer",
    "LayerNormalization", "LeakyReLU", "Masking", "MaxPool1D", "MaxPool2D", "MaxPooling1D", "MaxPooling2D", "Maximum",
    "Minimum", "Model", "MultiHeadAttention", "Multiply", "Normalization", "PReLU", "Perceptron", "Permute",
    "PositionEmbedding", "RMSNormalization", "ReLU", "RepeatVector", "Rescaling", "Reshape", "Sequential", "SimpleRNN",
    "SimpleRNNCell", "SinePositionEncoding", "Softmax", "SpatialDropout1D", "SpatialDropout2D", "StackedRNNCells", "Subtract",
    "TimeDistributed", "UpSampling2D", "ZeroPadding2D", "activations", "array_module", "callbacks", "clipping", "clone_model",
    "diagnose", "diagnosis", "distributed", "exchange", "floatx", "generator", "initializers", "layers", "losses", "metrics",
    "optimizers", "plots", "regularizers", "scalar", "schedules", "set_array_module", "set_floatx", "set_random_seed",
    "training", "tuning", "use_array_module",
]  # fmt: skip

ON_FIRST_USE = ("diagnosis", "distributed", "exchange", "plots", "scalar", "tuning")  # modules that are loaded when used
PARTS = (layers, losses, optimizers, metrics, callbacks, activations, initializers, regularizers, schedules)


def __getattr__(name: str) -> Any:
    import importlib

    if name in ON_FIRST_USE:
        return importlib.import_module(f"nn.{name}")  # which also makes it an attribute of nn
    if name == "diagnose":
        globals()[name] = found = importlib.import_module("nn.diagnosis").diagnose
        return found
    raise elsewhere.lacking(sys.modules[__name__], name, PARTS)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


for _kind, _names in (
    (Layer, elsewhere.OF_LAYERS), (Model, elsewhere.OF_MODELS), (optimizers.Optimizer, elsewhere.OF_OPTIMIZERS),
    (losses.Loss, elsewhere.OF_LOSSES), (callbacks.History, elsewhere.OF_HISTORIES),
):  # fmt: skip
    elsewhere.lack(_kind, _names)
for _part in PARTS:
    vars(_part)["__getattr__"] = elsewhere.part_lacks(_part, PARTS)
