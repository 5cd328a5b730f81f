"""Functions of ad.scipy of complex arrays against scipy's: what is transposed there, what is conjugated, and which triangle is
read. The samples show that the derivatives are right."""

import numpy as np
import pytest

import autodiff as ad

linalg = pytest.importorskip("scipy.linalg")
ndimage = pytest.importorskip("scipy.ndimage")
signal = pytest.importorskip("scipy.signal")
special = pytest.importorskip("scipy.special")

rng = np.random.default_rng(0)


def drawn(*shape):
    return rng.normal(size=shape) + 1j * rng.normal(size=shape)


A, B, Q, RIGHT, Z, KERNEL = drawn(3, 3), drawn(3, 3), drawn(3, 3), drawn(3, 2), drawn(6), drawn(3)
H, OTHER = A @ A.conj().T + np.eye(3), B @ B.conj().T + np.eye(3)
LOWER = linalg.cho_factor(H, lower=True)
CALLS = [
    (linalg, "solve", (A, RIGHT), {"assume_a": "sym"}),
    (linalg, "solve", (A, RIGHT), {"assume_a": "sym", "lower": True}),
    (linalg, "solve", (A, RIGHT), {"assume_a": "her"}),
    (linalg, "solve", (H, RIGHT), {"assume_a": "pos", "lower": True}),
    (linalg, "inv", (A,), {"assume_a": "sym"}),
    (linalg, "inv", (A,), {"assume_a": "her"}),
    (linalg, "solve_triangular", (A, RIGHT), {"trans": "C", "lower": True}),
    (linalg, "solve_triangular", (A, RIGHT), {"trans": "T"}),
    (linalg, "cholesky", (H,), {}),
    (linalg, "cholesky", (H,), {"lower": True}),
    (linalg, "cho_solve", (LOWER, RIGHT), {}),
    (linalg, "cho_solve", (linalg.cho_factor(H), RIGHT), {}),
    (linalg, "eigh", (A, OTHER), {"eigvals_only": True}),
    (linalg, "eigh", (A, OTHER), {"eigvals_only": True, "lower": False}),
    (linalg, "eigvalsh", (A,), {"lower": False}),
    (linalg, "solve_sylvester", (A, B, Q), {}),
    (linalg, "solve_continuous_lyapunov", (A, Q), {}),
    (linalg, "solve_discrete_lyapunov", (0.3 * A, Q), {}),
    (linalg, "polar", (A,), {}),
    (linalg, "polar", (A[:, :2],), {"side": "left"}),
    (linalg, "toeplitz", (Z,), {}),
    (linalg, "expm", (A,), {}),
    (linalg, "sinm", (A,), {}),
    (linalg, "norm", (A, 1), {}),
    (signal, "lfilter", (KERNEL, drawn(2), Z), {}),
    (signal, "sosfilt", (np.array([[1, 0.2j, 0, 1, 0.3, 0]]), Z), {}),
    (signal, "convolve", (Z, KERNEL), {}),
    (signal, "correlate", (Z, KERNEL), {}),
    (signal, "correlate2d", (A, RIGHT), {}),
    (ndimage, "convolve", (A, B), {}),
    (ndimage, "correlate", (A, B), {}),
    (ndimage, "correlate", (A.real, B), {}),
    (ndimage, "correlate1d", (A, KERNEL), {}),
    (ndimage, "convolve1d", (A, KERNEL[:2]), {}),
    (special, "softmax", (Z,), {}),
    (special, "log_softmax", (Z,), {}),
    (special, "logsumexp", (Z + 700,), {}),
    (special, "logsumexp", (Z * 4,), {}),
    (special, "digamma", (Z - 5,), {}),
    (special, "gamma", (Z,), {}),
    (special, "erf", (Z,), {}),
    (special, "ive", (1.5, Z), {}),
    (special, "exp1", (Z,), {}),
    (special, "xlogy", (Z, Z[::-1]), {}),
]
NAMES = [f"{name}-{k}" for k, (_, name, _, _) in enumerate(CALLS)]


@pytest.mark.parametrize("module, name, args, keywords", CALLS, ids=NAMES)
def test_the_numbers_are_scipys(module, name, args, keywords):
    right = getattr(module, name)(*args, **keywords)
    ours = getattr(getattr(ad.scipy, module.__name__.split(".")[1]), name)

    def boxed(x):
        return ad.constant(x) if isinstance(x, np.ndarray) else tuple(map(boxed, x)) if isinstance(x, tuple) else x

    for found in (ours(*args, **keywords), ours(*map(boxed, args), **keywords)):
        for y, part in zip(*[y if isinstance(y, tuple) else (y,) for y in (found, right)], strict=True):
            np.testing.assert_allclose(np.asarray(y.numpy() if isinstance(y, ad.Tensor) else y), part, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("lower", [True, False])
def test_the_vectors_of_a_pair(lower):
    """a v = w b v, and v^H b v = 1."""
    w, v = (part.numpy() for part in ad.scipy.linalg.eigh(ad.constant(H), ad.constant(OTHER), lower=lower))
    np.testing.assert_allclose(H @ v, OTHER @ v * w, atol=1e-12)
    np.testing.assert_allclose(v.conj().T @ OTHER @ v, np.eye(3), atol=1e-12)


# Not arccosh and sign: JAX 0.10 has the other sign of the first where the real part is negative, and none of the second.
@pytest.mark.parametrize("loss", [
    lambda np, z: np.sum(np.abs(special_of(np).logsumexp(z))),
    lambda np, z: np.sum(np.abs(softmax_of(np)(z)) ** 2),
    lambda np, z: np.sum(np.real(np.max(z) * np.conj(np.sort(z)) * np.min(z))),
    lambda np, z: np.sum(np.imag(np.maximum(z, z[::-1]) * np.minimum(z, 0.1j))),
    lambda np, z: np.abs(np.nanmean(z) * np.nanprod(z)) + np.nanvar(z),
], ids=["logsumexp", "softmax", "order", "the larger", "nan"])  # fmt: skip
def test_against_jax(loss):
    jax = pytest.importorskip("jax", reason="JAX is not installed")
    jax.config.update("jax_enable_x64", True)
    theirs = np.conj(np.asarray(jax.grad(lambda z: loss(jax.numpy, z))(Z)))
    np.testing.assert_allclose(ad.grad(lambda z: loss(np, z))(Z), theirs, rtol=1e-10, atol=1e-12)


def special_of(module):
    return ad.scipy.special if module is np else pytest.importorskip("jax.scipy.special")


def softmax_of(module):
    return ad.softmax if module is np else pytest.importorskip("jax.nn").softmax
