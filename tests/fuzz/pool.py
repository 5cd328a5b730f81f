"""What a call may be given: each value by its name, made anew for each call."""

import decimal
import fractions
from collections import deque

import numpy as np

import autodiff as ad

try:
    import scipy.sparse as sparse
except ImportError:
    sparse = None

GRID = np.arange(1.0, 10.0).reshape(3, 3)


class Bare:
    """An object that is nothing to numpy."""

    def __repr__(self):
        return "Bare()"


class BadArray:
    def __array__(self, dtype=None, copy=None):
        raise ValueError("no array today")


class Own(np.ndarray):
    pass


def of_itself(with_box=False):
    it = [ad.Value(1.0)] if with_box else []
    it.append(it)
    return it


def dict_of_itself():
    it = {}
    it["a"] = it
    return it


def deep(levels):
    it = [1.0]
    for _ in range(levels):
        it = [it]
    return it


DEEP = deep(200_000)
NUMBERS = {
    "None": None,
    "True": True,
    "0": 0,
    "1": 1,
    "-1": -1,
    "3": 3,
    "-7": -7,
    "10**400": 10**400,
    "2.5": 2.5,
    "-0.0": -0.0,
    "1e308": 1e308,
    "nan": float("nan"),
    "inf": float("inf"),
    "1j": 1j,
    "int64(2)": np.int64(2),
    "float32(2)": np.float32(2),
    "bool_": np.bool_(True),
    "Fraction": fractions.Fraction(1, 2),
    "Decimal": decimal.Decimal("0.5"),
    "'a'": "a",
    "''": "",
    "b'a'": b"a",
    "...": ...,
    "slice": slice(None),
    "int": int,
    "dtype": np.dtype("f4"),
    "'f4'": "f4",
    "len": len,
}
STRUCTURES = {
    "[]": list,
    "()": lambda: (),
    "{}": dict,
    "set": lambda: {1.0},
    "[[]]": lambda: [[]],
    "[1.0, 2.0]": lambda: [1.0, 2.0],
    "[1, 2, 3]": lambda: [1, 2, 3],
    "(0, 0)": lambda: (0, 0),
    "(0, 1)": lambda: (0, 1),
    "(-1, 5)": lambda: (-1, 5),
    "ragged": lambda: [[1.0], [1.0, 2.0]],
    "[None]": lambda: [None],
    "['a']": lambda: ["a"],
    "of itself": of_itself,
    "of itself with a box": lambda: of_itself(True),
    "dict of itself": dict_of_itself,
    "200 deep": lambda: deep(200),
    "200,000 deep": lambda: DEEP,
    "dict": lambda: {"a": 1.0},
    "deque": lambda: deque([1.0, 2.0]),
    "range": lambda: range(3),
    "generator": lambda: (x for x in [1.0, 2.0]),
    "Bare()": Bare,
    "BadArray()": BadArray,
    "lambda x: x": lambda: lambda x: x,
    "lambda: 1/0": lambda: lambda *args: 1 / 0,
    "memoryview": lambda: memoryview(np.ones(3)),
}
ARRAYS = {
    "f0d": lambda: np.array(2.0),
    "f0": lambda: np.zeros(0),
    "f0x3": lambda: np.zeros((0, 3)),
    "f1": lambda: np.array([2.0]),
    "f3": lambda: np.array([1.0, 2.0, 3.0]),
    "f3x3": GRID.copy,
    "f2x3x4": lambda: np.arange(24.0).reshape(2, 3, 4),
    "i3": lambda: np.array([0, 2, 1]),
    "u1": lambda: np.array([3, 200, 5], "u1"),
    "b3": lambda: np.array([True, False, True]),
    "b3x3": lambda: GRID > 4,
    "f2": lambda: GRID.astype("f2"),
    "f4": lambda: GRID.astype("f4"),
    "g": lambda: GRID.astype("g"),
    ">f8": lambda: GRID.astype(">f8"),
    "strided": lambda: np.repeat(GRID, 2, 1)[:, ::2],
    "F": lambda: np.asfortranarray(GRID),
    "reversed": lambda: GRID.copy()[::-1],
    "read-only": lambda: np.broadcast_to(np.array([1.0, 2.0, 3.0]), (3, 3)),
    "nan3": lambda: np.array([1.0, np.nan, np.inf]),
    "nan3x3": lambda: np.full((3, 3), np.nan),
    "huge3": lambda: np.full(3, 1e308),
    "c3": lambda: np.array([1j, 2.0, 3.0]),
    "datetime": lambda: np.array(["2020-01-01"], "M8[D]"),
    "text": lambda: np.array(["a"]),
    "object": lambda: np.array([1.0, None, "a"], object),
    "objects": lambda: np.array([ad.Value(1.0), ad.Value(2.0)], object),
    "record": lambda: np.zeros(2, [("a", float), ("b", int)]),
    "masked": lambda: np.ma.array(GRID.copy(), mask=GRID > 7),
    "matrix": lambda: GRID.copy().view(np.matrix),
    "subclass": lambda: GRID.copy().view(Own),
}
if sparse is not None:
    ARRAYS["sparse"] = lambda: sparse.csr_array(GRID)
BOXES = {
    "Value": lambda: ad.Value(2.0),
    "Value(nan)": lambda: ad.Value(float("nan")),
    "Variable": lambda: ad.Variable([1.0, 2.0, 3.0]),
    "Variable 3x3": lambda: ad.Variable(GRID),
    "Variable f4": lambda: ad.Variable(GRID, dtype="f4"),
    "Tensor": lambda: ad.constant([1.0, 2.0, 3.0]),
    "Tensor of ints": lambda: ad.constant([0, 2, 1]),
    "Tensor of bools": lambda: ad.constant([True, False, True]),
    "Tensor 0-d": lambda: ad.constant(2.0),
    "Tensor empty": lambda: ad.constant(np.zeros(0)),
    "MutableTensor": lambda: ad.constant([1.0, 2.0]).copy(),
    "[Value, 1.0]": lambda: [ad.Value(1.0), 1.0],
    "[Variable]": lambda: [ad.Variable([1.0])],
    "{Value}": lambda: {"w": ad.Value(1.0)},
    "frozen": lambda: ad.Variable([1, 2], trainable=False),
}
MAKERS = {**{name: (lambda x=x: x) for name, x in NUMBERS.items()}, **STRUCTURES, **ARRAYS, **BOXES}
PLAIN = [name for name in MAKERS if name not in BOXES and name not in ("of itself with a box", "objects")]

AXES = (-7, -3, -2, -1, 0, 1, 2, 5, None, (0, 0), (0, 1), (-1, 0), (), [0], 1.0, "a", True, np.int64(1))
SMALL = (-3, -1, 0, 1, 2, 5, None, 1.5, "a", [1, 2], (2, 2), np.int64(2), float("nan"))


def variants(x):
    """Arrays that hold other numbers of the same kind, or the same in another way."""
    yield x[()].astype(x.dtype.newbyteorder(">"))
    yield np.repeat(x, 2, -1)[..., ::2] if x.ndim else x
    yield np.asfortranarray(x)
    yield x.astype("f2")
    yield x.astype("f4")
    yield x[..., None]
    yield x[0] if x.ndim and len(x) else x
    yield x[:0] if x.ndim else x
    yield np.asarray(x.ravel()[0] if x.size else 0.0)
    yield np.full_like(x, np.nan if x.dtype.kind == "f" else -1)
    yield np.zeros_like(x)
    yield x.T
    yield -x
    frozen = x.copy()
    frozen.flags.writeable = False
    yield frozen
