"""The loss became NaN in training, and fit went on."""

import numpy as np

import nn

nn.set_random_seed(0)
rng = np.random.default_rng(0)
x = rng.normal(size=(100, 3))
y = x.sum(axis=1)

model = nn.MLP([16, 16, 1], "relu")
model.compile(nn.optimizers.SGD(50.0), "mse")
with np.errstate(all="ignore"):
    model.fit(x, y, epochs=5, verbose=0)
print(nn.diagnose(model, x, y))
