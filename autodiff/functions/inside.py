"""What a function may ask for while it is traced: whether it is, what Python says at each call, what happens once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from autodiff.core.box import Box, strip
from autodiff.core.dispatch import apply, escape_of
from autodiff.core.external import held, released
from autodiff.core.listening import current, unheard
from autodiff.core.op import Op
from autodiff.failures.arguments import function_given, sequence_given
from autodiff.functions.program import Raw
from autodiff.functions.trace import Trace
from autodiff.scalar.value import result


def open_trace() -> Trace | None:
    """The trace that listens now, if one does."""
    graph = current()
    return None if graph is None else next((r for r in graph.recorders if isinstance(r, Trace)), None)


def is_tracing() -> bool:
    """Whether a function made by `ad.function` is being traced now: what is computed becomes its program.

    Examples
    --------
    >>> is_tracing()
    False
    """
    return open_trace() is not None


def py_function(function: Callable[..., Raw], *inputs: Raw) -> Raw:
    """What a Python function returns now: a plain number or array. A program calls it at each of its calls, and reads the new
    number: so a step count, a schedule or a clock is an input of the program, and is not frozen. A check of numbers, which
    raises an error, is made at each call too.

    Parameters
    ----------
    function : callable
        Returns a float or an array, of the same shape and dtype each time. It has no derivative.
    *inputs : array_like
        Its arguments. It is given their plain arrays.

    Returns
    -------
    float or array; inside a trace a Value or Tensor

    Examples
    --------
    >>> import numpy as np, autodiff as ad
    >>> rates = iter([0.1, 0.2, 0.3])
    >>> @ad.function
    ... def scaled(x):
    ...     return x * ad.py_function(lambda: next(rates))
    >>> [float(scaled(np.array(1.0))) for _ in range(3)]
    [0.1, 0.2, 0.3]
    """
    function_given(function, "py_function")
    boxes = [x for x in inputs if isinstance(x, Box)]
    if open_trace() is None or (inputs and not boxes):
        escape_of(inputs, "to_numpy")
        return function(*map(released, strip(inputs)))
    op = Op("py_function", function, lambda *raw: held(function(*map(released, raw))), len(inputs), differentiable=False)
    return apply(op, boxes[0] if boxes else result(0.0), inputs, {})


@contextmanager
def init_scope() -> Iterator[None]:
    """What happens inside this block is not traced: it happens once, at the trace, as the making of an optimizer's slots does.
    Numbers may be read. (`tf.init_scope` is this block in TensorFlow.)

    Examples
    --------
    >>> import numpy as np, autodiff as ad
    >>> start = {}
    >>> w = ad.Variable([1.0, 2.0])
    >>> @ad.function
    ... def step(x):
    ...     with ad.init_scope():
    ...         start.setdefault("w", w.numpy())
    ...     w.assign_sub(x)
    >>> step(np.array([1.0, 1.0])), step(np.array([1.0, 1.0])), start["w"]
    (None, None, array([1., 2.]))
    """
    trace = open_trace()
    before = trace is not None and trace.paused
    try:
        if trace is not None:
            trace.paused = True
        with unheard():
            yield
    finally:
        if trace is not None:
            trace.paused = before


def variables_of(items: list[Raw]) -> list[Raw]:
    """The items of a list of arrays, for a function that may be traced: in a trace they are Variables, and what is assigned to
    them is written into the list, at each call of the program. Outside a trace they are the items themselves.

    Optimizers keep their slots in such lists.

    Parameters
    ----------
    items : list of arrays
        The same list at each call.

    Returns
    -------
    list of arrays; inside a trace list of Variables
    """
    trace = open_trace()
    sequence_given(items, "variables_of", "items")
    return list(items) if trace is None else [trace.variable_of(items, k) for k in range(len(items))]
