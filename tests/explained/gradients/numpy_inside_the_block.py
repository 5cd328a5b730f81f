# tensorflow#42984: the prediction is turned into an array before the loss.
import numpy as np

import autodiff as ad

w = ad.Variable([1.0, 2.0])
b = ad.Variable(0.5)
with ad.Tape() as tape:
    prediction = w * 3.0
    loss = np.mean((prediction.numpy() - 1.0) ** 2) + b * b
print(tape.gradient(loss, w))
print(tape.explain(loss, w))
