"""Functions whose derivative the user states: custom_gradient, and what follows from it.

One mechanism serves all: a call becomes one op, made for it, whose rule is the user's function.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from autodiff.boxes.constant import convert_to_tensor
from autodiff.core.box import Box
from autodiff.core.door import apply, first_array
from autodiff.core.log import active
from autodiff.core.op import Op
from autodiff.core.plumbing import identity
from autodiff.tape import Tape, tree

__all__ = ["custom_gradient", "grad_pass_through", "recompute_grad", "stop_gradient"]

Function = Callable[..., Any]


def custom_gradient(function: Function | None = None) -> Any:
    """A decorator for a function f that returns (y, grad), where grad(upstream) returns the gradient of every argument.

    `upstream` is the cotangent of y (one for each output if y is a tuple). If f reads trainable Variables that are not
    among its arguments, grad takes a keyword `variables`, the list of them in order of creation, and returns (gradients of
    the arguments, gradients of the variables). A gradient may be None: that argument is a constant. Written in
    operations, grad can be differentiated again. As `tf.custom_gradient`, but keywords may be used and shapes are checked.

    Raises TypeError if f does not return a pair or grad lacks `variables`, ValueError for gradients of the wrong number
    or shape.

    >>> from autodiff import Tape, Value, custom_gradient
    >>> @custom_gradient
    ... def clipped(x):  # the identity, with a gradient of at most 1
    ...     return x, lambda upstream: np.clip(upstream, -1.0, 1.0)
    >>> x = Value(3.0)
    >>> with Tape() as tape:
    ...     y = clipped(x) * 100.0
    >>> tape.gradient(y, x)
    Value(1.0)
    """
    if function is None:
        return custom_gradient
    signature = inspect.signature(function)

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        inputs = [x for x in tree.leaves([bound.args, bound.kwargs]) if isinstance(x, Box)]
        fresh = {id(x): identity(x) for x in inputs}  # inner operations end at these
        swap = tree.map_tree(lambda x: fresh.get(id(x), x), [list(bound.args), bound.kwargs])
        with Tape() as inner:  # hears which variables f reads; what it records is dropped
            pair = function(*swap[0], **swap[1])
        if not (isinstance(pair, tuple) and len(pair) == 2 and callable(pair[1])):
            raise TypeError(f"{function.__name__} must return (result, grad function), but returned {type(pair).__name__}.")
        mine = {id(x) for x in fresh.values()}
        variables = [v for v in inner.watched_variables() if id(v) not in mine]

        def replay(*raws: Any) -> Any:
            """The result for other numbers, as the gradient check asks for it."""
            kept = [v.raw() for v in variables]
            for v, raw in zip(variables, raws[len(inputs) :]):
                v.assign(raw)
            other = {id(x): convert_to_tensor(raw) for x, raw in zip(inputs, raws)}
            swap = tree.map_tree(lambda x: other.get(id(x), x), [list(bound.args), bound.kwargs])
            y = function(*swap[0], **swap[1])[0]
            for v, raw in zip(variables, kept):
                v.assign(raw)
            return _raw(y)

        return _record(function.__name__, replay, pair[0], pair[1], inputs, variables)

    return call


def _raw(y: Any) -> Any:
    """The data of the results; whole numbers (of `round`, say) as floats."""
    return tree.map_tree(lambda part: part.raw() if isinstance(part, Box) else part + 0.0, y)


def _record(name: str, replay: Function, y: Any, grad: Function, inputs: list[Any], variables: list[Any]) -> Any:
    """y as the output of one op of (inputs, variables), whose rule is `grad`."""
    takes_variables = "variables" in inspect.signature(grad).parameters
    if variables and not takes_variables:
        names = ", ".join(v.name or "unnamed" for v in variables)
        raise TypeError(f"{name} reads the variables {names}: its grad function must accept a keyword argument 'variables'.")
    count = len(inputs)

    def all_parts(g: Any) -> list[Any]:
        upstream = [_boxed(part) for part in (g if isinstance(g, tuple) else (g,))]
        answer = grad(*upstream, variables=variables) if takes_variables else grad(*upstream)
        own, others = answer if takes_variables else (answer, [])
        own = list(own) if isinstance(own, (list, tuple)) else [own]
        if len(own) != count or len(others) != len(variables):
            expected, got = count + len(variables), len(own) + len(others)
            raise ValueError(f"{name}: its grad function was expected to return {expected} gradients, but returned {got}.")
        return own + list(others)

    memo: list[Any] = []

    def rule_for(k: int) -> Function:
        def rule(g: Any, out: Any, *xs: Any) -> Any:
            if not (memo and memo[0] is g):  # the sweep asks input by input, for the same g
                memo[:] = [g, all_parts(g)]
            part, shape = memo[1][k], np.shape(xs[k])
            if part is None:
                return np.zeros(shape)
            if np.shape(part) != shape:
                raise ValueError(f"{name}: the gradient of argument {k} has shape {np.shape(part)}, not {shape}.")
            return part if active() is not None or not isinstance(part, Box) else part.raw()

        return rule

    everything = [*inputs, *variables]
    raw = _raw(y)
    op = Op(name, replay, lambda *xs: raw, tuple(rule_for(k) for k in range(len(everything))), len(everything))
    return apply(op, first_array(everything, everything[0]), tuple(everything), {}) if everything else y


def _boxed(g: Any) -> Any:
    return g if isinstance(g, (Box, float)) else convert_to_tensor(g)


def stop_gradient(x: Any) -> Any:
    """x itself, as a constant: no gradient flows through it.

    >>> from autodiff import Tape, Value
    >>> x = Value(3.0)
    >>> with Tape() as tape:
    ...     y = x * stop_gradient(x)
    >>> tape.gradient(y, x)
    Value(3.0)
    """
    return tree.map_tree(lambda part: part.wrap(part.raw()) if isinstance(part, Box) else part, x)


def grad_pass_through(function: Function) -> Function:
    """The function with the derivative of the identity: a straight-through estimator, for `round` and the like.

    >>> from autodiff import Tape, Value
    >>> x = Value(2.6)
    >>> with Tape() as tape:
    ...     y = grad_pass_through(round)(x) * 10.0
    >>> float(y), tape.gradient(y, x)
    (30.0, Value(10.0))
    """

    @custom_gradient
    def through(x: Any) -> Any:
        return function(x), lambda upstream: upstream

    return wraps(function)(through)


def recompute_grad(function: Function) -> Function:
    """The function, which runs again when its gradient is asked for instead of keeping what it computed: memory for time.

    >>> from autodiff import Tape, Value
    >>> x = Value(2.0)
    >>> with Tape() as tape:
    ...     y = recompute_grad(lambda x: x * x * x)(x)
    >>> tape.gradient(y, x)
    Value(12.0)
    """

    @wraps(function)
    @custom_gradient
    def again(*args: Any) -> Any:
        def grad(*upstream: Any, variables: Any = ()) -> Any:
            with Tape(persistent=True) as tape:
                fresh = [identity(x) if isinstance(x, Box) else x for x in args]
                tape.watch([x for x in fresh if isinstance(x, Box)])
                y = function(*fresh)
            sources = [[x for x in fresh if isinstance(x, Box)], list(variables)]
            seed = upstream[0] if isinstance(y, Box) else list(upstream)
            return tape.gradient(y, sources, seed, unconnected_gradients="zero")

        return function(*args), grad

    return again
