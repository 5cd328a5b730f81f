# jax-ml/jax#1052: only the gradient is nan. Here the debugger is opened for the gradient alone.
import numpy as np

import autodiff as ad

p = ad.Variable([0.0, 0.25, 0.75], name="p")

with ad.Tape() as tape:
    terms = p * np.log(p)
    entropy = -np.sum(np.where(p > 0, terms, 0.0))

with ad.debug():
    print(tape.gradient(entropy, p))
