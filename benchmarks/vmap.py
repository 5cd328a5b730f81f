"""`vmap(grad(f))` on a network, against one gradient of the whole batch and against a loop over the examples.

    python benchmarks/vmap.py

The gradients with respect to the examples are what a whole batch's one gradient computes too, so there the ratio is the cost
of vmap. The gradients of the weights, one for each example, are 256 times as many numbers as the batch's one.
"""

import functools
import itertools

import numpy as np
from timing import race

import autodiff as ad

SIZES, BATCH = (784, 128, 10), 256
rng = np.random.default_rng(0)
params = [(rng.normal(0, a**-0.5, (a, b)).astype("f"), np.zeros(b, "f")) for a, b in itertools.pairwise(SIZES)]
x, target = (rng.normal(size=(BATCH, n)).astype("f") for n in (SIZES[0], SIZES[-1]))


def loss(params, x, target):
    (w1, b1), (w2, b2) = params
    return np.sum((np.tanh(x @ w1 + b1) @ w2 + b2 - target) ** 2)


def loop(gradient, boxes):
    return [gradient(boxes, *row) for row in zip(x, target)]


if __name__ == "__main__":
    print(ad.build_info())
    boxes = [tuple(map(ad.constant, pair)) for pair in params]
    for argnum, what in ((1, "the examples"), (0, "the weights, for each example")):
        gradient = ad.grad(loss, argnum)
        each = ad.vmap(gradient, in_axes=(None, 0, 0))
        at_once = functools.partial(each, boxes, x, target)
        whole, vmapped, ratio = race(functools.partial(gradient, boxes, x, target), at_once)
        *_, gain = race(at_once, functools.partial(loop, gradient, boxes), rounds=3)
        print(f"{what:30} whole batch {whole * 1e3:6.2f} ms, vmap {vmapped * 1e3:6.2f} ms: {ratio:5.2f} times; "
              f"a loop takes {gain:4.1f} times as long as vmap")  # fmt: skip
