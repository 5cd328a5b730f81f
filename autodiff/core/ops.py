"""What an operation is: a forward function beside its derivatives, and the table of them all.

A rule is written in flat form. For `y = f(a, b, **params)` there is one function per differentiable argument,

    (g, y, a, b, **params)  ->  the contribution to that argument's cotangent

where `g` is the cotangent of `y`. Rules are plain numpy, so they run on raw arrays when nothing listens, and on
tracked boxes when an outer tape does: then the derivative is itself recorded, and the next order is free. Nobody
mentions broadcasting in a rule: the sweep sums every contribution back to its input's shape.
"""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff.core.box import Box
from autodiff.core.op import Function, Op


class Spread:
    """The derivatives of an operation on any number of arrays (`concatenate`, `einsum`): one rule for all of them, told
    the input's number first."""

    def __init__(self, vjp: Any) -> None:
        self.vjp = vjp

    def __getitem__(self, k: int) -> Function:
        return functools.partial(self.vjp, k)


def tame(g: Any, part: Any) -> Any:
    """`part`, which is `g` times a slope, with 0 where g is 0 and the slope infinite: a rule is linear in g, so what does
    not flow in does not flow out. This is what keeps `where(x > 0, sqrt(x), 0)` finite at 0."""
    raw = part.raw() if isinstance(part, Box) else part
    if math.isfinite(raw if type(raw) is float else np.vdot(raw, raw).real):  # if that overflows, we only look twice
        return part
    silent = (g.raw() if isinstance(g, Box) else g) == 0
    return np.where(silent & ~np.isfinite(raw), 0.0, part)


def tamed(vjp: Function) -> Function:
    """The rule with `tame` after it."""

    @functools.wraps(vjp)
    def rule(g: Any, y: Any, *inputs: Any, **params: Any) -> Any:
        return tame(g, vjp(g, y, *inputs, **params))

    return rule


OPS: dict[Function, Op] = {}  # from numpy's function, and from ours, to the op
CONSTANTS: dict[Function, str] = {}  # functions of derivative zero everywhere: comparisons, argmax, floor, ...


def rule(
    function: Function,
    *vjps: Function | None,
    scalar: Function | None = None,
    forward: Function | None = None,
    adapt: Function | None = None,
    spread: bool = False,
    singular: bool = False,
    linear: bool = False,
) -> Any:
    """The public function of a new op, after entering it in the table.

    `function` is numpy's own, or ours where numpy has none. `vjps`: one rule per array argument in flat form
    `(g, y, *inputs, **params)`, None where the argument is a constant. `scalar` is the forward for plain floats.
    `adapt` maps the caller's arguments to (inputs, params) where these are not simply the first ones, and `forward`
    then computes from (*inputs, **params). With `spread` the op takes any number of inputs and its one rule is told
    which: `(k, g, y, *inputs, **params)`. Say `singular` if the derivative can be infinite: see `tame`; `linear` if the op
    is linear in each input while the others are held: its forward is then also its derivative in forward mode.
    """
    derivatives: Any = tuple(vjp and tamed(vjp) for vjp in vjps) if singular else vjps
    if spread:
        derivatives = Spread(vjps[0])
    name, params = function.__name__, _params_after(vjps)
    op = Op(name, function, forward or function, derivatives, len(vjps), params, scalar, adapt, linear)

    def public(*args: Any, **kwargs: Any) -> Any:
        return op(args, kwargs)

    functools.update_wrapper(public, function)
    public.op = op  # type: ignore[attr-defined]
    OPS[function] = OPS[public] = op
    return public


def op(*vjps: Function | None, **options: Any) -> Callable[[Function], Any]:
    """`rule` as a decorator, for a forward that numpy lacks."""
    return lambda forward: rule(forward, *vjps, **options)


def also(public: Any, *functions: Function | None) -> None:
    """Enter other names under which numpy has the same op; None: this numpy has not."""
    OPS.update({function: public.op for function in functions if function is not None})


def constant_function(*functions: Function) -> None:
    """Enter functions whose derivative is zero everywhere: their results carry no gradient."""
    for function in functions:
        CONSTANTS[function] = function.__name__


def _params_after(vjps: tuple[Function | None, ...]) -> tuple[str, ...]:
    first = next((vjp for vjp in vjps if vjp is not None), None)
    if first is None:
        return ()
    return tuple(inspect.signature(first).parameters)[2 + len(vjps) :]
