# keras-team/tf-keras#52: a perceptron's step.
import numpy as np

import autodiff as ad

w = ad.Variable([0.2, -0.8], name="weights")
b = ad.Variable(0.1)
with ad.Tape() as tape:
    fires = w > 0.0
    loss = np.sum(fires * b)
print(tape.gradient(loss, w))
print(tape.explain(loss, w))
