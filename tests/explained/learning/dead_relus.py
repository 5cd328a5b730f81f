"""keras-team/keras#7057: the first steps were too large, and no ReLU came back."""

import numpy as np

import nn

nn.set_random_seed(0)
rng = np.random.default_rng(0)
x = rng.uniform(0, 1, size=(200, 3))
y = 5 + x.sum(axis=1)

model = nn.Sequential([nn.Dense(32, "relu", name="hidden"), nn.Dense(1, name="out")])
model.compile(nn.optimizers.SGD(5.0), "mse")
model.fit(x, y, batch_size="all", epochs=3, verbose=0)
print(nn.diagnose(model, x, y))
