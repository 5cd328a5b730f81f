"""Which samples are right on arrays of another library.

    python tests/external/right_or_refused.py strict|dask|cupy [words of ids]

A row is run on numpy and there, with its gradient. It is right, wrong, or refused.
"""

import sys
import traceback
import warnings
from collections import Counter
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from samples import EVERY, leaves, planted

import autodiff as ad
from autodiff.core import transfer


class Kind:
    """A kind of array: how numbers go there, and come back."""

    def __init__(self, name):
        self.name = name
        if name == "strict":
            from external import strict

            self.there, self.back = strict.array, lambda x: x.get()
        elif name == "dask":
            import dask.array

            self.there = lambda x: dask.array.from_array(x, chunks=2 if x.ndim < 2 else (2, *x.shape[1:]))
            self.back = np.errstate(all="ignore")(lambda x: x.compute(scheduler="synchronous"))
        else:
            import cupy

            self.there, self.back = cupy.asarray, lambda x: x.get()


def outputs(y):
    parts = y if isinstance(y, (tuple, list)) else [y]
    return [part for part in parts if isinstance(part, ad.Tensor) and part.dtype.kind in "fc"]


def answers(row, there):
    """The float outputs of a row, and the gradients of their weighted sum."""
    xs = [ad.constant(there(np.array(x))) for x in leaves(row.args)]
    with ad.Tape() as tape:
        tape.watch(xs)
        ys = outputs(row.function(*planted(row.args, iter(xs)), **row.keywords))
    seeds = [ad.constant(there(np.asarray(np.cos(np.arange(y.size) + 0.3).reshape(y.shape), y.dtype))) for y in ys]
    found = tape.gradient(ys, xs, output_gradients=seeds, unconnected_gradients="zero") if ys else []
    return [*ys, *found]


def alike(a, b):
    return a.shape == b.shape and a.dtype == b.dtype and np.allclose(a, b, 1e-9, 1e-11, equal_nan=True)


def verdict(row, kind):
    """What a row is, `right`, `wrong` or `refused`; why; and the error."""
    expected = [ad.to_numpy(y) for y in answers(row, lambda x: x)]
    try:
        found = answers(row, kind.there)
        if found and all(isinstance(y.data, np.ndarray) for y in found):
            return "wrong", "it came to the host", None
        found = [y.data if isinstance(y.data, np.ndarray) else kind.back(y.data) for y in found]
    except Exception as error:
        return "refused", f"{type(error).__name__}: {error}", error
    if len(expected) == len(found) and all(map(alike, expected, found)):
        return "right", "", None
    return "wrong", f"{expected} {found}", None


def differentiated(words=()):
    """The rows that have something to differentiate, and one of the words in their ids."""
    return [row for row in EVERY if leaves(row.args) and (not words or any(word in row.id for word in words))]


def main(name, words):
    warnings.simplefilter("error")
    transfer.called_by_user = lambda: False  # some rows add constants of numpy's, which would be refused
    kind, counts = Kind(name), Counter()
    for row in differentiated(words):
        what, why, error = verdict(row, kind)
        counts[what] += 1
        if what != "right":
            print(what, row.id, "|", why.replace("\n", " ")[:230], flush=True)
            if words and error:
                traceback.print_exception(error)
    print(dict(counts))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
