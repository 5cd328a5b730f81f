"""Where raw data are, and how numbers go there: an array of one library is copied to another only where the user says so."""

from __future__ import annotations

import sys
from typing import Any, Final

import numpy as np

from autodiff.core.box import raw_of
from autodiff.core.duck import Duck
from autodiff.core.external import NDARRAY, External, NotComputed, first_external, held, refuse_several, released
from autodiff.core.levels import NUMBERS
from autodiff.core.which_library import library_of
from autodiff.failures.callsite import called_by_user
from autodiff.failures.errors import Whole
from autodiff.failures.foreign import array_of


class Refusal(Whole):
    """An operation that can't be done with arrays of a library."""

    what = ""  # that can't be done


def copied_to(place: Any, x: Any) -> Any:
    """A new array of the numbers x, where the raw data `place` are, and of their dtype. Refusal for numbers that would have to
    come to the host."""
    data = held(x)
    if type(data) is not External:
        array = array_of(data if type(data) is NDARRAY else refuse_several(data), place.dtype)
        return array if type(place) is not External else at_place_of(place, array)
    if type(place) is not External or place.library is not data.library:
        there = place.library.name if type(place) is External else "numpy"
        raise Refusal(f"An array of {data.library.name} is not copied to one of {there} unasked: write ad.to_numpy(x).")
    return External(data.data.astype(place.dtype))


def beside(place: Any, x: Any) -> Any:
    """Raw data x where `place` are: numpy's are sent there. Refusal for those of another library."""
    return x if getattr(place, "library", None) is getattr(x, "library", None) else copied_to(place, x)


def at_place_of(place: Any, x: Any) -> Any:
    """A numpy array where the raw data `place` are: a copy there, or the array itself."""
    return External(place.library.asarray(x, place.data)) if type(place) is External else x


def placed(x: Any, place: Any, dtype: Any) -> Any:
    """What belongs to the raw data `place`, as an array there: numbers go there unasked, and lists, but no array."""
    data = held(x)
    if type(data) is not External:
        if type(place) is External and isinstance(x, NDARRAY) and x.ndim and not place.is_lazy:
            raise mixture("gradient", [place.library.name, "numpy"])
        return at_place_of(place, np.asarray(x, dtype)) if type(place) is External else np.asarray(x, dtype)
    return agreeing("gradient", (data, place))[0]


def is_alone(x: External) -> bool:
    """Whether nobody but x holds its array, so that it may be written into."""
    return not x.is_lazy and sys.getrefcount(x.data) <= 2


def at_once(inputs: tuple[Any, ...]) -> bool:
    """Whether the raw inputs of an op are arrays of one library, which computes at once, and numbers."""
    library = None
    for x in inputs:
        if type(x) is External:
            found = library_of(x.data)
            if found.lazy or (library is not None and library is not found):
                return False
            library = found
        elif type(x) not in NUMBERS:
            return False
    return library is not None


def agreeing(name: str, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """The raw inputs of an op, which live in one place. TypeError where the user gives arrays of two libraries: one of them
    would have to be copied. A constant that a rule makes goes where the others are."""
    externals = [own for x in inputs if type(own := x.numbers() if isinstance(x, Duck) else x) is External]
    if not externals:
        return inputs
    libraries = {x.library for x in externals}
    like = externals[0]
    arrays = [x for x in inputs if type(x) is NDARRAY and x.ndim]
    if len(libraries) == 1 and (not arrays or like.is_lazy or not called_by_user()):
        return inputs
    raise mixture(name, sorted(library.name for library in libraries) + (["numpy"] if arrays else []))


def mixture(name: str, libraries: list[str]) -> Refusal:
    return Refusal(
        f"{name} was given arrays of {' and '.join(libraries)}: nothing is copied from one to another unasked. Bring all "
        f"of them to the host by ad.to_numpy(t), or numpy's to {libraries[0]} by {libraries[0]}.asarray(x)."
    )


HOST: Final = "Compute this step with numpy: ad.constant(t.numpy()) is the same array on the host."
LACKS: Final = (TypeError, AttributeError, NotImplementedError)


def refusal(error: Exception, what: str, inputs: Any, kinds: tuple[type[Exception], ...] = LACKS) -> Exception:
    """The error of an operation on arrays of a library, in a sentence that names both, and the way out. An error of another
    kind itself: wrong shapes are wrong in every library."""
    if isinstance(error, Refusal) and error.what:  # a part of it, of which the user knows nothing
        error.args, error.what = (str(error).replace(error.what, what, 1), *error.args[1:]), what
    if not isinstance(error, kinds) or isinstance(error, (Whole, FloatingPointError)):
        return error
    like = first_external(inputs)
    if like is None:
        return error
    reason, way = str(error).partition("\n")[0].rstrip("."), HOST
    if any(n != n for x in map(raw_of, inputs) if type(x) is External for n in x.shape):
        way = "The sizes of its chunks are not known: x.compute_chunk_sizes() finds them."
    named = Refusal(f"{what} can't be computed on an array of {like.library.name}: {reason}. {way}")
    named.__cause__, named.what = error, what
    return named


def on_host(x: Any) -> Any:
    """A numpy array of the same numbers; a lazy array is computed for it."""
    return x.library.to_host(x.data) if type(x) is External else x


def device_of(x: Any) -> Any:
    """Where raw data are, in the words of their library."""
    return getattr(released(x), "device", "cpu")


def new_room(like: Any, shape: Any, dtype: Any) -> Any:
    """A new array of any numbers where the data `like` are, to be written into. NotComputed where they are a plan."""
    if type(like) is not External:
        return np.empty(shape, dtype)
    if like.is_lazy:
        raise NotComputed(f"this writes into an array, which an array of {like.library.name} is not for.")
    return np.empty(shape, dtype, like=like)


def new_zeros(like: Any, shape: Any, dtype: Any) -> Any:
    """An array of zeros where the data `like` are."""
    return np.zeros(shape, dtype, like=like) if type(like) is External else np.zeros(shape, dtype)
