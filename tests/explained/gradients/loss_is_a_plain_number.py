# tensorflow#31919: everything was done in numpy, and the loss is no tensor any more.
import numpy as np

import autodiff as ad

w = ad.Variable([1.0, 2.0])
with ad.Tape() as tape:
    loss = np.mean((w * 3.0).numpy() ** 2)
tape.gradient(loss, w)
