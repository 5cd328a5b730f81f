# pytorch#1787 and its kin: a plain array is summed up in place.
import numpy as np

import autodiff as ad

w = ad.Variable([1.0, 2.0])
with ad.Tape() as tape:
    total = np.zeros(2)
    for factor in (1.0, 2.0):
        total += w * factor
    loss = np.sum(total)
print(tape.gradient(loss, w))
