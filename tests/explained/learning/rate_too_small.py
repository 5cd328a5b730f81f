"""Adadelta, with the default learning rate of Keras: the paper has 1.0."""

import numpy as np

import nn

nn.set_random_seed(0)
rng = np.random.default_rng(0)
x = rng.normal(size=(200, 3))
y = x @ [1.0, -2.0, 0.5]

model = nn.Sequential([nn.Dense(16, "tanh", name="hidden"), nn.Dense(1, name="out")])
model.compile("adadelta", "mse")
model.fit(x, y, epochs=5, verbose=0)
print(nn.diagnose(model, x, y))
