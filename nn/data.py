"""Examples: arrays in memory, checked once and then divided into batches, and data that come in batches.

Inputs, targets and weights are arrays, or several arrays in lists, tuples and dicts.
"""

from __future__ import annotations

import copy
import itertools
import operator
import warnings
from collections.abc import Iterator, Mapping
from typing import Any, Literal, TypeAlias

import numpy as np

import autodiff as ad
from autodiff import nest
from nn import settings
from nn.arguments import array, count, each, each_named, is_structure, wrong
from nn.arrays import computed, is_external, is_lazy, near, plain
from nn.class_weights import weights_by_class
from nn.typing import Array, ArrayLike, DType, Function

Batch: TypeAlias = tuple[Any, Any, Any]  # x, y, w; y and w may be None


class Examples:
    """Inputs x, targets y and weights w of the same number of examples; y and w may be None.

    Raises ValueError for data that are not arrays of numbers, for different lengths, for no examples, and for NaN or infinity
    in x or w.
    """

    are_checked = True  # all of them are there, to be looked at before the first step

    def __init__(self, x: Any, y: Any = None, w: Any = None, dtype: DType = None, check: bool = True) -> None:
        if x is None:
            raise ValueError("x holds numbers, in an array or several, but got None.")
        given = {"x": x, "y": y, "sample_weight": w}
        self.x, self.y, self.w = (each_named(with_rows, name, several) for name, several in given.items())
        every = [(name, a) for name, a in zip(given, (self.x, self.y, self.w)) if a is not None]
        sizes = [(name, len(a)) for name, several in every for a in nest.flatten(several) if a is not None]
        if len({n for _, n in sizes}) > 1:
            raise ValueError(
                "Data cardinality is ambiguous. Make sure all arrays contain the same number of samples; the sizes are "
                + ", ".join(f"{name}: {n}" for name, n in sizes) + "."
            )  # fmt: skip
        self.length = sizes[0][1]
        if not len(self):
            raise ValueError(f"There are no examples: x has shape {nest.map_structure(np.shape, self.x)}.")
        self.x = each(lambda a: a.astype(dtype or a.dtype, copy=False) if a.dtype.kind == "f" else a, self.x)
        for name, several in every:
            if check and name != "y":
                each_named(check_finite, name, several)

    def __len__(self) -> int:
        return self.length

    @property
    def is_external(self) -> bool:
        """Whether they are arrays of another library."""
        return is_external(first(self.x))

    def part(self, key: slice | np.ndarray) -> Examples:
        """The examples that a slice or an array of indices selects."""
        part = copy.copy(self)
        part.x, part.y, part.w = self.rows(key)
        part.length = len(first(part.x))
        return part

    def rows(self, key: slice | np.ndarray) -> Batch:
        """(x, y, w) of these examples."""
        taken = lambda a: a[key] if is_lazy(a) else a.take(near(a, key), 0)
        select: Any = operator.itemgetter(key) if isinstance(key, slice) else taken
        return each(select, self.x), each(select, self.y), each(select, self.w)

    computed = part  # in memory

    def weighted(self, class_weight: Mapping[int, float] | None, partial: bool = False) -> Examples:
        """The same examples, with each weight multiplied by that of the example's class. See `weights_by_class`."""
        if class_weight is None:
            return self
        if is_structure(self.y):
            raise ValueError("class_weight is for the targets of one output, but y has several: use sample_weight.")
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

    def steps(self, size: int) -> int:
        """How many batches there are."""
        return -(-len(self) // size)

    def sizes(self, size: int, part: Function = slice) -> dict[int, int]:
        """{number of examples: how many such batches there are}; with `part` those of the parts of this process."""
        rest = part(0, len(self) % size)
        whole = part(0, size)
        return {rest.stop - rest.start: 1, whole.stop - whole.start: len(self) // size}

    def begin_again(self) -> None:
        """They do so by themselves."""

    def first(self, size: int) -> Batch:
        """The first batch."""
        return next(self.batches(size))

    def targets(self) -> Iterator[tuple[Any, Any]]:
        """(y, w) of all examples, in parts."""
        return ((y, w) for _, y, w in self.batches(4096) if y is not None)

    def batches(self, size: int, shuffle: bool = False, part: Function = slice) -> Iterator[Batch]:
        """Yield (x, y, w) of each batch. If shuffled, the order comes from the random generator of nn. part(start, stop): those
        rows of a batch that are wanted."""
        order = settings.generator().permutation(len(self)) if shuffle else None
        for start in range(0, len(self), size):
            window = part(start, min(start + size, len(self)))
            yield settings.sent(self.rows(window if order is None else order[window]))


MANY = 1000  # steps that an epoch is taken to have where nobody knows


class Batches:
    """Data that come in batches: a Dataset, a generator, a DataLoader of PyTorch, or any iterable of x, (x, y) or (x, y, w).

    steps: so many batches are an epoch; by default as many as there are. The next epoch goes on where the last one ended, and
    begins again where the data end. Raises ValueError for batches of another form, and where there is none.
    """

    are_checked = False
    is_external = False  # of the last batch

    def __init__(self, source: Any, steps: int | None = None, dtype: DType = None) -> None:
        self.source, self.dtype = source, dtype
        self.class_weight: Mapping[int, float] | None = None
        self.limit = len(source) if steps is None and hasattr(source, "__len__") else steps
        self.coming: Iterator[Any] = iter(())

    def weighted(self, class_weight: Mapping[int, float] | None) -> Batches:
        """The same batches, with each weight multiplied by that of the example's class."""
        self.class_weight = class_weight
        return self

    def split(self, fraction: float) -> Any:
        raise ValueError("validation_split takes the last examples of arrays; give data in batches validation_data.")

    def batch_size(self, size: None) -> None:
        """They come in their own size."""

    def steps(self, size: int | None) -> int | None:
        """How many batches there are in an epoch, if it is known."""
        return self.limit

    def sizes(self, size: int | None, part: Function = slice) -> dict[int, int]:
        """{number of examples: how many such batches there are}, as the first one is."""
        rows = part(0, length(self.first()[0]))
        return {rows.stop - rows.start: MANY if self.limit is None else self.limit}

    def first(self, size: int | None = None) -> Batch:
        """The first batch, which comes again."""
        found = self.next()
        if found is None:
            raise ValueError("There are no examples: the data have no batch.")
        self.coming = itertools.chain([found], self.coming)
        return self.checked(found)

    def batches(self, size: int | None = None, shuffle: bool = False, part: Function = slice) -> Iterator[Batch]:
        """Yield (x, y, w) of each batch of an epoch, in the size and order in which they come. part(start, stop): those rows of
        a batch that are wanted."""
        for k in itertools.count() if self.limit is None else range(self.limit):
            found = self.next(again=k == 0 or self.limit is not None)
            if found is None:
                break
            yield self.checked(found, part)

    def begin_again(self) -> None:
        """Let the next batch be the first one, if the data can be gone through again: each evaluation sees the same ones."""
        if not hasattr(self.source, "__next__"):
            self.coming = iter(())

    def next(self, again: bool = True) -> Any:
        """The next batch as it comes; None if there is none. `again`: where the data end they begin again."""
        found = next(self.coming, None)
        if found is None and again:
            several = hasattr(self.source, "__iter__") or hasattr(self.source, "__next__")
            self.coming = iter(self.source) if several else map(self.source.__getitem__, range(len(self.source)))
            found = next(self.coming, None)
        return found

    def checked(self, batch: Any, part: Function = slice) -> Batch:
        examples = Examples(*computed(unpacked("A batch", batch)), self.dtype).weighted(self.class_weight, partial=True)
        self.is_external = examples.is_external
        return settings.sent(examples.rows(part(0, len(examples))))


def come_in_batches(x: Any) -> bool:
    """Whether x is no array, nor several of them, but data that come in batches."""
    if isinstance(x, list):
        return bool(x) and all(isinstance(part, tuple) and is_structure(part) for part in x)
    is_array = isinstance(x, (tuple, dict, str)) or any(hasattr(x, name) for name in ("__array__", "shape", "columns"))
    return not is_array and any(hasattr(x, name) for name in ("__iter__", "__next__", "__getitem__"))


def unpacked(what: str, data: Any) -> Batch:
    """(x, y, sample_weight) of a batch or of validation data, with None for what is not there."""
    parts = data if isinstance(data, (tuple, list)) else (data,)
    if not 1 <= len(parts) <= 3:
        raise ValueError(f"{what} is x, (x, y) or (x, y, sample_weight), but got {len(parts)} parts.")
    x, y, w = (*parts, None, None)[:3]
    return x, y, w


# -- several arrays ----------------------------------------------------------------------------------------------------------


def first(several: Any) -> Any:
    """The first of several arrays."""
    return next(a for a in nest.flatten(several) if a is not None)


def length(several: Any) -> int:
    """How many rows several arrays have."""
    return len(several if type(several) is np.ndarray else first(several))


def with_rows(what: str, a: Any) -> Any:
    """a as an array of numbers whose first axis is that of the examples. ValueError for anything else."""
    found = array(what, a)
    if found.ndim == 0:
        raise wrong(what, "an array whose first axis is that of the examples", a)
    return found


def check_finite(what: str, a: Any) -> None:
    """Raise ValueError for NaN and infinity."""
    if a.dtype.kind != "f" or np.isfinite(a).all():
        return
    kind, bad = ("NaN", np.isnan(a)) if np.isnan(a).any() else ("infinity", np.isinf(a))
    rows = int(np.count_nonzero(bad.any(axis=tuple(range(1, a.ndim)))))
    raise ValueError(f"{what} has {kind} in {rows} of its {len(a)} examples: drop them, or fill in numbers.")


# -- weights and targets -----------------------------------------------------------------------------------------------------


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
    if y.ndim + 1 == p.ndim and p.shape[-1] == 1:
        return y[..., None]
    return y[..., 0] if y.ndim == p.ndim + 1 and y.shape[-1] == 1 else y


def warn_if_sorted(y: Any, stacklevel: int) -> None:
    """Warn if the last labels are hardly those that the others are."""
    labels = None if y is None or is_structure(y) else plain(y)
    if labels is None or is_lazy(labels) or labels.ndim != 1 or labels.dtype.kind not in "iub":
        return
    if labels[0] < labels[-1] and np.all(labels[1:] >= labels[:-1]):
        warnings.warn(
            "The labels are sorted, and validation_split takes the last examples as they come: their classes are hardly "
            "among those to learn from. Shuffle x and y together first.",
            stacklevel=stacklevel,
        )
