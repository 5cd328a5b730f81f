"""`Tape.jacobian`, many cotangents at once as a batch, against a walk for each of them.

    python benchmarks/jacobians.py
"""

import numpy as np
from timing import race

import autodiff as ad
from autodiff.tape import jacobian as engine

rng = np.random.default_rng(0)
layers = [(rng.normal(size=(a, b)) / 5, rng.normal(size=b)) for a, b in ((20, 64), (64, 64), (64, 10))]


def network(x):
    for kernel, bias in layers:
        x = np.tanh(x @ kernel + bias)
    return x


T = np.linspace(0, 1, 200)
PROGRAMS = {
    "100 numbers, elementwise": (lambda x: np.exp(x) * np.sin(x) + x**2, rng.normal(size=100)),
    "a network, 10 by 20": (network, rng.normal(size=20)),
    "least squares, 200 by 3": (lambda p: p[0] * np.exp(-p[1] * T) + p[2], np.array([1.0, 2.0, 0.5])),
}


def at_most(numbers, jacobian, x):
    """The jacobian with batches of that many numbers: 0 is one cotangent after the other."""

    def run():
        before, engine.CHUNK = engine.CHUNK, numbers
        jacobian(x)
        engine.CHUNK = before

    return run


if __name__ == "__main__":
    print(ad.build_info())
    for name, (function, x) in PROGRAMS.items():
        jacobian = ad.jacobian(function)
        one, many, ratio = race(at_most(0, jacobian, x), at_most(engine.CHUNK, jacobian, x))
        print(f"{name:25} {one * 1e3:6.2f} ms one by one, {many * 1e3:6.2f} ms at once: {1 / ratio:5.1f} times faster")
