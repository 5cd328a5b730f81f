# pytorch/pytorch#160016: the loss is nan, and nothing says that the data were.
import numpy as np

import autodiff as ad

heights = np.array([[1.70, 65.0], [1.82, np.nan], [1.65, 58.0], [np.nan, 70.0]])
weights = ad.Variable([0.5, 0.1], name="weights")

with ad.debug(), ad.Tape() as tape:
    loss = np.mean((heights @ weights - 5.0) ** 2)
print(tape.gradient(loss, weights))
