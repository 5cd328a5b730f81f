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

Function = Callable[..., Any]
Inputs = tuple[Any, ...]
Params = dict[str, Any]


class Op:
    """One operation, as `rule` describes it."""

    def __init__(
        self,
        name: str,
        forward: Function,
        vjps: tuple[Function | None, ...],
        scalar: Function | None = None,
        adapt: Function | None = None,
        singular: bool = False,
    ) -> None:
        self.name = name
        self.forward = forward
        self.scalar = scalar
        self.adapt = adapt
        self.arity = len(vjps)
        self.params = _params_after(vjps)
        # one function (g, y, *inputs, **params) per input, to be indexed by the input's number
        self.vjps: Any = tuple(vjp and tamed(vjp) for vjp in vjps) if singular else vjps

    def split(self, args: Inputs, kwargs: Params) -> tuple[Inputs, Params]:
        """The caller's arguments as (the inputs, which may carry gradients; everything else, by name)."""
        if self.adapt is not None:
            inputs, params = self.adapt(*args, **kwargs)
            return tuple(inputs), params
        if len(args) == self.arity:
            return args, kwargs
        if len(args) > self.arity:
            extra = dict(zip(self.params, args[self.arity :], strict=False))
            if len(extra) < len(args) - self.arity:
                takes = f"{self.arity} inputs and {list(self.params)}"
                raise TypeError(f"{self.name} takes {takes}, but got {len(args)} arguments.")
            return args[: self.arity], {**extra, **kwargs}
        bound = inspect.signature(self.forward).bind(*args, **kwargs).arguments
        inputs = tuple(bound.values())[: self.arity]
        if len(inputs) < self.arity:
            raise TypeError(f"{self.name} needs {self.arity} inputs, but got {len(inputs)}.")
        names = tuple(bound)[: self.arity]
        return inputs, {k: v for k, v in kwargs.items() if k not in names}

    def __call__(self, args: Inputs, kwargs: Params) -> Any:
        """Raw in, raw out; tracked in, tracked out."""
        first = args[0] if args else None
        if isinstance(first, Box):
            return first.call(self, args, kwargs)
        if type(first) is float and len(args) == 1 and not kwargs and self.scalar is not None:
            return self.scalar(first)
        box = first_box((*args, *kwargs.values()))
        if box is not None:
            return box.call(self, args, kwargs)
        inputs, params = self.split(args, kwargs)
        return self.forward(*inputs, **params)

    def __repr__(self) -> str:
        return f"<op {self.name}>"

    def __reduce__(self) -> Any:
        return _op_named, (self.name,)


class Spread:
    """The derivatives of an operation on any number of arrays (`concatenate`, `einsum`): one rule for all of them, told
    the input's number first."""

    def __init__(self, vjp: Function) -> None:
        self.vjp = vjp

    def __getitem__(self, k: int) -> Function:
        return functools.partial(self.vjp, k)


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
) -> Any:
    """The public function of a new op, after entering it in the table.

    `function` is numpy's own, or ours where numpy has none. `vjps`: one rule per array argument in flat form
    `(g, y, *inputs, **params)`, None where the argument is a constant. `scalar` is the forward for plain floats.
    `adapt` maps the caller's arguments to (inputs, params) where these are not simply the first ones, and `forward`
    then computes from (*inputs, **params). With `spread` the op takes any number of inputs and its one rule is told
    which: `(k, g, y, *inputs, **params)`. Say `singular` if the derivative can be infinite: see `tame`.
    """
    op = Op(function.__name__, forward or function, vjps, scalar, adapt, singular)
    if spread:
        assert vjps[0] is not None
        op.vjps = Spread(vjps[0])

    def public(*args: Any, **kwargs: Any) -> Any:
        return op(args, kwargs)

    functools.update_wrapper(public, function)
    public.op = op  # type: ignore[attr-defined]
    OPS[function] = OPS[public] = op
    return public


def op(*vjps: Function | None, **options: Any) -> Callable[[Function], Any]:
    """`rule` as a decorator, for a forward that numpy lacks."""
    return lambda forward: rule(forward, *vjps, **options)


def constant_function(*functions: Function) -> None:
    """Enter functions whose derivative is zero everywhere: their results carry no gradient."""
    for function in functions:
        CONSTANTS[function] = function.__name__


def tame(g: Any, part: Any) -> Any:
    """`part`, which is `g` times a slope, with 0 where g is 0 and the slope infinite: a rule is linear in g, so what does
    not flow in does not flow out. This is what keeps `where(x > 0, sqrt(x), 0)` finite at 0."""
    raw = part.raw() if isinstance(part, Box) else part
    if math.isfinite(np.sum(raw).real):
        return part
    silent = (g.raw() if isinstance(g, Box) else g) == 0
    return np.where(silent & ~np.isfinite(raw), 0.0, part)


def tamed(vjp: Function) -> Function:
    """The rule with `tame` after it."""

    @functools.wraps(vjp)
    def rule(g: Any, y: Any, *inputs: Any, **params: Any) -> Any:
        return tame(g, vjp(g, y, *inputs, **params))

    return rule


def first_box(args: Any) -> Box | None:
    """The first box among the arguments, looking one list deep (`concatenate([t, u])`)."""
    for x in args:
        if isinstance(x, Box):
            return x
        if isinstance(x, (list, tuple)):
            inner = first_box(x)
            if inner is not None:
                return inner
    return None


def _params_after(vjps: tuple[Function | None, ...]) -> tuple[str, ...]:
    first = next((vjp for vjp in vjps if vjp is not None), None)
    if first is None:
        return ()
    return tuple(inspect.signature(first).parameters)[2 + len(vjps) :]


def _op_named(name: str) -> Op:
    return next(op for op in OPS.values() if op.name == name)
