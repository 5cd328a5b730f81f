"""The error's text: what is not finite, where the user called the op, the operands, why, and what to try."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autodiff.core.op import Inputs, Op, Params
from autodiff.debugging.faults import Fault, Flow, backward_cure, blamed, forward_cure
from autodiff.debugging.source import Words, chosen_by_where
from autodiff.failures.callsite import CallSite
from autodiff.failures.operands import Operand, counts, floats, named, operand_lines

UNKNOWN = "  (the op was called outside `with ad.debug():`, so its line is not known)"


@dataclass(frozen=True, eq=False)
class Report:
    """An op whose output is not finite; or, with a `flow`, whose contribution to its input k is not.

    The flow is (k, the input k, the cotangent that arrived, the contribution).
    """

    op: Op
    inputs: Inputs
    params: Params
    output: Operand
    site: CallSite | None
    flow: Flow | None = None

    def text(self) -> str:
        words = Words(self.op, len(self.inputs), self.site)
        operands = [(f"operand {k}", x) for k, x in enumerate(self.inputs)]
        if self.flow is None:
            operands.append(("result", self.output))
        else:
            k, _, upstream, part = self.flow
            several = isinstance(upstream, tuple)
            operands += [(f"gradient in, of output {j}", g) for j, g in enumerate(upstream)] if several else [
                ("gradient in", upstream)]  # fmt: skip
            operands.append((f"gradient to operand {k}", part))
        return "\n".join([*self.head(), *operand_lines(operands), *self._why(words)])

    def head(self) -> list[str]:
        """What is not finite, and where the user called the op."""
        place = str(self.site) if self.site is not None else UNKNOWN
        if self.flow is None:
            return [self._of_value(), place]
        what = f"The gradient of {self.op.name}: {badly(self.flow[3], 'number')}".replace(": the number is", " is")
        called = [f"{self.op.name} was called here, in the forward pass:"] if self.site is not None else []
        return [what, *called, place]

    def _of_value(self) -> str:
        """The first line, which blames data that were not finite before the op had them."""
        k = blamed(self.op, self.inputs, self.output)
        if k < 0:
            return f"{self.op.name}: {badly(self.output, 'result')}"
        x = self.inputs[k]
        name = f", the {named(x)}," if getattr(x, "name", None) else ""
        return f"{self.op.name} was given data that are not finite: operand {k}{name} {has(x)}"

    def _why(self, words: Words) -> list[str]:
        fault = Fault(self.op, self.inputs, self.output, self.flow, words, chosen_by_where(self.site))
        return backward_cure(fault) if self.flow is not None else forward_cure(fault)


def has(x: Operand) -> str:
    """How many of an operand's numbers are not finite.

    >>> has(np.array([1.0, np.nan]))
    'has 1 nan among 2 numbers, the first at [1].'
    """
    data = floats(x)
    if not data.shape:
        return f"is {data}."
    first = ", ".join([str(k) for k in np.argwhere(~np.isfinite(data))[0]])
    return f"has {' and '.join(counts(data))} among {data.size} numbers, the first at [{first}]."


def badly(x: Operand, noun: str) -> str:
    """How many numbers are not finite, of which kind, and where the first one is.

    >>> badly(np.array([1.0, np.nan]), "result")
    '1 of 2 results is not finite: nan, the first at [1].'
    >>> badly(float("inf"), "result")
    'the result is inf.'
    """
    data = floats(x)
    bad = ~np.isfinite(data)
    kinds = [text.split()[1] for text in counts(data)]
    if not data.shape:
        return f"the {noun} is {kinds[0]}."
    first = ", ".join([str(k) for k in np.argwhere(bad)[0]])
    many = f"{bad.sum()} of {data.size} {noun}s {'is' if bad.sum() == 1 else 'are'} not finite"
    return f"{many}: {' and '.join(kinds)}, the first at [{first}]."
