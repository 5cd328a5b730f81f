"""Long short-term memory over whole sequences, as one operation: its derivative is the recursion back through time."""

from __future__ import annotations

import numpy as np

from autodiff.core.registry import op

__all__ = ["lstm"]


def _parts(gates, units):
    """The columns of the four gates."""
    return [gates[..., k * units : (k + 1) * units] for k in range(4)]


def _joined(h, x):
    """What the kernels of h and x and the bias, one below the other, are multiplied with."""
    return np.concatenate([h, x, np.ones((*np.shape(x)[:-1], 1), x.dtype)], axis=-1)


def _lstm_joint(g, y, x, kernel, recurrent_kernel, bias, h, c):
    """What arrives at h and c of a step goes through its gates, and on to the step before."""
    (g_h, g_c, g_gates), (every_h, every_c, gates) = g, y
    units, features = np.shape(h)[-1], np.shape(x)[-1]
    i, f, u, o = _parts(gates, units)
    last_h, last_c = (np.concatenate([np.expand_dims(a, 0), b[:-1]]) for a, b in ((h, every_h), (c, every_c)))
    top, rest = np.tanh(every_c), 1.0 - u * u
    inner = gates * (1.0 - gates)  # the slopes of the sigmoids
    slopes = _parts(inner, units)
    through = np.concatenate([slopes[0] * u, slopes[1] * last_c, i * rest, slopes[3] * top], axis=-1)
    own = None if _nothing(g_gates) else g_gates * np.concatenate([*slopes[:2], rest, slopes[3]], axis=-1)
    g_c, from_h = None if _nothing(g_c) else g_c, o * (1.0 - top * top)
    kernels = np.transpose(np.concatenate([recurrent_kernel, kernel]))
    g_before_h, g_before_c, steps, turned = 0.0, 0.0, [], kernels[:, :units]
    for t in range(len(x) - 1, -1, -1):
        g_now = g_h[t] + g_before_h
        g_cell = g_before_c + g_now * from_h[t]
        if g_c is not None:
            g_cell = g_cell + g_c[t]
        step = np.concatenate([g_cell, g_cell, g_cell, g_now], axis=-1) * through[t]
        steps.append(step if own is None else step + own[t])
        g_before_h, g_before_c = steps[-1] @ turned, g_cell * f[t]
    g_rows = np.concatenate(steps[::-1])
    g_x = np.reshape(g_rows @ kernels[:, units:], np.shape(x))
    g_all = np.transpose(np.reshape(_joined(last_h, x), (-1, units + features + 1))) @ g_rows
    return g_x, g_all[units:-1], g_all[:units], np.reshape(g_all[-1:], np.shape(bias)), g_before_h, g_before_c


def _nothing(g):
    """Whether nothing arrived: usually nobody asks for the gates."""
    return isinstance(g, np.ndarray) and not g.any()


def _check(x, kernel, recurrent_kernel, bias, h, c):
    """ValueError unless the shapes fit."""
    batch, units = np.shape(h) if np.ndim(h) == 2 else (-1, -1)
    features = np.shape(x)[-1] if np.ndim(x) == 3 else -1
    sizes = 4 * units, len(x) if np.ndim(x) else 0
    expected = (sizes[1], batch, features), (features, sizes[0]), (units, sizes[0]), (sizes[0],), (batch, units)
    shapes = np.shape(x), np.shape(kernel), np.shape(recurrent_kernel), np.shape(bias), np.shape(c)
    if shapes != expected or not len(x):
        given = ", ".join(map(str, (*shapes[:4], np.shape(h), shapes[4])))
        raise ValueError(
            "lstm takes x (steps, batch, features) of at least one step, kernels (features, 4 units) and (units, 4 units), a "
            f"bias (4 units,), and h and c (batch, units), but got shapes {given}."
        )


@op(joint=_lstm_joint, bind=lambda x, kernel, recurrent_kernel, bias, h, c: ((x, kernel, recurrent_kernel, bias, h, c), {}))
def lstm(x, kernel, recurrent_kernel, bias, h, c):
    """Long short-term memory: a recurrent network with gates, over all steps of sequences.

    Parameters
    ----------
    x : array_like of shape (steps, batch, features)
    kernel : array_like of shape (features, 4 units)
    recurrent_kernel : array_like of shape (units, 4 units)
    bias : array_like of shape (4 units,)
    h, c : array_like of shape (batch, units)
        The output and the cell before the first step.

    Returns
    -------
    (array, array, array) of shapes (steps, batch, units), (steps, batch, units), (steps, batch, 4 units)
        h and c after each step, and the numbers of its gates i, f, u and o, side by side.

    Raises
    ------
    ValueError
        For shapes that do not fit.

    Notes
    -----
    z = x kernel + h recurrent_kernel + bias has the columns of i, f, u and o, in this order. i = s(z_i), f = s(z_f), u =
    tanh(z_u), o = s(z_o), where s is the sigmoid; then c <- f c + i u and h <- o tanh(c) (Hochreiter and Schmidhuber, 1997).
    The derivative of s is computed as s (1 - s), whose digits run out far to the right.

    Examples
    --------
    >>> kernels = np.zeros((3, 8)), np.zeros((2, 8)), np.zeros(8)
    >>> h, c, gates = lstm(np.zeros((5, 1, 3)), *kernels, h=np.zeros((1, 2)), c=np.ones((1, 2)))
    >>> c[:, 0, 0].tolist()  # f = 1/2, and u = 0
    [0.5, 0.25, 0.125, 0.0625, 0.03125]
    """
    x, kernel, recurrent_kernel, bias, h, c = (np.asarray(a) for a in (x, kernel, recurrent_kernel, bias, h, c))
    _check(x, kernel, recurrent_kernel, bias, h, c)
    units, dtype = h.shape[1], np.result_type(x, kernel, recurrent_kernel, bias, h, c, np.float16)
    every_h, every_c, gates = (np.empty((len(x), len(h), n), dtype) for n in (units, units, 4 * units))
    rows = np.empty((*x.shape[:2], units + x.shape[2] + 1), dtype)  # h, x and 1
    rows[..., units:-1], rows[..., -1] = x, 1.0
    away = -np.concatenate([recurrent_kernel, kernel, bias[None]]).astype(dtype, copy=False)
    with np.errstate(over="ignore"):  # of exp(-z) far to the left, where the sigmoid is 0
        for z, i, f, u, o, row, new_h, new_c in zip(gates, *_parts(gates, units), rows, every_h, every_c):
            row[:, :units] = h
            np.matmul(row, away, out=z)  # minus what the gates get
            candidate = np.tanh(u)
            np.exp(z, out=z)
            z += 1.0
            np.reciprocal(z, out=z)
            np.negative(candidate, out=u)
            candidate *= i
            np.multiply(f, c, out=new_c, casting="same_kind")
            new_c -= candidate
            np.tanh(new_c, out=new_h)
            new_h *= o
            h, c = new_h, new_c
    return every_h, every_c, gates
