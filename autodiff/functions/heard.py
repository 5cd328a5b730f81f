"""Arrays of another library on which each call is noted."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from autodiff.core.libraries import CREATION, Library
from autodiff.core.which_library import KNOWN, LIBRARIES
from autodiff.functions.program import Raw


class LookedAt(Exception):
    """An instruction depends on the numbers of an array, so that it may ask for something else the next time."""


class Line(NamedTuple):
    """A call `y = function(*args, **kwargs)`, of heard arrays; `writes` into one of them."""

    function: Callable[..., Raw]
    args: Any
    kwargs: Any
    y: Any
    writes: bool

    @property
    def reads(self) -> list[Raw]:
        return list(arrays_in((self.args, self.kwargs)))

    @property
    def makes(self) -> list[Raw]:
        return list(arrays_in(self.y))


class Heard:
    """An array of a library whose calls are noted in `lines`."""

    __slots__ = ("array", "lines")

    def __init__(self, array: Raw, lines: list[Line]) -> None:
        self.array, self.lines = array, lines

    shape = property(operator.attrgetter("array.shape"))
    ndim = property(operator.attrgetter("array.ndim"))
    dtype = property(operator.attrgetter("array.dtype"))
    size = property(operator.attrgetter("array.size"))
    flags = property(operator.attrgetter("array.flags"))
    T = property(lambda self: self.note(operator.attrgetter("T"), (self,)))

    def note(self, function: Callable[..., Raw], args: Raw, kwargs: Raw = {}, writes: bool = False) -> Raw:  # noqa: B006
        """What a function of the library returns, as heard arrays."""
        y = self._heard(function(*raw(args), **{key: raw(value) for key, value in kwargs.items()}))
        self.lines.append(Line(function, args, kwargs, y, writes or "out" in kwargs))
        return y

    def _heard(self, y: Raw) -> Raw:
        if isinstance(y, (tuple, list)):
            parts = map(self._heard, y)
            return type(y)(*parts) if hasattr(y, "_fields") else type(y)(parts)
        return Heard(y, self.lines) if type(y) in LIBRARIES else y

    def astype(self, dtype: Raw) -> Raw:
        return self.note(operator.methodcaller("astype", dtype), (self,))

    def copy(self) -> Raw:
        return self.note(operator.methodcaller("copy"), (self,))

    def reshape(self, *shape: Raw) -> Raw:
        return self.note(operator.methodcaller("reshape", *shape), (self,))

    def __setitem__(self, key: Raw, value: Raw) -> None:
        self.note(operator.setitem, (self, key, value), writes=True)

    def __len__(self) -> int:
        return len(self.array)

    def __getattr__(self, name: str) -> Raw:
        raise LookedAt(name)

    def _looked(self, *args: Raw) -> Raw:
        raise LookedAt

    __bool__ = __float__ = __int__ = __complex__ = __index__ = __iter__ = _looked


class Listening(Library):
    """The library of heard arrays: that of the arrays themselves, with each call noted."""

    def asarray(self, x: Raw, like: Raw) -> Raw:
        return Heard(library_in(like).asarray(x, like.array), like.lines)

    def to_host(self, x: Raw) -> Raw:
        raise LookedAt

    def getitem(self, x: Raw, key: Raw) -> Raw:
        return x.note(library_in(x).getitem, (x, key))

    def ufunc(self, ufunc: Raw) -> Raw:
        return None

    def run(self, function: Raw, args: tuple[Raw, ...], kwargs: dict[str, Raw], like: Raw) -> Raw:
        library, array = library_in(like), none_of(like)
        own = None if function in CREATION else library.way(function)
        return like.note(own or (lambda *args, **kwargs: library.run(function, args, kwargs, array)), args, kwargs)

    def method(self, ufunc: Raw, method: str, args: tuple[Raw, ...], kwargs: dict[str, Raw], like: Raw) -> Raw:
        if method != "at":
            return super().method(ufunc, method, args, kwargs, like)
        library, array = library_in(like), none_of(like)
        return like.note(lambda *args: library.method(ufunc, method, args, {}, array), args, writes=True)


def arrays_in(x: Raw) -> Iterator[Raw]:
    """The heard arrays in arguments or results."""
    if type(x) is Heard:
        yield x
    for part in x.values() if isinstance(x, dict) else x if isinstance(x, (list, tuple)) else ():
        yield from arrays_in(part)


def none_of(x: Heard) -> Raw:
    """An array of the same library that holds next to no memory."""
    return x.array[:0].copy() if x.ndim else x.array


def library_in(x: Heard) -> Library:
    return LIBRARIES[type(x.array)]


def raw(x: Raw) -> Raw:
    """Arguments as the library takes them."""
    if type(x) is Heard:
        return x.array
    return type(x)(map(raw, x)) if type(x) in (list, tuple) else x


KNOWN[Heard] = True
LISTENING = Listening("heard")  # it is entered in LIBRARIES where there is a library to listen to: else that stays empty


