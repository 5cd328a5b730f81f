"""Threads that share Variables, Values, a persistent tape, a function and files: each result has the bits that it has alone.

A variable that is assigned holds one of a few versions, so what a reader computed is compared with what one thread computes of
that version.
"""

import os
import random
import tempfile
import threading
import time

import numpy as np

import autodiff as ad
import nn

VERSIONS = 8


class World:
    """What the threads share."""

    def __init__(self, folder):
        rng = np.random.default_rng(0)
        self.folder = folder
        self.arrays = [np.concatenate([[float(k)], rng.normal(size=63)]) for k in range(VERSIONS)]
        self.moving, self.value = ad.Variable(self.arrays[0]), ad.Value(1.0)
        self.large = ad.Variable(np.zeros(20_000))  # numpy lets other threads run while it computes with it
        self.w, self.v = ad.Variable(rng.normal(size=(8, 8)) / 4), ad.Value(0.75)
        self.x = rng.normal(size=(VERSIONS, 5, 8))
        with ad.Tape(persistent=True) as self.tape:
            self.y = np.sum(np.tanh(self.w @ self.w)) * self.v
        self.layer = ad.recompute_grad(lambda x: np.tanh(x @ self.w))
        self.step = ad.function(self.gradient_of)
        self.one = np.ones(20_000)

    def gradient_of(self, x):
        with ad.Tape() as tape:
            loss = np.mean(np.tanh(x @ self.w) ** 2) * self.v
        return tape.gradient(loss, [self.w, self.v])


# -- what each thread does: (world, k) -> numbers, always the same for the same k ----------------------------------------------


def eager(world, k):
    return world.gradient_of(world.x[k])


def replayed(world, k):
    return world.step(world.x[k])


def asked_of_the_shared_tape(world, _):
    return world.tape.gradient(world.y, [world.w, world.v])


def jacobian_of_the_shared_tape(world, _):
    return world.tape.jacobian(world.y, world.w)


def second(world, k):
    with ad.Tape() as outer:
        with ad.Tape() as inner:
            y = np.sum(np.sin(world.x[k] @ world.w)) * world.v * world.v
        g = inner.gradient(y, [world.w, world.v])
        slope = np.sum(g[0] * g[0]) * g[1]
    return outer.gradient(slope, [world.w, world.v])


def of_values(world, k):
    with ad.Tape() as tape:
        y = world.v
        for _ in range(20):
            y = (y * world.v + 0.1 * k).tanh()
    return tape.gradient(y, world.v)


def examples(world, k):
    return ad.vmap(ad.grad(lambda x: np.sum(np.tanh(x @ world.w))))(world.x[k])


def recomputed(world, k):
    with ad.Tape() as tape:
        y = np.sum(world.layer(world.layer(world.x[k])))
    return tape.gradient(y, world.w)


def forward(world, k):
    with ad.ForwardAccumulator(world.w, np.full((8, 8), 0.5)) as accumulator:
        y = np.tanh(world.x[k] @ world.w)
    return accumulator.jvp(y)


def paused(world, k):
    with ad.Tape(persistent=True) as tape:
        y = np.sum(world.x[k] @ world.w)
        with tape.stop_recording():
            inside = tape.gradient(y, world.w)
        z = y * y
    return [inside, tape.gradient(z, world.w)]


def failed(world, k):
    try:
        with ad.Tape():
            (world.x[k] @ world.w) @ np.ones(3)
    except ValueError:
        return eager(world, k)


def fitted(world, k):
    with nn.settings.use_generator(np.random.default_rng(k)):
        model = nn.Sequential([nn.Dense(4, "relu"), nn.Dropout(0.5), nn.Dense(1)])
        model.compile("adam", "mse")
        model.fit(world.x[k], world.x[k][:, :1], epochs=2, batch_size=2, verbose=0)
    return model.get_weights()


def saved(world, k):
    """Everybody writes one path. What is there is always somebody's whole file."""
    path = os.path.join(world.folder, "shared.npz")
    model = nn.Sequential([nn.Dense(3, kernel_initializer="ones", input_shape=(8,))])
    model.set_weights([np.full((8, 3), float(k)), np.full(3, float(k))])
    model.save_weights(path)
    model.load_weights(path)
    kernel, bias = model.get_weights()
    return [kernel - kernel[0, 0], bias - kernel[0, 0]]


WORK = (eager, replayed, asked_of_the_shared_tape, jacobian_of_the_shared_tape, second, of_values, examples, recomputed,
        forward, paused, failed, fitted, saved)  # fmt: skip


def read_what_moves(world, expected):
    """A gradient at a Variable and a Value that others assign: that of the version that was read."""
    with ad.Tape() as tape:
        x, v = world.moving.value(), world.value * 1.0
        y = np.sum(np.tanh(x) * x) * v
    got = bits(tape.gradient(y, world.moving))
    key = int(x.numpy()[0]), v.item()
    assert got == expected[key], f"a mixture: version {key}"
    large = world.large.numpy()
    assert large.min() == large.max(), "an array half written"


def write_what_moves(world, rng):
    k = rng.randrange(VERSIONS)
    world.moving.assign(world.arrays[k])
    world.value.assign(float(k % 3 + 1))
    world.large.assign_add(world.one)


# -- all of it -----------------------------------------------------------------------------------------------------------------


def bits(y):
    parts = y if isinstance(y, (list, tuple)) else [y]
    return [np.asarray(ad.to_numpy(part)).tobytes() for part in parts]


def moving_alone(world):
    """{(version, value): bits of the gradient}, by one thread."""
    found = {}
    for k, array in enumerate(world.arrays):
        for scale in (1.0, 2.0, 3.0):
            w, v = ad.Variable(array), ad.Value(scale)
            with ad.Tape() as tape:
                x = w.value()
                y = np.sum(np.tanh(x) * x) * (v * 1.0)
            found[k, scale] = bits(tape.gradient(y, w))
    return found


def soak(seconds, threads):
    """Run threads for so long; (how many pieces of work were done, what went wrong)."""
    with tempfile.TemporaryDirectory() as folder:
        world = World(folder)
        alone = {(work, k): bits(work(world, k)) for work in WORK for k in range(VERSIONS)}
        moving, end = moving_alone(world), time.monotonic() + seconds
        counts, faults = [0] * threads, []

        def run(me):
            rng = random.Random(me)
            try:
                while time.monotonic() < end and not faults:
                    work, k = rng.choice(WORK), rng.randrange(VERSIONS)
                    if bits(work(world, k)) != alone[work, k]:
                        faults.append(f"{work.__name__}({k}) has other bits than alone")
                    read_what_moves(world, moving)
                    if me % 2:
                        write_what_moves(world, rng)
                    counts[me] += 1
            except BaseException as error:
                import traceback

                faults.append("".join(traceback.format_exception(error)))

        workers = [threading.Thread(target=run, args=(me,)) for me in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        return sum(counts), faults
