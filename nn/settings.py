"""Settings of all of nn: the default dtype, the random generator, and whether layers are in training."""

from __future__ import annotations

import functools
import importlib
from contextvars import ContextVar, copy_context
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from nn.arguments import each, flag, wrong
from nn.arrays import is_external, is_lazy, near

_floatx: np.dtype[Any] = np.dtype("float32")


def floatx() -> np.dtype[Any]:
    """The dtype of layers that are given none. It is float32 until `set_floatx` changes it."""
    return _floatx


def set_floatx(dtype: npt.DTypeLike) -> None:
    """Set the dtype of layers made from now on. Raises ValueError for a dtype that is not a float."""
    global _floatx
    _floatx = floating(dtype)


def floating(dtype: npt.DTypeLike) -> np.dtype[Any]:
    """The numpy dtype. Raises ValueError if it is not a float."""
    found = None if dtype is None else dtype_of(dtype)
    if found is None or found.kind != "f":
        raise wrong("The dtype of weights", "a float; say 'float32' or 'float64'", dtype)
    return found


def dtype_of(dtype: npt.DTypeLike) -> np.dtype[Any]:
    """The numpy dtype. Raises ValueError for what is none."""
    try:
        return np.dtype(dtype)
    except Exception:  # numpy looks into lists and attributes, so nearly any error can come
        raise wrong("dtype", "a dtype or its name, such as 'float32'", dtype) from None


# -- where arrays are ------------------------------------------------------------------------------------------------

_module: ContextVar[Any] = ContextVar("the module of use_array_module", default=None)
_usual_module: Any = np
_beside: ContextVar[Any] = ContextVar("the array beside which weights are made", default=None)


def array_module() -> ModuleType:
    """The module whose arrays weights and batches are. It is numpy until `set_array_module` changes it."""
    return _module.get() or _usual_module


def set_array_module(module: ModuleType | str) -> None:
    """Have weights made as arrays of this module from now on, and batches of numpy's arrays sent there.

    module: one whose arrays speak numpy's protocols, and that has `asarray`, or its name: "cupy" is for a GPU, "numpy" is what
    there is at first. Raises ValueError for another module; for Dask's too, as its arrays have no numbers before they are
    computed: `fit` takes them as data. Random numbers are drawn by numpy's generator on the host and then sent, so a seed gives
    the same weights, batches and masks for every module.

    >>> set_array_module("numpy")
    >>> array_module().__name__
    'numpy'
    """
    global _usual_module
    _usual_module = _checked_module(module)


def use_array_module(module: ModuleType | str) -> held_at:
    """Inside this block weights are made as arrays of this module. See `set_array_module`.

    >>> with use_array_module("numpy"):
    ...     array_module().__name__
    'numpy'
    """
    return held_at(_module, _checked_module(module))


def _checked_module(module: Any) -> Any:
    expected = "a module of arrays that speak numpy's protocols, or its name, such as 'cupy'"
    found = importlib.import_module(module) if isinstance(module, str) else module
    try:
        a = found.asarray(np.zeros(1))
    except AttributeError:
        raise wrong("array_module", expected, module) from None
    if is_lazy(a):
        raise wrong("array_module", "one whose arrays have numbers; give Dask's arrays to fit, and keep numpy", module)
    if not (isinstance(a, np.ndarray) or is_external(a)):
        raise wrong("array_module", expected, module)
    return found


def beside(inputs: Any) -> held_at:
    """Inside this block weights are made where the first of these arrays is that has been put somewhere."""
    return held_at(_beside, next((x for x in inputs if is_external(x) and not is_lazy(x)), _beside.get()))


def sent(several: Any) -> Any:
    """Arrays of numpy's as those of the array module; anything else as it is."""
    module = _module.get() or _usual_module
    return several if module is np else each(lambda a: module.asarray(a) if type(a) is np.ndarray else a, several)


def placed(a: np.ndarray) -> Any:
    """The first numbers of a weight, where weights are made."""
    place = _beside.get()
    return sent(a) if place is None else near(place, a)


# -- randomness ------------------------------------------------------------------------------------------------------

_seeded: np.random.Generator | None = None  # by set_random_seed
_borrowed: ContextVar[np.random.Generator | None] = ContextVar("the generator of use_generator", default=None)


def set_random_seed(seed: int | None) -> None:
    """Seed the random generator of nn. The same seed gives the same weights, batches and masks, to the last bit."""
    global _seeded
    _seeded = seeded(seed)


def seeded(seed: int | None) -> np.random.Generator:
    """A new generator. Raises ValueError for what is no whole number of at least 0, nor None."""
    if seed is not None and (not isinstance(seed, (int, np.integer)) or seed < 0):
        raise wrong("A seed", "a whole number of at least 0, or None", seed)
    return np.random.default_rng(seed)


def generator(seed: int | None = None) -> np.random.Generator:
    """The random generator that nn uses, or a new one if a seed is given."""
    return (_borrowed.get() or _seeded or _unseeded()) if seed is None else seeded(seed)


@functools.cache
def _unseeded() -> np.random.Generator:
    """The generator before a seed is set. It is made when it is first used: numpy.random takes 8 ms to load."""
    return np.random.default_rng()


class held_at:
    """Inside this block a context variable has a value. It is no generator: one that an interrupt leaves suspended ends later,
    and would undo then what has been put back meanwhile."""

    def __init__(self, variable: ContextVar[Any], value: Any) -> None:
        self.variable, self.value = variable, value

    def __enter__(self) -> Any:
        self.before = self.variable.get()
        self.variable.set(self.value)
        return self.value

    def __exit__(self, *raised: object) -> None:
        self.variable.set(self.before)


def use_generator(generator: np.random.Generator) -> held_at:
    """Inside this block nn draws from `generator`. Other threads, and code after the block, keep the generator they had."""
    return held_at(_borrowed, generator)


# -- training --------------------------------------------------------------------------------------------------------

_training: ContextVar[bool] = ContextVar("whether layers are in training", default=False)
is_training = _training.get


def training(on: bool = True) -> held_at:
    """Inside this block layers are in training: Dropout drops, BatchNormalization uses the batch. `fit` does this itself.

    >>> import numpy as np, nn
    >>> with nn.training():
    ...     y = nn.Dropout(1.0)(np.ones((1, 2)))
    >>> y.tolist()
    [[0.0, 0.0]]
    """
    return held_at(_training, flag("training", on))


_checked: ContextVar[bool] = ContextVar("whether targets have been checked", default=False)
targets_checked = _checked.get


def checked_targets(on: bool = True) -> held_at:
    """Inside this block losses take the numbers of targets as they come: `fit` has given all targets to the loss before."""
    return held_at(_checked, on)


inside_a_call: ContextVar[bool] = ContextVar("whether a layer is computing, whose losses are being added", default=False)


def put_back(function: Any) -> Any:
    """A decorator: whatever happens inside, an interrupt too, these settings, and numpy's of errors, are afterwards what they
    were before, as the function runs in a copy of the context."""

    @functools.wraps(function)
    def inside(*args: Any, **kwargs: Any) -> Any:
        return copy_context().run(function, *args, **kwargs)

    return inside
