# The gradient of a function of one's own has the shape of the wrong argument. The debugger knows the line of the forward pass.
import numpy as np

import autodiff as ad


@ad.custom_gradient
def weighted(x, w):
    return x @ w, lambda upstream: (w * upstream, upstream * w)


x, w = ad.Variable(np.ones((4, 3)), name="x"), ad.Variable([1.0, 2.0, 3.0], name="w")

with ad.debug(), ad.Tape() as tape:
    loss = np.sum(weighted(x, w))
print(tape.gradient(loss, [x, w]))
