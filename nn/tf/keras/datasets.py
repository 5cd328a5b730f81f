"""tf.keras.datasets: there are none. The error for a missing name says where to get data."""

from nn.tf._missing import lacks as _lacks

__getattr__ = _lacks(__name__)
