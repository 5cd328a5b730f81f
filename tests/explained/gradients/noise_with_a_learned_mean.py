# the reparametrization trick, forgotten: numpy draws around a tracked mean.
import numpy as np

import autodiff as ad

rng = np.random.default_rng(0)
mean = ad.Variable(0.5)
with ad.Tape() as tape:
    sample = rng.normal(mean, 1.0)
    loss = (sample - 2.0) ** 2 + mean * 0.0
print(tape.gradient(loss, mean))
