"""Functions of symmetric and Hermitian matrices by their eigenvalues, with derivatives of every order by divided differences.

f(a) = v f(w) v^T. The derivative in the directions e_1 ... e_n is, in the basis v, the sum over all orders of the directions of
f[w_i0, w_i1, ..., w_in] e_1[i0, i1] ... e_n[i(n-1), in] (Daleckii and Krein, 1965), where f[...] are divided differences of f.
They are smooth where eigenvalues are equal, and so is the derivative.
"""

from __future__ import annotations

import itertools
import string

import numpy as np

from autodiff.core.batch_kinds import NotBatchable, again
from autodiff.core.blocks import on_blocks
from autodiff.core.dtypes import conjugate
from autodiff.core.registry import rule
from autodiff.rules.sylvester import is_hermitian, square_floats

mT = np.matrix_transpose
NODES = {n: ((1 + x) / 2, w / 2) for n in (4, 6) for x, w in [np.polynomial.legendre.leggauss(n)]}  # on [0, 1]
SURE = 512  # units of rounding: a difference quotient that may be further off is computed as an integral too


def divided_differences(derivative, points):
    """f[x_0, ..., x_q] for each row of `points`. `derivative(n, x)` is that of order n of f."""
    q = points.shape[1] - 1
    points = np.sort(points, axis=1)
    if q == 0:
        return derivative(0, points[:, 0])
    upper, lower = divided_differences(derivative, points[:, 1:]), divided_differences(derivative, points[:, :-1])
    gap, eps = points[:, -1] - points[:, 0], np.finfo(points.dtype).eps
    with np.errstate(divide="ignore", invalid="ignore"):
        found = (upper - lower) / gap
        error = 4 * eps * (np.abs(upper) + np.abs(lower)) / gap
    unsure = np.flatnonzero(~(error <= SURE * eps * np.abs(found)))
    if unsure.size:
        found, error = found.copy(), error[unsure]
        fine, coarse = (_integral(derivative, points[unsure], n) for n in (6, 4))
        agrees = (gap[unsure] == 0) | (np.abs(fine - found[unsure]) <= 8 * error)  # it fails beside a pole, or a step
        better = agrees & ~(np.abs(fine - coarse) >= error)
        found[unsure[better]] = fine[better]
    return found


def _integral(derivative, points, n):
    """The same as the mean of the q-th derivative over a simplex (Hermite and Genocchi), by n Gaussian nodes for each of its
    axes. It loses no digits where the points are near to each other."""
    q, (nodes, weights) = points.shape[1] - 1, NODES[n]
    total = np.zeros_like(points[:, 0])
    for chosen in itertools.product(range(n), repeat=q):
        x, far, weight = points[:, 0].copy(), 1.0, 1.0
        for k, node in enumerate(chosen):
            weight *= float(weights[node]) * far
            far *= float(nodes[node])
            x += far * (points[:, k + 1] - points[:, k])
        with np.errstate(all="ignore"):
            total += (weight * derivative(q, x)).astype(total.dtype)
    return total


def _table(derivative, w, q):
    """f[w_i0, ..., w_iq] for all indices. It does not depend on their order, so each set is computed once."""
    n = w.shape[-1]
    sets = np.array(list(itertools.combinations_with_replacement(range(n), q + 1)), int).reshape(-1, q + 1)
    found = divided_differences(derivative, w[..., sets].reshape(-1, q + 1)).reshape(*w.shape[:-1], len(sets))
    places = np.zeros((n,) * (q + 1), int)
    for order in itertools.permutations(range(q + 1)):
        places[tuple(sets[:, order].T)] = np.arange(len(sets))
    return found[..., places]


@on_blocks(lambda *matrices, derivative: ",".join(["(n,n)"] * len(matrices)) + "->(n,n)")
def _funm(a, *directions, derivative):
    """The derivative of f(a) in the directions, f(a) itself without any. Of `a` and of them the symmetric parts are taken."""
    a, *directions = square_floats("funm", a, *directions)
    if not is_hermitian(a, 1e-3):
        raise ValueError(
            "funm takes symmetric matrices, and Hermitian ones; of others there are ad.linalg.expm, logm, sqrtm and powers."
        )
    w, v = np.linalg.eigh(_hermitian(a))
    v_h = conjugate(mT(v))
    if not directions:
        return (v * derivative(0, w.reshape(-1)).reshape(w.shape)[..., None, :]) @ v_h
    q = len(directions)
    turned = [v_h @ _hermitian(e) @ v for e in directions]
    table = _table(derivative, w, q)
    letters = string.ascii_lowercase[: q + 1]
    pairs = ",".join(f"...{i}{j}" for i, j in itertools.pairwise(letters))
    whole = sum(
        np.einsum(f"...{letters},{pairs}->...{letters[0]}{letters[-1]}", table, *order, optimize=True)
        for order in itertools.permutations(turned)
    )
    return v @ whole @ v_h


def _hermitian(x):
    return 0.5 * (x + conjugate(mT(x)))


def _funm_vjp(k, g, y, a, *directions, derivative):
    """It is linear in each direction and symmetric in all, the conjugate of g among them; the derivative by `a` has one
    direction more."""
    g = conjugate(g)
    if k == 0:
        return conjugate(FUNM(a, *directions, g, derivative=derivative))
    return conjugate(FUNM(a, *directions[: k - 1], g, *directions[k:], derivative=derivative))


def _of_matrices(op, inputs, flags, params):
    if len({np.ndim(x) - flag for x, flag in zip(inputs, flags)}) > 1:
        raise NotBatchable
    return again(op, inputs, params)


_funm.__name__ = "funm"
FUNM = rule(
    _funm, variadic=_funm_vjp, bind=lambda *matrices, derivative: (matrices, {"derivative": derivative}),
    batch=_of_matrices, internal=True,
)  # fmt: skip
