"""Functions written in terms of ops: their derivatives are those of their parts, to any order."""

from __future__ import annotations

import functools
from typing import Any

from autodiff.core.door import gathered
from autodiff.core.op import Function, first_box

COMPOSED: dict[Function, Function] = {}  # from numpy's function, and from ours, to the body that boxes go through


def composed(*functions: Function | None, joins: bool = False) -> Any:
    """Enter numpy's functions (None: this numpy has no such function) as what the decorated body says in terms of ops.

    The public function that takes the body's name sends boxes through the body and anything else to numpy. A list of
    boxes as the first argument is made one array before that, unless the body `joins` several arrays.
    """

    def enter(body: Function) -> Function:
        original = functions[0] or body

        def traced(*args: Any, **kwargs: Any) -> Any:
            if args and not joins and isinstance(args[0], (list, tuple)):
                args = (gathered(args[0]), *args[1:])
            return body(*args, **{k: v for k, v in kwargs.items() if v is not None or k not in ("out", "dtype")})

        def public(*args: Any, **kwargs: Any) -> Any:
            boxed = first_box((*args, *kwargs.values())) is not None
            return traced(*args, **kwargs) if boxed else original(*args, **kwargs)

        functools.update_wrapper(public, original)
        for function in (*functions, public):
            if function is not None:
                COMPOSED[function] = traced
        return public

    return enter
