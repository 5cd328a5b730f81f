# One ratio of the data was a division by zero, long before the training.
import numpy as np

import autodiff as ad

ratio = np.array([0.5, 2.0, np.inf, 1.0])
scale = ad.Variable(1.5, name="scale")

with ad.debug(), ad.Tape() as tape:
    loss = np.mean((scale * ratio - 1.0) ** 2)
print(tape.gradient(loss, scale))
