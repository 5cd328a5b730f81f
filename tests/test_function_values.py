"""Functions of Values run as steps of the engine: the same bits as eager, whatever they do."""

import math
import random

import numpy as np
import pytest

import autodiff as ad

UNARY = [
    lambda x: -x, abs, ad.Value.relu, ad.Value.tanh, ad.Value.exp, ad.Value.sigmoid, ad.Value.log, ad.Value.sqrt, np.sin,
    lambda x: 2 - x, lambda x: x * 0.5, lambda x: 3 / x, lambda x: x / 4, lambda x: x**2, lambda x: x**0.5, lambda x: 2.0**x,
    lambda x: x % 1.5, lambda x: +x, lambda x: 1 + x, lambda x: x - 0.25, lambda x: x * np.float64(1.5),
]  # fmt: skip
BINARY = [
    lambda x, y: x + y, lambda x, y: x - y, lambda x, y: x * y, lambda x, y: x / y, np.hypot, lambda x, y: x + x * y,
    lambda x, y: x * y + y, lambda x, y: x * x + x, lambda x, y: ad.dot([x, 2.0, y], [y, x, x], x),
    lambda x, y: ad.dot([x], [3.0]), lambda x, y: ad.sum([x, y, x, 1.0]), lambda x, y: x * 0.0 + y, lambda x, y: x**y,
]  # fmt: skip


def random_program(seed):
    """(a function of Values that only `choices` decides, the Values that it reads from outside)."""
    outside = [ad.Value(x) for x in (0.5, -1.25, 2.0)]

    def compute(*arguments):
        rng = random.Random(seed)
        known = [*arguments, *outside]
        returned = []

        def some():
            for _ in range(rng.randrange(1, 10)):
                if rng.random() < 0.4:
                    known.append(rng.choice(UNARY)(rng.choice(known)))
                else:
                    known.append(rng.choice(BINARY)(rng.choice(known), rng.choice(known[-4:])))
                if not isinstance(known[-1], ad.Value):
                    known.pop()
            return known[-1]

        for _ in range(rng.randrange(1, 4)):
            kind = rng.randrange(6)
            tape = ad.Tape(persistent=kind == 1)
            seen = len(known)
            with tape:
                watched = rng.sample(known, 2)
                tape.watch(watched)
                y = some()
                if kind == 2:
                    with tape.stop_recording():
                        some()
                    y = some() * y
                if kind == 3:  # a second derivative
                    with ad.Tape() as inner:
                        inner.watch(watched)
                        z = some() * watched[0]
                    (slope,) = inner.gradient(z, watched[:1], unconnected_gradients="zero")
                    y = y + slope * slope
            sources = list({id(x): x for x in [*watched, *outside, known[rng.randrange(len(known))]]}.values())
            weight = [None, 2.5, known[seen - 1]][rng.randrange(3)]
            targets, weights = (y, weight) if rng.random() < 0.7 else ([y, known[-2]], [weight, None])
            for _ in range(2 if kind == 1 else 1):
                found = tape.gradient(targets, sources, weights, unconnected_gradients=rng.choice(["zero", "none"]))
                returned += found
                known.extend(g for g in found if g is not None)
            if kind == 4:
                outside[0].assign_sub(0.01 * known[-1])
            if kind == 5:
                outside[1].assign(known[-1])
                outside[2].assign_add(1)
        some()
        return {"found": returned, "last": known[-1], "three": tuple(known[-3:]), "own": outside[0], "number": 3.0}

    return compute, outside


@pytest.mark.parametrize("block", range(10))
def test_random_programs_have_eagers_bits(block):
    for seed in range(40 * block, 40 * block + 40):
        (eager, outside), (traced, others) = random_program(seed), random_program(seed)
        function = ad.function(traced)
        for numbers in ((0.75, -0.5), (0.25, 2.0), (0.0, -1.0), (1e200, 1e-200), (math.inf, 1.5)):
            with np.errstate(all="ignore"):
                expected = eager(*[ad.Value(x) * 1.0 for x in numbers])
                found = function(*numbers)
            assert repr(found) == repr(expected), (seed, numbers)
            assert repr(others) == repr(outside), seed
        assert function.traces == 1
