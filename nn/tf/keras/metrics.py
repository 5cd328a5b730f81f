"""tf.keras.metrics: nn's own, whose results have a numpy(), and the mean and the sum of numbers."""

import numpy as _np

from nn import metrics as _metrics
from nn.metrics.base import hits as _hits
from nn.metrics.base import read as _read
from nn.tf._arguments import T as _T
from nn.tf._arguments import raw as _raw
from nn.tf._missing import lacks as _lacks
from nn.tf._results import Metric as _Metric
from nn.tf._results import Number as _Number
from nn.tf._results import adapted as _adapted
from nn.tf.keras import losses as _losses

globals().update(_adapted(__name__, {_name: getattr(_metrics, _name) for _name in _metrics.__all__}, _Metric))
globals().update({_name: _x for _name, _x in vars(_losses).items() if not _name.startswith("_") and not isinstance(_x, type)})


def get(identifier):
    """The metric of that name. A Metric stays as it is, and a function (y_true, y_pred) becomes a metric."""
    made = _metrics.get(identifier)
    return globals()[type(made).__name__](name=made.name) if isinstance(identifier, str) else made


def _scores(metric, y_true, y_pred):
    return _T(metric.score(_read("y_true", y_true), _read("y_pred", y_pred)).astype(_np.float32))


def binary_accuracy(y_true, y_pred, threshold=0.5):
    return _T((_raw(y_pred) > threshold) == (_raw(y_true) > 0), _np.float32)


def categorical_accuracy(y_true, y_pred):
    return _scores(_metrics.CategoricalAccuracy(), y_true, y_pred)


def sparse_categorical_accuracy(y_true, y_pred):
    return _scores(_metrics.SparseCategoricalAccuracy(), y_true, y_pred)


def top_k_categorical_accuracy(y_true, y_pred, k=5):
    return _scores(_metrics.TopKCategoricalAccuracy(k), y_true, y_pred)


def sparse_top_k_categorical_accuracy(y_true, y_pred, k=5):
    return _scores(_metrics.SparseTopKCategoricalAccuracy(k), y_true, y_pred)


class Accuracy(_Metric, _metrics.Mean):
    """How often the predictions are the labels themselves. (compile's "accuracy" finds the one that fits the outputs.)"""

    def score(self, y, p):
        return _hits(*(a[..., 0] if a.shape == (*b.shape, 1) else a for a, b in ((y, p), (p, y))))


class Mean(_Metric, _metrics.Mean):
    """The mean of all numbers since the last reset; 0 if there are none."""

    def result(self):
        return super().result() if self.count else _Number(0.0)


class Sum(_Metric, _metrics.Mean):
    """The sum of all numbers since the last reset."""

    def result(self):
        return _Number(self.total)


__getattr__ = _lacks(__name__)
