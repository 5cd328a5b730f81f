# A reduction has dropped the axis that broadcasting needs.
import numpy as np

import autodiff as ad

x = ad.Variable(np.arange(12.0).reshape(4, 3), name="x")

with ad.Tape() as tape:
    centred = x - np.mean(x, axis=1)
