# Columns of data are standardized, and one of them is constant.
import numpy as np

import autodiff as ad

x = ad.Variable([[1.0, 5.0], [2.0, 5.0], [3.0, 5.0]], name="x")

with ad.debug():
    standardized = (x - np.mean(x, axis=0)) / np.std(x, axis=0)
print(standardized)
