"""What is known by its numbers: data that a layer copied, for it computes with a copy of its input, in its own dtype and shape;
and masks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from autodiff.core.dtypes import is_real
from autodiff.drawing.arrangements import rearranged
from autodiff.drawing.formula import grouped
from autodiff.drawing.graph import Node
from autodiff.drawing.namespace import Namespace

FEW, CLOSE = 3, 1e-5  # so many numbers of an array are in a formula; a relative distance
PADDED = (3, 4, 5)  # axes of a batch of rows, of images, of volumes
Numbers = tuple[np.dtype[np.generic], bytes]


def name_copies(nodes: Sequence[Node], around: Namespace, said: Collection[Node]) -> None:
    """Give the arrays without a name that of the first array with the same numbers, and its shape: of the graph, or of the
    caller. Those all of whose numbers are one, such as 0, are not told so: layers and programs make them too. Nor are those of
    which the program has `said` what they are: other data may have these numbers."""
    copies: dict[Numbers, list[Node]] = {}
    dtypes: dict[int, set[np.dtype[np.generic]]] = {}  # by size
    arrays = [node for node in nodes if node.kind == "constant" and isinstance(node.value, np.ndarray) and node.value.size > 1]
    for node in arrays:
        if node.name is None and node not in said:
            whole = rearranged(node.value)
            copies.setdefault(numbers(whole, whole.dtype), []).append(node)
            dtypes.setdefault(whole.size, set()).add(whole.dtype)
    if not copies:
        return
    names: dict[Numbers, dict[str, NDArray[np.generic]]] = {}
    named = ((node.name, node.value) for node in arrays if node.name is not None)
    results = {node.name for node in nodes if node.op is not None}  # what was computed is no copy of data
    for name, array in chain(named, (each for each in around.arrays() if each[0] not in results)):
        for dtype in dtypes.get(array.size, ()):
            if np.can_cast(array.dtype, dtype, "same_kind"):
                names.setdefault(numbers(array, dtype), {}).setdefault(name, array)
    for key in copies.keys() & names.keys():
        first, (name, array) = copies[key][0].value, next(iter(names[key].items()))
        if np.any(first != first.flat[0]):
            for node in copies[key]:
                node.name, node.value = name, array if array.shape != node.value.shape else node.value


def name_padded(nodes: Sequence[Node], around: Namespace | None) -> None:
    """Give the images that a layer made by padding others the numbers of those, and their name if they have none."""
    images = [node for node in nodes if node.kind == "constant" and np.ndim(node.value) in PADDED]
    for node in images:
        others = chain(((each.name, each.value) for each in images), () if around is None else around.arrays())
        for name, array in others:
            if is_padded(node.value, array):
                node.name, node.value, node.form = node.name or name, array, "pad({}, …)"
                break


def name_masks(nodes: Iterable[Node]) -> None:
    """Say of the masks without a name by which `where` chooses, as in `leaky_relu`, what they are: `z > 0`, if that is true."""
    for node in nodes:
        if node.op is None or node.op.name != "where":
            continue
        mask, *others = (edge.source for edge in node.inputs)
        if mask.kind == "constant" and not mask.name and not mask.origin and isinstance(mask.value, np.ndarray):
            arrays = (x for x in others if x.name and x.op is not None and isinstance(x.value, np.ndarray))
            compared = (x.name for x in arrays if np.array_equal(mask.value, x.value > 0))
            mask.key = next((f"{name} > 0" for name in compared), "mask")


def name_multiples(nodes: Sequence[Node], around: Namespace | None) -> None:
    """Say of the arrays without a name that the rules of a derivative or the program computed from data what they are, if that
    is `−targets ÷ 6` or `1 − targets`. An array of one number says itself what it is."""
    made = [node for node in nodes if node.kind == "constant" and not (node.name or node.key or node.origin)
            and isinstance(node.value, np.ndarray) and node.value.size > FEW
            and is_real(node.value) and np.ptp(node.value)]  # fmt: skip
    if not made:
        return
    named = ((node.name, node.value) for node in nodes if node.kind == "constant" and node.name)
    data = [(name, x) for name, x in chain(named, () if around is None else around.arrays()) if name]
    for node in made:
        same = ((name, x) for name, x in data if np.shape(x) == node.value.shape and is_real(x))
        node.key = next((text for name, x in same if (text := multiple(node.value, name, x) or rest(node.value, name, x))), "")


def is_of_rules(node: Node) -> bool:
    """Whether nothing but the operations of a derivative reads a node: its rules made it."""
    return bool(node.users) and all(edge.into.step for edge in node.users)


def multiple(array: NDArray[np.generic], name: str, data: NDArray[np.generic]) -> str:
    """`−x ÷ 6` for an array that is data of that name divided by a whole number, with whatever sign; "" for another."""
    known, wanted = np.asarray(data, float), np.asarray(array, float)
    at = np.unravel_index(np.argmax(np.abs(known)), known.shape)
    share = float(wanted[at] / known[at]) if known[at] else 0.0
    count = round(1.0 / abs(share)) if 0.0 < abs(share) <= 1.0 else 0
    if not count or abs(abs(share) * count - 1.0) > CLOSE or not np.allclose(known * share, wanted, rtol=CLOSE, atol=0.0):
        return ""
    return ("−" if share < 0 else "") + grouped(name) + (f" ÷ {count}" if count > 1 else "")


def is_copy(array: object, other: NDArray[np.generic]) -> bool:
    """Whether an array may have the numbers of another, in whatever form, order and dtype, or with zeros around them: as many
    with the same least, largest and mean. (It is asked of data, of which sorting may take seconds.)"""
    if not isinstance(array, np.ndarray) or not is_real(array) or not is_real(other):
        return True  # nothing is known of it
    if not array.size or array.size != other.size:
        return is_padded(array, other)
    with np.errstate(all="ignore"):
        one, two = ([x.min(), x.max(), x.mean(dtype=float)] for x in (array, other))
    return bool(np.allclose(one, two, rtol=1e-3, equal_nan=True))


def is_padded(whole: NDArray[np.generic], array: NDArray[np.generic]) -> bool:
    """Whether an array is another one with zeros around it."""
    if array.ndim != whole.ndim or whole.size <= array.size or array.size < 2 or min(np.subtract(whole.shape, array.shape)) < 0:
        return False
    inside = tuple(slice((n - k) // 2, (n - k) // 2 + k) for n, k in zip(whole.shape, array.shape, strict=True))
    if not np.can_cast(array.dtype, whole.dtype, "same_kind"):
        return False
    return bool(np.array_equal(whole[inside], array.astype(whole.dtype)) and np.count_nonzero(whole) == np.count_nonzero(array))


def numbers(array: NDArray[np.generic], dtype: np.dtype[np.generic]) -> Numbers:
    """The numbers of an array in a dtype, as what a dictionary can look up."""
    with np.errstate(all="ignore"):
        return dtype, array.astype(dtype).tobytes()


def rest(array: NDArray[np.generic], name: str, data: NDArray[np.generic]) -> str:
    """`1 − x` for an array that is that; "" for another."""
    return f"1 − {grouped(name)}" if np.array_equal(array, 1 - np.asarray(data, float)) and np.ptp(array) else ""
