"""A subject of the benchmarks: one piece of work, and everyone who does it."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import autodiff as ad

ROUNDS = 15


@dataclass(frozen=True)
class Contender:
    """`build(case)` prepares the work and returns `step()`, which does it once and returns its result.

    `needs` names what must be there: packages, and names of autodiff such as "ad.function".
    """

    build: Callable[[Any], Callable[[], Any]]
    needs: tuple[str, ...] = ()

    def missing(self) -> str:
        """Why the contender can't run; "" if it can."""
        for need in self.needs:
            if need.startswith("ad."):
                if not hasattr(ad, need.removeprefix("ad.")):
                    return f"this autodiff has no {need}"
            elif importlib.util.find_spec(need) is None:
                return f"{need} is not installed"
        return ""


@dataclass(frozen=True)
class Subject:
    """The work, its sizes, and who does it. The first contender is the reference of all ratios.

    `cases` has the sizes by name, `quick` small ones for tests. `expected(case)` is the result, where it is not the
    reference's own. `operations(case)` makes times into times of one operation. `inverse` prints reference / contender: how
    many times the contender's time the reference takes.
    """

    title: str
    cases: dict[str, Any]
    quick: dict[str, Any]
    contenders: dict[str, Contender]
    expected: Callable[[Any], Any] | None = None
    operations: Callable[[Any], int] | None = None
    inverse: bool = False
    rounds: int = ROUNDS
    checks: int = 3  # how many results are compared: of a training step, so many losses
    rtol: float = 1e-4
    atol: float = 1e-6

    @property
    def reference(self) -> str:
        return next(iter(self.contenders))
