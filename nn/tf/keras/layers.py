"""tf.keras.layers: nn's own."""

from nn import Input
from nn.layers import *
from nn.tf._missing import lacks as _lacks

__getattr__ = _lacks(__name__)
