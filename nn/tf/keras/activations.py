"""tf.keras.activations: nn's own, whose results are tensors."""

from nn import activations as _activations
from nn.tf._missing import lacks as _lacks
from nn.tf._results import adapted as _adapted

globals().update(_adapted(__name__, {_name: getattr(_activations, _name) for _name in _activations.__all__}))
_own = globals()
swish, hard_swish = _own["silu"], _own["hard_silu"]


def get(identifier):
    """The activation of that name. A function stays as it is, and None is linear."""
    found = _activations.get(identifier)
    return _own[found.__name__] if isinstance(identifier, str) else found


__getattr__ = _lacks(__name__)
