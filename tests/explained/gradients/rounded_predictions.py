# keras-team/tf-keras#52: predictions are rounded before they are compared.
import numpy as np

import autodiff as ad

w = ad.Variable([0.2, 0.8])
with ad.Tape() as tape:
    loss = np.sum((np.round(w * 1.5) - 1.0) ** 2)
print(tape.gradient(loss, w))
print(tape.explain(loss, w))
