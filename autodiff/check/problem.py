"""The user's function as a mapping: the floats in its arguments and its variables are the numbers that it is checked in."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import numpy as np

from autodiff.boxes.variable import constant
from autodiff.check.differences import Vector
from autodiff.check.escapes import Escapes, new_tape
from autodiff.check.layout import Part, flat, part_of, unflat
from autodiff.check.mapping import Mapping, coarsest, is_checked, outputs_in
from autodiff.core.box import Box, raw_of
from autodiff.core.duck import Duck
from autodiff.core.external import held
from autodiff.core.interrupts import quiet
from autodiff.core.structural import identity
from autodiff.core.transfer import at_place_of
from autodiff.scalar.value import Value
from autodiff.tape import nested

NOTHING = (
    "check_gradients found no float among the arguments and no trainable variable, so there is nothing to check: "
    "write 1.0 for 1, and np.array(x, float) for an array of integers."
)


Function = Callable[..., Any]


class Problem(Mapping):
    """A function at a point, recorded on a tape."""

    def __init__(self, function: Function, args: tuple[Any, ...]) -> None:
        self.function, self.args = function, args
        leaves = nested.leaves(list(args))
        self.checked = [k for k, x in enumerate(leaves) if is_checked(x)]
        self.are_values = [isinstance(leaves[k], (float, Value)) for k in self.checked]
        self.plain = plain = [held(raw_of(leaves[k])) for k in self.checked]
        self.parts, self.variables = [part_of(x) for x in plain], []
        self.point = flat(plain)
        with quiet():
            outputs_in(self._call(self._boxes(self.point)))  # a layer is built at its first call
        self.variables = list(getattr(function, "trainable_variables", []))
        if not self.checked and not self.variables:
            raise ValueError(NOTHING)
        self.parts += [part_of(v) for v in self.variables]
        self.point = flat([*plain, *self.variables])
        self._record()

    def shifted(self, point: Vector) -> Problem:
        """The same function at another point."""
        other = copy.copy(self)
        for name in ("middle", "scale", "eps"):
            other.__dict__.pop(name, None)
        other.point = point
        other._record()
        return other

    # -- the function ----------------------------------------------------------------------------------------------------

    def _boxes(self, point: Vector) -> list[Any]:
        arrays = unflat(point, self.parts[: len(self.checked)])
        rows = zip(arrays, self.are_values, self.plain)
        return [Value(float(x)) if is_value else constant(at_place_of(place, x)) for x, is_value, place in rows]

    def _call(self, boxes: list[Any]) -> Any:
        """The function with its checked numbers replaced by boxes."""
        leaves = nested.leaves(list(self.args))
        for k, box in zip(self.checked, boxes):
            leaves[k] = box
        return self.function(*nested.like(list(self.args), leaves))

    @contextmanager
    def _variables_at(self, point: Vector) -> Iterator[None]:
        """Inside this block the variables hold their part of the point."""
        kept = [v.numpy() for v in self.variables]
        try:
            for v, array in zip(self.variables, unflat(point, self.parts)[len(self.checked) :]):
                v.assign(array)
            yield
        finally:
            for v, array in zip(self.variables, kept):
                v.assign(array)

    def results(self, point: Vector) -> Vector:
        with self._variables_at(point), quiet():
            return flat(outputs_in(self._call(self._boxes(point))))

    def repeats(self) -> bool:
        """Whether the function gives the same results each time."""
        others = [self.at(self.point) for _ in range(2)]
        return all(np.array_equal(self.middle, other, equal_nan=True) for other in others)

    # -- its derivative --------------------------------------------------------------------------------------------------

    def _record(self) -> None:
        self.tape, self.escapes = new_tape(), Escapes()
        boxes = self._boxes(self.point)
        with self._variables_at(self.point), quiet(), self.escapes, self.tape:
            self.tape.watch(boxes)
            self.outputs = outputs_in(self._call(boxes))
        self.sources = [*boxes, *self.variables]
        self.output_parts = [part_of(y) for y in self.outputs]

    @cached_property
    def eps(self) -> float:  # type: ignore[override]
        """That of the coarsest floats that were computed with."""
        return coarsest([*self.outputs, *self.variables, *self._recorded()])

    def largest(self) -> float:
        return max([float(np.nanmax(np.abs(x), initial=0.0)) for x in self._recorded()], default=0.0)

    def rounding(self, weights: Vector) -> float:
        """The last digit of each number on the tape, times the gradient that comes back to it."""
        span = self.tape.span
        known = [span.graph.box(index) for index in range(span.start, span.stop)]
        boxes = [box for box in known if not isinstance(box._raw(), Duck) and is_checked(box)]  # a Duck: inside vmap
        parts = zip(boxes, self._pullback_to(boxes, weights))
        return self.eps * float(sum(np.sum(np.abs(g._raw() * box._raw())) for box, g in parts))

    def _recorded(self) -> list[Any]:
        """All arrays on the tape; inside vmap the numbers of all examples."""
        span = self.tape.span
        arrays = [raw_of(span.graph.box(index)) for index in range(span.start, span.stop)]
        numbers = [x.shown() if isinstance(x, Duck) else x for x in arrays]
        return [x for x in numbers if x is not None]

    def pullback(self, weights: Vector) -> Vector:
        found = self._pullback_to(self.sources, weights)
        return flat(found) if found else np.zeros(self.point.size)  # without any, all results have left the tape

    def _pullback_to(self, sources: list[Any], weights: Vector) -> list[Any]:
        """The gradients with respect to these sources; none if all results have left the tape."""
        pairs = [
            (y, at_place_of(y._raw(), w)) for y, w in zip(self.outputs, unflat(weights, self.output_parts))
            if isinstance(y, Box) and is_checked(y)
        ]
        if not pairs:
            return []
        targets, seeds = [y for y, _ in pairs], [w for _, w in pairs]
        with quiet():
            return list(self.tape.gradient(targets, sources, seeds, unconnected_gradients="zero"))

    # -- its numbers by name ---------------------------------------------------------------------------------------------

    def array_of(self, index: int) -> tuple[int, slice, Part]:
        """The array that a number belongs to: which one it is, where it stands, and how."""
        return next((j, where, part) for j, (where, part) in enumerate(self.places()) if index < where.stop)

    def name_of(self, index: int) -> str:
        """A number by its argument or variable, and its place there."""
        j, where, part = self.array_of(index)
        name = f"argument {j}" if j < len(self.checked) else f"variable {self.variables[j - len(self.checked)].name}"
        return name + part.place(index - where.start)


def weighted_grad(function: Function, weights: list[Vector]) -> Function:
    """The function args -> gradients of the weighted sum of the results, with the variables of the function."""
    variables = list(getattr(function, "trainable_variables", []))

    def gradients(*args: Any) -> Any:
        leaves = nested.leaves(list(args))
        numbers = [k for k, x in enumerate(leaves) if is_checked(x)]
        with new_tape() as tape:
            for k in numbers:
                leaves[k] = identity(leaves[k])  # fresh boxes: the function may close over the ones it is called with
            sources = [leaves[k] for k in numbers]
            tape.watch(sources)
            outputs = outputs_in(function(*nested.like(list(args), leaves)))
            terms: list[Any] = [(y, w) for y, w in zip(outputs, weights) if isinstance(y, Box) and is_checked(y)]
            total = sum(np.sum(np.real(y * np.conj(w))) if part_of(y).is_complex else np.sum(y * w) for y, w in terms)
        if not isinstance(total, Box):  # all results have left the tape
            return [np.zeros(np.shape(raw_of(x))) for x in [*sources, *variables]]
        return tape.gradient(total, [*sources, *variables], unconnected_gradients="zero")

    gradients.trainable_variables = variables  # type: ignore[attr-defined]
    return gradients
