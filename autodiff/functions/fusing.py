"""A Python function that makes the calls of a library that were heard, with elementwise calls fused where the library can.

A chain is elementwise calls of one shape: `g * (1 - y * y)` is one operation of a GPU and not three. It runs where its last
call was, and is broken off where another call reads one of its results before that.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autodiff.core.external import External, released
from autodiff.core.libraries import Library
from autodiff.functions.heard import Heard, Line
from autodiff.functions.program import Raw


class Chain:
    """Elementwise calls that can be one."""

    def __init__(self) -> None:
        self.lines: list[Line] = []

    @property
    def makes(self) -> list[Raw]:
        return [line.y for line in self.lines]

    @property
    def reads(self) -> list[Raw]:
        made = set(map(id, self.makes))
        return list({id(x): x for line in self.lines for x in line.reads if id(x) not in made}.values())


def chained(library: Library, lines: list[Line]) -> list[Line | Chain]:
    """The calls in an order in which each has what it reads, those of a chain together."""
    found: list[Line | Chain] = []
    open_chains: dict[Any, Chain] = {}

    def close(line: Line, apart: Chain | None) -> None:
        read = set(map(id, line.reads))
        for shape, chain in list(open_chains.items()):
            if chain is not apart and (line.writes or not read.isdisjoint(map(id, chain.makes))):
                found.append(open_chains.pop(shape))

    for line in lines:
        elementwise = library.is_elementwise(line.function) and not line.kwargs and type(line.y) is Heard
        chain = open_chains.get(line.y.shape) if elementwise else None
        close(line, chain)
        if elementwise:
            open_chains.setdefault(line.y.shape, Chain()).lines.append(line)
        else:
            found.append(line)
    return found + list(open_chains.values())


class Text:
    """The text of a function, and what it speaks of."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {"External": External, "released": released}
        self.arrays: dict[int, str] = {}  # the name of each array, by id

    def name(self, x: Raw) -> str:
        self.names[found := f"c{len(self.names)}"] = x
        return found

    def array(self, x: Raw) -> str:
        return self.arrays.setdefault(id(x), f"x{len(self.arrays)}")

    def of(self, x: Raw) -> str:
        """An argument. An array that no line has made is a constant."""
        if type(x) is Heard:
            return self.arrays.get(id(x)) or self.arrays.setdefault(id(x), self.name(x.array))
        if type(x) in (list, tuple):
            return f"{type(x).__name__}([{', '.join(map(self.of, x))}])"
        return self.name(x)

    def target(self, y: Raw) -> str:
        if isinstance(y, (tuple, list)):
            return f"[{', '.join(map(self.target, y))}]"
        return self.array(y) if type(y) is Heard else "_"

    def line(self, line: Line) -> str:
        words = [*map(self.of, line.args), *[f"{key}={self.of(value)}" for key, value in line.kwargs.items()]]
        return f"{self.target(line.y)} = {self.name(line.function)}({', '.join(words)})"

    def function(self, name: str, arguments: list[str], lines: list[str]) -> Callable[..., Raw]:
        exec("\n    ".join([f"def {name}({', '.join(arguments)}):", *lines]), self.names)
        made: Callable[..., Any] = self.names[name]
        return made


def fused(library: Library, chain: Chain, wanted: list[Raw]) -> Line | None:
    """A chain as one call, which makes the arrays that are wanted. None where the library can't."""
    inputs, text = chain.reads, Text()
    arguments = [text.array(x) for x in inputs]
    lines = [text.line(line) for line in chain.lines]
    own = library.fused(text.function("chain", arguments, [*lines, f"return {', '.join(map(text.of, wanted))}"]))
    try:
        y = own(*[x.array for x in inputs])
    except Exception:
        return None
    found = y if isinstance(y, tuple) else (y,)
    same = len(found) == len(wanted) and all(a.shape == b.shape and a.dtype == b.dtype for a, b in zip(found, wanted))
    return Line(own, tuple(inputs), {}, tuple(wanted) if len(wanted) > 1 else wanted[0], False) if same else None


def planned(library: Library, lines: list[Line], outputs: list[Raw]) -> list[Line]:
    """The calls to make, chains as one where that can be."""
    parts = chained(library, lines)
    plan: list[Line] = []
    for k, part in enumerate(parts):
        if isinstance(part, Line):
            plan.append(part)
            continue
        read = {id(x) for other in parts[k + 1 :] for x in other.reads} | set(map(id, outputs))
        wanted = [y for y in part.makes if id(y) in read]
        one = fused(library, part, wanted) if len(part.lines) > 1 and wanted else None
        plan += part.lines if one is None else [one]
    return plan


def written(
    library: Library, lines: list[Line], inputs: list[tuple[Raw, Raw]], outputs: list[tuple[Raw, Raw]]
) -> Callable[[], None]:
    """A function that makes the calls, from the Cells of the inputs to those of the outputs (each with its array). An array is
    let go after the last call that reads it."""
    plan, text = planned(library, lines, [y for _, y in outputs]), Text()
    made = {id(y) for line in plan for y in line.makes}
    last = {id(x): k for k, line in enumerate(plan) for x in [*line.makes, *line.reads] if id(x) in made}
    for _, y in outputs:
        last.pop(id(y), None)
    body = [f"{text.array(x)} = released({text.name(cell)}.value)" for cell, x in inputs]
    for k, line in enumerate(plan):
        body.append(text.line(line))
        gone = [text.array(x) for x in {id(x): x for x in [*line.makes, *line.reads]}.values() if last.get(id(x)) == k]
        body += [f"del {', '.join(gone)}"] if gone else []
    body += [f"{text.name(cell)}.value = External({text.of(y)})" for cell, y in outputs]
    return text.function("calls", [], body or ["pass"])
