# HIPS/autograd#58 (2015): results are written into an array.
import numpy as np

import autodiff as ad


def f(x):
    out = np.zeros(3)
    for i in range(3):
        out[i] = x[i] ** 2
    return np.sum(out) + x[0]


print(ad.grad(f)(np.array([1.0, 2.0, 3.0])))
