"""Endless loops: the memory of the process, and the time of a step, are at the end what they were at the beginning."""

import gc
import statistics
import time

import numpy as np

import autodiff as ad
import nn

BLOCKS = 20
MEGABYTES, SLOWER = 1.0, 0.05  # what counts as flat


def by_tape():
    w = ad.Variable(np.ones((4, 4)))

    def step():
        with ad.Tape() as tape:
            loss = np.sum(np.tanh(w @ w))
        w.assign_sub(0.0 * tape.gradient(loss, w))

    return step


def by_tape_of_values():
    v = ad.Value(1.0)

    def step():
        with ad.Tape() as tape:
            y = (v * v + v).tanh()
        v.assign_sub(0.0 * tape.gradient(y, v))

    return step


def by_rebinding():
    """The lecture's loop: each step makes new weights."""
    w = ad.Variable(np.ones(4))

    def step():
        nonlocal w
        with ad.Tape() as tape:
            loss = np.sum(w * w)
        w = w - 0.0 * tape.gradient(loss, w)

    return step


def without_a_gradient():
    """Sampling: what is computed on boxes is never asked for."""
    v, w = ad.Value(1.0), ad.Variable(np.ones(4))

    def step():
        return float((v * v + v).tanh()), np.tanh(w * w).numpy()

    return step


def tapes_without_a_gradient():
    w = ad.Variable(np.ones(4))

    def step():
        with ad.Tape():
            np.sum(np.tanh(w * w))

    return step


def persistent_tapes():
    w = ad.Variable(np.ones((4, 4)))

    def step():
        with ad.Tape(persistent=True) as tape:
            loss = np.sum(w * w)
        tape.gradient(loss, w), tape.gradient(loss, w), tape.gradient(loss, ad.Value(1.0))

    return step


def functions():
    v = ad.Value(1.0)

    @ad.function
    def step(x):
        with ad.Tape() as tape:
            y = ad.dot([v], [x], v)
        return tape.gradient(y, v)

    return lambda: step(1.0)


def failed_blocks():
    w = ad.Variable(np.ones(4))

    def step():
        try:
            with ad.Tape():
                np.sum(w * w) @ np.ones(3)
        except ValueError:
            pass

    return step


def suspended_blocks():
    """Generators that are never ended: the collector closes them."""
    w = ad.Variable(np.ones(4))

    def values():
        with ad.Tape():
            yield np.sum(w * w)

    return lambda: next(values())


def by_fit():
    """A thousand steps."""
    x = np.ones((1000, 4))
    model = nn.Sequential([nn.Dense(4, "relu"), nn.Dense(1)])
    model.compile("adam", "mse")
    return lambda: model.fit(x, x[:, :1], epochs=1, batch_size=1, verbose=0)


SCENES = {  # how to make a step; how many are made, of how many steps of training each
    "by Tape": (by_tape, 100_000, 1),
    "by Tape, of Values": (by_tape_of_values, 100_000, 1),
    "the lecture's loop": (by_rebinding, 100_000, 1),
    "without a gradient": (without_a_gradient, 100_000, 1),
    "tapes that are never asked": (tapes_without_a_gradient, 100_000, 1),
    "persistent tapes": (persistent_tapes, 10_000, 1),
    "by a function": (functions, 100_000, 1),
    "blocks that raise": (failed_blocks, 20_000, 1),
    "blocks that are suspended": (suspended_blocks, 20_000, 1),
    "by fit": (by_fit, 100, 1000),
}


def megabytes():
    """What the process has in memory; None where the system does not say."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * 4096 / 1e6
    except FileNotFoundError:  # not Linux
        return None


def measured(scene, share=1.0):
    """(megabytes gained, seconds of a step at the beginning, seconds at the end): medians of the first and last blocks."""
    make, count, size = SCENES[scene]
    step, each = make(), max(1, int(share * count / BLOCKS))
    for _ in range(each):
        step()
    gc.collect()
    before, seconds = megabytes(), []
    for _ in range(BLOCKS):
        start = time.process_time()
        for _ in range(each):
            step()
        seconds.append((time.process_time() - start) / (each * size))
    gc.collect()
    third = BLOCKS // 3
    gained = None if before is None else megabytes() - before
    return gained, statistics.median(seconds[:third]), statistics.median(seconds[-third:])


def report(share=1.0):
    """Print a line for each scene; the names of those that are not flat."""
    grown = []
    for scene, (_, count, size) in SCENES.items():
        gained, first, last = measured(scene, share)
        flat = (gained is None or gained < MEGABYTES) and last < (1.0 + SLOWER) * first
        memory = "" if gained is None else f"{gained:+6.2f} MB, "
        print(f"{scene:27} {int(share * count * size):7} steps  {memory}{1e6 * first:7.1f} -> {1e6 * last:7.1f} us "
              f"({last / first - 1.0:+.1%}){'' if flat else '  GROWS'}", flush=True)  # fmt: skip
        if not flat:
            grown.append(scene)
    return grown
