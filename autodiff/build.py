"""Which autodiff is running: its version, and whether the engine is compiled."""

import importlib.machinery
import platform
import sys
import warnings
from typing import NamedTuple

import numpy as np

__all__ = ["BuildInfo", "__version__", "build_info"]

__version__ = "0.1.0"


class BuildInfo(NamedTuple):
    """What `build_info` returns."""

    version: str
    compiled: tuple[str, ...]  # the modules that run as machine code; empty on the pure source
    python: str
    numpy: str

    def __str__(self) -> str:
        engine = f"{len(self.compiled)} modules compiled" if self.compiled else "pure Python"
        return f"autodiff {self.version} ({engine}), Python {self.python}, numpy {self.numpy}"


def build_info() -> BuildInfo:
    """Which autodiff is running: its version, its compiled modules, and the versions of Python and numpy.

    Returns
    -------
    BuildInfo
        A named tuple: `version`, `compiled` (the names of the modules that run as machine code; empty on the pure source),
        `python`, `numpy`.

    Examples
    --------
    >>> print(build_info())
    autodiff 0... (...), Python 3..., numpy ...
    """
    binary = tuple(importlib.machinery.EXTENSION_SUFFIXES)
    loaded = sorted((name, module) for name, module in sys.modules.items() if name.startswith("autodiff."))
    compiled = tuple(name for name, module in loaded if (getattr(module, "__file__", None) or "").endswith(binary))
    return BuildInfo(__version__, compiled, platform.python_version(), np.__version__)


def warn_without_gil() -> None:
    """Say that threads should share nothing, where the pure source runs on a free-threaded Python. A compiled module turns the
    GIL on when it is imported, and Python says that."""
    if not getattr(sys, "_is_gil_enabled", lambda: True)():
        warnings.warn(
            "The pure source of autodiff runs without the GIL here: threads that share a Value, Variable or tape may get wrong "
            "gradients. Start Python with PYTHON_GIL=1, or let the engine be compiled.",
            RuntimeWarning,
            stacklevel=3,
        )
