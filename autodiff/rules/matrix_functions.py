"""Functions of square matrices: exponential, logarithm, roots and powers. Each is of one matrix or of a stack
of them. Their derivatives are exact everywhere, also where eigenvalues are equal, and to any order.

Higham, "Functions of Matrices" (2008), has the algorithms and the Frechet derivatives.
"""

from __future__ import annotations

import numpy as np

from autodiff.core.batch_kinds import as_it_is
from autodiff.core.blocks import on_blocks
from autodiff.core.registry import decomposition, op
from autodiff.rules.products import matrix_power
from autodiff.rules.sylvester import derivative_by, is_hermitian, of_finite, square_floats

mT = np.matrix_transpose


def _one_norm(a):
    return np.max(np.sum(np.abs(a), axis=-2, keepdims=True), axis=-1, keepdims=True, initial=0)


def in_direction(function, a, g):
    """The Frechet derivative of a function of matrices at `a` in the direction g, which stands beside the diagonal of the same
    function of [[a, g], [0, a]]. It is linear in g, so g is made of the size of 1 first, for its digits' sake."""
    n, size = a.shape[-1], np.max(np.abs(g), axis=(-2, -1), keepdims=True, initial=0.0)
    size = np.where(size == 0, 1.0, size)
    a = a + np.zeros_like(g)
    whole = np.concatenate([np.concatenate([a, g / size], -1), np.concatenate([np.zeros_like(a), a], -1)], -2)
    return function(whole)[..., :n, n:] * size


# -- the exponential -----------------------------------------------------------------------------------------------------------

PADE = (64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000, 10559470521600,
        670442572800, 33522128640, 1323241920, 40840800, 960960, 16380, 182, 1)  # fmt: skip


def _expm_vjp(g, y, a):
    return in_direction(expm, mT(a), g)


@op(_expm_vjp, batch=as_it_is, takes_complex=True)
@on_blocks("(n,n)->(n,n)")
def expm(A):
    """The exponential of a square matrix, or of each of a stack of them: the sum of a^k / k!.

    Parameters
    ----------
    A : array_like (..., n, n)

    Returns
    -------
    array (..., n, n)

    Raises
    ------
    LinAlgError
        If the matrices are not square.

    Notes
    -----
    By a Pade approximant of degree 13, scaling and squaring (Al-Mohy and Higham, 2009). The derivative in a direction e stands
    beside the diagonal of the exponential of [[a, e], [0, a]]; so it has a derivative itself, to any order.

    Examples
    --------
    >>> import numpy as np, autodiff as ad
    >>> ad.linalg.expm(np.array([[0.0, 1.0], [0.0, 0.0]]))
    array([[1., 1.],
           [0., 1.]])
    >>> ad.grad(lambda a: np.sum(ad.linalg.expm(a)))(np.zeros((2, 2)))
    array([[1., 1.],
           [1., 1.]])
    """
    (a,) = square_floats("expm", A)
    a_2 = a @ a
    with np.errstate(over="ignore", invalid="ignore"):  # of matrices that are beyond the range of exp
        a_4 = a_2 @ a_2
        size = np.maximum(_one_norm(a_4 @ a_2) ** (1 / 6), _one_norm(a_4 @ a_4) ** (1 / 8))
        size = np.where(np.isfinite(size), size, np.minimum(_one_norm(a), np.finfo(a.dtype).max))
        halvings = np.maximum(np.ceil(np.log2(np.where(size > 0, size, 1) / 4.25)), 0)
        halvings = np.where(np.isfinite(halvings), halvings, 0).astype(int)
        y = _pade(np.ldexp(1.0, -halvings).astype(a.real.dtype) * a)
        for k in range(int(np.max(halvings, initial=0))):
            y = np.where(k < halvings, y @ y, y)
    return y


def _pade(a):
    """The approximant [13/13] of exp at 0."""
    b, eye = PADE, np.eye(a.shape[-1], dtype=a.dtype)
    a_2 = a @ a
    a_4 = a_2 @ a_2
    a_6 = a_4 @ a_2
    odd = a @ (a_6 @ (b[13] * a_6 + b[11] * a_4 + b[9] * a_2) + b[7] * a_6 + b[5] * a_4 + b[3] * a_2 + b[1] * eye)
    even = a_6 @ (b[12] * a_6 + b[10] * a_4 + b[8] * a_2) + b[6] * a_6 + b[4] * a_4 + b[2] * a_2 + b[0] * eye
    return np.linalg.solve(even - odd, even + odd)


# -- the square root -----------------------------------------------------------------------------------------------------------


def _sqrtm_vjp(g, y, a):
    return derivative_by(mT(y), mT(y), g, "sqrtm: the square roots of a singular matrix have no derivative: it is infinite.")


@op(_sqrtm_vjp, batch=as_it_is, takes_complex=True)
@on_blocks("(n,n)->(n,n)")
def sqrtm(A):
    """The principal square root of a square matrix, or of each of a stack of them: its eigenvalues have positive real parts.

    Parameters
    ----------
    A : array_like (..., n, n)
        Without negative eigenvalues.

    Returns
    -------
    array (..., n, n)

    Raises
    ------
    LinAlgError
        If the matrices are not square, or have no real square root that is principal.

    Notes
    -----
    Of symmetric matrices by their eigenvalues, of others by the iteration of Denman and Beavers with scaling (Cheng, Higham,
    Kenney and Laub, 2001). The derivative x in a direction e solves y x + x y = e, where y is the root.

    Examples
    --------
    >>> import numpy as np, autodiff as ad
    >>> ad.linalg.sqrtm(np.array([[4.0, 0.0], [0.0, 9.0]]))
    array([[2., 0.],
           [0., 3.]])
    >>> ad.grad(lambda a: np.sum(ad.linalg.sqrtm(a)))(np.eye(2))
    array([[0.5, 0.5],
           [0.5, 0.5]])
    """
    return of_finite(_sqrtm, *square_floats("sqrtm", A))


def _sqrtm(a):
    if not is_hermitian(a):
        return _denman_beavers(a)
    w, v = np.linalg.eigh(a)
    rounding = 64 * np.finfo(w.dtype).eps * np.max(np.abs(w), axis=-1, keepdims=True, initial=0)
    if np.any(w < -rounding):
        least = float(w.min())
        raise np.linalg.LinAlgError(f"sqrtm: the matrix has the eigenvalue {least:.3g}, so it has no real square root.")
    return (v * np.sqrt(np.maximum(w, 0))[..., None, :]) @ np.conjugate(mT(v))


def _denman_beavers(a):
    """m tends to the identity and y to the root. The determinant's size is taken out while m is far from its limit."""
    n, eye, eps = a.shape[-1], np.eye(a.shape[-1], dtype=a.dtype), np.finfo(a.dtype).eps
    m, y, far = a, a, np.inf
    for _ in range(50):
        if not np.all(np.linalg.det(m)):
            break
        size = 1.0
        if far > 1e-2:
            _, log = np.linalg.slogdet(m)
            size = np.exp(-log / (2 * n))[..., None, None].astype(y.real.dtype)
        inverse = np.linalg.inv(m) / size**2
        y, m = 0.5 * size * (y @ (eye + inverse)), 0.5 * eye + 0.25 * (size**2 * m + inverse)
        last, far = far, float(np.max(np.abs(m - eye)))
        if far <= n * eps or (last < 1e-3 and far >= 0.5 * last):
            return y
    raise np.linalg.LinAlgError("sqrtm: the matrix has no real principal root: an eigenvalue is negative, or 0.")


# -- the logarithm, and powers -------------------------------------------------------------------------------------------

NODES, WEIGHTS = np.polynomial.legendre.leggauss(8)  # on [-1, 1]


def _logm_vjp(g, y, a):
    return in_direction(logm, mT(a), g)


@op(_logm_vjp, batch=as_it_is, takes_complex=True)
@on_blocks("(n,n)->(n,n)")
def logm(A):
    """The principal logarithm of a square matrix, or of each of a stack of them: its exponential is the matrix.

    Parameters
    ----------
    A : array_like (..., n, n)
        Without eigenvalues that are 0 or negative.

    Returns
    -------
    array (..., n, n)

    Raises
    ------
    LinAlgError
        If the matrices are not square, or have no real logarithm that is principal.

    Notes
    -----
    Of symmetric matrices by their eigenvalues; of others by square roots, until they are near to the identity, and a Pade
    approximant of degree 8 as an integral (Dieci, Morini and Papini, 1996). The derivative is as that of `expm`.

    Examples
    --------
    >>> import numpy as np, autodiff as ad
    >>> ad.linalg.logm(np.array([[1.0, 2.0], [0.0, 1.0]])).round(12)
    array([[0., 2.],
           [0., 0.]])
    >>> ad.grad(lambda a: np.sum(ad.linalg.logm(a)))(np.eye(2)).round(12)
    array([[1., 1.],
           [1., 1.]])
    """
    return of_finite(_logm, *square_floats("logm", A))


def _logm(a):
    if is_hermitian(a):
        w, v = np.linalg.eigh(a)
        if np.any(w <= 0):
            least = float(w.min())
            raise np.linalg.LinAlgError(f"logm: the matrix has the eigenvalue {least:.3g}, so it has no real logarithm.")
        return (v * np.log(w)[..., None, :]) @ np.conjugate(mT(v))
    eye, roots = np.eye(a.shape[-1], dtype=a.dtype), 0
    while np.any(_one_norm(a - eye) > 0.25) and roots < 60:
        a, roots = _denman_beavers(a), roots + 1
    rest = a - eye
    terms = [float(w / 2) * np.linalg.solve(eye + float((1 + t) / 2) * rest, rest) for t, w in zip(NODES, WEIGHTS)]
    return 2.0**roots * sum(terms[1:], terms[0])


@decomposition(None)
def fractional_matrix_power(A, t):
    """A power of a square matrix, or of each of a stack of them: exp(t log a).

    Parameters
    ----------
    A : array_like (..., n, n)
        Without eigenvalues that are 0 or negative. For a whole number t any matrix, and for a half of one any that has a root.
    t : float
        It may be a Value or Tensor, as the power has a derivative in it.

    Returns
    -------
    array (..., n, n)

    Raises
    ------
    LinAlgError
        If the matrices are not square, or have no such real power.

    Examples
    --------
    >>> import numpy as np, autodiff as ad
    >>> ad.linalg.fractional_matrix_power(np.array([[4.0, 0.0], [0.0, 9.0]]), 1.5)
    array([[ 8.,  0.],
           [ 0., 27.]])
    """
    if isinstance(t, (int, float)) and float(2 * t).is_integer():
        return matrix_power(A, int(t)) if float(t).is_integer() else matrix_power(sqrtm(A), int(2 * t))
    return expm(t * logm(A))
