"""Examples in memory. They are checked once and then divided into batches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, TypeAlias

import numpy as np

import autodiff as ad
from nn import settings
from nn.arguments import array, count, one, wrong
from nn.class_weights import weights_by_class
from nn.typing import Array, ArrayLike, DType

Batch: TypeAlias = tuple[np.ndarray, Any, np.ndarray | None]  # x, y, w; y and w may be None


class Examples:
    """Inputs x, targets y and weights w of the same number of examples; y and w may be None.

    Raises ValueError for data that are not arrays of numbers, for different lengths, for no examples, and for NaN in x or w.
    """

    def __init__(self, x: ArrayLike, y: ArrayLike | None = None, w: ArrayLike | None = None, dtype: DType = None) -> None:
        self.x = numbers("x", x)
        self.y = None if y is None else numbers("y", y)
        self.w = None if w is None else numbers("sample_weight", w)
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

    def __len__(self) -> int:
        return len(self.x)

    def part(self, key: slice | np.ndarray) -> Examples:
        """The examples that a slice or an array of indices selects."""
        part = object.__new__(Examples)
        part.x = self.x[key]
        part.y, part.w = (None if a is None else a[key] for a in (self.y, self.w))
        return part

    def weighted(self, class_weight: Mapping[int, float] | None, partial: bool = False) -> Examples:
        """The same examples, with each weight multiplied by that of the example's class. See `weights_by_class`."""
        if class_weight is None:
            return self
        weights, part = weights_by_class(self.y, class_weight, partial), self.part(slice(None))
        part.w = weights if self.w is None else weights * self.w
        return part

    def split(self, fraction: float) -> tuple[Examples, Examples]:
        """(The first examples, the last `fraction` of them), in the order given."""
        cut = int(len(self) * (1 - fraction))
        if not 0 < cut < len(self):
            raise ValueError(f"{len(self)} examples are not sufficient to split off {fraction:.1%} of them.")
        return self.part(slice(cut)), self.part(slice(cut, None))

    def batch_size(self, size: int | Literal["all"] | None) -> int:
        """The number of examples in a batch: `size`, or all of them for "all", or 32 for None (all of them if there are fewer).

        Raises ValueError for any other size.
        """
        if size is None or (isinstance(size, str) and size == "all"):
            return len(self) if size else min(32, len(self))
        return count("batch_size", size, 1, len(self))

    def batches(self, size: int, shuffle: bool = False) -> Iterator[Batch]:
        """Yield (x, y, w) of each batch. If shuffled, the order comes from the random generator of nn."""
        order = settings.generator().permutation(len(self)) if shuffle else None

        def rows(a: np.ndarray) -> np.ndarray:
            return a[window] if order is None else a.take(order[window], 0)

        for start in range(0, len(self), size):
            window = slice(start, start + size)
            yield rows(self.x), None if self.y is None else rows(self.y), None if self.w is None else rows(self.w)


def weights_for(shape: tuple[int, ...], w: ArrayLike) -> Any:
    """The weights w with as many axes as `shape`. There is one weight for each example, or for each number of an example.

    Raises ValueError for weights of another shape.
    """
    w = w.astype(float) if is_traced(w) else array("sample_weight", w).astype(float, copy=False)
    if w.ndim == len(shape) + 1 and w.shape[-1] == 1:
        w = w[..., 0]  # a column
    if w.shape != shape[: w.ndim]:
        raise ValueError(f"There are numbers of shape {shape} to weigh, but sample weights of shape {w.shape}.")
    return w.reshape(w.shape + (1,) * (len(shape) - w.ndim))


def is_traced(x: Any) -> bool:
    """Whether x is a box in a trace, which has no numbers of its own to look at."""
    return isinstance(x, ad.Tensor) and ad.is_tracing()


def match_trailing_axis(y: Array, p: Array) -> Array:
    """The targets y with a last axis of size 1 added or removed, if the predictions p have one axis more or less.

    Targets (n,) become (n, 1) for predictions (n, 1), and targets (n, 1) become (n,) for predictions (n,).
    """
    p = outputs(p)
    if y.ndim + 1 == p.ndim and p.shape[-1] == 1:
        return y[..., None]
    return y[..., 0] if y.ndim == p.ndim + 1 and y.shape[-1] == 1 else y


def outputs(p: Any) -> Array:
    """What a model returns. Raises ValueError unless it is an array: `call` may lack its return, or have several results."""
    return one("What a model returns for a batch", p, "one array, a row for each example", (np.ndarray, ad.Tensor, ad.Value))


def numbers(what: str, a: ArrayLike) -> np.ndarray:
    """a as an array of numbers whose first axis is that of the examples. Raises ValueError for anything else."""
    found = array(what, a)
    if found.ndim == 0:
        raise wrong(what, "an array whose first axis is that of the examples", a)
    return found
