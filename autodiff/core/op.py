"""What an operation is: a forward function, its derivatives, and every other fact about it."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

from autodiff.core.box import Box, first_box, strip
from autodiff.core.dtypes import carries_gradient
from autodiff.core.duck import Duck
from autodiff.core.which_library import is_external
from autodiff.failures.errors import in_words
from autodiff.failures.keywords import argument_names, keywords_of, meant

everything_recorded: Final[ContextVar[bool]] = ContextVar("whether a trace is recording everything", default=False)
Function = Callable[..., Any]
Inputs = tuple[Any, ...]
Params = dict[str, Any]


@dataclass(frozen=True, eq=False, repr=False)
class Op:
    """One operation and all facts about it. `rule` in the registry makes it and explains the fields."""

    name: str
    function: Any  # as the caller knows it
    forward: Any  # computes the output from (*inputs, **params)
    arity: int  # the number of inputs; for `variadic` and zero-derivative functions it is not used
    vjps: tuple[Any, ...] = ()  # one rule per input in flat form, None for a constant
    joint_vjp: Any = None  # or one rule for all inputs: (g, y, *inputs, **params) -> a part, or None, for each
    variadic: Any = None  # or one rule for any number of inputs: (k, g, y, *inputs, **params) -> the part of input k
    params: tuple[str, ...] = ()  # the names of the arguments after the inputs
    bind: Any = None  # maps the caller's arguments to (inputs, params)
    scalar: Any = None  # the forward for plain floats
    linear: bool = False  # in each input, while the others are held
    elementwise: bool = False  # a number of the output depends on one number of each input
    batch: Any = None  # how it computes on a batch: see core/batch_kinds.py
    symbol: str = ""  # the sign that a person writes for it
    label: str = ""  # its name in pictures, where it differs from `name`
    definition: Any = None  # how it computes on scalars, where `function` can't run on an array of them
    differentiable: bool = True  # False for functions of derivative zero everywhere
    fresh: bool = False  # the output is a new array, which the user may write into
    entered: bool = False  # stands in the registry, for ever; an op of the user's may hold arrays, and is not kept
    internal: bool = False  # the engine's own: boxes and other rules use it, users do not
    takes_complex: bool = False  # its rules are right for complex numbers too; see core/dtypes.py
    keeps_nan: Any = False  # NaN in, NaN out, and only numpy's ufuncs compute; or a function of the inputs that says so
    view: bool = False  # the output may be a view of the input, an array of the same memory
    into: Any = None  # (out, *inputs, scratch, **params) -> the calls of numpy that compute the output into `out`; None: none
    activation: bool = False  # an activation of nn: right after a layer, pictures draw it as part of that layer
    reads: Any = None  # (y, x) -> those numbers of the only input that its rule takes, in order; None: none
    add_into: Any = None  # (total, g, **params): adds the contribution to the only input to an array, in place

    def vjp(self, k: int) -> Any:
        """The rule of input k, None for a constant. An op with a joint rule has none."""
        if self.variadic is not None:
            return functools.partial(self.variadic, k)
        return self.vjps[k] if k < len(self.vjps) else None

    def split(self, args: Inputs, kwargs: Params) -> tuple[Inputs, Params]:
        """The caller's arguments as (the inputs, which may carry gradients; everything else, by name)."""
        if self.bind is not None:
            known = keywords_of(self.bind)
            inputs, params = self.bind(*args, **(meant(self.name, self.function, known, kwargs) if known else kwargs))
            return tuple(inputs), params
        if len(args) == self.arity or not self.differentiable:
            return args, kwargs
        names = argument_names(self.function)
        if self.arity < len(args) <= len(names) and kwargs.keys().isdisjoint(names[: len(args)]):  # a tenth of the time below
            return args[: self.arity], {**dict(zip(names[self.arity :], args[self.arity :])), **kwargs}
        try:
            bound = inspect.signature(self.function).bind(*args, **kwargs).arguments
        except TypeError as error:
            raise TypeError(f"{self.name}() {error}") from None
        except ValueError:  # a builtin of numpy before 2.4 has no signature
            raise TypeError(f"{self.name} needs {self.arity} inputs, but got {len(args)}.") from None
        inputs = tuple(bound)[: self.arity]
        if len(inputs) < self.arity:
            raise TypeError(f"{self.name} needs {self.arity} inputs, but got {len(inputs)}.")
        return tuple(bound[name] for name in inputs), {k: v for k, v in bound.items() if k not in inputs}

    def known(self, params: Params) -> Params:
        """The params that mean something to the rule. TypeError for a keyword without a rule, and for a tracked number that
        the rule would treat as a constant: better now than when the gradient is asked for."""
        if self.differentiable:
            params = meant(self.name, self.function, self.params, params)
        return constants(self.name, params, self.differentiable)

    def call(self, like: Box, args: Inputs, kwargs: Params) -> Any:
        """The op of what the user gave, `like` among it."""
        y = like._call(self, args, kwargs)
        return y._fresh() if self.fresh and isinstance(y, Box) else y

    def __call__(self, args: Inputs, kwargs: Params) -> Any:
        """Raw in, raw out; tracked in, tracked out."""
        first = args[0] if args else None
        if isinstance(first, Box):
            return self.call(first, args, kwargs)
        if type(first) is float and len(args) == 1 == self.arity and not kwargs and self.scalar is not None:
            try:
                return self.scalar(first)
            except (ArithmeticError, ValueError):  # where Python raises, numpy has an infinity or NaN
                return float(self.forward(first))
        box = first_box((*args, *kwargs.values()))
        if box is not None:
            return self.call(box, args, kwargs)
        if any(map(is_external, args)):
            from autodiff.core.plain_calls import called_there  # only now: it imports this module

            return called_there(self, args, kwargs)
        try:
            if self.forward is self.function and not any(isinstance(x, Duck) for x in args):
                return self.function(*args, **kwargs)
            inputs, params = self.split(args, kwargs)
            for x in inputs:
                if isinstance(x, Duck):
                    return x.run(self, inputs, params)
            return self.forward(*inputs, **params)
        except Exception as error:
            raise in_words(error, self)  # noqa: B904 - it has its cause

    def __repr__(self) -> str:
        return f"<op {self.name}>"


def constants(name: str, params: Params, differentiable: bool = True) -> Params:
    """The params without boxes. TypeError for a box whose gradient or number would be lost."""
    boxes = {key: value for key, value in params.items() if isinstance(value, Box)}
    for key, value in boxes.items():
        if differentiable and (carries_gradient(value._raw()) or everything_recorded.get()):
            traced = everything_recorded.get()
            lost = "that number would be frozen in the trace" if traced else "that gradient would be lost"
            raise TypeError(
                f"{name} has no derivative with respect to {key}, so {lost}; "
                f"pass plain numbers: {key}={type(value).__name__.lower()}.numpy()."
            )
    return {**params, **strip(boxes)} if boxes else params
