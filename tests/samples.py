"""The sample table: every op of the engine with arguments that exercise it. An op without a row fails the suite.

A sample is a function, its arguments and its keywords. The float arrays among the arguments, also those in lists, are what
is differentiated; all else is constant. They lie where the function is smooth; ties and edges are in test_kinks.py.

A row describes its arrays: `any_(3, 4)` is drawn from a generator of the row's own, which is seeded by the row's id. So a
new row changes the numbers of no other row, and `rebuild("pad(f3x4, 1)")` makes a row that failed once more.
"""

import operator
import zlib
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from operator import getitem

import numpy as np

import autodiff as ad

# -- arrays to be drawn ----------------------------------------------------------------------------------------------


class Draw:
    """An array that is not drawn yet: `draw(rng)` draws it. `text` describes it in the ids of rows."""

    __array_ufunc__ = None  # `array + Draw` is left to Draw.__radd__

    def __init__(self, draw, text):
        self.draw, self.text = draw, text

    def __add__(self, other):
        return both(operator.add, self, "+", other)

    def __radd__(self, other):
        return both(operator.add, other, "+", self)

    def __sub__(self, other):
        return both(operator.sub, self, "-", other)

    def __mul__(self, other):
        return both(operator.mul, self, "*", other)

    def __truediv__(self, other):
        return both(operator.truediv, self, "/", other)

    def __neg__(self):
        return Draw(lambda rng: -self.draw(rng), f"-{self.text}")

    def cumsum(self, axis=None):
        return Draw(lambda rng: self.draw(rng).cumsum(axis), f"{self.text}.cumsum({'' if axis is None else axis})")

    def reshape(self, *shape):
        return Draw(lambda rng: self.draw(rng).reshape(shape), f"{self.text}.reshape{described(shape)}")


def both(function, a, sign, b):
    return Draw(lambda rng: function(drawn(a, rng), drawn(b, rng)), f"{described(a)}{sign}{described(b)}")


def between(low, high, *shape, name):
    return Draw(lambda rng: np.asarray(rng.uniform(low, high, shape)), name + times(shape))


def any_(*shape):
    return between(-1, 1, *shape, name="f")


def positive(*shape):
    return between(0.5, 2, *shape, name="positive")


def square(*shape):
    """Matrices far from singular, their singular values apart."""
    matrices = np.diag(np.arange(1.0, shape[-1] + 1)) + any_(*shape) / 3
    return Draw(matrices.draw, f"square{times(shape)}")


def holes(*shape):
    """Numbers of which some are nan."""
    hole = np.arange(np.prod(shape)).reshape(shape) % 7 == 3
    return Draw(lambda rng: np.where(hole, np.nan, any_(*shape).draw(rng)), f"holes{times(shape)}")


def drawn(x, rng):
    """The argument with its arrays drawn, in order."""
    if isinstance(x, (list, tuple)):
        return type(x)(drawn(part, rng) for part in x)
    return x.draw(rng) if isinstance(x, Draw) else x


# -- ids -------------------------------------------------------------------------------------------------------------


def called(function):
    """`linalg.norm` for np.linalg.norm."""
    module = (getattr(function, "__module__", None) or "").partition(".")[2]
    return f"{module}.{function.__name__}" if module in ("linalg", "fft") else function.__name__


def times(shape):
    return "x".join(map(str, shape))


def described(x):
    """The argument in a few characters: `f3x4` for any_(3, 4), `i[0,2]` for an array of integers, `::-2` for a slice."""
    if isinstance(x, Draw):
        return x.text
    if isinstance(x, np.ndarray):
        return f"{x.dtype.kind}{described(x.tolist())}" if x.size <= 6 else f"array{times(x.shape)}"
    if isinstance(x, (list, tuple)):
        parts = ",".join(map(described, x))
        return f"[{parts}]" if isinstance(x, list) else f"({parts})"
    if isinstance(x, slice):
        parts = ["" if part is None else str(part) for part in (x.start, x.stop, x.step)]
        return ":".join(parts if parts[2] else parts[:2])
    return "..." if x is ... else x if isinstance(x, str) else repr(x)


def described_call(function, args, keywords):
    parts = [*map(described, args), *(f"{name}={described(x)}" for name, x in keywords.items())]
    return f"{called(function)}({', '.join(parts)})"


# -- the table -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sample:
    """It unpacks as `function, args, keywords`."""

    id: str
    function: Callable
    args: tuple
    keywords: dict

    def __iter__(self):
        return iter((self.function, self.args, self.keywords))


ROWS = {}  # from the id to the row as it was written: a sample with arrays to be drawn
SAMPLES = defaultdict(list)  # from the function to its samples
WRONG = defaultdict(list)  # from the function to calls that numpy refuses, besides those of tests/wrong_inputs.py


def sample(function, *args, id=None, **keywords):
    """Enter a row. Its id is the call, or `name-id` where two rows write the same call."""
    id = described_call(function, args, keywords) if id is None else f"{called(function)}-{id}"
    if id in ROWS:
        raise ValueError(f"There are two rows {id!r}. Give one of them a name: sample(..., id='again').")
    ROWS[id] = Sample(id, function, args, keywords)
    SAMPLES[getattr(function, "stands_for", function)].append(rebuild(id))


def wrong(function, *args, **keywords):
    """Enter a call that numpy refuses."""
    id = described_call(function, args, keywords)
    rng = np.random.default_rng(zlib.crc32(id.encode()))
    WRONG[function].append(Sample(id, function, drawn(args, rng), keywords))


def rebuild(id, *more):
    """The sample of this id, drawn afresh: the same numbers each time, whatever else is in the table. With `more` whole
    numbers it is another draw of the same row."""
    row, seed = ROWS[id], zlib.crc32(id.encode())
    rng = np.random.default_rng([seed, *more] if more else seed)
    return Sample(id, row.function, drawn(row.args, rng), row.keywords)


def leaves(x):
    """The arrays to differentiate in an argument, in order."""
    if isinstance(x, (list, tuple)):
        return [leaf for part in x for leaf in leaves(part)]
    return [x] if isinstance(x, np.ndarray) and x.dtype.kind in "fc" else []


def planted(x, new):
    """The same argument with its arrays taken from the iterator `new`."""
    if isinstance(x, (list, tuple)):
        return type(x)(planted(part, new) for part in x)
    return next(new) if leaves(x) else x


# -- arithmetic and elementary functions -----------------------------------------------------------------------------

for f in (np.exp, np.exp2, np.expm1, np.sin, np.cos, np.tan, np.sinh, np.cosh, np.tanh, np.arctan, np.arcsin, np.arccos,
          np.arcsinh, np.arctanh, np.sinc, np.deg2rad, np.rad2deg, np.radians, np.degrees, np.negative, np.positive, np.real,
          np.conjugate, np.square, np.absolute, np.fabs, np.sign, np.nan_to_num, np.cbrt, ad.sigmoid, ad.softplus, ad.relu,
          ad.erf, ad.erfc):  # fmt: skip
    sample(f, any_(3, 4))
    sample(f, any_())
for f in (np.log, np.log2, np.log10, np.log1p, np.sqrt, np.reciprocal, ad.gammaln, ad.digamma):
    sample(f, positive(3, 4))
    sample(f, positive())
sample(np.arccosh, positive(5) + 1)
sample(np.sinc, np.array([0.0, 1e-4, 0.3, 1.0, 2.7, -4.2]))
sample(ad.gammaln, np.array([-2.5, -0.3, 0.01, 3.0, 11.0, 20.0]))
for n in (0, 1, 2):
    sample(ad.polygamma, n, np.array([-1.5, 0.4, 3.0, 15.0]))
for f in (np.add, np.subtract, np.multiply, np.maximum, np.minimum, np.fmax, np.fmin, np.logaddexp, np.logaddexp2, np.hypot,
          np.arctan2, np.copysign):  # fmt: skip
    for shapes in (((3, 4), (4,)), ((3, 1), (1, 4)), ((), (2, 1)), ((2, 3), (2, 3)), ((0, 3), (3,))):
        sample(f, *(any_(*shape) for shape in shapes))
    sample(f, any_(3), 0.3)
    sample(f, 0.3, any_(3))
for f in (np.divide, np.mod, np.fmod, np.divmod):
    for shapes in (((3, 4), (4,)), ((3, 1), (1, 4)), ((), (2, 1))):
        sample(f, *(positive(*shape) for shape in shapes))
sample(np.heaviside, np.array([-1.0, 0.5, 2.0]), any_(3))
sample(np.ldexp, any_(3), np.array([1, -2, 3]))
sample(np.modf, any_(4) * 5)
for f in (np.power, np.float_power):
    sample(f, positive(3, 4), any_(4))
    sample(f, 2.0, any_(3))
for exponent in (0, 1, 2, 3, -2, 0.5, 2.5, -1.5, 1.0, 4.0):
    sample(np.power, positive(3), exponent)
for exponent in (2, 3, -1, -2, 5):
    sample(np.power, any_(5), exponent)
sample(np.power, any_(5), np.array([0, 1, 2, 3, -1], np.int8))
sample(np.clip, any_(9), -0.5, 0.5)
sample(np.clip, any_(9), None, 0.2)
sample(np.clip, any_(9), a_min=0.1, a_max=None)
sample(np.clip, any_(9), min=-0.2, max=0.3)
sample(np.clip, any_(3, 3), -positive(3) / 3, positive(3, 1) / 3)
sample(np.where, np.arange(4) > 1, any_(3, 4), any_(4))
sample(np.where, np.arange(3)[:, None] > 1, any_(3, 1), any_(4))

# -- reductions ------------------------------------------------------------------------------------------------------

for f in (np.sum, np.mean, np.max, np.min, np.prod, np.var, np.std, ad.logsumexp):
    for axis in (None, 0, -1, (0, 2), (-1, 0), (0, 1, 2)):
        sample(f, any_(2, 3, 4), axis=axis)
        sample(f, any_(2, 3, 4), axis=axis, keepdims=True)
for f in (np.sum, np.mean, np.max, np.min, np.prod):
    sample(f, any_())
    sample(f, any_(1, 3), axis=0)
    sample(f, any_(2, 3), axis=())
for f in (np.var, np.std):
    sample(f, any_(3, 4), ddof=1, axis=0)
sample(np.prod, np.array([0.0, 2.0, 3.0]))
sample(np.prod, np.array([[0.0, 2.0, 0.0], [0.5, -1.0, 3.0]]), axis=1)
for axis in (0, -1):
    sample(ad.softmax, any_(3, 4), axis=axis)
    sample(ad.log_softmax, any_(3, 4), axis=axis)
for axis in (None, 0, 1):
    sample(np.cumsum, any_(3, 4), axis=axis, id=f"again-{axis}")

for f in (np.sum, np.mean, np.prod, np.var, np.std):
    sample(f, any_(3, 4), axis=1, where=np.arange(4) != 2)
    sample(f, any_(3, 4), where=np.arange(12).reshape(3, 4) % 5 != 2)
    sample(f, any_(3, 4), axis=0, keepdims=True, where=np.arange(12).reshape(3, 4) % 5 != 2)
for f in (np.max, np.min):
    sample(f, any_(3, 4), axis=1, initial=0.1)
    sample(f, any_(3, 4), axis=1, initial=0.1, where=np.arange(4) != 2)
sample(np.sum, any_(3, 4), axis=1, initial=2.0)
sample(np.prod, any_(3, 4), axis=1, initial=2.0)
sample(np.sum, any_(3, 4), 0)
sample(np.var, any_(3, 4), 0, None, None, 1)
sample(np.std, any_(3, 4), correction=1)
for f in (getattr(np, "cumulative_sum", ad.cumulative_sum), getattr(np, "cumulative_prod", ad.cumulative_prod)):
    sample(f, any_(4), include_initial=True)
    sample(f, any_(3, 4), axis=1)
    sample(f, any_(3, 4), axis=0, include_initial=True)
for f in (np.cumprod, np.cumsum):
    for axis in (None, 0, 1, -1):
        sample(f, any_(3, 4), axis=axis)
sample(np.cumprod, np.array([[2.0, 0.0, 3.0, 0.0, 1.0], [1.0, -2.0, 3.0, 4.0, 0.0]]), axis=1)
for options in ({}, {"axis": 0}, {"axis": (0, 1), "keepdims": True}):
    sample(np.ptp, any_(3, 4), **options)

wrong(np.max, any_(0))
wrong(np.min, any_(2, 0), axis=1)
wrong(np.sum, any_(2, 3), axis=(0, -2))

# -- statistics ------------------------------------------------------------------------------------------------------

for f in (np.median, np.average):
    for options in ({}, {"axis": 0}, {"axis": -1, "keepdims": True}, {"axis": (0, 2)}):
        sample(f, any_(3, 4, 5), **options)
sample(np.average, any_(3, 4), 1, positive(4))
sample(np.average, any_(3, 4), None, positive(3, 4))
sample(np.average, any_(3, 4), 0, positive(3))
sample(np.average, any_(2, 3, 4), (2, 0), positive(4, 2))
sample(np.average, any_(3, 4), 0, positive(3), True)
for q in (0.3, [0.0, 0.25, 1.0], [[0.1, 0.9]]):
    for options in ({}, {"axis": 0}, {"axis": 1, "keepdims": True}, {"axis": (0, 2)}, {"keepdims": True}):
        sample(np.quantile, any_(3, 4, 5), q, **options)
for method in ("lower", "higher", "nearest", "midpoint", "hazen", "weibull", "median_unbiased"):
    sample(np.quantile, any_(7), [0.2, 0.6], method=method)
sample(np.percentile, any_(3, 4), 30, axis=1)
sample(np.percentile, any_(3, 4), [30, 60])
for f in (np.nansum, np.nanprod, np.nanmax, np.nanmin, np.nanmean, np.nanvar, np.nanstd, np.nanmedian):
    for options in ({}, {"axis": 0}, {"axis": 1, "keepdims": True}):
        sample(f, holes(4, 5), **options)
for f in (np.nancumsum, np.nancumprod):
    sample(f, holes(4, 5))
    sample(f, holes(4, 5), axis=1)
for q in (0.3, [0.25, 0.75]):
    sample(np.nanquantile, holes(4, 5), q, axis=0)
    sample(np.nanpercentile, holes(4, 5), (25, 75) if np.ndim(q) else 30, keepdims=True)
for f in (np.cov, np.corrcoef):
    sample(f, any_(3, 5))
    sample(f, any_(3, 5), any_(5))
    sample(f, any_(5, 3), rowvar=False)
    sample(f, any_(4))
sample(np.cov, any_(3, 5), bias=True)
sample(np.cov, any_(3, 5), any_(2, 5), ddof=2)

for options in ({}, {"axis": 0}, {"axis": (0, 2), "epsilon": 0.1}):
    sample(ad.standardize, any_(3, 4, 2), **options)

wrong(np.quantile, any_(3), 1.5)
wrong(np.quantile, any_(3), 0.5, method="middle")
wrong(np.average, any_(3), weights=np.zeros(3))
wrong(np.average, any_(3, 4), weights=any_(4))
wrong(np.cov, any_(2, 3), any_(4))

# -- sorting ---------------------------------------------------------------------------------------------------------

for axis in (-1, 0, None):
    sample(np.sort, any_(3, 4), axis=axis)
    sample(np.partition, any_(3, 4), 2, axis=axis)

# -- shapes ----------------------------------------------------------------------------------------------------------

sample(np.ravel, any_(3, 4))
sample(np.squeeze, any_(2, 1, 3, 1))
sample(np.squeeze, any_(2, 1, 3, 1), axis=1)
sample(np.transpose, any_(2, 3, 4), axes=(1, -1, 0))
sample(np.transpose, any_(2, 3, 4), (2, 0, 1))
sample(np.transpose, any_(2, 3))
sample(np.flip, any_(2, 3))
sample(np.flip, any_(2, 3), axis=1)
sample(np.reshape, any_(3, 4), (4, 3))
sample(np.reshape, any_(3, 4), (2, -1))
sample(np.swapaxes, any_(2, 3, 4), 0, 2)
sample(np.moveaxis, any_(2, 3, 4), 0, 2)
sample(np.moveaxis, any_(2, 3, 4), (0, 1), (-1, 0))
sample(np.expand_dims, any_(2, 3), (0, 2))
sample(np.broadcast_to, any_(2, 1), (4, 2, 3))
sample(np.roll, any_(2, 3), 2)
sample(np.roll, any_(2, 3), 2, 1)
sample(np.roll, any_(2, 3), (1, 2), axis=(0, 1))
for axis in (0, 1, -1):
    sample(np.concatenate, [any_(2, 3), any_(2, 3)], axis)
    sample(np.stack, [any_(2, 3), any_(2, 3)], axis=axis)
sample(np.concatenate, (any_(2, 3), any_(1, 3), any_(0, 3)))
sample(np.concatenate, (any_(2, 3), any_(2, 1)), axis=None)

sample(np.reshape, any_(3, 4), (2, 6), order="F")
sample(np.ravel, any_(3, 4), order="F")
sample(np.matrix_transpose, any_(2, 3, 4))
sample(np.rollaxis, any_(2, 3, 4), 2)
sample(np.rollaxis, any_(2, 3, 4), 0, 3)
sample(np.rollaxis, any_(2, 3, 4), 1, -1)
for f in (np.fliplr, np.flipud, np.copy, np.atleast_1d, np.atleast_2d, np.atleast_3d):
    sample(f, any_(2, 3))
for f in (np.atleast_1d, np.atleast_2d, np.atleast_3d):
    sample(f, any_(3))
    sample(f, any_(), any_(2))
for k in range(4):
    sample(np.rot90, any_(2, 3), k)
sample(np.rot90, any_(2, 3, 4), axes=(1, 2))
for reps in (3, (2,), (2, 1), (1, 2, 3), (2, 1, 2)):
    sample(np.tile, any_(2, 3), reps)
for options in ({}, {"axis": 0}, {"axis": -1}):
    sample(np.repeat, any_(2, 3), 2, **options)
sample(np.repeat, any_(2, 3), [1, 0, 2], axis=1)
sample(np.repeat, any_(2, 2), [1, 0, 2, 3])
sample(np.resize, any_(2, 3), (3, 4))
for width in (1, (1, 2), ((1, 0), (0, 2))):
    sample(np.pad, any_(2, 3), width)
for mode in ("edge", "reflect", "symmetric", "wrap"):
    sample(np.pad, any_(3, 4), ((1, 2), (2, 0)), mode)
sample(np.pad, any_(3), (1, 2), constant_values=(4.0, 5.0))
for f in (np.hstack, np.vstack, np.dstack, np.column_stack):
    sample(f, [any_(2, 3), any_(2, 3)])
    sample(f, (any_(3), any_(3)))
sample(np.hstack, [any_(), any_()])
sample(np.block, [[any_(2, 2), any_(2, 1)], [any_(1, 2), any_(1, 1)]])
sample(np.block, [any_(2), any_(3)])
for f in (np.split, np.array_split):
    sample(f, any_(6, 2), 3)
    sample(f, any_(6, 2), [1, 4])
    sample(f, any_(2, 4), 2, axis=-1)
sample(np.array_split, any_(7), 3)
sample(np.hsplit, any_(2, 4), 2)
sample(np.vsplit, any_(4, 2), 2)
sample(np.dsplit, any_(2, 2, 4), 2)
sample(ad.unstack, any_(2, 3), axis=1)
sample(np.append, any_(2, 3), any_(2))
sample(np.append, any_(2, 3), any_(1, 3), axis=0)
sample(np.delete, any_(3, 4), [1, 2], axis=1)
sample(np.delete, any_(5), 2)
sample(np.insert, any_(4), 1, any_())
sample(np.insert, any_(4), [0, 3], any_(2))
sample(np.insert, any_(4), 2, any_(3))
sample(np.insert, any_(3, 2), [1, 1], any_(2, 2), axis=0)
sample(np.insert, any_(3, 2), 1, any_(2), axis=0)
sample(np.broadcast_arrays, any_(2, 1), any_(3))
for options in ({}, {"indexing": "ij"}, {"sparse": True}):
    sample(np.meshgrid, any_(2), any_(3), any_(2), **options)
sample(np.linspace, any_(), any_(), 5)
sample(np.linspace, any_(2), any_(3, 1), 4, endpoint=False, axis=1)
sample(np.full_like, any_(2, 3), any_(3))

wrong(np.reshape, any_(3, 4), (5, -1))
wrong(np.reshape, any_(3, 4), (-1, -1))
wrong(np.squeeze, any_(2, 3), axis=0)
wrong(np.transpose, any_(2, 3), (0, 0))
wrong(np.broadcast_to, any_(2, 3), (2, 4))
wrong(np.roll, any_(3), 1, axis=1)
wrong(np.tile, any_(3), -1)
wrong(np.repeat, any_(3), -1)
wrong(np.repeat, any_(3), [1, 2])
wrong(np.pad, any_(2, 3), -1)
wrong(np.pad, any_(2, 3), ((1, 2), (3, 4), (5, 6)))
wrong(np.stack, [any_(2), any_(3)])
wrong(np.concatenate, [any_(2, 3), any_(3)])
wrong(np.split, any_(5), 2)
wrong(np.insert, any_(4), 9, any_())
wrong(np.delete, any_(4), 4)
wrong(np.linspace, any_(), any_(), -1)

# -- indexing --------------------------------------------------------------------------------------------------------

for key in (1, -1, (1, 2), slice(None, None, -2), (slice(None), slice(1, None)), ..., (..., None, 1), [0, 0, 2],
            np.array([[0, 1], [2, 0]]), (np.array([0, 2, 0]), [1, 1, 1]), (slice(None), [0, 0]), (2, [1, 1]),
            np.array([True, False, True]), (np.array([True, False, True]), [1, 1]), (None, [0, 0], None),
            np.arange(12).reshape(3, 4) % 2 == 0, (), np.int64(1), [True, False, True], True, [], None):  # fmt: skip
    sample(getitem, any_(3, 4), key)

sample(np.take, any_(3, 4), [0, 5, 5])
sample(np.take, any_(3, 4), [[0, 2], [2, 2]], axis=0)
sample(np.take, any_(3, 4), 1, axis=-1)
sample(np.take, any_(3, 4), [7, -2], axis=1, mode="wrap")
sample(np.take_along_axis, any_(3, 4), np.array([[0, 0], [1, 3], [2, 1]]), axis=1)
sample(np.take_along_axis, any_(3, 4), np.array([[2, 0, 1, 1]]), axis=0)
sample(np.take_along_axis, any_(1, 4), np.array([[0, 0], [1, 3], [2, 1]]), axis=1)
sample(np.take_along_axis, any_(3, 4), np.array([3, 1]), axis=None)
sample(np.compress, [True, False, True], any_(3, 4), axis=0)
sample(np.compress, [True, False, True], any_(3, 4))
sample(np.extract, np.arange(12).reshape(3, 4) % 3 == 0, any_(3, 4))
sample(np.choose, np.array([0, 2, 1, 0]), [any_(4), any_(), any_(4)])
sample(np.choose, np.array([0, 3, -1]), [any_(3), any_(3)], mode="clip")
sample(np.select, [np.arange(4) < 1, np.arange(4) > 2], [any_(4), any_()], 7.0)
sample(np.select, [np.arange(4) < 1, np.arange(4) < 3], [any_(4), any_(4)], any_(4))
for k in (-2, 0, 1):
    for f in (np.diag, np.tril, np.triu, np.diagonal, np.trace):
        sample(f, any_(3, 4), k)
    sample(np.diag, any_(3), k)
    sample(np.diagflat, any_(2, 2), k)
    sample(np.linalg.diagonal, any_(2, 3, 4), offset=k)
    sample(np.linalg.trace, any_(2, 3, 4), offset=k)
for f in (np.diagonal, np.trace):
    sample(f, any_(2, 3, 4), 1, 2, 0)
sample(np.triu, any_(2, 3, 3))

for key in (3, (0, 0, 0), slice(None, None, 0), [0, -4], "a", 1.5, [True, False]):
    wrong(getitem, any_(3, 4), key)
wrong(np.take, any_(3, 4), 12)
wrong(np.take, any_(3, 4), [0, -4], axis=0)
wrong(np.take_along_axis, any_(3, 4), np.array([0, 1]), axis=0)
wrong(np.choose, np.array([0, 2]), [any_(2), any_(2)])
wrong(np.compress, [True] * 5, any_(3), axis=0)
wrong(np.select, [np.arange(3) > 1], [any_(3), any_(3)])

# -- products --------------------------------------------------------------------------------------------------------

MATMUL_SHAPES = (((3, 4), (4, 2)), ((4,), (4,)), ((3, 4), (4,)), ((4,), (4, 2)), ((2, 3, 4), (2, 4, 2)), ((2, 3, 4), (4, 2)),
                 ((3, 4), (2, 4, 2)), ((4,), (2, 4, 2)), ((2, 3, 4), (4,)), ((2, 1, 3, 4), (5, 4, 2)), ((1, 3, 4), (5, 4, 2)),
                 ((0, 4), (4, 2)), ((3, 0), (0, 2)))  # fmt: skip
for a, b in MATMUL_SHAPES:
    sample(np.matmul, any_(*a), any_(*b))
for a, b in (((3, 4), (4, 2)), ((4,), (4,)), ((3, 4), (4,)), ((4,), (4, 2)), ((2, 3, 4), (5, 4, 2)), ((), (3,)), ((3,), ()),
             ((2, 3, 4), (4,)), ((4,), (5, 4, 2)), ((2, 4), (5, 4, 2)), ((2, 3, 4), (4, 2)), ((), ())):  # fmt: skip
    sample(np.dot, any_(*a), any_(*b))
sample(np.outer, any_(3), any_(2))
sample(np.outer, any_(2, 2), any_(3))
for axes, a, b in ((0, (3, 4), (2,)), (1, (3, 4, 2), (2, 3)), (2, (3, 4, 2), (4, 2, 5)),
                   (([1, 0], [0, 1]), (3, 4, 2), (4, 3, 2)), (([0, 2], [1, 0]), (3, 4, 2), (2, 3, 5)),
                   ((-1, 0), (3, 4, 2), (2, 3)), ([[0, 1, 2], [2, 0, 1]], (3, 4, 2), (4, 2, 3)),
                   (((0, 2, 3), (2, 0, 1)), (2, 3, 4, 5), (4, 5, 2))):  # fmt: skip
    sample(np.tensordot, any_(*a), any_(*b), axes=axes)
for subscripts, *shapes in (
    ("ij,jk", (2, 3), (3, 4)), ("ij,jk->ki", (2, 3), (3, 4)), ("ii", (3, 3)), ("ii->i", (3, 3)), ("ij->", (2, 3)),
    ("ij->j", (2, 3)), ("ji", (2, 3)), ("...ij,...jk", (2, 2, 3), (3, 2)), ("i,j,k->", (2,), (3,), (2,)),
    ("bij,bj->bi", (2, 3, 4), (2, 4)), ("iij,j", (3, 3, 2), (2,)), ("i,i", (3,), (3,)), ("...->...", (2, 3)),
    ("ij,ij->i", (2, 3), (2, 3)), ("i...,i->...", (3, 2), (3,)), ("iii->i", (3, 3, 3)), ("iii", (3, 3, 3)),
    ("iijj->ij", (2, 2, 3, 3)), ("ij,jk,kl->il", (2, 3), (3, 2), (2, 4)), ("i,j->ij", (2,), (3,)), ("ij,ij", (2, 3), (1, 3)),
    ("...i->...", (2, 3)), (" i j , j -> i ", (2, 3), (3,)), ("ij,kl->", (2, 3), (2, 2)), (",ij->ij", (), (2, 3)),
    ("b...,b...->b...", (2, 3, 2), (2, 3, 1)), ("ii,i->i", (3, 3), (3,)), ("iji->j", (2, 3, 2)),
):  # fmt: skip
    sample(np.einsum, subscripts, *(any_(*shape) for shape in shapes))
sample(np.einsum, any_(2, 3), [0, 1], any_(3, 2), [1, 2], [0, 2])
sample(np.einsum, any_(2, 3), [0, 1], any_(3, 2), [1, 2])
sample(np.einsum, "ij,jk,kl->il", any_(2, 3), any_(3, 2), any_(2, 4), optimize=True)

for f in (np.inner, np.kron):
    for a, b in (((3,), (3,)), ((2, 3), (3,)), ((2, 3), (4, 3)), ((), (3,)), ((2, 1, 3), (2, 3))):
        sample(f, any_(*a), any_(*b))
for f in (np.vdot, np.vecdot):
    sample(f, any_(4), any_(4))
    sample(f, any_(2, 3), any_(2, 3))
sample(np.vecdot, any_(3, 2), any_(3, 1), axis=0)
sample(ad.matvec, any_(2, 3, 4), any_(4))
sample(ad.vecmat, any_(2, 3), any_(3, 4))
for a, b in (((3,), (3,)), ((4, 3), (3,)), ((2, 1, 3), (4, 3))):
    sample(np.cross, any_(*a), any_(*b))
sample(np.cross, any_(3, 2), any_(3, 2), axis=0)
sample(np.cross, any_(3, 2), any_(2, 3), axisa=0, axisc=0)
for shapes in (((2, 3), (3, 4)), ((2, 9), (9, 2), (2, 5), (5, 3)), ((3,), (3, 2), (2,)), ((3,), (3, 2), (2, 4)), ((3,), (3,))):
    sample(np.linalg.multi_dot, [any_(*shape) for shape in shapes])
for n in (-2, 0, 1, 2, 5):
    sample(np.linalg.matrix_power, np.eye(3) + any_(2, 3, 3) / 3, n)

wrong(np.matmul, any_(2, 3), any_(2, 3))
wrong(np.matmul, any_(2, 3), any_())
wrong(np.dot, any_(3), any_(4))
wrong(np.tensordot, any_(2, 3), any_(2, 3), axes=1)
for subscripts in ("ij,jk", "ij,ij->k", "ij", "ij,i,j", "ij,ij->ii", "i.j,ij"):
    wrong(np.einsum, subscripts, any_(2, 3), any_(2, 3))
wrong(np.linalg.matrix_power, any_(2, 3), 2)
wrong(np.linalg.multi_dot, [any_(2, 3)])

# -- linear algebra --------------------------------------------------------------------------------------------------


def of_symmetric(function):
    """The function of a symmetric matrix, which a step of finite differences must not leave."""

    def of(x, **keywords):
        return function(x @ np.matrix_transpose(x) + np.eye(x.shape[-1], dtype=x.dtype), **keywords)

    of.__name__, of.__module__, of.stands_for = function.__name__, function.__module__, function
    return of


for f in (np.linalg.inv, np.linalg.det, np.linalg.slogdet, np.linalg.pinv, np.linalg.svdvals, np.linalg.qr):
    sample(f, square(3, 3))
    sample(f, square(2, 3, 3))
    sample(f, square(1, 1))
for shape in ((4, 2), (2, 4), (2, 3, 2)):
    for f in (np.linalg.pinv, np.linalg.svdvals, np.linalg.qr):
        sample(f, any_(*shape))
    sample(np.linalg.svd, any_(*shape), full_matrices=False)
    sample(np.linalg.svd, any_(*shape), compute_uv=False)
    sample(np.linalg.qr, any_(*shape), mode="r")
sample(np.linalg.svd, square(3, 3))
sample(np.linalg.det, np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]))
sample(np.linalg.det, np.stack([np.zeros((3, 3)), np.ones((3, 3)), np.eye(3)]))
for a, b in (((3, 3), (3,)), ((3, 3), (3, 2)), ((2, 3, 3), (3,)), ((2, 3, 3), (3, 2)), ((3, 3), (2, 3, 1)),
             ((2, 3, 3), (2, 3, 3))):  # fmt: skip
    sample(np.linalg.solve, square(*a), any_(*b))
for a, b in (((4, 2), (4,)), ((4, 2), (4, 3)), ((2, 4), (2,)), ((3, 3), (3,))):
    sample(np.linalg.lstsq, any_(*a) + np.eye(*a), any_(*b))
sample(np.linalg.tensorsolve, square(6, 6).reshape(2, 3, 6), any_(2, 3))
sample(np.linalg.tensorinv, square(6, 6).reshape(6, 2, 3), ind=1)
for p in (None, 2, -2, "fro", "nuc", 1, -1, np.inf, -np.inf):
    sample(np.linalg.cond, square(3, 3), p)
    sample(np.linalg.norm, any_(3, 4), p)
    if p is not None:
        sample(np.linalg.matrix_norm, any_(2, 3, 4), ord=p)
    sample(np.linalg.norm, any_(2, 3, 4), p, (0, 2))
    sample(np.linalg.norm, any_(2, 3, 4), p, axis=(2, -2), keepdims=True)
for p in (None, 2, 1, 3, 2.5, -1, 0, np.inf, -np.inf):
    sample(np.linalg.norm, any_(4), p)
    sample(np.linalg.norm, any_(3, 4), p, 0)
    sample(np.linalg.norm, any_(3, 4), p, axis=-1, keepdims=True)
    if p is not None:
        sample(np.linalg.vector_norm, any_(2, 3, 4), ord=p, axis=(0, 2))
sample(np.linalg.norm, any_(2, 3, 4))
sample(np.linalg.norm, any_(2, 3, 4), keepdims=True)
for f in (np.linalg.cholesky, np.linalg.eigh, np.linalg.eigvalsh):
    for shape in ((3, 3), (2, 3, 3), (1, 1)):
        sample(of_symmetric(f), square(*shape))
sample(of_symmetric(np.linalg.cholesky), square(3, 3), upper=True)
sample(of_symmetric(np.linalg.eigh), square(3, 3), UPLO="U")

for f in (np.linalg.inv, np.linalg.det, np.linalg.eigh, np.linalg.cholesky, np.linalg.matrix_transpose):
    wrong(f, any_(2, 3) if f is not np.linalg.matrix_transpose else any_(2))
wrong(np.linalg.inv, np.zeros((2, 2)))
wrong(np.linalg.solve, np.zeros((2, 2)), any_(2))
wrong(np.linalg.solve, square(2, 2), any_(3))
wrong(np.linalg.cholesky, -np.eye(2))
wrong(np.linalg.norm, any_(3), "fro")
wrong(np.linalg.norm, any_(2, 3, 4), 1)
wrong(np.linalg.norm, any_(2, 3), 3)
wrong(np.linalg.norm, any_(2, 3), axis=(0, 0))
wrong(np.linalg.lstsq, any_(2, 3), any_(3))

# -- sampled functions -----------------------------------------------------------------------------------------------

for options in ({}, {"n": 2}, {"axis": 0}, {"n": 3, "axis": 0}):
    sample(np.diff, any_(4, 5), **options)
sample(np.diff, any_(4), 1, -1, any_(), any_(2))
sample(np.diff, any_(3, 4), prepend=0.0, append=1.0, axis=0)
sample(np.ediff1d, any_(5))
sample(np.ediff1d, any_(2, 2), any_(1), any_(2))
sample(np.trapezoid, any_(5))
sample(np.trapezoid, any_(3, 5), np.linspace(0, 1, 5) ** 2)
sample(np.trapezoid, any_(3, 5), positive(3).cumsum(), axis=0)
sample(np.trapezoid, any_(3, 5), dx=0.3, axis=0)
sample(np.trapezoid, any_(3, 5), positive(3, 5).cumsum(1))
for options in ({}, {"axis": 0}, {"axis": (0, 1)}, {"edge_order": 2}, {"edge_order": 2, "axis": 1}):
    sample(np.gradient, any_(4, 5), **options)
sample(np.gradient, any_(5), 0.3)
sample(np.gradient, any_(5), positive(5).cumsum())
sample(np.gradient, any_(4, 5), 0.5, positive(5).cumsum(), edge_order=2)
sample(np.gradient, any_(2), 0.5)
GRID = np.array([0.0, 0.4, 1.1, 1.5])
sample(np.interp, np.array([0.1, 0.5, 1.4, -1.0, 2.0]), GRID, any_(4))
sample(np.interp, positive(2, 2) - 0.4, GRID, any_(4), left=3.0, right=-1.0)
sample(np.interp, np.asarray(0.7), GRID, any_(4))
for mode in ("full", "same", "valid"):
    for m, n in ((5, 3), (3, 5), (4, 4), (6, 2), (2, 6), (4, 1)):
        for f in (np.convolve, np.correlate):
            sample(f, any_(m), any_(n), mode)
sample(np.polyval, any_(4), any_(3))
for strides in (1, 2, (2, 1)):
    sample(ad.conv2d, any_(2, 4, 5, 2), any_(2, 3, 2, 3), strides=strides)
for size, strides in ((2, None), ((2, 3), 1), (2, (3, 1)), (1, 2)):
    sample(ad.max_pool2d, any_(2, 4, 5, 2), size, strides)
sample(ad.conv2d, any_(2, 3, 3, 1), any_(1, 1, 1, 2))
sample(ad.bias_add, any_(2, 3, 3, 2), any_(2))
sample(np.unwrap, np.array([0.1, 3.0, -3.0, -0.5, 6.0]))
sample(np.unwrap, any_(2, 5) * 3, period=2.0, axis=0)
wrong(np.diff, any_(3), -1)
wrong(np.gradient, any_(1))
wrong(np.gradient, any_(3), 1.0, 2.0)
wrong(np.interp, any_(3), GRID, any_(3))
wrong(np.convolve, any_(0), any_(2))
wrong(np.convolve, any_(3), any_(2), "some")
wrong(np.trapezoid, any_(3), any_(4))
wrong(ad.conv2d, any_(2, 4, 5, 2), any_(2, 3, 3, 3))
wrong(ad.max_pool2d, any_(2, 4, 5, 2), 0)
