"""`np.polynomial`: series of powers, Chebyshev, Legendre, Laguerre and Hermite polynomials, by their coefficients, the lowest
degree first. What is linear in the coefficients is a matrix, which numpy's own function makes of unit vectors."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autodiff.core.batch_kinds import as_it_is
from autodiff.core.blocks import on_blocks
from autodiff.core.box import Box, raw_of
from autodiff.core.external import External, as_array, is_lazy
from autodiff.core.op import everything_recorded
from autodiff.core.registry import REGISTRY, decomposition, op, stack_boxes
from autodiff.rules.looking import constant_op
from autodiff.rules.polynomials import _without_leading_zeros
from autodiff.rules.shapes import ASTYPE, floating, reshape
from autodiff.rules.signal import convolve

BASES = {
    "poly": np.polynomial.polynomial, "cheb": np.polynomial.chebyshev, "leg": np.polynomial.legendre,
    "lag": np.polynomial.laguerre, "herm": np.polynomial.hermite, "herme": np.polynomial.hermite_e,
}  # fmt: skip


def numpys(basis, name):
    """numpy's function of that name for a basis, as chebval."""
    return getattr(BASES[basis], basis + name)


def _numbers(x, ndmin=0):
    x = x if isinstance(x, Box) else stack_boxes(x) if isinstance(x, (list, tuple)) else as_array(x)
    return reshape(floating(x), np.shape(x) or (1,) * ndmin)


def _cast(x, dtype):
    """x in the dtype that it has together with another."""
    dtype = np.result_type(x.dtype, dtype)
    return x if x.dtype == dtype else ASTYPE((x,), {"dtype": dtype})


def _along(matrix, c, axis=0):
    """The matrix times each vector along an axis."""
    y = np.tensordot(matrix.astype(c.dtype), c, axes=([1], [axis]))
    return np.moveaxis(y, 0, axis)


@functools.cache
def derivative_matrix(basis, n):
    return numpys(basis, "der")(np.eye(n))


def _vander(x, basis, deg):
    if type(x) is External:
        return _by_recurrence(x, basis, deg)
    y = numpys(basis, "vander")(np.reshape(x, -1), deg)
    return np.reshape(y, (*np.shape(x), deg + 1))


def _by_recurrence(x, basis, deg):
    """The same by the recurrence of three terms, as x times a polynomial of the basis is a sum of itself and its neighbours."""
    columns = [np.ones_like(x), x]
    for k in range(1, deg + 1):
        *_, lower, same, higher = np.concatenate([[0.0], numpys(basis, "mulx")(np.eye(k)[-1])])
        columns[k:] = [((x - same) * columns[k - 1] - (lower * columns[k - 2] if k > 1 else 0.0)) / higher]
    return np.stack(columns[: deg + 1], -1)


def _vander_vjp(g, y, x, basis, deg):
    """The derivative of a polynomial is a sum of polynomials of lower degrees."""
    if deg == 0:
        return np.sum(g, axis=-1) * 0.0
    lower = VANDER(x, basis=basis, deg=deg - 1)
    return np.sum(g * (lower @ derivative_matrix(basis, deg + 1).astype(y.dtype)), axis=-1)


VANDER: Any = op(_vander_vjp, internal=True, label="vander", batch=as_it_is)(_vander)


def _val(basis):
    def val(x, c, tensor=True):
        c = _numbers(c, 1)
        x = np.asarray(x, c.dtype) if isinstance(x, (int, float)) else _cast(_numbers(x), c.dtype)
        table = VANDER(x, basis=basis, deg=len(c) - 1)
        if np.ndim(c) == 1:
            return table @ c
        c = np.moveaxis(c, 0, -1)
        return np.tensordot(c, table, axes=([-1], [-1])) if tensor else np.sum(c * table, axis=-1)

    return val


def _vandermonde(basis):
    return lambda x, deg: VANDER(_numbers(x, 1), basis=basis, deg=int(deg))


def _der(basis):
    def der(c, m=1, scl=1, axis=0):
        c = _numbers(c, 1)
        if np.ndim(scl):
            raise TypeError(f"{basis}der of a tracked array does not take an array as scl: pass one number.")
        n = np.shape(c)[normalize_axis_index(axis, np.ndim(c))]
        return _along(numpys(basis, "der")(np.eye(n), m, scl), c, axis)

    return der


def _int(basis):
    def integral(c, m=1, k=[], lbnd=0, scl=1, axis=0):  # noqa: B006 - numpy's own default
        c = _numbers(c, 1)
        axis = normalize_axis_index(axis, np.ndim(c))
        n, integrate = np.shape(c)[axis], numpys(basis, "int")
        y = _along(integrate(np.eye(n), m, [], lbnd, scl), c, axis)
        added = integrate(np.zeros(1), m, k, lbnd, scl)[: n + m]
        wide = np.pad(added, (0, n + m - len(added)))
        return y + np.expand_dims(wide, [j for j in range(np.ndim(c)) if j != axis]).astype(c.dtype) if np.any(added) else y

    return integral


@constant_op
def kept_places(c):
    """The places up to the last number that is not zero, and at least the first."""
    return np.arange(np.max(np.flatnonzero(c), initial=0) + 1)


def _trimmed(c):
    """Without the zeros at the end, which numpy drops; lazy arrays keep them."""
    if is_lazy(raw_of(c)):
        return c
    return c[kept_places(c)] if everything_recorded.get() else _without_leading_zeros(c[::-1])[::-1]


def _sum(subtract):
    def of_basis(basis):
        def total(c1, c2):
            c1, c2 = (_trimmed(_numbers(c, 1)) for c in (c1, c2))
            n = max(len(c1), len(c2))
            c1, c2 = (np.pad(c, (0, n - len(c))) if len(c) < n else c for c in (c1, c2))
            return _trimmed(c1 - c2 if subtract else c1 + c2)

        return total

    return of_basis


@functools.cache
def product_table(basis, m, n):
    """The coefficients of the product of each pair of polynomials of a basis: an array of (m + n - 1, m, n)."""
    table = np.zeros((m + n - 1, m, n))
    for i, j in np.ndindex(m, n):
        found = numpys(basis, "mul")(np.eye(m)[i, : i + 1], np.eye(n)[j, : j + 1])
        table[: len(found), i, j] = found
    return table


def _mul(basis):
    def mul(c1, c2):
        c1, c2 = (_trimmed(_numbers(c, 1)) for c in (c1, c2))
        if basis == "poly":
            return _trimmed(convolve(c1, c2))
        table = product_table(basis, len(c1), len(c2)).astype(np.result_type(c1.dtype, c2.dtype))
        return _trimmed(np.einsum("kij,i,j->k", table, c1, c2))

    return mul


@functools.cache
def conversion(basis, n):
    """The matrix that takes the coefficients of powers to those of a basis."""
    if basis == "poly":
        return np.eye(n)
    convert = getattr(BASES[basis], f"poly2{basis}")
    rows = [convert(np.eye(n)[k, : k + 1]) for k in range(n)]
    return np.stack([np.pad(row, (0, n - len(row))) for row in rows], axis=1)


def _fromroots(basis):
    def fromroots(roots):
        roots = _cast(_numbers(roots, 1), np.dtype(float))
        p = np.poly(roots)[::-1] if len(roots) else np.ones(1) + np.sum(roots)
        return _along(conversion(basis, len(p)), p)

    return fromroots


@on_blocks("(n)->(l)")
def _roots_at(c, basis):
    return numpys(basis, "roots")(c)


def _roots_vjp(g, y, c, basis):
    """At a root, the derivative in a coefficient is minus its polynomial there, divided by the slope of the series."""
    table = VANDER(y, basis=basis, deg=len(c) - 1)
    if len(c) < 2:
        return c * 0.0
    slopes = table[:, :-1] @ (derivative_matrix(basis, len(c)).astype(c.dtype) @ c)
    return (-g / slopes) @ table


ROOTS: Any = op(_roots_vjp, internal=True, label="roots")(_roots_at)


def _roots(basis):
    return lambda c: ROOTS(_trimmed(_numbers(c, 1)), basis=basis)


FORMS = {
    "val": _val, "vander": _vandermonde, "der": _der, "int": _int, "add": _sum(False), "sub": _sum(True), "mul": _mul,
    "fromroots": _fromroots, "roots": _roots,
}  # fmt: skip
PUBLIC: dict[str, Any] = {}  # by numpy's names, as chebval
for basis in BASES:
    for name, form in FORMS.items():
        PUBLIC[basis + name] = decomposition(numpys(basis, name))(form(basis))
        entry: Any = REGISTRY[numpys(basis, name)]
        entry.takes_sequence = True
