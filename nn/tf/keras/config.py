"""tf.keras.config: settings of all of nn."""

from nn.settings import floatx, set_floatx
from nn.tf._missing import lacks as _lacks
from nn.tf.keras.backend import epsilon

__getattr__ = _lacks(__name__)
