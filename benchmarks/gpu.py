"""Training steps on a GPU: the tape beside CuPy by hand, and a training run by nn.

    python benchmarks/gpu.py              on CuPy: needs a GPU and the package cupy
    python benchmarks/gpu.py numpy        the same script on numpy, to see whether it runs
    python tests/external/right_or_refused.py cupy   which operations are right there

A step is forward, mean squared error, gradient and SGD update of a tanh MLP, in float32. Contenders take turns, and a block of
steps ends when the GPU is done. The ratio is the median of the rounds.
"""

import importlib
import statistics
import sys
import time
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).parents[1]))  # behind what is installed, which may be compiled

import autodiff as ad
from benchmarks.subjects import steps

CASES = {
    "784-128-10": ((784, 128, 10), 128, 100),
    "1024-1024-1024-10": ((1024, 1024, 1024, 10), 256, 50),
    "4096-4096-4096-10": ((4096, 4096, 4096, 10), 1024, 10),
    "8192-8192-8192-8192-10": ((8192, 8192, 8192, 8192, 10), 1024, 5),
}
QUICK = {"8-4-1": ((8, 4, 1), 16, 3)}
ROUNDS = 15
CONTENDERS = {"by hand": steps.by_hand, "tape": steps.autodiff, "function": steps.autodiff_function}


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
    found = {key: build((sizes, batch), library) for key, build in CONTENDERS.items()}
    losses = {key: [float(step()) for _ in range(3)] for key, step in found.items()}
    for key, of_one in losses.items():
        np.testing.assert_allclose(of_one, losses["by hand"], rtol=1e-4, err_msg=key)
    rounds = [{key: timed(library, step, count) for key, step in found.items()} for _ in range(ROUNDS)]
    own = statistics.median(r["by hand"] for r in rounds)
    ratios = {key: statistics.median(r[key] / r["by hand"] for r in rounds) for key in CONTENDERS}
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
