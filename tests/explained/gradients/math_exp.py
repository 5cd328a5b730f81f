# HIPS/autograd's FAQ: math's functions take plain numbers.
import math

import autodiff as ad


def f(x):
    return x * math.exp(-x)


print(ad.grad(f)(1.0))
