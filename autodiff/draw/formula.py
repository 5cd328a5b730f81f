"""An op and its arguments as a formula: `w * x`, `a @ b`, `sum(x, axis=0)`."""

from __future__ import annotations

from typing import Any

import numpy as np

SYMBOLS = {
    "add": "+", "subtract": "-", "multiply": "*", "divide": "/", "power": "**", "float_power": "**", "matmul": "@",
    "mod": "%", "maximum": "max", "minimum": "min",
}  # fmt: skip
INFIX = {"+", "-", "*", "/", "**", "@", "%"}
PRINTED = {"*": "×", "/": "÷", "-": "−", "**": "^"}  # the signs of print
OWN_NAMES = {"_astype": "astype", "to_value": "number", "identity": "read", "getitem": "index"}
LONGEST = 28  # characters of a parameter


def title(op: Any) -> str:
    """An op's name."""
    return OWN_NAMES.get(op.name) or str(op.name)


def symbol(op: Any) -> str:
    """The sign that a person writes for an op, or its name."""
    sign = SYMBOLS.get(op.name, title(op))
    return title(op) if sign == "**" else PRINTED.get(sign, sign)


def expression(op: Any, arguments: list[str], params: dict[str, Any], printed: bool = False) -> str:
    """The op's call as a person writes it, in Python or in print.

    >>> from autodiff.core.ops import OPS
    >>> expression(OPS[np.multiply], ["w", "x"], {}), expression(OPS[np.mean], ["e"], {"axis": 0})
    ('w * x', 'mean(e, axis=0)')
    """
    sign = SYMBOLS.get(op.name)
    if sign in INFIX and len(arguments) == 2:
        sign = PRINTED.get(sign, sign) if printed else sign
        return f"{grouped(arguments[0])} {sign} {grouped(arguments[1])}"
    if op.name == "negative":
        return ("−" if printed else "-") + grouped(arguments[0])
    if op.name == "getitem":
        return f"{grouped(arguments[0])}[{key_text(params.get('key'))}]"
    extra = [f"{name}={param_text(value)}" for name, value in params.items() if value is not None]
    shown = arguments if len(arguments) <= 6 else [*arguments[:5], f"… {len(arguments) - 5} more"]
    return f"{title(op)}({', '.join([*shown, *extra])})"


def grouped(argument: str) -> str:
    """An argument that can stand beside a sign."""
    return f"({argument})" if " " in argument or argument.startswith("-") else argument


def param_text(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"array{value.shape}"
    text = getattr(value, "__name__", None) or str(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def key_text(key: Any) -> str:
    """The key of `x[key]`."""
    if isinstance(key, tuple):
        return ", ".join(map(key_text, key))
    if isinstance(key, slice):
        ends = ["" if end is None else str(end) for end in (key.start, key.stop)]
        return ":".join(ends if key.step is None else [*ends, str(key.step)])
    return "..." if key is Ellipsis else param_text(key)
