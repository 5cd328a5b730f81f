"""Activations against Keras, near 0 and as far as ±1000, and against the derivatives that the notes state.

The reference numbers are those of Keras on PyTorch in float64, stored in reference/activations.npz and made by
reference/make.py.
"""

import math
from pathlib import Path

import numpy as np
import pytest
from reference import activations as reference
from together import each

import autodiff as ad
from nn import activations

STORED = dict(np.load(Path(reference.__file__).with_name("activations.npz")))
CASES = reference.CASES
ELEMENTWISE = ("linear", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "softplus", "silu", "gelu")
case = each("case", {case: case for case in CASES})


def named(name):
    return activations.NAMES.get(name) or getattr(activations, name)  # threshold has no default numbers


def ours(name, options, dtype="float64"):
    """The activation and its gradient, in one row."""
    x = ad.Variable(reference.points(name), dtype=dtype)
    with ad.Tape() as tape:
        y = named(name)(x, **options)
    slope = tape.gradient(y, x, np.asarray(reference.upstream(np.asarray(y)), dtype))
    assert y.dtype == slope.dtype == dtype
    return np.concatenate([np.ravel(y), np.ravel(slope)])


@case
def test_activation_and_slope_are_the_stored_ones_of_keras(case):
    np.testing.assert_allclose(ours(*CASES[case]), STORED[case], rtol=1e-6, atol=1e-15)


@case
def test_activation_and_slope_are_those_of_the_installed_keras(case, keras):
    if keras.backend.backend() != "torch":
        pytest.skip("needs Keras on PyTorch")
    np.testing.assert_allclose(ours(*CASES[case]), reference.keras_numbers(keras, *CASES[case]), rtol=1e-6, atol=1e-15)


@case
def test_float32_stays_float32_and_close(case):
    np.testing.assert_allclose(ours(*CASES[case], dtype="float32"), STORED[case], rtol=1e-5, atol=1e-6)


@each("case", {case: case for case in CASES if case != "glu"})  # which has half as many outputs
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_nothing_overflows_however_far(case, dtype):
    name, options = CASES[case]
    far = np.array([[-1e38, -1e10, -1000.0, 0.0, 1000.0, 1e10, 1e38]], dtype)
    if name == "gelu" and options:
        far = far[:, 1:-1]  # its cube is infinite from 1e13 on in float32
    if name == "exponential":
        far = far[:, :4]
    row = ours_at(named(name), far, **options)
    assert np.isfinite(row).all(), row


def ours_at(function, points, **options):
    x = ad.Variable(points)
    with ad.Tape() as tape:
        y = function(x, **options)
    return np.array([np.ravel(y), np.ravel(tape.gradient(y, x))])


def test_gelu_keeps_its_digits_far_below_0():
    z = np.array([-5.0, -10.0, -30.0])
    expected = [x / 2 * math.erfc(-x / math.sqrt(2)) for x in z]
    np.testing.assert_allclose(activations.gelu(z), expected, rtol=1e-12)


@pytest.mark.parametrize("case", [case for case in CASES if "softmax" not in case and case != "glu"])
def test_numbers_values_and_replays(case):
    name, options = CASES[case]
    g, points = named(name), np.array([-2.3, -0.2, 0.4, 3.7])
    row = g(points, **options)
    for x, y in zip(points.tolist(), row):
        value = ad.Value(x)
        assert isinstance(g(x, **options), float) and g(x, **options) == pytest.approx(y, rel=1e-12)
        assert type(g(value, **options)) is ad.Value and float(g(value, **options)) == pytest.approx(y, rel=1e-12)
    traced = ad.function(lambda x: g(x, **options))
    for x in (points, -points, points[::-1].copy()):
        np.testing.assert_allclose(traced(x), g(x, **options), rtol=1e-12)


def test_squareplus_keeps_its_digits_far_below_0():
    z = np.array([-1e3, -1e8, -1e150])
    np.testing.assert_allclose(activations.squareplus(z), 1 / -z, rtol=1e-6)


# -- the derivatives that the notes state ----------------------------------------------------------------------------

DERIVATIVES = {
    "sigmoid": lambda z, g: g * (1 - g),
    "tanh": lambda z, g: 1 - g**2,
    "relu": lambda z, g: np.where(z > 0, 1.0, 0.0),
    "linear": lambda z, g: np.ones_like(z),
    "softplus": lambda z, g: np.asarray(ad.sigmoid(z)),
}


@pytest.mark.parametrize("name", DERIVATIVES)
def test_derivatives_are_those_of_the_notes(name):
    z = np.concatenate([reference.POINTS, [0.0]])
    g, slope = ours_at(activations.get(name), z)
    np.testing.assert_allclose(slope, DERIVATIVES[name](z, g), rtol=1e-13, atol=4e-16)  # 1 - g^2 cancels


def test_at_0():
    at_0 = {name: ours_at(activations.get(name), np.zeros(1)).ravel().tolist() for name in ELEMENTWISE}
    assert at_0 == {
        "linear": [0.0, 1.0],
        "sigmoid": [0.5, 0.25],
        "tanh": [0.0, 1.0],
        "relu": [0.0, 0.0],
        "leaky_relu": [0.0, 0.2],
        "elu": [0.0, 1.0],
        "softplus": [math.log(2), 0.5],
        "silu": [0.0, 0.5],
        "gelu": [0.0, 0.5],
    }


def test_softmax_and_its_jacobian_are_those_of_the_notes():
    z = ad.Variable([0.5, -1.0, 1000.0, 999.0])
    with ad.Tape() as tape:
        y = activations.softmax(z)
    p = y.numpy()
    assert p.sum() == pytest.approx(1.0) and p[:2].tolist() == [0.0, 0.0]
    np.testing.assert_allclose(tape.jacobian(y, z), np.diag(p) - np.outer(p, p), atol=1e-15)


@pytest.mark.parametrize("axis", [0, 1, -2])
def test_softmax_has_an_axis(axis):
    z = np.sin(np.arange(24.0)).reshape(2, 3, 4)
    np.testing.assert_allclose(activations.softmax(z, axis=axis).sum(axis), 1.0)
    np.testing.assert_allclose(np.exp(activations.log_softmax(z, axis=axis)), activations.softmax(z, axis=axis))


# -- what they take and give -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_values_stay_values_tensors_tensors_and_arrays_arrays(name):
    function = activations.get(name)
    x = ad.Value(0.7)
    with ad.Tape() as tape:
        y = function(x)
    assert isinstance(y, ad.Value)
    expected, slope = ours_at(function, np.array([0.7]))
    assert (float(y), float(tape.gradient(y, x))) == pytest.approx((expected[0], slope[0]), rel=1e-14)
    assert type(function(np.array([0.7]))) is np.ndarray
    assert isinstance(function(ad.constant([0.7])), ad.Tensor)
    assert float(function(0.7)) == pytest.approx(float(y), rel=1e-14)


def test_a_name_a_function_and_none():
    assert activations.get("relu") is activations.relu and activations.get("swish") is activations.silu
    assert activations.get(np.tanh) is np.tanh and activations.get(None) is activations.linear
    with pytest.raises(ValueError, match="Unknown activation 'rellu'; did you mean 'relu'"):
        activations.get("rellu")
    with pytest.raises(ValueError, match="Unknown activation 'LeakyReLU'; did you mean 'leaky_relu'"):
        activations.get("LeakyReLU")
    with pytest.raises(ValueError, match="the known ones are celu, elu, "):
        activations.get("xyzzy")
    with pytest.raises(ValueError, match="a name, a function or an object, but got 3"):
        activations.get(3)
