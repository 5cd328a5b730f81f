"""tf.keras.regularizers: nn's own."""

from nn.regularizers import *
from nn.tf._missing import lacks as _lacks

__getattr__ = _lacks(__name__)
