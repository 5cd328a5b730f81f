"""Parts of nn on Dask's arrays, in loops of one's own: losses and layers stay lazy, metrics and batches are computed once."""

import dask
import dask.array as da
import numpy as np
import pytest

import autodiff as ad
import nn
from nn import losses

RNG = np.random.default_rng(0)
A, B = RNG.normal(size=(12, 3)), RNG.normal(size=(12, 3))
SHARES, OTHERS = RNG.dirichlet([1, 1, 1], 12), RNG.dirichlet([1, 1, 1], 12)
LABELS = RNG.integers(0, 3, 12)
YES = RNG.integers(0, 2, (12, 3)).astype(float)
TARGETS = {"sparse_categorical_crossentropy": LABELS, "hinge": 2 * YES - 1, "squared_hinge": YES}
POSITIVE = {"poisson", "mean_squared_logarithmic_error"}
FUNCTIONS = [name for name in losses.__all__ if name.islower()]


def lazy(a):
    return da.from_array(a, chunks=(5, *a.shape[1:]))


def computing(*args, **options):
    raise AssertionError("a lazy array was computed")


@pytest.fixture
def uncomputed():
    with dask.config.set(scheduler=computing):
        yield


def pair(name):
    if name in TARGETS or "cross" in name or "kl" in name or name == "categorical_hinge":
        return TARGETS.get(name, YES if "binary" in name else OTHERS), SHARES
    return (abs(A), abs(B)) if name in POSITIVE else (A, B)


@pytest.mark.parametrize("boxed", [False, True], ids=["array", "Tensor"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_loss_of_lazy_arrays_is_lazy(name, boxed, uncomputed):
    cost, (y, p) = getattr(losses, name), pair(name)

    def of(there):
        x = ad.constant(there(p))
        with ad.Tape() as tape:
            tape.watch(x)
            loss = ad.mean(cost(ad.constant(there(y)) if boxed else there(y), x))
        return loss, tape.gradient(loss, x)

    expected, found = of(np.asarray), of(lazy)
    with dask.config.set(scheduler="synchronous"):
        for a, b in zip(expected, dask.compute(*found)):
            np.testing.assert_allclose(b, a, atol=1e-14)


def test_a_gradient_goes_through_lazy_targets(uncomputed):
    y = ad.constant(lazy(A))
    with ad.Tape() as tape:
        tape.watch(y)
        loss = ad.sum(losses.mean_squared_error(y, lazy(B)))
    np.testing.assert_allclose(tape.gradient(loss, y).data.compute(scheduler="synchronous"), 2 / 3 * (A - B), atol=1e-14)


BAD = {
    "NaN": (lambda: losses.mean_squared_error(lazy(np.where(A > 1, np.nan, A)), ad.constant(lazy(B))), "targets are NaN"),
    "labels": (lambda: losses.sparse_categorical_crossentropy(lazy(LABELS + 1), ad.constant(lazy(SHARES))),
               r"Labels lie in \[0, 3\), as there are 3 outputs, but got 1 to 3"),
    "targets of yes or no": (lambda: losses.binary_crossentropy(lazy(A), ad.constant(lazy(SHARES))), "y_true has numbers from"),
    "logits": (lambda: losses.binary_crossentropy(lazy(YES), ad.constant(lazy(A))), "y_pred .* from_logits=True"),
    "rates": (lambda: losses.poisson(lazy(YES), ad.constant(lazy(A))), "Poisson's rates are 0 or more"),
    "rows": (lambda: nn.Embedding(3, 2, name="words")(lazy(LABELS + 1)), r"words has rows \[0, 3\), but was asked for 1 to 3"),
    "fractions": (lambda: nn.Embedding(3, 2)(lazy(A)), "looks up rows by whole numbers, but got float64"),
}  # fmt: skip


@pytest.mark.parametrize("make, said", BAD.values(), ids=BAD)
def test_bad_numbers_are_told_when_they_are_computed(make, said, uncomputed):
    found = make()
    with dask.config.set(scheduler="synchronous"), pytest.raises(ValueError, match=said):
        ad.to_numpy(found)


@pytest.mark.parametrize("dtype", [int, float])
def test_an_embedding_of_lazy_words_is_lazy(dtype, uncomputed):
    layer = nn.Sequential([nn.Embedding(3, 2, mask_zero=True), nn.LSTM(2)])
    words = RNG.integers(0, 3, (10, 4)).astype(dtype)
    expected = layer(words).numpy()
    np.testing.assert_allclose(layer(lazy(words)).data.compute(scheduler="synchronous"), expected, atol=1e-6)


def test_a_step_that_is_replayed_takes_each_lazy_batch(uncomputed):
    """In a trace nothing looks at the numbers, and no batch is a constant."""
    layer = nn.Embedding(3, 2, dtype="float64")
    layer(LABELS)
    step = ad.function(lambda x, y: ad.mean(losses.poisson(y, ad.exp(layer(x)))))
    for shift in range(3):
        words = (LABELS + shift) % 3
        expected = np.mean(losses.poisson(YES[:, :2], np.exp(layer(words).numpy())))
        found = step(ad.constant(lazy(words)), ad.constant(lazy(YES[:, :2])))
        np.testing.assert_allclose(found.data.compute(scheduler="synchronous"), expected, atol=1e-14)


@pytest.mark.parametrize("metric, y, p", [
    (nn.metrics.AUC, YES, SHARES), (nn.metrics.MeanSquaredError, A, B), (nn.metrics.SparseCategoricalAccuracy, LABELS, SHARES),
    (lambda: nn.metrics.MeanIoU(3), LABELS, LABELS[::-1].copy()), (nn.metrics.Mean, A, None),
])  # fmt: skip
def test_a_metric_computes_what_it_is_given_once(metric, y, p):
    times = []

    def once(*args, **options):
        times.append(1)
        return dask.get(*args, **options)

    expected = metric()(y, p)
    with dask.config.set(scheduler=once):
        given = (None if p is None else ad.constant(lazy(p))), None if p is None else lazy(np.ones(12))
        found = metric()(lazy(y), *given)
    np.testing.assert_allclose(found, expected, atol=1e-14)
    assert len(times) == 1


def test_batches_that_are_lazy_are_computed_one_by_one():
    def trained(there):
        nn.set_random_seed(0)
        model = nn.MLP([4, 1])
        model.compile("adam", "mse", metrics=["mae"])
        batches = [({"x": there(A[k : k + 4])}["x"], there(B[k : k + 4, :1])) for k in range(0, 12, 4)]
        history = model.fit(batches, epochs=2, verbose=0, validation_data=batches).history
        return history, [w.tolist() for w in model.get_weights()], model.predict(batches).tolist()

    assert trained(lazy) == trained(np.asarray)


def test_normalization_adapts_to_a_lazy_array_by_one_computation():
    times = []

    def once(*args, **options):
        times.append(1)
        return dask.get(*args, **options)

    layer = nn.Normalization(dtype="float64")
    with dask.config.set(scheduler=once):
        layer.adapt(lazy(A))
    assert len(times) == 1 and type(layer.mean.data) is np.ndarray
    np.testing.assert_allclose([layer.mean.numpy(), layer.variance.numpy()], [A.mean(0), A.var(0)], atol=1e-15)


@pytest.mark.parametrize("traced", [False, True])
def test_a_lazy_gradient_of_a_variable_in_memory_says_how_it_is_computed(traced):
    w, steps = ad.Variable(np.ones((3, 1))), nn.optimizers.Adam(0.1)

    def step(x):
        with ad.Tape() as tape:
            loss = ad.mean(x @ w)
        steps.apply_gradients([(tape.gradient(loss, w), w)])

    with pytest.raises(TypeError, match=r"A gradient is not computed yet: dask.compute\(\*gradients\) computes all"):
        (ad.function(step) if traced else step)(ad.constant(lazy(A)))
