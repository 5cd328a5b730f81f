"""What a user gave, checked where it enters. Each check returns it, or raises ValueError that names the argument, says what was
expected and what was given."""

from __future__ import annotations

import inspect
import math
import numbers
import operator
import os
from typing import Any

import numpy as np

import autodiff as ad
from nn.arrays import is_external, plain
from nn.symbols import Symbol
from nn.typing import Axis, FilePath, Function

LARGEST = 2**63 - 1  # of a size or an axis


class NotReadyError(AttributeError, ValueError):
    """An object has no such attribute yet: a call makes it, which the error names. (As scikit-learn's NotFittedError.)"""


def brief(x: object) -> str:
    """What a user gave, in an error: its repr, cut short; that of its type where it has none, as it is nested too deeply."""
    try:
        text = repr(x)
    except Exception:
        text = object.__repr__(x)
    return text if len(text) <= 80 else text[:76] + " ..."


def wrong(what: str, expected: str, x: object) -> ValueError:
    """The error of a wrong argument, to be raised."""
    return ValueError(f"{what} is {expected}, but got {brief(x)}.")


def number(what: str, x: Any, low: float | None = None, high: float | None = None, expected: str = "a number") -> Any:
    """x as a float; a Value or Tensor stays as it is. With bounds it lies between them, which NaN does not."""
    if type(x) is float and low is not None and high is not None and low <= x <= high:
        return x
    try:
        is_number = isinstance(x, numbers.Number) or getattr(x, "shape", None) == ()
        found = float(ad.to_numpy(x)) if is_number else None
    except (TypeError, ValueError, OverflowError):
        found = None
    if found is None or not (low is None or low <= found) or not (high is None or found <= high):
        raise wrong(what, expected, x)
    return x if isinstance(x, (ad.Value, ad.Tensor)) else found


def fraction(what: str, x: Any) -> Any:
    """A number from 0 to 1."""
    return number(what, x, 0.0, 1.0, "a number from 0 to 1")


def share(what: str, x: Any) -> Any:
    """A number from 0 up to 1, but not 1 itself."""
    return number(what, x, 0.0, math.nextafter(1.0, 0.0), "a number from 0 to 1, below 1")


def positive(what: str, x: Any) -> float:
    """A number above 0, as a float."""
    return float(number(what, x, math.ulp(0.0), None, "a number above 0"))


def at_least_0(what: str, x: Any) -> Any:
    """A number, 0 or more."""
    return number(what, x, 0.0, None, "a number, 0 or more")


def index(x: Any) -> int | None:
    """x as an int; None if it is no whole number, or True or False."""
    try:
        found = operator.index(x)
    except TypeError:
        return None
    return None if isinstance(x, (bool, np.bool_)) or abs(found) > LARGEST else found


def count(what: str, n: Any, least: int = 1, most: int = LARGEST) -> int:
    """n as an int: a whole number, and at least (and at most) that."""
    found = index(n)
    if found is None or not least <= found <= most:
        kind = "a positive whole number" if least == 1 else f"a whole number, {least} or more"
        raise wrong(what, kind if most == LARGEST else f"a whole number from {least} to {most}", n)
    return found


def shape(what: str, sizes: Any, unknown: bool = True) -> tuple[Any, ...]:
    """The sizes as a tuple of ints or, if there may be `unknown` ones, None. One number stands for one axis."""
    expected = f"a shape of whole numbers, such as {'(None, 3)' if unknown else '(2, 3)'}"
    several = [sizes] if index(sizes) is not None else items(what, sizes, expected)
    found = tuple([-1 if (size := index(n)) is None and not (unknown and n is None) else size for n in several])
    if any(size is not None and size < 0 for size in found):
        raise wrong(what, expected, sizes)
    return found


def axes(what: str, axis: Any) -> Axis:
    """An axis as an int, or several as a tuple of ints."""
    single, expected = index(axis), "an axis, a whole number, or several"
    found = [single] if single is not None else [index(n) for n in items(what, axis, expected)]
    if None in found:
        raise wrong(what, expected, axis)
    return tuple(n for n in found if n is not None) if single is None else single


def items(what: str, several: Any, expected: str = "a list", kind: Any = object) -> list[Any]:
    """What a list, a tuple or anything else that can be iterated holds, each of that kind."""
    try:
        each = None if isinstance(several, (str, bytes)) else iter(several)
    except TypeError:
        each = None
    if each is None:
        raise wrong(what, expected, several)
    held = list(each)
    for x in held:
        if not isinstance(x, kind):
            raise ValueError(f"{what} is {expected}, but holds {brief(x)}.")
    return held


def flag(what: str, on: Any) -> bool:
    """Whether something is on. Text says neither, "False" would be on, but for the "auto" of `verbose`."""
    try:
        if isinstance(on, str) and not (what == "verbose" and on == "auto"):
            raise TypeError
        return bool(on)
    except Exception:  # of an array numpy raises ValueError, and a class of the user's can raise any error
        raise wrong(what, "True or False", on) from None


def array(what: str, a: Any) -> Any:
    """a as an array of numbers; one of another library stays there. Raises ValueError for anything else."""
    if type(a) is np.ndarray and a.dtype.kind in "fiub":
        return a
    if is_external(a) and a.dtype.kind in "fiub":
        return plain(a)
    if isinstance(a, np.ma.MaskedArray) or hasattr(type(a), "toarray"):
        kind, way = ("masked", "filled(...)") if hasattr(a, "mask") else ("sparse", "toarray()")
        raise ValueError(f"{what} is a {kind} array, which numpy takes for another: pass {what}.{way}.")
    if hasattr(a, "columns") and hasattr(a, "__getitem__"):  # a DataFrame, whose columns are of different kinds
        return np.column_stack([array(f"The column {name!r} of {what}", a[name]) for name in a.columns])
    try:
        found = np.asarray(a)  # a tape hears that numbers leave it, and raises TypeError
    except ValueError as error:
        raise ValueError(f"{what} is no array: {error}") from None
    if found.dtype.kind == "O" and found.size and all(isinstance(x, numbers.Real) for x in found.flat):
        try:
            return found.astype(float)  # numbers of several kinds, such as a column of pandas's Int64
        except OverflowError:
            raise ValueError(f"{what} holds numbers, but got one that is too large for a float.") from None
    if found.dtype.kind not in "fiub":
        kind = "missing numbers" if found.dtype.kind == "O" and not is_text(found) else found.dtype
        raise ValueError(f"{what} holds numbers, but got {kind} of shape {found.shape}{way_of_text(what, found)}.")
    return found


def way_of_text(what: str, found: np.ndarray) -> str:
    """What to do with it."""
    if is_text(found) and what.startswith("y"):
        return ", text: np.unique(labels, return_inverse=True) gives the classes and a number for each label"
    return ", text, which is to be encoded as numbers first" if is_text(found) else ""


def is_text(found: np.ndarray) -> bool:
    return found.dtype.kind in "US" or (found.dtype == object and any(isinstance(x, str) for x in found.flat))


DEEPEST = 100


def deeper(depth: int) -> int:
    """The next level of a structure. Raises ValueError where there are too many."""
    if depth >= DEEPEST:
        raise ValueError(f"Lists, tuples and dicts are nested more than {DEEPEST} levels deep, or one contains itself.")
    return depth + 1


def is_structure(x: Any, depth: int = 0) -> bool:
    """Whether x is several arrays: a dict, or a list or tuple that has an array, None or several arrays in it. A list of
    numbers is one array."""
    if isinstance(x, dict):
        return True
    if not isinstance(x, (list, tuple)) or not x:
        return False
    parts = (np.ndarray, ad.Tensor, Symbol, dict)
    return any(part is None or isinstance(part, parts) or is_external(part) for part in x) or is_structure(x[0], deeper(depth))


def each(function: Function, x: Any) -> Any:
    """The structure of several arrays with `function` applied to each; None stays None."""
    if x is None or type(x) is np.ndarray:  # asked here too: a training step does so three times
        return None if x is None else function(x)
    return each_named(lambda _, part: function(part), "", x)


def each_named(function: Function, what: str, x: Any, depth: int = 0) -> Any:
    """The same with a function that takes the name of each array, such as x['left'], and the array."""
    if x is None or not is_structure(x):
        return None if x is None else function(what, x)
    if isinstance(x, dict):
        return {key: each_named(function, f"{what}[{key!r}]", part, deeper(depth)) for key, part in x.items()}
    parts = [each_named(function, f"{what}[{k}]", part, deeper(depth)) for k, part in enumerate(x)]
    return type(x)(*parts) if hasattr(x, "_fields") else type(x)(parts)


def one(what: str, x: Any, expected: str, kind: Any) -> Any:
    """x, which is of that kind."""
    if not isinstance(x, kind):
        raise wrong(what, expected, x)
    return x


def function(what: str, f: Any, expected: str = "a function") -> Function:
    """f, which can be called."""
    if not callable(f):
        raise wrong(what, expected, f)
    return f


def refusal(f: Function, *given: Any, **options: Any) -> str:
    """Why a function does not take these arguments; empty if it does, or if nobody knows."""
    try:
        inspect.signature(f).bind(*given, **options)
    except TypeError as error:
        return str(error)
    except ValueError:  # it has no signature
        pass
    return ""


def path(what: str, name: Any) -> FilePath:
    """The name of a file."""
    return one(what, name, "the path of a file, as text or a Path", (str, os.PathLike))
