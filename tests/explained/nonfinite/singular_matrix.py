# Two features are the same, so the normal equations have no unique solution.
import numpy as np

import autodiff as ad

features = ad.Variable([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]], name="features")
target = np.array([1.0, 2.0, 3.0])

with ad.Tape() as tape:
    gram = features.T @ features
    w = np.linalg.inv(gram) @ (features.T @ target)
