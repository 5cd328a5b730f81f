"""Numbers that leave the engine while a function runs, and the source lines where they do."""

from __future__ import annotations

import sys

from autodiff.core.box import Box
from autodiff.core.recorder import Recorder

ENGINE = {"autodiff", "numpy", "nn"}


class Escapes(Recorder):
    """Notes each way out of the engine, with the line of the user's code that took it."""

    def __init__(self) -> None:
        self.found: dict[str, None] = {}  # an ordered set

    def on_escape(self, box: Box, how: str) -> None:
        if how != "bool":  # to branch is no way out
            self.found[f"{how} at {user_line()}"] = None

    def __str__(self) -> str:
        first, *rest = self.found
        return first + (f", and {len(rest)} more" if rest else "")


def user_line() -> str:
    """The file and line of the innermost frame that is neither the engine's nor numpy's nor the standard library's."""
    frame = sys._getframe(1)
    while frame.f_back is not None:
        package = frame.f_globals.get("__name__", "").partition(".")[0]
        if package not in ENGINE and package not in sys.stdlib_module_names:
            break
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"
