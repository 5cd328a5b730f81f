"""Reductions: many numbers to few. `axis` and `keepdims` are numpy's; ties of `max` and `min` share the gradient equally."""

from __future__ import annotations

import math
from typing import Any, cast

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autodiff.core.batch_kinds import on_axes
from autodiff.core.dtypes import conjugate, is_complex
from autodiff.core.interrupts import quiet
from autodiff.core.registry import REGISTRY, also, decomposition, none_of, rule, seen, zero_derivative
from autodiff.failures.errors import part_explained
from autodiff.rules.into import mean_into, reduced_by
from autodiff.rules.looking import looking

__all__ = [
    "amax", "amin", "cumprod", "cumsum", "cumulative_prod", "cumulative_sum", "max", "mean", "min", "prod", "ptp", "std", "sum",
    "var",
]  # fmt: skip

ARRAY = (np.ndarray, np.generic)


def expand_reduced(g, x, axis, keepdims):
    """`g`, of a reduction's output, with the reduced axes back as axes of length one."""
    if axis is None or np.ndim(x) == 0:  # also the float of a Value, as an array
        return g if keepdims and np.ndim(g) else np.reshape(g, (1,) * np.ndim(x))
    if keepdims:
        return g
    return np.expand_dims(g, axis)


def count(x, axis, where=True):
    """How many numbers a reduction of x over `axis` takes together; with `where` an array that broadcasts against x."""
    if where is not True:
        dtype = np.dtype(getattr(x, "dtype", float)).newbyteorder("=")
        return np.sum(np.broadcast_to(where, np.shape(x)), axis=axis, keepdims=True, dtype=dtype)
    if axis is None:
        return np.size(x)
    shape = np.shape(x) or (1,)
    return math.prod([shape[a] for a in axis]) if isinstance(axis, (tuple, list)) else shape[axis]


def _selected(g, where):
    """`g` where `where` let a number into the reduction."""
    return g if where is True else np.where(where, g, 0.0)


def _filled(shape, number, dtype):
    """np.full in half its time."""
    array = np.empty(shape, dtype)
    array.fill(number)
    return array


def sum_vjp(g, y, x, axis=None, keepdims=False, dtype=None, initial=0, where=True):
    """g, to each number."""
    if axis is None and isinstance(g, ARRAY) and where is True:
        return _filled(np.shape(x), g.item(), g.dtype)  # a third of broadcast_to's time, and of the next op's
    return _selected(np.broadcast_to(expand_reduced(g, x, axis, keepdims), np.shape(x)), where)


def mean_vjp(g, y, x, axis=None, keepdims=False, dtype=None, where=True):
    """g / n, to each of n numbers."""
    if axis is None and isinstance(g, ARRAY) and x.size and where is True:
        return _filled(x.shape, g.item() / x.size, g.dtype)
    n = count(x, axis, where)
    if where is True:
        return sum_vjp(g / n, y, x, axis, keepdims)
    return _selected(np.broadcast_to(expand_reduced(g, x, axis, keepdims) / np.maximum(n, 1), np.shape(x)), where)


def _mean(x, axis=None, keepdims=False, **others):
    """np.mean without its wrapping, which costs as much as ten additions of small arrays."""
    if type(x) is np.ndarray and x.ndim and x.dtype.kind == "f" and x.dtype.itemsize > 2 and x.size and not others:
        return np.add.reduce(x, axis=axis, keepdims=keepdims) / count(x, axis)
    return np.mean(x, axis=axis, keepdims=keepdims, **others)


def extreme_vjp(g, y, x, axis=None, keepdims=False, initial=None, where=True):
    """g to the number that won; equal shares to those that tie."""
    g, y = expand_reduced(g, x, axis, keepdims), expand_reduced(y, x, axis, keepdims)
    winners = _selected((x == y) * np.ones((), g.dtype), where)  # which they are is a constant
    total = np.sum(winners, axis=axis, keepdims=True)
    return g * (winners / (total if initial is None and where is True else np.where(total == 0, 1, total)))


def _sum_of_scalars(x, where=True, **options):
    return np.sum(_selected(x, where), **options)


def _mean_of_scalars(x, axis=None, keepdims=False, where=True):
    return np.sum(_selected(x, where), axis=axis, keepdims=keepdims) / _how_many(x, axis, keepdims, where)


def _how_many(x, axis, keepdims, where):
    """How many numbers each output of a reduction takes, in the shape of the output."""
    return np.sum(np.broadcast_to(where, np.shape(x)), axis=axis, keepdims=keepdims, dtype=float)


def sums_all(x, where=True, **params):
    """Whether a sum leaves nothing out."""
    return where is True


sum = rule(
    np.sum, sum_vjp, linear=True, definition=_sum_of_scalars, batch=on_axes(), into=reduced_by(np.add), keeps_nan=sums_all
)  # fmt: skip
mean = rule(
    np.mean, mean_vjp, forward=_mean, linear=True, definition=_mean_of_scalars, batch=on_axes(), into=mean_into,
    keeps_nan=sums_all,
)  # fmt: skip
max = amax = rule(np.max, extreme_vjp, batch=on_axes(), into=reduced_by(np.maximum), takes_complex=True)
min = amin = rule(np.min, extreme_vjp, batch=on_axes(), into=reduced_by(np.minimum), takes_complex=True)
also(sum, (np.add, "reduce"))
also(max, np.amax, (np.maximum, "reduce"))
also(min, np.amin, (np.minimum, "reduce"))


def var_vjp(g, y, x, axis=None, ddof=0, keepdims=False, where=True, correction=None, dtype=None, mean=None):
    """2 g (x - mean) / n."""
    x, taken = _selected(x, where), count(x, axis, where)
    centre = mean
    if mean is None:
        centre = np.mean(x, axis, keepdims=True) if where is True else np.sum(x, axis, keepdims=True) / np.maximum(taken, 1)
    if np.ndim(dof := ddof if correction is None else correction):
        raise TypeError("The deviations of an array as ddof have no derivative here: pass one number.")
    n = taken - dof
    n = np.where(n > 0, n, math.nan) if np.ndim(n) else n if n > 0 else math.nan  # too few numbers for a deviation
    return _selected(expand_reduced(g, x, axis, keepdims) * conjugate(x - centre) * (2.0 / n), where)


def std_vjp(g, y, x, axis=None, ddof=0, keepdims=False, where=True, correction=None, dtype=None, mean=None):
    """g (x - mean) / (n y); 0 where all numbers are equal, a minimum of std."""
    safe = np.where(y == 0, 1, y)
    return var_vjp(0.5 * g / safe, None, x, axis, ddof, keepdims, where, correction, dtype, mean)


def _var_of_scalars(x, axis=None, ddof=0, keepdims=False, where=True, correction=None, dtype=None, mean=None):
    squares = (x - (_mean_of_scalars(x, axis, True, where) if mean is None else mean)) ** 2.0
    n = _how_many(x, axis, keepdims, where) - (ddof if correction is None else correction)
    return np.sum(_selected(squares, where), axis=axis, keepdims=keepdims) / n


def _std_of_scalars(x, **params):
    return np.sqrt(_var_of_scalars(x, **params))


NOT_GIVEN = np._NoValue


def around_mean(function):
    """How var, std and their kin bind. With `mean`, which may have a gradient, they are those of a - mean around 0."""

    def bind(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=True, mean=NOT_GIVEN, correction=NOT_GIVEN):
        params = {} if axis is None else {"axis": axis}
        if keepdims is not False:
            params["keepdims"] = keepdims
        if type(ddof) is not int or ddof:
            params["ddof"] = ddof
        if where is not True or dtype is not None or out is not None:
            params |= {"where": where, "dtype": dtype, "out": out}
        if correction is not NOT_GIVEN:
            params["correction"] = correction
        if mean is NOT_GIVEN:
            return (a,), params
        if mean is None:
            return (a,), {**params, "mean": None}
        try:
            return (a - mean,), {**params, "mean": 0.0}
        except Exception as error:
            raise part_explained(error, cast(Any, REGISTRY[function]), (a,), {"mean": mean})  # noqa: B904 - it has its cause

    return bind


var = rule(np.var, var_vjp, definition=_var_of_scalars, batch=on_axes(), bind=around_mean(np.var), takes_complex=True)
std = rule(np.std, std_vjp, definition=_std_of_scalars, batch=on_axes(), bind=around_mean(np.std), takes_complex=True)


@decomposition(np.ptp)
def ptp(a, axis=None, keepdims=False):
    return max(a, axis=axis, keepdims=keepdims) - min(a, axis=axis, keepdims=keepdims)


def product_of_others(x):
    """For each number the product of the others along the last axis, right also where numbers are zero."""
    if isinstance(x, np.ndarray):
        with quiet():
            before, after = _products_around(x)
            if _is_normal(before) and _is_normal(after):
                return before * after
            size, exponent = np.frexp(np.abs(x))  # the products of both, each in its range
            exponent = exponent - (size < math.sqrt(0.5))
            before, after = _products_around(_times_power_of_two(x, -exponent))
            return _times_power_of_two(before * after, np.sum(exponent, axis=-1, keepdims=True) - exponent)
    diagonal = np.eye(x.shape[-1], dtype=bool)  # slower, but itself a product: it can be differentiated again
    return np.prod(np.where(diagonal, 1, np.expand_dims(x, -2)), axis=-1)


def _times_power_of_two(x, exponent):
    if not is_complex(x):
        return np.ldexp(x, exponent)
    y = np.empty(np.shape(x), x.dtype)
    y.real, y.imag = np.ldexp(x.real, exponent), np.ldexp(x.imag, exponent)
    return y


def _products_around(x):
    """For each number the product of those before it, and of those behind it."""
    ones = np.ones_like(x[..., :1])
    before = np.cumprod(np.concatenate([ones, x[..., :-1]], -1), -1)
    return before, np.cumprod(np.concatenate([ones, x[..., :0:-1]], -1), -1)[..., ::-1]


def _is_normal(x):
    """Whether no number of x is infinite, NaN, zero, or so small that it has lost digits."""
    size = np.abs(seen(x))
    return none_of(np.logical_not((size >= np.finfo(size.dtype).tiny) & (size < math.inf)))


def flatten_axes(x, axis):
    """x with the axes of a reduction made one, the last; and the function that puts such an array back."""
    axes = normalize_axis_tuple(tuple(range(np.ndim(x))) if axis is None or np.ndim(x) == 0 else axis, np.ndim(x))
    order = tuple(a for a in range(np.ndim(x)) if a not in axes) + axes
    moved = np.transpose(x, order)
    shape = np.shape(moved)
    flat = np.reshape(moved, (*shape[: len(shape) - len(axes)], -1 if np.size(x) else count(x, axes)))
    return flat, lambda z: np.transpose(np.reshape(z, shape), tuple(int(a) for a in np.argsort(order)))


@looking
def prod_vjp(g, y, x, axis=None, keepdims=False, dtype=None, initial=1, where=True):
    """g times the product of the other numbers."""
    flat, back = flatten_axes(x if where is True else np.where(where, x, 1), axis)
    start = 1 if initial is None else initial
    return _selected(expand_reduced(g, x, axis, keepdims) * back(product_of_others(flat)) * start, where)


def _prod_of_scalars(x, where=True, **options):
    return np.prod(x if where is True else np.where(where, x, 1.0), **options)


prod = rule(np.prod, prod_vjp, definition=_prod_of_scalars, batch=on_axes(), takes_complex=True)
also(prod, (np.multiply, "reduce"))


def cumsum_vjp(g, y, x, axis=None, dtype=None):
    """The sums of g from each place to the end."""
    if axis is None or np.ndim(x) == 0:
        return np.reshape(np.flip(np.cumsum(np.flip(g))), np.shape(x))
    return np.flip(np.cumsum(np.flip(g, axis), axis), axis)


cumsum = rule(np.cumsum, cumsum_vjp, linear=True, batch=on_axes(flat=True))
also(cumsum, (np.add, "accumulate"))


@looking
def cumprod_vjp(g, y, x, axis=None, dtype=None):
    """For each number the sum of g times the product of the others, over the products that it is in."""
    if axis is None or np.ndim(x) == 0:
        return np.reshape(cumprod_vjp(np.reshape(g, -1), np.reshape(y, -1), np.reshape(x, -1), 0), np.shape(x))
    if none_of(x == 0) and _is_normal(y):
        return np.flip(np.cumsum(np.flip(g * y, axis), axis), axis) / x
    g, x = np.moveaxis(g, axis, -1), np.moveaxis(x, axis, -1)
    first = np.tri(x.shape[-1], dtype=bool)  # row k: the numbers in the k-th product, ones for the rest
    parts = np.expand_dims(g, -1) * product_of_others(np.where(first, np.expand_dims(x, -2), 1))
    return np.moveaxis(np.sum(np.where(first, parts, 0), axis=-2), -1, axis)


cumprod = rule(np.cumprod, cumprod_vjp, batch=on_axes(flat=True), takes_complex=True)
also(cumprod, (np.multiply, "accumulate"))


def _cumulative(original, running, empty):
    """The array API's names for cumsum and cumprod, which can begin with the result of nothing."""

    def body(x, *, axis=None, dtype=None, include_initial=False):
        if axis is None and np.ndim(x) > 1:
            raise ValueError(f"An array of {np.ndim(x)} dimensions needs an axis.")
        (axis,) = normalize_axis_tuple(0 if axis is None else axis, np.ndim(x) or 1)
        y = running(x, axis=axis) if dtype is None else running(x, axis=axis, dtype=dtype)
        before = [(int(k == axis % y.ndim), 0) for k in range(y.ndim)]
        return np.pad(y, before, constant_values=empty) if include_initial else y

    return decomposition(original)(body)


cumulative_sum = _cumulative(getattr(np, "cumulative_sum", None), cumsum, 0)
cumulative_prod = _cumulative(getattr(np, "cumulative_prod", None), cumprod, 1)


zero_derivative(np.argmax, np.argmin, np.nanargmax, np.nanargmin, batch=on_axes(flat=True))
zero_derivative(np.any, np.all, np.count_nonzero, batch=on_axes())
