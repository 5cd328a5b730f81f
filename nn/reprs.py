"""What an object of nn shows of itself: the call that makes it, and what has become of it since."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from reprlib import recursive_repr
from typing import Any

import numpy as np

from nn import settings
from nn.arguments import brief
from nn.lookup import name_of, snake

SEVERAL = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
HELD_AS = {"kernel_size": "size", "pool_size": "size", "output_shape": "sizes"}  # arguments whose attribute has another name
MISSING = object()
MANY = 12  # parts are shown; of more, the first and the last
WIDE = 120  # a longer text has its parts in lines of their own


def described(thing: Any, *states: str) -> str:
    """`Dropout(0.3, name='drop'), not built`: the call that makes an object, and its states."""
    return ", ".join([call_of(thing), *filter(None, states)])


def counted(variables: Iterable[Any]) -> str:
    count = sum(v.size for v in variables)
    return f"{count:,} parameters" if count else ""


@recursive_repr("...")
def call_of(thing: Any) -> str:
    """The class, with what the object's `_shown` says: by default its arguments, or else what it holds of its own kind."""
    if hasattr(thing, "_shown"):
        return called(type(thing).__name__, thing._shown())
    kind = type(thing).__mro__[-2]
    held = ((name, x) for name, x in vars(thing).items() if isinstance(x, kind))
    return called(type(thing).__name__, arguments(thing) or inside(held))


def called(name: str, parts: list[str]) -> str:
    """A call with these arguments, in one line if that is short."""
    line = f"{name}({', '.join(parts)})"
    if len(line) <= WIDE or len(parts) < 2:
        return line
    inside = ",\n".join(parts).replace("\n", "\n    ")
    return f"{name}(\n    {inside},\n)"


def arguments(thing: Any) -> list[str]:
    """The arguments that differ from their defaults, as far as the object has attributes of their names. Those that must be
    given, and the next one, stand without their names."""
    shown: list[str] = []
    leading = True
    for name, parameter in parameters(type(thing)).items():
        value = vars(thing).get(HELD_AS.get(name, name), MISSING)
        required = parameter.default is parameter.empty
        if value is MISSING or is_usual(thing, name, value) or same(value, parameter.default):
            leading = leading and required
        else:
            by_name = not leading or isinstance(value, bool) or parameter.kind is parameter.KEYWORD_ONLY
            shown.append(f"{name}={text(value)}" if by_name else text(value))
            leading = leading and required
    return shown


def inside(parts: Iterable[tuple[str, Any]]) -> list[str]:
    """The layers in a layer as arguments, by their names if they have some; of many, the first and the last ones."""
    shown = [f"{name}={call_of(part)}" if name else call_of(part) for name, part in parts]
    return shown if len(shown) <= MANY else [*shown[: MANY - 3], f"... {len(shown) - MANY + 1} more ...", *shown[-2:]]


def parameters(kind: type) -> dict[str, inspect.Parameter]:
    """The parameters of a class, and those that it hands on to its bases as keywords."""
    found: dict[str, inspect.Parameter] = {}
    by_place = True
    for base in kind.__mro__[:-1]:
        if "__init__" in vars(base):
            own = list(inspect.signature(vars(base)["__init__"]).parameters.values())[1:]
            kept = [p for p in own if p.kind not in SEVERAL and not (found and p.default is p.empty)]
            found |= {p.name: p if by_place else p.replace(kind=p.KEYWORD_ONLY) for p in kept if p.name not in found}
            by_place = by_place and any(p.kind is p.VAR_POSITIONAL for p in own)
            if not any(p.kind is p.VAR_KEYWORD for p in own):
                break
    return found


def signature(kind: type) -> inspect.Signature:
    """The signature of a class whose __init__ ends in **options, with those that its bases take."""
    return inspect.Signature(list(parameters(kind).values()))


def is_usual(thing: Any, name: str, value: Any) -> bool:
    """Whether an attribute is what an object has if it is given none: a name such as `dense`, the default dtype, the shape of
    the first batch, or the steps of a window that are as wide as the window."""
    if name == "name":
        return value is None or getattr(thing, "_auto_named", False) or value == name_of(thing, None)
    return (name == "dtype" and value == settings.floatx()) or name == "input_shape" or (
        name == "strides" and not hasattr(thing, "use_bias") and value == vars(thing).get("size"))  # fmt: skip


def same(value: Any, default: Any) -> bool:
    """Whether an attribute is what the default of its argument stands for: itself, by its name, or None for no activation."""
    known = snake(getattr(value, "__name__", type(value).__name__))
    if isinstance(value, int | float) and isinstance(default, int | float):
        return value == default
    if isinstance(value, tuple) and isinstance(default, int):  # a size for each axis
        return set(value) == {default}
    return text(value) == text(default) or (isinstance(default, str) and known == default and not arguments_of(value)) or (
        default is None and known == "linear")  # fmt: skip


def arguments_of(value: Any) -> list[str]:
    return arguments(value) if hasattr(value, "__dict__") and not inspect.isroutine(value) else []


def text(value: Any) -> str:
    """A function by its name, an array by its shape, anything else by its repr, cut short."""
    if isinstance(value, np.ndarray) and value.ndim:
        return f"<array of shape {value.shape}>"
    if isinstance(value, np.ndarray | np.generic):
        return repr(value.item())
    if isinstance(value, np.dtype):
        return repr(value.name)
    if inspect.isroutine(value):
        return f"{value.__name__!r}"
    return brief(value)
