"""Complex numbers: every function that takes them is a real-linear map near each point, which both modes must agree on."""

import importlib.util
import re
import warnings
from pathlib import Path

import numpy as np
import pytest
from close import assert_close
from samples import SAMPLES, called, leaves, over, planted
from together import each

import autodiff as ad
from autodiff.core.op import Op
from autodiff.core.registry import REGISTRY

STEP = 1e-6
ELSEWHERE = re.compile(  # what finite differences of all numbers are not for: Hermitian matrices, and vectors with free phases;
    "cholesky|cho_factor|cho_solve|eigh|eigvalsh|hermitian=True|assume_a|linalg.eig-|funm"  # test_complex_matrices.py
    "|svd(?!vals)|^unique_values"  # test_complex_vectors.py; and numpy promises no order of unique_values
)
ROWS = {
    sample.id: sample for rows in SAMPLES.values() for sample in rows if leaves(sample.args) and not ELSEWHERE.search(sample.id)
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
    """numpy has no such function of complex numbers; or the engine refuses it, in the words that are the argument."""


def of_complex(sample, way, rng):
    """The function of the sample's arrays, some of which are complex now, and these. If all are, they are turned by any angles,
    so that no rule may lean on positive real parts; zeros stay zeros."""
    xs = [np.asarray(x, float) for x in leaves(sample.args)]
    if way == "all":
        xs = [x * np.exp(1j * rng.uniform(-3.1, 3.1, size=x.shape)) for x in xs]
    else:
        xs = [x + 0.3j * rng.normal(size=x.shape) if k == WAYS.index(way) else x for k, x in enumerate(xs)]

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
    plain = function(*xs)
    weights = [complex_like(rng, y) for y in plain]
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
        raise Unfit(str(error)) from error
    for x, g in zip(xs, gradient):
        assert g.dtype == x.dtype and g.shape == x.shape
    for y, t, right in zip(ys, tangents, plain):
        assert t.dtype == y.dtype
        assert_close(y.numpy(), right, rtol=1e-12, atol=1e-12)
    return [g.numpy() for g in gradient], [np.asarray(t) for t in tangents], weights, ts


WAYS = ["the first", "the second", "the third", "all"]
NUMPY_REFUSES = """
    arctan2 arctan2.accumulate arctan2.outer astype beta betainc betaincc betainccinv betaincinv betaln bincount binom boxcox
    cbrt copysign copysign.accumulate copysign.reduce copysign.reduceat cosm1 deg2rad degrees divmod entr erfcinv erfinv exp10
    expn fabs factorial fft.ihfft fft.rfft fft.rfft2 fft.rfftn fmod fmod.accumulate fmod.reduce fmod.reduceat frexp gammainc
    gammaincc gammainccinv gammaincinv gammaln heaviside histogram histogram2d histogramdd huber hypot hypot.accumulate
    hypot.outer hypot.reduce hypot.reduceat i0 i0e i1 i1e interp j0 j1 k0 k0e k1 k1e kl_div kn ldexp log_expit logaddexp
    logaddexp.accumulate logaddexp.outer logaddexp.reduce logaddexp.reduceat logaddexp2 logaddexp2.accumulate logaddexp2.reduce
    logaddexp2.reduceat logit modf multigammaln nanpercentile nanquantile ndtri ndtri_exp nextafter percentile poch
    pseudo_huber quantile rad2deg radians rel_entr remainder remainder.accumulate remainder.reduce remainder.reduceat softplus
    stdtr unwrap y0 y1 yn zeta
"""  # or scipy
FAR_OUT = re.compile("^dawsn|^einsum.*(dtype|casting)")  # not finite there; told to return real numbers
GUIDE = Path(__file__).resolve().parent.parent / "docs" / "complex.md"
SECTION = GUIDE.read_text("utf-8").split("## What is refused, and why\n")[1].split("\n## ")[0] if GUIDE.exists() else ""
IN_THE_GUIDE = set(re.findall(r"`([a-z_0-9]+)`", SECTION))  # what the guide says to be refused by us


@pytest.mark.parametrize("way", WAYS)
@over(ROWS.values())
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_both_modes_are_the_real_linear_map_of_finite_differences(row, way):
    rng = np.random.default_rng(0)
    if way != "all" and len(leaves(row.args)) < max(2, WAYS.index(way) + 1):
        return
    try:
        function, xs = of_complex(row, way, rng)
        gradient, tangents, weights, ts = slope_and_direction(function, xs, rng)
    except Unfit as refused:
        name = called(row.function)
        if way == "all" and not (refused.args or name in NUMPY_REFUSES.split() or FAR_OUT.search(row.id)):
            raise AssertionError(f"{name} of complex numbers is not tried: does numpy refuse it?") from refused
        assert not (SECTION and refused.args) or name in IN_THE_GUIDE, f"docs/complex.md does not say why {name} is refused"
        return
    ahead, behind = function(*moved(xs, ts, STEP)), function(*moved(xs, ts, -STEP))
    slopes = [(a - b) / (2 * STEP) for a, b in zip(ahead, behind)]
    for t, slope in zip(tangents, slopes):
        assert_close(t, slope, rtol=1e-5, atol=1e-6 * (1 + np.max(np.abs(slope), initial=0)))
    along = sum(np.sum(np.real(np.conj(w) * s)) for w, s in zip(weights, slopes))
    assert_close(sum(np.sum(np.real(np.conj(g) * t)) for g, t in zip(gradient, ts)), along, rtol=1e-5, atol=1e-6)


TWICE = {called(sample.function): id for id, sample in reversed(ROWS.items())}  # the first row of each function


@each("id", TWICE)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_the_second_derivative(id):
    rng = np.random.default_rng(1)
    try:
        function, xs = of_complex(ROWS[id], "all", rng)
    except Unfit:
        return
    weights = [complex_like(rng, y) for y in function(*xs)]
    us, vs = ([complex_like(rng, x) for x in xs] for _ in range(2))

    def loss(*xs):
        pairs = zip(weights, function(*xs), strict=True)
        return sum(np.sum(np.abs(w) ** 2 * np.real(y * np.conj(y)) + np.real(np.conj(w) * y)) for w, y in pairs)

    def slope(xs):
        boxes = [ad.Variable(x) for x in xs]
        with ad.Tape() as outer:
            with ad.Tape() as inner:
                y = loss(*boxes)
            found = inner.gradient(y, boxes, unconnected_gradients="zero")
            along = sum(np.sum(np.real(np.conj(u) * g)) for u, g in zip(us, found))
        return along.numpy(), outer.gradient(along, boxes, unconnected_gradients="zero")

    try:
        _, second = slope(xs)
    except TypeError as error:
        assert "its derivative is for real numbers only" in str(error), error
        return
    ahead, behind = (slope(moved(xs, vs, by))[0] for by in (STEP, -STEP))
    exact = sum(np.sum(np.real(np.conj(v) * g.numpy())) for v, g in zip(vs, second))
    assert exact == pytest.approx((ahead - behind) / (2 * STEP), rel=1e-5, abs=1e-5)


def complex_loops(op):
    """Whether numpy or scipy have the function for complex numbers; None if it is none of their ufuncs."""
    scipys = importlib.util.find_spec("scipy") and importlib.import_module("scipy.special")
    function = op.function if isinstance(op.function, np.ufunc) else getattr(scipys, op.name, None)
    return any("D" in types for types in function.types) if isinstance(function, np.ufunc) else None


def test_an_op_takes_complex_numbers_or_the_guide_says_why_not():
    if not SECTION:
        pytest.skip("an installed package has no guide")
    assert ad.scipy.special, ad.scipy.signal
    ops = {op for op in REGISTRY.values() if isinstance(op, Op) and op.differentiable and not op.internal}
    refusing = {op for op in ops if not op.takes_complex and REGISTRY.get(op.function) is op}
    unexplained = {op.name for op in refusing if complex_loops(op) is not False} - IN_THE_GUIDE
    assert not unexplained, (
        f"{sorted(unexplained)} refuse complex numbers. Say takes_complex=True in the row if its rule is right for them (it is "
        "if the function is holomorphic and no step depends on the order of numbers), or why not in docs/complex.md."
    )
    assert {op.name for op in refusing if complex_loops(op)} <= IN_THE_GUIDE
    assert not {op.name for op in ops - refusing} & IN_THE_GUIDE


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


CUTS = {  # on the real axis, where the functions have a cut; a zero of either sign says on which side
    "arcsin": [2.0, -3.0], "arccos": [2.0, -3.0], "arctanh": [2.0, -3.0], "sqrt": [-2.0], "log": [-2.0], "arccosh": [0.5, -3.0],
}  # fmt: skip


@pytest.mark.parametrize("side", [0.0, -0.0])
@pytest.mark.parametrize("name", CUTS)
def test_slopes_on_a_cut_are_those_of_the_side_that_a_number_is_on(name, side):
    function = getattr(np, name)
    x = np.array([complex(at, side) for at in CUTS[name]])
    inside = x + complex(0.0, 1e-9 if np.copysign(1.0, side) > 0 else -1e-9)
    slope = ad.grad(lambda x: np.sum(function(x)))
    np.testing.assert_allclose(slope(x), slope(inside), rtol=1e-6)


@pytest.mark.parametrize("side", [1e-300, -1e-300])
@pytest.mark.parametrize("name", ["arcsinh", "arctan"])
def test_slopes_beside_a_cut_on_the_imaginary_axis(name, side):
    function, x = getattr(np, name), np.array([complex(side, 2.0), complex(side, -3.0)])
    inside = x + np.copysign(1e-9, side)
    slope = ad.grad(lambda x: np.sum(function(x)))
    np.testing.assert_allclose(slope(x), slope(inside), rtol=1e-6)


FAR = {  # where the usual formula cancels: a function, a point, its derivative there
    "tanh": (np.tanh, 25.0 + 0.3j, lambda z: 1.0 / np.cosh(z) ** 2),
    "tanh, to the left": (np.tanh, -25.0 + 0.3j, lambda z: 1.0 / np.cosh(z) ** 2),
    "sigmoid": (ad.sigmoid, 50.0 - 1.0j, lambda z: np.exp(-z)),
    "sigmoid, to the left": (ad.sigmoid, -50.0 - 1.0j, np.exp),
    "erf": (ad.erf, 9.0 + 1.0j, lambda z: 2.0 / np.sqrt(np.pi) * np.exp(-z * z)),
    "digamma": (ad.digamma, -30.5 + 0.2j, lambda z: np.sum((z + np.arange(100000.0)) ** -2.0) + 1.0 / (z + 1e5 - 0.5)),
}  # fmt: skip


@pytest.mark.parametrize("name", FAR)
@pytest.mark.parametrize("order", [1, 2])
def test_slopes_far_out(name, order):
    function, z, right = FAR[name]
    if order == 1:
        assert complex(np.conj(ad.grad(lambda z: np.real(function(z)))(np.array(z)))) == pytest.approx(right(z), rel=1e-9)
    else:
        second = ad.grad(lambda z: np.real(np.conj(ad.grad(lambda z: np.real(function(z)))(z))))(np.array(z))
        step = (right(z + 1e-5) - right(z - 1e-5)) / 2e-5
        assert complex(np.conj(second)) == pytest.approx(step, rel=1e-7)


OUTSIDE = {
    "sqrt": [-2.0], "log": [-2.0], "log2": [-3.0], "log10": [-3.0], "arcsin": [2.0, -3.0], "arccos": [2.0, -3.0],
    "arctanh": [1.5, -3.0],
}  # fmt: skip


@pytest.mark.parametrize("name", OUTSIDE)
def test_real_numbers_whose_results_are_complex(name):
    function, x = getattr(np.emath, name), np.array(OUTSIDE[name])
    for part in (np.real, np.imag):
        slopes = (part(function(x + STEP)) - part(function(x - STEP))) / (2 * STEP)
        found = ad.grad(lambda x, part=part: np.sum(part(function(x))))(x)
        assert found.dtype == float
        np.testing.assert_allclose(found, slopes, rtol=1e-6, atol=1e-9)


def test_a_complex_tensor_is_a_number_of_python():
    z = ad.Variable(1.0 + 2.0j)
    assert complex(z) == 1.0 + 2.0j and complex(ad.constant(3.0)) == 3.0
    with ad.Tape() as tape:
        y = z * z
        with pytest.raises(TypeError, match="takes the plain array out"):
            complex(y)
    del tape


@each("id", TWICE)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_single_precision_stays_single(id):
    """The results have numpy's dtypes, and the gradients are those of double precision."""
    try:
        function, xs = of_complex(ROWS[id], "all", np.random.default_rng(0))
        slopes = []
        for dtype in ("c8", "c16"):
            boxes = [ad.Variable(x.astype(dtype)) for x in xs]
            with ad.Tape() as tape:
                ys = function(*boxes)
                loss = sum(np.sum(np.real((0.3 - 0.7j) * y)) for y in ys)
            slopes.append(tape.gradient(loss, boxes, unconnected_gradients="zero"))
            right = function(*[x.astype(dtype) for x in xs])
            assert [y.dtype for y in ys] == [y.dtype for y in right]
    except Unfit:
        return
    except TypeError as error:
        assert "its derivative is for real numbers only" in str(error), error
        return
    for single, double in zip(*slopes, strict=True):
        assert single.dtype == np.complex64
        scale = np.max(np.abs(double.numpy()), initial=1.0)
        assert_close(single.numpy(), double.numpy(), rtol=2e-3, atol=2e-3 * scale)


def test_pictures_of_complex_numbers():
    pytest.importorskip("graphviz")
    assert ad.draw(lambda z: np.abs(np.max(z) * np.sum(np.exp(z))), Z)


def test_the_steps_end_in_what_the_tape_returns():
    z = ad.constant([[1 + 2j, 0.5], [0.2j, 1.0]])
    with ad.Tape(persistent=True) as tape:
        tape.watch(z)
        y = np.sum(np.linalg.svd(z @ z)[1] ** 2)
    *_, last = tape.steps(y)
    assert np.array_equal(last.total, tape.gradient(y, z).numpy())
