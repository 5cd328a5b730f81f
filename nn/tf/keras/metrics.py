"""tf.keras.metrics: nn's own."""

from nn.metrics import *
from nn.tf._missing import lacks as _lacks

__getattr__ = _lacks(__name__)
