"""One example in ten is of class 1, and the model says 0 for all of them."""

import numpy as np

import nn

nn.set_random_seed(0)
rng = np.random.default_rng(0)
x = rng.normal(size=(400, 2))
y = (np.arange(400) % 10 == 0).astype(int)
x[y == 1] += 0.3

model = nn.Sequential([nn.Dense(1, "sigmoid")])
model.compile(nn.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=20, verbose=0)
print(nn.diagnose(model, x, y))
