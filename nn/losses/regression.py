"""Losses of numbers."""

from __future__ import annotations

import math

import numpy as np

import autodiff as ad
from nn.arguments import axes, number
from nn.losses.base import LossFunction, PlainLoss
from nn.targets import epsilon_of, matched, within
from nn.typing import Array, ArrayLike

LARGEST_DELTA = 1e150
MADE = "…({y_true})"  # for pictures: what a loss made of its targets


def mean_squared_error(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """mean((y - ŷ)^2) over the last axis."""
    y, p = matched(y_true, y_pred)
    return ad.mean(ad.square(p - y), axis=-1)


def mean_absolute_error(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """mean(|y - ŷ|) over the last axis."""
    y, p = matched(y_true, y_pred)
    return ad.mean(ad.abs(p - y), axis=-1)


def mean_absolute_percentage_error(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """100 mean(|y - ŷ| / max(|y|, 1e-7)) over the last axis."""
    y, p = matched(y_true, y_pred)
    return ad.mean(ad.abs((p - y) / ad.maximum(ad.abs(y), epsilon_of(p))), axis=-1) * 100.0


def mean_squared_logarithmic_error(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """mean((log(1 + y) - log(1 + ŷ))^2) over the last axis. Numbers below 1e-7 count as 1e-7, as in Keras."""
    y, p = matched(y_true, y_pred)
    wanted, found = (ad.log1p(ad.maximum(x, epsilon_of(p))) for x in (y, p))
    return ad.mean(ad.square(found - ad.named(wanted, MADE)), axis=-1)


def huber(y_true: ArrayLike, y_pred: ArrayLike, delta: float = 1.0) -> Array:
    """mean(e^2 / 2 where |e| <= delta, else delta |e| - delta^2 / 2) over the last axis, of e = ŷ - y (Huber, 1964)."""
    delta = number("delta", delta, 0.0, LARGEST_DELTA, "a number, 0 or more, whose square is finite")
    y, p = matched(y_true, y_pred)
    e = ad.abs(p - y)
    return ad.mean(ad.where(np.less_equal(e, delta), 0.5 * ad.square(e), delta * e - 0.5 * delta**2), axis=-1)


def log_cosh(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """mean(log(cosh(e))) over the last axis, of e = ŷ - y, as e + softplus(-2 e) - log 2. Its slope is tanh(e)."""
    y, p = matched(y_true, y_pred)
    e = p - y
    return ad.mean(e + ad.softplus(-2.0 * e) - math.log(2.0), axis=-1)


def poisson(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """mean(ŷ - y log(ŷ + 1e-7)) over the last axis, for counts y and rates ŷ: minus the log of Poisson's probability, without
    the part that depends on y alone."""
    y, p = matched(y_true, y_pred)
    p = within("y_pred", p, 0.0, math.inf, "Poisson's rates are 0 or more; end the model in softplus or exponential")
    return ad.mean(p - y * ad.log(p + epsilon_of(p)), axis=-1)


def cosine_similarity(y_true: ArrayLike, y_pred: ArrayLike, axis: int = -1) -> Array:
    """-sum(y ŷ) / (|y| |ŷ|) over `axis`: -1 for vectors of one direction, 0 for orthogonal ones and 1 for opposite ones.

    It is the negative of the cosine, as in Keras, so that less is better. A vector of length 0 has the loss 0.
    """
    y, p = matched(y_true, y_pred)
    axis, least = axes("axis", axis), epsilon_of(p) ** 2
    wanted, found = (x / ad.sqrt(ad.maximum(ad.sum(ad.square(x), axis=axis, keepdims=True), least)) for x in (y, p))
    return -ad.sum(ad.named(wanted, MADE) * found, axis=axis)


class MeanSquaredError(PlainLoss):
    """mean((y - ŷ)^2), the loss of regression in MIT 6.S191, lecture 1.

    >>> MeanSquaredError()([[30.0], [80.0]], [[25.0], [85.0]]).item()
    25.0
    """

    cost = staticmethod(mean_squared_error)


class MeanAbsoluteError(PlainLoss):
    """mean(|y - ŷ|)."""

    cost = staticmethod(mean_absolute_error)


class MeanAbsolutePercentageError(PlainLoss):
    """100 mean(|y - ŷ| / |y|). See `mean_absolute_percentage_error`."""

    cost = staticmethod(mean_absolute_percentage_error)


class MeanSquaredLogarithmicError(PlainLoss):
    """mean((log(1 + y) - log(1 + ŷ))^2). See `mean_squared_logarithmic_error`."""

    cost = staticmethod(mean_squared_logarithmic_error)


class Huber(LossFunction):
    """Squares of small errors, absolute values of errors beyond delta. See `huber`."""

    def __init__(self, delta: float = 1.0, reduction: str | None = "sum_over_batch_size", name: str | None = None) -> None:
        super().__init__(huber, reduction, name, delta=delta)


class LogCosh(PlainLoss):
    """mean(log(cosh(ŷ - y))): like e^2 / 2 for small errors and |e| - log 2 for large ones."""

    cost = staticmethod(log_cosh)


class Poisson(PlainLoss):
    """mean(ŷ - y log ŷ), for counts y and rates ŷ. See `poisson`."""

    cost = staticmethod(poisson)


class CosineSimilarity(LossFunction):
    """-sum(y ŷ) / (|y| |ŷ|) along `axis`, from -1 (one direction) to 1. See `cosine_similarity`.

    >>> CosineSimilarity()([[1.0, 0.0], [1.0, 1.0]], [[2.0, 0.0], [-1.0, 1.0]]).item()
    -0.5
    """

    def __init__(self, axis: int = -1, reduction: str | None = "sum_over_batch_size", name: str | None = None) -> None:
        super().__init__(cosine_similarity, reduction, name, axis=axis)
