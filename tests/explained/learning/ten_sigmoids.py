"""Ten hidden layers of sigmoids, as in the pictures of deep networks."""

import numpy as np

import nn

nn.set_random_seed(0)
rng = np.random.default_rng(0)
x = rng.normal(size=(300, 2))
y = (x[:, 0] * x[:, 1] > 0).astype(int)

model = nn.MLP([16] * 10 + [1], "sigmoid")
model.compile(nn.optimizers.SGD(0.1), nn.losses.BinaryCrossentropy(from_logits=True))
print(nn.diagnose(model, x, y))
