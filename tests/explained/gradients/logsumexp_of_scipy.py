# HIPS/autograd's users write scipy.special.logsumexp, which autograd.scipy has by another import.
import numpy as np
from scipy.special import logsumexp

import autodiff as ad


def loss(z):
    return logsumexp(z) - z[0]


print(ad.grad(loss)(np.array([1.0, 2.0])))
