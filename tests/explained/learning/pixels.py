"""Pixels from 0 to 255 go into the model as they are."""

import numpy as np

import nn

nn.set_random_seed(0)
rng = np.random.default_rng(0)
y = np.arange(200) % 2
images = rng.integers(0, 100, (200, 6, 6))
images[y == 1, 2:4] += 150  # a bright bar

model = nn.Sequential([nn.Flatten(), nn.Dense(32, "tanh"), nn.Dense(2)])
model.compile("sgd", nn.losses.SparseCategoricalCrossentropy(from_logits=True))
print(nn.diagnose(model, images, y))
