"""The wrong inputs of every op, as PyTorch keeps them beside its samples: a sample with one thing changed, by kind; and those
that are written by hand in tests/samples/.

A change is judged by what numpy makes of it: both raise, or both agree. Some changes are no mistake for some ops.
"""

import inspect
from functools import cache

import numpy as np
from samples import WRONG, leaves, planted


class Units(np.ndarray):
    """An array with an arithmetic of its own."""


# In place of an operand, an array of floats. What is foreign is refused, whatever numpy makes of it: its dstack of a matrix
# overwrites memory.
FOREIGN = {
    "a matrix": lambda x: x.reshape(1, -1).view(np.matrix),
    "a masked array": np.ma.array,
    "an array with units": lambda x: x.view(Units),
}
OPERANDS = {
    **FOREIGN,
    "a text": lambda x: "a",
    "None": lambda x: None,
    "a dict": lambda x: {"a": 1.0},
    "an object": lambda x: object(),
    "ragged lists": lambda x: [[1.0], [1.0, 2.0]],
    "texts": lambda x: np.full(x.shape, "a"),
    "dates": lambda x: np.full(x.shape, "2020-01-01", "M8[D]"),
    "objects": lambda x: x.astype(object),
    "whole numbers": lambda x: np.nan_to_num(x * 9).astype(int),
    "truth values": lambda x: x > 0,
    "seven times as long": lambda x: np.concatenate([np.atleast_1d(x)] * 7, -1),
    "an axis in front": lambda x: x[None],
    "an axis behind": lambda x: x[..., None],
    "two axes more": lambda x: np.stack([np.stack([x] * 2)] * 3),
}
# in place of every other argument, and for every keyword
PARAMETERS = (-1, -9, 0, 7, 1.5, np.nan, "a", None, (), (0, 0), (1, 0), [1, 2], {"a": 1}, np.int64(1))
UNREAD = {"out", "like", "subok", "casting", "where", "signature", "dtype"}  # tests/test_keywords.py has what they mean


def changes(row):
    """(what is changed, args, keywords) for each way in which a row can be wrong."""
    args, keywords = row.args, row.keywords
    for j, x in enumerate(args):
        before, after, floats = args[:j], args[j + 1 :], leaves((x,))
        if floats:
            for name, change in OPERANDS.items():
                (other,) = planted((x,), iter([change(floats[0]), *floats[1:]]))
                yield f"{name} as argument {j}", (*before, other, *after), keywords
        else:
            for other in PARAMETERS:
                yield f"{other!r} as argument {j}", (*before, other, *after), keywords
    if len(args) > 1:
        yield "an argument less", args[:-1], keywords
    yield "arguments more", (*args, *[None] * 25), keywords
    for name in sorted({*keywords, *options(row.function)} - UNREAD):
        for other in PARAMETERS:
            yield f"{name}={other!r}", args, {**keywords, name: other}
    yield "an unknown keyword", args, {**keywords, "nonsense": 1}


@cache
def options(function):
    """The names of numpy's arguments that have a default."""
    try:
        known = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # a builtin without a signature
        return set()
    return {p.name for p in known if p.default is not p.empty}


def wrong_inputs(function, rows):
    """(what is changed, the function or its form, args, keywords) for some samples of a function, and by hand."""
    for row in rows:
        for name, args, keywords in changes(row):
            yield f"{row.id}: {name}", row.function, args, keywords
    for row in WRONG[function]:
        yield row.id, row.function, row.args, row.keywords
