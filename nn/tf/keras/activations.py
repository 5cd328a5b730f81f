"""tf.keras.activations: nn's own."""

from nn.activations import *
from nn.activations import get, silu
from nn.tf._missing import lacks as _lacks

swish = silu

__getattr__ = _lacks(__name__)
