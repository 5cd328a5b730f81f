# jax-ml/jax, HIPS/autograd: a sparse matrix times a tracked vector.
import numpy as np
import scipy.sparse

import autodiff as ad

S = scipy.sparse.csr_array([[1.0, 0.0], [0.0, 2.0]])
w = ad.Variable([0.1, 0.2])
with ad.Tape() as tape:
    loss = np.sum((S @ w) ** 2)
print(tape.gradient(loss, w))
