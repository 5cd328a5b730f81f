"""Factors of complex matrices: losses that do not depend on what is free in them, against finite differences, to order 2, and
against JAX where it is installed; and the warning where a loss depends on the free phases."""

import warnings

import numpy as np
import pytest
from together import each

import autodiff as ad

STEP = 1e-6


def drawn(rng, *shape):
    return rng.normal(size=shape) + 1j * rng.normal(size=shape)


def adjoint(x):
    return np.conjugate(np.matrix_transpose(x))


def weights(*shape):
    return drawn(np.random.default_rng(7), *shape)


def products_of_svd(np, a):
    """Of u, s and v^H: what stays when a pair of vectors is turned."""
    u, s, vt = np.linalg.svd(a, full_matrices=False)
    k = s.shape[-1]
    whole = np.sum(np.real(weights(*a.shape) * ((u * np.expand_dims(np.sqrt(s), -2)) @ vt)))
    sizes = np.sum(np.abs(u) ** 4 * weights(*u.shape).real) + np.sum(np.abs(vt) ** 3 * weights(*vt.shape).real)
    return whole + sizes + np.sum(np.cos(s) * weights(k).real)


def whole_svd(np, a):
    u, s, vt = np.linalg.svd(a, full_matrices=True)
    k = s.shape[-1]
    first, more = np.abs(u[..., :k]) ** 2, np.abs(vt[..., :k, :]) ** 4
    return np.sum(first @ weights(k, 2).real) + np.sum(more * weights(*more.shape).real) + np.sum(s**2)


def beyond_the_first(np, a):
    """The space of the vectors beyond the first ones, by the projection onto it."""
    u, s, vt = np.linalg.svd(a, full_matrices=True)
    k = s.shape[-1]
    u, v = u[..., k:], vt[..., k:, :]
    on_u, on_v = u @ np.conj(np.swapaxes(u, -1, -2)), np.conj(np.swapaxes(v, -1, -2)) @ v
    return np.sum(np.real(on_u * weights(*on_u.shape))) + np.sum(np.real(on_v * weights(*on_v.shape)))


def of_hermitian(np, a):
    u, s, vt = np.linalg.svd(a + np.conj(np.swapaxes(a, -1, -2)), full_matrices=False, hermitian=True)
    whole = (u * np.expand_dims(np.log(s), -2)) @ vt
    return np.sum(np.real(weights(*a.shape) * whole)) + np.sum(np.abs(u) ** 4 * weights(*a.shape).real)


def of_eigenvectors(np, a):
    w, v = np.linalg.eigh(a + np.conj(np.swapaxes(a, -1, -2)))
    whole = (v * np.expand_dims(np.sin(w), -2)) @ np.conj(np.swapaxes(v, -1, -2))
    return np.sum(np.real(weights(*a.shape) * whole)) + np.sum(np.abs(v) ** 4 * weights(*a.shape).real)


def of_eig(np, a):
    w, v = np.linalg.eig(a)
    whole = (v * np.expand_dims(np.sin(w), -2)) @ np.linalg.inv(v)
    return np.sum(np.real(weights(*a.shape) * whole)) + np.sum(np.abs(v) ** 4) + np.sum(np.abs(w) ** 3)


def of_a_fixed_phase(np, a):
    """Divided by the phase of a number of it, a vector is unique."""
    _, v = np.linalg.eigh(a + np.conj(np.swapaxes(a, -1, -2)))
    v = v * np.conj(v[..., :1, :]) / np.abs(v[..., :1, :])
    return np.sum(np.real(v * weights(*v.shape)))


def of_qr(np, a):
    """LAPACK makes the diagonal of r real, so no phase is free."""
    q, r = np.linalg.qr(a)
    return np.sum(np.real(q * weights(*q.shape))) + np.sum(np.real(r * weights(*r.shape)) ** 2)


def of_r(np, a):
    return np.sum(np.abs(np.linalg.qr(a, mode="r")) ** 3)


def of_polar(np, a):
    """As JAX has no polar factors of stacks, by the singular vectors there."""
    if np is globals()["np"]:
        u, p = ad.linalg.polar(a)
    else:
        left, s, right = np.linalg.svd(a, full_matrices=False)
        u = left @ right
        p = np.conj(np.swapaxes(right, -1, -2)) @ (np.expand_dims(s, -1) * right)
    return np.sum(np.real(u * weights(*u.shape))) + np.sum(np.real(p * weights(*p.shape)) ** 2)


def of_funm(np, a):
    """Of equal eigenvalues too, where JAX gives NaN."""
    y = ad.linalg.funm(a + adjoint(a), lambda w: np.sin(w) * np.exp(0.3 * w))
    return np.sum(np.real(y * weights(*y.shape))) + np.sum(np.abs(y) ** 3)


def of_norms(np, a):
    orders = [None, "fro", "nuc", 2, -2, 1, -1, np.inf, -np.inf]
    return sum(np.linalg.norm(a, order) * (k + 1) for k, order in enumerate(orders))


def of_solutions(np, a):
    b = weights(a.shape[-2], 2)
    x, rest, _, s = np.linalg.lstsq(a, b)
    return np.sum(np.abs(x) ** 2) + np.sum(rest) + np.sum(s) + np.sum(np.real(np.linalg.pinv(a) * weights(*a.shape[::-1])))


def of_conditions(np, a):
    return np.linalg.cond(a) + np.linalg.cond(a, "fro") + np.linalg.cond(a, 1) + np.linalg.cond(a, -2)


def of_products(np, a):
    b = weights(3, 3)
    several = [
        np.linalg.matrix_power(a, 3), np.linalg.matrix_power(a, -2), np.linalg.multi_dot([a, b, a]), np.kron(a, b),
        np.outer(a, b), np.vdot(a, b), np.vdot(b, a), np.vecdot(a, b), np.vecdot(b, a), np.inner(a, b), np.cross(a, b),
        np.tensordot(a, b, 1), np.trace(a), np.einsum("ii->i", a), np.einsum("ij,jk,kl->li", a, b, a, optimize=True),
        np.einsum("...i,i...->...", a, b), np.einsum("ij,ij", a, np.conj(a)), np.einsum(a, [0, 0]),
        np.linalg.tensorsolve(np.reshape(a, (3, 1, 3)), b[:, :1]), np.linalg.tensorinv(np.reshape(a, (3, 1, 3)), 2),
    ]  # fmt: skip
    return sum(np.sum(np.real(y * weights(*y.shape)) ** 2) for y in several)


SQUARE, TALL, WIDE = (3, 3), (4, 2), (2, 4)
LOSSES = [  # a loss, the shapes of its matrices, whether JAX has it
    (products_of_svd, [SQUARE, TALL, WIDE, (2, 3, 2), (2, 2, 3), (1, 3), (3, 1)], True),
    (whole_svd, [SQUARE], True),
    (whole_svd, [TALL, WIDE], False),
    (beyond_the_first, [TALL, WIDE, (3, 2), (2, 3, 1)], False),
    (of_hermitian, [SQUARE, (2, 2, 2)], True),
    (of_eigenvectors, [SQUARE, (2, 3, 3)], True),
    (of_a_fixed_phase, [SQUARE], True),
    (of_eig, [SQUARE, (2, 3, 3)], False),
    (of_qr, [SQUARE, TALL, (2, 3, 2)], True),
    (of_qr, [WIDE], False),
    (of_r, [SQUARE, TALL], True),
    (of_polar, [SQUARE, TALL, WIDE, (2, 3, 2)], True),
    (of_funm, [SQUARE, (2, 3, 3)], False),
    (of_norms, [SQUARE, TALL], True),
    (of_solutions, [SQUARE, TALL, WIDE], False),
    (of_conditions, [SQUARE], True),
    (of_products, [SQUARE], False),
]
CASES = [(loss, shape, jax) for loss, shapes, jax in LOSSES for shape in shapes]
NAMES = [f"{loss.__name__}-{shape}" for loss, shape, _ in CASES]


def matrix(shape):
    return drawn(np.random.default_rng(sum(shape) + len(shape)), *shape)


@each("loss, shape, jax", dict(zip(NAMES, CASES, strict=True)))
def test_both_modes_and_the_second_order(loss, shape, jax):
    a, rng = matrix(shape), np.random.default_rng(1)
    t, u = drawn(rng, *shape), drawn(rng, *shape)
    slope = float(loss(np, a + STEP * t) - loss(np, a - STEP * t)) / (2 * STEP)
    gradient = ad.grad(lambda a: loss(np, a))
    assert np.sum(np.real(np.conj(gradient(a)) * t)) == pytest.approx(slope, rel=1e-6, abs=1e-6)
    ahead, behind = gradient(a + STEP * t), gradient(a - STEP * t)
    curvature = np.sum(np.real(np.conj(u) * (ahead - behind))) / (2 * STEP)
    with warnings.catch_warnings():
        if loss in (whole_svd, beyond_the_first):  # nobody can say there what the tangents of a whole basis are used for
            warnings.simplefilter("ignore", ad.linalg.DegeneracyWarning)
        assert float(ad.jvp(lambda a: loss(np, a), (a,), (t,))[1]) == pytest.approx(slope, rel=1e-6, abs=1e-6)
        of_u = ad.grad(lambda a: np.sum(np.real(np.conj(u) * gradient(a))))(a)
    assert np.sum(np.real(np.conj(of_u) * t)) == pytest.approx(curvature, rel=1e-5, abs=1e-5)


IN_JAX = [(loss, shape) for loss, shapes, jax in LOSSES if jax for shape in (shapes if loss is products_of_svd else shapes[:1])]


@pytest.mark.parametrize("loss, shape", IN_JAX, ids=[f"{loss.__name__}-{shape}" for loss, shape in IN_JAX])
def test_against_jax(loss, shape):
    jax = pytest.importorskip("jax", reason="JAX is not installed")
    jax.config.update("jax_enable_x64", True)
    found = ad.grad(lambda a: loss(np, a))(matrix(shape))
    theirs = np.conj(np.asarray(jax.grad(lambda a: loss(jax.numpy, a))(matrix(shape))))
    np.testing.assert_allclose(found, theirs, rtol=1e-10, atol=1e-10 * np.max(np.abs(theirs)))


@each("loss, shape, jax", dict(zip(NAMES, CASES, strict=True)))
def test_single_precision_warns_of_nothing(loss, shape, jax):
    a = matrix(shape)
    found = ad.grad(lambda a: loss(np, a).astype("f4"))(a.astype("c8"))
    right = ad.grad(lambda a: loss(np, a))(a)
    assert found.dtype == np.complex64
    np.testing.assert_allclose(found, right, atol=3e-3 * np.max(np.abs(right)))


OF_PHASES = {
    "eigh": lambda a: np.sum(np.linalg.eigh(a + adjoint(a))[1][:, 1]) * (1 + 2j),
    "eigh, all": lambda a: np.sum(np.linalg.eigh(a + adjoint(a)).eigenvectors),
    "svd": lambda a: np.sum(np.linalg.svd(a)[0][0]) * (1 + 2j),
    "svd, the other": lambda a: np.sum(np.linalg.svd(a, full_matrices=False).Vh),
    "svd, hermitian": lambda a: np.sum(np.linalg.svd(a + adjoint(a), hermitian=True)[0]),
    "eig": lambda a: np.sum(np.linalg.eig(a)[1] * (1 + 2j)),
    "eig of a real matrix": lambda a: np.sum(np.linalg.eig(np.real(a) * [[0, 1, 0], [-1, 0, 0], [0, 0, 1]])[1] * (1 + 2j)),
    "a stack": lambda a: np.sum(np.linalg.eigh(np.stack([np.eye(3) * [1, 2, 3], a + adjoint(a)]))[1]),
    "scipy": lambda a: np.sum(ad.scipy.linalg.eigh(a + adjoint(a))[1]),
    "beside one that does not": lambda a: np.sum(np.linalg.svd(a)[0]) + 5 * np.linalg.norm(a),
}


@pytest.mark.parametrize("name", OF_PHASES)
def test_a_loss_that_depends_on_the_phases_is_warned_of(name):
    with pytest.warns(ad.linalg.DegeneracyWarning, match="the phases of the vectors of (eigh|svd|eig)") as caught:
        ad.grad(lambda a: np.real(OF_PHASES[name](a)))(matrix(SQUARE))
    assert caught[0].filename == __file__


def test_what_is_left_of_it_is_the_same_for_every_choice_of_the_phases():
    """The part that turns the phases is left out, so the tangents of the vectors have none."""
    a, t = matrix(SQUARE), matrix((3, 3, 3))[0]
    (_, v), (_, dv) = ad.jvp(lambda a: tuple(np.linalg.eigh(a + adjoint(a))), (a,), (t,))
    np.testing.assert_allclose(np.diagonal(adjoint(v) @ dv), 0, atol=1e-14)


def test_a_real_matrix_has_no_phases():
    """A complex cotangent that flows to real vectors is that of their real part."""
    a = np.random.default_rng(0).normal(size=(3, 3))

    def loss(a):
        return np.abs(np.sum(1j * np.linalg.eigh(a + a.T)[1] ** 3 + np.linalg.svd(a)[0]))

    slope = (loss(a + STEP * a.T) - loss(a - STEP * a.T)) / (2 * STEP)
    assert np.sum(ad.grad(loss)(a) * a.T) == pytest.approx(slope, rel=1e-6)


LOW = np.outer([1.0, 2.0j, 3.0], [1.0j, 1.0, 2.0]) + 0.0j  # of rank 1


@pytest.mark.parametrize("a, name", [
    (LOW, "complex"), (LOW[:, :2], "tall"), (LOW[:2], "wide"), (np.ones((3, 3)), "real"), (np.ones((3, 2)), "real, tall"),
], ids=lambda x: x if isinstance(x, str) else "")  # fmt: skip
def test_polar_factors_of_lower_rank_have_no_derivative(a, name):
    with pytest.raises(np.linalg.LinAlgError, match="lower rank"):
        ad.grad(lambda a: np.sum(np.abs(ad.linalg.polar(a)[0]) ** 4))(a)


def test_singular_values_of_low_rank():
    """What flows to the values alone is right, and what flows to the phase of a vector without length is warned of."""
    def loss(a):
        return np.sum(np.linalg.svd(a, full_matrices=False)[1][:1])

    t = matrix(SQUARE)
    slope = (loss(LOW + STEP * t) - loss(LOW - STEP * t)) / (2 * STEP)
    assert np.sum(np.real(np.conj(ad.grad(loss)(LOW)) * t)) == pytest.approx(slope, rel=1e-6)
    with pytest.warns(ad.linalg.DegeneracyWarning, match="equal up to rounding|is 0 up to rounding"):
        ad.grad(lambda a: (lambda u, s, vt: np.sum(np.imag(u @ vt)))(*np.linalg.svd(a)))(LOW)


def test_a_complex_function_of_a_hermitian_matrix():
    h = matrix(SQUARE) + adjoint(matrix(SQUARE))
    with pytest.raises(TypeError, match=r"(?s)must return real numbers.*1j \* funm"):
        ad.linalg.funm(h, lambda w: np.exp(1j * w))
    parts = ad.linalg.funm(h, np.cos) + 1j * ad.linalg.funm(h, np.sin)
    np.testing.assert_allclose(parts, ad.linalg.expm(1j * h), atol=1e-12)
