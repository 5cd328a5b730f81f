"""Which samples are right on arrays of another library.

    python tests/external/right_or_refused.py strict|dask|cupy [words of ids]
    python tests/external/right_or_refused.py page     writes docs/api/arrays.md

A row is run on numpy and there, with its gradient. It is right, wrong, or refused; or other, if its result is not unique.
"""

import itertools
import sys
import traceback
import warnings
from collections import Counter
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from samples import EVERY, called, leaves, planted

import autodiff as ad
from autodiff.core import transfer


class Kind:
    """A kind of array: how numbers go there, and come back."""

    def __init__(self, name):
        self.name, self.alike = name, alike
        self.all_back = lambda xs: [x if isinstance(x, np.ndarray) else self.back(x) for x in xs]
        if name == "strict":
            from external import strict

            self.there, self.back = strict.array, lambda x: x.get()
        elif name == "dask":
            import dask.array
            from cloudpickle import dumps, loads

            def computed(xs):
                """As the tasks do it in another process, to which they are sent. What all need is computed once."""
                with np.errstate(all="ignore"):
                    return list(dask.compute(*loads(dumps(xs)), scheduler="synchronous"))

            self.there = lambda x: dask.array.from_array(x, chunks=2 if x.ndim < 2 else (2, *x.shape[1:]))
            self.back, self.all_back, self.alike = lambda x: computed([x])[0], computed, alike_or_complex
        else:
            import cupy

            self.there, self.back = cupy.asarray, lambda x: x.get()


NOT_UNIQUE = ("linalg.svd", "partition")  # the signs of vectors, and the order within parts, are each library's own


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


def alike_or_complex(a, b):
    """The same; what numpy makes complex only for some numbers is complex where they are not known yet."""
    return alike(a.astype(b.dtype) if b.dtype.kind == "c" else a, b)


def verdict(row, kind):
    """What a row is, `right`, `wrong`, `other` or `refused`; why; and the error."""
    expected = [ad.to_numpy(y) for y in answers(row, lambda x: x)]
    try:
        found = answers(row, kind.there)
        if found and all(isinstance(y.data, np.ndarray) for y in found):
            return "wrong", "it came to the host", None
        found = kind.all_back([y.data for y in found])
    except Exception as error:
        return "refused", f"{type(error).__name__}: {error}", error
    if len(expected) == len(found) and all(map(kind.alike, expected, found)):
        return "right", "", None
    return "other" if row.id.startswith(NOT_UNIQUE) else "wrong", f"{expected} {found}", None


def differentiated(words=()):
    """The rows that have something to differentiate, and one of the words in their ids."""
    return [row for row in EVERY if leaves(row.args) and (not words or any(word in row.id for word in words))]


HEAD = """# Functions on arrays of other libraries

Which functions, with their gradients, run on the arrays of CuPy and Dask: made from the samples of the engine's operations by
`python tests/external/right_or_refused.py page`, which takes ten minutes. What does not run is refused in a sentence that names
the function and the library. "In part": for some arguments or keywords. CuPy's answers come from a stand-in that refuses what
CuPy 14.2 lacks or refuses. Where there is a GPU, `python tests/external/right_or_refused.py cupy` measures CuPy itself. On
Dask roots, eigenvalues and the results of `np.emath` are always complex: nobody knows yet that all are real. Sets are refused
there, as their sizes depend on the numbers.

| CuPy | Dask | functions |
|---|---|---|
"""
ANSWERS = ("yes", "in part", "no")


def words_of(kind):
    """For each function by its name whether all of its rows are right there: `yes`, `no` or `in part`."""
    right = {}
    for row in differentiated():
        function = getattr(row.function, "stands_for", row.function)
        right.setdefault(called(function), []).append(verdict(row, kind)[0] == "right")
    return {name: "yes" if all(found) else "in part" if any(found) else "no" for name, found in right.items()}


def page(*words):
    """The page of the guide, of what `words_of` says for each library."""
    groups = {answers: [] for answers in itertools.product(ANSWERS, repeat=len(words))}
    for name in sorted(words[0]):
        groups[tuple(found[name] for found in words)].append(f"`{name}`")
    return HEAD + "".join(f"| {' | '.join(answers)} | {', '.join(names)} |\n" for answers, names in groups.items() if names)


def main(name, words):
    warnings.simplefilter("error")
    transfer.called_by_user = lambda: False  # some rows add constants of numpy's, which would be refused
    if name == "page":
        text = page(words_of(Kind("strict")), words_of(Kind("dask")))
        return (Path(__file__).parents[2] / "docs" / "api" / "arrays.md").write_text(text, encoding="utf-8")
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
