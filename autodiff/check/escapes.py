"""The tapes of the check; numbers that leave them while a function runs, and the source lines where they do."""

from __future__ import annotations

import sys
from types import FrameType

from autodiff.core.box import Box
from autodiff.core.recorder import Recorder
from autodiff.tape import Tape

ENGINE = {"autodiff", "numpy", "nn"}
WAYS_OUT = ("numpy", "autodiff.core", "autodiff.boxes", "autodiff.scalar", "autodiff.check.escapes")


class Whole(Tape):
    """Records also what is not watched."""

    record_all = True


def new_tape(kind: type[Tape] = Tape) -> Tape:
    """Every tape of the check is made here. Persistent: the gradient is asked for with several weights."""
    return kind(persistent=True)


class Escapes(Recorder):
    """Notes each way out of the engine, with the line of the user's code that took it: `found`. What the engine itself reads,
    in a rule say, is in `inside`."""

    def __init__(self) -> None:
        self.found: dict[str, None] = {}  # ordered sets
        self.inside: dict[str, None] = {}

    def on_escape(self, box: Box, how: str) -> None:
        if how == "bool":  # to branch is no way out
            return
        reader = sys._getframe(0)
        while reader.f_back is not None and module_of(reader).startswith(WAYS_OUT):
            reader = reader.f_back
        here = self.inside if module_of(reader).partition(".")[0] == "autodiff" else self.found
        here[f"{how} at {user_line(reader)}"] = None

    def told(self, lost: bool) -> str:
        """The ways out in words; of the engine's own only if a gradient was `lost`. Empty if there are none."""
        first, *rest = self.found or (self.inside if lost else {}) or [""]
        return first + (f", and {len(rest)} more" if rest else "")


def module_of(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", ""))


def user_line(frame: FrameType) -> str:
    """The file and line of the innermost frame, from this one outwards, that is neither the engine's nor numpy's nor the
    standard library's."""
    while frame.f_back is not None:
        package = module_of(frame).partition(".")[0]
        if package not in ENGINE and package not in sys.stdlib_module_names:
            break
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"
