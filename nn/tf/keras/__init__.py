"""tf.keras: nn's layers, losses and optimizers where Keras keeps them."""

from autodiff import Variable
from nn.initializers import Initializer
from nn.layers import Layer
from nn.losses import Loss
from nn.metrics import Metric
from nn.model import Input, Model, Sequential
from nn.optimizers import Optimizer
from nn.regularizers import L1L2 as Regularizer
from nn.tf._missing import lacks as _lacks
from nn.tf.keras import (
    activations,
    backend,
    callbacks,
    config,
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
