"""tf.keras.optimizers: nn's own."""

from nn.optimizers import *
from nn.tf._missing import lacks as _lacks

__getattr__ = _lacks(__name__)
