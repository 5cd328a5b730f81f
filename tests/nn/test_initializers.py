"""How weights begin: the formulas, the statistics, and one seed for all."""

import math

import numpy as np
import pytest
from together import each

import nn
from nn import initializers

N_IN, N_OUT, SHAPE = 300, 200, (300, 200)

# {name: (the bound or None, the standard deviation)} of a kernel of 300 inputs and 200 outputs
SPREADS = {
    "glorot_uniform": (math.sqrt(6 / (N_IN + N_OUT)), math.sqrt(2 / (N_IN + N_OUT))),
    "he_uniform": (math.sqrt(6 / N_IN), math.sqrt(2 / N_IN)),
    "lecun_uniform": (math.sqrt(3 / N_IN), math.sqrt(1 / N_IN)),
    "glorot_normal": (2 * math.sqrt(2 / (N_IN + N_OUT)) / initializers.CUT, math.sqrt(2 / (N_IN + N_OUT))),
    "he_normal": (2 * math.sqrt(2 / N_IN) / initializers.CUT, math.sqrt(2 / N_IN)),
    "lecun_normal": (2 * math.sqrt(1 / N_IN) / initializers.CUT, math.sqrt(1 / N_IN)),
    "uniform": (0.05, 0.05 / math.sqrt(3)),
    "random_uniform": (0.05, 0.05 / math.sqrt(3)),
    "normal": (None, 0.05),
    "random_normal": (None, 0.05),
    "truncated_normal": (0.1, 0.05 * initializers.CUT),
    "variance_scaling": (2 * math.sqrt(1 / N_IN) / initializers.CUT, math.sqrt(1 / N_IN)),
}


@pytest.mark.parametrize("name", SPREADS)
def test_the_numbers_spread_as_the_formula_says(name):
    bound, deviation = SPREADS[name]
    nn.set_random_seed(1)
    w = initializers.get(name)(SHAPE, "float64")
    assert w.shape == SHAPE and w.dtype == np.float64
    assert abs(w.mean()) < 4 * deviation / math.sqrt(w.size)
    assert w.std() == pytest.approx(deviation, rel=0.02)
    if bound is not None:
        assert 0.98 * bound < np.abs(w).max() <= bound  # it comes near its bound, and not beyond


def test_every_initializer_has_its_formula_here():
    drawn = {type(initializers.get(name)) for name in SPREADS}
    fixed = {initializers.Zeros, initializers.Ones, initializers.Constant, initializers.Orthogonal}
    assert drawn | fixed == {getattr(initializers, name) for name in initializers.__all__} - {initializers.Initializer}


def test_the_deviation_of_what_is_cut_at_two():
    inside = math.erf(math.sqrt(2))
    density = math.exp(-2) / math.sqrt(2 * math.pi)
    assert pytest.approx(math.sqrt(1 - 4 * density / inside), rel=1e-14) == initializers.CUT


@pytest.mark.parametrize(
    "shape, n_in, n_out",
    [((), 1, 1), ((5,), 5, 5), ((5, 7), 5, 7), ((3, 3, 4, 8), 36, 72), ((2, 5, 7), 10, 14)],
)
def test_fans(shape, n_in, n_out):
    assert initializers.fans(shape) == (n_in, n_out)
    w = initializers.VarianceScaling(2.0, "fan_out", "uniform")(shape)
    assert w.shape == shape and np.abs(w).max() <= math.sqrt(6 / n_out)


@each("name", {name: name for name in (*SPREADS, "zeros", "ones", "constant")})
@pytest.mark.parametrize("shape", [(), (3,), (0, 2), (2, 0, 3)])
def test_any_shape_can_be_filled(name, shape):
    assert initializers.get(name)(shape).shape == shape


@pytest.mark.parametrize("distribution", ["uniform", "untruncated_normal", "truncated_normal"])
@pytest.mark.parametrize("mode, n", [("fan_in", N_IN), ("fan_out", N_OUT), ("fan_avg", (N_IN + N_OUT) / 2)])
def test_variance_scaling_scales_the_variance(mode, n, distribution):
    w = initializers.VarianceScaling(3.0, mode, distribution, seed=0)(SHAPE, "float64")
    assert w.var() == pytest.approx(3.0 / n, rel=0.03)


@pytest.mark.parametrize("shape", [(6, 4), (4, 6), (5, 5), (2, 3, 4)])
def test_orthogonal_matrices_are(shape):
    w = initializers.Orthogonal(gain=2.0, seed=0)(shape, "float64").reshape(-1, shape[-1])
    w = w if w.shape[0] >= w.shape[1] else w.T
    np.testing.assert_allclose(w.T @ w, 4 * np.eye(w.shape[1]), atol=1e-12)


def test_orthogonal_matrices_come_with_either_sign():
    signs = [np.sign(initializers.Orthogonal(seed=k)((2, 2)).ravel()) for k in range(40)]
    assert (np.abs(np.mean(signs, 0)) < 0.6).all()


def test_constants_and_functions():
    assert initializers.get("zeros")((2,)).tolist() == [0.0, 0.0] and initializers.get("ones")((2,)).tolist() == [1.0, 1.0]
    assert initializers.Constant(0.5)((2,)).tolist() == [0.5, 0.5]
    layer = nn.Dense(2, kernel_initializer=lambda shape, dtype: np.full(shape, 3.0, dtype), bias_initializer="ones")
    assert layer([[1.0]]).tolist() == [[4.0, 4.0]]


def test_the_dtype_is_that_of_the_layer_or_floatx():
    assert initializers.get("he_normal")((2,)).dtype == np.float32
    assert nn.Dense(2, dtype="float64")([[1.0]]).dtype == np.float64
    nn.set_floatx("float64")
    try:
        assert initializers.get("he_normal")((2,)).dtype == nn.Dense(2)([[1.0]]).dtype == np.float64
    finally:
        nn.set_floatx("float32")


def test_what_is_refused():
    with pytest.raises(ValueError, match="did you mean 'he_normal'"):
        initializers.get("he_norml")
    with pytest.raises(ValueError, match="mode 'fan_on'; did you mean"):
        initializers.VarianceScaling(mode="fan_on")
    with pytest.raises(ValueError, match="distribution 'normal'"):
        initializers.VarianceScaling(distribution="normal")
    with pytest.raises(ValueError, match=r"orthogonal, but the shape to fill is \(3,\)"):
        initializers.Orthogonal()((3,))
    with pytest.raises(NotImplementedError, match="draw"):
        initializers.Initializer()((2,))


# -- seeds -----------------------------------------------------------------------------------------------------------


def everything_drawn():
    """The bytes of all that a training run draws: weights, batches, masks, and the losses they lead to."""
    model = nn.Sequential([nn.Dense(8, "relu", kernel_initializer="he_normal"), nn.Dropout(0.3), nn.Dense(1)])
    model.compile("adam", "mse")
    x = np.sin(np.arange(120.0)).reshape(40, 3)
    history = model.fit(x, x.sum(1), batch_size=8, epochs=3, verbose=0)
    return [w.tobytes() for w in model.get_weights()], history.history


def test_one_seed_gives_the_same_run_to_the_last_bit():
    runs = []
    for seed in (5, 5, 6):
        nn.set_random_seed(seed)
        runs.append(everything_drawn())
    assert runs[0] == runs[1] and runs[0] != runs[2]


def test_without_a_seed_two_runs_differ():
    assert everything_drawn() != everything_drawn()


def test_the_stream_of_nn_is_not_numpys():
    np.random.seed(0)  # noqa: NPY002
    nn.set_random_seed(0)
    first = initializers.get("normal")((3,)).tolist()
    np.random.seed(0)  # noqa: NPY002
    assert initializers.get("normal")((3,)).tolist() != first


def test_an_initializer_with_a_seed_has_its_own_stream_and_goes_on_in_it():
    nn.set_random_seed(0)
    free = initializers.get("normal")((2,)).tolist()
    seeded = initializers.RandomNormal(seed=4)
    first, second = seeded((2,)).tolist(), seeded((2,)).tolist()
    assert first != second and first == initializers.RandomNormal(seed=4)((2,)).tolist()
    nn.set_random_seed(0)
    initializers.RandomNormal(seed=4)((2,))
    assert initializers.get("normal")((2,)).tolist() == free


def test_a_borrowed_stream_leaves_that_of_nn_alone():
    nn.set_random_seed(0)
    expected = nn.generator().random(2).tolist()
    nn.set_random_seed(0)
    with nn.settings.use_generator(np.random.default_rng(1)) as stream:
        assert nn.generator() is stream
        initializers.get("normal")((5,))
    assert nn.generator().random(2).tolist() == expected
    assert nn.generator(3).random() == nn.generator(3).random()
