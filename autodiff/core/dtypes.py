"""What dtypes mean to derivatives: which carry gradients, and how cotangents of real and complex numbers meet.

Inside a walk the cotangent g of a complex y is the one for which dL = Re(g dy). So a holomorphic function has one rule for real
and complex numbers, g * f'(x), and no rule conjugates. A gradient is the conjugate of that, as TensorFlow returns it: the
direction in which L rises, 2 z for |z|**2. `conjugate` stands at the two ends of the walk.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from autodiff.failures.missing import NO_COMPLEX, OBJECTS

FLOAT32: Final = np.dtype("f4")
FLOAT64: Final = np.dtype("f8")


def carries_gradient(y: Any, name: str = "") -> bool:
    """Whether data of this type can have a gradient: floats and complex numbers can, integers and booleans can't. TypeError for
    an array of objects, which says the name of the op that returned it."""
    if type(y) is float:
        return True
    dtype = y.dtype
    if dtype is FLOAT32 or dtype is FLOAT64 or dtype.kind in "fc":
        return True
    if dtype.kind == "O":
        raise TypeError(f"{name}: {OBJECTS}" if name else OBJECTS)
    return False


def is_inexact(x: Any) -> bool:
    """Whether this is an array of floats or complex numbers."""
    return x.dtype.kind in "fc"


def is_real(x: Any) -> bool:
    """Whether this is an array of real numbers or booleans, which have an order."""
    return x.dtype.kind in "fiub"


def is_exact(x: Any) -> bool:
    """Whether this is an array of integers or booleans."""
    return x.dtype.kind in "iub"


def is_numeric(dtype: Any) -> bool:
    """Whether this is a type of numbers or booleans, of which arithmetic is done."""
    return dtype.kind in "fiubc"


def is_complex(x: Any) -> bool:
    """Whether this is an array of complex numbers, or one of them."""
    return type(x) is not float and (isinstance(x, complex) or getattr(x, "dtype", FLOAT64).kind == "c")


def cast(g: Any, dtype: Any) -> Any:
    """A cotangent or tangent in the dtype of what it belongs to. A real number moves along the real axis only, so a complex g
    gives its real part there."""
    if g.dtype.kind == "c" and dtype.kind != "c":
        g = np.real(g)
    return g.astype(dtype, copy=False)


def conjugate(g: Any) -> Any:
    """The gradient of a cotangent, and the cotangent of a gradient; real numbers as they are."""
    return np.conjugate(g) if g is not None and is_complex(g) else g


def refuse_complex(name: str, inputs: tuple[Any, ...], y: Any) -> None:
    """TypeError for complex numbers that go in or out of an op whose rules are for real numbers."""
    if any(is_complex(x) for x in (*inputs, *(y if isinstance(y, tuple) else (y,)))):
        raise TypeError(f"{name}: {NO_COMPLEX}")
