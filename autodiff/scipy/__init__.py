"""scipy's functions under their names, for boxes: where scipy's own would take the plain numbers out of them.

`autodiff.scipy.special` has functions of scipy.special. Most of those are ufuncs, so scipy's own take boxes too:
`scipy.special.erfinv(x)`. The functions of the other modules are no ufuncs: there, scipy's own refuse a box, and name the
function here.

>>> import autodiff as ad
>>> ad.scipy.signal.convolve(ad.constant([1.0, 2.0]), [1.0, 1.0])
Tensor([1., 3., 2.])
"""

from importlib import import_module
from types import ModuleType

__all__ = ["integrate", "linalg", "ndimage", "signal", "special"]


def __getattr__(name: str) -> ModuleType:
    if name in __all__:
        return import_module(f"autodiff.scipy.{name}")
    raise AttributeError(f"module 'autodiff.scipy' has no attribute {name!r}: it has {', '.join(__all__)}.")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
