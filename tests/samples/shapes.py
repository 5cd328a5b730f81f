"""Samples: shapes."""

import numpy as np

import autodiff as ad
from samples.table import any_, sample, wrong

sample(np.ravel, any_(3, 4))
sample(np.squeeze, any_(2, 1, 3, 1))
sample(np.squeeze, any_(2, 1, 3, 1), axis=1)
sample(np.transpose, any_(2, 3, 4), axes=(1, -1, 0))
sample(np.transpose, any_(2, 3, 4), (2, 0, 1))
sample(np.transpose, any_(2, 3))
sample(np.flip, any_(2, 3))
sample(np.flip, any_(2, 3), axis=1)
sample(np.reshape, any_(3, 4), (4, 3))
sample(np.reshape, any_(3, 4), (2, -1))
sample(np.swapaxes, any_(2, 3, 4), 0, 2)
sample(np.moveaxis, any_(2, 3, 4), 0, 2)
sample(np.moveaxis, any_(2, 3, 4), (0, 1), (-1, 0))
sample(np.expand_dims, any_(2, 3), (0, 2))
sample(np.broadcast_to, any_(2, 1), (4, 2, 3))
sample(np.roll, any_(2, 3), 2)
sample(np.roll, any_(2, 3), 2, 1)
sample(np.roll, any_(2, 3), (1, 2), axis=(0, 1))
for axis in (0, 1, -1):
    sample(np.concatenate, [any_(2, 3), any_(2, 3)], axis)
    sample(np.stack, [any_(2, 3), any_(2, 3)], axis=axis)
sample(np.concatenate, (any_(2, 3), any_(1, 3), any_(0, 3)))
sample(np.concatenate, (any_(2, 3), any_(2, 1)), axis=None)

sample(np.reshape, any_(3, 4), (2, 6), order="F")
sample(np.ravel, any_(3, 4), order="F")
sample(np.matrix_transpose, any_(2, 3, 4))
sample(np.rollaxis, any_(2, 3, 4), 2)
sample(np.rollaxis, any_(2, 3, 4), 0, 3)
sample(np.rollaxis, any_(2, 3, 4), 1, -1)
for f in (np.fliplr, np.flipud, np.copy, np.atleast_1d, np.atleast_2d, np.atleast_3d):
    sample(f, any_(2, 3))
for f in (np.atleast_1d, np.atleast_2d, np.atleast_3d):
    sample(f, any_(3))
    sample(f, any_(), any_(2))
for k in range(4):
    sample(np.rot90, any_(2, 3), k)
sample(np.rot90, any_(2, 3, 4), axes=(1, 2))
for reps in (3, (2,), (2, 1), (1, 2, 3), (2, 1, 2)):
    sample(np.tile, any_(2, 3), reps)
for options in ({}, {"axis": 0}, {"axis": -1}):
    sample(np.repeat, any_(2, 3), 2, **options)
sample(np.repeat, any_(2, 3), [1, 0, 2], axis=1)
sample(np.repeat, any_(2, 2), [1, 0, 2, 3])
sample(np.resize, any_(2, 3), (3, 4))
for width in (1, (1, 2), ((1, 0), (0, 2))):
    sample(np.pad, any_(2, 3), width)
for mode in ("edge", "reflect", "symmetric", "wrap"):
    sample(np.pad, any_(3, 4), ((1, 2), (2, 0)), mode)
sample(np.pad, any_(3), (1, 2), constant_values=(4.0, 5.0))
for mode in ("mean", "maximum", "minimum", "median", "linear_ramp"):
    sample(np.pad, any_(3, 4), ((1, 2), (2, 0)), mode)
for mode in ("mean", "maximum", "median"):
    sample(np.pad, any_(3, 5), 1, mode, stat_length=((2, 1), (3, 4)))
sample(np.pad, any_(4), (2, 3), "linear_ramp", end_values=(0.5, -1.0))
for f in (np.hstack, np.vstack, np.dstack, np.column_stack):
    sample(f, [any_(2, 3), any_(2, 3)])
    sample(f, (any_(3), any_(3)))
sample(np.hstack, [any_(), any_()])
sample(np.block, [[any_(2, 2), any_(2, 1)], [any_(1, 2), any_(1, 1)]])
sample(np.block, [any_(2), any_(3)])
for f in (np.split, np.array_split):
    sample(f, any_(6, 2), 3)
    sample(f, any_(6, 2), [1, 4])
    sample(f, any_(2, 4), 2, axis=-1)
sample(np.array_split, any_(7), 3)
sample(np.hsplit, any_(2, 4), 2)
sample(np.vsplit, any_(4, 2), 2)
sample(np.dsplit, any_(2, 2, 4), 2)
sample(ad.unstack, any_(2, 3), axis=1)
sample(np.append, any_(2, 3), any_(2))
sample(np.append, any_(2, 3), any_(1, 3), axis=0)
sample(np.delete, any_(3, 4), [1, 2], axis=1)
sample(np.delete, any_(5), 2)
sample(np.insert, any_(4), 1, any_())
sample(np.insert, any_(4), [0, 3], any_(2))
sample(np.insert, any_(4), 2, any_(3))
sample(np.insert, any_(3, 2), [1, 1], any_(2, 2), axis=0)
sample(np.insert, any_(3, 2), 1, any_(2), axis=0)
sample(np.broadcast_arrays, any_(2, 1), any_(3))
for options in ({}, {"indexing": "ij"}, {"sparse": True}):
    sample(np.meshgrid, any_(2), any_(3), any_(2), **options)
sample(np.linspace, any_(), any_(), 5)
sample(np.linspace, any_(2), any_(3, 1), 4, endpoint=False, axis=1)
sample(np.full_like, any_(2, 3), any_(3))

wrong(np.reshape, any_(3, 4), (5, -1))
wrong(np.reshape, any_(3, 4), (-1, -1))
wrong(np.squeeze, any_(2, 3), axis=0)
wrong(np.transpose, any_(2, 3), (0, 0))
wrong(np.broadcast_to, any_(2, 3), (2, 4))
wrong(np.roll, any_(3), 1, axis=1)
wrong(np.tile, any_(3), -1)
wrong(np.repeat, any_(3), -1)
wrong(np.repeat, any_(3), [1, 2])
wrong(np.pad, any_(2, 3), -1)
wrong(np.pad, any_(2, 3), ((1, 2), (3, 4), (5, 6)))
wrong(np.stack, [any_(2), any_(3)])
wrong(np.concatenate, [any_(2, 3), any_(3)])
wrong(np.split, any_(5), 2)
wrong(np.insert, any_(4), 9, any_())
wrong(np.delete, any_(4), 4)
wrong(np.linspace, any_(), any_(), -1)
