"""tf.keras.losses: nn's own, whose results are tensors."""

from nn import losses as _losses
from nn.tf._missing import lacks as _lacks
from nn.tf._results import Loss as _Loss
from nn.tf._results import adapted as _adapted

globals().update(_adapted(__name__, {_name: getattr(_losses, _name) for _name in _losses.__all__}, _Loss))
_own = globals()
mse = MSE = _own["mean_squared_error"]
mae = MAE = _own["mean_absolute_error"]
mape = MAPE = _own["mean_absolute_percentage_error"]
msle = MSLE = _own["mean_squared_logarithmic_error"]
kld = KLD = kullback_leibler_divergence = _own["kl_divergence"]
logcosh = _own["log_cosh"]


class Reduction:
    """Keras 2's names for what a loss does with the losses of a batch."""

    AUTO = SUM_OVER_BATCH_SIZE = "sum_over_batch_size"
    NONE, SUM = "none", "sum"


def get(identifier):
    """The function of that name, or a loss for the name of its class. What is no name stays as it is."""
    if not isinstance(identifier, str):
        return identifier
    known = _own.get(identifier) if identifier in _losses.NAMES else None
    return known if hasattr(known, "__wrapped__") else _own[type(_losses.get(identifier)).__name__]()


__getattr__ = _lacks(__name__)
