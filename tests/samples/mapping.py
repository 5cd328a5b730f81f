"""Samples: functions applied to parts of an array, and windows."""

import itertools

import numpy as np

from samples.table import any_, sample, standing_for, wrong


def cases(*bounds):
    """np.piecewise with conditions between bounds, in the samples a function of x and of the functions."""

    def form(x, *args, **keywords):
        conditions = [(x >= low) & (x < high) for low, high in itertools.pairwise(bounds)]
        return np.piecewise(x, conditions, *args, **keywords)

    return standing_for(np.piecewise, form)


X = np.array([-1.7, -0.6, 0.4, 1.2, 2.3])
sample(cases(-3.0, 0.0, 3.0), X, [np.negative, np.square])
sample(cases(-3.0, 0.0), X, [np.sin, np.exp], id="the rest")
sample(cases(-3.0, 0.0, 1.0, 3.0), X, [np.exp, 7.0, np.cos], id="a number")
sample(cases(0.0, 3.0), X, [np.exp2])
sample(cases(0.0, 3.0), X, [np.arctan, 1.0], id="arctan")
sample(cases(-3.0, 1.0, 3.0), X.reshape(5, 1) + np.array([0.05, 0.0]), [np.sinh, np.tanh])
sample(cases(0.0, 3.0), np.asarray(0.7), [np.square, np.negative])
sample(cases(-3.0, 0.0), X, [lambda x, a: a * x, lambda x, a: x**a], 3.0, id="with arguments")
sample(cases(-3.0, 0.0), X, [lambda x, a=1.0: a * x, 2.0], a=2.0, id="with keywords")


def along(function):
    """np.apply_along_axis of the function, as a function of the array."""
    form = lambda x, axis, *args, **keywords: np.apply_along_axis(function, axis, x, *args, **keywords)
    return standing_for(np.apply_along_axis, form)


for axis in (0, 1, -1):
    sample(along(np.sum), any_(3, 4), axis)
    sample(along(lambda v: v[::2] * v[0]), any_(3, 4), axis, id=f"a vector along {axis}")
    sample(along(lambda v: v[:, np.newaxis] * v), any_(2, 3, 2), axis, id=f"a matrix along {axis}")
sample(along(np.cumprod), any_(4), 0)
sample(along(lambda v, p: np.sum(v**p)), any_(3, 2), 0, 3, id="with an argument")
sample(along(np.sort), any_(2, 3), 1, id="sort")


def over(function):
    """np.apply_over_axes of the function, as a function of the array."""
    return standing_for(np.apply_over_axes, lambda x, *args, **more: np.apply_over_axes(function, x, *args, **more))


for axes in ([0, 2], (1,), 0, [-1, 0]):
    sample(over(np.sum), any_(2, 3, 2), axes)
sample(over(np.prod), any_(2, 3), [0, 1])
sample(over(np.cumsum), any_(2, 3), [0, 1], id="cumsum")

windows = np.lib.stride_tricks.sliding_window_view
sample(windows, any_(6), 3)
sample(windows, any_(6), 1)
sample(windows, any_(3, 4), (2, 2))
sample(windows, any_(3, 4), 2, axis=0)
sample(windows, any_(3, 4), 2, axis=-1)
sample(windows, any_(3, 4, 2), (2, 3), axis=(0, 1))
sample(windows, any_(5), (2, 3), axis=(0, 0))
sample(windows, any_(2, 4), (2, 4))

wrong(cases(0.0, 3.0), X, [np.sin, np.cos, np.tan])
wrong(along(np.sum), any_(3), 1)
wrong(over(np.sum), any_(3), [1])
wrong(windows, any_(3), 4)
wrong(windows, any_(3), -1)
wrong(windows, any_(3, 4), 2)
