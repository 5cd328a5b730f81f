"""`Tape.jacobian`: many cotangents at once as a batch, against a walk for each of them."""

import numpy as np

import autodiff as ad
from autodiff.tape import jacobian as engine
from benchmarks.subject import Contender, Subject


def elementwise(size):
    return (lambda x: np.exp(x) * np.sin(x) + x**2), np.random.default_rng(0).normal(size=size)


def network(width):
    rng = np.random.default_rng(0)
    layers = [(rng.normal(size=(a, b)) / 5, rng.normal(size=b)) for a, b in ((20, width), (width, width), (width, 10))]

    def function(x):
        for kernel, bias in layers:
            x = np.tanh(x @ kernel + bias)
        return x

    return function, rng.normal(size=20)


def least_squares(points):
    t = np.linspace(0, 1, points)
    return (lambda p: p[0] * np.exp(-p[1] * t) + p[2]), np.array([1.0, 2.0, 0.5])


def one_by_one(case):
    program, size = case
    function, x = program(size)
    jacobian = ad.jacobian(function)

    def run():
        before, engine.CHUNK = engine.CHUNK, 0
        try:
            return jacobian(x)
        finally:
            engine.CHUNK = before

    return run


def at_once(case):
    program, size = case
    function, x = program(size)
    jacobian = ad.jacobian(function)
    return lambda: jacobian(x)


SUBJECT = Subject(
    title="Jacobians",
    cases={
        "100 numbers, elementwise": (elementwise, 100),
        "a network, 10 by 20": (network, 64),
        "least squares, 200 by 3": (least_squares, 200),
    },
    quick={"3 numbers": (elementwise, 3), "a network": (network, 4), "least squares": (least_squares, 5)},
    contenders={"one by one": Contender(one_by_one), "at once": Contender(at_once)},
    rtol=1e-9,
)
