"""What an operation is: a forward function beside its derivatives."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff.core.box import Box

COMPLEX = (
    "complex numbers have no derivative here; compute with the real and the imaginary part, two real arrays, "
    "or do what is complex to constants."
)
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
        linear: bool = False,
    ) -> None:
        self.name = name
        self.function: Any = function  # as the caller knows it
        self.forward: Any = forward
        self.vjps = vjps  # to be indexed by an input's number: (g, y, *inputs, **params), or None for a constant
        self.arity = arity
        self.params = params  # the names of the arguments after the inputs
        self.scalar: Any = scalar
        self.adapt: Any = adapt
        self.linear = linear  # in each input, while the others are held
        ufunc = isinstance(function, np.ufunc) and function.signature is None and function.nout == 1
        self.elementwise = bool(ufunc) or scalar is not None  # a number of y depends on one number of each input
        self.names: tuple[str, ...] = ()  # of all the function's arguments, read when a call first needs them

    def known(self, params: Params) -> Params:
        """The params without those that are None and mean nothing to the rule (`out=None`). TypeError for the other
        strangers, and for a number that a tape may follow: better now than when the gradient is asked for."""
        for name, value in params.items():
            if name not in self.params:
                if value is None:
                    return self.known({k: v for k, v in params.items() if k != name})
                known = ", ".join(self.params) or "none"
                raise TypeError(f"{self.name} of a tracked array does not take {name}=; the keywords with a rule: {known}.")
            if isinstance(value, Box) and carries_gradient(value.raw()):
                raise TypeError(
                    f"{self.name} has no derivative with respect to {name}, so that gradient would be lost; "
                    f"pass plain numbers: {name}={type(value).__name__.lower()}.numpy()."
                )
        return params

    def split(self, args: Inputs, kwargs: Params) -> tuple[Inputs, Params]:
        """The caller's arguments as (the inputs, which may carry gradients; everything else, by name)."""
        if self.adapt is not None:
            inputs, params = self.adapt(*args, **kwargs)
            return tuple(inputs), params
        if len(args) == self.arity:
            return args, kwargs
        if not self.names:
            self.names = tuple(inspect.signature(self.function).parameters)
        if self.arity < len(args) <= len(self.names):  # as below, at a tenth of its time
            return args[: self.arity], {**dict(zip(self.names[self.arity :], args[self.arity :])), **kwargs}
        bound = inspect.signature(self.function).bind(*args, **kwargs).arguments
        names = tuple(bound)[: self.arity]
        if len(names) < self.arity:
            raise TypeError(f"{self.name} needs {self.arity} inputs, but got {len(names)}.")
        return tuple(bound[name] for name in names), {k: v for k, v in bound.items() if k not in names}

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


def carries_gradient(y: Any) -> bool:
    """Whether data of this type can have a gradient: floats can, integers and booleans not. TypeError for complex numbers,
    whose derivative is another subject."""
    if type(y) is float or y.dtype.kind == "f":
        return True
    if y.dtype.kind == "c":
        raise TypeError(COMPLEX)
    return False


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
