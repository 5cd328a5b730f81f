"""tf.keras: nn's layers, losses and optimizers under Keras's names."""

from autodiff import Variable
from nn.graph import Input
from nn.initializers import Initializer
from nn.layers import Layer
from nn.model import Model, Sequential
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
    ops,
    optimizers,
    random,
    regularizers,
    utils,
)

Loss, Metric = losses.Loss, metrics.Metric
optimizer = optimizers  # MIT 6.S191, lecture 1, writes tf.keras.optimizer.SGD

__getattr__ = _lacks(__name__)
