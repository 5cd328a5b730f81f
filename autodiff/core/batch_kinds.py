"""How ops compute on a batch: the kinds of `batch` facts, of which each covers many ops.

A fact is a function `(op, inputs, flags, params)`. The inputs are raw data, and those that are flagged have the batch as
their first axis; so has what it returns, or each part of a tuple. Whatever a fact does not cover it refuses by NotBatchable:
then the op runs example by example, and an argument that is wrong gets numpy's own error. In a `vmap` of a `vmap` the data
are batches themselves, so facts are written in numpy's functions, and run the op again by `again`.
"""

from __future__ import annotations

import math
import string
from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff.core.duck import Duck
from autodiff.core.op import Params
from autodiff.failures.keywords import argument_names

Fact = Callable[[Any, list[Any], list[bool], Params], Any]


class NotBatchable(TypeError):
    """What ends a computation on a batch that needs the numbers of one example; it is then done example by example."""

    explained = True  # its message says what to do: nothing is added to it


def again(op: Any, inputs: Any, params: Params) -> Any:
    """`op` on raw data, which may still be batches of another level."""
    for x in inputs:
        if isinstance(x, Duck):
            return x.run(op, inputs, params)
    return op.forward(*inputs, **params)


def aligned(inputs: list[Any], flags: list[bool]) -> list[Any]:
    """The inputs with axes of length one put in behind the batch, so that their examples broadcast."""
    ranks = [len(x.shape) - 1 if flag else np.ndim(x) for x, flag in zip(inputs, flags)]
    rank = max(ranks)
    return [
        np.reshape(x, (x.shape[0], *(1,) * (rank - own), *x.shape[1:])) if flag and own < rank else x
        for x, flag, own in zip(inputs, flags, ranks)
    ]


def elementwise(op: Any, inputs: list[Any], flags: list[bool], params: Params) -> Any:
    """Of broadcasting ops: the batch stands before all axes that broadcast."""
    return again(op, aligned(inputs, flags), params)


def as_it_is(op: Any, inputs: list[Any], flags: list[bool], params: Params) -> Any:
    """Of ops of one input that look at no axis, or at the last ones, such as the inverse of each matrix of a stack."""
    if any(flags[1:]):
        raise NotBatchable
    return again(op, inputs, params)


def alike(op: Any, inputs: list[Any], flags: list[bool], params: Params) -> Any:
    """Of zeros_like and its kin."""
    if params.get("shape") is not None:
        raise NotBatchable
    return again(op, inputs, params)


def shifted(axis: Any, ndim: int) -> Any:
    """An axis of an example of `ndim` axes, or a tuple of them, as one of the batch."""
    if isinstance(axis, (tuple, list)):
        return tuple([shifted(a, ndim) for a in axis])
    if not isinstance(axis, (int, np.integer)) or not -ndim <= axis < ndim:
        raise NotBatchable
    return axis + 1 if axis >= 0 else axis


def by_name(op: Any, inputs: list[Any], flags: list[bool], params: Params) -> tuple[Any, Params]:
    """The one input that is a batch, and all other arguments by name: ops without derivative have them by position."""
    if not flags[0] or any(flags[1:]):
        raise NotBatchable
    return inputs[0], {**dict(zip(argument_names(op.function)[1:], inputs[1:])), **params} if len(inputs) > 1 else params


def on_axes(*names: str, default: Any = None, flat: bool = False, new: bool = False) -> Fact:
    """Of ops whose params `names` (without any: "axis") say along which axes they work. None means all axes, or, of `flat`
    ones, that the array is flattened first. `new` axes are counted in the result."""
    keys = names or ("axis",)

    def fact(op: Any, inputs: list[Any], flags: list[bool], params: Params) -> Any:
        x, params = by_name(op, inputs, flags, params)
        ndim = len(x.shape) - 1
        if ("where" in params and np.ndim(params["where"]) > ndim) or ("initial" in params and np.ndim(params["initial"])):
            raise NotBatchable
        places = {}
        for key in keys:
            axis = params.get(key, default)
            if axis is None and flat:
                if params.get("keepdims"):
                    raise NotBatchable
                x, axis = np.reshape(x, (x.shape[0], math.prod(x.shape[1:]))), 1
            elif axis is None:
                axis = tuple(range(1, ndim + 1))
            else:
                axis = shifted(axis, ndim + (0 if not new else len(axis) if isinstance(axis, tuple) else 1))
            places[key] = axis
        return again(op, [x], {**params, **places})

    return fact


# -- shapes ----------------------------------------------------------------------------------------------------------------


def lies_in_order(x: Any) -> bool:
    """Whether the numbers of an array, or of a batch, lie in the memory row by row."""
    numbers: Any = x.numbers() if isinstance(x, Duck) else x
    return bool(numbers.flags.c_contiguous)


def reshaped(op: Any, inputs: list[Any], flags: list[bool], params: Params) -> Any:
    """Of reshape and ravel. Columns first, the batch must stand last."""
    (x,), n = inputs, inputs[0].shape[0]
    shape, size = params.get("shape", -1), math.prod(x.shape[1:])
    shape = list(shape) if isinstance(shape, (tuple, list)) else [shape]
    if -1 in shape:
        others = -math.prod(shape)
        shape[shape.index(-1)] = size // others if others > 0 else -1
    order = params.get("order", "C")
    if order in ("A", "K") and lies_in_order(x):
        order = "C"
    if math.prod(shape) != size or min(shape, default=0) < 0 or order not in ("C", "F"):
        raise NotBatchable
    if order == "C":
        return np.reshape(x, (n, *shape))
    return np.moveaxis(np.reshape(np.moveaxis(x, 0, -1), (*shape, n), order="F"), -1, 0)


def transposed(op: Any, inputs: list[Any], flags: list[bool], params: Params) -> Any:
    x, axes = inputs[0], params.get("axes")
    ndim = len(x.shape) - 1
    return np.transpose(x, (0, *(range(ndim, 0, -1) if axes is None else [1 + a % ndim for a in axes])))


def squeezed(op: Any, inputs: list[Any], flags: list[bool], params: Params) -> Any:
    x, axis = inputs[0], params.get("axis")
    ones = tuple([k for k, n in enumerate(x.shape) if n == 1 and k])
    return np.squeeze(x, axis=ones if axis is None else shifted(axis, len(x.shape) - 1))


def widened(x: Any, ndim: int) -> Any:
    """A batch whose examples have at least `ndim` axes."""
    return np.reshape(x, (x.shape[0], *(1,) * (ndim - len(x.shape) + 1), *x.shape[1:])) if len(x.shape) - 1 < ndim else x


def broadcast(op: Any, inputs: list[Any], flags: list[bool], params: Params) -> Any:
    x, shape = inputs[0], params["shape"]
    shape = tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)
    if len(x.shape) - 1 > len(shape):
        raise NotBatchable
    return np.broadcast_to(widened(x, len(shape)), (x.shape[0], *shape))


def tiled(op: Any, inputs: list[Any], flags: list[bool], params: Params) -> Any:
    reps = (params["reps"],) if np.ndim(params["reps"]) == 0 else tuple(params["reps"])
    x = widened(inputs[0], len(reps))
    return np.tile(x, (*(1,) * (len(x.shape) - len(reps)), *reps))


def rolled(op: Any, inputs: list[Any], flags: list[bool], params: Params) -> Any:
    x = inputs[0]
    if params.get("axis") is not None:
        return on_axes()(op, inputs, flags, params)
    return np.reshape(np.roll(np.reshape(x, (x.shape[0], math.prod(x.shape[1:]))), params["shift"], 1), x.shape)


def joined(op: Any, inputs: list[Any], flags: list[bool], params: Params) -> Any:
    """Of concatenate and stack: an input that is the same for all examples is repeated."""
    n = inputs[flags.index(True)].shape[0]
    parts = [x if flag else np.broadcast_to(x, (n, *np.shape(x))) for x, flag in zip(inputs, flags)]
    axis, ndim = params.get("axis", 0), len(parts[0].shape) - 1
    if axis is None:
        return again(op, [np.reshape(x, (n, math.prod(x.shape[1:]))) for x in parts], {**params, "axis": 1})
    return again(op, parts, {**params, "axis": shifted(axis, ndim + (op.function is np.stack))})


# -- products --------------------------------------------------------------------------------------------------------------


def multiplied(op: Any, inputs: list[Any], flags: list[bool], params: Params) -> Any:
    """Of matmul, with as few products of matrices as there can be."""
    (a, b), (of_a, of_b) = inputs, flags
    m, n = np.ndim(a) - of_a, np.ndim(b) - of_b
    if not m or not n:
        raise NotBatchable
    if not of_b and (n == 1 or (m == 1 and n == 2)):
        return np.matmul(a, b)
    if not of_b and n == 2:  # all rows of all examples at once
        rows = np.reshape(a, (math.prod(a.shape[:-1]), a.shape[-1]))
        return np.reshape(np.matmul(rows, b), (*a.shape[:-1], b.shape[-1]))
    if not of_a and n == 1 and m <= 2:
        return np.matmul(b, a.T)
    a, b = np.expand_dims(a, -2) if m == 1 else a, np.expand_dims(b, -1) if n == 1 else b
    y = np.matmul(*aligned([a, b], flags))
    return np.squeeze(y, axis=(-2,) * (m == 1) + (-1,) * (n == 1)) if m == 1 or n == 1 else y


def summed_products(op: Any, inputs: list[Any], flags: list[bool], params: Params) -> Any:
    """Of einsum: one more letter."""
    left, _, output = params["subscripts"].partition("->")
    fresh = next((c for c in string.ascii_letters if c not in params["subscripts"]), None)
    if fresh is None:
        raise NotBatchable
    terms = [fresh + term if flag else term for term, flag in zip(left.split(","), flags)]
    return again(op, inputs, {**params, "subscripts": f"{','.join(terms)}->{fresh}{output}"})


def dotted(op: Any, inputs: list[Any], flags: list[bool], params: Params) -> Any:
    a, b = inputs
    m, n = np.ndim(a) - flags[0], np.ndim(b) - flags[1]
    if not m or not n:
        return np.multiply(*aligned(inputs, flags))
    return contracted(a, b, flags, [m - 1], [max(0, n - 2)])


def tensor_dotted(op: Any, inputs: list[Any], flags: list[bool], params: Params) -> Any:
    (a, b), axes = inputs, params.get("axes", 2)
    m, n = np.ndim(a) - flags[0], np.ndim(b) - flags[1]
    if np.ndim(axes) == 0:
        return contracted(a, b, flags, list(range(m - axes, m)), list(range(axes)))
    left, right = ([x] if np.ndim(x) == 0 else list(x) for x in axes)
    return contracted(a, b, flags, [k % m for k in left], [k % n for k in right])


def contracted(a: Any, b: Any, flags: list[bool], left: list[int], right: list[int]) -> Any:
    """tensordot along axes of the examples."""
    of_a, of_b = flags
    if not of_b:
        return np.tensordot(a, b, ([k + 1 for k in left], right))
    if not of_a:
        return np.moveaxis(np.tensordot(a, b, (left, [k + 1 for k in right])), np.ndim(a) - len(left), 0)
    letters = iter(string.ascii_letters[1:])
    of_axis = [next(letters) for _ in range(np.ndim(a) - 1)]
    other = [of_axis[left[right.index(k)]] if k in right else next(letters) for k in range(np.ndim(b) - 1)]
    rest = [c for k, c in enumerate(of_axis) if k not in left] + [c for k, c in enumerate(other) if k not in right]
    return np.einsum(f"a{''.join(of_axis)},a{''.join(other)}->a{''.join(rest)}", a, b)


def crossed(op: Any, inputs: list[Any], flags: list[bool], params: Params) -> Any:
    """Of outer, which flattens its inputs."""
    (a, b), (of_a, of_b) = inputs, flags
    m, n = (math.prod(np.shape(x)[flag:]) for x, flag in zip(inputs, flags))
    return np.multiply(np.reshape(a, (*np.shape(a)[:of_a], m, 1)), np.reshape(b, (*np.shape(b)[:of_b], 1, n)))


def solved(op: Any, inputs: list[Any], flags: list[bool], params: Params) -> Any:
    """Of solve, whose right-hand side is one vector, or a stack of matrices."""
    (a, b), (of_a, of_b) = inputs, flags
    m, n = np.ndim(a) - of_a, np.ndim(b) - of_b
    if n > 1:
        return np.linalg.solve(*aligned(inputs, flags))
    if m == 2 and not of_a:
        return np.transpose(np.linalg.solve(a, np.transpose(b)))
    return np.linalg.solve(*aligned([a, np.expand_dims(b, -1)], flags))[..., 0]
