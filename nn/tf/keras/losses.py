"""tf.keras.losses: nn's own."""

from nn.losses import *
from nn.losses import get
from nn.tf._missing import lacks as _lacks

mse = MSE = mean_squared_error
mae = MAE = mean_absolute_error

__getattr__ = _lacks(__name__)
