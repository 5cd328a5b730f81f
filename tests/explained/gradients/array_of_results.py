# HIPS/autograd#177: np.array of computed numbers.
import numpy as np

import autodiff as ad


def f(angle):
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.sum(turn @ np.array([1.0, 2.0])) + angle


print(ad.grad(f)(0.3))
