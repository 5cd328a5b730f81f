"""Which source line made each node, for a function that is run for its picture."""

from __future__ import annotations

import bisect
import linecache
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from autodiff.core.log import Log
from autodiff.draw.graph import Graph

NOT_THE_USERS = ("autodiff", "nn", "numpy")


class Lines:
    """Follows the lines that run, and notes how long the log was when each began. The engine knows nothing of it; where a
    debugger or a coverage tool is following already, it stays out of the way and knows no lines."""

    def __init__(self) -> None:
        self.starts: list[int] = []
        self.lines: list[tuple[str, int]] = []
        self.log: Log | None = None

    @contextmanager
    def following(self, log: Log) -> Iterator[None]:
        if sys.gettrace() is not None:
            yield
            return
        self.log = log
        sys.settrace(self.enter)
        try:
            yield
        finally:
            sys.settrace(None)

    def enter(self, frame: FrameType, event: str, arg: Any) -> Any:
        module = frame.f_globals.get("__name__", "")
        return None if module.split(".")[0] in NOT_THE_USERS else self.step

    def step(self, frame: FrameType, event: str, arg: Any) -> Any:
        if event == "return" and frame.f_back is not None:
            frame = frame.f_back  # what follows on the caller's line is the caller's
        if self.log is not None:
            self.starts.append(len(self.log.nodes))
            self.lines.append((frame.f_code.co_filename, frame.f_lineno))
        return self.step

    def write_to(self, graph: Graph) -> None:
        """Give every computed node its line, as `file:number  source`."""
        for node in graph.nodes:
            k = bisect.bisect_right(self.starts, node.place) - 1
            if node.kind == "op" and k >= 0:
                file, line = self.lines[k]
                source = linecache.getline(file, line).strip()
                node.line = f"{file}:{line}" + (f"  {source}" if source else "")
