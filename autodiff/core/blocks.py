"""Functions of ours that look at numbers, on lazy arrays."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from autodiff.core.external import inside, is_lazy, outside
from autodiff.core.matrices import in_blocks


def on_blocks(signature: Any) -> Callable[[Any], Any]:
    """For a function of raw arrays that looks at numbers, with a signature as core/matrices.py has it. Those of lazy arrays it
    sees a block at a time, when that is computed."""

    def enter(function: Any) -> Any:
        @functools.wraps(function)
        def either(*args: Any, **params: Any) -> Any:
            lazy = next((x for x in args if is_lazy(x)), None)
            if lazy is None:
                return function(*args, **params)
            own = tuple([inside(x, lazy.data) for x in args])
            return outside(in_blocks(either, signature, own, params))

        either.signature = signature  # type: ignore[attr-defined]
        return either

    return enter
