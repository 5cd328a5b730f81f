"""Layers, losses and optimizers over the tape, with Keras's names."""

from nn import activations, initializers, losses, optimizers, scalar
from nn.layers import Dense, Layer, Sequential

__all__ = ["Dense", "Layer", "Sequential", "activations", "initializers", "losses", "optimizers", "scalar"]
