"""How functions of scipy.special become ops: their numbers are scipy's, and only the derivative stands here.

This is loaded when one of them meets a box, or when `autodiff.scipy.special` is imported."""

from __future__ import annotations

import functools
import inspect
from typing import Any

import numpy as np

from autodiff.core.batch_kinds import as_it_is, elementwise
from autodiff.core.dtypes import is_complex, is_inexact
from autodiff.core.other_words import instead_of
from autodiff.core.registry import also, rule, stack_boxes
from autodiff.failures.foreign import plain
from autodiff.rules.silence import silenced


@functools.cache
def of_scipy(name):
    """scipy.special's function of that name."""
    try:
        import scipy.special
    except ImportError as error:
        raise ImportError(f"{name} needs scipy: pip install scipy.") from error
    found = getattr(scipy.special, name, None)
    if found is None:
        raise ImportError(f"scipy {scipy.__version__} has no {name}: pip install --upgrade scipy.")
    return found


def computed(name, args):
    """scipy's function of these arguments. Beside an array of float32 the others, such as orders, are float32 too: as in numpy,
    a Python number does not change the dtype."""
    kinds = {np.real(x).dtype for x in args if getattr(x, "dtype", None) is not None and is_inexact(x)}
    if kinds and all(dtype.itemsize <= 4 for dtype in kinds):
        args = [x if getattr(x, "dtype", None) in kinds or is_complex(x) else cast(x, np.float32) for x in args]
    return of_scipy(name)(*args)


# -- in terms of others, for arrays of a library that lacks the function ---------------------------------------------------


@instead_of("scipy.special.stdtr")
def _stdtr(df, t):
    tail = 0.5 * of_scipy("betainc")(df / 2.0, 0.5, df / (df + t * t))
    return np.where(np.less(t, 0), tail, 1.0 - tail)


@instead_of("scipy.special.kn")
def _kn(n, x):
    """By the recurrence, DLMF 10.29.1, which is stable upwards."""
    below, y = of_scipy("k1")(x), of_scipy("k0")(x)
    for k in range(abs(int(n))):
        below, y = y, below + (2.0 * k / x) * y
    return y


instead_of("scipy.special.betaincc")(lambda a, b, x: of_scipy("betainc")(b, a, 1.0 - x))
instead_of("scipy.special.betainccinv")(lambda a, b, y: 1.0 - of_scipy("betaincinv")(b, a, y))


# -- as ops ----------------------------------------------------------------------------------------------------------------


def cast(x: Any, dtype: Any) -> Any:
    return x.astype(dtype) if hasattr(x, "astype") else np.asarray(x, dtype)[()]


def plainly(y):
    """A number of numpy's as Python's, which does not change the dtype of an array."""
    return y if not isinstance(y, np.generic) else complex(y) if is_complex(y) else float(y)


def taking(name, names):
    """scipy's function of that name as one of ours, with arguments of these names."""
    signature = inspect.Signature([inspect.Parameter(key, inspect.Parameter.POSITIONAL_OR_KEYWORD) for key in names])

    def function(*args, **keywords):
        try:
            bound = signature.bind(*args, **keywords)
        except TypeError as error:
            raise TypeError(f"{name}() {error}") from None
        return computed(name, bound.args)

    function.__signature__ = signature  # type: ignore[attr-defined]
    function.__name__ = function.__qualname__ = name
    function.__module__ = "autodiff.scipy.special"
    return function


def special(name, *vjps, names=None, **facts):
    """The op of scipy.special's function of that name, all of whose arguments have a derivative: the rules are `vjps`."""
    function = taking(name, names or ("x", "y")[: max(1, len(vjps))])
    if "joint" in facts:  # a function of one argument and of several results
        facts.update(bind=lambda x: ((x,), {}), batch=as_it_is)
    else:
        facts.update(scalar=lambda *xs: float(of_scipy(name)(*xs)), batch=elementwise)
    public = rule(function, *vjps, **facts)
    also(public, name)
    return public


def _constant(c):
    """A constant as a number or an array, whatever sequence it is written as."""
    c = stack_boxes(c) if isinstance(c, (list, tuple)) else plain(c)
    return np.asarray(c) if isinstance(c, (list, tuple, range, memoryview)) else c


def with_constants(name, names, vjp, **facts):
    """The same for a function of constants of these names, such as the order of a Bessel function, and of a last argument x,
    which alone has a derivative. The rule is vjp(g, y, x, *constants)."""

    function = taking(name, (*names, "x"))

    def forward(x, **constants):
        return function(*[constants[key] for key in names], x)

    def bind(*args, **keywords):
        try:
            given = inspect.signature(function).bind(*args, **keywords).arguments
        except TypeError as error:
            raise TypeError(f"{name}() {error}") from None
        x = given.pop("x")
        return (x,), {key: _constant(c) for key, c in given.items()}

    bind.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]

    def batch(op, inputs, flags, params):
        rank = max(np.ndim(constant) for constant in params.values())
        (x,) = inputs
        if rank > len(x.shape) - 1:  # the batch stands before all axes that broadcast
            x = np.reshape(x, (x.shape[0], *(1,) * (rank - len(x.shape) + 1), *x.shape[1:]))
        return as_it_is(op, [x], flags, params)

    def contribution(g, y, x, **constants):
        own, dtype = [constants[key] for key in names], np.real(x).dtype if hasattr(x, "dtype") else np.float64
        return silenced(g, vjp(g, y, x, *[cast(c, dtype) if isinstance(c, np.ndarray) else plainly(c) for c in own]))

    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD  # the registry reads there which params the rule takes
    signature = inspect.Signature([inspect.Parameter(key, kind) for key in ("g", "y", "x", *names)])
    contribution.__signature__ = signature  # type: ignore[attr-defined]
    public = rule(function, contribution, forward=forward, bind=bind, batch=batch, **facts)
    also(public, name)
    return public
