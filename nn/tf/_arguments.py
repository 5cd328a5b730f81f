"""What TensorFlow's functions are given, as what numpy's take. Wrong arguments raise ValueError that names them."""

import numpy as np

import autodiff as ad
from nn.arguments import items, wrong
from nn.arrays import plain as stays

T = ad.convert_to_tensor


def raw(x):
    """The array itself, where it is. No gradient passes through it."""
    return stays(x)


def plain(numbers, what="An axis, a size or a shape"):
    """An axis or a shape as an int or a tuple of ints. It may be a tensor, or contain tensors. None stays None."""
    if numbers is None:
        return None
    found = whole(numbers, what)
    if found.ndim > 1:
        raise wrong(what, "a whole number, or a list of them", numbers)
    return found.tolist() if found.ndim == 0 else tuple(found.tolist())


def whole(numbers, what):
    """Whole numbers as an array of int64."""
    try:
        found = ad.to_numpy(numbers)
        with np.errstate(invalid="ignore"):
            ints = found.astype(np.int64)
    except (TypeError, ValueError, OverflowError):
        ints = None
    if ints is None or found.dtype.kind not in "fiub" or not np.array_equal(ints, found):
        raise wrong(what, "a whole number, or several", numbers)
    return ints


def with_axes(what, x, least):
    """x, which has at least so many axes."""
    if np.ndim(x) < least:
        raise wrong(what, f"a tensor of at least {least} {'axis' if least == 1 else 'axes'}", x)
    return x


def within(what, indices, size):
    """Whole numbers that are indices of an axis of this size."""
    found = whole(indices, what)
    if found.size and not -size <= found.min() <= found.max() < size:
        raise wrong(what, f"an index, or several, below {size}", indices)
    return found


def tensors(what, values, expected="a list of tensors"):
    """What a list holds, as tensors."""
    return [T(value) for value in items(what, values, expected)]
