"""Weights from 100 * np.random.randn: nearly every tanh is at its flat ends."""

import numpy as np

import nn

nn.set_random_seed(0)
rng = np.random.default_rng(0)
x = rng.normal(size=(200, 3))
y = (x[:, 0] * x[:, 1] > 0).astype(int)

randn = nn.initializers.RandomNormal(stddev=100.0)
model = nn.Sequential([nn.Dense(8, "tanh", kernel_initializer=randn, name="hidden"), nn.Dense(1, name="out")])
model.compile(nn.optimizers.SGD(0.1), nn.losses.BinaryCrossentropy(from_logits=True))
print(nn.diagnose(model, x, y))
