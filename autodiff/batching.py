"""vmap: a function of one example, on a batch of them."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff.boxes.tensor import Tensor
from autodiff.core.batched import OF_BATCH, TO_BATCH, Batched
from autodiff.core.box import Box, first_box
from autodiff.core.dispatch import apply
from autodiff.core.external import as_array, released
from autodiff.core.levels import batch_level, levels
from autodiff.core.listening import current
from autodiff.core.op import Op
from autodiff.failures.arguments import function_given
from autodiff.failures.nesting import brief, deeper
from autodiff.tape import nested
from autodiff.tape.results import unboxed

__all__ = ["random_draw", "vmap"]


def vmap(function: Callable[..., Any], in_axes: Any = 0, out_axes: Any = 0) -> Callable[..., Any]:
    """The function of one example, made a function of a batch: of arrays with one more axis.

    It runs once, on all examples at a time, where each operation has a rule for batches, and example by example where one
    has none. It composes with `grad`, `jacobian`, tapes inside and outside, and itself.

    Parameters
    ----------
    function : callable
        Takes and returns arrays and boxes, or nested lists, tuples and dicts of them.
    in_axes : int, None, or nested
        The axis of the batch in every argument, or one entry an argument: an int, None where the argument is the same for
        all examples, or a structure like the argument. Keyword arguments have their batch along axis 0.
    out_axes : int, None, or nested
        Where the results have the batch; None for a result that is the same for all examples.

    Returns
    -------
    callable
        Its results are plain arrays if no argument is a box and no open tape follows them, and Tensors otherwise.

    Raises
    ------
    ValueError
        If the arguments have no batch, or batches of different sizes.
    TypeError
        For what needs the numbers of one example, such as `if x > 0`: use np.where.

    Examples
    --------
    The gradient of each example, not of their sum:

    >>> import numpy as np, autodiff as ad
    >>> slopes = ad.vmap(ad.grad(lambda w, x: (w @ x) ** 2), in_axes=(None, 0))
    >>> slopes(np.array([1.0, 2.0]), np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]))
    array([[2., 0.],
           [0., 4.],
           [6., 6.]])
    """

    @functools.wraps(function_given(function, "vmap"))
    def mapped(*args: Any, **kwargs: Any) -> Any:
        inputs = nested.leaves([list(args), kwargs])
        axes = [*_axes_of(list(args), in_axes if isinstance(in_axes, (tuple, list)) else [in_axes] * len(args)),
                *_axes_of(kwargs, 0)]  # fmt: skip
        with batch_level(_batch_size(inputs, axes)) as level:
            fresh = [x if axis is None else _enter(x, axis, level) for x, axis in zip(inputs, axes)]
            new_args, new_kwargs = nested.like([list(args), kwargs], fresh)
            result = function(*new_args, **new_kwargs)
            places = _axes_of(result, out_axes)
            outputs = [_leave(y, axis, level) for y, axis in zip(nested.leaves(result), places)]
        plain = not any(isinstance(x, Box) for x in inputs)
        return nested.like(result, [unboxed(y) for y in outputs] if plain else outputs)

    return mapped


def _axes_of(structure: Any, axes: Any, depth: int = 0) -> list[Any]:
    """An axis for each leaf of the structure: `axes` is one for all, or a structure that begins like it."""
    if axes is None or isinstance(axes, int):
        return [axes] * len(nested.leaves(structure))
    if isinstance(structure, dict) and isinstance(axes, dict):
        return [axis for key in structure for axis in _axes_of(structure[key], axes[key], deeper(depth))]
    if not isinstance(structure, (list, tuple)) or len(structure) != len(axes):
        parts = f"a {type(structure).__name__} of {len(structure)}" if hasattr(structure, "__len__") else repr(structure)
        raise ValueError(f"vmap was given the axes {brief(axes)} for {parts}: give one for all, or one for each.")
    return [axis for part, own in zip(structure, axes) for axis in _axes_of(part, own, deeper(depth))]


def _batch_size(inputs: list[Any], axes: list[Any]) -> int:
    sizes = {}
    for x, axis in zip(inputs, axes):
        if axis is not None:
            shape = np.shape(x)
            if not -len(shape) <= axis < len(shape):
                raise ValueError(f"vmap maps over axis {axis}, but an argument has shape {shape}; say in_axes=None for it.")
            sizes[shape[axis]] = shape
    if not sizes:
        raise ValueError("vmap needs at least one argument with a batch: in_axes is None for all of them.")
    if len(sizes) > 1:
        raise ValueError(f"The arguments of vmap have batches of different sizes: shapes {sorted(sizes.values())}.")
    return int(next(iter(sizes)))


def _enter(x: Any, axis: int, level: Any) -> Any:
    """An argument as one example of it."""
    box: Any = x if isinstance(x, Box) else Tensor(released(as_array(x)))
    return TO_BATCH((np.moveaxis(box, axis, 0) if axis else box,), {"level": level})


def _leave(y: Any, axis: Any, level: Any) -> Any:
    """A result with its batch along an axis."""
    box = y if isinstance(y, Box) else Tensor(y if isinstance(y, Batched) else released(as_array(y)))
    if axis is None:
        if isinstance(box._raw(), Batched) and box._raw().level is level:
            raise ValueError("A result of vmap depends on the example, so its out_axes can't be None.")
        return box
    whole = OF_BATCH((box,), {"level": level})
    return np.moveaxis(whole, 0, axis) if axis else whole


def random_draw(draw: Callable[..., Any], shape: Any, *args: Any, **kwargs: Any) -> Any:
    """`draw(*args, size=shape, **kwargs)`, drawn by a method of a numpy Generator, such as `rng.random`.

    Functions that draw numbers, such as Dropout, draw them here: then recorders hear of it, and inside `vmap` each example
    gets numbers of its own.

    Parameters
    ----------
    draw : callable
        A method of a numpy Generator.
    shape : int or tuple of ints
        Of the result.
    *args, **kwargs
        Passed on to `draw`.

    Returns
    -------
    array
        Of that shape and of the dtype that `draw` gives. Inside `vmap` it is a batch of such arrays.

    Examples
    --------
    >>> import numpy as np
    >>> random_draw(np.random.default_rng(0).integers, 3, 10, 20)
    array([18, 16, 15])
    """
    if first_box((*args, *kwargs.values())) is not None:
        raise TypeError(
            "What random_draw passes on has no derivative, so that gradient would be lost: draw standard numbers, and "
            "compute mean + deviation * draw."
        )
    function_given(draw, "random_draw", "draw")
    size = (*[level.size for level in levels()], *(operator.index(n) for n in np.atleast_1d(shape).tolist()))
    drawn = functools.partial(draw, *args, size=size, **kwargs)
    graph = current()
    if graph is not None and graph.record_all:  # to a trace it is an op: replayed, it draws anew
        for recorder in graph.recorders:
            getattr(recorder, "keep_state", _forget)(draw)
        result = apply(Op("random", drawn, lambda: _in_batches(drawn()), 0), Tensor(0.0), (), {})
    else:
        result = _in_batches(drawn())
    if graph is not None:
        graph.tell(graph.recorders, "on_random", drawn, result)
    return result


def _forget(draw: Any) -> None:
    """What a recorder does before a draw that it does not want to take back."""


def _in_batches(numbers: Any) -> Any:
    for level in levels():
        numbers = Batched(numbers, level)
    return numbers
