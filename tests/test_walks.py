"""The two walks and the one specialization: that of Values equals the general one, and the forward walk computes again what
the program computed."""

import math
import operator
import random

import numpy as np
import pytest
from together import each

import autodiff as ad
from autodiff.scalar import backward as scalar_walk
from autodiff.tape import gradients as gradients_module
from autodiff.tape.forward import forward, replay

OPERATORS = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.mod]
FUNCTIONS = [
    operator.neg, operator.pos, operator.abs, np.exp, np.expm1, np.log, np.log1p, np.sqrt, np.sin, np.cos, np.tan, np.tanh,
    np.arctan, np.square, np.absolute, np.maximum, np.minimum, np.hypot, np.arctan2, np.logaddexp, ad.relu, ad.sigmoid,
    ad.softplus,
    *[operator.methodcaller(name) for name in (
        "relu", "exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tan", "tanh", "arctan", "sigmoid", "softplus")],
]  # fmt: skip
TWO = {np.maximum, np.minimum, np.hypot, np.arctan2, np.logaddexp}
LEAVES, STEPS = 6, 60


def number_program(seed, xs):
    """A number that a random program of this seed computes: every operator and function, with constants on either side, leaves
    used often and never, and numbers where slopes are infinite or nothing is defined."""
    chance, pool = random.Random(seed), list(xs)
    for _ in range(STEPS):
        function = chance.choice(chance.choice([OPERATORS, FUNCTIONS]))
        count = 2 if function in OPERATORS or function in TWO else 1
        args = [chance.choice(pool) for _ in range(count)]
        if count == 2 and chance.random() < 0.4:
            args[chance.randrange(2)] = chance.choice([0.0, 1.0, 2, -0.5, 3.0, True])
        y = function(*args)
        if not abs(y) < 1e3:  # also nan
            y = y * 0.0 if chance.random() < 0.1 else chance.choice(pool) * 0.5
        pool.append(y)
    total = pool[-1]
    for x in pool[LEAVES + STEPS // 2 :]:
        total = total + ad.tanh(x)
    return total


def leaves_of(seed):
    rng = random.Random(-seed - 1)
    return [ad.Value(rng.choice([0.0, 1.0, rng.gauss(0, 1)]), name=f"x{k}") for k in range(LEAVES)]


def counted(monkeypatch):
    """Lists of the calls of (the walk of Values, the general walk)."""
    calls = [], []
    for module, name, heard in ((scalar_walk, "backward_values", calls[0]), (gradients_module, "backward", calls[1])):
        original = getattr(module, name)
        if not hasattr(original, "__code__"):
            pytest.skip("compiled, the calls can't be counted")
        monkeypatch.setattr(module, name, lambda *args, f=original, heard=heard, **kw: [heard.append(1), f(*args, **kw)][1])
    return calls


def same(found, expected):
    """Equal to the last bit, None for None."""
    for a, b in zip(found, expected, strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            a, b = float(a), float(b)
            assert a == b or (math.isnan(a) and math.isnan(b)), (a, b)


@each("seed", {seed: seed for seed in range(40)})
def test_the_walk_of_values_is_the_general_one(seed):
    xs = leaves_of(seed)
    with np.errstate(all="ignore"), ad.Tape(persistent=True) as tape:
        y = number_program(seed, xs)
    boxes = [*xs, y, ad.Value(1.0)]
    fast = tape.gradient(y, boxes)
    same(tape.gradient(y, boxes, output_gradients=1.0), fast)
    same(tape.gradient([y, ad.Value(2.0)], boxes), fast)
    same(tape.gradient(y, boxes), fast)  # the running sums are cleared
    other = xs[seed % LEAVES] * 3.0  # another target at another depth, and one that is no target of the tape
    assert tape.gradient(other, boxes) == [None] * len(boxes)


@pytest.mark.parametrize("seed", range(40, 60))
def test_a_plain_tape_gives_what_a_persistent_one_does(seed):
    xs = leaves_of(seed)
    found = []
    for persistent in (False, True):
        with np.errstate(all="ignore"), ad.Tape(persistent) as tape:
            y = number_program(seed, xs)
        found.append(tape.gradient(y, xs))
    same(*found)


@pytest.mark.parametrize("seed", range(60, 75))
def test_values_among_arrays_and_under_an_outer_tape(seed):
    """What ends the walk of Values: an array in the graph, a second tape. The numbers stay (up to the order of the sums)."""
    xs = leaves_of(seed)
    with np.errstate(all="ignore"):
        with ad.Tape() as tape:
            y = number_program(seed, xs)
        alone = tape.gradient(y, xs, unconnected_gradients="zero")
        with ad.Tape() as tape:
            np.sum(ad.Variable([1.0, 2.0]))
            y = number_program(seed, xs)
        same(tape.gradient(y, xs, unconnected_gradients="zero"), alone)
        with ad.Tape():
            with ad.Tape() as tape:
                y = number_program(seed, xs)
            inside = tape.gradient(y, xs, unconnected_gradients="zero")
    np.testing.assert_allclose([float(g) for g in inside], [float(g) for g in alone], rtol=1e-12, atol=1e-12)


def test_which_walk_is_taken(monkeypatch):
    values, general = counted(monkeypatch)
    x = ad.Value(3.0)
    with ad.Tape() as tape:
        y = x * x
    tape.gradient(y, x)
    assert (len(values), len(general)) == (1, 0)
    with ad.Tape(persistent=True) as tape:
        y = x * x
    tape.gradient(y, x, output_gradients=1.0)
    tape.gradient([y, y], x)
    assert (len(values), len(general)) == (1, 2)


# -- forward ---------------------------------------------------------------------------------------------------------------

UNARY = [np.sin, np.tanh, ad.relu, np.square, np.cumsum, np.transpose, np.sum, np.mean, np.abs,
         lambda x: x * 2.0 - 1.0, lambda x: np.stack([x, x]), lambda x: np.expand_dims(x, 0), np.linalg.norm,
         lambda x: ad.exp(-x * x), lambda x: sum(np.split(np.ravel(np.stack([x, x])), 2))]  # fmt: skip
LOOKING = [np.sort, lambda x: np.where(x > 0, x, 0.0)]  # their masks and orders are constants of a plain tape's graph
BINARY = [np.add, np.multiply, np.subtract, np.maximum, np.hypot, np.outer, lambda a, b: a / (1.5 + b * b)]
SHAPES = [None, None, (), (3,), (2, 3), (1, 3)]  # None: a Value


def array_program(seed, xs, unary=UNARY):
    chance, pool = random.Random(seed), list(xs)
    for _ in range(12):
        function = chance.choice(chance.choice([unary, BINARY]))
        args = [chance.choice(pool) for _ in range(1 if function in unary else 2)]
        try:
            y = function(*args)
        except ValueError:  # shapes that do not fit each other
            continue
        if np.size(y) <= 100:
            pool.append(y)
    return sum(np.sum(x) for x in pool[-4:])


def box(x):
    return ad.Value(x) if isinstance(x, float) else ad.Variable(x)


@each("seed", {seed: seed for seed in range(40)})
def test_replay_computes_what_was_recorded_and_the_program_on_other_leaves(seed):
    rng = np.random.default_rng(seed)
    first, second = ([float(rng.normal()) if s is None else rng.normal(size=s) for s in SHAPES] for _ in range(2))
    boxes = [box(x) for x in first]
    for unary in (UNARY, UNARY + LOOKING):
        with ad.Tape() as tape:
            y = array_program(seed, boxes, unary)
        span = tape.span
        again = replay(span, {})
        for index, node in span.nodes():
            recorded = span.graph.box(index)._raw()
            if isinstance(recorded, float):
                assert again[index] == pytest.approx(recorded, rel=1e-15), node.op  # by Python's tanh, not numpy's
            else:
                np.testing.assert_allclose(again[index], recorded, rtol=1e-14, strict=True, err_msg=repr(node.op))
        if unary is UNARY:
            at = {span.index_of(b): x for b, x in zip(boxes, second) if span.index_of(b) >= 0}
            expected = array_program(seed, [box(x) for x in second])
            np.testing.assert_allclose(replay(span, at)[span.index_of(y)], expected.numpy(), rtol=1e-13)


@pytest.mark.parametrize("seed", range(20))
def test_replay_of_values(seed):
    xs, ys = leaves_of(seed), leaves_of(seed + 1000)
    with np.errstate(all="ignore"):
        with ad.Tape() as tape:
            total = (xs[0] + xs[1]) * xs[2] - 2.0 / (3.0 + xs[3] ** 2) + ad.exp(xs[4]) * 0.5 + xs[0] * xs[0] - (1.0 - xs[5])
        span = tape.span
        assert replay(span, {})[span.index_of(total)] == float(total)
        found = replay(span, {span.index_of(x): float(y) for x, y in zip(xs, ys)})[span.index_of(total)]
        expected = (ys[0] + ys[1]) * ys[2] - 2.0 / (3.0 + ys[3] ** 2) + ad.exp(ys[4]) * 0.5 + ys[0] * ys[0] - (1.0 - ys[5])
    assert found == pytest.approx(float(expected), rel=1e-14)


def test_the_forward_walk_visits_what_is_needed_and_keeps_what_is_there():
    x = ad.Variable([1.0, 2.0])
    with ad.Tape() as tape:
        y = x * 2.0
        z = y + 1.0
        np.exp(y)
    span = tape.span
    seen = []

    def evaluate(node, inputs):
        seen.append((node.op.name, inputs))
        return None if node.op.name == "exp" else "made"

    start = span.index_of(x)
    assert forward(span, {start: "leaf"}, evaluate, span.ancestors([span.index_of(z)])) == {
        start: "leaf", start + 1: "made", start + 2: "made"}  # fmt: skip
    assert seen == [("multiply", ["leaf", None]), ("add", ["made", None])]
    del seen[:]
    entries = forward(span, {start + 1: "given"}, evaluate)
    assert seen == [("add", ["given", None]), ("exp", ["given"])] and start + 3 not in entries
