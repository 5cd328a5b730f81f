"""The inputs of a LinkedValue that was given them, or has more than two."""

from __future__ import annotations

from functools import cache
from typing import Any, NoReturn

from autodiff.core.native import mypyc_attr
from autodiff.core.op import Op
from autodiff.scalar.node import Pair


@mypyc_attr(acyclic=True)
class Given:
    """LinkedValues, and the derivative with respect to each."""

    __slots__ = ("inputs", "slopes")

    def __init__(self, inputs: tuple[Any, ...], slopes: list[float]) -> None:
        self.inputs = inputs
        self.slopes = slopes


def pairs_of(given: Given) -> list[Pair]:
    """The inputs by two, as the nodes of a graph have them."""
    places, slopes = [int(x._index) for x in given.inputs], list(given.slopes)
    alone = len(places) % 2 == 1
    places, slopes = [*places, -1], [*slopes, 0.0]
    starts = range(0, len(places) - 1, 2)
    return [Pair(places[k], places[k + 1], slopes[k], slopes[k + 1], alone and k == starts[-1]) for k in starts]


@cache
def stated_op(name: str, arity: int) -> Op:
    """An op of which nothing is known but its derivatives at one point."""

    def rule(g: object, *numbers: object) -> NoReturn:
        raise TypeError("The derivative of a Value that was given its derivatives as numbers is not known.")

    return Op(name or "value", None, None, arity, (rule,) * arity, internal=True)


def taken_out(how: str, instead: str) -> str:
    """The error of what would make a plain number of a Value, so that its gradient is lost."""
    return f"{how} takes the plain number out of a Value: its gradient would be lost. Write {instead}; the number is x.data."
