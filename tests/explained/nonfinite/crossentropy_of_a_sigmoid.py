# keras-team/keras#9247: binary crossentropy written by hand. The sigmoid of a large logit rounds to 1.
import numpy as np

import autodiff as ad

weights = ad.Variable(np.array([30.0, -60.0], "float32"), name="weights")
x = np.array([[1.0, 0.5], [2.0, 0.5], [1.0, 1.5]], "float32")
labels = np.array([1.0, 0.0, 0.0], "float32")

with ad.debug(), ad.Tape() as tape:
    p = ad.sigmoid(x @ weights)
    loss = -np.mean(labels * np.log(p) + (1 - labels) * np.log(1 - p))
print(tape.gradient(loss, weights))
