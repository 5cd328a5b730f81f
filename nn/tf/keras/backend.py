"""tf.keras.backend: what is set for all of nn. There is no graph that could grow, so that nothing is to be cleared."""

from nn.settings import floatx, set_floatx
from nn.tf._missing import lacks as _lacks


def clear_session(free_memory=True):
    """Nothing: a model is forgotten when nobody holds it."""


def epsilon():
    """The small number of Keras's formulas."""
    return 1e-7


__getattr__ = _lacks(__name__)
