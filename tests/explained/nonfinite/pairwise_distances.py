# pytorch/pytorch#2421: the distance of a point to itself is 0, and the slope of sqrt is infinite there.
import numpy as np

import autodiff as ad

points = ad.Variable([[0.0, 0.0], [3.0, 4.0], [6.0, 8.0]], name="points")

with ad.Tape(debug=True) as tape:
    difference = points[:, np.newaxis] - points
    distance = np.sqrt(np.sum(difference**2, axis=-1))
    energy = np.sum(distance)
print(tape.gradient(energy, points))
