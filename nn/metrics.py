"""Metrics: how good predictions are, over all the batches of an epoch. They are not differentiated."""

import numpy as np

from nn import lookup
from nn.data import weights_for


class Metric:
    """Gathers batches in `update_state(y_true, y_pred, sample_weight)`; `result()` is a float, `reset_state()` begins anew.

    name: its key in the history. better: "max" or "min".
    """

    better = "max"

    def __init__(self, name=None):
        self.name = name or lookup.snake(type(self).__name__)
        self.reset_state()

    def __call__(self, y_true, y_pred, sample_weight=None):
        """The metric of these predictions alone."""
        self.reset_state()
        self.update_state(y_true, y_pred, sample_weight)
        return self.result()

    def update_state(self, y_true, y_pred, sample_weight=None):
        raise NotImplementedError(f"{type(self).__name__} does not say what it gathers: define update_state(y_true, y_pred).")


class Mean(Metric):
    """The mean of `score(y_true, y_pred)`, one number an example, which subclasses define."""

    def reset_state(self):
        self.total = self.count = 0.0

    def update_state(self, y_true, y_pred, sample_weight=None):
        scores = self.score(np.asarray(y_true), np.asarray(y_pred))
        if sample_weight is None:
            self.total += float(scores.sum())
            self.count += scores.size
        else:
            w = weights_for(scores.shape, sample_weight)
            self.total += float((scores * w).sum())
            self.count += float(np.broadcast_to(w, scores.shape).sum())

    def result(self):
        return self.total / self.count if self.count else float("nan")


class SparseCategoricalAccuracy(Mean):
    """How often the largest output is that of the label, a whole number.

    >>> SparseCategoricalAccuracy()([1, 0], [[0.2, 0.8], [0.3, 0.7]])
    0.5
    """

    def score(self, y, p):
        return hits(y[..., 0] if y.ndim == p.ndim else y, p.argmax(-1))


class CategoricalAccuracy(Mean):
    """How often the largest output is where the row of zeros has its one."""

    def score(self, y, p):
        return hits(y.argmax(-1), p.argmax(-1))


class BinaryAccuracy(Mean):
    """How often the output is above the threshold just when the label is 1 (and not 0 or -1)."""

    def __init__(self, name=None, threshold=0.5):
        super().__init__(name)
        self.threshold = threshold

    def score(self, y, p):
        y, p = columns(y, p)
        return ((p > self.threshold) == (y > 0)).mean(-1)


class Accuracy(BinaryAccuracy):
    """The accuracy that fits the shapes: binary for one output, categorical for rows of zeros and a one, else sparse."""

    def score(self, y, p):
        if p.ndim == 1 or p.shape[-1] == 1:
            return super().score(y, p)
        return (CategoricalAccuracy if y.shape == p.shape else SparseCategoricalAccuracy).score(self, y, p)


class MeanSquaredError(Mean):
    """mean((y - ŷ)^2)."""

    better = "min"

    def score(self, y, p):
        y, p = columns(y, p)
        return np.square(p - y).mean(-1)


class RootMeanSquaredError(MeanSquaredError):
    """sqrt(mean((y - ŷ)^2))."""

    def result(self):
        return super().result() ** 0.5


class MeanAbsoluteError(Mean):
    """mean(|y - ŷ|)."""

    better = "min"

    def score(self, y, p):
        y, p = columns(y, p)
        return np.abs(p - y).mean(-1)


class AccumulatingMetric(Metric):
    """A metric that needs all the examples at once: `compute(y, p, w)`, which subclasses define."""

    def reset_state(self):
        self.parts = []

    def update_state(self, y_true, y_pred, sample_weight=None):
        y, p = columns(np.asarray(y_true), np.asarray(y_pred))
        self.parts.append((y, p, np.ones(len(p)) if sample_weight is None else weights_for((len(p),), sample_weight)))

    def result(self):
        if not self.parts:
            return float("nan")
        y, p, w = (np.concatenate(columns) for columns in zip(*self.parts))
        return float(self.compute(y, p, w[:, None]))


class Precision(AccumulatingMetric):
    """Of what was held to be positive, the share that is; 0 if nothing was."""

    def __init__(self, threshold=0.5, name=None):
        super().__init__(name)
        self.threshold = threshold

    def compute(self, y, p, w):
        return share(w, y > 0, p > self.threshold)


class Recall(Precision):
    """Of what is positive, the share that was held to be; 0 if nothing is."""

    def compute(self, y, p, w):
        return share(w, p > self.threshold, y > 0)


class AUC(AccumulatingMetric):
    """The area under the ROC curve, exactly: the chance that a positive example's output is above a negative one's. NaN if
    there are only positive or only negative ones. (Keras samples the curve at 200 thresholds.)

    >>> AUC()([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    0.75
    """

    def compute(self, y, p, w):
        order = np.argsort(p, axis=None)
        p, w = p.ravel()[order], np.broadcast_to(w, y.shape).ravel()[order]
        last = np.append(p[1:] != p[:-1], True)  # of equal outputs
        up, down = (np.append(0, np.cumsum(w * is_it)[last]) for is_it in ((y > 0).ravel()[order], (y <= 0).ravel()[order]))
        with np.errstate(invalid="ignore"):
            return np.sum(np.diff(up) * (down[1:] + down[:-1])) / (2 * np.float64(up[-1]) * down[-1])


class R2Score(AccumulatingMetric):
    """1 - sum((y - ŷ)^2) / sum((y - mean(y))^2), the mean of it over the outputs; of a constant y, 1 if ŷ is it and else 0."""

    def compute(self, y, p, w):
        residual = (w * (y - p) ** 2).sum(0)
        total = (w * (y - (w * y).sum(0) / w.sum()) ** 2).sum(0)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.mean(np.where(total > 0, 1 - residual / total, residual == 0))


def share(w, part, among):
    """The weight of those that are both, by that of those among which they are."""
    whole = np.sum(w * among)
    return np.sum(w * (part & among)) / whole if whole else 0.0


def hits(y, p):
    """Where the classes are the same. ValueError if there are not as many of them."""
    if y.shape != p.shape:
        raise ValueError(f"There are labels of shape {y.shape}, but predictions for shape {p.shape}.")
    return y == p


def columns(y, p):
    """Targets and predictions as (examples, outputs). ValueError if their numbers differ."""
    if y.size != p.size or len(y) != len(p):
        raise ValueError(f"y_true has shape {y.shape} and y_pred {p.shape}: a metric compares as many targets as predictions.")
    return y.reshape(len(y), -1), p.reshape(len(p), -1)


CLASSES = (
    Accuracy, BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy, Precision, Recall, AUC, MeanSquaredError,
    RootMeanSquaredError, MeanAbsoluteError, R2Score,
)  # fmt: skip
NAMES = lookup.table(*CLASSES, acc=Accuracy, mse=MeanSquaredError, mae=MeanAbsoluteError, rmse=RootMeanSquaredError, r2=R2Score)
__all__ = ["Mean", "Metric", *(c.__name__ for c in CLASSES)]


def get(metric, from_logits=False):
    """The metric of that name, under that name; a Metric stands for itself, and a function (y_true, y_pred) becomes one.

    Of logits, what is above 0 is held to be positive. ValueError for an unknown name.
    """
    if isinstance(metric, Metric):
        return metric
    made = lookup.resolve("metric", metric, NAMES)
    if not isinstance(made, Metric):
        made = MeanOf(made)
    elif isinstance(metric, str):
        made.name = metric
        if hasattr(made, "threshold") and from_logits:
            made.threshold = 0.0
    return made


class MeanOf(Mean):
    """The mean of a function (y_true, y_pred)."""

    def __init__(self, function, name=None):
        super().__init__(name or lookup.snake(getattr(function, "__name__", "metric")))
        self.function = function

    def score(self, y, p):
        return np.asarray(self.function(y, p))
