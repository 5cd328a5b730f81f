"""tf.keras.datasets: there are none; whoever asks is told where data come from."""

from nn.tf._missing import lacks as _lacks

__getattr__ = _lacks(__name__)
