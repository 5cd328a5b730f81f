"""Programs with complex numbers, as people write them: their gradients against finite differences, and against JAX where it is
installed."""

import numpy as np
import pytest

import autodiff as ad

rng = np.random.default_rng(0)
SIGNAL, TARGET = rng.normal(size=31), np.fft.rfft(rng.normal(size=31))
AMPLITUDES = np.abs(np.fft.fft2(rng.normal(size=(6, 5))))
HAMILTONIAN = np.array([[1.0, 0.5 - 0.2j], [0.5 + 0.2j, -0.7]])
KERNEL = rng.normal(size=7)


def spectral_loss(np, x):
    return np.sum(np.abs(np.fft.rfft(x) - TARGET) ** 2)


def phase_retrieval(np, image):
    """Gerchberg-Saxton as a loss: the amplitudes of the transform are known, its phases are not."""
    return np.sum((np.abs(np.fft.fft2(image)) - AMPLITUDES) ** 2)


def expectation_of_a_gate(np, angles):
    """<0| U' H U |0> of U = Rz(c) Ry(b) Rz(a)."""
    a, b, c = angles[0], angles[1], angles[2]
    first = np.exp(-0.5j * a) * np.cos(b / 2) * np.exp(-0.5j * c)
    second = np.exp(-0.5j * a) * np.sin(b / 2) * np.exp(0.5j * c)
    state = np.stack([first, second])
    return np.real(np.sum(np.conj(state) * (HAMILTONIAN @ state)))


def convolution_by_transforms(np, x):
    n = 31 + 7 - 1
    y = np.fft.irfft(np.fft.rfft(x, n) * np.fft.rfft(KERNEL, n), n)
    return np.sum(np.tanh(y) ** 2)


def response_of_a_filter(np, coefficients):
    """How far |H| of a recursive filter is from a low pass."""
    z = np.exp(-1j * np.linspace(0.1, 3.0, 16))
    b, a = coefficients[:3], coefficients[3:]
    response = (b[0] + b[1] * z + b[2] * z**2) / (1.0 + a[0] * z + a[1] * z**2)
    return np.sum((np.abs(response) - np.where(np.arange(16) < 6, 1.0, 0.0)) ** 2)


PROGRAMS = {
    "a spectral loss": (spectral_loss, SIGNAL),
    "phase retrieval": (phase_retrieval, rng.normal(size=(6, 5))),
    "phase retrieval of complex numbers": (phase_retrieval, rng.normal(size=(6, 5)) + 1j * rng.normal(size=(6, 5))),
    "a gate's expectation": (expectation_of_a_gate, np.array([0.3, 1.1, -0.4])),
    "a convolution": (convolution_by_transforms, SIGNAL),
    "a filter's response": (response_of_a_filter, np.array([0.2, 0.3, 0.1, -0.5, 0.2])),
}


@pytest.mark.parametrize("program, at", PROGRAMS.values(), ids=PROGRAMS)
def test_against_finite_differences(program, at):
    found = np.asarray(ad.grad(lambda x: program(np, x))(at))
    direction = rng.normal(size=at.shape) + (1j * rng.normal(size=at.shape) if np.iscomplexobj(at) else 0.0)
    slope = (program(np, at + 1e-6 * direction) - program(np, at - 1e-6 * direction)) / 2e-6
    assert np.sum(np.real(np.conj(found) * direction)) == pytest.approx(float(slope), rel=1e-7)


@pytest.mark.parametrize("program, at", PROGRAMS.values(), ids=PROGRAMS)
def test_against_jax(program, at):
    jax = pytest.importorskip("jax", reason="JAX is not installed")
    jax.config.update("jax_enable_x64", True)
    found = np.asarray(ad.grad(lambda x: program(np, x))(at))
    theirs = np.conj(np.asarray(jax.grad(lambda x: program(jax.numpy, x))(at)))
    np.testing.assert_allclose(found, theirs, rtol=1e-10, atol=1e-10 * np.max(np.abs(theirs)))


def test_phases_are_retrieved():
    image = np.abs(np.random.default_rng(1).normal(size=(4, 4)))
    amplitudes, guess = np.abs(np.fft.fft2(image)), ad.Variable(image + 0.05)
    first = None
    for _ in range(300):
        with ad.Tape() as tape:
            loss = np.mean((np.abs(np.fft.fft2(guess)) - amplitudes) ** 2)
        guess.assign_sub(0.4 * tape.gradient(loss, guess))
        first = first or float(loss)
    assert float(loss) < 1e-3 * first
