"""tf.keras.backend: settings of all of nn. There is no global graph, so nothing has to be cleared."""

import autodiff as _ad
from nn.settings import floatx, set_floatx
from nn.tf._missing import lacks as _lacks


def clear_session(free_memory=True):
    """Do nothing: a model is freed when no variable holds it."""


def get_value(x):
    """The number or array that x holds."""
    return _ad.to_numpy(x)[()]


def epsilon():
    """The small number in Keras's formulas."""
    return 1e-7


__getattr__ = _lacks(__name__)
