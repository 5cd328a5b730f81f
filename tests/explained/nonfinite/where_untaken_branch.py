# jax-ml/jax#347: the gradient is nan, although np.where leaves the bad numbers out.
import numpy as np

import autodiff as ad

p = ad.Variable([0.0, 0.25, 0.75], name="p")

with ad.debug(), ad.Tape() as tape:
    entropy = -np.sum(np.where(p > 0, p * np.log(p), 0.0))
print(tape.gradient(entropy, p))
