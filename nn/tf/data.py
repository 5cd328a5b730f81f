"""tf.data: datasets of arrays in memory. It has code of its own, since most training loops of courses
begin with `Dataset.from_tensor_slices((x, y)).shuffle(...).batch(...)`."""

import builtins as _builtins
import itertools as _itertools
import operator as _operator

import numpy as _np

import autodiff as _ad
from nn.arguments import count as _count
from nn.arguments import deeper as _deeper
from nn.arguments import flag as _flag
from nn.arguments import function as _function
from nn.arguments import index as _index
from nn.arguments import one as _one
from nn.arrays import is_external as _is_external
from nn.tf._adapters import plain as _plain
from nn.tf._adapters import with_axes as _with_axes
from nn.tf._missing import lacks as _lacks
from nn.tf.random import _generator

AUTOTUNE = -1


class experimental:
    """Where older code looks for AUTOTUNE."""

    AUTOTUNE = AUTOTUNE


def _each(function, *trees, depth=0):
    """`function` of the parts at one place of the structures. As in TensorFlow, a tuple is a structure and a list an array."""
    first = trees[0]
    if isinstance(first, dict):
        return {key: _each(function, *(tree[key] for tree in trees), depth=_deeper(depth)) for key in first}
    if isinstance(first, tuple):
        return tuple(_each(function, *branches, depth=_deeper(depth)) for branches in zip(*trees))
    return function(*trees)


def _leaves(tree):
    found = []
    _each(found.append, tree)
    return found


def _on_host(x):
    """x as numpy's array. TypeError for one of another library."""
    if _is_external(x):
        raise TypeError(
            f"A Dataset holds numpy's arrays, but got one of {_ad.array_library(x)}: give it to fit as it is, or bring it to "
            "the host by ad.to_numpy(x)."
        )
    return _ad.to_numpy(x)


class Dataset:
    """A sequence of elements, which can be iterated again and again: arrays, or tuples or dicts of them.

    >>> rows = Dataset.from_tensor_slices(([[1.0], [2.0], [3.0]], [0, 1, 0]))
    >>> [(x.shape, y.numpy().tolist()) for x, y in rows.batch(2)]
    [((2, 1), [0, 1]), ((1, 1), [0])]
    """

    def __init__(self, elements, length):
        self._elements, self._length = elements, length  # elements() starts again; a length of None is unknown

    @staticmethod
    def from_tensor_slices(tensors):
        arrays = _each(_on_host, tensors)
        lengths = {len(_with_axes("tensors", array, 1)) for array in _leaves(arrays)}
        if len(lengths) != 1:
            raise ValueError(f"The arrays of a dataset have one length, but got {sorted(lengths)}.")
        (n,) = lengths
        return Dataset(lambda: (_each(_operator.itemgetter(k), arrays) for k in range(n)), n)

    @staticmethod
    def range(*limits):
        numbers = range(*_plain(limits, "The limits of a range"))
        return Dataset(lambda: map(_np.int64, numbers), len(numbers))

    @staticmethod
    def from_tensors(tensors):
        return Dataset(lambda: iter([_each(_on_host, tensors)]), 1)

    @staticmethod
    def from_generator(generator, output_types=None, output_shapes=None, args=(), output_signature=None):
        _function("generator", generator)
        return Dataset(lambda: iter(generator(*args)), None)

    @staticmethod
    def zip(*datasets):
        """Tuples of the elements of each, as many as the shortest has; they may stand in one tuple."""
        several = datasets[0] if len(datasets) == 1 and isinstance(datasets[0], tuple) else datasets
        for data in several:
            if not isinstance(data, Dataset):
                raise TypeError(f"zip takes Datasets, but got one of type {type(data).__name__}.")
        lengths = [data._length for data in several if data._length is not None]
        return Dataset(lambda: _builtins.zip(*(data._elements() for data in several)), min(lengths, default=None))

    def __iter__(self):
        return (_each(_ad.convert_to_tensor, element) for element in self._elements())

    def __len__(self):
        if self._length is None:
            raise TypeError("The dataset's length is unknown.")
        return self._length

    def as_numpy_iterator(self):
        return (_each(_ad.to_numpy, element) for element in self._elements())

    def shuffle(self, buffer_size, seed=None, reshuffle_each_iteration=True):
        buffer_size = _count("buffer_size", buffer_size)
        stream = None if seed is None else _generator(seed)

        def shuffled():
            draw, buffer = stream or _generator(None), []
            for element in self._elements():
                buffer.append(element)
                if len(buffer) >= buffer_size:
                    k = draw.integers(len(buffer))
                    buffer[k], buffer[-1] = buffer[-1], buffer[k]
                    yield buffer.pop()
            yield from (buffer[k] for k in draw.permutation(len(buffer)))

        return Dataset(shuffled, self._length)

    def batch(self, batch_size, drop_remainder=False):
        batch_size, drop_remainder = _count("batch_size", batch_size), _flag("drop_remainder", drop_remainder)

        def batches():
            rows = self._elements()
            while batch := list(_itertools.islice(rows, batch_size)):
                if len(batch) == batch_size or not drop_remainder:
                    yield _each(lambda *parts: _np.stack([_ad.to_numpy(part) for part in parts]), *batch)

        n = self._length
        return Dataset(batches, n if n is None else n // batch_size if drop_remainder else -(-n // batch_size))

    def map(self, map_func, num_parallel_calls=None):
        _function("map_func", map_func)

        def mapped():
            for element in self:
                yield map_func(*element) if isinstance(element, tuple) else map_func(element)

        return Dataset(mapped, self._length)

    def filter(self, predicate):
        _function("predicate", predicate)

        def kept():
            for element in self:
                if predicate(*element) if isinstance(element, tuple) else predicate(element):
                    yield _each(_ad.to_numpy, element)

        return Dataset(kept, None)

    def unbatch(self):
        def rows():
            for batch in self._elements():
                for k in range(len(_leaves(batch)[0])):
                    yield _each(_operator.itemgetter(k), batch)

        return Dataset(rows, None)

    def concatenate(self, dataset):
        lengths = self._length, _one("dataset", dataset, "a Dataset", Dataset)._length
        both = None if None in lengths else sum(lengths)
        return Dataset(lambda: _itertools.chain(self._elements(), dataset._elements()), both)

    def cardinality(self):
        """How many elements there are, or -2 where that is not known."""
        return _np.int64(-2 if self._length is None else self._length)

    def repeat(self, count=None):
        count = None if count is None or _index(count) == -1 else _count("count", count, 0)

        def repeated():
            for _ in _itertools.count() if count is None else range(count):
                yield from self._elements()

        return Dataset(repeated, None if count is None or self._length is None else count * self._length)

    def take(self, count):
        most = None if _index(count) == -1 else _count("count", count, 0)
        lengths = [n for n in (self._length, most) if n is not None]
        return Dataset(lambda: _itertools.islice(self._elements(), most), min(lengths, default=None))

    def skip(self, count):
        n, count = self._length, _count("count", count, 0)
        return Dataset(lambda: _itertools.islice(self._elements(), count, None), n and max(0, n - count))

    def enumerate(self, start=0):
        start = _count("start", start, 0)
        return Dataset(lambda: enumerate(self._elements(), start), self._length)

    def cache(self):
        return self

    def prefetch(self, buffer_size=None):
        return self


__getattr__ = _lacks(__name__)
