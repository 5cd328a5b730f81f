"""Layers, losses and optimizers over the tape, with Keras's names."""

from nn import (
    activations,
    callbacks,
    clipping,
    diagnosis,
    exchange,
    initializers,
    layers,
    losses,
    metrics,
    optimizers,
    plots,
    regularizers,
    scalar,
    schedules,
    tuning,
)
from nn.diagnosis import diagnose
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
from nn.model import MLP, Input, Model, Sequential
from nn.settings import floatx, generator, set_floatx, set_random_seed, training

__all__ = [
    "MLP", "Activation", "BatchNormalization", "Conv2D", "Dense", "Dropout", "Embedding", "Flatten", "Input", "Layer",
    "LayerNormalization", "MaxPool2D", "MaxPooling2D", "Model", "Perceptron", "Sequential", "activations", "callbacks",
    "clipping", "diagnose", "diagnosis", "exchange", "floatx", "generator", "initializers", "layers", "losses", "metrics",
    "optimizers", "plots", "regularizers", "scalar", "schedules", "set_floatx", "set_random_seed", "training", "tuning",
]  # fmt: skip
