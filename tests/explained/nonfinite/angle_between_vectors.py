# The cosine of an angle is rounded to a little more than 1.
import numpy as np

import autodiff as ad


def angle(a, b):
    cosine = np.sum(a * b) / np.sqrt(np.sum(a * a) * np.sum(b * b))
    return np.arccos(cosine * (1.0 + 1e-15))  # the rounding error of a longer computation


a = ad.Variable([1.0, 2.0, 3.0], name="a")
with ad.debug():
    print(angle(a, 2.0 * a))
