"""Training steps on a GPU: the tape beside CuPy by hand, and a training run by nn.

    python benchmarks/gpu.py              on CuPy: needs a GPU and the package cupy
    python benchmarks/gpu.py numpy        the same script on numpy, to see whether it runs
    python tests/external/right_or_refused.py cupy   which operations are right there

A step is forward, mean squared error, gradient and SGD update of a tanh MLP, in float32. Contenders take turns, and a block of
steps ends when the GPU is done. The ratio is the median of the rounds.
"""

import importlib
import itertools
import statistics
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

import autodiff as ad

CASES = {
    "784-128-10": ((784, 128, 10), 128, 100),
    "1024-1024-1024-10": ((1024, 1024, 1024, 10), 256, 50),
    "4096-4096-4096-10": ((4096, 4096, 4096, 10), 1024, 10),
    "8192-8192-8192-8192-10": ((8192, 8192, 8192, 8192, 10), 1024, 5),
}
QUICK = {"8-4-1": ((8, 4, 1), 16, 3)}
LR, ROUNDS = 0.01, 15


def problem(library, sizes, batch):
    rng = np.random.default_rng(0)
    params = []
    for n_in, n_out in itertools.pairwise(sizes):
        params += [rng.normal(0, n_in**-0.5, (n_in, n_out)).astype("f"), np.zeros(n_out, "f")]
    data = rng.normal(size=(batch, sizes[0])).astype("f"), rng.normal(size=(batch, sizes[-1])).astype("f")
    return [library.asarray(p) for p in params], *map(library.asarray, data)


def by_hand(library, sizes, batch):
    params, x, target = problem(library, sizes, batch)
    last = len(params) - 2

    def step():
        layers = [x]
        for k in range(0, last + 2, 2):
            z = layers[-1] @ params[k] + params[k + 1]
            layers.append(library.tanh(z) if k < last else z)
        error = layers[-1] - target
        loss = library.mean(error**2)
        g = error * np.float32(2 / error.size)
        for k in range(last, -1, -2):
            weights, bias = layers[k // 2].T @ g, g.sum(axis=0)
            if k:
                g = (g @ params[k].T) * (1 - layers[k // 2] ** 2)
            params[k] -= LR * weights
            params[k + 1] -= LR * bias
        return loss

    return step


def by_tape(library, sizes, batch):
    params, x, target = problem(library, sizes, batch)
    params, x, target = [ad.Variable(p) for p in params], ad.constant(x), ad.constant(target)

    def step():
        with ad.Tape() as tape:
            h = x
            for k in range(0, len(params), 2):
                z = h @ params[k] + params[k + 1]
                h = ad.tanh(z) if k < len(params) - 2 else z
            loss = ad.mean((h - target) ** 2)
        for p, g in zip(params, tape.gradient(loss, params)):
            p.assign_sub(LR * g)
        return loss

    return step


def by_function(library, sizes, batch):
    return ad.function(by_tape(library, sizes, batch))


def wait(library):
    if hasattr(library, "cuda"):
        library.cuda.Device().synchronize()


def timed(library, step, count):
    start = time.perf_counter()
    for _ in range(count):
        step()
    wait(library)
    return (time.perf_counter() - start) / count


def race(library, name, sizes, batch, count):
    contenders = {"by hand": by_hand, "tape": by_tape, "function": by_function}
    steps = {key: build(library, sizes, batch) for key, build in contenders.items()}
    losses = {key: [float(step()) for _ in range(3)] for key, step in steps.items()}
    for key, found in losses.items():
        np.testing.assert_allclose(found, losses["by hand"], rtol=1e-4, err_msg=key)
    rounds = [{key: timed(library, step, count) for key, step in steps.items()} for _ in range(ROUNDS)]
    own = statistics.median(r["by hand"] for r in rounds)
    ratios = {key: statistics.median(r[key] / r["by hand"] for r in rounds) for key in contenders}
    words = ", ".join(f"{key} {ratio:.2f}" for key, ratio in ratios.items())
    print(f"{name}, batch {batch}: by hand {own * 1e6:.0f} us; {words}", flush=True)


def training_run(library):
    import nn

    rng = np.random.default_rng(0)
    x = rng.normal(size=(2000, 20)).astype("f")
    y = (x[:, :3].sum(axis=1) > 0).astype("f")[:, None]
    nn.set_random_seed(0)
    model = nn.Sequential([nn.Dense(32, activation="relu"), nn.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    history = model.fit(library.asarray(x), library.asarray(y), epochs=5, verbose=0)
    kind = type(model.trainable_variables[0].data).__module__
    print(f"nn: accuracy {history.history['accuracy'][-1]:.3f}, loss {history.history['loss'][-1]:.4f}, weights in {kind}")


def main(name="cupy", *options):
    library = importlib.import_module(name)
    print(f"{name} {library.__version__}, engine {ad.build_info()}")
    for case, (sizes, batch, count) in (QUICK if "--quick" in options else CASES).items():
        race(library, case, sizes, batch, count)
    training_run(library)


if __name__ == "__main__":
    main(*sys.argv[1:])
