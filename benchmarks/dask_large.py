"""Logistic regression and an MLP over a Dask array that is larger than memory need be: peak memory and time.

    python benchmarks/dask_large.py            5 GB of random numbers, two worker processes
    python benchmarks/dask_large.py 0.2        so many GB; up to 0.3 GB the result is compared with numpy's

The numbers are drawn in chunks when they are needed, and are never all there. Logistic regression is gradient descent on all
rows by a tape on lazy arrays: the workers compute the loss and the gradients chunk by chunk. The MLP is trained by `fit` in
mini-batches, in this process, on chunks that the workers compute.
"""

import resource
import sys
import time
from pathlib import Path

import dask
import dask.array as da
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

import autodiff as ad
import nn

FEATURES, ROWS, WORKERS = 100, 20_000, 2  # rows in a chunk of 16 MB
COMPARED = 0.3  # GB
STEPS, RATE = 3, 0.5


def data(gigabytes):
    """(x, y): standard normal numbers, and on which side of a plane each row lies."""
    n = max(ROWS, int(gigabytes * 1e9 / 8 / FEATURES))
    x = da.random.default_rng(0).standard_normal((n, FEATURES), chunks=(ROWS, FEATURES))
    plane = np.random.default_rng(1).normal(size=FEATURES)
    return x, (x @ plane > 0).astype("f8")


def logistic_regression(x, y):
    """(the last loss, the weights) after a few steps on all rows."""
    w = ad.Variable(np.zeros(FEATURES))
    for _ in range(STEPS):
        with ad.Tape() as tape:
            z = x @ w
            loss = ad.mean(ad.softplus(z) - y * z)
        loss, g = dask.compute(loss, tape.gradient(loss, w))
        w.assign_sub(RATE * g)
    return float(loss), w.numpy()


def network(x, y):
    """(the loss, the weights) of an MLP after one epoch in the order of the rows."""
    nn.set_random_seed(0)
    model = nn.MLP([32, 1], dtype="float64")
    model.compile(nn.optimizers.Adam(1e-3), nn.losses.BinaryCrossentropy(from_logits=True))
    history = model.fit(x, y, batch_size=1000, shuffle=False, verbose=0)
    return history.history["loss"][-1], np.concatenate([a.ravel() for a in model.get_weights()])


def peak():
    """The largest memory that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def report(gigabytes, client):
    x, y = data(gigabytes)
    print(f"{x.nbytes / 1e9:.2f} GB in {x.numblocks[0]} chunks of {x.nbytes / x.numblocks[0] / 1e6:.0f} MB, {WORKERS} workers")
    for train in (logistic_regression, network):
        before, start = peak(), time.perf_counter()
        loss, weights = train(x, y)
        seconds, workers = time.perf_counter() - start, ", ".join(f"{mb:.0f}" for mb in client.run(peak).values())
        print(f"{train.__name__:20} loss {loss:.4f}  {seconds:6.1f} s  peak memory: this process {peak():.0f} MB "
              f"({peak() - before:.0f} MB more than before), workers {workers} MB", flush=True)  # fmt: skip
        if gigabytes <= COMPARED:
            far = np.max(np.abs(weights - train(*dask.compute(x, y))[1]))
            print(f"{'':20} weights differ from numpy's by at most {far:.1e}")


if __name__ == "__main__":
    from dask.distributed import Client, LocalCluster

    size = float(sys.argv[1]) if len(sys.argv) > 1 else 5.0
    with LocalCluster(n_workers=WORKERS, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        report(size, client)
