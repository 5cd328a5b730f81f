"""What a sample is, and how a row is written.

A sample is a function, its arguments and its keywords. The float arrays among the arguments, also those in lists, are what
is differentiated; all else is constant. They lie where the function is smooth; ties and edges are in test_kinks.py.

A row describes its arrays: `any_(3, 4)` is drawn from a generator of the row's own, which is seeded by the row's id. So a
new row changes the numbers of no other row, and `rebuild("pad(f3x4, 1)")` makes a row that failed once more.
"""

import contextlib
import inspect
import operator
import zlib
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from together import TOGETHER, in_groups

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


# -- functions in another form ---------------------------------------------------------------------------------------


def standing_for(function, form):
    """`form`, whose rows are rows of the function."""
    form.__name__, form.__module__ = function.__name__, function.__module__
    form.stands_for = getattr(function, "stands_for", function)
    with contextlib.suppress(ValueError):  # a builtin without a signature
        form.__signature__ = inspect.signature(function)
    return form


def real_parts(function):
    """The function, of whose outputs the real parts are taken. (numpy 2.5 makes complex numbers of real eigenvalues.)"""

    def form(*args, **keywords):
        y = function(*args, **keywords)
        return tuple(map(np.real, y)) if isinstance(y, tuple) else np.real(y)

    return standing_for(function, form)


def part_of(function, k):
    """The function, of whose outputs only number k is taken."""
    return standing_for(function, lambda *args, **keywords: function(*args, **keywords)[k])


def written(function):
    """The function that writes into its first argument, as one that returns what a copy of it is then."""

    def form(x, *args, **keywords):
        y = x.copy() if isinstance(x, np.ndarray) else np.copy(x)
        function(y, *args, **keywords)
        return y

    return standing_for(function, form)


# -- ids -------------------------------------------------------------------------------------------------------------


def called(function):
    """`linalg.norm` for np.linalg.norm."""
    module = (getattr(function, "__module__", None) or "").partition(".")[2]
    named = module.startswith(("linalg", "fft", "lib.scimath", "polynomial"))
    return f"{module}.{function.__name__}" if named else function.__name__


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
    WRONG[getattr(function, "stands_for", function)].append(Sample(id, function, drawn(args, rng), keywords))


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


# -- tests of all rows -----------------------------------------------------------------------------------------------


def over(rows):
    """For a test that takes a `row`: one test for a few functions, which goes over their rows. Its id has their names."""
    of_function = defaultdict(list)
    for row in rows:
        of_function[called(row.function)].append((row.id, row))
    names = list(of_function)
    few = [names[k : k + TOGETHER] for k in range(0, len(names), TOGETHER)]
    return in_groups("row", [[row for name in some for row in of_function[name]] for some in few], list(map(", ".join, few)))
