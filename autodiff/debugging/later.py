"""debug on lazy arrays: their numbers are looked at when the user computes them, a block at a time.

A look hands its block on as it is. It raises before anything is computed from a block that is not finite. It waits for no other
block, so Dask joins it with the operation before it or after it, in one task.
"""

from __future__ import annotations

import sys
from typing import Any, Final
from uuid import uuid4

import numpy as np

from autodiff.core.box import raw_of
from autodiff.core.external import released
from autodiff.core.op import Inputs, Op
from autodiff.core.portable import FORWARD, Portable
from autodiff.failures.callsite import CallSite
from autodiff.failures.operands import Numbers, Operand, floats, is_inexact, makes_infinity

NAME: Final = "looked-at-"  # of the arrays that have been looked at
UNSEEN: Final = [
    "One of its operands may have had such a number: they are not seen here, as their blocks are others.",
    "Try np.isfinite(data).all().compute() where the data come in.",
]


def look_later(box: Operand, op: Op, site: CallSite | None, beside: Inputs, **how: Any) -> None:
    """Let the numbers of a lazy box, or of raw data, be looked at when they are computed, by Look(..., **how). Its plan is
    changed for that, which nobody has read yet. What stands `beside` is seen too, block by block, if the op is elementwise."""
    raw: Any = raw_of(box)
    if (raw.data.name.startswith(NAME) and "target" not in how) or not is_inexact(raw):
        return
    seen = [released(raw_of(x)) for x in beside] if op.elementwise else []
    if how.get("k") is not None and any(np.shape(x) != raw.shape for x in seen):  # the rule has summed
        seen = []
    seen = [_divided(x, raw.data) if np.ndim(x) else x for x in seen]
    look, meta = Look(Portable(op.forward, op, FORWARD), site, **how), np.empty((0,) * raw.ndim, raw.dtype)
    da: Any = sys.modules["dask.array"]
    raw.data = da.map_blocks(look, raw.data, *seen, dtype=raw.dtype, meta=meta, name=NAME + uuid4().hex)


def _divided(x: Any, like: Any) -> Any:
    """An operand in the blocks of the result."""
    da: Any = sys.modules["dask.array"]
    x = x if hasattr(x, "chunks") else da.from_array(x)
    known = [(1,) if n == 1 else c for n, c in zip(x.shape, like.chunks[like.ndim - x.ndim :])]
    return x if any(n != n for n in x.shape) else x.rechunk(tuple(known))


class Look:
    """Looks at a block of a result, or of what a rule hands to input `k`.

    An infinity of a result is let through as `debug` says: if it came in, from an operand that is `free` to have one, or as a
    constant, `given`. A `target` of a gradient has none.
    """

    def __init__(
        self, function: Portable, site: CallSite | None, k: int | None = None, free: tuple[bool, ...] = (), given: bool = False,
        target: bool = False,
    ) -> None:  # fmt: skip
        self.function, self.site, self.k, self.free, self.given, self.target = function, site, k, free, given, target

    def __call__(self, block: Numbers, *operands: Operand, block_id: tuple[int, ...] = ()) -> Numbers:
        if np.isfinite(block).all() or self._lets_through(block, operands):
            return block
        from autodiff.debugging.debugger import NonFiniteError  # only now: it imports this module
        from autodiff.debugging.report import Report

        flow = None if self.k is None else (self.k, block, operands[0] if operands else block, block)
        report = Report(self.function.op, operands if flow is None else operands[1:], {}, block, self.site, flow)
        lines = report.text().split("\n") if operands else [*report.head(), *UNSEEN]
        if block.ndim:
            lines.insert(1, f"(In block {tuple(map(int, block_id))} of a lazy array: places are counted from its start.)")
        raise NonFiniteError("\n".join(lines))

    def _lets_through(self, block: Any, operands: tuple[Any, ...]) -> bool:
        if self.target or self.k is not None or np.isnan(block).any():
            return False
        if not operands:  # nobody knows whether it came in
            return True
        carriers = [k for k, x in enumerate(operands) if np.isinf(floats(x)).any()]
        return not makes_infinity(block, operands) and (self.given or bool(carriers)) and all(self.free[k] for k in carriers)
