"""tf.keras.optimizers: nn's own."""

from nn.optimizers import *
from nn.optimizers import get
from nn.tf._missing import lacks as _lacks
from nn.tf.keras.optimizers import schedules

__getattr__ = _lacks(__name__)
