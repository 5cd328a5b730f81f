"""Who watches what, where tapes, accumulators and pauses meet. The same programs run on both engines."""

import numpy as np
import pytest

import autodiff as ad


def make(kind):
    return ad.Value(2.0) if kind == "Value" else ad.Variable([1.0, 2.0])


def numbers(x):
    return None if x is None else np.asarray(x).tolist()


KINDS = pytest.mark.parametrize("kind", ["Value", "Variable"])


@KINDS
@pytest.mark.parametrize("read_before", [False, True])
@pytest.mark.parametrize("persistent", [False, True])
def test_what_an_inner_tape_is_asked_to_watch_an_outer_one_follows(kind, read_before, persistent):
    v = make(kind)
    with ad.Tape(persistent=persistent) as outer:
        if read_before:
            v * 1.0
        with ad.Tape() as inner:
            inner.watch(v)
            y = np.sum(v**3)
        g = inner.gradient(y, v)
    assert numbers(outer.gradient(g, v)) == numbers(np.asarray(v) * 6.0)


@KINDS
def test_three_tapes_of_which_the_inner_ones_watch(kind):
    v = make(kind)
    with ad.Tape() as a:
        with ad.Tape() as b:
            b.watch(v)
            with ad.Tape() as c:
                c.watch(v)
                y = np.sum(v**4)
            first = c.gradient(y, v)
        second = b.gradient(first, v)
    assert numbers(a.gradient(second, v)) == numbers(np.asarray(v) * 24.0)


def test_an_accumulator_inside_a_tape_and_a_tape_inside_an_accumulator():
    v, t = ad.Variable([1.0, 2.0]), ad.constant([1.0, 0.0])
    with ad.Tape() as tape:
        with ad.ForwardAccumulator(v, t) as accumulator:
            y = v**3
        slope = accumulator.jvp(y)
    assert numbers(tape.gradient(slope, v)) == [6.0, 0.0]
    with ad.ForwardAccumulator(v, t) as accumulator:
        with ad.Tape() as tape:
            tape.watch(v)
            y = np.sum(v**3)
        g = tape.gradient(y, v)
    assert numbers(accumulator.jvp(g)) == [6.0, 0.0]


@KINDS
@pytest.mark.parametrize("used", [lambda a: a * a, lambda a: np.sin(a) * 2.0, lambda a: a + 1.0])
def test_what_is_computed_in_a_pause_is_no_leaf(kind, used):
    v = make(kind)
    with ad.Tape() as tape:
        with tape.stop_recording():
            a = v * 2.0
        y = np.sum(used(a))
    assert tape.watched_variables() == ()
    assert tape.gradient(y, [v, a]) == [None, None]


def test_a_variable_and_a_value_are_watched_together():
    v, x = ad.Value(2.0), ad.Variable([1.0, 3.0], trainable=False)
    with ad.Tape() as tape:
        tape.watch(x)
        tape.watch([v, x])
        y = np.sum(x * v)
    assert [numbers(g) for g in tape.gradient(y, [x, v])] == [[2.0, 2.0], 4.0]


@pytest.mark.parametrize("program, right", [
    (lambda n: list(range(n)), [0, 1]), (lambda n: np.arange(4)[n:].tolist(), [2, 3]), (lambda n: [5, 6, 7][n], 7),
    (lambda n: np.arange(4)[n].item(), 2), (lambda n: hex(n), "0x2"),
    (lambda n: divmod(7.5, ad.Value(2.0))[0].item(), 3.0), (lambda n: [x.item() for x in divmod(n, 2)], [1, 0]),
    (lambda n: np.zeros(n).tolist(), [0.0, 0.0]),
])  # fmt: skip
def test_a_whole_number_is_an_index_wherever_python_takes_one(program, right):
    assert program(ad.constant(2)) == right
