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
            assert function.traces <= 3  # once more for each of two gradients that are not finite


def training(steps, decorate):
    """A line through three points by gradient descent, written with Values."""
    w, b, rate = ad.Value(0.0, name="w"), ad.Value(0.0, name="b"), ad.Value(0.1)
    points = [(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)]

    @decorate
    def step():
        with ad.Tape() as tape:
            loss = ad.sum([(ad.dot([w], [x], b) - y) ** 2 for x, y in points]) / 3
        slopes = tape.gradient(loss, {"w": w, "b": b})
        w.assign_sub(rate * slopes["w"])
        b.data = b - rate * slopes["b"]
        rate.assign(rate * 0.99)
        return loss, slopes

    return [step() for _ in range(steps)], (w, b, rate), step


def test_a_training_loop():
    (expected, numbers, _), (found, others, step) = training(50, lambda f: f), training(50, ad.function)
    assert repr(found) == repr(expected) and repr(numbers) == repr(others) and step.traces == 1
    assert float(found[-1][0]) < 1e-2


def test_an_earlier_tape_keeps_what_it_read():
    w = ad.Value(2.0)
    step = ad.function(lambda x: w.assign_add(x))
    with ad.Tape(persistent=True) as tape:
        y = w * w
    for total in (3.0, 4.0):
        assert float(step(1.0)) == total and float(tape.gradient(y, w)) == 4.0
        with ad.Tape() as later:
            z = w * w
        assert float(later.gradient(z, w)) == 2 * total


def test_the_program_is_written_out_when_somebody_asks():
    w = ad.Value(3.0, name="w")

    @ad.function
    def f(x):
        with ad.Tape() as tape:
            y = ad.dot([w, w], [x, 2.0]) * w
        return y, tape.gradient(y, w)

    assert repr(f(1.0)) == "(Value(27.0), Value(18.0))"
    text = str(f.program())
    assert text.splitlines()[:4] == [
        "function f(input0: float)", "  variable w: float",
        "  %0 = dot(w, input0, w, 2.0)                                  number",
        "  %1 = multiply(%0, w)                                         number",
    ]  # fmt: skip
    assert f.program() is f.program()


def test_a_program_in_a_file(tmp_path):
    @ad.function
    def f(x, y):
        with ad.Tape() as tape:
            tape.watch([x, y])
            z = ad.dot([x, y], [y, 3.0], x) + ad.Value.tanh(x)
        return z, tape.gradient(z, [x, y])

    f(0.5, 2.0)
    f.save(tmp_path / "f.json")
    loaded = ad.load_function(tmp_path / "f.json")
    assert repr(loaded(1.5, -0.25)) == repr(f(1.5, -0.25))


@pytest.mark.parametrize("in_axes", [0, (0, None), (None, 0)])
def test_one_traced_point_runs_for_a_batch_of_points(in_axes):
    w, b = ad.Value(0.5), ad.Value(-1.0)
    seen = []

    @ad.function
    def f(x, y):
        seen.append(type(x))
        with ad.Tape() as tape:
            z = ad.sum([w * x, b * y, x]) * y
        return {"z": z, "slopes": tape.gradient(z, [w, b]), "one": 1.0}

    xs, ys = np.linspace(-1.0, 1.0, 5), np.linspace(2.0, 3.0, 5)
    points = {0: (xs, ys), (0, None): (xs, 2.5), (None, 0): (0.5, ys)}[in_axes]
    f(0.1, 0.2)
    w.assign(1.5)  # what is read from outside is read anew
    found = ad.vmap(f, in_axes=in_axes)(*points)
    assert seen == [ad.Value]  # the function itself did not run again
    for k in range(5):
        point = [float(p[k]) if np.ndim(p) else p for p in points]
        one = f(*point)
        assert float(found["z"][k]) == float(one["z"])
        assert [float(g[k]) for g in found["slopes"]] == [float(g) for g in one["slopes"]]
    assert found["one"].tolist() == [1.0] * 5


def test_what_is_no_batch_of_floats_is_vmapped_as_ever():
    f = ad.function(lambda x: x * 2.0)
    f(1.0)
    assert ad.vmap(f)(np.ones((3, 2))).shape == (3, 2)
    assert ad.vmap(f)(np.ones(3, np.float32)).dtype == np.float32
    assert ad.vmap(ad.vmap(f))(np.ones((3, 2))).shape == (3, 2)
    x = ad.Variable([1.0, 2.0])
    with ad.Tape() as tape:
        y = np.sum(ad.vmap(f)(x))
    assert tape.gradient(y, x).numpy().tolist() == [2.0, 2.0]
    w = ad.Value(0.0)
    counting = ad.function(lambda x: w.assign_add(x))
    counting(1.0)
    assert float(w) == 1.0


def test_comparisons_are_recorded():
    f = ad.function(lambda x: ad.where(x > 1.0, x * 2.0, -x))
    assert [float(f(x)) for x in (2.0, 0.5, 3.0)] == [4.0, -0.5, 6.0] and f.traces == 1
    with pytest.raises(ad.NotTraceable, match="bool"):
        ad.function(lambda x: x if x > 1.0 else -x)(2.0)
    g = ad.function(lambda x: x * 3.0 if x > 1.0 else -x, guards=True)
    assert [float(g(x)) for x in (2.0, 0.5, 3.0, 0.25)] == [6.0, -0.5, 9.0, -0.25] and g.traces == 2


@pytest.mark.parametrize("by", ["numba", "Python"])
def test_the_loops_over_arrays_have_the_same_bits(by, monkeypatch):
    from autodiff.functions import decorator, jit

    if by == "numba":
        pytest.importorskip("numba")
    else:  # the same arrays without a compiler
        monkeypatch.setattr(jit, "loops", lambda: (jit._forward, jit._backward))
        monkeypatch.setattr(decorator, "loops", jit.loops)
    for seed in range(60):
        (eager, outside), (traced, others) = random_program(seed), random_program(seed)
        function = ad.function(traced, jit=True)
        for numbers in ((0.75, -0.5), (0.25, 2.0), (0.0, -1.0), (1e200, 1e-200)):
            with np.errstate(all="ignore"):
                assert repr(function(*numbers)) == repr(eager(*[ad.Value(x) * 1.0 for x in numbers])), (seed, numbers)
            assert repr(others) == repr(outside), seed


def test_without_numba_the_way_out_is_named(monkeypatch):
    from autodiff.functions import jit

    monkeypatch.setattr(jit.importlib, "import_module", lambda name: exec("raise ImportError"))
    jit.loops.cache_clear()
    with pytest.raises(ImportError, match=r"pip install numba"):
        ad.function(lambda x: x, jit=True)
    jit.loops.cache_clear()
