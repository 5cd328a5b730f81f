"""`ad.function` gives the bits of the eager engine: random programs and every sample, with their gradients, at the first call
(which is the trace) and at later ones, with other numbers."""

import re

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis.strategies import booleans
from programs import programs
from samples import EVERY, SAMPLES, leaves, over, planted

import autodiff as ad

ROUNDS_BY_LAYOUT = np.lib.NumpyVersion(np.__version__) < "2.3.0"  # its matrix products round as the memory of the factors lies


def same_bits(found, expected):
    """Whether two arrays are equal to the last bit; all NaN are alike."""
    a, b = np.asarray(found), np.asarray(expected)
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    if ROUNDS_BY_LAYOUT:
        return np.allclose(a, b, rtol=1e-12, atol=1e-12, equal_nan=True)
    if a.dtype.kind == "f":
        known = ~np.isnan(a)
        return np.array_equal(a, b, equal_nan=True) and np.array_equal(np.signbit(a)[known], np.signbit(b)[known])
    return np.array_equal(a, b)


def with_gradients(compute, nested=False):
    """The results of compute(*boxes), and the gradients of a curved sum of them. nested: another tape is opened and closed
    before the sum, so that the walk reads snapshots in another epoch."""

    def run(*boxes):
        with ad.Tape() as tape:
            tape.watch(boxes)
            ys = [y for y in compute(*boxes) if isinstance(y, (ad.Tensor, ad.Value))]
            if nested:
                with ad.Tape() as inner:
                    again = [y * 2.0 for y in ys if y.dtype.kind == "f"]
                if again:
                    inner.gradient(again, WEIGHTS)
            floats = [y for y in ys if y.dtype.kind == "f"]
            total = sum(np.sum(np.sin(1.3 * y)) for y in floats)
        return [*ys, *tape.gradient(total, list(boxes), unconnected_gradients="zero")]

    return run


def boxes_of(numbers):
    def box(x):
        if type(x) is float:
            value = ad.Value(x)
            value.trainable = False
            return value
        return ad.constant(x)

    return [box(x) for x in numbers]


def agree(run, *calls):
    traced = ad.function(run)
    for numbers in calls:
        with np.errstate(all="ignore"):
            expected = run(*boxes_of(numbers))
            found = traced(*numbers)
        for k, (y, z) in enumerate(zip(found, expected, strict=True)):
            assert type(y) is type(z)
            assert same_bits(y.numpy(), z.numpy()), (k, y, z)
    assert traced.traces == 1


def others(x, seed):
    return x * 0.9 if isinstance(x, float) else np.asarray(x * np.random.default_rng(seed).uniform(0.8, 1.0, x.shape), x.dtype)


@given(program=programs(), nested=booleans())
def test_random_programs_have_the_bits_of_eager(program, nested):
    kinds, numbers = program.inputs()
    numbers = [float(x) if kind == "value" else x for kind, x in zip(kinds, numbers)]

    def compute(*boxes):
        given = iter(boxes)
        return program.run([x if kind == "array" else next(given) for kind, x in zip(kinds, numbers)])

    first = [x for kind, x in zip(kinds, numbers) if kind != "array"]
    assume(first)
    try:
        with_gradients(compute)(*boxes_of(first))
    except (ArithmeticError, IndexError, ValueError, np.linalg.LinAlgError):
        assume(False)  # eager refuses it too
    try:
        agree(with_gradients(compute, nested), first, [others(x, 1) for x in first], [others(x, 2) for x in first])
    except TypeError as error:  # a mask as a keyword, a shape that depends on numbers: refused, not frozen
        assume(not re.search("frozen in the trace|would be frozen|that depends on numbers", str(error)))
        raise


# A trace takes most of the time: of a function's rows the first is traced in both ways, the others in one, by turns.
NESTED = {row.id for rows in SAMPLES.values() for k, row in enumerate(rows) if k % 2 == 0}
PLAIN = {row.id for rows in SAMPLES.values() for k, row in enumerate(rows) if k % 2 or k == 0}


@over([row for row in EVERY if leaves(row.args)])
def test_every_sample_has_the_bits_of_eager(row):
    function, args, keywords = row

    def compute(*boxes):
        results = function(*planted(args, iter(boxes)), **keywords)
        return results if isinstance(results, (tuple, list)) else [results]

    arrays = leaves(row.args)
    second = [x[::-1].copy() if x.ndim and len(x) > 1 else x * 1.01 for x in arrays]
    if row.id in PLAIN:
        agree(with_gradients(compute), arrays, second)
    if row.id in NESTED:
        agree(with_gradients(compute, nested=True), arrays, second)


VALUES = {
    "quotients": lambda a, b, c: a / b / (c + 3.0) * (b / c),
    "elementary": lambda a, b, c: np.exp(a) * np.log(b * b + 1.0) + np.tanh(c / b) ** 3 + np.sqrt(abs(a)) - 2.0**b,
    "kinks": lambda a, b, c: np.maximum(a, b) * ad.relu(c) + ad.sigmoid(a * 7.0) + abs(b) + (a % 0.7),
    "with an array": lambda a, b, c: np.sum(a / np.array([1.0, 2.0, 7.0])) * b / c,
}


@pytest.mark.parametrize("name", VALUES)
def test_values_have_the_bits_of_eager(name):
    """Their gradients too, which eager makes of local derivatives."""
    rng = np.random.default_rng(0)
    agree(with_gradients(lambda *xs: [VALUES[name](*xs)]), *rng.uniform(-2.0, 2.0, (20, 3)).tolist())


def curved(x):
    return np.sum(np.tanh(x * WEIGHTS) ** 3)


def by_two_orders(x):
    with ad.Tape(persistent=True) as tape:
        tape.watch(x)
        y = np.sin(x)
        z = y * y
        slope = tape.gradient(z, x)
    return [slope, tape.gradient(z, y), tape.gradient(slope, x)]


WEIGHTS = ad.Variable([0.3, -0.7, 1.1])
DERIVATIVES = {
    "hessian": lambda x: [ad.hessian(curved)(x)],
    "third order": lambda x: [ad.grad(lambda z: np.sum(ad.hessian(curved)(z)))(x)],
    "hessian of a product": lambda x: [ad.hessian(np.prod)(x)],
    "hvp": lambda x: [ad.hvp(curved, x, np.ones(3))],
    "jvp": lambda x: [ad.jvp(curved, (x,), (np.ones(3),))[1]],
    "jacobian": lambda x: [ad.jacobian(lambda z: np.tanh(z) * np.sum(z * WEIGHTS))(x)],
    "vmap": lambda x: [ad.vmap(lambda t: np.tanh(t * x[0]) + np.maximum(t, 0.1))(x)],
    "vmap of grad": lambda x: [ad.vmap(ad.grad(lambda a, b: a * np.sin(b) * a), in_axes=(0, None))(x, x[1])],
    "a persistent tape": by_two_orders,
    "recompute": lambda x: [ad.grad(ad.recompute_grad(lambda z: np.sum(np.sin(z) * z)))(x)],
    "straight through": lambda x: [ad.grad(lambda z: np.sum(ad.grad_pass_through(np.round)(z) * z))(x)],
}


@pytest.mark.parametrize("name", DERIVATIVES)
@pytest.mark.filterwarnings("ignore")
def test_derivatives_of_any_kind_have_the_bits_of_eager(name):
    rng = np.random.default_rng(0)
    agree(DERIVATIVES[name], *[[rng.normal(size=3)] for _ in range(3)])
