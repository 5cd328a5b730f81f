# HIPS/autograd#151: the gradient of a vector's length is nan at the origin.
import numpy as np

import autodiff as ad


def length(x):
    return np.sqrt(np.sum(x**2))


with ad.debug():
    print(ad.grad(length)(np.zeros(3)))
