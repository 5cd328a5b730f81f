"""Which objects may be operands: boxes, plain arrays, numbers, and what numpy makes arrays of numbers of. Arrays of a kind of
their own, as np.matrix, compute in another way than numpy's, so a gradient would be wrong in silence: they are refused."""

from __future__ import annotations

import numbers
from fractions import Fraction
from typing import Any, Final

import numpy as np

from autodiff.failures.missing import OBJECTS
from autodiff.failures.nesting import brief
from autodiff.failures.operands import Operand

NDARRAY: Final = np.ndarray
AS_THEY_ARE: Final[Any] = (np.generic, int, float, complex, str, bytes, type(None), slice, type(...), np.dtype, type)
SPARSE: Final = "it is sparse: pass x.toarray()"
WAYS_OUT: Final = {
    "MaskedArray": "its mask would be lost: pass x.filled(...), of Dask's da.ma.filled(x), or multiply by the mask as an array",
    "matrix": "its * is a product of matrices: pass np.asarray(x), and write @",
}


def operand(x: Operand, strict: bool) -> Operand:
    """x as an operand of an op. TypeError for arrays of other kinds and, if `strict`, for all that is no number or array of
    numbers."""
    if type(x) is NDARRAY or isinstance(x, AS_THEY_ARE):
        return x
    if isinstance(x, NDARRAY) or is_sparse(x):
        return plain(x)
    if isinstance(x, numbers.Rational):
        return float(x)
    if not strict:
        return x
    array = np.asarray(x)
    if array.dtype.kind not in "fiubc":
        raise TypeError(
            f"An operand should be a number, an array of numbers, a Tensor, Variable or Value, but got {brief(x)} of type "
            f"{type(x).__name__}: pass np.asarray(...) of its numbers."
        )
    return array


def plain(x: Operand) -> Operand:
    """x itself, or a file's array as an array, and a Fraction as a float. TypeError for other subclasses of ndarray, for sparse
    matrices, and for arrays of objects."""
    if type(x) is NDARRAY and x.dtype.kind == "O":
        raise TypeError(OBJECTS)
    if type(x) is NDARRAY or (not isinstance(x, NDARRAY) and not is_sparse(x)):
        return float(x) if type(x) is Fraction else x
    if type(x) is np.memmap:
        return np.asarray(x)
    known = [WAYS_OUT[base.__name__] for base in type(x).__mro__ if base.__name__ in WAYS_OUT]
    why = known[0] if known else SPARSE if is_sparse(x) else "it may compute in a way of its own: pass np.asarray(x)"
    raise TypeError(f"An array of type {type(x).__name__} is not taken here, as {why}.")


def array_of(x: Operand, dtype: Operand) -> Operand:
    """A new array of plain numbers."""
    try:
        return np.array(x, dtype=dtype)
    except (OverflowError, RecursionError):
        raise ValueError(f"{brief(x)} does not fit into an array of dtype {brief(dtype)}.") from None
    except TypeError:
        if isinstance(dtype, dict):  # numpy's error is about the inside of it
            raise TypeError(f"A dtype is wanted, but got {brief(dtype)}.") from None
        raise


def unmasked(x: Operand) -> Operand:
    """x, whose numbers alone are wanted. TypeError for a masked array, as the numbers under its mask mean nothing, for one of
    Dask's with such chunks, and for a sparse matrix, of which numpy makes an array of one object."""
    chunk = getattr(x, "_meta", None)
    if isinstance(chunk, NDARRAY) and (isinstance(chunk, np.ma.MaskedArray) or chunk.dtype.kind == "O"):
        plain(chunk)
    return plain(x) if isinstance(x, np.ma.MaskedArray) or is_sparse(x) else x


def is_sparse(x: Operand) -> bool:
    """Whether x is a sparse matrix. (What has any attribute, as a Delayed of Dask's, is none.)"""
    return hasattr(type(x), "toarray")
