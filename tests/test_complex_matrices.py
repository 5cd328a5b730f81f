"""Linear algebra of complex matrices. The rules: for a cotangent g of the output, the derivative in a direction is the real
part of sum(rule(g) * direction). And gradients of functions of Hermitian matrices, whose steps stay Hermitian."""

import numpy as np
import pytest

import autodiff as ad

rng = np.random.default_rng(3)


def drawn(*shape):
    return rng.normal(size=shape) + 1j * rng.normal(size=shape)


A, DIRECTION, G, REAL = drawn(3, 3), drawn(3, 3), drawn(3, 3), rng.normal(size=3)
HERMITIAN, ALONG = A @ A.conj().T + np.eye(3), DIRECTION + DIRECTION.conj().T
NEAR = 3.0 * np.eye(3) + 0.3 * A
RULES = {  # an op, the point, the direction, the cotangent
    "inv": (ad.linalg.inv, A, DIRECTION, G),
    "det": (ad.linalg.det, A, DIRECTION, np.array(1.0 + 2.0j)),
    "expm": (ad.linalg.expm, A, DIRECTION, G),
    "sqrtm": (ad.linalg.sqrtm, NEAR, DIRECTION, G),
    "logm": (ad.linalg.logm, NEAR, DIRECTION, G),
    "eigvalsh": (ad.linalg.eigvalsh, HERMITIAN, ALONG, REAL),
    "svdvals": (ad.linalg.svdvals, A, DIRECTION, REAL),
    "cholesky": (ad.linalg.cholesky, HERMITIAN, ALONG, G),
    "cholesky, upper": (ad.linalg.cholesky, HERMITIAN, ALONG, G),
    "sqrtm, hermitian": (ad.linalg.sqrtm, HERMITIAN, ALONG, G),
}  # fmt: skip


@pytest.mark.parametrize("name", RULES)
def test_a_rule_is_right_for_complex_matrices(name):
    function, x, direction, g = RULES[name]
    keywords = {"upper": True} if "upper" in name else {}
    (rule,) = function.op.vjps
    plus, minus = (function.op.forward(x + h * direction, **keywords) for h in (1e-6, -1e-6))
    numeric = np.sum(g * (plus - minus)).real / 2e-6
    part = rule(g, function.op.forward(x, **keywords), x, **keywords)
    assert np.sum(part * direction).real == pytest.approx(numeric, rel=1e-6)


def test_the_vectors_of_a_hermitian_matrix():
    """Their phases are free: the cotangent is that of v diag(1, 2, 3) v^H, which does not depend on them."""
    scale = np.array([1.0, 2.0, 3.0])
    w, v = np.linalg.eigh(HERMITIAN)
    g_v = ((G + G.conj().T) @ v.conj()) * scale
    (rule,) = ad.linalg.eigh.op.vjps
    part = rule((REAL, g_v), (w, v), HERMITIAN)

    def value(x):
        w, v = np.linalg.eigh(x)
        return np.sum(G * ((v * scale) @ v.conj().T)).real + np.sum(REAL * w)

    numeric = (value(HERMITIAN + 1e-6 * ALONG) - value(HERMITIAN - 1e-6 * ALONG)) / 2e-6
    assert np.sum(part * ALONG).real == pytest.approx(numeric, rel=1e-6)


WHOLE = {  # functions of a Hermitian matrix that do not depend on the phases of vectors
    "eigh": lambda x: (lambda w, v: np.sum(np.real(G * ((v * np.sqrt(w)) @ np.conj(v.T)))))(*np.linalg.eigh(x)),
    "eigvalsh": lambda x: np.sum(np.log(np.linalg.eigvalsh(x)) * REAL),
    "cholesky": lambda x: np.sum(np.abs(np.linalg.cholesky(x) * G) ** 2),
    "eig": lambda x: (lambda w, v: np.sum(np.real(G * ((v * np.sqrt(w)) @ np.linalg.inv(v)))))(*np.linalg.eig(x)),
    "eigvals": lambda x: np.sum(np.abs(np.linalg.eigvals(x) - 1j) ** 2),
    "solve": lambda x: np.sum(np.abs(np.linalg.solve(x, G)) ** 2),
    "a norm": lambda x: np.linalg.norm(x) + np.linalg.norm(x, 1) + np.linalg.norm(x, 2) + np.linalg.norm(x, "nuc"),
    "a power": lambda x: np.sum(np.real(np.linalg.matrix_power(x, -2) * G)),
    "slogdet": lambda x: np.linalg.slogdet(x)[1],
    "pinv": lambda x: np.sum(np.real(np.linalg.pinv(x) * G)),
}


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_a_gradient_of_a_hermitian_matrix(name, mode):
    f = WHOLE[name]
    numeric = (f(HERMITIAN + 1e-6 * ALONG) - f(HERMITIAN - 1e-6 * ALONG)) / 2e-6
    if mode == "forward":
        exact = float(ad.jvp(f, (HERMITIAN,), (ALONG,))[1])
    else:
        exact = float(np.sum(np.real(np.conj(ad.grad(f)(HERMITIAN)) * ALONG)))
    assert exact == pytest.approx(float(numeric), rel=1e-5)
