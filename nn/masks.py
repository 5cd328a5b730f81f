"""Masks: which steps of sequences are there, carried from layer to layer beside the arrays, as Keras carries them.

A layer that makes masks, as Embedding(mask_zero=True) and Masking, enters its output in a table. Each later call finds the mask
of its inputs there, and the loss that of the outputs. An entry lasts as long as somebody else has the array: that is looked at
when the next one is entered. While no layer has made a mask the table is empty, and calls do not look into it.
"""

from __future__ import annotations

import sys
from typing import Any

import autodiff as ad
from autodiff import nest

__all__ = ["mask_of"]

MASKS: dict[int, tuple[Any, Any]] = {}  # by the id of an array: the array and its mask
FEW = 64  # so many entries are looked through each time, and more of them each time that their number has doubled


def mask_of(x: Any, levels: int = 9) -> Any:
    """The mask that a layer has given to an array, or None; of several arrays, those of each, or None if there is none.

    levels: so many lists within lists are looked into.

    >>> from nn import Embedding
    >>> mask_of(Embedding(5, 2, mask_zero=True)([[3, 1, 0]])).tolist()
    [[True, True, False]]
    """
    if levels and isinstance(x, (list, tuple, dict)):
        found = [mask_of(part, levels - 1) for part in (x.values() if isinstance(x, dict) else x)]
        return found if any(mask is not None for mask in found) else None
    entry = MASKS.get(id(x))
    return None if entry is None else entry[1]


def give_mask(x: Any, mask: Any) -> None:
    """Give an array its mask, and forget those of arrays that nobody else has any more."""
    if len(MASKS) <= FEW or len(MASKS) & (len(MASKS) - 1) == 0:
        forget()
    MASKS[id(x)] = x, mask


def forget() -> None:
    """Forget the masks of arrays that nobody else has any more."""
    for key, count in references(MASKS).items():
        if count <= ALONE:
            MASKS.pop(key, None)


def references(masks: dict[int, tuple[Any, Any]]) -> dict[int, int]:
    """How often each array of a table is referred to, while this counts."""
    return {key: sys.getrefcount(x) for key, (x, _) in list(masks.items())}


ALONE = references({0: (object(), None)})[0]  # of an array that nobody else has


def hand_on(old: Any, new: Any) -> None:
    """Give arrays the masks of those that they were made of, number by number."""
    for a, b in zip(nest.flatten(old), nest.flatten(new)):
        if a is not b and (mask := mask_of(a)) is not None:
            give_mask(b, mask)


def give_masks(x: Any, masks: Any) -> Any:
    """Give several arrays their masks, as `mask_of` returned them. Returns the arrays."""
    for part, mask in zip(nest.flatten(x), nest.flatten(masks)):
        if mask is not None:
            give_mask(part, mask)
    return x


def aligned(mask: Any, ndim: int) -> Any:
    """A mask with so many axes: further ones of one number at its end, or fewer of them."""
    mask = ad.convert_to_tensor(mask)
    while mask.ndim > ndim and mask.shape[-1] == 1:
        mask = mask[..., 0]
    return ad.reshape(mask, (*mask.shape, *[1] * (ndim - mask.ndim)))
