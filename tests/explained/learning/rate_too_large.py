"""The learning rate has a one where it needs zeros."""

import numpy as np

import nn

nn.set_random_seed(0)
rng = np.random.default_rng(0)
x = rng.normal(size=(200, 3))
y = x @ [1.0, -2.0, 0.5]

model = nn.Sequential([nn.Dense(1, name="line")])
model.compile(nn.optimizers.SGD(1.5), "mse")
print(nn.diagnose(model, x, y))
