"""`vmap(grad(f))`: the gradient of each example of a batch, against a loop over the examples, and the gradient of the batch."""

import itertools

import numpy as np

import autodiff as ad
from benchmarks.subject import Contender, Subject


def problem(case):
    """(parameters, x, target)."""
    sizes, batch = case
    rng = np.random.default_rng(0)
    pairs = [(rng.normal(0, a**-0.5, (a, b)).astype("f"), np.zeros(b, "f")) for a, b in itertools.pairwise(sizes)]
    x, target = (rng.normal(size=(batch, n)).astype("f") for n in (sizes[0], sizes[-1]))
    return [tuple(map(ad.constant, pair)) for pair in pairs], x, target


def loss(params, x, target):
    (w1, b1), (w2, b2) = params
    return np.sum((np.tanh(x @ w1 + b1) @ w2 + b2 - target) ** 2)


def whole_batch(case):
    """The gradients of the examples are also those of their sum."""
    gradient, problem_ = ad.grad(loss, 1), problem(case)
    return lambda: gradient(*problem_)


def vmap(case):
    each, problem_ = ad.vmap(ad.grad(loss, 1), in_axes=(None, 0, 0)), problem(case)
    return lambda: each(*problem_)


def loop(case):
    gradient, (params, x, target) = ad.grad(loss, 1), problem(case)
    return lambda: [gradient(params, *row) for row in zip(x, target)]


SUBJECT = Subject(
    title="The gradient of each example (sizes, batch)",
    cases={"784-128-10, 256": ([784, 128, 10], 256)},
    quick={"3-4-2, 5": ([3, 4, 2], 5)},
    contenders={
        "the gradient of the whole batch": Contender(whole_batch),
        "vmap": Contender(vmap),
        "a loop over the examples": Contender(loop),
    },
    rounds=7,
    rtol=1e-3,
)
