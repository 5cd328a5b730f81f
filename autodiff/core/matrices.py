"""Functions of whole matrices, on Dask's arrays: each matrix is gathered in one block, and numpy computes it with the block.

A function has a signature as a generalized ufunc of numpy has (NEP 20): `(m,n)->(m,k),(k),(k,n)`. The axes that it names are
gathered; the axes before them, of a stack of matrices, stay in blocks. Of the sizes that no input has, k is the smaller of m
and n, p is n + 1 and l is n - 1; a number is itself.
"""

from __future__ import annotations

import functools
import math
import re
import sys
import warnings
from collections.abc import Callable
from typing import Any, Final

import numpy as np

LARGEST: Final = 2**28  # bytes of a matrix that is gathered; of a larger one Dask's own function is asked

Signature = str | Callable[..., str]


def _svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> str:
    if not compute_uv:
        return "(m,n)->(k)"
    return "(m,n)->(m,m),(k),(n,n)" if full_matrices else "(m,n)->(m,k),(k),(k,n)"


def _solve(a: Any, b: Any) -> str:
    return "(n,n),(n)->(n)" if b.ndim == 1 else "(n,n),(n,j)->(n,j)"


def _qr(a: Any, mode: str = "reduced") -> str:
    return "(m,n)->(k,n)" if mode == "r" else "(m,n)->(m,k),(k,n)"


def _convolve(a: Any, v: Any, mode: str = "full") -> str:
    low, high = sorted((a.size, v.size))
    return f"(i),(j)->({ {'full': low + high - 1, 'same': high, 'valid': high - low + 1}[mode] })".replace(" ", "")


SIGNATURES: Final[dict[Any, Signature]] = {
    np.linalg.inv: "(n,n)->(n,n)", np.linalg.solve: _solve, np.linalg.det: "(n,n)->()", np.linalg.slogdet: "(n,n)->(),()",
    np.linalg.eigh: "(n,n)->(n),(n,n)", np.linalg.eigvalsh: "(n,n)->(n)", np.linalg.eig: "(n,n)->(n),(n,n)",
    np.linalg.eigvals: "(n,n)->(n)", np.linalg.cholesky: "(n,n)->(n,n)", np.linalg.svd: _svd, np.linalg.svdvals: "(m,n)->(k)",
    np.linalg.qr: _qr, np.linalg.pinv: "(m,n)->(n,m)", np.linalg.matrix_rank: "(m,n)->()", np.roots: "(n)->(l)",
    np.convolve: _convolve, np.correlate: lambda a, v, mode="valid": _convolve(a, v, mode),
    np.poly: lambda a: "(n,n)->(p)" if a.ndim == 2 else "(n)->(p)",
}  # fmt: skip
FOURIER: Final = {
    np.fft.fft: lambda n: n, np.fft.ifft: lambda n: n, np.fft.rfft: lambda n: n // 2 + 1, np.fft.irfft: lambda n: n,
}  # how many numbers a transform of n numbers has
ORDERS: Final = {np.sort: 0, np.argsort: 0, np.partition: 1, np.argpartition: 1}  # how many arguments stand before the axis
EXAMPLE: Final = {np.partition: {"kth": 0}, np.argpartition: {"kth": 0}, **{transform: {"n": 2} for transform in FOURIER}}
COMPLEX: Final = frozenset({np.linalg.eig, np.linalg.eigvals, np.roots})  # nobody knows yet that all are real


def in_blocks(function: Any, signature: Signature, args: tuple[Any, ...], params: dict[str, Any]) -> Any:
    """What the function makes of arrays of Dask, lazily."""
    text = signature if isinstance(signature, str) else signature(*args, **params)
    axes = [re.findall(r"\w+", part) for part in re.findall(r"\((.*?)\)", text.partition("->")[0])]
    arrays = [gathered(x, len(names)) for x, names in zip(args, axes)]
    sizes: dict[str, int] = {}
    for x, names in zip(arrays, axes):
        sizes.update(zip(names, x.shape[x.ndim - len(names) :]))
    n = sizes.get("n", 0)
    sizes.update(k=min(sizes.get("m", n), n), p=n + 1, l=n - 1)
    example = _of_ones(function, args, axes, params)
    parts = example if isinstance(example, tuple) else (example,)
    dtypes = [np.result_type(y, np.complex64) if function in COMPLEX else np.asarray(y).dtype for y in parts]
    metas = tuple([np.empty(0, dtype) for dtype in dtypes])
    sizes.update({name: int(name) for name in re.findall(r"\b\d+\b", text)})
    block = functools.partial(_computed, function, args[len(axes) :], params, dtypes)
    found = sys.modules["dask.array"].apply_gufunc(
        block, text, *arrays, allow_rechunk=True, output_sizes=sizes, meta=metas if isinstance(example, tuple) else metas[0],
    )  # fmt: skip
    return type(example)(*found) if hasattr(example, "_fields") else found


def gathered(x: Any, count: int) -> Any:
    """x with its last axes in one block. Dask's own gathering fails where one axis has more blocks than another."""
    return x.rechunk(dict.fromkeys(range(x.ndim - count, x.ndim), -1)) if hasattr(x, "rechunk") else x


def _of_ones(function: Any, args: tuple[Any, ...], axes: list[list[str]], params: dict[str, Any]) -> Any:
    """The function of arrays of one number each, for the kinds of its results."""
    ones = [np.ones((1,) * len(names), x.dtype) for x, names in zip(args, axes)]
    params = {**params, **EXAMPLE.get(function, {})}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return function(*ones, *args[len(axes) :], **params)


def _computed(function: Any, rest: tuple[Any, ...], params: dict[str, Any], dtypes: list[Any], *blocks: Any) -> Any:
    """The function of the numbers of a block."""
    y = function(*blocks, *rest, **params)
    if isinstance(y, tuple):
        return tuple([np.asarray(part, dtype) for part, dtype in zip(y, dtypes)])
    return np.asarray(y, dtypes[0])


def transformed(function: Any, a: Any, n: Any = None, axis: int = -1, norm: Any = None) -> Any:
    """A Fourier transform along an axis, which is gathered."""
    given = a.shape[axis] if function is not np.fft.irfft else 2 * (a.shape[axis] - 1)
    size = FOURIER[function](given if n is None else n)
    return _along(function, f"(n)->({size})", a, axis, {"n": n, "norm": norm})


def ordered(function: Any, a: Any, *args: Any, axis: int | None = -1, **options: Any) -> Any:
    """A function that puts the numbers along an axis into an order: the axis is gathered."""
    before = ORDERS[function]
    axis = args[before] if len(args) > before else axis
    options.update({"kth": args[0]} if before and args else {})
    return _along(function, "(n)->(n)", np.ravel(a) if axis is None else a, -1 if axis is None else axis, options)


def _along(function: Any, signature: str, a: Any, axis: int, params: dict[str, Any]) -> Any:
    """A function of the last axis, of another one."""
    return np.moveaxis(in_blocks(function, signature, (np.moveaxis(a, axis, -1),), params), -1, axis)


def signature_of(function: Any) -> Signature | None:
    """The signature of a function that is computed block by block; None for any other."""
    return SIGNATURES.get(function) or getattr(function, "signature", None)


def is_small(x: Any) -> bool:
    """Whether a matrix of a stack is small enough to be gathered."""
    return bool(math.prod(x.shape[-2:]) * x.dtype.itemsize <= LARGEST)
