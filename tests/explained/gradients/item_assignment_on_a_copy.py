# HIPS/autograd#58 (2015), as it can be written here.
import numpy as np

import autodiff as ad


def f(x):
    out = np.zeros_like(x)
    for i in range(3):
        out[i] = x[i] ** 2
    out[out > 5.0] = 0.0
    return np.sum(out) + x[0]


print(ad.grad(f)(np.array([1.0, 2.0, 3.0])))
