"""Functions whose derivative the user states: custom_gradient, and what follows from it.

One mechanism serves all: a call becomes one op, made for it, whose rule is the user's function.
"""

from __future__ import annotations

import inspect
from bisect import bisect_left
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from autodiff.boxes.tensor import Tensor
from autodiff.boxes.variable import convert_to_tensor
from autodiff.core.batched import Batched, of_itself
from autodiff.core.box import Box, first_array, raw_of
from autodiff.core.dispatch import apply, escape
from autodiff.core.dtypes import conjugate
from autodiff.core.escapes import is_replayed, no_escape
from autodiff.core.graph import Graph
from autodiff.core.listening import active
from autodiff.core.op import Op, everything_recorded
from autodiff.core.structural import identity
from autodiff.failures.arguments import function_given, takes
from autodiff.rules.shapes import STOPPED
from autodiff.tape import Tape, nested

__all__ = ["custom_gradient", "grad_pass_through", "recompute_grad", "stop_gradient"]

Function = Callable[..., Any]


def custom_gradient(function: Function | None = None) -> Any:
    """A decorator for a function f that returns (y, grad), where grad(upstream) returns the gradient of every argument.

    It is `tf.custom_gradient`, but keywords may be used and shapes are checked.

    Parameters
    ----------
    function : callable
        f. `upstream` is the cotangent of y (one for each output if y is a tuple). A gradient may be None: that argument is a
        constant. If f reads trainable Variables that are not among its arguments, grad takes a keyword `variables`, the list
        of them in order of creation, and returns (gradients of the arguments, gradients of the variables).

    Returns
    -------
    callable
        It takes the arguments of f and returns y. If grad is written in operations, it can be differentiated again.

    Raises
    ------
    TypeError
        If f does not return a pair, or grad lacks `variables`.
    ValueError
        For gradients of the wrong number or shape, when they are asked for.

    Examples
    --------
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
    signature = inspect.signature(function_given(function, "custom_gradient"))

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        inputs = [x for x in nested.leaves([bound.args, bound.kwargs]) if isinstance(x, Box)]
        fresh = {id(x): identity(x) for x in inputs}  # inner operations end at these
        swap = nested.map_tree(lambda x: fresh.get(id(x), x), [list(bound.args), bound.kwargs])
        graph = active()
        start = 0 if graph is None else len(graph.nodes)
        with no_escape(), Tape(escapes="allow") as inner:  # hears which variables f reads; what it records is dropped
            pair = function(*swap[0], **swap[1])
        if not (isinstance(pair, tuple) and len(pair) == 2 and callable(pair[1])):
            raise TypeError(f"{function.__name__} must return (result, grad function), but returned {type(pair).__name__}.")
        mine = {id(x) for x in fresh.values()}
        variables = [v for v in inner.watched_variables() if id(v) not in mine]
        _refuse_captured(function, pair[0], start, [*fresh.values(), *variables])

        def replay(*raws: Any) -> Any:
            """The result for other numbers, as the gradient check and a replay of the graph ask for it."""
            kept = [raw_of(v) for v in variables]
            for v, raw in zip(variables, raws[len(inputs) :]):
                v.assign(raw)
            other = {id(x): convert_to_tensor(raw) for x, raw in zip(inputs, raws)}
            swap = nested.map_tree(lambda x: other.get(id(x), x), [list(bound.args), bound.kwargs])
            y = function(*swap[0], **swap[1])[0]
            for v, raw in zip(variables, kept):
                v.assign(raw)
            return _plain(y)

        return _recorded(function, replay, pair[0], pair[1], inputs, variables)

    return call


def _refuse_captured(function: Function, y: Any, start: int, known: list[Any]) -> None:
    """TypeError if the results depend on something that was recorded before the call and is not among its arguments."""
    graph = active()
    boxes = [box for box in nested.leaves(y) if isinstance(box, Box)]
    if graph is None or not boxes:
        return
    waiting = [graph.find(box) for box in boxes]
    seen: set[int] = set()
    while waiting:
        index = waiting.pop()
        if index < 0 or index in seen or any(_stands_at(graph, x, index) for x in known):
            continue
        seen.add(index)
        node = graph.node(index)
        if index < start or node.op is None:
            raise TypeError(
                f"{function.__name__} uses {graph.box(index)!r:.60}, which was computed outside of it and is not among its "
                "arguments, so that gradient would be lost. Pass it as an argument."
            )
        waiting += node.parents


def _stands_at(graph: Graph, box: Box, index: int) -> bool:
    leaf = graph.leaves.get(id(box))
    if leaf is None:
        return graph.find(box) == index
    k = bisect_left(leaf.later, index)
    return index == leaf.first or (k < len(leaf.later) and leaf.later[k] == index)


def _plain(y: Any) -> Any:
    """The data of the results; whole numbers (of `round`, say) as floats."""
    return nested.map_tree(lambda part: raw_of(part) if isinstance(part, Box) else part + 0.0, y)


def _recorded(function: Function, replay: Function, y: Any, grad: Function, inputs: list[Any], variables: list[Any]) -> Any:
    """y as the output of one op of (inputs, variables), whose joint rule is `grad`."""
    name = function.__name__
    takes_variables = takes(grad, "variables")
    if variables and not takes_variables:
        names = ", ".join(v.name or "unnamed" for v in variables)
        raise TypeError(f"{name} reads the variables {names}: its grad function must accept a keyword argument 'variables'.")
    graph = active()
    traced = nested.leaves(y) if graph is not None and is_replayed(graph) else []  # in a trace y is there: it is an input too
    everything = [*inputs, *variables, *traced]
    if not everything:
        return y

    def joint(g: Any, out: Any, *xs: Any) -> list[Any]:
        upstream = [conjugate(_boxed(part)) for part in (g if isinstance(g, tuple) else (g,))]
        answer = grad(*upstream, variables=variables) if takes_variables else grad(*upstream)
        own, others = answer if takes_variables else (answer, [])
        parts = [*(own if isinstance(own, (list, tuple)) else [own]), *others, *[None] * len(traced)]
        if len(parts) != len(xs):
            raise ValueError(
                f"{name}: its grad function was expected to return {len(xs)} gradients, but returned {len(parts)}."
            )
        for k, (part, x) in enumerate(zip(parts[: len(xs) - len(traced)], xs)):
            if part is not None and np.shape(part) != np.shape(x):
                raise ValueError(f"{name}: the gradient of argument {k} has shape {np.shape(part)}, not {np.shape(x)}.")
            parts[k] = conjugate(part)
        return parts if active() is not None else [part if part is None else raw_of(part) for part in parts]

    computed = [_plain(y)]

    def forward(*xs: Any) -> Any:
        if traced:
            return nested.like(y, list(xs[-len(traced) :]))
        return computed.pop() if computed else replay(*xs)

    op = Op(name, function, forward, len(everything), joint_vjp=joint, batch=of_itself, takes_complex=True)
    return apply(op, first_array(everything, everything[0]), tuple(everything), {})


def _boxed(g: Any) -> Any:
    return g if isinstance(g, (Box, float)) else Tensor(g) if isinstance(g, Batched) else convert_to_tensor(g)


def stop_gradient(x: Any) -> Any:
    """x itself, as a constant: no gradient flows through it. Boxes in lists, tuples and dicts are replaced too.

    Examples
    --------
    >>> from autodiff import Tape, Value
    >>> x = Value(3.0)
    >>> with Tape() as tape:
    ...     y = x * stop_gradient(x)
    >>> tape.gradient(y, x)
    Value(3.0)
    """
    return nested.map_tree(lambda part: _stopped(part) if isinstance(part, Box) else part, x)


def _stopped(box: Box) -> Box:
    escape(box, "stop_gradient")
    return apply(STOPPED, box, (box,), {}) if everything_recorded.get() else box._wrap(box._raw())


def grad_pass_through(function: Function) -> Function:
    """The function with the derivative of the identity: a straight-through estimator, for `round` and the like.

    The function takes one argument, and its result has the shape of the argument.

    Examples
    --------
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

    return wraps(function_given(function, "grad_pass_through"))(through)


def recompute_grad(function: Function) -> Function:
    """The function, which runs again when its gradient is asked for instead of keeping what it computed: memory for time.

    The function takes boxes as positional arguments, and must return the same result each time.

    Examples
    --------
    >>> from autodiff import Tape, Value
    >>> x = Value(2.0)
    >>> with Tape() as tape:
    ...     y = recompute_grad(lambda x: x * x * x)(x)
    >>> tape.gradient(y, x)
    Value(12.0)
    """

    @wraps(function_given(function, "recompute_grad"))
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
