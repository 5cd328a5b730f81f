"""Arrays of other libraries, such as CuPy's on a GPU and Dask's on a cluster, which speak numpy's protocols (NEP 13, NEP 18).

`External` is raw data to the engine: a Tensor may hold it in place of a numpy array, and forwards, rules and the walks run on
it unchanged. numpy's functions come here, and go on to the library. Constants that a rule makes as numpy arrays become arrays
of the library where they meet one, so no rule mentions another library. Nothing is copied to the host.

A library may be lazy, as Dask is: an array is then a plan, and has no numbers until the user computes it. A rule that has to
look at numbers raises NotComputed.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from autodiff.core.box import Box, first_box, raw_of
from autodiff.core.dtypes import is_complex
from autodiff.core.duck import Duck
from autodiff.core.levels import NUMBERS, Leveled
from autodiff.core.libraries import name_of
from autodiff.core.op import Params
from autodiff.core.other_words import IN_OTHER_WORDS
from autodiff.core.which_library import is_external, library_of
from autodiff.failures.nesting import deeper

NDARRAY: Final = np.ndarray
SHOWN: Final = 1 << 26  # bytes: larger arrays are not brought to the host to be shown


class NotComputed(TypeError):
    """What a lazy array is asked for that only its numbers could answer."""


def held(x: Any) -> Any:
    """x as raw data of the engine: an array of another library inside `External`, anything else as it is."""
    return External(x) if type(x) is not NDARRAY and is_external(x) else x


def as_array(x: Any) -> Any:
    """x as raw data of the engine: what is no array becomes one of numpy's."""
    data = x if type(x) is NDARRAY else held(x)
    return data if type(data) is NDARRAY or type(data) is External else np.asarray(refuse_several(data))


def refuse_several(x: Any) -> Any:
    """x. TypeError for a list of arrays of another library: numpy would ask each of them for its numbers."""
    first = x
    while isinstance(first, (list, tuple)) and first:
        first = first[0]
    if first is not x and type(first := held(first)) is External:
        name, way = first.library.name, "np.stack makes one of them there, or bring each to the host by ad.to_numpy(x)"
        raise TypeError(f"A list of arrays of {name} is no array, and nothing is copied to the host unasked: {way}.")
    return x


def is_lazy(x: Any) -> bool:
    """Whether raw data are a plan, which has no numbers yet."""
    return type(x) is External and x.library.lazy


def first_external(inputs: Any, depth: int = 0) -> External | None:
    """The first array of another library among inputs, also inside boxes and lists."""
    for x in inputs:
        raw = raw_of(x)
        found = raw if type(raw) is External else first_external(raw, deeper(depth)) if isinstance(raw, (list, tuple)) else None
        if found is not None:
            return found
    return None


def released(x: Any) -> Any:
    """x as its library has it: what the user gave, and gets."""
    return x.data if type(x) is External else x


def _operator(ufunc: Any, swapped: bool = False) -> Any:
    """An operator of two arrays, or of an array and a number, without a detour through numpy."""

    def both(self: External, other: Any) -> Any:
        inputs = (other, self) if swapped else (self, other)
        y = directly(ufunc, inputs, self.data)
        return ufunc(*inputs) if y is None else y

    return both


def directly(ufunc: Any, inputs: tuple[Any, ...], like: Any, out: Any = None) -> Any:
    """What a ufunc makes of arrays of the library of `like` and numbers, if that is one call there; None if it takes more. (A
    GPU that waits for the host to start the next small operation goes as fast as this does.)"""
    own: list[Any] = []
    for x in inputs:
        if type(x) is External:
            x = x.data
        elif type(x) not in NUMBERS:
            return None
        own.append(x)
    function = library_of(like).ufunc(ufunc)
    try:
        y = None if function is None else function(*own) if out is None else function(*own, out.data)
    except (TypeError, NotImplementedError):
        return None
    return outside(y) if type(y) is tuple or y is None else External(y)


def _method(function: Any) -> Any:
    return lambda self, *args, **kwargs: function(self, *args, **kwargs)


class External(Duck, np.lib.mixins.NDArrayOperatorsMixin):
    """Raw data that are an array of another library, `data`."""

    __slots__ = ("data",)

    def __init__(self, data: Any) -> None:
        self.data = data

    shape = property(lambda self: self.data.shape)
    ndim = property(lambda self: self.data.ndim)
    dtype = property(lambda self: self.data.dtype)
    size = property(lambda self: math.prod(self.data.shape))
    itemsize = property(lambda self: self.data.dtype.itemsize)
    nbytes = property(lambda self: self.size * self.data.dtype.itemsize)
    flags = property(lambda self: self.data.flags)
    T = property(lambda self: External(self.data.T))
    mT = property(lambda self: np.swapaxes(self, -1, -2))
    real = property(lambda self: np.real(self))
    imag = property(lambda self: np.imag(self))
    library = property(lambda self: library_of(self.data))
    is_lazy = property(lambda self: library_of(self.data).lazy)

    __add__, __radd__ = _operator(np.add), _operator(np.add, True)
    __sub__, __rsub__ = _operator(np.subtract), _operator(np.subtract, True)
    __mul__, __rmul__ = _operator(np.multiply), _operator(np.multiply, True)
    __truediv__, __rtruediv__ = _operator(np.divide), _operator(np.divide, True)
    __pow__, __matmul__ = _operator(np.power), _operator(np.matmul)

    def run(self, op: Any, inputs: tuple[Any, ...], params: Params) -> Any:
        from autodiff.core.lazy import run_op  # only now: it imports this module

        return run_op(op, inputs, params)

    def by_examples(self, function: Callable[..., Any], args: tuple[Any, ...], params: Params) -> Any:
        raise TypeError("this computes with plain numbers, on the host")

    def numbers(self) -> External:
        return self

    def shown(self) -> Any:
        return self.library.to_host(self.data) if self.nbytes <= SHOWN and not self.is_lazy else None

    def astype(self, dtype: Any, copy: bool = True) -> External:
        return self if not copy and self.data.dtype == dtype else External(self.data.astype(dtype))

    def copy(self) -> External:
        return External(self.data.copy())

    def __getitem__(self, key: Any) -> Any:
        return held(library_of(self.data).getitem(self.data, _key(key, self.data)))

    def __setitem__(self, key: Any, value: Any) -> None:
        self.data[_key(key, self.data)] = inside(value, self.data)

    def reshape(self, *shape: Any, order: Any = "C") -> Any:
        return np.reshape(self, shape[0] if len(shape) == 1 else shape, order)

    def transpose(self, *axes: Any) -> Any:
        return np.transpose(self, axes[0] if len(axes) == 1 else axes or None)

    def __len__(self) -> int:
        return len(self.data)

    def __iter__(self) -> Any:
        return (self[k] for k in range(len(self)))

    def __array_ufunc__(self, function: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        out = kwargs["out"][0] if len(kwargs) == 1 and "out" in kwargs else None
        plain = method == "__call__" and (type(out) is External if kwargs else True)
        if plain and (y := directly(function, inputs, self.data, out)) is not None:
            return y
        if any(isinstance(x, (Box, Leveled)) for x in inputs):
            return NotImplemented  # a box, or a batch, is the outer one
        return call(function if method == "__call__" else (function, method), inputs, kwargs, self.data)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Params) -> Any:
        if len(types) > 1 and (first_box(args) is not None or any(issubclass(kind, Leveled) for kind in types)):
            return NotImplemented  # `types` are those of all arguments that may be boxes
        return call(function, args, kwargs, self.data)

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        name = library_of(self.data).name
        raise TypeError(f"this needs the numbers of an array of {name} on the host, and would copy them there.")

    def _number(self, kind: Any) -> Any:
        if library_of(self.data).lazy:
            raise NotComputed(
                f"this has to look at the numbers of an array of {library_of(self.data).name}, which is not computed yet."
            )
        return kind(self.data)

    def __index__(self) -> int:
        return operator.index(self._number(int))

    def item(self, *index: Any) -> Any:
        return self._number(lambda data: data.item(*index))

    def tolist(self) -> Any:
        return self._number(lambda data: data.tolist())

    def __repr__(self) -> str:
        return repr(self.data)


METHODS: Final = (
    "all", "any", "argmax", "argmin", "argsort", "clip", "cumprod", "cumsum", "diagonal", "max", "mean", "min", "prod", "ravel",
    "repeat", "squeeze", "std", "sum", "swapaxes", "take", "trace", "var", "dot",
)  # fmt: skip
for _name in METHODS:
    setattr(External, _name, _method(getattr(np, _name)))
for _kind_of_number in (bool, float, int, complex):
    setattr(External, f"__{_kind_of_number.__name__}__", lambda self, kind=_kind_of_number: kind(self._number(kind)))
External.conj = External.conjugate = _method(np.conjugate)  # type: ignore[attr-defined]
External.flatten = _method(np.ravel)  # type: ignore[attr-defined]


def call(function: Any, args: tuple[Any, ...], kwargs: Params, like: Any) -> Any:
    """What numpy was asked for, by the library of the array `like`."""
    if function in ATTRIBUTES:
        return ATTRIBUTES[function](*args, **kwargs)
    library = library_of(like)
    if "out" in kwargs or function in WRITERS:
        refuse_lost_writing(function, args, kwargs, library)
    own = tuple([x.data if type(x) is External else inside(x, like) for x in args])
    options = {name: inside(x, like) for name, x in kwargs.items()} if kwargs else kwargs
    try:
        return outside(library.call(function, own, options, like))
    except (TypeError, NotImplementedError) as error:
        body = IN_OTHER_WORDS.get(function if function in IN_OTHER_WORDS else name_of(function))
        if body is None or isinstance(error, NotComputed):
            raise
        return body(*args, **kwargs)


WRITERS: Final = frozenset(
    {np.copyto, np.put, np.place, np.putmask, np.put_along_axis, np.fill_diagonal, (np.add, "at"), (np.subtract, "at")}
)


def refuse_lost_writing(function: Any, args: tuple[Any, ...], kwargs: Params, library: Any) -> None:
    """TypeError for numbers of a library that would be written into a copy of a numpy array, and be lost; or into a lazy array,
    of which a view is another plan."""
    out = kwargs.get("out")
    targets = out if isinstance(out, tuple) else () if out is None else (out,)
    for target in (*targets, *args[:1]) if function in WRITERS else targets:
        if library.lazy or (target is not None and type(target) is not External):
            raise TypeError(f"an array of {library.name} can't be written into this one in place")


def inside(x: Any, like: Any, depth: int = 0) -> Any:
    """An argument as the library of `like` takes it."""
    kind = type(x)
    if kind is External:
        return x.data
    if kind is NDARRAY:
        return library_of(like).asarray(x, like)
    if isinstance(x, tuple) and hasattr(x, "_fields"):
        return x
    return kind([inside(part, like, deeper(depth)) for part in x]) if isinstance(x, (list, tuple)) else x


def _key(key: Any, like: Any) -> Any:
    """A key as the library of `like` takes it. A lazy library sees the numbers of numpy's arrays, so it knows the shape."""
    if not library_of(like).lazy:
        return inside(list(key) if type(key) is range else key, like)
    return type(key)([_key(part, like) for part in key]) if isinstance(key, (list, tuple)) else released(key)


def outside(y: Any) -> Any:
    """A result of a library as raw data of the engine."""
    if isinstance(y, tuple) and hasattr(y, "_fields"):
        return type(y)(*map(outside, y))
    return type(y)(map(outside, y)) if isinstance(y, (list, tuple)) else held(y)


def _kind(x: Any) -> Any:
    return x.data.dtype if type(x) is External else x


ATTRIBUTES: Final[dict[Any, Any]] = {
    np.shape: lambda a: tuple(a.shape), np.ndim: lambda a: a.ndim,
    np.size: lambda a, axis=None: a.size if axis is None else math.prod([a.shape[k] for k in np.atleast_1d(axis)]),
    np.iscomplexobj: is_complex, np.isrealobj: lambda x: not is_complex(x),
    np.result_type: lambda *args: np.result_type(*map(_kind, args)), np.may_share_memory: lambda *args: True,
    np.shares_memory: lambda *args: True, np.can_cast: lambda x, *rest, **kwargs: np.can_cast(_kind(x), *rest, **kwargs),
}  # fmt: skip
