"""What recurrent networks over whole sequences share: the columns of a step, masks, and the recursion back through time.

The examples are columns, so that each gate of a step is one block of memory. z of a step is W times the column of h, x and 1,
where W has the kernels and the bias side by side. So all kernels get their gradients by one product over all steps.
"""

from __future__ import annotations

import numpy as np

from autodiff.core.external import NotComputed, as_array, is_lazy


def turned(a):
    """The rows of the last two axes as columns."""
    return np.swapaxes(a, -1, -2)


def gates_of(z, units):
    """The gates of all steps, which stand below each other."""
    return [z[:, k : k + units] for k in range(0, z.shape[1], units)]


def is_nothing(g):
    """Whether nothing arrived: usually nobody asks for the gates."""
    return isinstance(g, np.ndarray) and not g.any()


def with_mask(mask, *inputs):
    """(inputs, params) of a call. A mask is the last input, as it may be computed from other numbers."""
    return (*inputs, *(() if mask is None else (mask,))), {}


def begin(kernels, x, h, mask, *others):
    """(W, room for the columns of h, x and 1 of all steps and for the last h, for each step the examples that it lacks)."""
    weights = np.concatenate(kernels)
    dtype = np.result_type(weights, x, h, *others, np.float16)
    columns = np.empty_like(weights, dtype, shape=(len(x) + 1, len(weights), len(h)))
    if is_lazy(columns):
        raise NotComputed("it writes each step into one array, and needs the numbers of the step before.")
    columns[:-1, h.shape[1] : -1], columns[:, -1], columns[0, : h.shape[1]] = turned(x), 1.0, h.T
    absent = [None] * len(x) if mask is None else ~as_array(mask).astype(bool)[:, None]
    return weights.T.astype(columns.dtype, copy=False), columns, absent


def before(first, every):
    """The states before each step."""
    return np.concatenate([turned(first)[None], every[:-1]])


def where_there(mask, there, absent):
    """The numbers `there` of the steps that the mask has, else `absent`."""
    return there if mask is None else np.where(mask[:, None], there, absent)


def around(mask, like):
    """1 for what goes from h to the h before as it is, because the step is not there, else 0; None if all are there."""
    return None if mask is None else np.where(mask[:, None], 0.0, np.ones_like(like))


def back_through_time(step, kernels, x, last_h, mask):
    """What arrives at x, W and the first h. step(t, what arrives at h of step t from later ones) is what arrives at z of the
    step, and what goes on to the h before without passing z, or None."""
    units, weights = last_h.shape[1], np.concatenate(kernels)
    g_h, every_z, every_x = 0.0, [], []
    for t in range(len(x) - 1, -1, -1):
        g_z, beside = step(t, g_h)
        g_column = weights @ g_z
        g_h = g_column[:units] if beside is None else g_column[:units] + beside
        every_z.append(g_z)
        every_x.append(g_column[units:])
    x = x if mask is None else np.where(mask[..., None], x, 0.0)  # what is not there may be NaN
    columns = np.concatenate([last_h, turned(x), np.ones((len(x), 1, last_h.shape[2]), x.dtype)], axis=1)
    columns = np.reshape(np.swapaxes(columns, 0, 1), (columns.shape[1], -1))
    return turned(np.stack(every_x[::-1])), columns @ np.transpose(np.concatenate(every_z[::-1], axis=1)), turned(g_h)


def check(name, gates, biases, x, kernel, recurrent_kernel, bias, *states, mask=None):
    """ValueError unless the shapes fit."""
    batch, units = np.shape(states[0]) if np.ndim(states[0]) == 2 else (-1, -1)
    features = np.shape(x)[-1] if np.ndim(x) == 3 else -1
    steps, width = len(x) if np.ndim(x) else 0, gates * units
    expected = [(steps, batch, features), (features, width), (units, width), (*biases, width), *[(batch, units)] * len(states)]
    shapes = [np.shape(a) for a in (x, kernel, recurrent_kernel, bias, *states)]
    if shapes != expected or not steps or (mask is not None and np.shape(mask) != (steps, batch)):
        many = f"{gates} units" if gates > 1 else "units"
        given = ", ".join(map(str, [*shapes, *([] if mask is None else [np.shape(mask)])]))
        raise ValueError(
            f"{name} takes x (steps, batch, features) of at least one step, kernels (features, {many}) and (units, {many}), a "
            f"bias ({''.join(f'{n}, ' for n in biases)}{many}{',' * (not biases)}), {'h and c' if len(states) > 1 else 'h'} "
            f"(batch, units), and a mask (steps, batch) or None, but got shapes {given}."
        )
