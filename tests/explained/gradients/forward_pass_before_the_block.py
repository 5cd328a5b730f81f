# tensorflow#55262: the forward pass stands before the `with`.
import numpy as np

import autodiff as ad

w = ad.Variable([1.0, 2.0])
prediction = w * 3.0
with ad.Tape() as tape:
    loss = np.mean(prediction**2)
print(tape.gradient(loss, w))
print(tape.explain(loss, w))
