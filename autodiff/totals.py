"""`dot` and `sum`, which take lists of Values too."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from autodiff.core.registry import also
from autodiff.core.types import ArrayLike
from autodiff.rules import products, reductions
from autodiff.scalar.totals import dot_of_values, sum_of_values

__all__ = ["dot", "sum"]
SEQUENCES = (list, tuple)


def dot(a: ArrayLike, b: ArrayLike, bias: ArrayLike | None = None, **keywords: Any) -> Any:
    """`np.dot(a, b) + bias`. Of two lists of numbers with Values among them it is a Value, and one node of the graph.

    Parameters
    ----------
    a, b : array_like, or lists or tuples of numbers
        Lists of equal length n; arrays as `np.dot` takes them.
    bias : number or array_like, optional
        In the sum of a list it is the first term: bias + a[0] b[0] + a[1] b[1] + ...
    **keywords
        Those of `np.dot`, for arrays.

    Returns
    -------
    Value, Tensor or array

    Raises
    ------
    ValueError
        For lists of different lengths.

    Notes
    -----
    The gradients are dy/da[k] = b[k], dy/db[k] = a[k], dy/dbias = 1. A neuron of n weights is one node in place of 2 n.

    Examples
    --------
    >>> import autodiff as ad
    >>> w, x = [ad.Value(2.0), ad.Value(-1.0)], [3.0, 4.0]
    >>> with ad.Tape() as tape:
    ...     y = ad.dot(w, x, 0.5)
    >>> y, tape.gradient(y, w)
    (Value(2.5), [Value(3.0), Value(4.0)])
    """
    if isinstance(a, SEQUENCES) and isinstance(b, SEQUENCES) and not keywords:
        if len(a) == len(b):
            total = dot_of_values(a if type(a) is list else [*a], b if type(b) is list else [*b], bias)
            if total is not None:
                return total
        elif a and b and not isinstance(a[0], SEQUENCES) and not isinstance(b[0], SEQUENCES):
            raise ValueError(f"dot takes two lists of equal length, but got {len(a)} and {len(b)} numbers.")
    y = products.dot(a, b, **keywords)
    return y if bias is None else y + bias


def sum(a: ArrayLike, *args: Any, **keywords: Any) -> Any:
    """`np.sum`. Of a list of numbers with Values among them it is a Value, and one node of the graph.

    Parameters
    ----------
    a : array_like, or a list, tuple or generator of numbers
    *args, **keywords
        Those of `np.sum`, for arrays: `axis`, `dtype`, `keepdims`, `initial`, `where`.

    Returns
    -------
    Value, Tensor or array

    Notes
    -----
    dy/da[k] = 1. Python's own `sum(values)` makes a node of each addition; the numbers are the same.

    Examples
    --------
    >>> import autodiff as ad
    >>> w = [ad.Value(2.0), ad.Value(-1.0)]
    >>> with ad.Tape() as tape:
    ...     y = ad.sum(v * v for v in w)
    >>> y, tape.gradient(y, w)
    (Value(5.0), [Value(4.0), Value(-2.0)])
    """
    if isinstance(a, Generator):
        a = [*a]
    if isinstance(a, SEQUENCES) and not args and not keywords:
        total = sum_of_values(a if type(a) is list else [*a])
        if total is not None:
            return total
    return reductions.sum(a, *args, **keywords)


also(products.dot, dot)
also(reductions.sum, sum)
