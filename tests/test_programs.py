"""Random programs over numbers and arrays of many shapes: the gradient, forward mode and the second order agree."""

import random

import numpy as np
import pytest

import autodiff as ad

UNARY = [
    np.sin, np.tanh, ad.sigmoid, ad.softplus, np.square, np.arctan, np.sum, np.mean, np.max, np.cumsum, np.ravel,
    np.transpose, np.negative, np.atleast_2d,
    lambda x: 2.0 - 0.5 * x, lambda x: ad.exp(-x * x), lambda x: x / (1.0 + x * x), lambda x: x**3,
    lambda x: np.expand_dims(x, 0), lambda x: np.logaddexp(x, 0.3), lambda x: np.where(x > 0, x, 0.1 * x),
    lambda x: np.stack([x, x * 2]), lambda x: np.concatenate([np.ravel(x), np.ravel(x)]),
]  # fmt: skip
BINARY = [np.add, np.multiply, np.subtract, np.maximum, np.hypot, np.arctan2, np.outer, np.dot,
          lambda a, b: a / (1.5 + b * b)]  # fmt: skip
SHAPES = [None, None, (), (3,), (2, 3), (3, 2), (1, 3)]  # None: a Value
STEPS, SIZE = 14, 200


def program(seed, xs):
    """The number that a random program of this seed makes of xs."""
    chance, pool = random.Random(seed), list(xs)
    for _ in range(STEPS):
        function = chance.choice(chance.choice([UNARY, BINARY]))
        args = [chance.choice(pool) for _ in range(1 if function in UNARY else 2)]
        try:
            y = function(*args)
        except ValueError:  # shapes that do not fit each other
            continue
        if np.size(y) <= SIZE:
            pool.append(y)
    return sum(np.sum(ad.sin(x)) for x in pool[-3:])


def boxed(xs):
    return [ad.Value(x) if isinstance(x, float) else ad.constant(x) for x in xs]


def gradient(seed, boxes):
    with ad.Tape() as tape:
        tape.watch(boxes)
        y = program(seed, boxes)
    return tape.gradient(y, boxes, unconnected_gradients="zero")


def inner(us, vs):
    return sum(np.sum(u * v) for u, v in zip(us, vs, strict=True))


@pytest.mark.parametrize("seed", range(60))
def test_all_ways_to_a_derivative_agree(seed):
    rng = np.random.default_rng(seed)
    xs, vs = ([float(rng.normal()) if s is None else rng.normal(size=s) for s in SHAPES] for _ in range(2))

    def moved(step):
        return [x + step * v for x, v in zip(xs, vs)]

    boxes = boxed(xs)
    with ad.Tape() as outer:
        outer.watch(boxes)
        slope = inner(gradient(seed, boxes), vs)
    curvature = [np.asarray(h) for h in outer.gradient(slope, boxes, unconnected_gradients="zero")]
    with ad.ForwardAccumulator(boxes, vs) as acc:
        y = program(seed, boxes)
    assert float(acc.jvp(y, "zero")) == pytest.approx(float(slope), rel=1e-9, abs=1e-9)
    h = 1e-6
    numeric = (float(program(seed, moved(h))) - float(program(seed, moved(-h)))) / (2 * h)
    assert float(slope) == pytest.approx(numeric, rel=1e-5, abs=1e-5)
    h = 1e-5
    for above, below, c in zip(gradient(seed, boxed(moved(h))), gradient(seed, boxed(moved(-h))), curvature, strict=True):
        np.testing.assert_allclose(c, (np.asarray(above) - np.asarray(below)) / (2 * h), rtol=1e-3, atol=1e-3)
