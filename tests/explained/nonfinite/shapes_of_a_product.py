# The weights of a layer are stored the other way round.
import numpy as np

import autodiff as ad

x = np.ones((32, 4))
weights = ad.Variable(np.ones((8, 4)), name="weights")


def layer(x):
    return np.tanh(x @ weights)


with ad.Tape() as tape:
    loss = np.mean(layer(x))
