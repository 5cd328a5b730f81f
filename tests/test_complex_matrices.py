"""The rules of linear algebra on complex matrices, which the engine itself still refuses: for a cotangent g of the output, the
derivative in a direction is the real part of sum(rule(g) * direction)."""

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
