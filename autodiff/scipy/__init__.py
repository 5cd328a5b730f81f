"""scipy's functions under their names, for boxes: where scipy's own would take the plain numbers out of them."""

from importlib import import_module
from types import ModuleType

__all__ = ["linalg"]


def __getattr__(name: str) -> ModuleType:
    if name in __all__:
        return import_module(f"autodiff.scipy.{name}")
    raise AttributeError(f"module 'autodiff.scipy' has no attribute {name!r}: it has {', '.join(__all__)}.")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
