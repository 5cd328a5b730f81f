"""pytorch/pytorch#16045: outputs and targets have different shapes. Some libraries compare them all the same."""

import numpy as np

import nn

nn.set_random_seed(0)
rng = np.random.default_rng(0)
x = rng.normal(size=(100, 3))
y = x.sum(axis=1)

model = nn.Sequential([nn.Dense(16, "relu"), nn.Dense(2)])  # a second output was once needed
model.compile("adam", "mse")
print(nn.diagnose(model, x, y))
