"""Where among the sorted numbers a quantile lies: by each of numpy's methods."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff.core.batch_kinds import as_it_is, on_axes
from autodiff.core.duck import Duck
from autodiff.core.registry import REGISTRY, zero_derivative


def places(x, q, weights=None, method="linear", axis=-1):
    """Between which of the sorted numbers of x along the last axis, without NaN, the method puts each quantile: 1.5 is halfway
    from the second to the third."""
    missing = np.isnan(x)
    if not np.size(x):
        return np.zeros((*np.shape(x)[:-1], np.size(q)))
    if weights is None and isinstance(x, Duck) and (method in CONTINUOUS or method in ROUNDED):  # without a look at numbers
        n = np.maximum(np.sum(~missing, axis=-1, keepdims=True), 1)
        return ROUNDED[method](q * (n - 1.0)) if method in ROUNDED else moving_place(q, n, method)
    if weights is None:
        counts, row = np.unique(np.sum(~missing, axis=-1), return_inverse=True)
        table = np.array([np.quantile(np.arange(max(n, 1.0)), q, method=method) for n in counts])
        return table[np.reshape(row, np.shape(x)[:-1])]
    rank = np.argsort(np.argsort(x, axis=-1, kind="stable"), axis=-1).astype(float)
    rank = np.where(missing & ~np.all(missing, axis=-1, keepdims=True), np.nan, rank)
    weights = np.broadcast_to(weights, np.shape(x))
    return np.moveaxis(np.nanquantile(rank, q, axis=-1, weights=weights, method=method), 0, -1)


zero_derivative(places, batch=on_axes(default=-1))
PLACES: Any = REGISTRY[places]


CONTINUOUS = {  # in q: alpha and beta of Hyndman and Fan, Sample Quantiles in Statistical Packages, 1996
    "hazen": (0.5, 0.5), "interpolated_inverted_cdf": (0.0, 1.0), "linear": (1.0, 1.0), "median_unbiased": (1 / 3, 1 / 3),
    "normal_unbiased": (0.375, 0.375), "weibull": (0.0, 0.0),
}  # fmt: skip


ROUNDED: dict[str, Any] = {  # of the linear method
    "lower": np.floor, "higher": np.ceil, "midpoint": lambda place: 0.5 * (np.floor(place) + np.ceil(place)),
}  # fmt: skip


def place_of(q, n, method):
    """Where among 0, 1, ..., n - 1 the method puts a quantile."""
    return np.quantile(np.arange(n, dtype=float), q, method=method)


zero_derivative(place_of, batch=as_it_is)
PLACE_OF: Any = REGISTRY[place_of]


def moving_place(q, n, method):
    """The same for a `q` that tapes follow. The other methods jump from number to number, with a derivative of 0."""
    if method not in CONTINUOUS:
        return PLACE_OF((q,), {"n": n, "method": method})
    alpha, beta = CONTINUOUS[method]
    return np.clip(q * (n + 1.0 - alpha - beta) + (alpha - 1.0), 0.0, n - 1.0)
