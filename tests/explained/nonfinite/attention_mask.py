# A row of attention scores in which everything is masked: -inf - (-inf).
import numpy as np

import autodiff as ad

scores = ad.Variable([[1.0, 2.0], [0.5, 3.0]], name="scores")
mask = np.array([[True, True], [False, False]])

with ad.debug():
    masked = np.where(mask, scores, -np.inf)
    shifted = masked - np.max(masked, axis=-1, keepdims=True)
    weights = np.exp(shifted)
print(weights)
