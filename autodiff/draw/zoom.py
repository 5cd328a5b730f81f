"""Zoom: one element of an array, unfolded into the scalar graph that computes it.

The ops that computed the element are done again on Values. Elementwise functions and products of matrices take just the
elements that they need; all else runs once more on an array whose elements are Values. Whether that computed the same
numbers is checked, not believed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from autodiff.boxes.tensor import Tensor
from autodiff.boxes.value import Value
from autodiff.core.log import Log, Record
from autodiff.core.plumbing import IDENTITY
from autodiff.draw.scalars import Scalars, checked, refuse_own_ways
from autodiff.draw.subject import heard, named_things
from autodiff.tape.gradients import place_of
from autodiff.tape.steps import box_at, value_at
from autodiff.tape.sweep import raw_of
from autodiff.tape.tape import Tape

MOST = 20_000  # so many elements of an array are made Values
Index = tuple[int, ...]

@dataclass(frozen=True)
class Leaf:
    """A number that the unfolded element depends on: an element of a box, and the Value that stands for it."""

    box: Any
    index: Index
    value: Value


@dataclass(frozen=True)
class Zoom:
    """An unfolded element: its Value, the tape that remembers how it came to be, and the numbers it was made of."""

    value: Value
    tape: Tape
    leaves: list[Leaf]


def zoom(tensor: Tensor, element: int | Index, depth: int = 1, names: Mapping[str, Any] | None = None) -> Zoom:
    """The element of a Tensor that a tape remembers, as a graph of Values: `.value` can be drawn, shown, played and, on
    `.tape`, differentiated.

    element: its index. depth: so many ops are unfolded; what was computed before them are the graph's leaves. names: a
    namespace such as `locals()`, for the names of the leaves.

    Raises IndexError for an index outside the Tensor, RuntimeError if no tape remembers it, ValueError for an element that is
    a leaf, or that takes more than 20,000 elements, TypeError for an op that can't be unfolded: those of LAPACK (`inv`,
    `solve`, `svd`, ...), sums with `where=`, `polygamma`, `ldexp`, and functions with a gradient of their own.

    >>> import numpy as np, autodiff as ad
    >>> x, w = ad.Variable([[1.0, 2.0]], name="x"), ad.Variable([[3.0], [4.0]], name="w")
    >>> with ad.Tape() as tape:
    ...     y = x @ w
    >>> zoomed = ad.zoom(y, (0, 0))
    >>> ad.show(zoomed.value)
                        value  gradient
    matmul[0, 0] = add     11         1
    ├─ multiply             3         1
    │  ├─ x[0, 0]           1         3
    │  └─ w[0, 0]           3         1
    └─ multiply             8         1
       ├─ x[0, 1]           2         4
       └─ w[1, 0]           4         2
    """
    index = element if isinstance(element, tuple) else (element,)
    np.empty(tensor.shape, bool)[index]  # an IndexError for what is outside
    if len(index) != tensor.ndim:
        raise IndexError(f"An element of a Tensor of shape {tensor.shape} has {tensor.ndim} indices, but got {index}.")
    index = tuple(int(k) % n for k, n in zip(index, tensor.shape, strict=True))
    log_, low, reach = heard(None, [tensor])
    place = -1 if log_ is None else place_of(log_, tensor, low, reach)
    if log_ is None or not isinstance(log_.nodes[place], Record):
        raise ValueError(f"{tensor!r:.80} is a leaf: nothing computed it, so there is nothing to unfold.")
    unfolding = Unfolding(log_, dict(named_things(names or {})))
    with Tape(persistent=True) as tape:
        found = unfolding.scalar(place, index, depth)
    value = found if isinstance(found, Value) else Value(found)  # a constant, such as a clipped number
    value.name = unfolding.label(place, index)
    return Zoom(value, tape, unfolding.leaves)


class Unfolding:
    """The elements that have been unfolded so far, by place on the log and index: each is one Value, whoever uses it."""

    def __init__(self, log: Log, names: dict[int, str]) -> None:
        self.log = log
        self.names = names
        self.owners = {place: box for box, places in log.leaves.values() for place in places}  # who stands where
        self.found: dict[tuple[int, Index], Any] = {}
        self.leaves: list[Leaf] = []

    def scalar(self, place: int, index: Index, depth: int) -> Any:
        """The Value of one element."""
        known = self.found.get((place, index))
        if known is None:
            node = self.log.nodes[place]
            whole = depth > 0 and isinstance(node, Record) and node.op is not IDENTITY
            known = self.computed(node, index, depth) if whole else self.leaf(place, index)
            self.found[place, index] = known
        return known

    def leaf(self, place: int, index: Index) -> Value:
        value = Value(float(np.asarray(value_at(self.log, place))[index]), name=self.label(place, index))
        self.leaves.append(Leaf(self.box(place), index, value))
        return value

    def box(self, place: int) -> Any:
        """The user's own box, or what an op computed."""
        return self.owners[place] if place in self.owners else box_at(self.log, place)

    def label(self, place: int, index: Index) -> str:
        node, box = self.log.nodes[place], self.box(place)
        name = self.names.get(id(box)) or box.name or (node.op.name if isinstance(node, Record) else "x")
        return f"{name}[{', '.join(map(str, index))}]" if index else str(name)

    def computed(self, node: Record, index: Index, depth: int) -> Any:
        """One element of what an op computed."""
        if not isinstance(node.out, tuple):
            refuse_own_ways(node.op, node.params)
        if node.op.elementwise:
            return node.op(tuple(self.part(node, k, index, depth) for k in range(len(node.inputs))), node.params)
        if node.op.function is np.matmul and all(np.ndim(x) <= 2 and np.size(x) for x in node.inputs):
            return self.product(node, index, depth)
        return self.array(node, depth)[index]

    def part(self, node: Record, k: int, index: Index, depth: int) -> Any:
        """The element of input k that meets `index` of the output when the two are broadcast."""
        shape = np.shape(node.inputs[k])
        there = tuple(0 if n == 1 else i for n, i in zip(shape, index[len(index) - len(shape) :], strict=True))
        return self.element(node, k, there, depth)

    def element(self, node: Record, k: int, index: Index, depth: int) -> Any:
        if node.places[k] < 0 or node.op.vjps[k] is None:
            return np.asarray(node.inputs[k])[index].item()
        return self.scalar(node.places[k], index, depth - 1)

    def product(self, node: Record, index: Index, depth: int) -> Any:
        """A row times a column."""
        a, b = (np.shape(x) for x in node.inputs)
        row, column = index[: len(a) - 1], index[len(index) - (len(b) - 1) :]
        terms = [
            self.element(node, 0, (*row, k), depth) * self.element(node, 1, (k, *column), depth) for k in range(a[-1])
        ]
        total = terms[0]
        for term in terms[1:]:
            total = total + term
        return total

    def array(self, node: Record, depth: int) -> Any:
        """All that an op computed, as an array of Values and numbers."""
        inputs = [self.elements(node, k, depth) for k in range(len(node.inputs))]
        return checked(node.op, inputs, node.params, raw_of(node.out)).plain

    def elements(self, node: Record, k: int, depth: int) -> Any:
        """Input k as an array of Values; a constant as it is."""
        raw = node.inputs[k]
        if isinstance(raw, tuple):
            raise TypeError(f"What {self.log.nodes[node.places[k]].op.name} returns can't be unfolded into scalars.")
        if node.places[k] < 0 or node.op.vjps[k] is None:  # a constant, or cut off on purpose
            return raw
        if np.size(raw) > MOST:
            raise ValueError(f"{node.op.name} takes {np.size(raw):,} numbers, too many to unfold: take a smaller example.")
        values = np.empty(np.shape(raw), object)
        for index in np.ndindex(values.shape):
            values[index] = self.scalar(node.places[k], index, depth - 1)
        return values.view(Scalars)
