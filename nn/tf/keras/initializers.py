"""tf.keras.initializers: nn's own."""

from nn.initializers import *
from nn.tf._missing import lacks as _lacks

__getattr__ = _lacks(__name__)
