"""The adjoint of a differential equation: derivatives of its solution, by any solver, that need no record of its steps.

With the cotangents g_k of y(t_k), the adjoint lambda goes back from the last time to the first:

    d lambda/dt = -(df/dy)^T lambda,    and at each t_k it jumps by g_k.

At t0 it is the gradient for y0. That for parameters p is the integral of (df/dp)^T lambda. For a time t_k it is g_k . f(t_k),
and for t0 it is -lambda . f(t0). The products with df/dy and df/dp are computed by a tape. y(t) on the way back is that of the
solver: it solves again, from one time of the results to the next, and keeps its polynomials that long. (A backward solution for
y itself would be unstable for stiff equations.) See Chen et al., Neural Ordinary Differential Equations, 2018, and Kidger, On
Neural Differential Equations, 2022, section 5.1.

The adjoint is linear in g. Its transpose is the tangent of the solution, of the equation d v/dt = df/dy v + df/dp w, which goes
forward. So the derivatives of the adjoint are derivatives of the solution of an equation again: that gives all orders.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff.boxes.tensor import Tensor
from autodiff.core import batched
from autodiff.core.batched import Batched
from autodiff.core.box import Box, first_array, raw_of
from autodiff.core.dispatch import apply
from autodiff.core.listening import active
from autodiff.core.op import Op
from autodiff.core.structural import identity
from autodiff.scipy.equation import IMPLICIT, Equation, Function, Numbers, isolated
from autodiff.tape import Tape

DENSE = 100  # an adjoint of more numbers than this has sparse matrices, which LSODA does not take


class Solution:
    """The solution of an equation at some times, as one op of (t0, times, y0, *parameters). `moves` says that the times may be
    followed; `end` is where the solver stops."""

    def __init__(self, equation: Equation, end: float, y: Numbers, moves: bool) -> None:
        self.equation, self.end, self.moves = equation, end, moves
        self.computed = [y]
        count = 3 + len(equation.boxes) + len(equation.captured)
        self.op = Op("solve_ivp", Solution, self.forward, count, joint_vjp=self.rule)
        self.adjoint_op = Op("solve_ivp_adjoint", Solution, self.adjoint, count + 2, joint_vjp=self.adjoint_rule)

    def recorded(self, t0: Numbers, times: Numbers, y0: Numbers) -> Numbers:
        """y at the times, of shape (n, m)."""
        return _applied(self.op, (t0, times, y0, *self.equation.boxes, *self.equation.captured))

    def forward(self, t0: Numbers, times: Numbers, y0: Numbers, *parameters: Numbers) -> Numbers:
        """The same of plain numbers; of other numbers, as a replay asks for it, a new solution."""
        if self.computed:
            return self.computed.pop()
        with isolated(), self.equation.holding(parameters):
            return self.equation.solved((t0, self.end), np.array(y0, float), parameters, t_eval=times).y

    def rule(self, g: Numbers, y: Numbers, *inputs: Numbers) -> Numbers:
        return (*(None, None)[: 0 if self.moves else 2], *_applied(self.adjoint_op, (g, y, *inputs)))

    # -- the way back ------------------------------------------------------------------------------------------------------

    def adjoint(self, g: Numbers, y: Numbers, t0: Numbers, times: Numbers, y0: Numbers, *parameters: Numbers) -> Numbers:
        """The gradients for t0 and the times, if these move, for y0, and for the parameters; of plain numbers."""
        n, size = y0.size, float(np.max(np.abs(g), initial=0.0))
        with isolated(), self.equation.holding(parameters):
            back = Back(self.equation, parameters, n, size)
            live = [k for k in range(np.size(times)) if np.any(g[:, k] != 0.0)]
            for before, k in zip([None, *live[:-1]][::-1], live[::-1]):
                back.jump(g[:, k])
                back.go(times[k], *((t0, y0) if before is None else (times[before], y[:, before])))
            moved: list[Any] = []
            if self.moves:
                slopes = self.equation.plain(parameters)
                along = [np.dot(slopes(t, y[:, k]), g[:, k]) for k, t in enumerate(times)]
                moved = [-np.dot(slopes(t0, y0), back.state[:n] * back.size), np.array(along)]
        return (*moved, *back.gradients())

    def adjoint_rule(self, cotangents: Numbers, parts: Numbers, g: Numbers, y: Numbers, *inputs: Numbers) -> Numbers:
        """The adjoint is linear in g, with the tangent of the solution as its transpose: <adjoint(g), c> = <g, tangent(c)>."""
        with Tape(watch_accessed_variables=False) as tape:
            g, t0, times, y0 = (identity(x) if isinstance(x, Box) else Tensor(np.asarray(x)) for x in (g, *inputs[:3]))
            parameters = self.equation.sources(inputs[3:])
            sources = [g, *(t0, times)[: 2 if self.moves else 0], y0, *parameters]
            tape.watch(sources)
            product = np.sum(g * self.tangent(t0, times, y0, parameters, cotangents))
        found = tape.gradient(product, sources, unconnected_gradients="zero")
        found = found if active() is not None else [raw_of(x) for x in found]
        return (found[0], None, *(None, None)[: 0 if self.moves else 2], *found[1:])

    def tangent(self, t0: Numbers, times: Numbers, y0: Numbers, parameters: list[Numbers], directions: Numbers) -> Numbers:
        """The derivative of the solution in a direction, by the equation for both."""
        n, equation = np.size(y0), self.equation
        start, moved, (v, *along) = (*directions[:2], directions[2:]) if self.moves else (None, None, directions)
        slopes = equation.bound(parameters)
        if self.moves:
            v = v - start * slopes(t0, y0)
        else:
            t0, times = raw_of(t0), raw_of(times)
        options = {key: x for key, x in equation.options.items() if key in ("rtol", "max_step", "first_step")}
        atol = equation.options.get("atol", 1e-6)
        options["atol"] = np.tile(atol, 2) if np.ndim(atol) else atol
        given = (*parameters[: len(equation.boxes)], *along)
        both = Equation(lambda t, state, *given: equation.pushed(t, state, given), given, equation.method, options)
        y = solved_at(both, t0, self.end, times, np.concatenate([y0, v]), self.moves)
        if not self.moves:
            return y[n:]
        return y[n:] + moved * np.stack([slopes(times[k], y[:n, k]) for k in range(np.size(times))], axis=1)


def solved_at(equation: Equation, t0: Numbers, end: float, times: Numbers, y0: Numbers, moves: bool) -> Numbers:
    """The solution at the times, recorded."""
    raw = np.array(raw_of(y0), float)
    found = equation.first_solved((raw_of(t0), end), raw, t_eval=raw_of(times))
    return Solution(equation, end, found.y, moves).recorded(t0, times, y0)


def _applied(op: Op, inputs: tuple[Any, ...]) -> Any:
    """An op of boxes, of batches, or of plain numbers."""
    boxes = [x for x in inputs if isinstance(x, Box)]
    if boxes:
        return apply(op, first_array(boxes, Tensor(np.zeros(0))), inputs, {})
    return batched.run(op, inputs, {}) if any(isinstance(x, Batched) for x in inputs) else op.forward(*inputs)


class Back:
    """The way back: lambda, followed by the integrals for the parameters, `state`, in units of the largest cotangent. The
    integral for a parameter larger than 1 is in units of 1 / parameter, so that the tolerances have a meaning for it."""

    def __init__(self, equation: Equation, parameters: Numbers, n: int, size: float) -> None:
        self.equation, self.parameters, self.n, self.size = equation, parameters, n, size or 1.0
        self.shapes = [np.shape(p) for p in parameters]
        self.units = [np.maximum(1.0, np.abs(np.ravel(p))) for p in parameters]
        self.state = np.zeros(n + sum(int(np.prod(shape)) for shape in self.shapes))

    def jump(self, g: Numbers) -> None:
        self.state[: self.n] += g / self.size

    def go(self, start: Numbers, end: Numbers, y: Numbers) -> None:
        """From one time to an earlier one, where the solution is y."""
        import scipy.integrate

        if start == end or not np.all(np.isfinite(self.state)):
            return
        equation, options = self.equation, {key: x for key, x in self.equation.options.items() if key != "first_step"}
        ahead = Equation(equation.fun, equation.args, equation.method, options)
        ahead.boxes = equation.boxes
        solution = ahead.solved((end, start), y, self.parameters, dense_output=True, t_eval=[start]).sol
        settings: dict[str, Any] = {key: options[key] for key in ("rtol", "max_step") if key in options}
        settings |= self.newton(solution) if equation.method in IMPLICIT else {}
        atol = float(np.min(options.get("atol", 1e-6)))
        method = "BDF" if equation.method == "LSODA" and self.state.size > DENSE else equation.method
        found = scipy.integrate.solve_ivp(
            lambda t, state: self.slopes(t, solution(t), state[: self.n]), (start, end), self.state, method,
            t_eval=[end], atol=atol, **settings,
        )  # fmt: skip
        if not found.success:
            raise RuntimeError(f"scipy's solve_ivp failed on the way back, from {start} to {end}: {found.message}")
        self.state = found.y[:, -1]

    def slopes(self, t: float, y: Numbers, u: Numbers) -> Numbers:
        own, *others = self.equation.pulled(t, y, self.parameters, u)
        return -np.concatenate([own, *[np.ravel(part) * unit for part, unit in zip(others, self.units)]])

    def newton(self, solution: Function) -> dict[str, Any]:
        """What an implicit solver needs: the jacobian of lambda and of the integrals, which depend on lambda alone."""
        from scipy.sparse import csc_matrix, hstack

        n, total = self.n, self.state.size

        def matrix(t: float, state: Numbers) -> Numbers:
            own, *others = self.equation.jacobians(t, solution(t), self.parameters)
            below = [np.reshape(x, (n, -1)).T * unit[:, None] for x, unit in zip(others, self.units)]
            columns = -np.concatenate([own.T, *below])
            if total <= DENSE:
                return np.concatenate([columns, np.zeros((total, total - n))], axis=1)
            return hstack([csc_matrix(columns), csc_matrix((total, total - n))], "csc")

        return {"jac": matrix}

    def gradients(self) -> list[Numbers]:
        found, at = [self.state[: self.n] * self.size], self.n
        for shape, unit in zip(self.shapes, self.units):
            end = at + int(np.prod(shape))
            found.append(np.reshape(self.state[at:end] * (self.size / unit), shape))
            at = end
        return found
