"""keras-team/keras#3687: predictions are all zero, for the last layer is a ReLU."""

import numpy as np

import nn

nn.set_random_seed(0)
rng = np.random.default_rng(0)
x = rng.uniform(0, 1, size=(200, 3))
degrees_of_frost = -x.sum(axis=1)

model = nn.Sequential([nn.Dense(16, "relu"), nn.Dense(1, "relu", name="out")])
model.compile("sgd", "mse")
model.fit(x, degrees_of_frost, epochs=30, verbose=0)
print(nn.diagnose(model, x, degrees_of_frost))
