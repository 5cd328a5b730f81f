"""A stand-in for CuPy, where there is no GPU: arrays that speak numpy's protocols, and are as strict as CuPy's.

They refuse numpy's arrays, are never copied to the host unasked, and know the functions and keywords that CuPy 14.2 knows, by
cupy.txt (a line for each function of numpy: its name, and the parameters of CuPy's, or `no`; and for each ufunc of scipy that
CuPy has).
"""

import collections
import contextlib
import inspect
import sys
import types as modules
from pathlib import Path

import numpy as np

from autodiff.core.cupy_arrays import CuPy
from autodiff.core.which_library import LIBRARIES

LINES = [line.split(" ", 1) for line in (Path(__file__).parent / "cupy.txt").read_text().splitlines()]
PARAMETERS = {name: () if parameters == "?" else parameters.split(",") for name, parameters in LINES if parameters != "no"}
MISSING = {name for name, parameters in LINES if parameters == "no"}
REDUCED = {np.add, np.multiply, np.maximum, np.minimum}
NUMBERS = (int, float, complex, bool, np.generic)


REFUSED = {  # by name: what CuPy 14.2 refuses that numpy computes, found by running CuPy itself
    "where": lambda condition, *rest: isinstance(condition, bool),
    "tensordot": lambda a, b, axes=2: not (a.ndim and b.ndim) and axes != 0,
    "solve": lambda a, b: b.ndim > 1 and a.shape[:-2] != b.shape[:-2],
    "roots": lambda p: len(p) > 2, "poly": lambda a: a.ndim == 2 and a.size > 1,  # no other matrices than symmetric
    "stack": lambda arrays, axis=0, **options: any(isinstance(x, (int, float)) for x in arrays),
    "take_along_axis": lambda arr, indices, axis=None: axis is None,
    "eigh": lambda a, UPLO="L": UPLO not in ("L", "U"), "eigvalsh": lambda a, UPLO="L": UPLO not in ("L", "U"),
    "sort": lambda a, axis=-1, kind=None: kind not in (None, "stable"),
    "argsort": lambda a, axis=-1, kind=None: kind not in (None, "stable"),
}  # fmt: skip
STATE = ["ignore"]  # what CuPy does about matrices that have no such factor
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
        if copy or dtype != self.dtype:
            CALLED.append("astype")
        return StrictArray(self._numbers.astype(dtype, copy=copy))

    def copy(self):
        CALLED.append("copy")
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
        if not all(isinstance(x, (StrictArray, *NUMBERS)) for x in inputs):
            return NotImplemented
        of_scipy = f"scipy.special.{function.__name__.removeprefix('_')}"
        if getattr(np, function.__name__, None) is not function and of_scipy not in PARAMETERS:
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
        CALLED.extend([function.__name__] * (len(args[0]) if function is np.concatenate else 1))  # a copy of each part
        known = PARAMETERS[name]
        if function.__name__ in REFUSED and REFUSED[function.__name__](*args, **kwargs):
            kind = NotImplementedError if function in (np.roots, np.poly) else ValueError
            raise kind(f"{name} takes no such arguments")
        if "kwargs" not in known and (unknown := kwargs.keys() - set(known)):
            raise TypeError(f"{name} got an unexpected keyword argument {unknown.pop()!r}")
        if len(args) > len(known) > 0 and list(inspect.signature(function).parameters)[-1:] != list(known[-1:]):
            raise TypeError(f"{name} takes {len(known)} positional arguments")
        try:
            return wrapped(function(*unwrapped(args), **{k: unwrapped(x) for k, x in kwargs.items()}))
        except np.linalg.LinAlgError:
            if STATE[-1] == "raise":
                raise
            return StrictArray(np.empty_like(args[0]._numbers))


class Ufunc:
    """CuPy's ufunc of the name of numpy's."""

    def __init__(self, function):
        self.function, self.__name__ = function, function.__name__

    def __call__(self, *inputs, **kwargs):
        like = next(x for x in inputs if isinstance(x, StrictArray))
        if self.function is np.matmul and len(inputs) > 2:
            raise TypeError("matmul takes its out by name")
        y = like.__array_ufunc__(self.function, "__call__", *inputs, **kwargs)
        if y is NotImplemented:
            raise TypeError(f"Unsupported types of {self.__name__}")
        return y

    def at(self, a, places, values):
        CALLED.append("at")
        self.function.at(unwrapped(a), unwrapped(places), unwrapped(values))


class Namespace:
    """CuPy's functions, of a module of numpy."""

    ufunc = Ufunc

    def __init__(self, module):
        self._module = module

    def __getattr__(self, name):
        found = getattr(self._module, name)
        if isinstance(found, np.ufunc):
            if f"ufunc.{name}" in MISSING:
                raise AttributeError(name)
            return Ufunc(found)
        if isinstance(found, modules.ModuleType):
            return Namespace(found)
        if f"{found.__module__}.{name}" not in PARAMETERS:
            raise AttributeError(name)

        def function(*args, **kwargs):
            y = StrictArray.__array_function__(None, found, (StrictArray,), args, kwargs)
            if y is NotImplemented:
                raise TypeError(f"Unsupported types of {name}")
            return y

        return function

    def fuse(self, function):
        """Elementwise functions as one. Others are refused in it."""

        def fused(*inputs):
            before = list(CALLED)
            y = function(*inputs)
            inner = list(CALLED)[len(before) :]
            if not all(isinstance(getattr(np, name, None), np.ufunc) and name != "matmul" for name in inner):
                raise TypeError(f"This can't be fused: {inner}")
            CALLED.clear(), CALLED.extend([*before, "fused"])
            return y

        return fused


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
    """CuPy returns arrays, of no axes where numpy returns numbers, and plain tuples where numpy's have names."""
    if isinstance(y, (list, tuple)):
        return [*map(wrapped, y)] if isinstance(y, list) else tuple(map(wrapped, y))
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


@contextlib.contextmanager
def errstate(linalg):
    """As cupyx has it: by itself CuPy takes what it finds in a factor of a matrix that has none."""
    STATE.append(linalg)
    yield
    STATE.pop()


class Special(modules.ModuleType):
    """CuPy's ufuncs of scipy.special."""

    def __getattr__(self, name):
        if f"scipy.special.{name}" not in PARAMETERS:
            raise AttributeError(name)
        import scipy.special

        found = getattr(scipy.special, name)
        return Ufunc(found if isinstance(found, np.ufunc) else getattr(scipy.special._ufuncs, f"_{name}"))


sys.modules["external.special"] = Special("external.special")
LIBRARIES[StrictArray] = CuPy("external", Namespace(np), "external.special", errstate)


def array(x):
    """A copy of numpy's array as one of these."""
    return StrictArray(np.array(x))
