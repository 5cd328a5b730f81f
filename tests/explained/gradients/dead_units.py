# The gradient is not None, but zero: every unit is off.
import numpy as np

import autodiff as ad

w = ad.Variable([-3.0, -4.0])
with ad.Tape(persistent=True) as tape:
    loss = np.sum(ad.relu(w))
print(tape.gradient(loss, w))
print(tape.explain(loss, w))
