"""Examples in memory: checked once, then handed out in batches."""

import numpy as np

from nn import settings


class Examples:
    """Inputs x, targets y and weights w of as many examples; y and w may be None.

    Raises ValueError for what is no array of numbers, lengths that differ, no examples, and NaN inputs.
    """

    def __init__(self, x, y=None, w=None, dtype=None):
        self.x, self.y, self.w = numbers("x", x), numbers("y", y), numbers("sample_weight", w)
        sizes = {name: len(a) for name, a in (("x", self.x), ("y", self.y), ("sample_weight", self.w)) if a is not None}
        if len(set(sizes.values())) > 1:
            raise ValueError(
                "Data cardinality is ambiguous. Make sure all arrays contain the same number of samples; the sizes are "
                + ", ".join(f"{name}: {n}" for name, n in sizes.items()) + "."
            )  # fmt: skip
        if not len(self):
            raise ValueError(f"There are no examples: x has shape {self.x.shape}.")
        if self.x.dtype.kind == "f":
            self.x = self.x.astype(dtype or self.x.dtype, copy=False)
        for name, a in (("x", self.x), ("sample_weight", self.w)):
            if a is not None and np.isnan(a).any():
                rows = np.count_nonzero(np.isnan(a).any(axis=tuple(range(1, a.ndim))))
                raise ValueError(f"{name} has NaN in {rows} of its {len(self)} examples: drop them, or fill in numbers.")

    def __len__(self):
        return len(self.x)

    def part(self, key):
        """The examples that a slice or an array of indices names."""
        part = object.__new__(Examples)
        part.x, part.y, part.w = (None if a is None else a[key] for a in (self.x, self.y, self.w))
        return part

    def weighted(self, class_weight):
        """The same, each example's weight times that of its class, from {class: weight}; 1 for a class that is not there."""
        if class_weight is None:
            return self
        if not isinstance(class_weight, dict):
            raise ValueError(f"class_weight is a dictionary {{class: weight}}, but got {class_weight!r}.")
        labels = self.y.argmax(-1) if self.y.ndim > 1 and self.y.shape[-1] > 1 else self.y.reshape(-1)
        if labels.shape != (len(self),):
            raise ValueError(f"class_weight is for one label an example, but y has shape {self.y.shape}.")
        weights = np.array([class_weight.get(int(label), 1.0) for label in labels])
        part = self.part(slice(None))
        part.w = weights if self.w is None else weights * self.w
        return part

    def split(self, fraction):
        """(the first, the last `fraction` of the examples), in the order given."""
        if not 0 < fraction < 1:
            raise ValueError(f"validation_split is a share of the examples, in (0, 1), but got {fraction!r}.")
        cut = int(len(self) * (1 - fraction))
        if not 0 < cut < len(self):
            raise ValueError(f"{len(self)} examples are not sufficient to split off {fraction:.1%} of them.")
        return self.part(slice(cut)), self.part(slice(cut, None))

    def batch_size(self, size):
        """How many examples make a batch: 32 or all there are for None, all for "all". ValueError beyond that."""
        if size is None or (isinstance(size, str) and size == "all"):
            return len(self) if size else min(32, len(self))
        if not isinstance(size, (int, np.integer)) or not 1 <= size <= len(self):
            raise ValueError(f"batch_size is a whole number from 1 to the {len(self)} examples there are, but got {size!r}.")
        return int(size)

    def batches(self, size, shuffle=False):
        """Yield (x, y, w), batch after batch; shuffled, in an order from the one random stream."""
        order = settings.generator().permutation(len(self)) if shuffle else None
        for start in range(0, len(self), size):
            key = slice(start, start + size) if order is None else order[start : start + size]
            yield tuple(None if a is None else a[key] if order is None else a.take(key, 0) for a in (self.x, self.y, self.w))


def weights_for(shape, w):
    """w with an axis for each of this shape: a weight for each example, or for each number of it. ValueError otherwise."""
    w = np.asarray(w, float)
    if w.shape != shape[: w.ndim]:
        raise ValueError(f"There are numbers of shape {shape} to weigh, but sample weights of shape {w.shape}.")
    return w.reshape(w.shape + (1,) * (len(shape) - w.ndim))


def match_trailing_axis(y, p):
    """y with a trailing axis of one more or less, if that is what the predictions have."""
    if y.ndim + 1 == p.ndim and p.shape[-1] == 1:
        return y[..., None]
    return y[..., 0] if y.ndim == p.ndim + 1 and y.shape[-1] == 1 else y


def numbers(what, a):
    """a as an array of numbers with an axis of examples; None as it is. ValueError for anything else."""
    if a is None:
        return None
    try:
        array = np.asarray(a)
    except ValueError as error:
        raise ValueError(f"{what} is no array: {error}") from None
    if array.dtype.kind not in "fiub" or array.ndim == 0:
        raise ValueError(f"{what} holds numbers, along an axis of examples, but got {array.dtype} of shape {array.shape}.")
    return array
