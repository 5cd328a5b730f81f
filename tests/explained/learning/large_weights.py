"""Weights from a normal distribution, as np.random.randn gives them."""

import numpy as np

import nn

nn.set_random_seed(0)
rng = np.random.default_rng(0)
x = rng.normal(size=(100, 8))
y = (x[:, 0] > x[:, 1]).astype(int)

randn = nn.initializers.RandomNormal(stddev=1.0)
model = nn.MLP([64] * 5 + [2], "relu", kernel_initializer=randn)
model.compile("adam", nn.losses.SparseCategoricalCrossentropy(from_logits=True))
print(nn.diagnose(model, x, y))
