"""Long short-term memory over whole sequences, as one operation: its derivative is the recursion back through time."""

from __future__ import annotations

import numpy as np

from autodiff.core.registry import op

__all__ = ["lstm"]


def _parts(gates, units):
    """The columns of the four gates."""
    return [gates[..., k * units : (k + 1) * units] for k in range(4)]


def _lstm_joint(g, y, x, kernel, h, c):
    """What arrives at h and c of a step goes through its gates, and on to the step before."""
    (g_h, g_c, g_gates), (every_h, every_c, gates) = g, y
    units = np.shape(h)[-1]
    i, f, u, o = _parts(gates, units)
    last_h, last_c = (np.concatenate([np.expand_dims(a, 0), b[:-1]]) for a, b in ((h, every_h), (c, every_c)))
    top = np.tanh(every_c)
    slopes = i * (1.0 - i), f * (1.0 - f), 1.0 - u * u, o * (1.0 - o)
    own = g_gates * np.concatenate(slopes, axis=-1)
    through = np.concatenate([u * slopes[0], last_c * slopes[1], i * slopes[2], top * slopes[3]], axis=-1)
    from_h = o * (1.0 - top * top)
    g_last_h, g_last_c, steps = 0.0, 0.0, []
    turned = np.transpose(kernel)
    for t in range(len(x) - 1, -1, -1):
        g_now = g_h[t] + g_last_h
        g_last_c = g_c[t] + g_last_c + g_now * from_h[t]
        steps.append(np.concatenate([g_last_c, g_last_c, g_last_c, g_now], axis=-1) * through[t] + own[t])
        g_last_h = steps[-1] @ turned
        g_last_c = g_last_c * f[t]
    g_x = np.stack(steps[::-1])
    rows = np.reshape(last_h, (-1, units))
    return g_x, np.transpose(rows) @ np.reshape(g_x, (-1, 4 * units)), g_last_h, g_last_c


def _check(x, kernel, h, c):
    """ValueError unless the shapes fit."""
    batch, units = np.shape(h) if np.ndim(h) == 2 else (-1, -1)
    expected = (len(x), batch, 4 * units), (units, 4 * units), (batch, units)
    if np.ndim(x) != 3 or not len(x) or (x.shape, kernel.shape, c.shape) != expected:
        raise ValueError(
            "lstm takes x (steps, batch, 4 units) of at least one step, a kernel (units, 4 units), h and c (batch, units), but got "
            f"shapes {x.shape}, {kernel.shape}, {h.shape} and {c.shape}."
        )


@op(joint=_lstm_joint, bind=lambda x, kernel, h, c: ((x, kernel, h, c), {}))
def lstm(x, kernel, h, c):
    """Long short-term memory: a recurrent network with gates, over all steps of sequences.

    Parameters
    ----------
    x : array_like of shape (steps, batch, 4 units)
        What the inputs of each step give to the gates, their bias added.
    kernel : array_like of shape (units, 4 units)
        What the last h is multiplied with, and then added to x.
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
    i = s(x_i + h K_i), f = s(x_f + h K_f), u = tanh(x_u + h K_u), o = s(x_o + h K_o), where s is the sigmoid; then
    c <- f c + i u and h <- o tanh(c) (Hochreiter and Schmidhuber, 1997). The derivative of s is computed as s (1 - s), whose
    digits run out far to the right.

    Examples
    --------
    >>> h, c, gates = lstm(np.zeros((5, 1, 8)), np.zeros((2, 8)), np.zeros((1, 2)), np.ones((1, 2)))
    >>> c[:, 0, 0].tolist()  # f = 1/2, and u = 0
    [0.5, 0.25, 0.125, 0.0625, 0.03125]
    """
    x, kernel, h, c = (np.asarray(a) for a in (x, kernel, h, c))
    _check(x, kernel, h, c)
    units, dtype = h.shape[1], np.result_type(x, kernel, h, c, np.float16)
    every_h, every_c, gates = (np.empty((len(x), len(h), n), dtype) for n in (units, units, 4 * units))
    with np.errstate(over="ignore"):  # of exp(-z) far to the left, where the sigmoid is 0
        for t in range(len(x)):
            z = gates[t]
            np.matmul(h, kernel, out=z, casting="same_kind")
            z += x[t]
            _, f, u, o = _parts(z, units)
            candidate = np.tanh(u)
            np.negative(z, out=z)
            np.exp(z, out=z)
            z += 1.0
            np.reciprocal(z, out=z)
            u[...] = candidate
            candidate *= z[:, :units]
            h, c = every_h[t], np.multiply(f, c, out=every_c[t], casting="same_kind")
            c += candidate
            np.tanh(c, out=h)
            h *= o
    return every_h, every_c, gates
