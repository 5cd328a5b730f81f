"""A sigmoid at the end of a model that is to answer with degrees Celsius."""

import numpy as np

import nn

nn.set_random_seed(0)
rng = np.random.default_rng(0)
x = rng.normal(size=(200, 2))
y = 15 + 8 * x[:, 0] - 3 * x[:, 1]

model = nn.Sequential([nn.Dense(16, "relu"), nn.Dense(1, "sigmoid")])
model.compile("adam", "mse")
model.fit(x, y, epochs=5, verbose=0)
print(nn.diagnose(model, x, y))
