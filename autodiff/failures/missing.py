"""What is said of a numpy function that has no derivative rule."""

from __future__ import annotations

import sys
from collections.abc import Iterable

import numpy as np

from autodiff.failures.refused import refusal_of

NO_COMPLEX = (
    "its derivative is for real numbers only; compute with the real and the imaginary part, np.real(z) and np.imag(z), or do "
    "what is complex to constants."
)
OBJECTS = "An array of Python objects has no derivative here: pass an array of numbers, and stack Values by np.stack(values)."


def called(function: object) -> str:
    """What a user calls a function: np.linalg.inv, ad.relu."""
    name = getattr(function, "__name__", str(function))
    module = getattr(function, "__module__", None) or "numpy"
    if isinstance(function, np.ufunc) and hasattr(sys.modules.get("scipy.special"), name):
        return f"scipy.special.{name}" if not hasattr(np, name) else f"np.{name}"
    return f"np{module[5:]}.{name}" if module.startswith("numpy") else f"{_home(function, name)}.{name}"


def _home(function: object, name: str) -> str:
    """Where a user finds one of our functions: ad, ad.linalg, ad.fft, or a module of ad.scipy."""
    modules = getattr(sys.modules.get("autodiff.scipy"), "__all__", ())
    for place in ("autodiff", "autodiff.linalg", "autodiff.fft", *[f"autodiff.scipy.{module}" for module in modules]):
        found = vars(sys.modules[place]).get(name) if place in sys.modules else None
        if found is not None and function in (found, getattr(found, "__wrapped__", None)):
            return place.replace("autodiff", "ad", 1)
    return "ad"


def can_be_written(name: str) -> bool:
    """Whether a user can write what `called` says: a helper of a rule has no such name, nor has a ufunc's method."""
    first, *steps = name.split(".")
    found: object = sys.modules.get({"np": "numpy", "ad": "autodiff"}.get(first, first))
    for step in steps:
        found = getattr(found, step, None)
    return callable(found) and not steps[-1].startswith("_")


def no_method(name: str) -> str:
    """Why a method of a ufunc is refused."""
    return f"{name} has no derivative rule, so its gradient would be lost. {refusal_of(name) or 'Use the function itself.'}"


def no_rule(function: object, known_ones: Iterable[object]) -> str:
    """Why a numpy function is refused, and what might serve instead."""
    import difflib  # only now: it takes milliseconds

    name = called(function)
    known = sorted(other for other in {called(other) for other in known_ones if callable(other)} if can_be_written(other))
    refusal = refusal_of(name)
    if refusal is not None:
        return f"{name} has no derivative rule, so its gradient would be lost. {refusal}"
    near = difflib.get_close_matches(name, known, n=3)
    return (
        f"{name} has no derivative rule, so its gradient would be lost."
        + (f" Near ones with a rule: {', '.join(near)}." if near else "")
        + " On constant data call it on t.numpy(); to teach it a derivative see autodiff.custom_gradient."
    )
