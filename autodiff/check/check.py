"""check_gradients: the tape's gradient of a function against finite differences of the same function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from autodiff.boxes.variable import constant
from autodiff.check.differences import is_kink, slope, taylor_order
from autodiff.check.mistakes import guilty_op, mistake
from autodiff.core.box import Box, raw_of
from autodiff.core.structural import identity
from autodiff.scalar.value import Value
from autodiff.tape import Tape, nested

MOST_ELEMENTS = 2000  # looked at one by one when the check along a random line fails


class Verdict(NamedTuple):
    """What `check_gradients` found. It is true where the gradient is accepted: for "pass", "kink" and "noise".

    Attributes
    ----------
    kind : {"pass", "kink", "noise", "random", "wrong"}
        kink: the one-sided slopes differ, and the gradient lies between them. noise: the difference is within rounding. random:
        the function gives another result each time.
    message : str
        What was checked, or what is wrong and where.
    order : int
        The order of the derivative that the verdict is about.
    """

    kind: str
    message: str
    order: int = 1

    def __bool__(self) -> bool:
        return self.kind in ("pass", "kink", "noise")

    def __str__(self) -> str:
        return f"{self.kind}: {self.message}"


def check_gradients(function: Callable[..., Any], *args: Any, order: int = 1, seed: int = 0) -> Verdict:
    """The verdict on the gradient of `function` at `args`, which is compared with finite differences.

    Parameters
    ----------
    function : callable
        If it has `trainable_variables` (a layer, a model), these are checked too. If it has a context manager `in_float64`, as
        layers have, it is checked within that.
    *args : numbers, arrays, boxes, or nested lists, tuples and dicts of them
        Floats are checked, in float64 copies. Everything else is constant.
    order : int
        2 also checks the derivative of the gradient, and so on.
    seed : int
        Of the random numbers with which the results of the function are weighted.

    Returns
    -------
    Verdict
        It is true where the gradient is accepted.

    Notes
    -----
    First the derivative along two random lines is compared with a central difference (f(x + h v) - f(x - h v)) / 2h. Its step
    is near the cube root of the rounding error, and Richardson's extrapolation improves it. Only if that fails, every element
    is looked at.

    Examples
    --------
    >>> print(check_gradients(lambda x: np.tanh(x) * x, np.array([0.5, -1.0]), order=2))
    pass: 2 numbers, to order 2
    """
    if not hasattr(function, "in_float64"):
        return _verdict(function, args, order, seed)
    function(*args)  # so that its variables are there
    with function.in_float64():
        return _verdict(function, args, order, seed)


def _verdict(function: Callable[..., Any], args: tuple[Any, ...], order: int, seed: int) -> Verdict:
    problem = _Problem(function, args, np.random.default_rng(seed))
    if not problem.repeats():
        return Verdict("random", "the function gives another result at each call; fix its seed, or switch dropout off")
    verdict = problem.verdict()
    if verdict and order > 1:
        rest = _verdict(_weighted_grad(function, problem.weights), args, order - 1, seed + 1)
        if not rest:
            return Verdict(rest.kind, f"in the derivative of the gradient: {rest.message}", rest.order + 1)
        if verdict.kind == rest.kind == "pass":
            return Verdict("pass", f"{problem.size} numbers, to order {order}", order)
    return verdict


def _weighted_grad(function: Callable[..., Any], weights: list[Any]) -> Callable[..., Any]:
    """The function args -> gradients of the weighted sum of the results, with the variables of the function."""
    variables = list(getattr(function, "trainable_variables", []))

    def gradients(*args: Any) -> Any:
        leaves = nested.leaves(list(args))
        numbers = [k for k, x in enumerate(leaves) if _is_float(x)]
        with Tape() as tape:
            for k in numbers:
                leaves[k] = identity(leaves[k])  # fresh boxes: the function may close over the ones it is called with
            sources = [leaves[k] for k in numbers]
            tape.watch(sources)
            total = _total(function(*nested.like(list(args), leaves)), weights)
        return tape.gradient(total, [*sources, *variables], unconnected_gradients="zero")

    gradients.trainable_variables = variables  # type: ignore[attr-defined]
    return gradients


def _total(result: Any, weights: list[Any]) -> Any:
    parts = [y if isinstance(y, Box) else np.asarray(y, float) for y in nested.leaves(result)]
    return sum(np.sum(y * w) for y, w in zip(parts, weights))


def _is_float(x: Any) -> bool:
    holds_numbers = isinstance(x, (Box, np.ndarray, np.generic))
    return isinstance(x, float) or bool(holds_numbers and np.asarray(raw_of(x)).dtype.kind == "f")


class _Problem:
    """A function with everything that it is checked in: some of the numbers in its arguments, and its variables."""

    def __init__(self, function: Callable[..., Any], args: tuple[Any, ...], rng: np.random.Generator) -> None:
        self.function, self.args, self.rng = function, args, rng
        leaves = nested.leaves(list(args))
        self.checked = [k for k, x in enumerate(leaves) if _is_float(x)]
        self.points = [_plain(leaves[k]) for k in self.checked]
        self.are_values = [isinstance(leaves[k], (float, Value)) for k in self.checked]
        results = nested.leaves(self.call(self.boxes(self.points)))  # also builds a layer that is built at its first call
        self.variables = list(getattr(function, "trainable_variables", []))
        self.weights = [rng.uniform(0.5, 1.5, np.shape(y)) for y in results]
        dtypes = [np.asarray(x).dtype for x in [*results, *self.variables]]
        self.eps = max([float(np.finfo(d).eps) for d in dtypes if d.kind == "f"], default=2.3e-16)
        self.bases = [v.numpy() for v in self.variables]
        self.size = sum(int(np.size(x)) for x in [*self.points, *self.bases])
        self.step = self.eps ** (1 / 3)
        self.tape = Tape(persistent=True)
        self.exact = self.gradient()

    def boxes(self, points: list[Any]) -> list[Any]:
        return [Value(x) if is_value else constant(x) for x, is_value in zip(points, self.are_values)]

    def call(self, boxes: list[Any]) -> Any:
        """The function with its checked numbers replaced by boxes."""
        leaves = nested.leaves(list(self.args))
        for k, box in zip(self.checked, boxes):
            leaves[k] = box
        return self.function(*nested.like(list(self.args), leaves))

    def scalar(self, points: list[Any], bases: list[Any]) -> float:
        """The weighted sum of the results with the numbers at `points` and the variables at `bases`."""
        for v, base in zip(self.variables, bases):
            v.assign(base)
        with np.errstate(all="ignore"):
            result = self.call(self.boxes(points))
        for v, base in zip(self.variables, self.bases):
            v.assign(base)
        parts = [np.asarray(y, dtype=float) for y in nested.leaves(result)]
        return float(sum(np.sum(y * w) for y, w in zip(parts, self.weights)))

    def repeats(self) -> bool:
        results = [self.scalar(self.points, self.bases) for _ in range(3)]
        return len(set(results)) == 1 or bool(np.isnan(results).all())

    def gradient(self) -> list[Any]:
        boxes = self.boxes(self.points)
        with self.tape, np.errstate(all="ignore"):
            self.tape.watch(boxes)
            result = nested.leaves(self.call(boxes))
        pairs = [(y, w) for y, w in zip(result, self.weights) if isinstance(y, Box)]
        targets, seeds = [y for y, _ in pairs], [w for _, w in pairs]
        found = self.tape.gradient(targets, [*boxes, *self.variables], seeds, unconnected_gradients="zero")
        return [np.asarray(g, dtype=float) for g in found]

    def along(self, direction: list[Any]) -> Callable[[float], float]:
        """t -> the scalar at the point moved by t times the direction."""
        n = len(self.points)

        def f(t: float) -> float:
            points = [x + t * v for x, v in zip(self.points, direction[:n])]
            bases = [x + np.asarray(t * v, x.dtype) for x, v in zip(self.bases, direction[n:])]
            return self.scalar(points, bases)

        return f

    def scales(self) -> list[Any]:
        return [np.maximum(np.abs(np.asarray(x, float)), 1.0) for x in [*self.points, *self.bases]]

    def agrees(self, direction: list[Any]) -> bool:
        exact = float(sum(np.sum(g * v) for g, v in zip(self.exact, direction)))
        found = slope(self.along(direction), self.step, self.eps)
        close = abs(exact - found.value) <= 1e-6 * abs(found.value) + 3 * found.error
        return bool(close and not found.jumps and found.error < 1e-2 * (1 + abs(exact)))

    def verdict(self) -> Verdict:
        for _ in range(2):
            signs = [self.rng.choice([-1.0, 1.0], np.shape(s)) for s in self.scales()]
            line = [sign * self.rng.uniform(0.5, 1, np.shape(s)) * s for sign, s in zip(signs, self.scales())]
            if not self.agrees(line):
                return self.one_by_one()
        return Verdict("pass", f"{self.size} numbers, to order 1")

    def one_by_one(self) -> Verdict:
        """The worst verdict over the single numbers, and on a wrong one what is wrong with it."""
        kinks, noisy, wrong = 0, 0, []
        numeric = [np.array(g) for g in self.exact]
        for j, g in enumerate(self.exact):
            for index in list(np.ndindex(g.shape))[:MOST_ELEMENTS]:
                direction = [np.zeros(np.shape(x)) for x in self.exact]
                direction[j][index] = scale = self.scales()[j][index]
                f, exact = self.along(direction), float(g[index]) * scale
                found = slope(f, self.step, self.eps)
                numeric[j][index] = found.value / scale
                difference = abs(exact - found.value)
                if difference <= 1e-6 * abs(found.value) + found.error and not found.jumps:
                    continue
                if is_kink(f, self.step, self.eps, exact):
                    kinks += 1
                elif difference <= 1e-6 * abs(found.value) + 10 * found.error or _out_of_reach(exact, found.value):
                    noisy += 1
                else:
                    wrong.append((difference / (abs(found.value) + found.error), j, index, f, exact))
        if wrong:
            return self.wrong(max(wrong, key=lambda w: w[0]), numeric)
        if kinks:
            return Verdict("kink", f"at {kinks} of {self.size} numbers the slope jumps, and the gradient lies within the jump")
        if noisy:
            return Verdict("noise", f"at {noisy} of {self.size} numbers the difference is within the rounding of a difference")
        return Verdict("pass", f"{self.size} numbers, to order 1")

    def wrong(self, worst: Any, numeric: list[Any]) -> Verdict:
        _, j, index, f, exact = worst
        scale = self.scales()[j][index]
        name = f"argument {j}" if j < len(self.points) else f"variable {self.variables[j - len(self.points)].name}"
        where = f" at {list(map(int, index))}" if index else ""
        text = f"{name}{where}: the tape says {exact / scale:.8g}, finite differences {numeric[j][index]:.8g}"
        order = taylor_order(f, self.step, exact)
        if np.isfinite(order):
            text += f" (the Taylor remainder shrinks at order {order:.1f}; 2 is right)"
        with np.errstate(all="ignore"):
            op, known = guilty_op(self.tape.span)
        sizes = {n for x in [*self.exact, *self.weights] for n in np.shape(x)}
        known = known or mistake(self.exact[j], numeric[j], sizes)
        text += f"; the op at fault is {op}" if op else ""
        return Verdict("wrong", text + (f". Probably {known}" if known else ""))


def _plain(x: Any) -> Any:
    """A float64 copy."""
    return float(x) if isinstance(x, (float, Value)) else np.array(x, dtype=np.float64)


def _out_of_reach(exact: float, value: float) -> bool:
    """Where differences can't tell: no step stays within the domain, or the slope is infinite and they only approach it."""
    return not np.isfinite(value) or (not np.isfinite(exact) and abs(value) > 1e3)
