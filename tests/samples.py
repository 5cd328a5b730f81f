"""The sample table: every op of the engine with arguments that exercise it. An op without a row fails the suite.

A sample is (function, arrays, keywords). Arrays lie where the function is smooth; ties and edges have a table of their own.
"""

from collections import defaultdict

import numpy as np

import autodiff as ad

rng = np.random.default_rng(0)


def any_(*shape):
    return rng.uniform(-1, 1, shape)


def positive(*shape):
    return rng.uniform(0.5, 2, shape)


SAMPLES = defaultdict(list)


def sample(function, *arrays, **keywords):
    SAMPLES[function].append((function, arrays, keywords))


def through(op, function, *arrays):
    """A sample of `op` that is reached by other means than calling it: an operator, an index."""
    SAMPLES[op].append((function, arrays, {}))


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
    sample(f, positive(3, 4), positive(4))
for f in (np.power, np.float_power):
    sample(f, positive(3, 4), any_(4))
for exponent in (0, 1, 2, 3, -2, 0.5, 2.5, -1.5):
    through(np.power, lambda x, k=exponent: x**k, positive(3))
through(np.power, lambda x: x**3, any_(5))
through(np.power, lambda x: 2.0**x, any_(3))
through(np.clip, lambda x: np.clip(x, -0.5, 0.5), any_(9))
through(np.clip, lambda x: np.clip(x, None, 0.2), any_(9))
through(np.clip, lambda x, low, high: np.clip(x, low, high), any_(9), -positive(9) / 3, positive(9) / 3)
through(np.where, lambda a, b: np.where(np.arange(4) > 1, a, b), any_(3, 4), any_(4))

for f in (np.sum, np.mean, np.max, np.min, np.prod, np.var, np.std, ad.logsumexp):
    for axis in (None, 0, -1, (0, 2), (-1, 0), (0, 1, 2)):
        sample(f, any_(2, 3, 4), axis=axis)
        sample(f, any_(2, 3, 4), axis=axis, keepdims=True)
for f in (np.var, np.std):
    sample(f, any_(3, 4), ddof=1, axis=0)
for axis in (0, -1):
    sample(ad.softmax, any_(3, 4), axis=axis)
for axis in (None, 0, 1):
    sample(np.cumsum, any_(3, 4), axis=axis)

sample(np.ravel, any_(3, 4))
sample(np.squeeze, any_(2, 1, 3, 1))
sample(np.squeeze, any_(2, 1, 3, 1), axis=1)
sample(np.transpose, any_(2, 3, 4), axes=(1, -1, 0))
sample(np.transpose, any_(2, 3))
sample(np.flip, any_(2, 3))
sample(np.flip, any_(2, 3), axis=1)
through(np.reshape, lambda x: np.reshape(x, (4, 3)), any_(3, 4))
through(np.reshape, lambda x: x.reshape(2, -1), any_(3, 4))
through(np.swapaxes, lambda x: np.swapaxes(x, 0, 2), any_(2, 3, 4))
through(np.moveaxis, lambda x: np.moveaxis(x, 0, 2), any_(2, 3, 4))
through(np.expand_dims, lambda x: np.expand_dims(x, (0, 2)), any_(2, 3))
through(np.broadcast_to, lambda x: np.broadcast_to(x, (4, 2, 3)), any_(2, 1))
through(np.roll, lambda x: np.roll(x, 2, 1), any_(2, 3))
through(np.roll, lambda x: np.roll(x, (1, 2), (0, 1)), any_(2, 3))
for axis in (0, 1, -1):
    through(np.concatenate, lambda a, b, k=axis: np.concatenate([a, b], k), any_(2, 3), any_(2, 3))
through(np.concatenate, lambda a, b: np.concatenate((a, b), axis=None), any_(2, 3), any_(2, 1))
for axis in (0, 1, -1):
    through(np.stack, lambda a, b, k=axis: np.stack([a, b], k), any_(2, 3), any_(2, 3))

INDEX = "getitem"
for key in (1, -1, (1, 2), slice(None, None, -2), (slice(None), slice(1, None)), ..., (..., None, 1), [0, 0, 2],
            np.array([[0, 1], [2, 0]]), (np.array([0, 2, 0]), [1, 1, 1]), (slice(None), [0, 0]),
            np.array([True, False, True])):  # fmt: skip
    through(INDEX, lambda x, k=key: x[k], any_(3, 4))
through(INDEX, lambda x: x[x > 0], any_(3, 4))

MATMUL_SHAPES = (((3, 4), (4, 2)), ((4,), (4,)), ((3, 4), (4,)), ((4,), (4, 2)), ((2, 3, 4), (2, 4, 2)), ((2, 3, 4), (4, 2)),
                 ((3, 4), (2, 4, 2)), ((4,), (2, 4, 2)), ((2, 3, 4), (4,)), ((2, 1, 3, 4), (5, 4, 2)))  # fmt: skip
for a, b in MATMUL_SHAPES:
    sample(np.matmul, any_(*a), any_(*b))
for a, b in (((3, 4), (4, 2)), ((4,), (4,)), ((3, 4), (4,)), ((4,), (4, 2)), ((2, 3, 4), (5, 4, 2)), ((), (3,)), ((3,), ()),
             ((2, 3, 4), (4,)), ((4,), (5, 4, 2))):  # fmt: skip
    sample(np.dot, any_(*a), any_(*b))
sample(np.outer, any_(3), any_(2))
sample(np.outer, any_(2, 2), any_(3))
for axes, a, b in ((0, (3, 4), (2,)), (1, (3, 4, 2), (2, 3)), (2, (3, 4, 2), (4, 2, 5)),
                   (([1, 0], [0, 1]), (3, 4, 2), (4, 3, 2)), (([0, 2], [1, 0]), (3, 4, 2), (2, 3, 5))):  # fmt: skip
    sample(np.tensordot, any_(*a), any_(*b), axes=axes)
for subscripts, *shapes in (
    ("ij,jk", (2, 3), (3, 4)), ("ij,jk->ki", (2, 3), (3, 4)), ("ii", (3, 3)), ("ii->i", (3, 3)), ("ij->", (2, 3)),
    ("ij->j", (2, 3)), ("ji", (2, 3)), ("...ij,...jk", (2, 2, 3), (3, 2)), ("i,j,k->", (2,), (3,), (2,)),
    ("bij,bj->bi", (2, 3, 4), (2, 4)), ("iij,j", (3, 3, 2), (2,)), ("i,i", (3,), (3,)), ("...->...", (2, 3)),
    ("ij,ij->i", (2, 3), (2, 3)), ("i...,i->...", (3, 2), (3,)),
):  # fmt: skip
    through(np.einsum, lambda *xs, s=subscripts: np.einsum(s, *xs), *(any_(*shape) for shape in shapes))
through(np.einsum, lambda a, b: np.einsum(a, [0, 1], b, [1, 2], [0, 2]), any_(2, 3), any_(3, 2))
