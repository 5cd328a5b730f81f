# A softmax as it stands in the textbook, in float32.
import numpy as np

import autodiff as ad


def softmax(z):
    e = np.exp(z)
    return e / np.sum(e, axis=-1, keepdims=True)


scores = ad.Variable(np.array([[1.0, 2.0], [95.0, 3.0]], "float32"), name="scores")
with ad.debug():
    print(softmax(scores))
