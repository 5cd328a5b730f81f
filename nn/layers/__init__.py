"""The layers."""

from nn.layers.base import Layer
from nn.layers.convolution import Conv2D, MaxPool2D, MaxPooling2D
from nn.layers.dense import Activation, Dense, Dropout, Embedding, Flatten, Perceptron
from nn.layers.normalization import BatchNormalization, LayerNormalization

__all__ = [
    "Activation", "BatchNormalization", "Conv2D", "Dense", "Dropout", "Embedding", "Flatten", "Layer", "LayerNormalization",
    "MaxPool2D", "MaxPooling2D", "Perceptron",
]  # fmt: skip
