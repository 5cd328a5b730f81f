"""tf.autodiff: forward mode."""

from autodiff import ForwardAccumulator
from nn.tf._missing import lacks as _lacks
from nn.tf._tape import GradientTape

__getattr__ = _lacks(__name__)
