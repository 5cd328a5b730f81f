"""New arrays of given numbers: `array` and `full` of parts that tapes follow, and even spacing on a logarithmic scale."""

from __future__ import annotations

import functools

import numpy as np

from autodiff.core.batch_kinds import as_it_is
from autodiff.core.box import Box, raw_of
from autodiff.core.duck import Duck
from autodiff.core.registry import also, decomposition, may_look, rule, stack_boxes
from autodiff.rules.arithmetic import power, where
from autodiff.rules.joining import astype, linspace, vstack
from autodiff.rules.shapes import broadcast_to, reshape
from autodiff.rules.signal import trapezoid

__all__ = ["array", "full", "geomspace", "logspace"]


def _numbers(x):
    return x if isinstance(x, Box) else stack_boxes(x) if isinstance(x, (list, tuple)) else np.asarray(x)


def _of_dtype(made, dtype):
    return made if dtype is None or made.dtype == dtype else astype(made, dtype)


def _array(object, dtype=None, *, copy=True, order="K", subok=False, ndmin=0):
    made = _of_dtype(_numbers(object), dtype)
    return (reshape(made, (1,) * (ndmin - np.ndim(made)) + np.shape(made)),), {}


def _full(shape, fill_value, dtype=None, order="C", *, device=None):
    made, shape = _numbers(fill_value), () if shape is None else shape  # the last as before numpy 2.4
    while np.ndim(made) > np.size(shape) and np.shape(made)[0] == 1:  # numpy drops such axes
        made = made[0]
    return (_of_dtype(broadcast_to(made, shape), dtype),), {}


def _maker(function, bind):
    """What numpy's function makes of numbers where it is asked by `like=x`, and ours always."""
    bind.__qualname__ = function.__name__  # so that a wrong argument is said to be wrong for this function

    @functools.wraps(bind)
    def named(*args, **kwargs):
        try:
            return bind(*args, **kwargs)
        except Exception as error:
            error.add_note(f"It is a part of {function.__name__}.")
            raise

    return rule(function, lambda g, y, x: g, forward=np.copy, bind=named, linear=True, batch=as_it_is, fresh=True)


array = _maker(np.array, _array)
full = _maker(np.full, _full)
also(array, np.asarray, np.asanyarray, np.ascontiguousarray, np.asfortranarray)


@decomposition(np.logspace)
def logspace(start, stop, num=50, endpoint=True, base=10.0, dtype=None, axis=0):
    if np.ndim(base):
        ndim = max(map(np.ndim, (start, stop, base)))
        start, stop, base = (reshape(x, (1,) * (ndim - np.ndim(x)) + np.shape(x)) for x in (start, stop, base))
        base = np.expand_dims(base, axis)
    y = power(base, linspace(start, stop, num, endpoint, axis=axis))
    return y if dtype is None else astype(y, dtype)


def _has_zero(x):
    raw = raw_of(x)
    return np.any(np.equal(raw.numbers() if isinstance(raw, Duck) else raw, 0))


@decomposition(np.geomspace)
def geomspace(start, stop, num=50, endpoint=True, dtype=None, axis=0):
    """Negative and complex numbers are spaced as they are when `start` is turned to the positive axis."""
    kind = np.result_type(start, stop, np.zeros((), dtype))
    start, stop = (x if getattr(x, "dtype", None) == kind else astype(_numbers(x), kind) for x in (start, stop))
    if (may_look(start) and _has_zero(start)) or (may_look(stop) and _has_zero(stop)):
        raise ValueError("Geometric sequence cannot include zero")  # as numpy says it
    sign, dtype = np.sign(start), kind if dtype is None else dtype
    first, last = start / sign, stop / sign
    y = logspace(np.log10(first), np.log10(last), num, endpoint)
    place = np.reshape(np.arange(num), (-1,) + (1,) * (np.ndim(y) - 1))
    y = where(place == 0, first, y)
    y = (where(place == num - 1, last, y) if num > 1 and endpoint else y) * sign
    return np.moveaxis(y if y.dtype == dtype else astype(y, dtype), 0, axis)


# other names, which some releases of numpy have
also(vstack, getattr(np, "row_stack", None))
also(trapezoid, getattr(np, "trapz", None))
also(np.isin, getattr(np, "in1d", None))
