"""Samples: other forms of functions that arrange numbers, insert, sort and take differences."""

import numpy as np

from samples.table import any_, sample

BY_ONE = np.arange(4) % 2 == 0

# inserted and deleted
for obj in (-1, 0, np.int64(2)):
    sample(np.insert, any_(3, 4), obj, any_(3), axis=1, id=f"row-{int(obj)}")
    sample(np.insert, any_(3, 4), obj, any_(), axis=0, id=f"number-{int(obj)}")
sample(np.insert, any_(3, 4), 1, any_(2, 3), axis=1)
sample(np.insert, any_(3, 4), [1], any_(3, 2), axis=1)
sample(np.insert, any_(3, 4), [0, -1], any_(2), axis=1)
sample(np.insert, any_(3, 4), [0, -1], any_(3, 2), axis=1)
sample(np.insert, any_(3, 4), [2, 2, 0], any_(3, 1), axis=-1)
sample(np.insert, any_(3, 4), slice(0, 2), any_(3, 2), axis=1)
sample(np.insert, any_(3, 4), slice(None, None, 2), any_(), axis=0)
sample(np.insert, any_(3, 4), BY_ONE, any_(2), axis=1)
sample(np.insert, any_(3, 4), [0, 7], any_(2))
sample(np.insert, any_(3, 4), 5, any_(4))
for obj in (0, -1, [0, 0], [0, -1], slice(None, None, 2), slice(3, 0, -1), BY_ONE, []):
    sample(np.delete, any_(3, 4), obj, axis=1)
sample(np.delete, any_(3, 4), [0, 5])
sample(np.append, any_(2, 3), any_(2, 1), axis=-1)

# arranged
for repeats, axis in ((2, None), ([2, 0, 1], 0), ([3], 1), (0, 1), (2, -1)):
    sample(np.repeat, any_(3, 4), repeats, axis=axis, id=f"again-{repeats}-{axis}")
for shift, axis in ((-1, None), (1, -1), ((1, -2), (0, 1)), ((1, 1), (0, 0)), (5, 0), (2, (0, 1))):
    sample(np.roll, any_(3, 4), shift, axis=axis)
for axis in ((0, 1), -1, (-1,), ()):
    sample(np.flip, any_(3, 4), axis=axis)
for k in (-1, 5):
    sample(np.rot90, any_(2, 3, 2), k, axes=(2, 0))
for source, destination in ((-1, 0), ((0, 2), (1, 0)), (0, 0)):
    sample(np.moveaxis, any_(2, 3, 4), source, destination, id=f"from-{source}-to-{destination}")
sample(np.expand_dims, any_(3, 4), -1)
sample(np.expand_dims, any_(3, 4), (-1, 1))
sample(np.squeeze, any_(1, 3, 1), axis=(0, -1))
sample(np.tile, any_(3), (2, 1, 2))
sample(np.tile, any_(2, 3), 0)
sample(np.resize, any_(2, 3), 4)
sample(np.resize, any_(2, 3), (5, 3))
sample(np.swapaxes, any_(2, 3, 4), -1, 0)
sample(np.transpose, any_(2, 3, 4), (-1, 0, 1))
sample(np.atleast_3d, any_(2, 3, 4), any_(3))
for width, mode in ((2, "edge"), (((0, 2), (3, 1)), "wrap"), ((2, 1), "symmetric"), (((2, 2), (1, 0)), "reflect")):
    sample(np.pad, any_(3, 4), width, mode=mode)
sample(np.pad, any_(3, 4), 2, "reflect")
sample(np.pad, any_(3, 4), ((1, 2), (0, 1)), constant_values=((1.0, 2.0), (3.0, 4.0)))
sample(np.pad, any_(3, 4), 1, mode="constant", constant_values=-1.0)
for options in ({"indexing": "ij", "sparse": True}, {"copy": False}):
    sample(np.meshgrid, any_(2), any_(3), **options)
for f in (np.split, np.array_split):
    sample(f, any_(4, 6), [1, 1, 5], axis=1)
    sample(f, any_(4, 6), (2,), axis=-2)
sample(np.array_split, any_(4, 5), 3, axis=1)

# sorted
for axis in (-1, 0, None):
    sample(np.sort, any_(3, 4), axis=axis, kind="stable")
    sample(np.sort, any_(3, 4), axis=axis, stable=True)
    sample(np.partition, any_(3, 4), (0, 2), axis=axis)
    sample(np.partition, any_(3, 4), -1, axis=axis, kind="introselect")
sample(np.sort, any_(2, 3, 4), axis=1, kind="heapsort")
sample(np.partition, any_(2, 3, 4), 1, axis=1)

# differences and running sums
for n in (0, 1, 3):
    sample(np.diff, any_(3, 4), n=n, axis=0, prepend=0.5)
    sample(np.diff, any_(3, 4), n, 1, any_(3, 1), any_(3, 2))
sample(np.diff, any_(3, 4), append=2.0)
for f in (np.cumsum, np.cumprod):
    for axis in (0, 1, -1):
        sample(f, any_(2, 3, 4), axis=axis)
sample(np.gradient, any_(3, 4, 3), axis=(0, -1))
sample(np.gradient, any_(3, 4, 3), 0.5, axis=1, edge_order=2)
sample(np.trapezoid, any_(2, 3, 4), dx=0.5, axis=1)
sample(np.ediff1d, any_(4), to_begin=0.5)
sample(np.ediff1d, any_(4), to_end=[0.5, 1.0])
for options in ({"discont": 4.0}, {"axis": 0}, {"period": 7.0}):
    sample(np.unwrap, np.array([[0.1, 3.0, 9.0], [-3.0, -0.5, 6.0]]), **options)
