"""Why a number is not finite, and the usual cure: a table by op and kind of operand, forward and backward."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from autodiff.core.listening import current
from autodiff.core.op import Inputs, Op
from autodiff.debugging.source import Words
from autodiff.failures.operands import Numbers, Operand, floats, is_inexact, makes_infinity, raw

Flow = tuple[int, Operand, Operand, Operand]  # the number of an input, the input, the cotangent that came in, what flows on


@dataclass(frozen=True, eq=False)
class Fault:
    """What a row of the table may look at."""

    op: Op
    inputs: Inputs
    output: Operand
    flow: Flow | None
    words: Words
    where: tuple[str, bool] | None  # the `where` around the user's expression: its condition, and whether in its True branch

    @property
    def numbers(self) -> Numbers:
        """The output, or the contribution, some numbers of which are not finite."""
        return floats(self.output if self.flow is None else self.flow[3])

    def operand(self, k: int) -> Numbers:
        """The numbers of an operand that belong to the numbers that are not finite; all of them where the op mixes them."""
        x, bad = raw(self.inputs[k]), ~np.isfinite(self.numbers)
        x = floats(x) if is_inexact(x) else np.asarray(x, float)
        if self.op.elementwise:
            try:
                return np.broadcast_to(x, bad.shape)[bad]
            except ValueError:
                return x
        return x

    @property
    def is_complex(self) -> bool:
        return any(isinstance(raw(x), complex) or np.iscomplexobj(raw(x)) for x in self.inputs)

    @property
    def kind(self) -> str:
        """The kinds of numbers that are not finite: nan, or inf."""
        return "nan" if np.isnan(self.numbers).any() else "inf"

    def made_by(self, names: tuple[str, ...]) -> bool:
        """Whether operand 0 was computed by these ops, the last of them first, as far as a tape knows."""
        x, graph = self.inputs[0], current()
        if graph is None or not hasattr(x, "_raw") or x._epoch.graph is not graph.ref:
            return False
        index = int(x._index)
        for name in names:
            node = None if index < 0 else graph.node(index)
            if node is None or node.op is None or node.op.name != name:
                return False
            index = max(node.parents)
        return True


Test = Callable[[Fault], Any]
OfNumbers = Callable[[Numbers], Any]
Table = tuple[tuple[tuple[str, ...], Test, str, str], ...]
LOGS = ("log", "log2", "log10")
EXPS = ("exp", "exp2")
SUMS = ("mean", "std", "var")


def first(test: OfNumbers) -> Test:
    """Whether some bad number comes from such a first operand."""
    return lambda fault: np.any(test(fault.operand(0)))


def second(test: OfNumbers) -> Test:
    return lambda fault: np.any(test(fault.operand(1)))


def both(a: OfNumbers, b: OfNumbers) -> Test:
    return lambda fault: np.any(a(fault.operand(0)) & b(fault.operand(1)))


def made_by(*names: str) -> Test:
    """Whether the operand was computed by these ops, the last of them first, and is 0."""
    return lambda fault: fault.made_by(names) and np.any(fault.operand(0) == 0)


zero: OfNumbers = lambda x: x == 0
negative: OfNumbers = lambda x: x < 0
fractional: OfNumbers = lambda x: x != np.round(x)
ENGINES = ("", "None", "autodiff", "nn", "numpy", "scipy")  # where the function of an op is no user's
OF_ITS_BASE = ("power", "float_power")  # what is wrong here is the first operand, elsewhere the last
OF_COMPLEX = "Try np.where on the operand, so that it stays away from there. np.maximum and np.clip need an order."
# (ops, test, why, what to try). {f} is the function as the user wrote it, {x}, {a}, {b} its arguments.
FORWARD: Table = (
    (LOGS, made_by("sigmoid"), "{op} of 0 is -inf, and sigmoid rounds to 0 far to the left.",
     "-ad.softplus(-z) in place of {f}(ad.sigmoid(z)): the same number, and finite. So is a loss with from_logits=True."),
    (LOGS, made_by("softmax"), "{op} of 0 is -inf, and softmax rounds small probabilities to 0.",
     "ad.log_softmax(z) in place of {f}(ad.softmax(z)): the same number, and finite. So is a loss with from_logits=True."),
    (LOGS, made_by("subtract", "sigmoid"), "{op} of 0 is -inf, and 1 - sigmoid(z) rounds to 0 far to the right.",
     "-ad.softplus(z) in place of {f}(1 - ad.sigmoid(z)): the same number, and finite. So is a loss with from_logits=True."),
    (LOGS, first(negative), "{op} of a negative number is nan.",
     "{f}(np.maximum({x}, 1e-12)) if {x} is only rounded below 0; otherwise mend the sign of {x}."),
    (LOGS, first(zero), "{op} of 0 is -inf.", "{f}(np.maximum({x}, 1e-12)), or {f}({x} + 1e-12)."),
    (("log1p",), first(lambda x: x <= -1), "log1p(x) is log(1 + x), which needs x above -1.",
     "np.log1p(np.maximum({x}, -1 + 1e-7))."),
    (EXPS, first(lambda x: np.abs(x) > 1), "{op} of {largest} is larger than the largest {dtype}, {limit}.",
     "{f}({x} - np.max({x})) where only ratios matter. ad.softmax, ad.logsumexp, ad.softplus and ad.sigmoid do this."),
    (("expm1", "sinh", "cosh"), first(lambda x: np.abs(x) > 1), "{op} of {largest} is beyond the largest {dtype}, {limit}.",
     "{f}(np.clip({x}, -{edge}, {edge})), or smaller numbers."),
    (("divide",), both(zero, zero), "0 / 0 is nan.",
     "np.where({b} == 0, 1.0, {b}) as the divisor. The quotient is 0 there."),
    (("divide", "reciprocal"), lambda fault: np.any(fault.operand(len(fault.inputs) - 1) == 0), "Division by 0 is inf.",
     "np.where({b} == 0, 1.0, {b}) as the divisor, or {b} + 1e-12."),
    (("remainder", "fmod"), second(zero), "The remainder of a division by 0 is nan.",
     "np.where({b} == 0, 1.0, {b}) as the divisor."),
    (("power", "float_power"), both(zero, negative), "0 to a negative power is inf.",
     "np.where({a} == 0, 1.0, {a}) ** {b}, or ({a} + 1e-12) ** {b}."),
    (("power", "float_power"), both(negative, fractional), "A negative number to a power that is not whole is nan.",
     "np.abs({a}) ** {b}, with np.sign({a}) * before it if the sign is to stay."),
    (("sqrt",), first(lambda x: (x < 0) & (x > -1e-6)),
     "sqrt of a negative number is nan. These are so small that they are rounding errors of 0.", "{f}(np.maximum({x}, 0.0))."),
    (("sqrt",), first(negative), "sqrt of a negative number is nan.",
     "{f}(np.maximum({x}, 0.0)) if {x} should be at least 0; otherwise mend the sign of {x}."),
    (("arcsin", "arccos"), first(lambda x: np.abs(x) > 1), "{op} is defined from -1 to 1.", "{f}(np.clip({x}, -1.0, 1.0))."),
    (("arccosh",), first(lambda x: x < 1), "arccosh is defined from 1 on.", "{f}(np.maximum({x}, 1.0))."),
    (("arctanh",), first(lambda x: np.abs(x) >= 1), "arctanh is defined between -1 and 1, where it is finite.",
     "{f}(np.clip({x}, -1 + 1e-7, 1 - 1e-7))."),
    (("gammaln", "polygamma"), first(lambda x: (x <= 0) & (x == np.round(x))), "{op} is infinite at 0, -1, -2, ...",
     "{f}(np.maximum({x}, 1e-12))."),
    (SUMS, lambda fault: not np.size(raw(fault.inputs[0])), "A mean of no numbers is 0 / 0.",
     "it only if {x}.size > 0: the array of shape {shape} has no numbers."),
    (("std", "var"), lambda fault: fault.kind == "nan", "ddof= takes as many degrees of freedom as there are numbers: 0 / 0.",
     "ddof=0, or more numbers."),
    (("slogdet",), lambda fault: True, "The matrix is singular: its determinant is 0.",
     "{f}({x} + 1e-6 * np.eye(n))."),
    (("subtract", "add"), lambda fault: fault.kind == "nan", "inf - inf is nan: both operands are infinite there.",
     "-1e9 in place of -inf, if this is a mask; otherwise np.isfinite(data).all() where the data come in."),
    (("multiply",), lambda fault: fault.kind == "nan", "0 * inf is nan.",
     "np.where in place of a product with a mask of zeros: np.where(mask, x, 0.0)."),
)  # fmt: skip

BACKWARD: Table = (
    (("sqrt",), first(zero), "The slope of sqrt at 0 is inf.",
     "{f}({x} + 1e-12). The length of a vector is np.linalg.norm, whose gradient at 0 is 0."),
    ((*LOGS,), first(zero), "The slope of {op} at 0 is inf.", "{f}(np.maximum({x}, 1e-12))."),
    (("log1p",), first(lambda x: x == -1), "The slope of log1p at -1 is inf.", "np.log1p(np.maximum({x}, -1 + 1e-7))."),
    (("power", "float_power"), first(zero), "The slope of x ** p at 0 is inf for every p below 1.",
     "({a} + 1e-12) ** {b}, or np.maximum({a}, 1e-12) ** {b}."),
    (("cbrt",), first(zero), "The slope of cbrt at 0 is inf.", "{f}({x} + 1e-12)."),
    (("arcsin", "arccos", "arctanh"), first(lambda x: np.abs(x) == 1), "The slope of {op} at -1 and 1 is inf.",
     "{f}(np.clip({x}, -1 + 1e-7, 1 - 1e-7))."),
    (("arccosh",), first(lambda x: x == 1), "The slope of arccosh at 1 is inf.", "{f}(np.maximum({x}, 1 + 1e-7))."),
    (("divide",), second(lambda x: np.abs(x) < 1e-12), "The slope of a / b in b is -a / b**2, which overflows here.",
     "np.maximum({b}, 1e-6) as the divisor."),
)  # fmt: skip


def forward_cure(fault: Fault) -> list[str]:
    k = blamed(fault.op, fault.inputs, fault.output)
    if k >= 0:
        kind, x = fault.kind, fault.words.arguments[k] if fault.words.read else "data"
        return [f"The {kind} was there before this op.",
                f"Try np.is{kind}({x}).any() where the data come in. Leave these rows out, or fill them: np.nan_to_num. "
                "np.nanmean and np.nansum skip nan."]
    return with_where(fault, row_of(FORWARD, fault) or in_general(fault))


def backward_cure(fault: Fault) -> list[str]:
    assert fault.flow is not None
    name = getattr(fault.op.function, "__name__", fault.op.name)
    upstream = [floats(g) for g in (fault.flow[2] if isinstance(fault.flow[2], tuple) else (fault.flow[2],))]
    if str(getattr(fault.op.function, "__module__", "")).split(".")[0] not in ENGINES:
        return [f"This is what the grad function of {name} returned.",
                f"Try np.where inside that grad function, so that it is finite wherever {name} is."]
    if any(not np.isfinite(g).all() for g in upstream):
        return ["The gradient that came in is not finite already: output_gradients has such a number, or a sum of gradients "
                "grew too large.", "Try np.isfinite(output_gradients).all(), or a smaller loss scale."]
    return with_where(fault, row_of(BACKWARD, fault) or in_general(fault))


def row_of(table: Table, fault: Fault) -> list[str]:
    for ops, test, why, cure in table:
        if fault.op.name in ops and test(fault):
            known = filled(fault)
            return [why.format(**known), OF_COMPLEX if fault.is_complex else f"Try {cure.format(**known)}"]
    return []


def filled(fault: Fault) -> dict[str, object]:
    """What the table's texts may mention."""
    arguments = fault.words.arguments
    limit = np.finfo(fault.numbers.dtype).max
    x = fault.operand(0)
    return {
        "op": fault.op.name, "f": fault.words.function, "x": arguments[0], "a": arguments[0], "b": arguments[-1],
        "edge": f"{np.floor(np.log(limit)):.1f}", "dtype": fault.numbers.dtype, "limit": f"{limit:.2g}",
        "shape": np.shape(fault.inputs[0]), "largest": f"{x.flat[np.argmax(np.abs(x))]:.4g}" if x.size else "",
    }  # fmt: skip


def in_general(fault: Fault) -> list[str]:
    """For an op without a row: too large, or not defined."""
    infinite = [k for k, x in enumerate(fault.inputs) if np.isinf(floats(x)).any()]
    if infinite:
        return [f"Operand {infinite[0]} holds infinities: inf - inf, inf / inf and 0 * inf are nan.",
                "Try np.isfinite(data).all() to find where they come from, and -1e9 in place of -inf for a mask."]
    if fault.kind == "inf":
        limit = f"{np.finfo(fault.numbers.dtype).max:.2g}"
        more = "" if fault.numbers.dtype == np.float64 else " float64 reaches 1.8e+308."
        return [f"The result is larger than the largest {fault.numbers.dtype}, {limit}.",
                f"Try smaller numbers: data scaled to about 1, a smaller learning rate, or clipped gradients.{more}"]
    return [f"{fault.op.name} has no finite value for these operands.",
            "Try np.clip(x, low, high) on the operand, so that it stays where the function is defined."]


def with_where(fault: Fault, lines: list[str]) -> list[str]:
    """The cure of the untaken branch, if the expression stands inside `np.where(...)`."""
    if fault.where is None or not fault.op.elementwise:
        return lines
    condition, taken = fault.where
    x = fault.words.arguments[0 if fault.op.name in OF_ITS_BASE else -1]
    safe = f"np.where({condition}, {x}, 1.0)" if taken else f"np.where({condition}, 1.0, {x})"
    return [lines[0], "np.where computes both branches in full, also where it does not take them.",
            f"Try {safe} in place of {x} in this branch: then the branch is finite everywhere."]


def blamed(op: Op, inputs: Inputs, output: Operand) -> int:
    """The operand with which the numbers that are not finite came in; -1 if the op made them."""
    if np.isnan(floats(output)).any():
        return next((k for k, x in enumerate(inputs) if np.isnan(floats(x)).any()), -1)
    if op.elementwise and makes_infinity(output, inputs):
        return -1
    return next((k for k, x in enumerate(inputs) if np.isinf(floats(x)).any()), -1)
