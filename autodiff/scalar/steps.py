"""The steps of a program of numbers, in execution order, and the two loops that run them.

Both give the bits of the eager engine. A cotangent is added up from -0.0, which changes no bit of its first part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from autodiff.core.native import mypyc_attr
from autodiff.core.op import Op
from autodiff.scalar.node import evaluated

if TYPE_CHECKING:
    from mypy_extensions import i32

# What a step computes from its inputs a, b (and c).
GIVEN: Final = -1  # nothing: it is read from outside, or a gradient that was taken
CONSTANT: Final = 0
PLUS: Final = 1
MINUS: Final = 2
TIMES: Final = 3
PLUS_PRODUCT: Final = 4  # c + a b
MAX_0: Final = 5
OPPOSITE: Final = 6
SAME: Final = 7
ASSIGNED: Final = 12  # c, where a is what the variable was before: gradients flow there
UNARY: Final = 8  # what its op says, in Python
BINARY: Final = 9
TOTAL: Final = 10  # the sum of `more`
DOT_PRODUCT: Final = 11  # of the pairs in `more`, on top of the last one if it is alone


@mypyc_attr(acyclic=True)
class Step:
    """One operation of a program, and the numbers that it has just now: y, and the cotangent g."""

    __slots__ = ("a", "b", "c", "code", "g", "y")

    def __init__(self, code: i32, y: float) -> None:
        self.code: i32 = code
        self.y: float = y
        self.g: float = 0.0
        self.a: Step = self
        self.b: Step = self
        self.c: Step = self


@mypyc_attr(acyclic=True)
class RareStep(Step):
    """A step that asks its op, or that has many inputs."""

    __slots__ = ("more", "op")

    def __init__(self, code: i32, y: float, op: Op) -> None:
        super().__init__(code, y)
        self.op = op
        self.more: list[Step] = []


def forward(steps: list[Step]) -> None:
    """Compute each step from those before it, and forget its cotangent."""
    for s in steps:
        code = s.code
        s.g = -0.0
        if code == PLUS_PRODUCT:
            s.y = s.c.y + s.a.y * s.b.y
        elif code == TIMES:
            s.y = s.a.y * s.b.y
        elif code == PLUS:
            s.y = s.a.y + s.b.y
        elif code == MINUS:
            s.y = s.a.y - s.b.y
        elif code == MAX_0:
            x = s.a.y
            s.y = x if not x <= 0.0 else 0.0
        elif code == OPPOSITE:
            s.y = -s.a.y
        elif code == SAME:
            s.y = s.a.y
        elif code == ASSIGNED:
            s.y = s.c.y
        elif isinstance(s, RareStep):
            _forward_rare(s)


def _forward_rare(s: RareStep) -> None:
    op, more = s.op, s.more
    if s.code == UNARY:
        s.y = evaluated(op.scalar or op.forward, op.forward, (s.a.y,))
    elif s.code == BINARY:
        s.y = evaluated(op.scalar or op.forward, op.forward, (s.a.y, s.b.y))
    elif s.code == TOTAL:
        y = more[0].y
        for k in range(1, len(more)):
            y += more[k].y
        s.y = y
    elif s.code == DOT_PRODUCT:
        n = len(more)
        y = more[n - 1].y if n % 2 else 0.0
        for k in range(0, n - 1, 2):
            y += more[k].y * more[k + 1].y
        s.y = y


def backward(steps: list[Step]) -> None:
    """Hand on the cotangent of each step, the last step first in the list."""
    for s in steps:
        g, code = s.g, s.code
        if g == 0.0:  # nothing in, nothing out, also at an infinite slope
            s.a.g += g
            if code == PLUS_PRODUCT:
                s.c.g += g
            if s.b is not s:
                s.b.g += g
            if isinstance(s, RareStep):
                for source in s.more:
                    source.g += g
        elif code == PLUS_PRODUCT:
            a, b = s.a, s.b
            s.c.g += g
            a.g += g * b.y
            b.g += g * a.y
        elif code == TIMES:
            a, b = s.a, s.b
            a.g += g * b.y
            b.g += g * a.y
        elif code == PLUS:
            s.a.g += g
            s.b.g += g
        elif code == MINUS:
            s.a.g += g
            s.b.g -= g
        elif code == MAX_0:
            s.a.g += g * (1.0 if s.y > 0.0 else 0.0)
        elif code == OPPOSITE:
            s.a.g -= g
        elif code in (SAME, ASSIGNED):
            s.a.g += g
        elif isinstance(s, RareStep):
            _backward_rare(s, g)


def _backward_rare(s: RareStep, g: float) -> None:
    op, more = s.op, s.more
    if s.code == UNARY:
        rule = op.vjps[0]
        s.a.g += g * evaluated(rule, rule, (1.0, s.y, s.a.y))
    elif s.code == BINARY:
        a, b = s.a, s.b
        x, z = a.y, b.y
        if a.code != CONSTANT:
            a.g += g * evaluated(op.vjps[0], op.vjps[0], (1.0, s.y, x, z))
        if b.code != CONSTANT:
            b.g += g * evaluated(op.vjps[1], op.vjps[1], (1.0, s.y, x, z))
    elif s.code == TOTAL:
        for source in more:
            source.g += g
    elif s.code == DOT_PRODUCT:
        n = len(more)
        for k in range(0, n - 1, 2):
            left, right = more[k], more[k + 1]
            left.g += g * right.y
            right.g += g * left.y
        if n % 2:
            more[n - 1].g += g
