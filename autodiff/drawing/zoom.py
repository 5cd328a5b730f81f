"""Zoom: one element of an array, unfolded into the scalar graph that computes it.

The ops that computed the element are done again on Values, in two steps. First the elements that are needed are found, from
the one that is asked for back through the graph. Then the forward walk computes these. Elementwise functions and products of
matrices need a few elements of their inputs. Everything else needs all of them, and runs once more on an array whose
elements are Values; its numbers are compared with those that were recorded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from autodiff.boxes.tensor import Tensor
from autodiff.core.node import Node
from autodiff.core.span import Span
from autodiff.core.structural import IDENTITY
from autodiff.drawing.graph import is_constant, output_of
from autodiff.drawing.namespace import Namespace, around
from autodiff.drawing.scalars import Scalars, checked, errors_named, refuse_own_ways
from autodiff.drawing.subject import span_of
from autodiff.failures.callsite import user_frame
from autodiff.failures.nesting import brief
from autodiff.scalar.value import Value
from autodiff.tape.forward import forward
from autodiff.tape.tape import Tape

MOST = 20_000  # so many elements of an array are made Values
Element = tuple[int, ...]


@dataclass(frozen=True)
class Leaf:
    """A number that the unfolded element depends on: an element of a box, and the Value that stands for it."""

    box: Any
    index: Element
    value: Value


@dataclass(frozen=True)
class Zoom:
    """An unfolded element: its Value, the tape that recorded how it was computed, and the numbers it was computed from."""

    value: Value
    tape: Tape
    leaves: list[Leaf]


def zoom(tensor: Tensor, element: int | Element, depth: int = 1, names: Mapping[str, Any] | None = None) -> Zoom:
    """One element of a Tensor that a tape remembers, as a graph of Values.

    Parameters
    ----------
    tensor : Tensor
    element : int or tuple of int
        The index of the element.
    depth : int
        How many ops are unfolded. What was computed before them is given by its numbers, the leaves of the graph.
    names : dict, optional
        A namespace for the names of the leaves. By default that of the caller.

    Returns
    -------
    Zoom
        Its `value` can be drawn, shown, played and, on its `tape`, differentiated. Its `leaves` are the numbers that the
        element was computed from.

    Raises
    ------
    IndexError
        For an index outside the Tensor.
    RuntimeError
        If no tape remembers the Tensor.
    ValueError
        For an element that is a leaf, or that takes more than 20,000 elements.
    TypeError
        For an op that can't be unfolded: those of LAPACK (`inv`, `solve`, `svd`, ...), `polygamma`, `ldexp`, and functions
        with a gradient of their own.

    Examples
    --------
    >>> import numpy as np, autodiff as ad
    >>> x, w = ad.Variable([[1.0, 2.0]], name="x"), ad.Variable([[3.0], [4.0]], name="w")
    >>> with ad.Tape() as tape:
    ...     y = x @ w
    >>> zoomed = ad.zoom(y, (0, 0))
    >>> ad.show(zoomed.value)
                                    value  gradient
    y[0, 0] = x[0, 0] * w[0, 0] + ·     11         1
    ├─ x[0, 0] * w[0, 0]                 3         1
    │  ├─ x[0, 0]                        1         3
    │  └─ w[0, 0]                        3         1
    └─ x[0, 1] * w[1, 0]                 8         1
       ├─ x[0, 1]                        2         4
       └─ w[1, 0]                        4         2
    """
    chosen = element if isinstance(element, tuple) else (element,)
    np.empty(tensor.shape, bool)[chosen]  # an IndexError for what is outside
    if len(chosen) != tensor.ndim:
        raise IndexError(f"An element of a Tensor of shape {tensor.shape} has {tensor.ndim} indices, but got {chosen}.")
    chosen = tuple(int(k) % n for k, n in zip(chosen, tensor.shape, strict=True))
    span = span_of(None, [tensor])
    index = -1 if span is None else int(span.index_of(tensor))
    if span is None or index < 0 or span.graph.node(index).op in (None, IDENTITY):
        raise ValueError(
            f"{brief(tensor)} is a leaf, or no Tape was open when it was computed, so there is nothing to unfold: compute it "
            "inside with ad.Tape(persistent=True) as tape."
        )
    unfolding = Unfolding(span, around(user_frame()) if names is None else Namespace(names))
    unfolded = unfolding.plan(index, chosen, depth)
    with Tape(persistent=True) as tape:
        found = forward(span, unfolding.make_leaves(unfolded), unfolding.evaluate, unfolded)[index][chosen]
        value = found if isinstance(found, Value) else Value(found)  # a constant, such as a clipped number
    value.name = unfolding.label(index, chosen)
    return Zoom(value, tape, unfolding.leaves)


class Unfolding:
    """The elements that are needed, and what is computed for them: each is one Value, however many ops use it."""

    def __init__(self, span: Span, names: Mapping[int, str]) -> None:
        self.span, self.graph, self.names = span, span.graph, names
        self.owners = span.graph.owners()
        self.needed: dict[int, set[Element]] = {}  # by the index in the graph
        self.needed_of: dict[int, set[Element]] = {}  # the same by the id of the box that stands there
        self.leaves: list[Leaf] = []

    def plan(self, top: int, element: Element, depth: int) -> bytearray:
        """Find the elements that are needed. Returns for each index of the span whether the node there is unfolded; the
        other nodes of which elements are needed are leaves."""
        start = self.span.start
        unfolded = bytearray(top + 1 - start)
        self.needed[top], left = {element}, {top: depth}  # and how many ops may be unfolded from there
        for index in range(top, start - 1, -1):
            if index not in left or not self.can_unfold(index, left[index]):
                continue
            node, needed = self.graph.node(index), self.needed[index]
            unfolded[index - start], self.needed_of[id(node.out)] = 1, needed
            for k, p in enumerate(node.parents):
                if p >= start and not is_constant(node.op, k):
                    self.needed.setdefault(p, set()).update(taken(node, k, needed))
                    left[p] = max(left.get(p, 0), left[index] - (node.op is not IDENTITY))
        return unfolded

    def can_unfold(self, index: int, depth: int) -> bool:
        """Whether the node there is unfolded. A leaf that was read again, and is unchanged, is unfolded to its first reading
        at any depth. TypeError for an op on which that can't be done."""
        node = self.graph.node(index)
        if node.op is IDENTITY:
            return bool(np.array_equal(node.value, self.graph.box(node.parents[0])._raw(), equal_nan=True))
        if node.op is None or depth <= 0:
            return False
        refuse_own_ways(node.op)
        if node.first >= 0:
            raise TypeError(f"What {node.op.name} returns can't be unfolded into scalars.")
        return True

    def make_leaves(self, unfolded: bytearray) -> dict[int, Any]:
        """A Value for each element that is needed of a node that is not unfolded: by index in the graph, then by element."""
        entries: dict[int, Any] = {}
        for index in sorted(self.needed):
            if not unfolded[index - self.span.start]:
                box = self.owners.get(index, self.graph.box(index))
                data, entries[index] = np.asarray(self.graph.box(index)._raw()), {}
                for element in sorted(self.needed[index]):
                    value = entries[index][element] = Value(float(data[element]), name=self.label(index, element))
                    self.leaves.append(Leaf(box, element, value))
        return entries

    def label(self, index: int, element: Element) -> str:
        node, box = self.graph.node(index), self.owners.get(index, self.graph.box(index))
        called = "x" if node.op is None else (node.op.label or node.op.name) + output_of(node, index)
        name = self.names.get(id(box)) or box.name or called
        return f"{name}[{', '.join(map(str, element))}]" if element else str(name)

    def evaluate(self, node: Node, inputs: list[Any]) -> Any:
        """The elements that are needed of what a node computed, from those of its inputs."""
        op = node.op
        assert op is not None
        inputs = [None if is_constant(node.op, k) else x for k, x in enumerate(inputs)]

        def part(k: int, element: Element) -> Any:
            return np.asarray(node.inputs[k])[element].item() if inputs[k] is None else inputs[k][element]

        needed = sorted(self.needed_of[id(node.out)])
        if op is IDENTITY:
            return inputs[0]
        if op.elementwise:
            shapes = [np.shape(x) for x in node.inputs]
            with errors_named(op):
                return {
                    element: op(tuple(part(k, meeting(shape, element)) for k, shape in enumerate(shapes)), node.params)
                    for element in needed
                }
        if is_product(node):
            return {
                element: total(part(0, a) * part(1, b) for a, b in zip(factors(node, 0, element), factors(node, 1, element)))
                for element in needed
            }
        arrays = [raw if x is None else scalars(x, np.shape(raw)) for x, raw in zip(inputs, node.inputs)]
        return checked(op, arrays, node.params, node.value).plain


def taken(node: Node, k: int, needed: Iterable[Element]) -> Iterable[Element]:
    """The elements of input k that these elements of the output are computed from."""
    shape = np.shape(node.inputs[k])
    assert node.op is not None
    if node.op.elementwise:
        return [meeting(shape, element) for element in needed]
    if is_product(node):
        return [factor for element in needed for factor in factors(node, k, element)]
    size = int(np.prod(shape, dtype=int))
    if size > MOST:
        raise ValueError(f"{node.op.name} takes {size:,} numbers, too many to unfold: take a smaller example.")
    return np.ndindex(shape)


def meeting(shape: tuple[int, ...], element: Element) -> Element:
    """The element of an input of that shape which meets `element` of the output when they are broadcast."""
    return tuple(0 if n == 1 else i for n, i in zip(shape, element[len(element) - len(shape) :], strict=True))


def is_product(node: Node) -> bool:
    """Whether a node is a product of vectors or matrices, and not of stacks of them or of nothing."""
    return node.op is not None and node.op.function is np.matmul and all(np.ndim(x) <= 2 and np.size(x) for x in node.inputs)


def factors(node: Node, k: int, element: Element) -> list[Element]:
    """The row of the left factor (k is 0), or the column of the right one, whose product is this element."""
    a, b = (np.shape(x) for x in node.inputs)
    if k == 0:
        return [(*element[: len(a) - 1], j) for j in range(a[-1])]
    return [(j, *element[len(element) - (len(b) - 1) :]) for j in range(a[-1])]


def total(terms: Iterable[Any]) -> Any:
    first, *others = terms
    for term in others:
        first = first + term
    return first


def scalars(entry: Any, shape: tuple[int, ...]) -> Scalars:
    """All elements of an input as an array."""
    values = np.empty(shape, object)
    for element in np.ndindex(shape):
        values[element] = entry[element]
    return values.view(Scalars)
