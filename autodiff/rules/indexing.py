"""Indexing of every numpy kind: integers, slices, newaxis, integer arrays with repeats, boolean masks."""

from __future__ import annotations

import numpy as np

from autodiff.core.ops import rule


def getitem(x, key):
    return x[key]


def scatter(g, key, shape):
    """Zeros of `shape` with `g` added at `key`; where a key repeats, everything it names is summed."""
    out = np.zeros(shape, dtype=np.asarray(g).dtype)
    if _repeats(key):
        np.add.at(out, key, g)
    else:
        out[key] = g
    return out


def _repeats(key):
    """Whether a key might name an element twice: only integer arrays and lists can."""
    parts = key if isinstance(key, tuple) else (key,)
    return any(isinstance(part, (list, np.ndarray)) and np.asarray(part).dtype != bool for part in parts)


GETITEM = rule(getitem, lambda g, y, x, key: scatter(g, key, np.shape(x))).op
scatter = rule(scatter, lambda g, y, x, key, shape: g[key])
