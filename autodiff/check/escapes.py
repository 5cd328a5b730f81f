"""The tapes of the check; numbers that leave them while a function runs, and the source lines where they do."""

from __future__ import annotations

from autodiff.core.box import Box
from autodiff.core.recorder import Recorder
from autodiff.failures.callsite import call_site
from autodiff.tape import Tape


class Whole(Tape):
    """Records also what is not watched."""

    record_all = True


def new_tape(kind: type[Tape] = Tape) -> Tape:
    """Every tape of the check is made here. Persistent: the gradient is asked for with several weights. What leaves it is a
    subject of the verdict, and no error."""
    return kind(persistent=True, escapes="allow")


class Escapes(Recorder):
    """Notes each way out of the engine, with the line of the user's code that took it: `found`."""

    def __init__(self) -> None:
        self.found: dict[str, None] = {}  # an ordered set

    def on_escape(self, box: Box, how: str) -> None:
        site = call_site()
        if how != "bool" and not site.layer:  # to branch is no way out; what nn reads for its own purposes is none either
            self.found[f"{how} at {site.place}"] = None

    def told(self) -> str:
        """The ways out in words. Empty if there are none."""
        first, *rest = self.found or [""]
        return first + (f", and {len(rest)} more" if rest else "")
