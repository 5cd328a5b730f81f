"""What Dask has no function for, as a task that runs numpy when the user computes the result.

An elementwise function runs on each chunk. Any other runs on whole arrays, which are brought into one chunk for it: so only on
arrays that are no larger than Dask's own limit of a chunk (`array.chunk-size`, 128 MiB unless the user sets it).
"""

from __future__ import annotations

import functools
import math
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autodiff.core.box import first_box
from autodiff.core.dtypes import cast, is_inexact
from autodiff.core.external import External, first_external, held, released
from autodiff.core.libraries import Missing
from autodiff.core.op import Params
from autodiff.core.portable import FORWARD, Portable


def in_chunks(function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """An elementwise function of Dask's arrays and numbers, on each chunk of them."""
    da: Any = sys.modules["dask.array"]
    dtype = np.asarray(quietly(function, *[np.ones((), x.dtype) if hasattr(x, "dtype") else x for x in args])).dtype
    args = tuple([x[()] if isinstance(x, np.ndarray) and not x.ndim else x for x in args])
    axes = [tuple(range(np.ndim(x)))[::-1] for x in args]  # the last axes belong together
    pairs = [part for x, own in zip(args, axes) for part in (x, own if hasattr(x, "dtype") else None)]
    out = max(axes, key=len)
    whole = functools.partial(broadcast, function)
    return da.blockwise(whole, out, *pairs, dtype=dtype, meta=np.empty((0,) * len(out), dtype))


def broadcast(function: Callable[..., Any], /, *args: Any) -> Any:
    """What an elementwise function makes of its arguments, in the shape that they have together."""
    return np.broadcast_to(quietly(function, *args), np.broadcast_shapes(*map(np.shape, args)))


def in_one_task(function: Callable[..., Any], args: Any, params: dict[str, Any]) -> Any:
    """A function of whole arrays, whose results have shapes that do not depend on numbers. Missing where they do."""
    results = [quietly(function, *sampled(args, 0), **sampled(params, 0))]
    try:
        results.append(quietly(function, *sampled(args, 1), **sampled(params, 1)))
    except IndexError:  # an axis of one has no place 1, but -1
        results.append(quietly(function, *sampled(args, -1), **sampled(params, -1)))
    several = isinstance(results[0], tuple)
    shapes = [[np.shape(y) for y in (result if several else (result,))] for result in results]
    if shapes[0] != shapes[1]:
        raise Missing("the shape of the result depends on the numbers")
    outputs = tuple(map(np.asarray, results[0] if several else results[:1]))
    parts = as_one_task(function, args, params, [(y.shape, y.dtype) for y in outputs], several)
    return parts if several else parts[0]


def as_one_task(function: Any, args: Any, params: Any, outputs: list[Any], several: bool) -> tuple[Any, ...]:
    """The same where the shapes and dtypes of the results are known. Missing for arrays that are too large for one chunk."""
    dask: Any = sys.modules["dask"]
    limit = dask.utils.parse_bytes(dask.config.get("array.chunk-size"))
    size = max(x.nbytes for x in arrays_in((args, params)))
    if math.isnan(size) or size > limit:
        raise Missing(f"this takes whole arrays, and {size} bytes are more than a chunk may have (array.chunk-size, {limit})")
    result = dask.delayed(functools.partial(quietly, function), pure=False)(*args, **params)
    from_delayed = dask.array.from_delayed
    parts = [result[k] for k in range(len(outputs))] if several else [result]
    return tuple([from_delayed(part, shape, dtype) for part, (shape, dtype) in zip(parts, outputs)])


def quietly(function: Callable[..., Any], /, *args: Any, **params: Any) -> Any:
    """The function, without numpy's warnings: the engine says itself what it finds in a result."""
    with np.errstate(all="ignore"):  # numpy's numbers are what Dask makes of arrays without axes
        return function(*[np.asarray(x) if isinstance(x, np.generic) else x for x in args], **params)


def is_lazy_array(x: Any) -> bool:
    return type(x).__module__.partition(".")[0] == "dask" and hasattr(x, "chunks")


def arrays_in(x: Any) -> Iterator[Any]:
    """The lazy arrays in arguments."""
    if is_lazy_array(x):
        yield x
    for part in x.values() if isinstance(x, dict) else x if isinstance(x, (list, tuple)) else ():
        yield from arrays_in(part)


def sampled(x: Any, k: int) -> Any:
    """The arguments with plain arrays in place of lazy ones: of other numbers for each k of 0, 1, -1, in general position."""
    if is_lazy_array(x):
        return numbers_like(x, k)
    if isinstance(x, dict):
        return {name: sampled(part, k) for name, part in x.items()}
    return type(x)([sampled(part, k) for part in x]) if type(x) in (list, tuple) else x


def numbers_like(x: Any, k: int) -> Any:
    """Numbers of the shape and dtype of a lazy array. Whole numbers are indices that all arrays have."""
    if any(math.isnan(n) for n in x.shape):
        raise Missing("it does not know the shape of the array")
    if not is_inexact(x):
        return np.full(x.shape, k, x.dtype)
    numbers = np.full(x.shape, 0.5) if k == 0 else np.random.default_rng(0).uniform(0.25, 0.75, x.shape)
    if x.ndim > 1 and x.shape[-1] == x.shape[-2]:  # far from singular
        numbers = numbers + x.shape[-1] * np.eye(x.shape[-1])
    return numbers.astype(x.dtype)


# -- in the engine ---------------------------------------------------------------------------------------------------------


def lazy_among(args: Any) -> bool:
    """Whether these are raw data, with a lazy array among them: what a box stands for is recorded, operation by operation."""
    return first_box(args) is None and (like := first_external(args)) is not None and like.is_lazy


def run_op(op: Any, inputs: tuple[Any, ...], params: Params) -> Any:
    """The forward of an op; where Dask can't, as a task."""
    try:
        return op.forward(*inputs, **params)
    except Exception as error:
        if not lazy_among((*inputs, *params.values())):
            raise
        try:
            if op.elementwise:
                return held(in_chunks(functools.partial(Portable(op.forward, op, FORWARD), **params), all_released(inputs)))
            if not op.differentiable and op.batch is None:
                if isinstance(error, (TypeError, NotImplementedError)) and op.function.__module__.startswith("autodiff."):
                    raise Missing("the shape of the result depends on the numbers")
                raise
            y = in_one_task(Portable(op.forward, op, FORWARD), all_released(inputs), all_released(params))
        except Missing as missing:
            raise missing from error
        except Exception:
            raise error from None
        return tuple(map(held, y)) if isinstance(y, tuple) else held(y)


def run_lazy_rule(rule: Any, op: Any, k: int, args: tuple[Any, ...], params: Params) -> Any:
    """What a rule hands to input k, as a task."""
    own, more, rule = all_released(args), all_released(params), Portable(rule, op, k)
    if op.elementwise:
        return held(in_chunks(functools.partial(rule, **more), own))
    inputs = [x for x in (args[2:] if k < 0 else (args[2 + k],)) if np.ndim(x) or type(x) is External]
    whole = functools.partial(handed_on, rule, [(x.shape, x.dtype) for x in inputs])
    parts = [held(part) for part in as_one_task(whole, own, more, [(x.shape, x.dtype) for x in inputs], True)]
    return tuple(parts) if k < 0 else parts[0]


def handed_on(rule: Any, inputs: list[tuple[Any, ...]], /, *args: Any, **params: Any) -> tuple[Any, ...]:
    """What a rule hands to inputs of these shapes and dtypes."""
    parts = rule(*args, **params)
    parts = parts if isinstance(parts, (tuple, list)) else (parts,)
    return tuple([cast(shaped(part, shape), dtype) for part, (shape, dtype) in zip(parts, inputs)])


def shaped(part: Any, shape: tuple[int, ...]) -> Any:
    """The same in the shape of the input: what is broadcast is summed."""
    part = np.asarray(0.0 if part is None else part)
    extra = part.ndim - len(shape)
    axes = tuple(k for k, n in enumerate(part.shape) if k < extra or n != shape[k - extra] == 1)
    return part.sum(axes).reshape(shape) if axes else np.broadcast_to(part, shape)


def all_released(x: Any) -> Any:
    """Arguments with the libraries' own arrays in place of the engine's."""
    if isinstance(x, dict):
        return {name: all_released(part) for name, part in x.items()}
    return type(x)([all_released(part) for part in x]) if type(x) in (list, tuple) else released(x)
