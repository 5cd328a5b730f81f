"""tf.keras.activations: nn's own."""

from nn.activations import *
from nn.activations import get, hard_silu, silu
from nn.tf._missing import lacks as _lacks

swish, hard_swish = silu, hard_silu

__getattr__ = _lacks(__name__)
