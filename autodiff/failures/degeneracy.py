"""What is said where a gradient flows into the vectors of equal eigenvalues, or of equal singular values."""

from __future__ import annotations

import warnings

from autodiff.failures.callsite import user_frame


class DegeneracyWarning(RuntimeWarning):
    """A gradient flows into the vectors of equal eigenvalues or singular values: a part of it is lost.

    It is given by the derivatives of `eigh`, `svd`, `eig` and of what is computed with them. Values count as equal that are
    closer than 64 units of rounding of the largest: the difference of such values has no digit that is right. The gradient
    is right if the result depends on the space that the vectors span only. It is wrong for a function of the matrix, as
    V f(w) V^T, and if the result depends on the single vectors. It is given too if a gradient flows into the phases of the
    vectors of a complex matrix, which are free.

    Examples
    --------
    `ad.linalg` has functions of matrices whose derivatives are exact everywhere:

    >>> import numpy as np, autodiff as ad
    >>> ad.grad(lambda a: np.sum(ad.linalg.sqrtm(a)))(np.eye(2))
    array([[0.5, 0.5],
           [0.5, 0.5]])

    Where only a space is meant, the warning can be switched off:

    >>> import warnings
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore", ad.linalg.DegeneracyWarning)
    ...     ad.grad(lambda a: np.sum(np.linalg.eigh(a)[1] ** 2))(np.eye(2))
    array([[0., 0.],
           [0., 0.]])
    """


def warn_of_degeneracy(what: str) -> None:
    """Warn of values that are equal, or are 0; `what` says which."""
    warn(
        f"{what}, and a gradient flows into their vectors, or into one of them more than into another. Such vectors have no "
        "derivative, so a part of the gradient is left out: it is right if the result depends on the space of these vectors "
        "only, and wrong otherwise. Functions of a matrix with derivatives that are exact everywhere: ad.linalg.sqrtm, logm, "
        "expm, fractional_matrix_power, polar, and funm for any other function of a symmetric matrix. For values alone: "
        "np.linalg.eigvalsh, svdvals."
    )


def warn_of_phases(name: str) -> None:
    """Warn of a result that depends on the phases of complex vectors; `name` says of which function's."""
    warn(
        f"A gradient flows into the phases of the vectors of {name}. The vectors of a complex matrix are unique up to a factor "
        "e^(i phi) each, so what depends on these factors has no derivative, and that part of the gradient is left out: the "
        "result changes when the library chooses another factor. Let it depend on abs(v), or on products such as v @ conj(v).T "
        "and u @ vt, or divide each vector by the phase of one of its numbers."
    )


def warn(message: str) -> None:
    """Warn at the user's line."""
    frame = user_frame()
    registry = frame.f_globals.setdefault("__warningregistry__", {})
    warnings.warn_explicit(message, DegeneracyWarning, frame.f_code.co_filename, frame.f_lineno, registry=registry)
