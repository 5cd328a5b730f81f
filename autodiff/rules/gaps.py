"""Division by the gaps between the eigenvalues of a matrix, or its singular values: the derivatives of their vectors need it.

Where a gap is 0 the vectors have no derivative. What flows to them is left out, and a warning says so.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff.core.batch_kinds import again
from autodiff.core.blocks import on_blocks
from autodiff.core.dtypes import is_complex
from autodiff.core.registry import rule
from autodiff.failures.degeneracy import warn_of_degeneracy, warn_of_phases

ROUNDING = 64  # values that are closer than so many units of rounding of the largest are equal: their gap has no right digit


def over_gaps(on_vectors, on_values, x, values):
    """What flows to the vectors over the gaps x_j - x_i, and on the diagonal what flows to the values."""
    eye = np.eye(x.shape[-1], dtype=bool)
    return OVER_GAPS(np.where(eye, np.expand_dims(on_values, -2), on_vectors), x, kind="difference", values=values)


def over_sums(part, x, values):
    """`part`, antisymmetric or skew-Hermitian, over x_j + x_i."""
    return OVER_GAPS(part, x, kind="sum", values=values)


def over_values(part, x, values):
    """Each column of `part` over one x."""
    return OVER_GAPS(part, x, kind="value", values=values)


def _gaps(x, kind):
    row, column = np.expand_dims(x, -2), np.expand_dims(x, -1)
    if kind == "value":
        return row
    return row + column if kind == "sum" else np.where(np.eye(x.shape[-1], dtype=bool), 1, row - column)


@on_blocks("(m,n),(n)->(m,n)")
def _over_gaps(part, x, kind, values):
    """`part` over the gaps of x, 0 where a gap is 0 up to rounding. The diagonal of differences stays as it is."""
    gap, eps = _gaps(x, kind), np.finfo(x.dtype).eps
    near = np.abs(gap) <= ROUNDING * eps * np.max(np.abs(x), axis=-1, initial=0)[..., None, None]
    if kind == "difference":
        near = near & ~np.eye(x.shape[-1], dtype=bool)
    if near.any():
        _look(part, x, near, kind, values)
    return np.where(near, 0, part / np.where(near, 1, gap)).astype(np.result_type(part, x), copy=False)


def _look(part, x, near, kind, values):
    """Warn if more than rounding flows into what is left out, or if equal values get different parts."""
    size = np.abs(part)
    noise = 4 * part.shape[-2] * np.finfo(x.dtype).eps * np.max(size, axis=(-2, -1), keepdims=True, initial=0)
    lost = near & (size > noise)
    if kind == "difference":
        own = np.diagonal(part, axis1=-2, axis2=-1)
        lost = lost | (near & (np.abs(own[..., None, :] - own[..., :, None]) > noise))
    if lost.any():
        *stack, i, j = np.argwhere(lost)[0].tolist()
        w = np.broadcast_to(x, (*lost.shape[:-2], x.shape[-1]))[tuple(stack)]
        where = f" of matrix {stack}" if stack else ""
        if kind == "difference":
            i, j = sorted((i, j))
            warn_of_degeneracy(f"The {values} {i} and {j}{where} are equal up to rounding ({w[i]:.8g} and {w[j]:.8g})")
        else:
            warn_of_degeneracy(f"Of the {values}{where} number {j} is 0 up to rounding ({w[j]:.3g})")


def _over_gaps_x(g, y, part, x, kind, values):
    back = OVER_GAPS(g * y, x, kind=kind, values=values)
    columns = np.sum(back, -2)
    return -columns if kind == "value" else np.sum(back, -1) - columns if kind == "difference" else -np.sum(back, -1) - columns


def of_stacks(op, inputs, flags, params):
    """How it computes on a batch: a batch is a stack of matrices, and of rows of values."""
    return again(op, inputs, params)


_over_gaps.__name__ = "over_gaps"
OVER_GAPS: Any = rule(
    _over_gaps,
    lambda g, y, part, x, kind, values: OVER_GAPS(g, x, kind=kind, values=values),
    _over_gaps_x,
    batch=of_stacks,
    internal=True,
)


def without_phases(turned, name, *g, of_rows=False):
    """What flows to the vectors, turned into their basis, where the diagonal of complex ones is the part that a change of
    their phases would have; `of_rows`: that diagonal as a row. The rules leave it out; here a warning says so. `g` are the
    cotangents of the vectors."""
    if not is_complex(turned):
        return turned
    sizes = [np.max(np.abs(part), axis=(-2, -1), keepdims=True, initial=0.0) for part in g]
    return PHASES(turned, np.maximum(sizes[0], sizes[-1]), name=name, of_rows=of_rows)


@on_blocks("(m,n),(i,j)->(m,n)")
def _phases(turned, size, name, of_rows):
    turning = np.abs(np.imag(turned if of_rows else np.diagonal(turned, axis1=-2, axis2=-1)[..., None, :]))
    if np.any(turning > np.sqrt(np.finfo(turned.dtype).eps) * size):
        warn_of_phases(name)
    return turned


_phases.__name__ = "without_phases"
PHASES: Any = rule(_phases, lambda g, y, turned, size, name, of_rows: g, None, batch=of_stacks, internal=True)
