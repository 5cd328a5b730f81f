# stackoverflow: X.dot(w), as it is written in older courses.
import numpy as np

import autodiff as ad

X, y = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([1.0, 0.0])
w = ad.Variable([0.1, 0.2])
with ad.Tape() as tape:
    loss = np.mean((X.dot(w) - y) ** 2)
print(tape.gradient(loss, w))
