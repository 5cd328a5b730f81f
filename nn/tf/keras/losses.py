"""tf.keras.losses: nn's own."""

from nn.losses import *
from nn.tf._missing import lacks as _lacks

__getattr__ = _lacks(__name__)
