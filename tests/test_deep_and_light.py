"""Long chains, many tapes, and what is held in memory by what."""

import gc
import tracemalloc
import weakref

import numpy as np

import autodiff as ad


def test_a_chain_of_a_hundred_thousand_tensor_operations():
    x = ad.Variable([1.0, 2.0])
    with ad.Tape() as tape:
        y = x
        for _ in range(100_000):
            y = y * 1.00001
    np.testing.assert_allclose(tape.gradient(y, x).numpy(), 1.00001**100_000, rtol=1e-9)


def test_doubling_forty_times_is_not_exponential():
    x = ad.Value(1.0)
    with ad.Tape() as tape:
        y = x
        for _ in range(40):
            y = y + y
    assert float(tape.gradient(y, x)) == 2.0**40


def test_two_thousand_tapes_leave_memory_flat():
    w, v = ad.Variable(np.ones(3)), ad.Value(2.0)

    def step():
        with ad.Tape() as tape:
            loss = ad.sum(w * w) * v
        return tape.gradient(loss, [w, v]), loss

    for _ in range(100):
        kept = step()
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for _ in range(2_000):
        kept = step()
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept and after - before < 8_000  # a reference kept of each would take 16_000


def test_holding_on_to_a_loss_does_not_hold_what_the_tape_held():
    big = np.ones(10)
    alive = weakref.ref(big)
    w = ad.Value(2.0)
    with ad.Tape() as tape:
        loss = ad.sum(w * big)
    del big
    assert alive() is not None
    del tape
    gc.collect()
    assert alive() is None and float(loss) == 20.0


def test_an_exception_inside_leaves_no_tape_open():
    x = ad.Value(3.0)
    try:
        with ad.Tape() as broken:
            y = x * x
            raise KeyError
    except KeyError:
        pass
    z = x * x * x
    assert float(broken.gradient(y, x)) == 6.0
    with ad.Tape() as tape:
        pass
    assert tape.gradient(z, x) is None
