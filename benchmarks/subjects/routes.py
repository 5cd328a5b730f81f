"""Values by every route: the same 20,000 operations, and what may be asked of them besides one gradient."""

import numpy as np

import autodiff as ad
from benchmarks.subject import Contender, Subject


def program(x, count, factor=0.999):
    """Four operations again and again: a multiplication, an addition, a tanh, a subtraction."""
    y = x
    for _ in range(count // 4):
        y = (y * factor + x).tanh() - 0.1
    return y


def plain(count):
    x = ad.Value(0.5)

    def run():
        with ad.Tape() as tape:
            y = program(x, count)
        return tape.gradient(y, x)

    return run


def seed(count):
    """With output_gradients."""
    x = ad.Value(0.5)

    def run():
        with ad.Tape() as tape:
            y = program(x, count)
        return tape.gradient(y, x, output_gradients=1.0)

    return run


def two_targets(count):
    x = ad.Value(0.5)

    def run():
        with ad.Tape() as tape:
            y = program(x, count)
            z = 0.5 * y
        return tape.gradient([z, z], x)

    return run


def two_tapes(count):
    """Another tape is open, and listens."""
    x = ad.Value(0.5)

    def run():
        with ad.Tape(), ad.Tape() as tape:
            y = program(x, count)
        return tape.gradient(y, x)

    return run


def one_array(count):
    """One operation on an array at the end."""
    x, ones = ad.Value(0.5), np.ones(2)

    def run():
        with ad.Tape() as tape:
            y = ad.mean(program(x, count) * ones)
        return tape.gradient(y, x)

    return run


def numpy_scalars(count):
    """The factor is a number of numpy."""
    x, factor = ad.Value(0.5), np.float64(0.999)

    def run():
        with ad.Tape() as tape:
            y = program(x, count, factor)
        return tape.gradient(y, x)

    return run


def numpy_integers(count):
    """An integer of numpy is among the numbers."""
    x, one = ad.Value(0.5), np.int64(1)

    def run():
        with ad.Tape() as tape:
            y = program(x, count) * one
        return tape.gradient(y, x)

    return run


def second(count):
    """The gradient, and the derivative of the gradient."""
    x = ad.Value(0.5)

    def run():
        with ad.Tape() as outer:
            with ad.Tape() as inner:
                y = program(x, count)
            slope = inner.gradient(y, x)
        run.curvature = outer.gradient(slope, x)
        return slope

    return run


SUBJECT = Subject(
    title="Values by other routes (operations), against one gradient by one tape",
    cases={"20,000": 20_000},
    quick={"40": 40},
    contenders={
        "one gradient": Contender(plain),
        "a seed": Contender(seed),
        "two targets": Contender(two_targets),
        "two tapes": Contender(two_tapes),
        "one array operation at the end": Contender(one_array),
        "numpy's floats": Contender(numpy_scalars),
        "an integer of numpy": Contender(numpy_integers),
        "the second derivative too": Contender(second),
    },
    operations=lambda count: count,
    rounds=7,
    rtol=1e-9,
)
