"""The parts of complex numbers. They are linear over the reals; where a result is real, a tangent keeps its real part."""

from __future__ import annotations

import operator

import numpy as np

from autodiff.core.dtypes import conjugate as conjugated
from autodiff.core.dtypes import is_complex
from autodiff.core.registry import also, decomposition, op, rule, seen
from autodiff.rules.arithmetic import positive

__all__ = ["angle", "conj", "conjugate", "imag", "real", "real_if_close"]

conjugate = rule(np.conjugate, lambda g, y, x: conjugated(g), scalar=operator.pos, takes_complex=True, keeps_nan=True)
conj = conjugate
also(conjugate, np.conj)


@op(lambda g, y, x: g, scalar=operator.pos, internal=True, takes_complex=True)
def real_part(x):
    return np.real(x).copy()


@op(lambda g, y, x: g * -1j, scalar=operator.pos, internal=True, takes_complex=True)
def imaginary_part(x):
    return np.imag(x).copy()


@decomposition(np.real)
def real(val):
    if is_complex(val):
        return real_part(val)
    return np.copy(val) if getattr(val, "dtype", np.dtype(float)).kind == "b" else positive(val)


@decomposition(np.imag)
def imag(val):
    return imaginary_part(val) if is_complex(val) else np.zeros_like(val)


@decomposition(np.angle)
def angle(z, deg=False):
    turned = np.arctan2(imag(z), real(z)) if is_complex(z) else np.arctan2(0, z)
    return turned * (180 / np.pi) if deg else turned


@decomposition(np.real_if_close)
def real_if_close(a, tol=100):
    return real(a) if is_complex(a) and not np.iscomplexobj(np.real_if_close(seen(a), tol)) else a
