"""One recorded operation as a mapping: its forward function beside its rule."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from autodiff.check.differences import Vector
from autodiff.check.layout import flat, part_of, unflat
from autodiff.check.lines import look
from autodiff.check.mapping import Mapping, coarsest, is_checked
from autodiff.core.box import raw_of
from autodiff.core.dtypes import cast, conjugate
from autodiff.core.duck import Duck
from autodiff.core.interrupts import quiet
from autodiff.core.node import Node
from autodiff.core.span import Span
from autodiff.failures.degeneracy import DegeneracyWarning
from autodiff.rules.broadcasting import unbroadcast


class Primitive(Mapping):
    """The op of a node, at the inputs that it had there. Its numbers are those of the inputs that were computed or watched."""

    def __init__(self, span: Span, node: Node) -> None:
        assert node.op is not None
        self.op, self.node = node.op, node
        boxes = [span.graph.box(p) if p >= 0 else None for p in node.parents]
        self.inputs = [x if box is None else raw_of(box) for x, box in zip(node.inputs, boxes)]
        self.moving = [k for k, box in enumerate(boxes) if box is not None and is_checked(box)]
        self.parts = [part_of(self.inputs[k]) for k in self.moving]
        self.point = flat([self.inputs[k] for k in self.moving])
        self.inputs = self._inputs_at(self.point)
        self.outputs = list(node.value) if isinstance(node.value, tuple) else [node.value]
        self.eps = coarsest(self.outputs)

    def _inputs_at(self, point: Vector) -> list[Any]:
        inputs = list(self.inputs)
        for k, array in zip(self.moving, unflat(point, self.parts)):
            inputs[k] = array
        return inputs

    def results(self, point: Vector) -> Vector:
        with quiet():
            y = self.op.forward(*self._inputs_at(point), **self.node.params)
        return flat(list(y) if isinstance(y, tuple) else [y])

    def largest(self) -> float:
        return float(np.nanmax(np.abs(self.middle), initial=0.0))

    def pullback(self, weights: Vector) -> Vector:
        """ValueError for a part of a shape that does not fit its input."""
        y, params = self.node.value, self.node.params
        cotangents = [conjugate(g) for g in unflat(weights, [part_of(x) for x in self.outputs])]
        g: Any = tuple(cotangents) if isinstance(y, tuple) else cotangents[0]
        with quiet():
            if self.op.joint_vjp is not None:
                parts = self.op.joint_vjp(g, y, *self.inputs, **params)
            else:
                rules = {k: self.op.vjp(k) for k in self.moving}
                parts = {k: rule and rule(g, y, *self.inputs, **params) for k, rule in rules.items()}
        found = []
        for k in self.moving:
            x = self.inputs[k]
            part = np.zeros_like(x) if parts[k] is None else cast(np.asarray(raw_of(parts[k])), x.dtype)
            found.append(conjugate(unbroadcast(part, x.shape)))
        return flat(found)

    def weights(self) -> Vector:
        """Random ones, and 0 for results that are not finite, or are not unique: the vectors of equal eigenvalues."""
        weights = np.random.default_rng(0).uniform(0.5, 1.5, self.middle.shape) * np.isfinite(self.middle)
        if len(self.outputs) > 1:
            ends = np.cumsum([part_of(y).size for y in self.outputs])
            for alone in np.split(np.arange(weights.size), ends[:-1]):
                if self.is_degenerate(np.where(np.isin(np.arange(weights.size), alone), weights, 0.0)):
                    weights[alone] = 0.0
        return weights

    def is_degenerate(self, weights: Vector) -> bool:
        """Whether the rule says that results with these weights have no derivative of their own."""
        with warnings.catch_warnings():
            warnings.simplefilter("error", DegeneracyWarning)
            try:
                self.pullback(weights)
            except DegeneracyWarning:
                return True
            except Exception:  # whatever else is wrong, `fault` finds
                return False
        return False

    def runs(self) -> bool:
        """Whether the op can be computed again. A function of the user may refuse."""
        try:
            return bool(np.isfinite(self.middle).any())
        except Exception:
            return False

    def fault(self) -> str:
        """What is wrong with the rule: "" nothing, "shape" that it gives none that fits, "triangle" that it is right along
        symmetric directions only, is symmetric, and the op reads one triangle of its matrices, "rule" anything else."""
        weights, rng = self.weights(), np.random.default_rng(1)
        try:
            gradient = self.pullback(weights)
        except ValueError:
            return "shape"
        except Exception:  # a rule may refuse some of its outputs, as svd's does
            return ""
        directions = [self.random_direction(rng) for _ in range(2)]
        if not np.isfinite(gradient).all() or all(look(self, v, weights, gradient).kind != "wrong" for v in directions):
            return ""
        square = self.square_parts()
        if not self.reads_one_triangle(square) or not np.allclose(self.symmetrized(gradient, square), gradient):
            return "rule"
        lines = [self.symmetrized(direction, square) for direction in directions]
        return "rule" if any(look(self, line, weights, gradient).kind == "wrong" for line in lines) else "triangle"


def faults(span: Span) -> dict[str, tuple[str, Primitive]]:
    """By name, the ops of a graph whose rule does not fit their forward function, with the fault. It stops at the second."""
    found: dict[str, tuple[str, Primitive]] = {}
    for index, node in span.nodes():
        values = node.value if isinstance(node.value, tuple) else (node.value,)
        if node.op is None or node.first not in (-1, index) or any(isinstance(x, Duck) for x in (*node.inputs, *values)):
            continue  # a leaf; an op that was looked at before; one on a batch, inside vmap
        primitive = Primitive(span, node)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DegeneracyWarning)  # of vectors that are not unique: `weights` leaves them out
            fault = primitive.fault() if primitive.point.size and primitive.runs() else ""
        if fault and found.get(node.op.name, ("triangle",))[0] == "triangle":
            found[node.op.name] = fault, primitive
        if sum(kind != "triangle" for kind, _ in found.values()) > 1:
            break
    return found
