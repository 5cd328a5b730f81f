"""tf.keras.callbacks: nn's own."""

from nn.callbacks import *
from nn.tf._missing import lacks as _lacks

__getattr__ = _lacks(__name__)
