"""Recurrent networks over whole sequences, each as one operation: its derivative is the recursion back through time.

recurrence.py has what they share: inside, the examples are columns, and z of a step is W times the column of h, x and 1.
"""

from __future__ import annotations

import numpy as np

from autodiff.core.external import as_array
from autodiff.core.registry import op
from autodiff.rules.recurrence import (
    around,
    back_through_time,
    before,
    begin,
    check,
    gates_of,
    is_nothing,
    turned,
    where_there,
    with_mask,
)  # fmt: skip

__all__ = ["gru", "lstm", "simple_rnn"]


def _simple_rnn_joint(g, y, x, kernel, recurrent_kernel, bias, h, mask=None):
    """What arrives at h of a step goes through its tanh, and on to the step before."""
    every_h, g_every = turned(y), turned(g)
    slopes = where_there(mask, 1.0 - every_h * every_h, 0.0)
    passing = around(mask, slopes)

    def step(t, g_h):
        g_h = g_every[t] + g_h
        return g_h * slopes[t], None if passing is None else g_h * passing[t]

    g_x, g_weights, g_h = back_through_time(step, [recurrent_kernel, kernel], x, before(h, every_h), mask)
    units = np.shape(h)[1]
    return g_x, g_weights[units:-1], g_weights[:units], g_weights[-1], g_h, None


@op(
    joint=_simple_rnn_joint,
    bind=lambda x, kernel, recurrent_kernel, bias, h, mask=None: with_mask(mask, x, kernel, recurrent_kernel, bias, h),
)
def simple_rnn(x, kernel, recurrent_kernel, bias, h, mask=None):
    """A recurrent network over all steps of sequences: h <- tanh(x kernel + h recurrent_kernel + bias) (Elman, 1990).

    Parameters
    ----------
    x : array_like of shape (steps, batch, features)
    kernel : array_like of shape (features, units)
    recurrent_kernel : array_like of shape (units, units)
    bias : array_like of shape (units,)
    h : array_like of shape (batch, units)
        The output before the first step.
    mask : array_like of bool of shape (steps, batch), optional
        False for the steps that are not there: h stays as it is.

    Returns
    -------
    array of shape (steps, batch, units)
        h after each step.

    Raises
    ------
    ValueError
        For shapes that do not fit.

    Examples
    --------
    >>> simple_rnn(np.zeros((3, 1, 2)), np.zeros((2, 1)), np.ones((1, 1)), np.zeros(1), h=np.ones((1, 1))).round(3).ravel()
    array([0.762, 0.642, 0.566])
    """
    x, kernel, recurrent_kernel, bias, h = (as_array(a) for a in (x, kernel, recurrent_kernel, bias, h))
    check("simple_rnn", 1, (), x, kernel, recurrent_kernel, bias, h, mask=mask)
    weights, columns, absent = begin([recurrent_kernel, kernel, bias[None]], x, h, mask)
    every_h = columns[:, : h.shape[1]]
    for column, old, new, lacks in zip(columns, every_h, every_h[1:], absent):
        np.matmul(weights, column, out=new)
        np.tanh(new, out=new)
        if lacks is not None:
            np.copyto(new, old, where=lacks)
    return turned(every_h[1:])


def _lstm_joint(g, y, x, kernel, recurrent_kernel, bias, h, c, mask=None):
    """What arrives at h and c of a step goes through its gates, and on to the step before."""
    (g_every, g_cells, g_gates), (every_h, every_c, gates) = (map(turned, several) for several in (g, y))
    units = np.shape(h)[1]
    i, f, u, o = gates_of(gates, units)
    last_h, last_c, top = before(h, every_h), before(c, every_c), np.tanh(every_c)

    def to_z(to_i, to_f, to_u, to_o):
        return np.concatenate([(i - i * i) * to_i, (f - f * f) * to_f, (1.0 - u * u) * to_u, (o - o * o) * to_o], axis=1)

    slopes, from_h = where_there(mask, to_z(u, last_c, i, top), 0.0), where_there(mask, (1.0 - top * top) * o, 0.0)
    kept, passing = where_there(mask, f, 1.0), around(mask, f)
    own = None if is_nothing(g_gates) else where_there(mask, to_z(*gates_of(g_gates, units)), 0.0)
    g_cells, g_every = None if is_nothing(g_cells) else g_cells, np.copy(g_every, order="C")
    g_c = 0.0

    def step(t, g_h):
        nonlocal g_c
        g_h = g_every[t] + g_h
        g_c = g_h * from_h[t] + (g_c if g_cells is None else g_c + g_cells[t])
        g_z = np.concatenate([g_c, g_c, g_c, g_h]) * slopes[t]
        g_c = g_c * kept[t]
        return g_z if own is None else g_z + own[t], None if passing is None else g_h * passing[t]

    g_x, g_weights, g_h = back_through_time(step, [recurrent_kernel, kernel], x, last_h, mask)
    return g_x, g_weights[units:-1], g_weights[:units], g_weights[-1], g_h, turned(g_c), None


@op(
    joint=_lstm_joint,
    bind=lambda x, kernel, recurrent_kernel, bias, h, c, mask=None: with_mask(mask, x, kernel, recurrent_kernel, bias, h, c),
)
def lstm(x, kernel, recurrent_kernel, bias, h, c, mask=None):
    """Long short-term memory: a recurrent network with gates, over all steps of sequences.

    Parameters
    ----------
    x : array_like of shape (steps, batch, features)
    kernel : array_like of shape (features, 4 units)
    recurrent_kernel : array_like of shape (units, 4 units)
    bias : array_like of shape (4 units,)
    h, c : array_like of shape (batch, units)
        The output and the cell before the first step.
    mask : array_like of bool of shape (steps, batch), optional
        False for the steps that are not there: h and c stay as they are.

    Returns
    -------
    (array, array, array) of shapes (steps, batch, units), (steps, batch, units), (steps, batch, 4 units)
        h and c after each step, and the numbers of its gates i, f, u and o, side by side; 0 for a step that is not there.

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
    x, kernel, recurrent_kernel, bias, h, c = (as_array(a) for a in (x, kernel, recurrent_kernel, bias, h, c))
    check("lstm", 4, (), x, kernel, recurrent_kernel, bias, h, c, mask=mask)
    weights, columns, absent = begin([recurrent_kernel, kernel, bias[None]], x, h, mask, c)
    units, c = h.shape[1], c.T
    weights = np.concatenate([-weights[: 2 * units], weights[2 * units : 3 * units], -weights[3 * units :]])
    gates, every_c = (np.empty_like(columns, shape=(len(x), n, len(h))) for n in (4 * units, units))
    every_h, added = columns[:, :units], np.empty_like(every_c[0])
    steps = zip(gates, gates[:, : 2 * units], *gates_of(gates, units), columns, every_h, every_h[1:], every_c, absent)
    with np.errstate(over="ignore"):  # of exp(-z) far to the left, where the sigmoid is 0
        for z, i_and_f, i, f, u, o, column, h, new_h, new_c, lacks in steps:
            np.matmul(weights, column, out=z)  # of i, f and o minus z
            _sigmoid_of_minus(i_and_f)
            _sigmoid_of_minus(o)
            np.tanh(u, out=u)
            np.multiply(i, u, out=added)
            np.multiply(f, c, out=new_c, casting="same_kind")
            new_c += added
            np.tanh(new_c, out=new_h)
            new_h *= o
            if lacks is not None:
                np.copyto(new_h, h, where=lacks)
                np.copyto(new_c, c, where=lacks, casting="same_kind")
                np.copyto(z, 0.0, where=lacks)
            c = new_c
    return turned(every_h[1:]), turned(every_c), turned(gates)


def _sigmoid_of_minus(z):
    """1 / (1 + exp(z)), in place."""
    np.exp(z, out=z)
    z += 1.0
    np.reciprocal(z, out=z)


def _gru_kernels(kernel, recurrent_kernel, bias):
    """The kernels of z, r, of the candidate's part of h, and of its part of x, which meet h, x and 1."""
    of_h = np.concatenate([recurrent_kernel, 0.0 * kernel, bias[1:]])
    of_x = np.concatenate([0.0 * recurrent_kernel, kernel, bias[:1]])
    two = 2 * len(recurrent_kernel)
    return [np.concatenate([(of_h + of_x)[:, :two], of_h[:, two:], of_x[:, two:]], axis=1)]


def _gru_joint(g, y, x, kernel, recurrent_kernel, bias, h, mask=None):
    """What arrives at h of a step goes through its gates, and past them, on to the step before."""
    (g_every, g_gates), (every_h, gates) = (map(turned, several) for several in (g, y))
    units = np.shape(h)[1]
    z, r, inner, u = gates_of(gates, units)
    last_h = before(h, every_h)

    def to_z(to_z, to_r, to_inner, to_u):
        of_u = (1.0 - u * u) * to_u
        return np.concatenate([(z - z * z) * to_z, (r - r * r) * (to_r + of_u * inner), to_inner + of_u * r, of_u], axis=1)

    slopes = where_there(mask, to_z(last_h - u, 0.0, 0.0, 1.0 - z), 0.0)
    slopes, passing = np.reshape(slopes, (len(x), 4, units, -1)), where_there(mask, z, 1.0)
    own = None if is_nothing(g_gates) else where_there(mask, to_z(*gates_of(g_gates, units)), 0.0)
    g_every = np.copy(g_every, order="C")

    def step(t, g_h):
        g_h = g_every[t] + g_h
        g_z = np.reshape(g_h * slopes[t], (4 * units, -1))
        return g_z if own is None else g_z + own[t], g_h * passing[t]

    kernels = _gru_kernels(kernel, recurrent_kernel, bias)
    g_x, g_weights, g_h = back_through_time(step, [kernels[0][:-1]], x, last_h, mask)
    of_h, of_x = g_weights[:, : 3 * units], np.concatenate([g_weights[:, : 2 * units], g_weights[:, 3 * units :]], axis=1)
    return g_x, of_x[units:-1], of_h[:units], np.stack([of_x[-1], of_h[-1]]), g_h, None


@op(
    joint=_gru_joint,
    bind=lambda x, kernel, recurrent_kernel, bias, h, mask=None: with_mask(mask, x, kernel, recurrent_kernel, bias, h),
)
def gru(x, kernel, recurrent_kernel, bias, h, mask=None):
    """Gated recurrent units: a recurrent network with two gates, over all steps of sequences.

    Parameters
    ----------
    x : array_like of shape (steps, batch, features)
    kernel : array_like of shape (features, 3 units)
    recurrent_kernel : array_like of shape (units, 3 units)
    bias : array_like of shape (2, 3 units)
        What is added to x kernel, and what is added to h recurrent_kernel.
    h : array_like of shape (batch, units)
        The output before the first step.
    mask : array_like of bool of shape (steps, batch), optional
        False for the steps that are not there: h stays as it is.

    Returns
    -------
    (array, array) of shapes (steps, batch, units), (steps, batch, 4 units)
        h after each step, and the numbers of z, r, b_u and u, side by side; 0 for a step that is not there.

    Raises
    ------
    ValueError
        For shapes that do not fit.

    Notes
    -----
    a = x kernel + bias[0] and b = h recurrent_kernel + bias[1] have the columns of z, r and u, in this order. z = s(a_z + b_z),
    r = s(a_r + b_r), u = tanh(a_u + r b_u), where s is the sigmoid; then h <- z h + (1 - z) u. That is the form of Keras and
    PyTorch; in that of the paper (Cho et al., 2014) r multiplies h before the kernel does.

    Examples
    --------
    >>> kernels = np.zeros((3, 6)), np.zeros((2, 6)), np.zeros((2, 6))
    >>> h, gates = gru(np.zeros((4, 1, 3)), *kernels, h=np.ones((1, 2)))
    >>> h[:, 0, 0].tolist()  # z = 1/2, and u = 0
    [0.5, 0.25, 0.125, 0.0625]
    """
    x, kernel, recurrent_kernel, bias, h = (as_array(a) for a in (x, kernel, recurrent_kernel, bias, h))
    check("gru", 3, (2,), x, kernel, recurrent_kernel, bias, h, mask=mask)
    weights, columns, absent = begin(_gru_kernels(kernel, recurrent_kernel, bias), x, h, mask)
    units = h.shape[1]
    weights = np.concatenate([-weights[: 2 * units], weights[2 * units :]])
    gates = np.empty_like(columns, shape=(len(x), 4 * units, len(h)))
    every_h = columns[:, :units]
    steps = zip(gates, *gates_of(gates, units), columns, every_h, every_h[1:], absent)
    with np.errstate(over="ignore"):  # as in lstm
        for all_z, z, r, inner, u, column, h, new_h, lacks in steps:
            np.matmul(weights, column, out=all_z)
            _sigmoid_of_minus(all_z[: 2 * units])
            np.multiply(r, inner, out=new_h)
            u += new_h
            np.tanh(u, out=u)
            np.subtract(h, u, out=new_h)
            new_h *= z
            new_h += u
            if lacks is not None:
                np.copyto(new_h, h, where=lacks)
                np.copyto(all_z, 0.0, where=lacks)
    return turned(every_h[1:]), turned(gates)
