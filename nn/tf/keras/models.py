"""tf.keras.models: nn's own."""

from nn.cloning import clone_model
from nn.model import Model, Sequential
from nn.tf._missing import lacks as _lacks

__getattr__ = _lacks(__name__)
