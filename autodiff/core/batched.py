"""A batch of arrays that computes as if it were one of them.

`Batched` is raw data to the engine: a Tensor may hold it in place of an array, and forwards, rules and the walks run on it
unchanged, because numpy hands its functions on (NEP 13, NEP 18). Its shape is that of one example; the batch is a first axis
that only this module sees. So `vmap` composes with tapes, jacobians and itself, and needs no interpreter of its own.

How an op computes on a batch is its `batch` fact, of one of the kinds in core/batch_kinds.py. An op without one, and a rule
that looks at numbers, run example by example.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np

from autodiff.core.batch_kinds import NotBatchable, elementwise
from autodiff.core.box import Box, first_box
from autodiff.core.dtypes import is_complex
from autodiff.core.levels import NUMBERS, Level, Leveled, deepest, is_of, level_in, levels
from autodiff.core.op import Op, Params
from autodiff.core.registry import REGISTRY, Decomposition, by_name, op
from autodiff.failures.nesting import deeper


def _operator(ufunc: Any, swapped: bool = False) -> Any:
    """An operator, which numpy takes four times as long to find."""

    def operator(self: Batched, other: Any) -> Any:
        x = self.data
        if type(x) is NDARRAY and (other.ndim < x.ndim if type(other) is NDARRAY else type(other) in NUMBERS):
            return Batched(ufunc(other, x) if swapped else ufunc(x, other), self.level)
        inputs = (other, self) if swapped else (self, other)
        y = at_once(REGISTRY[ufunc], inputs)
        return ufunc(*inputs) if y is None else y

    return operator


class Batched(Leveled, np.lib.mixins.NDArrayOperatorsMixin):
    """Raw data of every example of a batch. `data` has the batch as its first axis."""

    __slots__ = ()

    shape = property(lambda self: self.data.shape[1:])
    ndim = property(lambda self: self.data.ndim - 1)
    dtype = property(lambda self: self.data.dtype)
    size = property(lambda self: math.prod(self.data.shape[1:]))
    T = property(lambda self: np.transpose(self))
    __add__, __radd__ = _operator(np.add), _operator(np.add, True)
    __sub__, __mul__, __truediv__ = _operator(np.subtract), _operator(np.multiply), _operator(np.divide)

    def run(self, op: Any, inputs: tuple[Any, ...], params: Params) -> Any:
        return run(op, inputs, params)

    def by_examples(self, function: Callable[..., Any], args: tuple[Any, ...], params: Params) -> Any:
        return by_examples(function, args, params)

    def numbers(self) -> Any:
        return self.data.numbers() if isinstance(self.data, Batched) else self.data

    def astype(self, dtype: Any, copy: bool = True) -> Batched:
        return Batched(self.data.astype(dtype, copy=copy), self.level)

    def copy(self) -> Batched:
        return Batched(self.data.copy(), self.level)

    def __getitem__(self, key: Any) -> Any:
        return run(REGISTRY["getitem"], (self,), {"key": key})

    def __len__(self) -> int:
        if self.ndim == 0:
            raise TypeError("len() of an example without axes")
        return int(self.shape[0])

    def __iter__(self) -> Iterator[Any]:
        return (self[k] for k in range(len(self)))

    def __array_ufunc__(self, function: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method == "__call__" and not kwargs:
            entry = REGISTRY.get(function)
            if isinstance(entry, Op) and entry.bind is None and inputs[0].__class__ in PLAIN and inputs[-1].__class__ in PLAIN:
                return run(entry, inputs, {})
        if first_box(inputs) is not None:
            return NotImplemented  # a box is the outer one
        if method == "outer":
            a, b = inputs
            return function(np.reshape(a, np.shape(a) + (1,) * np.ndim(b)), b, **kwargs)
        return call(function if method == "__call__" else (function, method), inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Params) -> Any:
        return NotImplemented if first_box((*args, *kwargs.values())) is not None else call(function, args, kwargs)

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise NotBatchable(
            "This needs the numbers of one example, as `if x > 0` and float(x) do, but inside vmap, or a jacobian, "
            "there is a batch of them. For a choice use np.where. What such numbers index must be a Tensor: constant(table)[k]."
        )

    __bool__ = __float__ = __int__ = __index__ = item = tolist = view = __array__

    def __repr__(self) -> str:
        return f"Batched(shape={self.shape}, dtype={self.dtype}, batch={len(self.data)})"


def call(function: Any, args: tuple[Any, ...], kwargs: Params) -> Any:
    """What numpy was asked for, on batches."""
    if function is np.where and len(args) == 1:
        raise NotBatchable("np.where of a condition alone gives each example another shape, so it has no batch.")
    entry = REGISTRY.get(function)
    if entry is None and isinstance(function, np.ufunc):
        entry = by_name(function)
    if isinstance(entry, Op):
        return run(entry, *entry.split(args, kwargs))
    if isinstance(entry, Decomposition):
        return entry(args, kwargs)
    if function in ATTRIBUTES:
        return ATTRIBUTES[function](*args, **kwargs)
    if function is np.result_type:
        return np.result_type(*[x.dtype if isinstance(x, Batched) else x for x in args])
    raise NotBatchable(f"{getattr(function, '__name__', function)} has no rule for a batch of arrays.")


ATTRIBUTES: Final[dict[Any, Any]] = {
    np.shape: lambda a: a.shape, np.ndim: lambda a: a.ndim, np.iscomplexobj: is_complex,
    np.isrealobj: lambda x: not is_complex(x),
    np.size: lambda a, axis=None: a.size if axis is None else math.prod([a.shape[k] for k in np.atleast_1d(axis)]),
}  # fmt: skip


def run(op: Any, inputs: tuple[Any, ...], params: Params) -> Any:
    """`op(*inputs, **params)` on raw data among which there are batches: by the op's `batch` fact, or example by example."""
    how = op.batch
    if how is of_itself:
        return op.forward(*inputs, **params)
    if how is elementwise and not params and (y := at_once(op, inputs)) is not None:
        return y
    level: Level | None = None
    for x in inputs:
        if type(x) is Batched:
            if level is None or x.level.depth > level.depth:
                level = x.level
        elif isinstance(x, (list, tuple)):
            how = None
    if how is None or level is None or (params and level_in(params.values()) is not None):
        return by_examples(op, inputs, params)
    flags = [type(x) is Batched and x.level is level for x in inputs]
    try:
        y = how(op, [x.data if flag else x for x, flag in zip(inputs, flags)], flags, params)
    except NotBatchable:
        return by_examples(op, inputs, params)
    if isinstance(y, tuple):
        parts = [Batched(part, level) for part in y]
        kind: Any = type(y)
        return tuple(parts) if kind is tuple else kind(*parts)
    return Batched(y, level)


def at_once(op: Any, inputs: tuple[Any, ...]) -> Batched | None:
    """An elementwise op in the most frequent cases, which need no look around; None in all others."""
    a, b = inputs[0], inputs[-1]
    batch = a if type(a) is Batched else b
    if len(inputs) > 2 or type(batch) is not Batched or type(batch.data) is not NDARRAY:
        return None
    x = batch.data
    if len(inputs) == 1:
        return Batched(op.forward(x), batch.level)
    if type(a) is not Batched:
        fits = type(a) in NUMBERS or (type(a) is NDARRAY and a.ndim < x.ndim)
        return Batched(op.forward(a, x), batch.level) if fits else None
    if type(b) is Batched:
        fits = b.level is a.level and type(b.data) is NDARRAY and b.data.ndim == x.ndim
        return Batched(op.forward(x, b.data), batch.level) if fits else None
    fits = type(b) in NUMBERS or (type(b) is NDARRAY and b.ndim < x.ndim)
    return Batched(op.forward(x, b), batch.level) if fits else None


NDARRAY: Final = np.ndarray
PLAIN: Final = frozenset([*NUMBERS, np.ndarray, Batched])


def by_examples(function: Any, args: tuple[Any, ...], params: Params) -> Any:
    """An op on raw data, or a function of boxes, called once for each example; its results as batches."""
    level = deepest((*args, *params.values()))
    if level.size == 0:
        raise NotBatchable("An empty batch has no example that could show the shape of the results.")

    def one(x: Any, k: int, depth: int = 0) -> Any:
        if isinstance(x, tuple) and hasattr(x, "_fields"):
            return type(x)(*[one(part, k, deeper(depth)) for part in x])
        if isinstance(x, (list, tuple)):
            return type(x)([one(part, k, deeper(depth)) for part in x])
        if isinstance(x, Box):
            return EXAMPLE((x,), {"k": k, "level": level})
        return x.data[k] if isinstance(x, Batched) and x.level is level else x

    results = []
    for k in range(level.size):
        own, options = [one(x, k) for x in args], {name: one(x, k) for name, x in params.items()}
        results.append(forward(function, own, options) if isinstance(function, Op) else function(*own, **options))
    if isinstance(results[0], tuple):
        columns = [together(list(column), level) for column in zip(*results)]
        kind: Any = type(results[0])
        return tuple(columns) if kind is tuple else kind(*columns)
    return together(results, level)


def forward(op: Op, inputs: Any, params: Params) -> Any:
    """`op` on raw data, which may be batches of a level further out."""
    if level_in((*inputs, *params.values())) is not None:
        return run(op, tuple(inputs), params)
    return op.forward(*inputs, **params)


def together(parts: list[Any], level: Level) -> Any:
    """The results of all examples as one batch; None if they are."""
    if all(part is None for part in parts):
        return None
    shapes = {np.shape(part) for part in parts}
    if len(shapes) > 1:
        raise TypeError(f"The examples of a batch gave results of different shapes, {sorted(shapes)[:3]}: they make no batch.")
    if first_box(parts) is not None:
        return TOGETHER(tuple(parts), {"level": level})
    return Batched(np.stack(parts), level)


def summed_over_batches(g: Any, x: Any) -> Any:
    """A contribution to a node whose data are x, as un-broadcasting: where the batch is no longer under way, and x does not
    have it, x was used by every example, and the contributions are summed."""
    raw = g._raw() if isinstance(g, Box) else g
    while isinstance(raw, Batched) and raw.level not in levels() and not is_of(x, raw.level):
        g = TOTAL((g,), {"level": raw.level}) if isinstance(g, Box) else np.sum(raw.data, axis=0)
        raw = g._raw() if isinstance(g, Box) else g
    return g


def of_itself(op: Any, inputs: list[Any], flags: list[bool], params: Params) -> Any:
    """The batch fact of the ops below: their forward knows what a batch is."""


def to_batch(x: Any, level: Level) -> Batched:
    return Batched(x, level)


def of_batch(x: Any, level: Level) -> Any:
    """The data of a batch, with the batch as first axis. What does not depend on the example is repeated."""
    if isinstance(x, Batched) and x.level is level:
        return x.data
    return np.broadcast_to(x, (level.size, *np.shape(x)))


def example(x: Any, k: int, level: Level) -> Any:
    return x.data[k] if isinstance(x, Batched) and x.level is level else x


def _example_vjp(g: Any, y: Any, x: Any, k: int, level: Level) -> Any:
    """Also of a box that is the same for all examples: each sends it a cotangent of its own."""
    return together([g if j == k else np.zeros_like(g) for j in range(level.size)], level)


def _of_batch_vjp(g: Any, y: Any, x: Any, level: Level) -> Any:
    return TO_BATCH((g,), {"level": level}) if is_of(x, level) else np.sum(g, axis=0)


def _total(x: Any, level: Level) -> Any:
    return np.sum(x.data, axis=0)


def _spread(g: Any, y: Any, x: Any, level: Level) -> Any:
    return TO_BATCH((np.broadcast_to(g, (level.size, *np.shape(g))),), {"level": level})


# Ways into a batch and out of it, as ops: so a tape outside a vmap goes through it.
OWN: Final[dict[str, Any]] = {"linear": True, "batch": of_itself, "internal": True}
TO_BATCH: Final[Op] = op(lambda g, y, x, level: OF_BATCH((g,), {"level": level}), **OWN)(to_batch).op
OF_BATCH: Final[Op] = op(_of_batch_vjp, **OWN)(of_batch).op
EXAMPLE: Final[Op] = op(_example_vjp, **OWN)(example).op
TOTAL: Final[Op] = op(_spread, **OWN)(_total).op


def _together(*parts: Any, level: Level) -> Batched:
    return Batched(np.stack(parts), level)


def _together_joint(g: Any, y: Any, *parts: Any, level: Level) -> Any:
    return tuple(OF_BATCH((g,), {"level": level})[k] for k in range(len(parts)))


TOGETHER: Final[Op] = op(joint=_together_joint, bind=lambda *parts, level: (parts, {"level": level}), **OWN)(_together).op
