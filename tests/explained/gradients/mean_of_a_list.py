# stackoverflow: the mean of a list of losses.
import numpy as np

import autodiff as ad

w = ad.Value(2.0)
with ad.Tape() as tape:
    losses = [(w * x - 1.0) ** 2 for x in (1.0, 2.0, 3.0)]
    total = np.mean(losses) + 0.1 * w * w
print(tape.gradient(total, w))
