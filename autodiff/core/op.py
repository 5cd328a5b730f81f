"""What an operation is: a forward function beside its derivatives."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from autodiff.core.box import Box

Function = Callable[..., Any]
Inputs = tuple[Any, ...]
Params = dict[str, Any]


class Op:
    """One operation, as `rule` in the next room describes it."""

    def __init__(
        self,
        name: str,
        function: Function,
        forward: Function,
        vjps: Any,
        arity: int,
        params: tuple[str, ...] = (),
        scalar: Function | None = None,
        adapt: Function | None = None,
    ) -> None:
        self.name = name
        self.function: Any = function  # as the caller knows it
        self.forward: Any = forward
        self.vjps = vjps  # to be indexed by an input's number: (g, y, *inputs, **params), or None for a constant
        self.arity = arity
        self.params = params  # the names of the arguments after the inputs
        self.scalar: Any = scalar
        self.adapt: Any = adapt

    def check(self, params: Params) -> None:
        """TypeError for a keyword that the derivative does not know: better now than when the gradient is asked for."""
        for name in params:
            if name not in self.params:
                known = ", ".join(self.params) or "none"
                raise TypeError(f"{self.name} of a tracked array does not take {name}=; the keywords with a rule: {known}.")

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
        bound = inspect.signature(self.function).bind(*args, **kwargs).arguments
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
