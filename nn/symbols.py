"""Symbols: what a model computes, written down before there are numbers, as in Dense(4)(Input((3,))).

A symbol knows its shape because it is computed for two examples, which differ in every size that is not known.
"""

from __future__ import annotations

import itertools
import operator
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from autodiff import nest
from nn.masks import give_mask, mask_of
from nn.typing import Function, Shape

BATCH, UNKNOWN = (2, 3), (32, 80)  # what the size of the batch, and another that is not known, are in the two examples


class Symbol(NDArrayOperatorsMixin):
    """An array of numbers that are not there yet. Layers take it, and so do numpy's functions, operators and indices.

    shape: None stands for a size that is not known, such as that of the batch. source: the Call that it comes from, or None.
    """

    masks: tuple[Any, Any] = (None, None)  # of the two examples

    def __init__(self, shapes: tuple[Shape, Shape], dtype: Any, source: Call | None, name: str) -> None:
        self.shapes, self.dtype, self.source, self._name = shapes, np.dtype(dtype), source, name
        self.shape: Shape = tuple([n if n == m else None for n, m in zip(*shapes)])

    @property
    def name(self) -> str:
        """That of the layer that it comes from, of an Input its own."""
        return self._name if self.source is None else getattr(self.source.function, "name", self._name)

    @name.setter
    def name(self, name: str) -> None:
        self._name = name

    def example(self, k: int) -> np.ndarray:
        """The first or the second example, with its mask."""
        x = np.zeros(self.shapes[k], self.dtype)  # type: ignore[arg-type]
        if self.masks[k] is not None:
            give_mask(x, self.masks[k])
        return x

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        return written(ufunc if method == "__call__" else getattr(ufunc, method), inputs, options)

    def __array_function__(self, function: Function, types: Any, args: Any, options: Any) -> Any:
        return written(function, args, options)

    def __getitem__(self, key: Any) -> Any:
        return written(operator.getitem, (self, key), {})

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise TypeError(
            f"{self!r} has no numbers yet: it stands for what a model will compute. Layers, numpy's functions and operators "
            "take it; anything else belongs into a layer, such as Lambda(function)."
        )

    def __bool__(self) -> bool:
        raise TypeError(f"{self!r} has no numbers yet, so it is neither true nor false.")

    def __len__(self) -> int:
        raise TypeError(f"{self!r} has no length yet: it is that of the batch.")

    def __repr__(self) -> str:
        return f"<Symbol {self.name} of shape {self.shape}, {self.dtype}>"


class Call:
    """A call that was written down: of a layer or a function, with symbols among its arguments."""

    numbers = itertools.count()

    def __init__(self, function: Function, args: Any, options: dict[str, Any]) -> None:
        self.function, self.args, self.options = function, args, options
        self.number = next(self.numbers)  # calls are computed in the order in which they were written
        self.results: list[Symbol] = []
        self.inputs = [x for x in nest.flatten([args, options]) if isinstance(x, Symbol)]

    def on(self, known: dict[int, Any], function: Function | None = None) -> Any:
        """The call, of another function if one is given, with numbers in place of the symbols."""

        def number(x: Any) -> Any:
            return known[id(x)] if isinstance(x, Symbol) else x

        args, options = nest.map_structure(number, [self.args, self.options])
        return (function or self.function)(*args, **options)


def written(function: Function, args: Any, options: dict[str, Any]) -> Any:
    """The symbols of what the function returns."""
    call = Call(function, tuple(args), options)
    with np.errstate(all="ignore"):
        found = [call.on({id(x): x.example(k) for x in call.inputs}) for k in range(2)]
    name = getattr(function, "__name__", type(function).__name__)

    def symbol(a: Any, b: Any) -> Symbol:
        x = Symbol((np.shape(a), np.shape(b)), a.dtype, call, name)
        x.masks = mask_of(a), mask_of(b)
        return x

    symbols = nest.map_structure(symbol, *found)
    call.results = nest.flatten(symbols)
    return symbols


def symbol_of(shape: Shape, dtype: Any, name: str) -> Symbol:
    """An input of these sizes, with that of the batch; None is a size that is not known."""
    first, second = (
        tuple([(sizes[k > 0] if n is None else n) for k, n in enumerate(shape)]) for sizes in zip(BATCH, UNKNOWN)
    )
    return Symbol((first, second), dtype, None, name)


class Symbolic(Exception):
    """An argument is a symbol, so the call is to be written down."""
