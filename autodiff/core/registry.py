"""The one registry: what a function does when it is given a box.

A function has an op (with derivatives, or of derivative zero), or a decomposition into ops, or it only asks about shape and
kind. An op's rules are written in flat form. For `y = f(a, b, **params)` there is one function per differentiable argument,

    (g, y, a, b, **params)  ->  the contribution to that argument's cotangent

where `g` is the cotangent of `y`. Rules are plain numpy. They run on raw arrays when nothing listens, and on boxes when an
outer tape does: then the derivative is itself recorded, and the next order is free. No rule mentions broadcasting: the walk
sums every contribution back to its input's shape.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np

from autodiff.core.batch_kinds import NotBatchable, elementwise
from autodiff.core.box import Box, first_box, raw_of
from autodiff.core.duck import Duck
from autodiff.core.external import is_lazy, refuse_several
from autodiff.core.op import Function, Inputs, Op, Params, constants, everything_recorded
from autodiff.core.plain_calls import in_boxes, is_elsewhere, out_of_boxes
from autodiff.core.transfer import agreeing, refusal
from autodiff.core.which_library import LIBRARIES
from autodiff.failures.agreement import ask_numpy, in_order, named_from
from autodiff.failures.errors import part_explained, worded
from autodiff.failures.foreign import plain
from autodiff.failures.keywords import CONSTANTS, keywords_of, meant, places_of
from autodiff.failures.nesting import deeper

Body = TypeVar("Body", bound=Callable[..., Any])
REGISTRY: dict[Any, Op | Decomposition | Metadata] = {}  # by numpy's function, by ours, by (ufunc, method), by ufunc's name


class Decomposition:
    """A function written in terms of ops: its derivatives are those of its parts, to any order."""

    symbol = ""

    def __init__(self, function: Function, body: Function, takes_sequence: bool, asks: bool = True) -> None:
        self.function, self.body, self.takes_sequence = function, body, takes_sequence
        self.asks = asks and function is not body
        self.name = function.__name__
        self.known = keywords_of(body)  # none if the body has its own gate
        self.order = named_from(function, body) if function is not body else (0, ())
        self.constants = places_of(body, CONSTANTS)

    def __call__(self, args: tuple[Any, ...], kwargs: Params) -> Any:
        numpys = True  # whether an error is numpy's own
        try:
            args, kwargs = in_order(self.order, args, kwargs)
            if any(map(is_elsewhere, args)) or (kwargs and any(map(is_elsewhere, kwargs.values()))):
                args, kwargs = in_boxes(args, kwargs)
            if LIBRARIES:
                agreeing(self.name, tuple([raw_of(x) for given in (*args, *kwargs.values()) for x in parts_of(given)]))
            if args and not self.takes_sequence and isinstance(args[0], (list, tuple)):
                args = (stack_boxes(args[0]), *args[1:])
            options = meant(self.name, self.function, self.known, kwargs) if self.known else kwargs
            if len(args) > 1 or options:  # a box among the constants would lose its gradient
                args, options = self.without_boxes(args, options)
            if self.asks and not everything_recorded.get():
                ask_numpy(self.function, args, kwargs)
            numpys = not self.asks and self.function is not self.body  # then the body's error is that of its indexing
            return self.body(*args, **options)
        except NotBatchable:
            duck = first_duck((*args, *kwargs.values()))
            if duck is None:
                raise
            return duck.by_examples(lambda *own, **named: self(own, named), args, kwargs)
        except Exception as error:
            known = refusal(error if numpys else worded(error, self.name), self.name, (*args, *kwargs.values()))
            raise part_explained(known, self, args, kwargs)  # noqa: B904 - it has its cause

    def without_boxes(self, args: Inputs, options: Params) -> tuple[Inputs, Params]:
        """The arguments with plain numbers for the constants among them. TypeError for one that has a gradient."""
        for k, name in self.constants:
            if k < len(args) and isinstance(args[k], Box):
                args = (*args[:k], constants(self.name, {name: args[k]})[name], *args[k + 1 :])
            elif isinstance(options.get(name), Box):
                options = {**options, **constants(self.name, {name: options[name]})}
        return args, options


def parts_of(x: object) -> list[object]:
    return [*x] if isinstance(x, (list, tuple)) else [x]


class Metadata:
    """A function that asks about shape and kind: it gets raw data, and its answer is no box."""

    def __init__(self, function: Function) -> None:
        self.function = function


def rule(
    function: Function,
    *vjps: Function | None,
    joint: Function | None = None,
    variadic: Function | None = None,
    forward: Function | None = None,
    bind: Function | None = None,
    scalar: Function | None = None,
    linear: bool = False,
    batch: Any = None,
    **facts: Any,
) -> Any:
    """The public function of a new op, after entering it in the registry.

    `function` is numpy's own, or ours where numpy has none. `vjps`: one rule per array argument in flat form, None where the
    argument is a constant; or one `joint` rule that returns all parts; or a `variadic` rule `(k, g, y, *inputs, **params)`
    for any number of inputs. `bind` maps the caller's arguments to (inputs, params) where the inputs are not simply the
    first ones, and `forward` then computes from (*inputs, **params). `scalar` is the forward for plain floats. `linear`: in
    each input while the others are held, so the forward is also the derivative in forward mode. `batch`: see
    core/batch_kinds.py. A linear op, and one of the engine's own, `takes_complex` numbers unless it says no; an elementwise op
    that does so `keeps_nan`. The other `facts` are fields of Op.
    """
    name = facts.get("label") or function.__name__ if facts.get("internal") else function.__name__
    some = next((vjp for vjp in vjps if vjp is not None), None) or joint or variadic
    facts.setdefault("takes_complex", linear or facts.get("internal", False))
    if bind is not None:
        bind.__qualname__ = name  # so that a wrong keyword is said to be wrong for this function
    ufunc = isinstance(function, np.ufunc) and function.signature is None and function.nout == 1
    batch = batch or (elementwise if (ufunc or scalar is not None) and bind is None else None)
    facts.setdefault("keeps_nan", facts["takes_complex"] and (bool(ufunc) or scalar is not None))
    op = Op(
        name, function, forward or function, len(vjps), vjps, joint, variadic,
        _params_after(some, len(vjps)), bind, scalar, linear, bool(ufunc) or scalar is not None, batch,
        entered=True, **facts,
    )  # fmt: skip
    public = _public(op, function)
    public.op = op
    REGISTRY[function] = REGISTRY[public] = op
    return public


def op(*vjps: Function | None, **facts: Any) -> Callable[[Function], Any]:
    """`rule` as a decorator, for a forward that numpy lacks."""
    return lambda forward: rule(forward, *vjps, **facts)


def zero_derivative(*functions: Function, batch: Any = None, fresh: bool = False) -> None:
    """Enter functions whose derivative is zero everywhere, such as comparisons: ops without rules."""
    for function in functions:
        ufunc = isinstance(function, np.ufunc) and function.signature is None
        how = batch or (elementwise if ufunc else None)
        REGISTRY[function] = Op(
            function.__name__, function, function, -1, elementwise=ufunc, differentiable=False, batch=how, fresh=fresh
        )


def metadata(*functions: Function) -> None:
    """Enter functions that ask about shape and kind only."""
    REGISTRY.update({function: Metadata(function) for function in functions})


def decomposition(*functions: Function | None, takes_sequence: bool = False, asks: bool = True) -> Callable[[Body], Body]:
    """Enter numpy's functions (None: this numpy has no such function) as what the decorated body says in terms of ops.

    The public function that takes the body's name sends boxes through the body and anything else to numpy. A list of boxes
    as the first argument becomes one array before that, unless the body `takes_sequence`. Before the body numpy's function is
    asked whether it takes such arguments, unless that is known: `asks=False` says that the body refuses what numpy refuses.
    """

    def enter(body: Function) -> Function:
        original = functions[0] or body
        entry = Decomposition(original, body, takes_sequence, asks)
        body.__qualname__ = entry.name  # so that a wrong argument is said to be wrong for this function

        def public(*args: Any, **kwargs: Any) -> Any:
            if first_box((*args, *kwargs.values())) is not None:
                return entry(args, kwargs)
            elsewhere = any(map(is_elsewhere, (*args, *kwargs.values())))
            return out_of_boxes(entry(args, kwargs)) if elsewhere else original(*args, **kwargs)

        functools.update_wrapper(public, original)
        REGISTRY.update({function: entry for function in (*functions, public) if function is not None})
        return public

    return cast("Callable[[Body], Body]", enter)


def also(public: Any, *keys: Any) -> None:
    """Enter the op of a public function under other keys too: numpy's other name for it (None: this numpy has not), a ufunc
    and its method, or the name of a ufunc of scipy.special."""
    REGISTRY.update({key: REGISTRY[public] for key in keys if key is not None})


ON_DEMAND: list[Callable[[], Any]] = []  # what loads more entries, each called once, when a ufunc is not known by its name


def by_name(function: Any) -> Op | Decomposition | Metadata | None:
    """The entry of a ufunc of scipy.special, which has a function of ours or a rule."""
    while function.__name__ not in REGISTRY and ON_DEMAND:
        ON_DEMAND.pop()()
    return REGISTRY.get(function.__name__)


def _public(op: Op, function: Function) -> Any:
    def public(*args: Any, **kwargs: Any) -> Any:
        return op(args, kwargs)

    return functools.update_wrapper(public, function)


def _params_after(rule: Function | None, inputs: int) -> tuple[str, ...]:
    """The names of a rule's arguments after (g, y, *inputs)."""
    if rule is None:
        return ()
    parameters = inspect.signature(rule).parameters.values()
    named = [p.name for p in parameters if p.kind is not inspect.Parameter.VAR_POSITIONAL]
    return tuple(named[2 + inputs :]) if len(named) == len(parameters) else tuple(
        p.name for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY
    )


def none_of(mask: Any) -> bool:
    """Whether no element of a mask is set, as far as a rule may act on that: a trace must be right for all
    numbers, so there the answer is no."""
    raw: Any = seen(mask)
    return not everything_recorded.get() and type(raw) in (bool, *ARRAY) and not np.any(raw)


def may_look(x: Any) -> bool:
    """Whether a rule may act on numbers of x: a trace must be right for all numbers, and lazy arrays have none yet."""
    return not everything_recorded.get() and not is_lazy(raw_of(x))


def first_duck(args: Any, depth: int = 0) -> Duck | None:
    """The first duck array among the arguments, also inside boxes and lists."""
    for x in args:
        raw = raw_of(x)
        found = raw if isinstance(raw, Duck) else first_duck(raw, deeper(depth)) if isinstance(raw, (list, tuple)) else None
        if found is not None:
            return found
    return None


def seen(x: Any) -> Any:
    """The numbers of a box, or of all examples of a batch."""
    raw = raw_of(x)
    return raw.numbers() if isinstance(raw, Duck) else raw


ARRAY = (np.ndarray, np.bool_, np.float64, np.float32, np.float16)


def stack_boxes(x: Any, depth: int = 0) -> Any:
    """A list or tuple as one array; boxes in it are stacked, so that `mean([loss, other])` has a gradient."""
    box = first_box(x)
    if box is None:
        return plain(np.asarray(refuse_several(x)))
    parts = [stack_boxes(part, deeper(depth)) if isinstance(part, (list, tuple)) else part for part in x]
    return box._call(REGISTRY[np.stack], (parts,), {})
