"""tf.autodiff: forward mode."""

from autodiff import ForwardAccumulator, GradientTape
from nn.tf._missing import lacks as _lacks

__getattr__ = _lacks(__name__)
