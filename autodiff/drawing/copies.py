"""Names of data on a tape that noted no call sites. A layer computes with a copy of its input, in its own dtype: what a
variable of the caller holds is known by its numbers then."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from autodiff.drawing.graph import Node, rearranged
from autodiff.drawing.namespace import Namespace

Numbers = tuple[tuple[int, ...], np.dtype[np.generic], bytes]


def name_copies(nodes: Iterable[Node], around: Namespace) -> None:
    """Give the arrays without a name that of the first array with the same numbers. Where all numbers of an array are one, such
    as 0, it must be the only array without a name that has them, and only one may have a name: a layer makes those too."""
    copies: dict[Numbers, list[Node]] = {}
    dtypes: dict[tuple[int, ...], set[np.dtype[np.generic]]] = {}  # by shape
    for node in nodes:
        if node.kind == "constant" and node.name is None and isinstance(node.value, np.ndarray) and node.value.size > 1:
            whole = rearranged(node.value)
            copies.setdefault(numbers(whole, whole.dtype), []).append(node)
            dtypes.setdefault(whole.shape, set()).add(whole.dtype)
    names: dict[Numbers, dict[str, None]] = {}  # in the order of the namespace, each once
    for name, array in around.arrays() if copies else ():
        for dtype in dtypes.get(array.shape, ()):
            if np.can_cast(array.dtype, dtype, "same_kind"):
                names.setdefault(numbers(array, dtype), {})[name] = None
    for key in copies.keys() & names.keys():
        first = copies[key][0].value
        if len(names[key]) == len(copies[key]) == 1 or np.any(first != first.flat[0]):
            for node in copies[key]:
                node.name = next(iter(names[key]))


def numbers(array: NDArray[np.generic], dtype: np.dtype[np.generic]) -> Numbers:
    """The numbers of an array in a dtype, as what a dictionary can look up."""
    with np.errstate(all="ignore"):
        return array.shape, dtype, array.astype(dtype).tobytes()
