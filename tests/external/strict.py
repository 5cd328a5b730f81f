"""A stand-in for CuPy, where there is no GPU: arrays that speak numpy's protocols, and are as strict as CuPy's.

They refuse numpy's arrays, are never copied to the host unasked, and know the functions and keywords that CuPy 14.2 knows, by
cupy.txt (a line for each function of numpy: its name, and the parameters of CuPy's, or `no`; and for each ufunc of scipy that
CuPy has).
"""

import collections
import inspect
from pathlib import Path

import numpy as np

LINES = [line.split(" ", 1) for line in (Path(__file__).parent / "cupy.txt").read_text().splitlines()]
PARAMETERS = {name: () if parameters == "?" else parameters.split(",") for name, parameters in LINES if parameters != "no"}
MISSING = {name for name, parameters in LINES if parameters == "no"}
REDUCED = {np.add, np.multiply, np.maximum, np.minimum}
NUMBERS = (int, float, complex, bool, np.generic)


COPIED = []  # the sizes of the arrays that were copied to the host
CALLED = collections.deque(maxlen=1000)  # the names of the functions that were called last


class StrictArray:
    """An array that lives elsewhere."""

    device = "elsewhere"

    def __init__(self, numbers):
        self._numbers = numbers

    shape = property(lambda self: self._numbers.shape)
    ndim = property(lambda self: self._numbers.ndim)
    dtype = property(lambda self: self._numbers.dtype)
    size = property(lambda self: self._numbers.size)
    flags = property(lambda self: self._numbers.flags)
    T = property(lambda self: StrictArray(self._numbers.T))

    def __array__(self, *args, **kwargs):
        raise TypeError("Implicit conversion to a NumPy array is not allowed. Use .get().")

    def get(self):
        """The numbers, on the host."""
        COPIED.append(self.size)
        return self._numbers.copy()

    def astype(self, dtype, order="K", casting=None, subok=None, copy=True):
        return StrictArray(self._numbers.astype(dtype, copy=copy))

    def copy(self):
        return StrictArray(self._numbers.copy())

    def reshape(self, *shape):
        return StrictArray(self._numbers.reshape(*shape))

    def item(self):
        return self._numbers.item()

    def tolist(self):
        return self._numbers.tolist()

    def __getitem__(self, key):
        return wrapped(self._numbers[unwrapped(key)])

    def __setitem__(self, key, value):
        self._numbers[unwrapped(key)] = unwrapped(value)

    def __len__(self):
        return len(self._numbers)

    def __bool__(self):
        return bool(self._numbers)

    def __float__(self):
        return float(self._numbers)

    def __int__(self):
        return int(self._numbers)

    def __complex__(self):
        return complex(self._numbers)

    def __repr__(self):
        return f"StrictArray({self._numbers!r})"

    def __array_ufunc__(self, function, method, *inputs, **kwargs):
        if not all(isinstance(x, (StrictArray, *NUMBERS, list, tuple)) for x in inputs):
            return NotImplemented
        if getattr(np, function.__name__, None) is not function and f"scipy.special.{function.__name__}" not in PARAMETERS:
            return NotImplemented
        if f"ufunc.{function.__name__}" in MISSING or (method == "reduce" and function not in REDUCED) or (
            method not in ("__call__", "reduce", "at") or (method == "at" and function is not np.add)
        ):  # fmt: skip
            return NotImplemented
        if kwargs.keys() - {"out", "dtype", "casting", "axis", "keepdims"}:
            return NotImplemented
        CALLED.append(function.__name__)
        return wrapped(getattr(function, method)(*map(unwrapped, inputs), **{k: unwrapped(x) for k, x in kwargs.items()}))

    def __array_function__(self, function, types, args, kwargs):
        name = f"{function.__module__}.{function.__name__}"
        if not all(issubclass(kind, StrictArray) for kind in types) or name not in PARAMETERS:
            return NotImplemented
        if function in (np.array, np.asarray):
            return StrictArray(np.array(*args, **kwargs))
        CALLED.append(function.__name__)
        known = PARAMETERS[name]
        if "kwargs" not in known and (unknown := kwargs.keys() - set(known)):
            raise TypeError(f"{name} got an unexpected keyword argument {unknown.pop()!r}")
        if len(args) > len(known) > 0 and list(inspect.signature(function).parameters)[-1:] != list(known[-1:]):
            raise TypeError(f"{name} takes {len(known)} positional arguments")
        return wrapped(function(*unwrapped(args), **{k: unwrapped(x) for k, x in kwargs.items()}))


def _operator(ufunc, swapped=False):
    def operator(self, other):
        if hasattr(other, "__array_ufunc__") and not isinstance(other, (StrictArray, np.ndarray, np.generic)):
            return NotImplemented
        return ufunc(other, self) if swapped else ufunc(self, other)

    return operator


OPERATORS = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "truediv": np.divide, "pow": np.power, "matmul": np.matmul,
    "mod": np.mod, "floordiv": np.floor_divide, "and": np.bitwise_and, "or": np.bitwise_or, "xor": np.bitwise_xor,
}  # fmt: skip
for _name, _ufunc in OPERATORS.items():
    setattr(StrictArray, f"__{_name}__", _operator(_ufunc))
    setattr(StrictArray, f"__r{_name}__", _operator(_ufunc, True))
for _name, _ufunc in {"lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal, "eq": np.equal,
                      "ne": np.not_equal}.items():  # fmt: skip
    setattr(StrictArray, f"__{_name}__", _operator(_ufunc))
StrictArray.__isub__ = lambda self, other: np.subtract(self, other, out=self)
StrictArray.__neg__ = lambda self: np.negative(self)
StrictArray.__abs__ = lambda self: np.absolute(self)
StrictArray.__invert__ = lambda self: np.invert(self)
StrictArray.__hash__ = object.__hash__


def _method(function):
    return lambda self, *args, **kwargs: function(self, *args, **kwargs)


for _function in (np.all, np.any, np.argmax, np.argmin, np.max, np.mean, np.min, np.ravel, np.sum, np.take, np.transpose):
    setattr(StrictArray, {"amax": "max", "amin": "min"}.get(_function.__name__, _function.__name__), _method(_function))


def asarray(x):
    """numpy's array as one of these, as the array module of nn is asked for it."""
    return x if isinstance(x, StrictArray) else array(x)


def wrapped(y):
    """CuPy returns arrays, of no axes where numpy returns numbers."""
    if isinstance(y, (list, tuple)):
        return type(y)(*map(wrapped, y)) if hasattr(y, "_fields") else type(y)(map(wrapped, y))
    return StrictArray(np.asarray(y)) if isinstance(y, (np.ndarray, np.generic)) else y


def unwrapped(x):
    """The numbers of the arguments. TypeError for an array of numpy's among them, as CuPy has it."""
    if isinstance(x, StrictArray):
        return x._numbers
    if isinstance(x, np.ndarray):
        raise TypeError("Unsupported type <class 'numpy.ndarray'>")
    if isinstance(x, (list, tuple)):
        return type(x)(map(unwrapped, x))
    return slice(*map(unwrapped, (x.start, x.stop, x.step))) if isinstance(x, slice) else x


def array(x):
    """A copy of numpy's array as one of these."""
    return StrictArray(np.array(x))
