"""What check_gradients answers."""

from __future__ import annotations

from typing import NamedTuple


class Verdict(NamedTuple):
    """What `check_gradients` found. It is true where the gradient is accepted: for "pass", "kink" and "noise".

    Attributes
    ----------
    kind : {"pass", "kink", "noise", "nonfinite", "random", "wrong"}
        pass: gradient and differences agree. kink: the one-sided slopes differ, and the gradient lies between them. noise: the
        rounding of a difference is larger than what it should show. nonfinite: a result or a gradient is NaN or infinite.
        random: the function gives another result each time. wrong: they disagree.
    message : str
        What was checked, or what is wrong and where.
    order : int
        The order of the derivative that the verdict is about.
    """

    kind: str
    message: str
    order: int = 1

    def __bool__(self) -> bool:
        return self.kind in ("pass", "kink", "noise")

    def __str__(self) -> str:
        return f"{self.kind}: {self.message}"
