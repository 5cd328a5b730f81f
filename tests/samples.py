"""The sample table: every op of the engine with arguments that exercise it. An op without a row fails the suite.

A sample is (function, arguments, keywords). The float arrays among the arguments, also those in lists, are what is
differentiated; all else is constant. They lie where the function is smooth; ties and edges are in test_kinks.py.
"""

from collections import defaultdict
from operator import getitem

import numpy as np

import autodiff as ad

rng = np.random.default_rng(0)


def any_(*shape):
    return np.asarray(rng.uniform(-1, 1, shape))


def positive(*shape):
    return np.asarray(rng.uniform(0.5, 2, shape))


SAMPLES = defaultdict(list)  # from the function to its samples


def sample(function, *args, **keywords):
    SAMPLES[function].append((function, args, keywords))


def leaves(x):
    """The arrays to differentiate in an argument, in order."""
    if isinstance(x, (list, tuple)):
        return [leaf for part in x for leaf in leaves(part)]
    return [x] if isinstance(x, np.ndarray) and x.dtype.kind in "fc" else []


def planted(x, new):
    """The same argument with its arrays taken from the iterator `new`."""
    if isinstance(x, (list, tuple)):
        return type(x)(planted(part, new) for part in x)
    return next(new) if leaves(x) else x


# -- arithmetic and elementary functions -----------------------------------------------------------------------------

for f in (np.exp, np.expm1, np.sin, np.cos, np.tan, np.tanh, np.arctan, np.negative, np.positive, np.square,
          np.absolute, np.fabs, np.sign, ad.sigmoid, ad.softplus, ad.relu):  # fmt: skip
    sample(f, any_(3, 4))
    sample(f, any_())
for f in (np.log, np.log1p, np.sqrt, np.reciprocal):
    sample(f, positive(3, 4))
for f in (np.add, np.subtract, np.multiply, np.maximum, np.minimum):
    for shapes in (((3, 4), (4,)), ((3, 1), (1, 4)), ((), (2, 1)), ((2, 3), (2, 3)), ((0, 3), (3,))):
        sample(f, *(any_(*shape) for shape in shapes))
for f in (np.divide, np.mod):
    for shapes in (((3, 4), (4,)), ((3, 1), (1, 4)), ((), (2, 1))):
        sample(f, *(positive(*shape) for shape in shapes))
for f in (np.power, np.float_power):
    sample(f, positive(3, 4), any_(4))
    sample(f, 2.0, any_(3))
for exponent in (0, 1, 2, 3, -2, 0.5, 2.5, -1.5, 1.0, 4.0):
    sample(np.power, positive(3), exponent)
for exponent in (2, 3, -1, -2, 5):
    sample(np.power, any_(5), exponent)
sample(np.power, any_(5), np.array([0, 1, 2, 3, -1], np.int8))
sample(np.clip, any_(9), -0.5, 0.5)
sample(np.clip, any_(9), None, 0.2)
sample(np.clip, any_(9), a_min=0.1, a_max=None)
sample(np.clip, any_(9), min=-0.2, max=0.3)
sample(np.clip, any_(3, 3), -positive(3) / 3, positive(3, 1) / 3)
sample(np.where, np.arange(4) > 1, any_(3, 4), any_(4))
sample(np.where, np.arange(3)[:, None] > 1, any_(3, 1), any_(4))

# -- reductions ------------------------------------------------------------------------------------------------------

for f in (np.sum, np.mean, np.max, np.min, np.prod, np.var, np.std, ad.logsumexp):
    for axis in (None, 0, -1, (0, 2), (-1, 0), (0, 1, 2)):
        sample(f, any_(2, 3, 4), axis=axis)
        sample(f, any_(2, 3, 4), axis=axis, keepdims=True)
for f in (np.sum, np.mean, np.max, np.min, np.prod):
    sample(f, any_())
    sample(f, any_(1, 3), axis=0)
    sample(f, any_(2, 3), axis=())
for f in (np.var, np.std):
    sample(f, any_(3, 4), ddof=1, axis=0)
sample(np.prod, np.array([0.0, 2.0, 3.0]))
sample(np.prod, np.array([[0.0, 2.0, 0.0], [0.5, -1.0, 3.0]]), axis=1)
for axis in (0, -1):
    sample(ad.softmax, any_(3, 4), axis=axis)
for axis in (None, 0, 1):
    sample(np.cumsum, any_(3, 4), axis=axis)

# -- shapes ----------------------------------------------------------------------------------------------------------

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

# -- indexing --------------------------------------------------------------------------------------------------------

for key in (1, -1, (1, 2), slice(None, None, -2), (slice(None), slice(1, None)), ..., (..., None, 1), [0, 0, 2],
            np.array([[0, 1], [2, 0]]), (np.array([0, 2, 0]), [1, 1, 1]), (slice(None), [0, 0]), (2, [1, 1]),
            np.array([True, False, True]), (np.array([True, False, True]), [1, 1]), (None, [0, 0], None),
            np.arange(12).reshape(3, 4) % 2 == 0, (), np.int64(1), [True, False, True], True, [], None):  # fmt: skip
    sample(getitem, any_(3, 4), key)

# -- products --------------------------------------------------------------------------------------------------------

MATMUL_SHAPES = (((3, 4), (4, 2)), ((4,), (4,)), ((3, 4), (4,)), ((4,), (4, 2)), ((2, 3, 4), (2, 4, 2)), ((2, 3, 4), (4, 2)),
                 ((3, 4), (2, 4, 2)), ((4,), (2, 4, 2)), ((2, 3, 4), (4,)), ((2, 1, 3, 4), (5, 4, 2)), ((1, 3, 4), (5, 4, 2)),
                 ((0, 4), (4, 2)), ((3, 0), (0, 2)))  # fmt: skip
for a, b in MATMUL_SHAPES:
    sample(np.matmul, any_(*a), any_(*b))
for a, b in (((3, 4), (4, 2)), ((4,), (4,)), ((3, 4), (4,)), ((4,), (4, 2)), ((2, 3, 4), (5, 4, 2)), ((), (3,)), ((3,), ()),
             ((2, 3, 4), (4,)), ((4,), (5, 4, 2)), ((2, 4), (5, 4, 2)), ((2, 3, 4), (4, 2)), ((), ())):  # fmt: skip
    sample(np.dot, any_(*a), any_(*b))
sample(np.outer, any_(3), any_(2))
sample(np.outer, any_(2, 2), any_(3))
for axes, a, b in ((0, (3, 4), (2,)), (1, (3, 4, 2), (2, 3)), (2, (3, 4, 2), (4, 2, 5)),
                   (([1, 0], [0, 1]), (3, 4, 2), (4, 3, 2)), (([0, 2], [1, 0]), (3, 4, 2), (2, 3, 5)),
                   ((-1, 0), (3, 4, 2), (2, 3)), ([[0, 1, 2], [2, 0, 1]], (3, 4, 2), (4, 2, 3)),
                   (((0, 2, 3), (2, 0, 1)), (2, 3, 4, 5), (4, 5, 2))):  # fmt: skip
    sample(np.tensordot, any_(*a), any_(*b), axes=axes)
for subscripts, *shapes in (
    ("ij,jk", (2, 3), (3, 4)), ("ij,jk->ki", (2, 3), (3, 4)), ("ii", (3, 3)), ("ii->i", (3, 3)), ("ij->", (2, 3)),
    ("ij->j", (2, 3)), ("ji", (2, 3)), ("...ij,...jk", (2, 2, 3), (3, 2)), ("i,j,k->", (2,), (3,), (2,)),
    ("bij,bj->bi", (2, 3, 4), (2, 4)), ("iij,j", (3, 3, 2), (2,)), ("i,i", (3,), (3,)), ("...->...", (2, 3)),
    ("ij,ij->i", (2, 3), (2, 3)), ("i...,i->...", (3, 2), (3,)), ("iii->i", (3, 3, 3)), ("iii", (3, 3, 3)),
    ("iijj->ij", (2, 2, 3, 3)), ("ij,jk,kl->il", (2, 3), (3, 2), (2, 4)), ("i,j->ij", (2,), (3,)), ("ij,ij", (2, 3), (1, 3)),
    ("...i->...", (2, 3)), (" i j , j -> i ", (2, 3), (3,)), ("ij,kl->", (2, 3), (2, 2)), (",ij->ij", (), (2, 3)),
    ("b...,b...->b...", (2, 3, 2), (2, 3, 1)), ("ii,i->i", (3, 3), (3,)), ("iji->j", (2, 3, 2)),
):  # fmt: skip
    sample(np.einsum, subscripts, *(any_(*shape) for shape in shapes))
sample(np.einsum, any_(2, 3), [0, 1], any_(3, 2), [1, 2], [0, 2])
sample(np.einsum, any_(2, 3), [0, 1], any_(3, 2), [1, 2])
sample(np.einsum, "ij,jk,kl->il", any_(2, 3), any_(3, 2), any_(2, 4), optimize=True)
