"""Activations and losses keep the digits of their derivatives far out, to order 2."""

import math

import mpmath as mp
import numpy as np
import pytest

import autodiff as ad
import nn

mp.mp.dps = 50
POINTS = [-700.0, -88.0, -40.0, -17.0, -6.5, -3.0, -0.5, 1e-3, 0.7, 2.0, 4.5, 9.0, 17.0, 40.0, 88.0, 700.0]
ACTIVATIONS = {
    nn.activations.sigmoid: lambda z: 1 / (1 + mp.exp(-z)),
    nn.activations.tanh: mp.tanh,
    nn.activations.softplus: lambda z: mp.log1p(mp.exp(z)),
    nn.activations.elu: lambda z: z if z > 0 else mp.expm1(z),
    nn.activations.silu: lambda z: z / (1 + mp.exp(-z)),
    nn.activations.gelu: lambda z: z * mp.erfc(-z / mp.sqrt(2)) / 2,
}
DENSITY = lambda z: mp.exp(-z * z / 2) / mp.sqrt(2 * mp.pi)
BY_HAND = {  # (first, second): hundreds of digits of erfc take seconds
    ACTIVATIONS[nn.activations.gelu]: (
        lambda z: mp.erfc(-z / mp.sqrt(2)) / 2 + z * DENSITY(z), lambda z: (2 - z * z) * DENSITY(z)
    ),
}  # fmt: skip


def derivative(f, z, order):
    """By hand, or by differences of f, of as many digits as the size of the result takes."""
    if f in BY_HAND:
        return BY_HAND[f][order - 1](mp.mpf(z))
    with mp.workdps(60 + int(abs(z)) if abs(z) < 100 else 660):
        return mp.diff(f, mp.mpf(z), order)


def test_the_derivatives_by_hand_are_those_of_differences():
    for f, orders in BY_HAND.items():
        for z in (-17.0, -0.5, 1e-3, 4.5):
            for order, by_hand in enumerate(orders, 1):
                with mp.workdps(60):
                    assert mp.almosteq(by_hand(mp.mpf(z)), mp.diff(f, mp.mpf(z), order), rel_eps=mp.mpf("1e-20"))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("f", ACTIVATIONS, ids=lambda f: f.__name__)
def test_activations(f, dtype):
    info = np.finfo(dtype)
    z = np.array(POINTS, dtype)
    with ad.Tape() as outer:
        x = ad.Variable(z)
        with ad.Tape() as inner:
            y = f(x)
        first = inner.gradient(y, x)
    found = first.numpy(), outer.gradient(first, x, unconnected_gradients="zero").numpy()
    for order, numbers in zip((1, 2), found):
        for point, g in zip(z.tolist(), numbers.tolist()):
            right = derivative(ACTIVATIONS[f], point, order)
            change = abs(derivative(ACTIVATIONS[f], point * (1 + float(info.eps)), order) - right)
            rough = 2.0**-11 if dtype is np.float32 else 2.0**-31  # what arrays have right at least: see docs/kinks.md
            assert abs(g - right) <= (rough + 24 * info.eps) * abs(right) + 4 * change + float(info.tiny), (point, order)


def test_gelu_by_tanh_does_not_cancel():
    z = ad.constant([-8.0, -5.0])
    u = [2 * math.sqrt(2 / math.pi) * (x + 0.044715 * x**3) for x in (-8.0, -5.0)]
    right = [x / (1 + math.exp(-v)) for x, v in zip((-8.0, -5.0), u)]
    np.testing.assert_allclose(nn.activations.gelu(z, approximate=True).numpy(), right, rtol=1e-13)


@pytest.mark.parametrize("target", [0.0, 1.0])
@pytest.mark.parametrize("z", [-700.0, -40.0, -3.0, 0.0, 3.0, 40.0, 700.0])
def test_logistic_loss(z, target):
    wrong = z if target == 0.0 else -z  # the logit for the other class
    loss = nn.losses.BinaryCrossentropy(from_logits=True)
    x = ad.Variable([[z]])
    with ad.Tape() as outer:
        with ad.Tape() as inner:
            y = loss([[target]], x)
        first = inner.gradient(y, x)
    second = outer.gradient(first, x)
    e = mp.exp(-abs(mp.mpf(wrong)))
    share = (1 if wrong > 0 else e) / (1 + e)
    assert y.item() == pytest.approx(float(max(wrong, 0.0) + mp.log1p(e)), rel=1e-14, abs=0.0)
    assert first.item() == pytest.approx(float(share if target == 0.0 else -share), rel=1e-12, abs=0.0)
    assert second.item() == pytest.approx(float(e / (1 + e) ** 2), rel=1e-9, abs=0.0)


@pytest.mark.parametrize("target", [0.2, 0.5, 0.8])
def test_logistic_loss_of_probabilities_as_targets(target):
    z = np.array([[-3.0, 0.0, 2.0]])
    y = ad.Variable(np.full((1, 3), target))
    with ad.Tape() as tape:
        x = ad.Variable(z)
        loss = nn.losses.binary_crossentropy(y, x, from_logits=True)
    np.testing.assert_allclose(loss.numpy(), np.mean(np.logaddexp(z, 0.0) - target * z, axis=-1), rtol=1e-14)
    gz, gy = tape.gradient(loss, [x, y])
    np.testing.assert_allclose(gz.numpy(), (1 / (1 + np.exp(-z)) - target) / 3, rtol=1e-13, atol=1e-16)
    np.testing.assert_allclose(gy.numpy(), -z / 3, rtol=1e-14)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_certain_probabilities_have_finite_losses_in_every_dtype(dtype):
    p = np.array([[0.0, 1.0, 0.0, 1.0]], dtype)
    y = np.array([[0.0, 1.0, 1.0, 0.0]], dtype)
    for loss in (nn.losses.binary_crossentropy, nn.losses.categorical_crossentropy):
        x = ad.Variable(p)
        with ad.Tape() as tape:
            value = loss(y, x)
        assert np.all(np.isfinite(value.numpy())) and np.all(np.isfinite(tape.gradient(value, x).numpy()))
    small = np.array([[1e-3 if dtype is np.float16 else 1e-6]], dtype)
    found = np.asarray(nn.losses.binary_crossentropy(np.zeros((1, 1), dtype), small))
    np.testing.assert_allclose(found, -np.log1p(-small[0].astype(float)), rtol=1e-3 if dtype is np.float16 else 1e-6)
