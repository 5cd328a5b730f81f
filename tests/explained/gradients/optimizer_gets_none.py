# keras, "No gradients provided for any variable": the optimizer says why.
import numpy as np

import autodiff as ad
import nn

w = ad.Variable([1.0, 2.0], name="w")
with ad.Tape() as tape:
    loss = np.sum(np.sign(w) * np.floor(w)) + ad.constant(0.0)
    loss = np.floor(np.sum(w)) * 1.0
gradients = tape.gradient(loss, [w])
nn.optimizers.SGD(0.1).apply_gradients(zip(gradients, [w], strict=True))
