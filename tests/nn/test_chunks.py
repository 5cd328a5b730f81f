"""fit, evaluate and predict over Dask's arrays: a chunk at a time, with numpy's numbers."""

import itertools
import subprocess
import sys

import dask
import dask.array as da
import numpy as np
import pytest

import autodiff as ad
import nn
from nn.chunks import examples

RNG = np.random.default_rng(0)
X = RNG.normal(size=(53, 4))
Y = (X.sum(axis=1) > 0).astype(int)
LAZY_X, LAZY_Y = da.from_array(X, chunks=(10, 2)), da.from_array(Y, chunks=10)


def trained(x, y, **options):
    nn.set_random_seed(0)
    model = nn.MLP([5, 1], dropout=0.2, dtype="float64")
    model.compile("adam", nn.losses.BinaryCrossentropy(from_logits=True), ["accuracy", "auc"])
    history = model.fit(x, y, batch_size=8, epochs=2, verbose=0, **options)
    return model, history.history


@pytest.mark.parametrize("size", [1, 3, 8, 10, 16, 25, 53, 60])
def test_batches_in_order_are_those_of_the_array_in_memory(size):
    for ours, theirs in zip(examples(LAZY_X, LAZY_Y).batches(size), examples(X, Y).batches(size), strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(ours[:2], theirs[:2])) and ours[2] is None


@pytest.mark.parametrize("size", [3, 8, 25, 53])
def test_shuffled_each_row_comes_once_and_chunks_come_together(size):
    nn.set_random_seed(1)
    x, y = (np.concatenate(parts) for parts in list(zip(*examples(LAZY_X, LAZY_Y).batches(size, shuffle=True)))[:2])
    where = [int(np.flatnonzero((row == X).all(axis=1))[0]) for row in x]
    assert sorted(where) == list(range(53)) and where != sorted(where) and np.array_equal(Y[where], y)
    chunks = [k // 10 for k in where]
    assert sum(a != b for a, b in itertools.pairwise(chunks)) == 5  # six chunks, one after the other


@pytest.mark.parametrize("lazy_y", [LAZY_Y, Y], ids=["lazy targets", "targets in memory"])
def test_training_is_that_of_the_array_in_memory(lazy_y):
    options = dict(shuffle=False, class_weight={0: 1.0, 1: 2.0})
    ours, history = trained(LAZY_X, lazy_y, validation_data=(LAZY_X, LAZY_Y), **options)
    theirs, told = trained(X, Y, validation_data=(X, Y), **options)
    assert history == told and all(np.array_equal(a, b) for a, b in zip(ours.get_weights(), theirs.get_weights()))
    assert np.array_equal(ours.predict(LAZY_X), theirs.predict(X)) and ours.evaluate(LAZY_X, lazy_y) == theirs.evaluate(X, Y)
    steps = []
    for model, x, y in ((ours, LAZY_X, lazy_y), (theirs, X, Y)):
        nn.set_random_seed(2)
        steps.append(model.train_on_batch(x, y))
    assert steps[0] == steps[1]


def test_a_share_of_the_rows_is_held_back():
    _, history = trained(LAZY_X, LAZY_Y, validation_split=0.25, shuffle=False)
    assert history == trained(X, Y, validation_split=0.25, shuffle=False)[1]


def test_a_chunk_is_computed_once_in_each_epoch():
    computed = []

    def chunk(block, block_info=None):
        computed.append(block_info[0]["chunk-location"][0])
        return block

    x = da.from_array(X, chunks=(10, 4)).map_blocks(chunk, dtype=float, meta=np.empty((0, 0)))
    with dask.config.set(scheduler="synchronous"):
        trained(x, Y)
    assert computed[0] == 0 and sorted(computed[1:]) == sorted([0, 1, 2, 3, 4, 5] * 2)  # the first batch is tried before


def test_bad_data_are_found_where_they_are():
    with pytest.raises(ValueError, match=r"compute_chunk_sizes"):
        trained(LAZY_X[LAZY_X[:, 0] > 0], Y)
    with pytest.raises(ValueError, match="cardinality"):
        trained(LAZY_X, LAZY_Y[:-1])
    with pytest.raises(ValueError, match="NaN in 1 of its"):
        trained(da.where(X[-1, 0] == LAZY_X, np.nan, LAZY_X), Y)


def test_gradients_over_all_rows_are_lazy():
    w = ad.Variable(np.zeros(4))
    for _ in range(3):
        with ad.Tape() as tape:
            z = LAZY_X @ w
            loss = ad.mean(ad.softplus(z) - LAZY_Y * z)
        g = tape.gradient(loss, w)
        assert isinstance(g.data, da.Array) and isinstance(loss.data, da.Array)
        loss, g = dask.compute(loss, g)
        probabilities = 1 / (1 + np.exp(-(X @ w.numpy())))
        np.testing.assert_allclose(g, X.T @ (probabilities - Y) / 53, atol=1e-14)
        w.assign_sub(0.5 * g)
    assert float(loss) < 0.6


def test_a_model_on_lazy_data_is_lazy():
    model, _ = trained(X, Y)
    with ad.Tape() as tape:
        loss = model.loss(LAZY_Y[:, None], model(LAZY_X))
    gradients = tape.gradient(loss, model.trainable_variables)
    with ad.Tape() as tape:
        expected = model.loss(Y[:, None], model(X))
    for a, b in zip(dask.compute(*gradients), tape.gradient(expected, model.trainable_variables)):
        np.testing.assert_allclose(a, b, atol=1e-13)
    with pytest.raises(TypeError, match=r"dask.compute"):
        model.optimizer.apply_gradients(zip(gradients, model.trainable_variables))


OPTIMIZERS = {
    "sgd": lambda: nn.optimizers.SGD(0.1, momentum=0.9, nesterov=True),
    "adam": lambda: nn.optimizers.Adam(0.1, clipnorm=0.5),
    "a limit for all": lambda: nn.optimizers.SGD(0.1, global_clipnorm=0.1),
}


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_lazy_variables_take_lazy_steps(optimizer):
    """Traced or not: a step that `ad.function` took was refused outside of it."""

    def after_two_steps(there, traced):
        w, b, steps = ad.Variable(there(np.zeros(4))), ad.Variable(there(np.zeros(1))), optimizer()

        def step(x, y):
            with ad.Tape() as tape:
                loss = ad.mean((x @ w + b - y) ** 2)
            steps.apply_gradients(zip(tape.gradient(loss, [w, b]), [w, b]))
            return loss

        step = ad.function(step) if traced else step
        for _ in range(2):
            step(ad.constant(there(X)), ad.constant(there(1.0 * Y)))
        return w

    lazy = lambda a: da.from_array(a, chunks=(10, 4)[: a.ndim])
    expected = after_two_steps(np.asarray, False).numpy()
    for traced in (False, True):
        found = after_two_steps(lazy, traced)
        assert isinstance(found.data, da.Array)
        np.testing.assert_allclose(found.numpy(), expected, atol=1e-14)


def test_moving_averages_of_a_lazy_batch_are_refused_with_the_way_out():
    layer = nn.BatchNormalization()
    layer(X[:2])
    with pytest.raises(TypeError, match=r"batch_normalization keeps moving averages, .*: model.fit computes .* x.compute\(\)"):
        layer(LAZY_X, training=True)
    assert isinstance(layer(LAZY_X).data, da.Array)


def test_diagnose_looks_at_some_rows():
    model = nn.MLP([5, 1], dtype="float64")
    model.compile("adam", "mse")
    expected, found = (str(nn.diagnose(model, *data, shuffle=False)) for data in ((100 * X, Y), (100 * LAZY_X, LAZY_Y)))
    assert "not scaled" in found and found == expected


LARGE = """
import resource, numpy as np, dask, dask.array as da, nn
dask.config.set(scheduler="synchronous")

def fit(rows):
    x = da.random.default_rng(0).standard_normal((rows, 50), chunks=(12_500, 50))
    nn.set_random_seed(0)
    model = nn.MLP([4, 1], dtype="float64")
    model.compile("adam", "mse")
    model.fit(x, x.sum(axis=1, keepdims=True), batch_size=5000, shuffle=SHUFFLE, verbose=0)
    model.evaluate(x, x[:, :1], batch_size=5000, verbose=0)
    return x, model

fit(12_500)
before = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (before + 60_000_000,) * 2)
x, model = fit(200_000)
assert x.nbytes == 80_000_000
print(model.predict(x[:3]).ravel().tolist())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is Linux's")
@pytest.mark.parametrize("shuffle", [False, True])
def test_an_array_larger_than_the_memory(shuffle):
    """80 MB in chunks of 5 MB, with 60 MB of room."""
    run = subprocess.run([sys.executable, "-c", LARGE.replace("SHUFFLE", str(shuffle))], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr[-2000:]
