# tensorflow#54417: the loss stands after the `with`.
import numpy as np

import autodiff as ad

w = ad.Variable([1.0, 2.0])
with ad.Tape() as tape:
    prediction = w * 3.0
loss = np.mean(prediction**2)
print(tape.gradient(loss, w))
print(tape.explain(loss, w))
