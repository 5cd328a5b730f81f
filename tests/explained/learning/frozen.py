"""The layers were frozen for another exercise."""

import numpy as np

import nn

nn.set_random_seed(0)
rng = np.random.default_rng(0)
x = rng.normal(size=(200, 3))
y = (x[:, 0] > 0).astype(int)

model = nn.Sequential([nn.Dense(16, "tanh"), nn.Dense(1)])
model.compile("adam", nn.losses.BinaryCrossentropy(from_logits=True))
model.trainable = False
print(nn.diagnose(model, x, y))
