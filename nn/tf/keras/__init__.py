"""tf.keras: nn's layers, losses and optimizers where Keras keeps them."""

from nn import Input, Model, Sequential
from nn.tf._missing import lacks as _lacks
from nn.tf.keras import (
    activations,
    callbacks,
    datasets,
    initializers,
    layers,
    losses,
    metrics,
    models,
    optimizers,
    regularizers,
    utils,
)

optimizer = optimizers  # as the lecture notes write it

__getattr__ = _lacks(__name__)
