"""tensorflow/tensorflow#56968: a layer of one's own calls .numpy(), and the gradients before it are None."""

import numpy as np

import nn


class Standardize(nn.Layer):
    def call(self, x):
        x = x.numpy()
        return (x - x.mean(axis=0)) / x.std(axis=0)


nn.set_random_seed(0)
rng = np.random.default_rng(0)
x = rng.normal(size=(200, 3))
y = (x[:, 0] > 0).astype(int)

model = nn.Sequential([nn.Dense(16, "tanh"), Standardize(), nn.Dense(1)])
model.compile("adam", nn.losses.BinaryCrossentropy(from_logits=True))
print(nn.diagnose(model, x, y))
