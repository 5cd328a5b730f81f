"""nfmcclure/tensorflow_cookbook#86: probabilities go into a crossentropy that takes logits."""

import numpy as np

import nn


class Classifier(nn.Model):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Dense(16, "relu")
        self.out = nn.Dense(10)

    def call(self, x):
        return nn.activations.softmax(self.out(self.hidden(x)))


nn.set_random_seed(0)
rng = np.random.default_rng(0)
y = rng.integers(0, 10, 300)
x = np.eye(10)[y] + rng.normal(0, 0.1, (300, 10))

model = Classifier()
model.compile("adam", nn.losses.SparseCategoricalCrossentropy(from_logits=True))
model.fit(x, y, epochs=3, verbose=0)
print(nn.diagnose(model, x, y))
