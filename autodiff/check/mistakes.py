"""The classic mistakes in a gradient, recognised by how it differs from the right one."""

from __future__ import annotations

import itertools
import re
from typing import Any

import numpy as np

from autodiff.check.differences import Vector, estimate
from autodiff.check.escapes import Whole, new_tape
from autodiff.check.layout import Part, numbers_of, part_of
from autodiff.check.primitive import Primitive
from autodiff.core.box import Box
from autodiff.core.dtypes import conjugate
from autodiff.core.interrupts import quiet
from autodiff.core.recorder import Recorder
from autodiff.core.types import ArrayLike

NEAR: dict[str, Any] = {"rtol": 1e-3, "atol": 1e-7}
CUT = "it is zero: the path was cut"
LARGEST = 400  # the most numbers of an input or an output whose matrix of partial derivatives is computed


# -- a gradient against the right one --------------------------------------------------------------------------------------


def mistake(wrong: Vector, right: Vector, shapes: list[tuple[int, ...]]) -> str:
    """What was probably done to get `wrong` for `right`, in words; empty if it is none of the classic mistakes. A mean may
    have been taken over axes of one of the `shapes`."""
    if not np.any(right) or not np.isfinite(wrong).all():
        return ""
    factor = float(np.sum(wrong * right) / np.sum(right * right))
    if np.allclose(wrong, factor * right, **NEAR):
        return usual_factor(factor) or one_over_n(factor, shapes) or constant_factor(factor)
    if is_transposed(wrong, right):
        return "transposed: the gradient of a square matrix came out as its transpose"
    return ""


def is_transposed(wrong: Vector, right: Vector) -> bool:
    square = right.ndim == 2 and right.shape[0] == right.shape[1]
    return bool(square and wrong.shape == right.shape and np.allclose(wrong, right.T, **NEAR))


def usual_factor(factor: float) -> str:
    if np.isclose(factor, 0, atol=1e-9):
        return CUT
    if np.isclose(factor, -1, rtol=1e-3):
        return "sign: it is the negative of the right one"
    if np.isclose(factor, 2, rtol=1e-3) or np.isclose(factor, 0.5, rtol=1e-3):
        return f"factor 2: it is {factor:.3g} times the right one"
    return ""


def one_over_n(factor: float, shapes: list[tuple[int, ...]]) -> str:
    """A mean over one axis or several of an array."""
    for count in range(1, max(map(len, shapes), default=0) + 1):
        for axes in sorted({axes for shape in shapes for axes in itertools.combinations(shape, count)}):
            n = int(np.prod(axes))
            if n > 2 and (np.isclose(factor, 1 / n, rtol=1e-3) or np.isclose(factor, n, rtol=1e-3)):
                lengths = ", ".join(map(str, axes))
                where = f"an axis has length {n}" if count == 1 else f"axes of lengths {lengths} hold {n} numbers"
                return f"1/N: it is {factor:.4g} times the right one, and {where}"
    return ""


def constant_factor(factor: float) -> str:
    return f"a constant factor: it is {factor:.6g} times the right one"


# -- a rule against its op -------------------------------------------------------------------------------------------------


def mistake_in(primitive: Primitive, fault: str) -> str:
    """The mistake in the rule of an op; empty for one without a name."""
    if fault == "shape":
        return wrong_shape(primitive)
    if fault == "triangle":
        return "no mistake: the op reads one triangle of a symmetric matrix, so give it one, as in (m + m.T) / 2"
    weights = primitive.weights()
    gradient = primitive.pullback(weights)
    shapes = [*[part.shape for part in primitive.parts], *[np.shape(y) for y in primitive.outputs]]
    for k, (where, part) in enumerate(primitive.places()):
        if primitive.middle.size > LARGEST or part.size > LARGEST:
            known = of_a_large_one(primitive, where, weights, gradient, shapes)
        else:
            right, rule = matrices(primitive, where)
            if not np.isfinite([rule, right]).all() or np.allclose(rule, right, rtol=1e-4, atol=1e-6):
                continue
            output = primitive.middle.shape if len(primitive.outputs) > 1 else axes_of(part_of(primitive.outputs[0]))
            ends = axes_of(part), output
            known = conjugated(primitive, part, rule, right)
            known = known or named(rule, right, weights, ends, contributions(primitive, k, weights), shapes)
        if known:
            return known
    return ""


def axes_of(part: Part) -> tuple[int, ...]:
    """The shape of the real numbers of an array; those of complex ones stand in a row."""
    return (part.size,) if part.is_complex else part.shape


def conjugated(primitive: Primitive, part: Part, rule: Vector, right: Vector) -> str:
    """Whether the rule is right but for the signs of all imaginary parts, of the input and of the outputs."""
    columns = signs_of(part)
    rows = np.concatenate([signs_of(part_of(y)) for y in primitive.outputs])
    if part.is_complex and np.allclose(rule, rows[:, None] * right * columns, **NEAR):
        return "a missing or superfluous np.conj: the gradient of a complex number is g * np.conj(f'(x))"
    return ""


def signs_of(part: Part) -> Vector:
    """-1 for imaginary parts."""
    return np.resize([1.0, -1.0 if part.is_complex else 1.0], part.size)


def of_a_large_one(primitive: Primitive, where: slice, weights: Vector, gradient: Vector, shapes: list[tuple[int, ...]]) -> str:
    """From some of the numbers of an input that is too large for its matrix."""
    chosen = np.random.default_rng(0).choice(np.arange(where.start, where.stop), min(where.stop - where.start, 12), False)
    right = np.array([float(weights @ column(primitive, j)) for j in chosen])
    if np.allclose(gradient[chosen], right, rtol=1e-4, atol=1e-6):
        return ""
    return mistake(gradient[chosen], right, shapes)


def column(primitive: Primitive, j: int) -> Vector:
    """The partial derivatives of all results by number j, from differences."""
    direction = primitive.single(j)
    found = estimate(lambda t: primitive.at(primitive.point + t * direction), primitive.middle, primitive.step, primitive.eps)
    return np.asarray(found.value / (direction[j] or 1.0))


def matrices(primitive: Primitive, where: slice) -> tuple[Vector, Vector]:
    """The partial derivatives of all results by the numbers of one input: from differences, and as the rule has them."""
    right = np.stack([column(primitive, j) for j in range(where.start, where.stop)], axis=1)
    rule = np.stack([primitive.pullback(row)[where] for row in np.eye(len(right))])
    return right, rule


def named(
    rule: Vector, right: Vector, weights: Vector, ends: tuple[tuple[int, ...], tuple[int, ...]], parts: list[Vector],
    shapes: list[tuple[int, ...]],
) -> str:  # fmt: skip
    """The mistake that turns the matrix `right` into `rule`. `ends` are the shapes of the input and of the output; `parts`
    the contributions that add up to the gradient with these weights."""
    shape, output = ends
    found, wanted = weights @ rule, weights @ right
    factor = float(np.sum(rule * right) / max(float(np.sum(right * right)), 1e-300))
    scaled = np.allclose(rule, factor * right, **NEAR)
    if scaled and usual_factor(factor):
        return usual_factor(factor)
    if len(parts) > 1 and any(np.allclose(found, part, **NEAR) for part in parts):
        return f"assignment for accumulation (= for +=): of the {len(parts)} parts that meet in an input, only one is there"
    if scaled:
        return one_over_n(factor, shapes) or constant_factor(factor)
    if rule.shape == right.shape[::-1] and np.allclose(rule, right.T, **NEAR):
        return "transposed: a matrix is used where its transpose is due"
    if is_transposed(found.reshape(shape), wanted.reshape(shape)):
        return "transposed: the gradient of a square matrix came out as its transpose"
    if found.shape == weights.shape and np.allclose(found, weights, **NEAR):
        return "missing activation derivative: the gradient is passed on as it came"
    if proportional_rows(rule, right):
        return "missing activation derivative: each result's gradient lacks a factor of its own"
    return lost_parts(rule, right, output)


def proportional_rows(rule: Vector, right: Vector) -> bool:
    """Whether each row of `right` is that of `rule` times a number. An elementwise op is not counted: all its are."""
    if (np.count_nonzero(rule, axis=1) < 2).any():
        return False
    factors = np.sum(right * rule, axis=1) / np.sum(rule * rule, axis=1)
    return bool(np.allclose(right, factors[:, None] * rule, rtol=1e-3, atol=1e-6))


def lost_parts(rule: Vector, right: Vector, output: tuple[int, ...]) -> str:
    """Whether some of the parts that are to be added are there and others are not."""
    there = np.isclose(rule, right, **NEAR)
    if not (there | np.isclose(rule, 0, atol=1e-9)).all():
        return ""
    rows = np.unique(np.nonzero(np.abs(rule) > 1e-9)[0])
    if len(output) > 1 and rows.size and len(set(np.unravel_index(rows, output)[0])) == 1 < output[0]:
        return "not summed over the broadcast axis: only one row's part is there"
    lost = right[~there.all(axis=1)]
    if lost.size and (np.count_nonzero(np.abs(right) > 1e-9, axis=0)[np.any(lost, axis=0)] > 1).all():
        return "assignment for accumulation (= for +=): where several parts meet, only one is there"
    return ""


def wrong_shape(primitive: Primitive) -> str:
    """What a gradient of another shape than its input lacks."""
    try:
        primitive.pullback(primitive.weights())
    except ValueError as error:
        shapes = [tuple(map(int, re.findall(r"\d+", text))) for text in re.findall(r"\([\d, ]*\)", str(error))]
        if len(shapes) < 2:
            return ""
        had, due = shapes[-2:]  # the message ends in "has shape (4, 3), not (3,)"
        if had == due[::-1]:
            return f"transposed: its shape is {had} where {due} is due"
        if len(had) >= len(due) and all(n in (1, m) for n, m in zip(due[::-1], had[::-1])):
            return f"not summed over the broadcast axis: its shape is {had} where {due} is due"
    return ""


# -- the parts of a gradient -----------------------------------------------------------------------------------------------


class Contributions(Recorder):
    """What flows to one box along each edge."""

    def __init__(self, goal: Any) -> None:
        self.goal = goal
        self.parts: list[Vector] = []

    def on_edge(self, op: object, k: int, source: Box, upstream: object, contribution: ArrayLike) -> None:
        if source is self.goal:
            self.parts.append(numbers_of(conjugate(contribution)))


def contributions(primitive: Primitive, k: int, weights: Vector) -> list[Vector]:
    """The parts that add up to the gradient of input k, if the forward function is itself made of differentiable operations."""
    with quiet(), new_tape(Whole) as tape:
        primitive.results(primitive.point)
    nodes = [(node, tape.graph.box(index)) for index, node in tape.span.nodes()]
    inputs = [box for node, box in nodes if node.op is None and same(box, primitive.inputs[primitive.moving[k]])]
    if len(primitive.outputs) != 1 or not inputs or not same(nodes[-1][1], primitive.outputs[0]):
        return []
    heard = Contributions(inputs[0])
    with heard:
        tape.gradient(nodes[-1][1], inputs[0], part_of(primitive.outputs[0]).array(weights))
    return heard.parts


def same(box: Box | None, x: Vector) -> bool:
    if box is None:
        return False
    return bool(np.shape(box._raw()) == np.shape(x) and np.allclose(box._raw(), x, rtol=1e-12, atol=0, equal_nan=True))
