"""`function`: the decorator that makes a Function of a Python function."""

from __future__ import annotations

from collections.abc import Callable

from autodiff.failures.arguments import function_given
from autodiff.functions.function import Function
from autodiff.functions.jit import loops
from autodiff.functions.program import Raw


def function(
    python_function: Callable[..., Raw] | None = None, *, static: str | tuple[str, ...] = (), guards: bool = False,
    fast: bool = False, fallback: bool = False, trusted: bool = False, jit: bool = False,
) -> Raw:  # fmt: skip
    """A decorator: the function is traced once for each signature, and its program runs from then on. The results are the same
    to the last bit.

    The trace runs the Python function once and hears everything that it does: the forward computation, `tape.gradient`,
    `assign`, the updates of an optimizer, random draws. The program does the same to other numbers, with numpy's functions,
    in arrays that are kept from call to call.

    Parameters
    ----------
    python_function : callable
        Its arguments are arrays, floats, boxes, nested lists and dicts of these, and static arguments. Inside, arrays are
        Tensors and floats are Values, whatever was passed. Variables may also be read from outside.
    static : str or tuple of str
        The names of arguments that are the same for a program: each value is traced. Whole numbers, bools, strings and None
        are static anyway.
    guards : bool
        Python may read traced numbers, as in `if loss > 3.0`. The program then holds while they come out as in the trace. It
        checks that before it changes a Variable; otherwise the function is traced again. Without guards that is an error.
    fast : bool
        Products may be reassociated, which changes the last bits.
    fallback : bool
        What can't be traced is no error: the Python function itself runs, at this call and all later ones, and `refusal` says
        why. The second call is traced too, and a program is replayed when two traces did the same, and Python drew no random
        numbers in them. (`guards` has no meaning then.)
    trusted : bool
        With a fallback: the Python code is known to give the same program each time, so one trace is enough.
    jit : bool
        A program of nothing but Values is run by numba, in about four fifths of the time, once numba has compiled its two
        loops: that takes a second, and is kept in a file. Other programs run as ever.

    Returns
    -------
    Function
        It is called like the Python function. `program()` is its program, to print; `traces` counts the traces, and `reasons`
        says why there were several; `save(path)` writes its last program to a file.

    Raises
    ------
    NotTraceable
        By the call that traces, for what can't be replayed: the message has the line, and what to write instead.
    ImportError
        If numba is asked for and not installed: it is the extra `jit`.

    Notes
    -----
    While somebody listens (a tape, a recorder, `ad.debug`), inside `vmap`, and inside another traced function, the Python
    function itself runs. So derivatives of it are right, and `check_gradients`, `jacobian`, `vmap` and `draw` take it.

    A program of nothing but Values runs as steps of the engine. Once it was traced with floats, `vmap` of it runs these.

    Python numbers and plain arrays that the function reads from outside are constants of the program.

    Examples
    --------
    >>> import numpy as np, autodiff as ad
    >>> w = ad.Variable([1.0, 2.0], name="w")
    >>> @ad.function
    ... def step(x, rate):
    ...     with ad.Tape() as tape:
    ...         loss = np.sum((w * x) ** 2)
    ...     w.assign_sub(rate * tape.gradient(loss, w))
    ...     return loss
    >>> step(np.array([1.0, 1.0]), 0.1), step(np.array([1.0, 2.0]), 0.1), step.traces
    (Tensor(5.), Tensor(10.88), 1)
    """
    names = (static,) if isinstance(static, str) else tuple(static)
    if jit:
        loops()  # or say now that numba is not installed

    def decorated(given: Callable[..., Raw]) -> Function:
        return Function(function_given(given, "function"), names, guards and not fallback, fast, fallback, trusted, jit)

    return decorated if python_function is None else decorated(python_function)
