"""Threads and tasks: each has its own graph, and readers of a Variable see the old array or the new one."""

import asyncio
import sys
import threading
import time

import numpy as np
import pytest
from soak.sharing import soak

import autodiff as ad

LARGE = 300_000  # numbers: numpy lets other threads run while it computes with them


def lecture():
    """The lecture's update, and the gradient after it."""
    w = ad.Variable([1.0, 2.0])
    w = w - 0.1
    with ad.Tape() as tape:
        y = np.sum(w * w)
    return tape.gradient(y, w).numpy().tolist()


def in_threads(*functions):
    """Run each in a thread of its own; their results. An exception in one is raised here."""
    results, errors = [None] * len(functions), []

    def run(k):
        try:
            results[k] = functions[k]()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(k,)) for k in range(len(functions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for error in errors:
        raise error
    return results


def add_ones(v):
    one = np.ones(LARGE)
    return lambda: v.assign_add(one)


def step_of(v):
    @ad.function
    def step(x):
        v.assign_add(x)

    one = np.ones(LARGE)
    return lambda: step(one)


def a_gradient(v):
    with ad.Tape() as tape:
        y = np.sum(v * v)
    return tape.gradient(y, v).numpy()


@pytest.mark.parametrize("update", [add_ones, step_of])
@pytest.mark.parametrize("read", [a_gradient, ad.Variable.numpy, lambda v: (v * 1.0).numpy()], ids=["gradient", "numpy", "op"])
def test_readers_see_the_old_array_or_the_new_one(update, read):
    v = ad.Variable(np.zeros(LARGE))
    advance, stopped = update(v), threading.Event()

    def write():
        while not stopped.is_set():
            advance()

    def look():
        try:
            end, count = time.monotonic() + 0.4, 0
            while time.monotonic() < end:
                x = read(v)
                assert x.min() == x.max()
                count += 1
            return count
        finally:
            stopped.set()

    _, count = in_threads(write, look)
    assert count > 5


def test_a_task_that_outlives_the_tape_it_was_started_in():
    async def child():
        await asyncio.sleep(0.001)
        return lecture()

    async def parent():
        with ad.Tape():
            task = asyncio.create_task(child())
        return await task

    assert asyncio.run(parent()) == [1.8, 3.8]


def test_a_tape_that_is_left_in_another_thread():
    tape = ad.Tape()
    tape.__enter__()

    def other():
        z = ad.Value(5.0)
        with ad.Tape() as mine:
            tape.__exit__(None, None, None)
            y = z * z * z
        return float(mine.gradient(y, z))

    assert in_threads(other) == [75.0] and lecture() == [1.8, 3.8]


def paused(tape):
    with tape.stop_recording():
        yield


def close(tape):
    tape.__exit__(None, None, None)


ELSEWHERE = {  # what is done in another thread while tapes are open here; whether the inner tape goes on
    "closed": (lambda tape, pause: close(tape), False),
    "paused": (lambda tape, pause: next(paused(tape)), True),  # the generator ends at once
    "resumed": (lambda tape, pause: pause.close(), True),
    "asked": (lambda tape, pause: tape.gradient(ad.Value(1.0), ad.Value(2.0)), False),
}


@pytest.mark.parametrize("how", ELSEWHERE)
def test_another_thread_that_changes_a_tape_hears_nothing_by_that(how):
    act, goes_on = ELSEWHERE[how]
    w, v = ad.Variable(3.0), ad.Variable(5.0)
    outer, inner = ad.Tape(persistent=True), ad.Tape()
    with outer:
        inner.__enter__()
        pause = paused(inner)
        if how == "resumed":
            next(pause)

        def other():
            act(inner, pause)
            mine = w * v  # no tape hears this
            return lecture(), outer.gradient(mine, v)

        [(gradient, of_mine)] = in_threads(other)
        y = w * w
        assert inner.recording == inner.entered == goes_on
        close(inner)
    assert gradient == [1.8, 3.8] and of_mine is None and v not in outer.watched_variables()
    assert outer.gradient(y, w) == 6.0 and (not goes_on or inner.gradient(y, w) == 6.0)
    assert lecture() == [1.8, 3.8]


def test_a_pause_of_the_only_tape_that_ends_in_another_thread():
    w, tape = ad.Variable(3.0), ad.Tape()
    with tape:
        pause = paused(tape)
        next(pause)
        in_threads(pause.close)
        y = w * w
    assert tape.gradient(y, w) == 6.0


def test_a_recorder_that_is_left_in_another_thread():
    class Counter(ad.Recorder):
        count = 0

        def on_op(self, *event):
            self.count += 1

    first, second = Counter(), Counter()
    first.__enter__()
    with second:
        in_threads(lambda: close(first))
        ad.Value(1.0) * 2.0
        with first:
            ad.Value(1.0) * 2.0
    assert (first.count, second.count) == (1, 2) and not first.recording
    in_threads(lambda: close(first))
    assert lecture() == [1.8, 3.8]


def test_a_generator_that_is_closed_in_another_thread():
    def values():
        with ad.Tape():
            yield 1

    generator = values()
    next(generator)
    in_threads(generator.close)
    assert lecture() == [1.8, 3.8]


def test_threads_that_share_leaves_and_a_persistent_tape():
    v, w = ad.Value(3.0), ad.Variable(np.arange(4.0))
    with ad.Tape(persistent=True) as shared:
        y = np.sum(w * w) * v

    def work():
        for k in range(200):
            with ad.Tape() as tape:
                z = np.sum(w * w * w) * v * float(k)
            a, b = tape.gradient(z, [v, w])
            assert float(a) == 36.0 * k and b.numpy().tolist() == (9.0 * k * np.arange(4.0) ** 2).tolist()
            a, b = shared.gradient(y, [v, w])
            assert float(a) == 14.0 and b.numpy().tolist() == [0.0, 6.0, 12.0, 18.0]
        return True

    assert in_threads(*[work] * 4) == [True] * 4


def test_one_function_in_several_threads():
    w = ad.Variable([1.0, 2.0])

    @ad.function
    def f(x):
        with ad.Tape() as tape:
            y = np.sum(np.tanh(w * x))
        return tape.gradient(y, w)

    xs = [np.array([0.1 * k, -0.2 * k]) for k in range(8)]
    expected = [f(x).numpy().tolist() for x in xs]

    def work():
        return [[f(x).numpy().tolist() for x in xs] == expected for _ in range(50)]

    assert all(all(found) for found in in_threads(*[work] * 4))


def test_what_is_assigned_while_a_function_reads_is_not_lost():
    """Each call brings what was assigned into the program's array, and other threads may assign meanwhile."""
    w, stopped = ad.Variable(np.zeros(LARGE)), threading.Event()

    @ad.function
    def total():
        return np.sum(w)

    total(), total()

    def read():
        while not stopped.is_set():
            total()

    def write():
        try:
            for k in range(1, 201):
                w.assign(np.full(LARGE, float(k)))
                time.sleep(0.001)
                x = w.numpy()
                assert x.min() == x.max() == k
        finally:
            stopped.set()

    in_threads(write, read, read)
    assert float(total()) == 200.0 * LARGE


def test_eight_threads_have_the_bits_of_one():
    """`python -m tests.soak --minutes 10 --threads 8` does this for longer."""
    count, faults = soak(2.0, 8)
    assert not faults and count > 8


def test_threads_that_ask_a_nested_tape_for_the_first_time():
    """Which nodes are active is found out at the first question, and kept."""
    v, before = ad.Value(1.0), sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for _ in range(5):
            with ad.Tape(), ad.Tape(persistent=True) as tape:
                y = v
                for _ in range(3000):
                    y = y * v
            start = threading.Barrier(4)
            ask = lambda tape=tape, y=y, start=start: (start.wait(), tape.gradient(y, v))[1]
            assert in_threads(*[ask] * 4) == [3001.0] * 4
    finally:
        sys.setswitchinterval(before)


def test_threads_that_ask_for_what_a_tape_has_let_go():
    """A derivative that is recorded itself needs the large arrays again; they are computed at the first question."""
    w, before = ad.Variable(np.full((100, 100), 0.01)), sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for _ in range(10):
            with ad.Tape(persistent=True) as tape:
                y = w
                for _ in range(6):
                    y = np.tanh(y @ w * 1.5 + 1.0) * 3.0 + np.ones((100, 100))
                y = np.sum(y)
            start = threading.Barrier(4)

            def ask(tape=tape, y=y, start=start):
                start.wait()
                with ad.Tape():
                    return tape.gradient(y, w).numpy().tobytes()

            assert len(set(in_threads(*[ask] * 4))) == 1
    finally:
        sys.setswitchinterval(before)
