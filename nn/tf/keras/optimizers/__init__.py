"""tf.keras.optimizers: nn's own."""

from nn.optimizers import *
from nn.optimizers import get
from nn.tf._missing import lacks as _lacks
from nn.tf.keras.optimizers import schedules  # type: ignore[no-redef]  # in place of those of nn.optimizers

__getattr__ = _lacks(__name__)
