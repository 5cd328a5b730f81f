"""Forward mode: its memory, its nesting with itself and with tapes, and what it knows of leaves."""

import gc
import random
import tracemalloc

import numpy as np
import pytest

import autodiff as ad

# -- memory ----------------------------------------------------------------------------------------------------------------

OPS = 4_000


def bytes_kept(function):
    """The memory that is held at the end of a block more than after its first tenth, most of which has been filled by then."""
    gc.collect()
    tracemalloc.start()
    try:
        return function(lambda: tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()


def plain(x, y):
    return np.tanh(y) + 0.1


def with_a_tape(x, y):
    with ad.Tape() as tape:
        z = np.tanh(x * y)
    return tape.gradient(z, x) + 0.1


@pytest.mark.parametrize("step, per_step", [(plain, 2), (with_a_tape, 8)], ids=["ops", "with tapes inside"])
@pytest.mark.parametrize("leaf, most", [
    (lambda: ad.Variable(np.full(64, 0.5)), 200_000),  # 256 tangents of 64 numbers take most; all take 400_000 and more
    (lambda: ad.Value(0.5), 60_000),  # all take 80_000 and more
], ids=["Variable", "Value"])  # fmt: skip
def test_memory_does_not_grow_with_the_block(leaf, most, step, per_step):
    x = leaf()

    def block(memory):
        with ad.ForwardAccumulator(x, np.ones(64) if np.ndim(x) else 1.0) as acc:
            y = x
            for k in range(OPS // per_step):
                if k == OPS // per_step // 10:
                    before = memory()
                y = step(x, y)
            after = memory()
            assert np.all(np.isfinite(np.asarray(acc.jvp(y))))
        return after - before

    assert bytes_kept(block) < most


# -- nesting ---------------------------------------------------------------------------------------------------------------

UNARY = [np.sin, np.tanh, ad.sigmoid, np.square, np.arctan, np.cumsum, lambda x: ad.exp(-x * x), lambda x: x / (1.0 + x * x),
         lambda x: x**3, lambda x: np.matmul(ad.constant([[1.0, 0.5], [0.2, -1.0]]), np.ravel(x)[:2]), np.transpose,
         lambda x: np.stack([x, x * 2.0])]  # fmt: skip
BINARY = [np.add, np.multiply, np.subtract, lambda a, b: a / (1.5 + b * b), np.outer]


def program(seed, x):
    chance, pool = random.Random(seed), [x, x * 0.5]
    for _ in range(6):
        function = chance.choice(chance.choice([UNARY, BINARY]))
        args = [chance.choice(pool) for _ in range(1 if function in UNARY else 2)]
        try:
            y = function(*args)
        except (ValueError, IndexError):  # shapes that do not fit each other
            continue
        if np.size(y) <= 40:
            pool.append(y)
    return sum(np.sum(ad.sin(y)) for y in pool[-2:])


def forward(function, v):
    """x -> the derivative of the function in the direction v, in forward mode."""

    def derived(x):
        with ad.ForwardAccumulator(x, v) as acc:
            y = function(x)
        return acc.jvp(y, "zero")

    return derived


def reverse(function, v):
    """The same in reverse mode."""

    def derived(x):
        with ad.Tape() as tape:
            tape.watch(x)
            y = function(x)
        return np.sum(tape.gradient(y, x, unconnected_gradients="zero") * v)

    return derived


@pytest.mark.parametrize("seed", range(15))
@pytest.mark.parametrize("kind", ["array", "number"])
def test_every_nesting_of_the_modes_agrees(seed, kind):
    rng = np.random.default_rng(seed)
    x, v = (rng.normal(size=2), rng.normal(size=2)) if kind == "array" else (float(rng.normal()), 1.0)

    def of(*modes):
        function = lambda x: program(seed, x)
        for mode in modes:
            function = mode(function, v)
        return float(np.asarray(function(ad.constant(x) if kind == "array" else ad.Value(x))))

    second = of(reverse, reverse)
    for modes in ((forward, forward), (reverse, forward), (forward, reverse)):
        assert of(*modes) == pytest.approx(second, rel=1e-9, abs=1e-9), modes
    third = of(reverse, reverse, reverse)
    for modes in ((forward,) * 3, (reverse, forward, forward), (forward, reverse, forward), (reverse, reverse, forward)):
        assert of(*modes) == pytest.approx(third, rel=1e-8, abs=1e-8), modes


def test_modes_nest_over_one_leaf_without_confusion():
    """d/dx (x * d/dy (x + y)) is 1: the outer derivative is not taken for the inner one."""
    x = ad.Value(3.0)
    for mode in (forward, reverse):
        for inner in (forward, reverse):
            def function(x, inner=inner):
                return x * inner(lambda y: x + y, 1.0)(ad.Value(1.0))

            assert float(mode(function, 1.0)(x)) == 1.0


@pytest.mark.parametrize("box", [ad.Value, lambda x: ad.Variable([x])], ids=["Value", "Variable"])
def test_what_a_tape_takes_for_a_constant_keeps_its_tangent(box):
    """The gradient depends on w, which only the accumulator follows."""
    x, w = box(2.0), box(3.0)
    with ad.ForwardAccumulator(w, np.ones(np.shape(w)) if np.ndim(w) else 1.0) as acc:
        v = w * 2.0
        with ad.Tape(persistent=True) as tape:
            y = x * v
            z = np.sum(ad.sin(y))
        with ad.Tape(watch_accessed_variables=False) as watching:
            watching.watch(x)
            q = w * x * x * w
        slopes = [tape.gradient(y, x), tape.gradient(z, x), watching.gradient(q, x)]
    expected = [2.0, 2 * np.cos(12.0) - 2 * 12 * np.sin(12.0), 2 * 2.0 * 2 * 3.0]
    np.testing.assert_allclose([float(np.sum(acc.jvp(slope))) for slope in slopes], expected)


@pytest.mark.parametrize("box", [ad.Value, lambda x: ad.Variable([x])], ids=["Value", "Variable"])
def test_a_constant_assigned_before_the_gradient_counts_as_it_was_read(box):
    x, w = box(2.0), box(3.0)
    with ad.ForwardAccumulator(x, np.ones(np.shape(w)) if np.ndim(w) else 1.0) as acc:
        with ad.Tape(watch_accessed_variables=False) as tape:
            tape.watch(x)
            y = x * x * w
        w.assign(w * 100.0)
        slope = tape.gradient(y, x)
    assert float(np.sum(slope)) == 12.0 and float(np.sum(acc.jvp(slope))) == 6.0


# -- leaves ----------------------------------------------------------------------------------------------------------------

ASSIGN = {"assign": lambda v: v.assign(v * 1.0), "assign_add": lambda v: v.assign_add(np.zeros(v.shape)),
          "assign_sub": lambda v: v.assign_sub(np.zeros(v.shape))}  # fmt: skip


@pytest.mark.parametrize("leaf", [lambda: ad.Variable([1.0, 2.0]), lambda: ad.Value(2.0)], ids=["Variable", "Value"])
@pytest.mark.parametrize("assign", ASSIGN.values(), ids=ASSIGN)
def test_what_is_assigned_has_no_tangent_any_more(leaf, assign):
    x = leaf()
    with ad.ForwardAccumulator(x, np.ones(2) if np.ndim(x) else 1.0) as acc:
        before = x * 3.0
        assign(x)
        after = x * 3.0
        with ad.Tape():
            inside = x * 3.0
    assert np.all(np.asarray(acc.jvp(before)) == 3.0) and acc.jvp(after) is None and acc.jvp(inside) is None
    assert acc.jvp(x) is None and not np.any(np.asarray(acc.jvp(x, "zero")))


@pytest.mark.parametrize("leaf", [lambda: ad.Variable([1.0, 2.0]), lambda: ad.Value(2.0)], ids=["Variable", "Value"])
def test_leaves_that_inner_tapes_read_keep_their_tangents(leaf):
    x = leaf()
    with ad.ForwardAccumulator(x, np.ones(2) if np.ndim(x) else 1.0) as acc:
        with ad.Tape() as first:
            a = x * x
        with ad.Tape(watch_accessed_variables=False) as second:
            second.watch(x)
            b = x * x * x
            with ad.Tape() as third:
                c = x * 4.0
        found = [first.gradient(a, x), second.gradient(b, x), third.gradient(c, x), a, b, c]
    n = np.asarray(x)
    for y, expected in zip(found, [2.0 + 0 * n, 6.0 * n, None, 2.0 * n, 3.0 * n**2, 4.0 + 0 * n]):
        tangent = acc.jvp(y, "zero")
        np.testing.assert_allclose(np.asarray(tangent), 0.0 * n if expected is None else expected)


def test_the_lectures_loop_inside_an_accumulator():
    """The derivative of the trained weight with respect to the first one."""
    def trained(w, steps=3):
        for _ in range(steps):
            with ad.Tape() as tape:
                tape.watch(w)
                loss = (w * w - 1.0) ** 2
            w = w - 0.1 * tape.gradient(loss, w)
        return w

    w = ad.Value(0.5)
    with ad.ForwardAccumulator(w, 1.0) as acc:
        end = trained(w)
    h = 1e-6
    numeric = (float(trained(ad.Value(0.5 + h))) - float(trained(ad.Value(0.5 - h)))) / (2 * h)
    assert float(acc.jvp(end)) == pytest.approx(numeric, rel=1e-7)


def test_several_accumulators_side_by_side_and_a_tape_between():
    x, y = ad.Value(2.0), ad.Value(3.0)
    with ad.ForwardAccumulator(x, 1.0) as by_x, ad.Tape() as tape, ad.ForwardAccumulator(y, 1.0) as by_y:
        z = x * x * y
    assert (by_x.jvp(z), by_y.jvp(z)) == (12.0, 4.0)
    assert tape.gradient(by_y.jvp(z), x) == 4.0  # d/dx x * x


@pytest.mark.parametrize("function, x, slope", [
    (lambda x: x**0.5, 0.0, np.inf), (lambda x: x**-1.0, 0.0, -np.inf), (lambda x: x**0.5, -1.3, np.nan),
])  # fmt: skip
def test_of_values_at_the_edge_it_says_what_numpy_says(function, x, slope):
    np.testing.assert_equal(ad.jvp(function, (x,), (1.0,))[1], slope)
