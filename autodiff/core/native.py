"""What the compiled build reads: a decorator, which does nothing without mypy_extensions, and a base class."""

from __future__ import annotations

from typing import Any

try:
    from mypy_extensions import mypyc_attr
except ImportError:

    def mypyc_attr(*attrs: str, **kwattrs: object) -> Any:  # type: ignore[misc]
        return lambda cls: cls


class Referable:
    """Not compiled, so that what is below it has weak references, and attributes of its own, in the compiled engine too."""


__all__ = ["Referable", "mypyc_attr"]
