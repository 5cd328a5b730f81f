"""Every lookup is constant: as many boxes, tapes or sources again cost as much work again.

Work is counted in Python's instructions, which do not depend on the machine. (Compiled modules run none, so a compiled engine
is seen only from outside.)
"""

import contextlib
import sys

import numpy as np
import pytest

import autodiff as ad

N = 20  # and twice, and three times as many


def instructions(function):
    """How many instructions of Python a call runs."""
    count = 0

    def called(frame, event, _):
        frame.f_trace_lines, frame.f_trace_opcodes = False, True
        return counted

    def counted(frame, event, _):  # it runs at each instruction
        nonlocal count
        count += 1
        return counted

    before = sys.gettrace()
    sys.settrace(called)
    try:
        function()
    finally:
        sys.settrace(before)
    return count


def boxes(kind, n):
    """n boxes of a kind, of which an earlier tape, returned too, saw every one."""
    tape = ad.Tape(persistent=True)
    with tape:
        if kind == "variables":
            made = [ad.Variable([1.0, 2.0]) for _ in range(n)]
            results = [x * 2.0 for x in made]
        elif kind == "values":
            made = [ad.Value(1.5) for _ in range(n)]
            results = [x * 2.0 for x in made]
        elif kind == "computed values":
            made = results = [x * 2.0 for x in [ad.Value(1.5) for _ in range(n)]]
        else:
            leaf = ad.Variable([1.0, 2.0])
            made = results = [leaf * 2.0 for _ in range(n)]
    return tape, made, results


KINDS = ["variables", "values", "tensors", "computed values"]


def sources_of_an_earlier_tape(kind):
    """A tape that watches what an earlier one saw, and is asked for all of it."""

    def setup(n):
        kept, made, _ = boxes(kind, n)

        def act():
            with ad.Tape() as tape:
                tape.watch(made)
                y = sum(np.sum(x) for x in made)
            assert kept is not tape and float(np.sum(tape.gradient(y, made)[-1])) in (1.0, 2.0)

        return act

    return setup


def sources_that_the_tape_never_saw(kind):
    def setup(n):
        kept, made, _ = boxes(kind, n)

        def act():
            with ad.Tape() as tape:
                x = ad.Variable([1.0])
                y = np.sum(x * x)
                for _ in range(len(made)):
                    y = y + 1.0
            assert kept is not tape and tape.gradient(y, made) == [None] * len(made)

        return act

    return setup


def asked_of_the_first_tape_after_the_second(kind):
    """Boxes used on tape A, then on tape B, asked of tape A."""

    def setup(n):
        first, made, results = boxes(kind, n)

        def act():
            with ad.Tape() as second:
                second.watch(made)
                y = sum(np.sum(x * 3.0) for x in made)
            second.gradient(y, made[:2])
            assert all(g is not None for g in first.gradient(results, made))

        return act

    return setup


def inner_tapes_under_one_outer(n):
    x, v = ad.Variable([1.0, 2.0]), ad.Value(3.0)

    def act():
        total = 0.0
        with ad.Tape() as outer:
            for _ in range(n):
                with ad.Tape() as inner:
                    y = np.sum(x * x) * v * v
                total = total + np.sum(inner.gradient(y, [x, v])[0])
        assert outer.gradient(total, v) is not None

    return act


def inner_tapes_that_watch(n):
    leaf = ad.Variable([1.0, 2.0])

    def act():
        total = 0.0
        with ad.Tape() as outer:
            x = leaf * 2.0
            for _ in range(n):
                with ad.Tape() as inner:
                    inner.watch(x)
                    y = np.sum(x * x * x)
                total = total + np.sum(inner.gradient(y, x))
        assert outer.gradient(total, leaf) is not None

    return act


def one_tape_entered_again_and_again(n):
    x = ad.Variable([1.0, 2.0])

    def act():
        tape, total = ad.Tape(), 0.0
        for _ in range(n):
            with tape:
                total = total + np.sum(x * x)
        assert tape.gradient(total, x) is not None

    return act


def custom_gradients(n):
    """Each call of such a function opens a tape of its own, and asks which Variables it watched."""
    x, v = ad.Variable([1.0, 2.0]), ad.Value(3.0)
    square = ad.custom_gradient(lambda x: (x * x, lambda up: up * x * 2.0))

    def act():
        with ad.Tape() as tape:
            total = sum(np.sum(square(x * v)) for _ in range(n))
        assert tape.gradient(total, v) is not None

    return act


def custom_gradients_among_many_leaves(n):
    xs = [ad.Value(float(k)) for k in range(n)]
    square = ad.custom_gradient(lambda x: (x * x, lambda up: up * x * 2.0))

    def act():
        with ad.Tape() as tape:
            total = sum(square(x) for x in xs)
        assert len(tape.gradient(total, xs)) == n

    return act


def functions_recomputed(n):
    w = ad.Variable([1.0, 2.0])
    layer = ad.recompute_grad(lambda x: np.tanh(x * w))

    def act():
        with ad.Tape() as tape:
            y = ad.Variable([0.5, 0.5])
            for _ in range(n):
                y = layer(y)
        assert tape.gradient(y, w) is not None

    return act


def jacobians(n):
    x = ad.Variable(np.ones(4))

    def act():
        with ad.Tape() as tape:
            y = x
            for _ in range(n):
                y = np.tanh(y)
        assert tape.jacobian(y, x).shape == (4, 4)

    return act


def steps_to_look_at(n):
    x = ad.Value(1.0)

    def act():
        with ad.Tape() as tape:
            y = x
            for _ in range(n):
                y = np.tanh(y) * x
        assert sum(1 for _ in tape.steps(y)) == 5 * n + 2

    return act


def pauses(n):
    x = ad.Variable([1.0, 2.0])

    def act():
        total = 0.0
        with ad.Tape() as tape:
            for _ in range(n):
                total = total + np.sum(x * x)
                with tape.stop_recording():
                    x * 2.0
        assert tape.gradient(total, x) is not None

    return act


def gradients_inside_a_persistent_tape(kind):
    """Each step's own gradient, while the tape that holds all steps goes on; under an outer tape it has nodes of others too."""

    def setup(n):
        x = ad.Value(1.5) if kind == "values" else ad.Variable([1.0, 2.0])

        def act():
            with ad.Tape() if kind == "arrays under a tape" else contextlib.nullcontext(), ad.Tape(persistent=True) as tape:
                for _ in range(8 * n):
                    y = x * x
                    with tape.stop_recording():
                        assert tape.gradient(y, x) is not None

        return act

    return setup


def assignments(n):
    x = ad.Variable([1.0, 2.0])

    def act():
        total = 0.0
        with ad.Tape() as tape:
            for _ in range(n):
                total = total + np.sum(x * x)
                x.assign_sub([0.001, 0.001])
        assert tape.gradient(total, x) is not None

    return act


def joined(function):
    def setup(n):
        xs = [ad.Value(float(k)) for k in range(n)]

        def act():
            with ad.Tape() as tape:
                y = function([x * 2.0 for x in xs])
            assert len(tape.gradient(y, xs)) == n

        return act

    return setup


def totals_of_values_under_a_tape(n):
    xs = [ad.Value(float(k)) for k in range(n)]

    def act():
        with ad.Tape() as outer:
            with ad.Tape() as tape:
                y = ad.dot(xs, xs[::-1], ad.sum(xs))
            slopes = tape.gradient(y, xs)
        assert len(outer.gradient(ad.sum(slopes), xs)) == n

    return act


def forward_mode(n):
    x = ad.Variable([1.0, 2.0])

    def act():
        with ad.ForwardAccumulator(x, np.array([1.0, 0.0])) as acc:
            y = x
            for _ in range(n):
                y = np.tanh(y)
        assert acc.jvp(y) is not None

    return act


def kept_by_forward_mode(n):
    x = ad.Variable([1.0, 2.0])

    def act():
        with ad.ForwardAccumulator(x, np.array([1.0, 0.0])) as acc:
            kept = [x * 2.0 for _ in range(8 * n)]
        assert acc.jvp(kept)

    return act


SCENES = {
    **{f"{scene.__name__}-{kind}".replace("_", " "): scene(kind) for kind in KINDS for scene in (
        sources_of_an_earlier_tape, sources_that_the_tape_never_saw, asked_of_the_first_tape_after_the_second)},
    **{f"{name} of values": joined(function) for name, function in {
        "stack": np.stack, "mean": ad.mean, "sum": ad.sum, "dot": lambda xs: ad.dot(xs, xs[::-1], xs[0]),
        "concatenate": lambda xs: np.concatenate([np.ravel(x) for x in xs]),
    }.items()},
    **{f"gradients inside a persistent tape of {kind}": gradients_inside_a_persistent_tape(kind)
       for kind in ("values", "arrays", "arrays under a tape")},
    **{scene.__name__.replace("_", " "): scene for scene in (
        inner_tapes_under_one_outer, inner_tapes_that_watch, one_tape_entered_again_and_again, custom_gradients,
        custom_gradients_among_many_leaves, functions_recomputed, jacobians, steps_to_look_at, pauses, assignments,
        totals_of_values_under_a_tape, forward_mode, kept_by_forward_mode)},
}  # fmt: skip


def growth(scene, n):
    """(How much more the third n things cost than the second, what two n cost), in instructions."""
    scene(2)()  # what is made once is made
    once, twice, thrice = [instructions(scene(k * n)) for k in (1, 2, 3)]
    return thrice - 2 * twice + once, twice


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_work_grows_with_the_number_of_things(scene):
    more, twice = growth(scene, N)
    assert more < 0.001 * twice + 100  # a scan of one instruction for each thing is 400 instructions


def square_by_square(x):
    return sum(x[i] * x[i] for i in range(len(x)))


LOOPS_OVER_ELEMENTS = {
    "x[i]": square_by_square,
    "iteration": lambda x: sum(part * part for part in x),
    "a stack of them": lambda x: np.sum(np.stack([x[i] for i in range(len(x))]) ** 2),
    "slices": lambda x: sum(np.sum(x[i : i + 2] * x[i]) for i in range(len(x))),
    "whole numbers that repeat": lambda x: sum(np.sum(x[[i, i, 0]]) for i in range(len(x))),
    "take": lambda x: sum(np.take(x, i) ** 2 for i in range(len(x))),
    "with the whole array in between": lambda x: square_by_square(x) + np.sum(x) + square_by_square(x),
}


@pytest.mark.parametrize("function", LOOPS_OVER_ELEMENTS.values(), ids=LOOPS_OVER_ELEMENTS)
def test_a_loop_over_elements_makes_no_array_for_each(function, monkeypatch):
    """The cotangents of all x[i] are added into one array."""
    x, made, zeros = ad.Variable(np.arange(1.0, 301.0)), [], np.zeros
    with ad.Tape() as tape:
        y = function(x)
    with ad.Tape() as outer:
        outer.watch(x)
        z = function(x)
        by_rules = outer.jacobian(z, x)  # while a tape listens, rules run as they are written
    monkeypatch.setattr(np, "zeros", lambda shape, *args: made.append(np.prod(shape)) or zeros(shape, *args))
    g = tape.gradient(y, x)
    assert sum(made) <= 2 * x.size
    np.testing.assert_allclose(g.numpy(), by_rules.numpy(), rtol=1e-14)


def test_a_tape_of_values_finds_the_memory_of_the_last_one():
    resource = pytest.importorskip("resource")  # POSIX has it

    def act():
        v = y = ad.Value(1.0)
        with ad.Tape() as tape:
            for _ in range(50_000):
                y = y * 1.5
        assert tape.gradient(y, v) is not None

    act()
    faults = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        act()
        faults.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
    pages = 50_000 * 100 // resource.getpagesize()  # where every page was asked for again there were so many and more
    assert min(faults) < pages / 4
