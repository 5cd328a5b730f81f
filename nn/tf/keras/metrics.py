"""tf.keras.metrics: nn's own."""

from nn.losses import binary_crossentropy, categorical_crossentropy, hinge, huber, sparse_categorical_crossentropy
from nn.losses import mean_absolute_error as mae
from nn.losses import mean_squared_error as mse
from nn.metrics import *
from nn.metrics import get
from nn.tf._missing import lacks as _lacks

MSE, MAE = mse, mae

__getattr__ = _lacks(__name__)
