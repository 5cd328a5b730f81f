"""Metric: what every metric is, and the two ways of making one."""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np

import autodiff as ad
from nn import initializers, lookup
from nn.arguments import array, items, wrong
from nn.arrays import computed, is_external, is_lazy, near, plain
from nn.data import weights_for, with_rows
from nn.masks import MASKS, aligned, mask_of
from nn.typing import ArrayLike, DType, Function


class Metric:
    """`update_state(y_true, y_pred, sample_weight)` takes a batch, `result()` is a float, `reset_state()` starts again.

    name: its key in the history. better: "max" or "min". of_logits: whether the outputs are logits; `compile` sets it, as the
    loss says.
    """

    better = "max"
    of_logits = False
    gathers: tuple[str, ...] = ()  # the attributes that hold what was gathered: numbers and arrays to add, lists to join

    def __init__(self, name: str | None = None) -> None:
        self.name = lookup.name_of(self, name)
        self.variables: list[ad.Variable] = []
        with suppress(AttributeError):  # of what a subclass makes after this, which begins as it is made
            self.reset_state()

    def __call__(self, *given: Any, **named: Any) -> Any:
        """Call update_state with these, and return the metric of all batches since the last reset, as in Keras."""
        self.update_state(*given, **named)
        return self.result()

    def add_weight(self, shape_or_name: Sequence[int] | str = (), initializer: Any = "zeros", name: str | None = None,
                   dtype: DType = None, *, shape: Sequence[int] | None = None) -> ad.Variable:  # fmt: skip
        """A new Variable for what a subclass gathers. Its shape stands first, or its name and then its shape, as in a layer.
        `reset_state` makes it 0, unless the subclass says otherwise."""
        data, name = initializers.first_numbers(shape_or_name, initializer, name, shape, dtype or np.float32, "zeros")
        self.variables.append(ad.Variable(data, trainable=False, name=name))
        return self.variables[-1]

    add_variable = add_weight

    def update_state(self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None) -> None:
        """Take one batch into account."""
        raise NotImplementedError(f"{type(self).__name__} does not say what it gathers: define update_state(y_true, y_pred).")

    def result(self) -> float:
        """The metric of all batches since the last reset."""
        raise NotImplementedError(f"{type(self).__name__} does not say what it gives: define result().")

    def logged(self) -> float:
        """The result as a float, for the history: a Variable would change later. Raises ValueError for several numbers."""
        found = ad.to_numpy(self.result())
        if found.size != 1:
            raise ValueError(f"fit shows one number for each metric, but {self.name} gives {found.size}: average them.")
        return float(found.reshape(()))

    def reset_state(self) -> None:
        """Forget all batches."""
        for v in self.variables:
            v.assign(np.zeros_like(v.data))

    def state(self) -> list[Any]:
        """What was gathered since the last reset; empty if the metric does not say where it is."""
        return [*(getattr(self, name) for name in self.gathers), *(np.array(v.data) for v in self.variables)]

    def merge(self, states: Sequence[list[Any]]) -> None:
        """Take for what was gathered the sum of these states, which several processes have gathered."""
        several = [items("A state", state, "a list, as state() gives it") for state in items("states", states)]
        total = [functools.reduce(operator.add, parts) for parts in zip(*several)]
        for name, x in zip(self.gathers, total):
            setattr(self, name, x)
        for v, x in zip(self.variables, total[len(self.gathers) :]):
            v.assign(x)


class Mean(Metric):
    """The mean of numbers, Mean()(values, sample_weight), or that of `score(y_true, y_pred)`, which a subclass defines: it
    returns an array of numbers for the examples.

    >>> mean = Mean()
    >>> mean([1.0, 3.0]), mean(5.0)
    (2.0, 3.0)
    """

    gathers = ("total", "count")

    def reset_state(self) -> None:
        self.total = self.count = 0.0

    def update_state(self, y_true: ArrayLike, y_pred: ArrayLike | None = None, sample_weight: ArrayLike | None = None) -> None:
        if type(self).score is Mean.score:
            (values,), sample_weight = computed([plain(y_true)]), y_pred if sample_weight is None else sample_weight
            scores = array("values", values)
        else:
            y, p, sample_weight = what_is_there(y_true, y_pred, sample_weight)
            scores = self.score(y, p)
        if sample_weight is None:
            self.total += float(scores.sum())
            self.count += scores.size
        else:
            w = near(scores, weights_for(scores.shape, sample_weight))
            self.total += float((scores * w).sum())
            self.count += float(np.broadcast_to(w, scores.shape).sum())

    def result(self) -> float:
        return self.total / self.count if self.count else float("nan")

    def score(self, y: np.ndarray, p: np.ndarray) -> np.ndarray:
        raise NotImplementedError(f"{type(self).__name__} does not say how it scores: define score(y_true, y_pred).")


class AccumulatingMetric(Metric):
    """A metric that needs all examples at once. Subclasses define it in `compute(y, p, w)`: the targets and predictions as
    (examples, outputs), and the weights as (examples, 1)."""

    gathers = ("parts",)

    def reset_state(self) -> None:
        self.parts: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []

    def update_state(self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None) -> None:
        y, p, sample_weight = what_is_there(y_true, y_pred, sample_weight)
        y, p = columns(y, p)
        w = np.ones(len(p)) if sample_weight is None else weights_for((len(p),), sample_weight)
        self.parts.append((y, p, near(p, w)))

    def result(self) -> Any:
        if not self.parts:
            return float("nan")
        y, p, w = (np.concatenate(columns) for columns in zip(*self.parts))
        found = ad.to_numpy(self.compute(y, p, w[:, None]))
        return found if found.ndim else float(found)

    def compute(self, y: np.ndarray, p: np.ndarray, w: np.ndarray) -> Any:
        raise NotImplementedError(f"{type(self).__name__} does not say what it gives: define compute(y, p, w).")


class MeanOf(Mean):
    """The mean of a function (y_true, y_pred), which returns a number for each example, or one for the batch."""

    def __init__(self, function: Function, name: str | None = None) -> None:
        known_as = getattr(function, "__name__", getattr(function, "name", "metric"))
        super().__init__(lookup.snake(known_as) if name is None else name)
        self.function = function

    def score(self, y: np.ndarray, p: np.ndarray) -> np.ndarray:
        found = plain(self.function(y, p))
        return found if found.ndim else np.broadcast_to(found, len(p))


def read(what: str, a: ArrayLike | None) -> np.ndarray:
    """The numbers of a batch, with an axis of examples. A tape does not mind: metrics are not differentiated."""
    if a is None:
        raise wrong(what, "an array whose first axis is that of the examples", a)
    return with_rows(what, a if isinstance(a, np.ndarray) or hasattr(type(a), "toarray") else plain(a))


def what_is_there(y_true: ArrayLike, y_pred: ArrayLike, w: Any) -> tuple[np.ndarray, np.ndarray, Any]:
    """The numbers and the weights of a batch, without the steps that are not there, as the mask of y_pred says."""
    mask = mask_of(y_pred) if MASKS else None
    y, p = read("y_true", y_true), read("y_pred", y_pred)
    if type(y) is not np.ndarray or type(p) is not np.ndarray or is_lazy(w):
        y, p, w = in_one_place(y, p, w)
    if mask is None:
        return y, p, w
    there = near(p, plain(mask).astype(bool))
    for what, a in (("y_true", y), ("y_pred", p)):
        if a.shape[: there.ndim] != there.shape:
            raise ValueError(f"The mask of y_pred has shape {there.shape}, which does not fit {what}: it has shape {a.shape}.")
    if w is not None:
        w = np.broadcast_to(near(p, plain(aligned(w, there.ndim))), there.shape)[there]
    return y[there], p[there], w


def in_one_place(y: Any, p: Any, w: Any) -> tuple[Any, Any, Any]:
    """The same where p is; Dask's arrays are computed, all together."""
    y, p, w = computed([y, p, w])
    y = near(p, y)
    if is_external(y) and not is_external(p):
        names = f"y_true is an array of {ad.array_library(y)}, and y_pred one of numpy"
        raise TypeError(f"{names}: nothing is copied to the host unasked. Bring y_true there by ad.to_numpy(y_true).")
    return y, p, w


def hits(y: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Where the classes are equal. Raises ValueError for different shapes."""
    return same_shape(y, p) == p


def same_shape(y: np.ndarray, p: np.ndarray) -> np.ndarray:
    """y. Raises ValueError if p has another shape."""
    if y.shape != p.shape:
        raise ValueError(f"There are labels of shape {y.shape}, but predictions for shape {p.shape}: the sparse metrics take "
                         "a whole number for each row, the others one-hot rows.")  # fmt: skip
    return y


def columns(y: np.ndarray, p: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Targets and predictions as floats of shape (examples, outputs). Raises ValueError for different sizes."""
    if y.size != p.size or len(y) != len(p):
        raise ValueError(f"y_true has shape {y.shape} and y_pred {p.shape}: a metric compares as many targets as predictions.")
    return floats(y).reshape(len(y), -1), floats(p).reshape(len(p), -1)


def floats(a: np.ndarray) -> np.ndarray:
    """Integers and booleans as float64, as their differences may wrap, and half precision, whose squares may be infinite."""
    return a if a.dtype.kind == "f" and a.dtype.itemsize >= 4 else a.astype(np.float64)
