"""An op and its arguments as a formula: `w * x`, `a @ b`, `sum(x, axis=0)`."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np

from autodiff.core.op import Params
from autodiff.drawing.graph import Node
from autodiff.rules.indexing import Hole

INFIX = {"+", "-", "*", "/", "**", "@", "%"}
PRINTED = {"*": "×", "/": "÷", "-": "−"}  # the signs of print
RANKS = {"+": 1, "-": 1, "−": 1, "*": 2, "×": 2, "/": 2, "÷": 2, "@": 2, "%": 2, "**": 4, "^": 4}  # the higher binds closer
NEGATION, ATOM = 3, 5
BRACKETS = re.compile(r" \(\d+\)|\([^()]*\)|\[[^][]*\]")  # `x (2)` is a name
NEGATED = re.compile(r"(?:^|(?<=[ (]))-")
TRANSPOSED = re.compile(r"(?<=[\w)\]])\.(m?T\b|transpose\(\))")
TRANSPOSING = re.compile(r"(?<![\w.])(transpose|matrix_transpose|swapaxes)\(")
LAST_TWO = (["-1", "-2"], ["-2", "-1"])
NO_VALUE = inspect.signature(np.sum).parameters["keepdims"].default
FIRST = "subscripts"  # of einsum, which it takes before its arrays
LONGEST = 28  # characters of a parameter


class Writer(Protocol):
    """How a node is written with its arguments."""

    def __call__(self, node: Node, arguments: list[str], printed: bool = False, /) -> str: ...


def title(node: Node) -> str:
    """The name of the op that computed a node, and which of its outputs it is."""
    op = node.op
    return "" if op is None else (op.label or op.name) + node.output


def in_print(text: str) -> str:
    """An expression of Python with the signs of print.

    >>> in_print("1 - y ** 2 / n"), in_print("exp(-y)"), in_print("A.T @ A"), in_print("well-known")
    ('1 − y ^ 2 ÷ n', 'exp(−y)', 'Aᵀ @ A', 'well-known')
    >>> in_print("trace(transpose(A + B) @ A)"), in_print("swapaxes(k, -1, -2)"), in_print("transpose(q, (0, 2, 1))")
    ('trace((A + B)ᵀ @ A)', 'kᵀ', 'transpose(q, (0, 2, 1))')
    """
    for call in reversed(list(TRANSPOSING.finditer(text))):
        first, *rest = arguments_in(text[call.end() :])
        stop = call.end() + len(", ".join([first, *rest])) + 1
        if first and (rest in LAST_TWO if call[1] == "swapaxes" else not rest) and text[stop - 1 : stop] == ")":
            text = f"{text[: call.start()]}{grouped(first)}ᵀ{text[stop:]}"
    words = [{**PRINTED, "**": "^"}.get(word, word) for word in text.split(" ")]
    return NEGATED.sub("−", TRANSPOSED.sub("ᵀ", " ".join(words)))


def arguments_in(text: str) -> list[str]:
    """The arguments of a call, in the text that begins with them.

    >>> arguments_in("a[1, 2], b) + c")
    ['a[1, 2]', 'b']
    """
    found, depth = [""], 0
    for c in text:
        depth += (c in "([{") - (c in ")]}")
        if depth < 0:
            break
        found[-1] += c
        if found[-1].endswith(", ") and not depth:
            found[-1] = found[-1][:-2]
            found.append("")
    return found


def symbol(node: Node) -> str:
    """The sign that a person writes for a node's op, in print; the op's name where there is no such sign."""
    sign = "" if node.op is None else node.op.symbol
    return title(node) if sign in ("", "**", "[]") else PRINTED.get(sign, sign)


def expression(node: Node, arguments: list[str], printed: bool = False) -> str:
    """How a node was computed from these arguments, as a person writes it, in Python or in print.

    >>> import autodiff as ad
    >>> expression(Node("op", 6.0, op=ad.multiply.op), ["w", "x"])
    'w * x'
    >>> expression(Node("op", 6.0, op=ad.mean.op, params={"axis": 0}), ["e"])
    'mean(e, axis=0)'
    >>> expression(Node("op", 6.0, op=ad.einsum.op, params={"subscripts": "i,i->"}), ["a", "b"])
    "einsum('i,i->', a, b)"
    """
    op, params = node.op, node.params
    if op is None:
        return ""
    sign = {**PRINTED, "**": "^"}.get(op.symbol, op.symbol) if printed else op.symbol
    if op.symbol in INFIX and len(arguments) == 2:
        left, right = arguments
        powers = RANKS[sign] == RANKS["**"]  # (a ** b) ** c keeps its parentheses, a - b + c does not
        right = f"({right})" if right.startswith(("-", "−")) else grouped(right, RANKS[sign] + 1)
        return f"{grouped(left, RANKS[sign] + powers)} {sign} {right}"
    if op.symbol in INFIX and len(arguments) == 1:
        return sign + grouped(arguments[0], NEGATION + 1)
    if op.symbol == "[]":
        return f"{grouped(arguments[0])}[{node.key or key_text(params.get('key'), iter(arguments[1:]))}]"
    if printed and arguments[:1] != ["·"] and exchanges(node):
        return f"{grouped(arguments[0])}ᵀ"
    first = [repr(params[FIRST])] if FIRST in params else []
    extra = [f"{name}={param_text(value)}" for name, value in shown_params(node).items() if name != FIRST]
    shown = arguments if len(arguments) <= 6 else [*arguments[:5], f"… {len(arguments) - 5} more"]
    if printed and len(arguments) > 2 and {*arguments} == {arguments[0]} - {"·"}:
        shown = [f"{arguments[0]} ×{len(arguments)}"]  # results of one function
    return f"{op.label or op.name}({', '.join([*first, *shown, *extra])}){node.output}"


def exchanges(node: Node) -> bool:
    """Whether an op exchanges the last two axes and leaves the others where they are."""
    rank = np.ndim(node.value)
    if node.op is None or node.op.name not in ("transpose", "swapaxes", "moveaxis") or rank < 2:
        return False
    last = [rank - 2, rank - 1]
    if node.op.name == "transpose":
        axes = node.params.get("axes")
        order = list(range(rank))[::-1] if axes is None else [int(axis) % rank for axis in axes]
        return order == [*range(rank - 2), *last[::-1]]
    axes = [axis for axis in node.params.values() if isinstance(axis, (int, np.integer))]
    return sorted(int(axis) % rank for axis in axes) == last


def is_call(node: Node) -> bool:
    """Whether a node's op is written as a call of several arguments."""
    return node.op is not None and node.op.symbol not in (*INFIX, "[]") and len(node.inputs) + len(shown_params(node)) > 1


def shown_params(node: Node) -> Params:
    """The parameters of a node's op that are not at their defaults."""
    if node.op is None or not node.params:
        return {}
    try:
        known = inspect.signature(node.op.function).parameters
    except (TypeError, ValueError):  # a builtin without a signature
        return {name: value for name, value in node.params.items() if value is not None}
    return {name: value for name, value in node.params.items()
            if value is not None and not is_default(value, known[name].default if name in known else None)}  # fmt: skip


def is_default(value: object, default: object) -> bool:
    """Whether a parameter is what it is when nobody gives it. (Where numpy has no value by default, it means False.)"""
    if default is NO_VALUE:
        return value is False
    return isinstance(value, (bool, int, float, str, tuple)) and type(value) is type(default) and repr(value) == repr(default)


def grouped(argument: str, rank: int = ATOM) -> str:
    """An argument that can stand beside a sign of this rank: in parentheses if its own signs bind less closely.

    >>> grouped("a * b", RANKS["+"]), grouped("a + b", RANKS["*"]), grouped("f(a + b)"), grouped("h (2)")
    ('a * b', '(a + b)', 'f(a + b)', 'h (2)')
    """
    return f"({argument})" if rank_of(argument) < rank else argument


def rank_of(formula: str) -> int:
    """The rank of the sign that binds least in a formula; 0 for words."""
    inner, outer = formula, ""
    while inner != outer:
        inner, outer = BRACKETS.sub("", inner), inner
    ranks = [RANKS.get(sign, 0) for sign in outer.split(" ")[1::2]]
    return min([*ranks, NEGATION if outer.startswith(("-", "−")) else ATOM])


def param_text(value: Any) -> str:
    """A parameter, cut short."""
    if isinstance(value, np.ndarray):
        return f"array{value.shape}"
    text = getattr(value, "__name__", None) or str(value)
    if len(text) <= LONGEST:
        return text
    return f"{text[0]}…{text[-1]}" if isinstance(value, (tuple, list, dict)) else text[: LONGEST - 1] + "…"


def key_text(key: Any, holes: Iterator[str]) -> str:
    """The key of `x[key]`; where a box stood in it, the next of `holes`."""
    if key is Hole:
        return next(holes, "·")
    if isinstance(key, tuple):
        return ", ".join([key_text(part, holes) for part in key])
    if isinstance(key, np.ndarray) and key.ndim:
        return "mask" if key.dtype == bool else "indices"
    if isinstance(key, list) and len(str(key)) > LONGEST:
        return "indices"
    if isinstance(key, slice):
        ends = ["" if end is None else str(end) for end in (key.start, key.stop)]
        return ":".join(ends if key.step is None else [*ends, str(key.step)])
    return "..." if key is Ellipsis else param_text(key)


def holds_array(key: object) -> bool:
    """Whether a key has an array in it."""
    return any(map(holds_array, key)) if isinstance(key, tuple) else isinstance(key, (np.ndarray, list))
