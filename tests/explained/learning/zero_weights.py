"""All weights begin at zero, to be fair to all of them."""

import numpy as np

import nn

nn.set_random_seed(0)
rng = np.random.default_rng(0)
x = rng.normal(size=(200, 3))
y = (x[:, 0] > 0).astype(int)

model = nn.MLP([16, 16, 1], "tanh", kernel_initializer="zeros")
model.compile("adam", nn.losses.BinaryCrossentropy(from_logits=True))
model.fit(x, y, epochs=3, verbose=0)
print(nn.diagnose(model, x, y))
