"""autodiff.scipy against scipy: the same numbers, gradients against other ways to them, and what is refused. The samples show
that derivatives are right to order 2."""

import math
import sys

import numpy as np
import pytest
from together import each

import autodiff as ad

scipy = pytest.importorskip("scipy")
integrate = pytest.importorskip("scipy.integrate")
ndimage = pytest.importorskip("scipy.ndimage")
signal = pytest.importorskip("scipy.signal")
special = pytest.importorskip("scipy.special")

RNG = np.random.default_rng(0)
X, W = RNG.normal(size=(6, 7)), RNG.normal(size=(3, 2))

# -- scipy's ufuncs take boxes, called plainly -----------------------------------------------------------------------------

OWN = sorted(name for name in ad.scipy.special.__all__ if isinstance(getattr(special, name, None), np.ufunc))
POINT = {"logit": 0.3, "erfinv": 0.3, "ndtri": 0.3, "ndtri_exp": -0.3}


@each("name", {name: name for name in OWN})
def test_a_ufunc_of_scipy_takes_boxes(name):
    theirs, ours, x = getattr(special, name), getattr(ad.scipy.special, name), POINT.get(name, 0.7)
    orders = (2, 3)[: theirs.nin - 1]
    for box in (ad.constant([x, x / 2]), ad.Value(x)):
        with ad.Tape() as tape:
            tape.watch(box)
            y = theirs(*orders, box)
        first = y[0] if theirs.nout > 1 else y
        np.testing.assert_allclose(raw(first), first_of(theirs(*orders, raw(box))), rtol=1e-14)
        slope = tape.gradient(first, box)
        assert type(slope) is type(box) and np.all(np.isfinite(raw(slope)))
        expected = first_of(theirs(*orders, raw(box)))
        np.testing.assert_allclose(first_of(ours(*orders, raw(box))), expected, rtol=1e-14)


def first_of(y):
    return y[0] if isinstance(y, tuple) else y


def raw(x):
    return x.numpy() if isinstance(x, ad.Tensor) else x.item() if isinstance(x, ad.Value) else x


def test_there_are_many():
    assert len(OWN) >= 70


ORDERS = {
    "jv": lambda v: special.jv(v, 1.0), "gammainc": lambda a: special.gammainc(a, 1.0),
    "kv": lambda v: special.kv(v, np.ones(2)),
    "betainc": lambda a: special.betainc(a, 2.0, 0.5), "betainc, b": lambda b: special.betainc(2.0, b, 0.5),
    "zeta": lambda s: special.zeta(s, 2.0), "expn": lambda n: special.expn(n, 1.0), "stdtr": lambda n: special.stdtr(n, 1.0),
    "polygamma": lambda n: ad.polygamma(n, 2.0),
}  # fmt: skip


@pytest.mark.parametrize("name", ORDERS)
def test_an_order_that_is_followed_is_refused(name):
    with pytest.raises(TypeError, match=r"has no derivative with respect to|takes the plain number"):
        ad.grad(lambda v: np.sum(ORDERS[name](v)))(2.0)


def test_orders_of_every_kind():
    """Arrays that broadcast, lists, Values beside them; an array with an arithmetic of its own is refused."""
    x, orders = np.array([1.0, 2.0, 3.0]), np.ones((2, 3))
    expected = 2 * ad.grad(lambda x: np.sum(special.kve(1.0, x)))(x)
    np.testing.assert_allclose(ad.grad(lambda x: np.sum(special.kve(orders, x)))(x), expected)
    np.testing.assert_allclose(ad.grad(lambda x: np.sum(special.kve(orders.tolist(), x)))(x), expected)
    np.testing.assert_allclose(ad.jvp(lambda x: special.kve(orders, x), (x,), (np.ones(3),))[1].sum(0), expected)
    v = ad.Value(2.0)
    with ad.Tape() as tape:
        y = np.sum(special.kve([1.0, 1.0], v))
    assert tape.gradient(y, v).item() == pytest.approx(expected[1])
    with pytest.raises(TypeError, match="MaskedArray is not taken here"):
        ad.scipy.special.kve(np.ma.array([1.0]), ad.Value(2.0))


def test_far_out_slopes_keep_their_digits():
    """Against leading terms of the expansions at infinity, DLMF 7.12; and log_ndtr' by its continued fraction, 7.9."""
    x = 1e5
    assert ad.grad(special.erfcx)(x) == pytest.approx(-1 / (math.sqrt(math.pi) * x * x), rel=1e-9)
    assert ad.grad(special.dawsn)(x) == ad.grad(special.dawsn)(-x) == pytest.approx(-1 / (2 * x * x), rel=1e-9)
    assert ad.grad(special.log_ndtr)(-x) == pytest.approx(x + 1 / x, rel=1e-14)
    assert ad.grad(special.log_expit)(-800.0) == 1.0 and 0 < ad.grad(special.log_expit)(700.0) < 1e-300
    assert ad.grad(special.rgamma)(-3.0) == pytest.approx(math.factorial(3) * -1.0)
    assert ad.grad(special.spence)(1.0) == -1.0 and ad.grad(ad.grad(special.spence))(1.0) == pytest.approx(0.5)


@pytest.mark.parametrize("function, at, slopes", [
    (special.xlogy, (0.0, 0.0), (-np.inf, 0.0)), (special.xlogy, (0.0, 2.0), (math.log(2.0), 0.0)),
    (special.xlog1py, (0.0, 2.0), (math.log(3.0), 0.0)), (special.rel_entr, (0.0, 2.0), (-np.inf, 0.0)),
    (special.kl_div, (0.0, 2.0), (-np.inf, 1.0)), (special.huber, (1.0, 3.0), (2.0, 1.0)),
    (special.huber, (1.0, -0.5), (0.0, -0.5)), (special.boxcox, (2.0, 0.0), (0.5, math.log(2.0) ** 2 / 2)),
])  # fmt: skip
def test_edges(function, at, slopes):
    np.testing.assert_allclose(ad.grad(function, (0, 1))(*at), slopes)
    masked = ad.grad(lambda a, b: np.where(False, function(a, b), 0.0), (0, 1))(*at)
    assert masked == (0.0, 0.0)


def test_without_scipy_there_is_a_word_about_it(monkeypatch):
    from autodiff.rules import scipy_functions

    scipy_functions.of_scipy.cache_clear()
    monkeypatch.setitem(sys.modules, "scipy.special", None)
    with pytest.raises(ImportError, match="erfinv needs scipy: pip install scipy"):
        ad.scipy.special.erfinv(0.3)
    scipy_functions.of_scipy.cache_clear()


# -- filters and convolutions ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize("boxed", [ad.constant, np.asarray])
def test_convolutions_are_scipys(mode, boxed):
    for name in ("convolve", "correlate", "fftconvolve"):
        for shape in ((3, 2), (2, 2), (1, 4)):
            w = RNG.normal(size=shape)
            found = getattr(ad.scipy.signal, name)(boxed(X), w, mode)
            np.testing.assert_allclose(found, getattr(signal, name)(X, w, mode), atol=1e-12)
    for name in ("convolve2d", "correlate2d"):
        for boundary in ("fill", "wrap", "symm"):
            ours = getattr(ad.scipy.signal, name)(boxed(X), W, mode, boundary, 0.5)
            np.testing.assert_allclose(ours, getattr(signal, name)(X, W, mode, boundary, 0.5), atol=1e-12)


@pytest.mark.parametrize(
    "mode", ["reflect", "constant", "nearest", "mirror", "wrap", "grid-mirror", "grid-wrap", "grid-constant"]
)
@pytest.mark.parametrize("boxed", [ad.constant, np.asarray])
def test_filters_of_images_are_scipys(mode, boxed):
    ours, theirs = ad.scipy.ndimage, ndimage
    for name in ("convolve", "correlate"):
        for shape, origin in (((3, 2), 0), ((3, 4), (1, -1)), ((2, 5), (0, 2))):
            w = RNG.normal(size=shape)
            found = getattr(ours, name)(boxed(X), w, mode, 0.3, origin)
            np.testing.assert_allclose(found, getattr(theirs, name)(X, w, mode=mode, cval=0.3, origin=origin), atol=1e-12)
    for args in ((1.2, 0), ((0.7, 1.1), (0, 1)), ((0.0, 1.0), 2)):
        np.testing.assert_allclose(
            ours.gaussian_filter(boxed(X), *args, mode), theirs.gaussian_filter(X, *args, mode=mode), atol=1e-12
        )
    found = ours.uniform_filter(boxed(X), (2, 3), mode)
    np.testing.assert_allclose(found, theirs.uniform_filter(X, (2, 3), mode=mode), atol=1e-12)


def by_recursion(b, a, x):
    """The filter as its definition, step by step."""
    y = []
    for n in range(len(x)):
        total = sum(b[k] * x[n - k] for k in range(min(len(b), n + 1)))
        y.append((total - sum(a[k] * y[n - k] for k in range(1, min(len(a), n + 1)))) / a[0])
    return np.stack(y)


def test_the_fit_of_an_iir_filter():
    """Gradients as those of the recursion, written out, to 1e-10; and the fit finds the filter."""
    b, a = signal.butter(2, 0.3)
    x = RNG.normal(size=60)
    target = signal.lfilter(b, a, x)
    loss = lambda p: np.mean((ad.scipy.signal.lfilter(p[:3], np.concatenate([np.ones(1), p[3:]]), x) - target) ** 2)
    steps = lambda p: np.mean((by_recursion(p[:3], np.concatenate([np.ones(1), p[3:]]), x) - target) ** 2)
    start = np.array([0.2, 0.1, 0.1, -0.4, 0.1])
    np.testing.assert_allclose(ad.grad(loss)(start), ad.grad(steps)(start), rtol=1e-10)
    np.testing.assert_allclose(ad.hessian(loss)(start), ad.hessian(steps)(start), rtol=1e-10)
    found = pytest.importorskip("scipy.optimize").minimize(loss, start, jac=ad.grad(loss), method="BFGS", tol=1e-12)
    np.testing.assert_allclose(found.x, [*b, *a[1:]], atol=1e-5)


def test_the_fit_of_an_iir_filter_has_the_gradients_of_jax():
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    x, b, a = RNG.normal(size=30), np.array([0.3, 0.2, -0.1]), np.array([1.2, -0.5, 0.2])

    def theirs(b, a):
        def step(state, value):
            y = (b[0] * value + state[0]) / a[0]
            return (state[1] + b[1] * value - a[1] * y, b[2] * value - a[2] * y), y

        return (jax.lax.scan(step, (0.0, 0.0), x)[1] ** 2).sum()

    found = ad.grad(lambda b, a: np.sum(ad.scipy.signal.lfilter(b, a, x) ** 2), (0, 1))(b, a)
    for ours, expected in zip(found, jax.grad(theirs, (0, 1))(b, a)):
        np.testing.assert_allclose(ours, expected, rtol=1e-10)


# -- integrals -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["cumulative_trapezoid", "simpson"])
@pytest.mark.parametrize("n", [2, 3, 4, 5, 8])
def test_integrals_of_samples_are_scipys(name, n):
    y, x = RNG.normal(size=(2, n)), RNG.uniform(0.1, 1.0, n).cumsum()
    ours, theirs = getattr(ad.scipy.integrate, name), getattr(integrate, name)
    for options in ({}, {"dx": 0.3}, {"x": x}):
        np.testing.assert_allclose(ours(ad.constant(y), **options), theirs(y, **options), atol=1e-12)
        np.testing.assert_allclose(ours(y.T, **options, axis=0), theirs(y.T, **options, axis=0), atol=1e-12)


def prey(t, y, a, b):
    return [a * y[0] - b * y[0] * y[1], -y[1] + 0.5 * y[0] * y[1] + np.sin(t)]


@pytest.mark.parametrize("method", ["RK45", "RK23", "DOP853", "Radau", "BDF", "LSODA"])
@pytest.mark.parametrize("times", [None, np.linspace(0.0, 5.0, 13), [5.0, 3.3, 0.0], [1.0], []], ids=str)
def test_solve_ivp_is_scipys(method, times):
    span = (5.0, 0.0) if times is not None and len(times) == 3 else (0.0, 5.0)
    found = ad.scipy.integrate.solve_ivp(prey, span, [1.0, 0.5], method, times, args=(1.1, 0.4))
    expected = integrate.solve_ivp(prey, span, [1.0, 0.5], method, times, args=(1.1, 0.4))
    assert type(found.y) is np.ndarray and found.success and found.nfev == expected.nfev
    np.testing.assert_array_equal(found.t, expected.t)
    np.testing.assert_allclose(found.y, np.reshape(expected.y, np.shape(found.y)), rtol=1e-10)


REFUSED = {
    "times outside": (
        lambda: ad.scipy.integrate.odeint(lambda y, t: -y, [1.0], [0.0, 2.0, 1.0]), (TypeError, ValueError), "t_eval",
    ),
    "a mode": (lambda: ad.scipy.signal.convolve([1.0], [1.0], "all"), ValueError, "'full', 'same', 'valid'"),
    "a mode of an image": (lambda: ad.scipy.ndimage.correlate([1.0], [1.0], "no"), ValueError, "'reflect'"),
    "axes": (lambda: ad.scipy.signal.convolve(ad.constant([1.0]), [[1.0]]), ValueError, "1 and 2"),
    "a valid of neither": (
        lambda: ad.scipy.signal.convolve(ad.constant(np.ones((2, 5))), np.ones((3, 2)), "valid"), ValueError, "as large as",
    ),
    "an origin": (lambda: ad.scipy.ndimage.correlate([1.0, 2.0], [1.0], origin=1), ValueError, "off their place"),
    "a part": (lambda: ad.scipy.stats, AttributeError, "has no attribute 'stats': it has integrate"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name):
    call, kind, says = REFUSED[name]
    with pytest.raises(kind, match=says):
        call()
