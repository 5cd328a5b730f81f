"""Complex numbers: every function that takes them is a real-linear map near each point, which both modes must agree on."""

import re
import warnings

import numpy as np
import pytest
from samples import SAMPLES, called, leaves, over, planted

import autodiff as ad

STEP = 1e-6
HERMITIAN = re.compile("cholesky|cho_factor|cho_solve|eigh|eigvalsh|hermitian=True|assume_a|linalg.eig-")
ROWS = {  # those of Hermitian matrices, which a step of finite differences must not leave, are in test_complex_matrices.py
    sample.id: sample for rows in SAMPLES.values() for sample in rows if leaves(sample.args) and not HERMITIAN.search(sample.id)
}  # fmt: skip


def complex_like(rng, x):
    return np.asarray(rng.normal(size=np.shape(x)) + 1j * rng.normal(size=np.shape(x)))


def parts(y):
    """The arrays of floats and complex numbers among the results."""
    several = y if isinstance(y, (tuple, list)) else (y,)
    return [part for part in several if getattr(part, "dtype", np.dtype(int)).kind in "fc"]


def moved(xs, ts, by):
    return [x + by * t for x, t in zip(xs, ts)]


class Unfit(Exception):
    """numpy has no such function of complex numbers, or the engine refuses it in words."""


def of_complex(sample, which, rng):
    """The function of the sample's arrays, some of which are complex now, and these."""
    xs = [np.asarray(x, float) for x in leaves(sample.args)]
    xs = [x + 0.3j * rng.normal(size=x.shape) if which(k) else x for k, x in enumerate(xs)]

    def function(*xs):
        return parts(sample.function(*planted(sample.args, iter(xs)), **sample.keywords))

    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("error", np.exceptions.ComplexWarning)  # numpy drops the imaginary parts
            ys = function(*xs)
    except (TypeError, ValueError, np.exceptions.ComplexWarning):
        raise Unfit from None
    if not all(np.isfinite(y).all() for y in ys):
        raise Unfit
    return function, xs


def slope_and_direction(function, xs, rng):
    """The gradient of a random real-linear function of the results, and the derivative in a random direction."""
    boxes = [ad.Variable(x) for x in xs]
    weights = [complex_like(rng, y) for y in function(*xs)]
    ts = [complex_like(rng, x) if np.iscomplexobj(x) else rng.normal(size=np.shape(x)) for x in xs]
    try:
        with ad.Tape() as tape:
            loss = sum(np.sum(np.real(np.conj(w) * y)) for w, y in zip(weights, function(*boxes), strict=True))
        if not isinstance(loss, ad.Tensor):
            raise Unfit
        gradient = tape.gradient(loss, boxes, unconnected_gradients="zero")
        with ad.ForwardAccumulator(boxes, ts) as accumulator:
            ys = function(*boxes)
        tangents = accumulator.jvp(ys, unconnected_gradients="zero")
    except TypeError as error:
        assert "its derivative is for real numbers only" in str(error) or "Cannot cast" in str(error), error
        raise Unfit from error
    for x, g in zip(xs, gradient):
        assert g.dtype == x.dtype and g.shape == x.shape
    for y, t in zip(ys, tangents):
        assert t.dtype == y.dtype
    return [g.numpy() for g in gradient], [np.asarray(t) for t in tangents], weights, ts


WAYS = {"all": lambda k: True, "the first": lambda k: k == 0, "the second": lambda k: k == 1}
IN_EVERY_FORM = """
    absolute add angle arccos arcsin arcsinh arctan arctanh average broadcast_to concatenate conjugate convolve copy
    correlate cos cosh cov cross cumprod cumsum diff divide dot exp expm1 fft.fft fft.fft2 fft.fftn fft.fftshift
    fft.hfft fft.ifft fft.ifft2 fft.ifftn fft.ifftshift fft.irfft fft.irfft2 fft.irfftn getitem imag inner kron
    linalg.det linalg.eigvals linalg.inv linalg.matrix_power linalg.pinv linalg.slogdet linalg.solve linalg.svdvals log
    log10 log1p log2 matmul mean multiply negative outer pad polyval power prod real reciprocal reshape roll roots sin
    sinc sinh sqrt square stack std subtract sum take tan tanh tensordot tile trace transpose tril triu var vdot vecdot
    where
"""
TAKEN = set(IN_EVERY_FORM.split())  # that these are refused would be a fault


@pytest.mark.parametrize("way", WAYS)
@over(ROWS.values())
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_both_modes_are_the_real_linear_map_of_finite_differences(row, way):
    rng = np.random.default_rng(0)
    if way != "all" and len(leaves(row.args)) < 2:
        return
    try:
        function, xs = of_complex(row, WAYS[way], rng)
        gradient, tangents, weights, ts = slope_and_direction(function, xs, rng)
    except Unfit:
        assert way != "all" or called(row.function) not in TAKEN
        return
    ahead, behind = function(*moved(xs, ts, STEP)), function(*moved(xs, ts, -STEP))
    slopes = [(a - b) / (2 * STEP) for a, b in zip(ahead, behind)]
    for t, slope in zip(tangents, slopes):
        np.testing.assert_allclose(t, slope, rtol=1e-5, atol=1e-6 * (1 + np.max(np.abs(slope), initial=0)))
    along = sum(np.sum(np.real(np.conj(w) * s)) for w, s in zip(weights, slopes))
    np.testing.assert_allclose(sum(np.sum(np.real(np.conj(g) * t)) for g, t in zip(gradient, ts)), along, rtol=1e-5, atol=1e-6)


TWICE = [
    "exp(f3x4)", "sqrt(positive3x4)", "matmul(f3x4, f4x2)", "prod(f2x3x4, axis=0)", "power(positive3x4, f4)", "fft.fft(f6)",
    "divide(positive3x4, positive4)", "tanh(f3x4)", "fft.irfft(f4x5, n=7)", "absolute(f3x4)", "angle(square3x3)",
]  # fmt: skip


@pytest.mark.parametrize("id", TWICE)
def test_the_second_derivative(id):
    rng = np.random.default_rng(1)
    function, xs = of_complex(ROWS[id], lambda k: True, rng)
    weights = [complex_like(rng, y) for y in function(*xs)]
    us, vs = ([complex_like(rng, x) for x in xs] for _ in range(2))

    def loss(*xs):
        return sum(np.sum(np.abs(w * y) ** 2 + np.real(np.conj(w) * y)) for w, y in zip(weights, function(*xs)))

    def slope(xs):
        boxes = [ad.Variable(x) for x in xs]
        with ad.Tape() as outer:
            with ad.Tape() as inner:
                y = loss(*boxes)
            found = inner.gradient(y, boxes)
            along = sum(np.sum(np.real(np.conj(u) * g)) for u, g in zip(us, found))
        return along.numpy(), outer.gradient(along, boxes)

    _, second = slope(xs)
    ahead, behind = (slope(moved(xs, vs, by))[0] for by in (STEP, -STEP))
    exact = sum(np.sum(np.real(np.conj(v) * g.numpy())) for v, g in zip(vs, second))
    assert exact == pytest.approx((ahead - behind) / (2 * STEP), rel=1e-5, abs=1e-5)


Z = np.array([1.0 + 2.0j, -0.5 - 1.0j])
IN_TENSORFLOW = {  # what tf.GradientTape.gradient returns: the conjugate of what JAX returns
    "a square of the length": (lambda z: np.sum(np.abs(z) ** 2), 2 * Z),
    "a holomorphic function": (lambda z: np.sum(z**3), np.conj(3 * Z**2)),
    "an exponential": (lambda z: np.sum(np.exp(2j * z)), np.conj(2j * np.exp(2j * Z))),
    "a real part": (lambda z: np.sum(np.real(z)), np.ones(2) + 0j),
    "an imaginary part": (lambda z: np.sum(np.imag(z)), np.ones(2) * 1j),
    "a conjugate": (lambda z: np.sum(np.conj(z) * (1 + 1j)), np.ones(2) * (1 + 1j)),
    "a length": (lambda z: np.sum(np.abs(z)), Z / np.abs(Z)),
    "an angle": (lambda z: np.sum(np.angle(z)), 1j * Z / np.abs(Z) ** 2),
    "a product with its conjugate": (lambda z: np.sum(np.real(z * np.conj(z))), 2 * Z),
}


@pytest.mark.parametrize("f, right", IN_TENSORFLOW.values(), ids=IN_TENSORFLOW)
@pytest.mark.parametrize("way", ["eager", "traced", "custom", "recomputed", "vjp", "float32"])
def test_gradients_are_in_tensorflows_convention(f, right, way):
    if way == "traced":
        traced = ad.function(ad.grad(f))
        traced(Z * 2.0)
        found = traced(Z)
    elif way == "custom":
        def grad_of(z, upstream):
            return ad.vjp(f, z)[1](upstream)[0]

        @ad.custom_gradient
        def custom(z):
            return f(z), lambda upstream: grad_of(z, upstream)

        found = ad.grad(custom)(Z)
    elif way == "recomputed":
        found = ad.grad(ad.recompute_grad(f))(Z)
    elif way == "vjp":
        found = ad.vjp(f, Z)[1](np.ones((), np.asarray(f(Z)).dtype))[0]
    elif way == "float32":
        found = ad.grad(f)(Z.astype(np.complex64))
        assert found.dtype == np.complex64
        return np.testing.assert_allclose(np.asarray(found), right, rtol=1e-5)
    else:
        found = ad.grad(f)(Z)
    np.testing.assert_allclose(np.asarray(found), right, rtol=1e-12, atol=1e-15)


def test_a_real_number_keeps_a_real_gradient():
    w, v = ad.Value(0.5), ad.Variable([1.0, 2.0])
    with ad.Tape() as tape:
        y = np.sum(np.abs(np.exp(1j * v * w) + Z) ** 2)
    dw, dv = tape.gradient(y, [w, v])
    t = np.array([1.0, 2.0])
    slope = 2 * np.real(np.conj(np.exp(0.5j * t) + Z) * 1j * np.exp(0.5j * t))
    assert isinstance(dw, ad.Value) and dv.dtype == np.float64
    np.testing.assert_allclose(float(dw), np.sum(slope * t), rtol=1e-12)
    np.testing.assert_allclose(dv.numpy(), slope * 0.5, rtol=1e-12)


def test_descent_along_the_gradient_finds_the_numbers():
    target, z = Z, ad.Variable(np.zeros(2, complex))
    for _ in range(60):
        with ad.Tape() as tape:
            loss = np.sum(np.abs(z - target) ** 2)
        z.assign_sub(0.3 * tape.gradient(loss, z))
    np.testing.assert_allclose(z.numpy(), target, atol=1e-12)
