"""tflearn/tflearn#562: the last layer has a softmax, and call has another one."""

import numpy as np

import nn


class Classifier(nn.Model):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Dense(16, "relu")
        self.out = nn.Dense(4, "softmax")

    def call(self, x):
        return nn.activations.softmax(self.out(self.hidden(x)))


nn.set_random_seed(0)
rng = np.random.default_rng(0)
x = rng.normal(size=(200, 3))
y = 2 * (x[:, 0] > 0) + (x[:, 1] > 0)

model = Classifier()
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x, y, epochs=3, verbose=0)
print(nn.diagnose(model, x, y))
