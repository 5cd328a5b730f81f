"""What a tape is given, checked; and what it returns, boxed."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff.boxes.tensor import Tensor
from autodiff.core.batched import Batched
from autodiff.core.box import Box, raw_of
from autodiff.core.dtypes import carries_gradient, is_complex
from autodiff.core.external import External, as_array
from autodiff.core.structural import IDENTITY
from autodiff.core.transfer import new_zeros, placed
from autodiff.failures.nesting import brief, deeper
from autodiff.scalar.value import Value, result
from autodiff.tape import nested

UNCONNECTED = ("none", "zero", "raise")


def check_unconnected(word: Any) -> None:
    if word not in UNCONNECTED:
        raise ValueError(f"Unknown value for unconnected_gradients: {brief(word)}; it is one of {', '.join(UNCONNECTED)}.")


def boxes_in(role: str, structure: Any, single: bool = False) -> list[Any]:
    """The boxes of a structure of targets or sources; TypeError for anything else in it."""
    if structure is None:
        raise TypeError(f"Argument `{role}` should be a Tensor, Variable or Value, or a nesting of them, but got None.")
    boxes = nested.leaves(structure)
    if single and (len(boxes) != 1 or boxes[0] is not structure):
        raise TypeError(f"`{role}` should be one Tensor, Variable or Value, but got a {type(structure).__name__}.")
    for k, box in enumerate(boxes):
        if not isinstance(box, Box):
            where = "" if box is structure else f" (entry {k})"
            hint = "" if role == "target" else " Only a Tensor, Variable or Value can be followed: wrap it in constant(...)"
            raise TypeError(
                f"The {role}{where} is {brief(box)} of type {type(box).__name__}, not a Tensor, Variable or Value."
                + (f"{hint} and watch it, then compute with that." if hint else "")
            )
        if not box.trainable and role == "source":
            refuse_integers(box, "differentiate with respect to")
    return boxes


def refuse_integers(box: Box, action: str) -> None:
    if not carries_gradient(box._raw()):
        raise TypeError(
            f"Can't {action} an array of dtype {box._raw().dtype}: integers have no gradient. "
            "Make it float: write 3.0 instead of 3, or constant(x, dtype=float)."
        )


def seeds_for(target: Any, targets: list[Any], output_gradients: Any) -> list[Any]:
    """A cotangent for each target, None for ones. One target takes one array; several take a structure of them."""
    if output_gradients is None:
        return [None] * len(targets)
    seeds = [output_gradients] if isinstance(target, Box) else nested.leaves(output_gradients)
    if len(seeds) != len(targets):
        raise ValueError(f"output_gradients has {len(seeds)} entries for {len(targets)} targets.")
    return [None if seed is None else _seed(box, seed) for box, seed in zip(targets, seeds, strict=True)]


def _seed(box: Any, seed: Any) -> Any:
    place, data = box._raw(), raw_of(seed)
    if not isinstance(seed, Box) or (type(place) is External and isinstance(data, np.ndarray)):
        data = placed(data, place, None if isinstance(data, np.ndarray) else box.dtype)
    if np.shape(data) != np.shape(box._raw()):
        raise ValueError(f"output_gradients of shape {np.shape(data)} does not fit a target of shape {np.shape(box._raw())}.")
    if is_complex(data) and not is_complex(box._raw()):
        raise TypeError("output_gradients holds complex numbers for a target of real ones.")
    if isinstance(seed, Box):
        return seed._call(IDENTITY, (seed,), {}) if seed.trainable else seed  # as it is now: it may be a gradient itself
    return float(data) if isinstance(box, Value) else data


def check_batches(target: tuple[int, ...], source: tuple[int, ...]) -> None:
    for shape in (target, source):
        if len(shape) < 2:
            raise ValueError(f"Shape {shape} must have rank at least 2: a batch of rows. Use jacobian for a single one.")
    if target[0] != source[0]:
        raise ValueError(f"Need first dimension of target shape ({target}) and source shape ({source}) to match.")


def answers(found: list[Any], sources: list[Any], word: str, rows: tuple[int, ...] = (), shared: int = 0) -> list[Any]:
    """The cotangents as boxes of their sources' kinds, and what `unconnected_gradients` says where there is none. `rows`
    is the shape of a jacobian's target, which has its first `shared` axes in common with the source."""
    return [_answer(g, source, word, rows, shared) for g, source in zip(found, sources)]


def _answer(g: Any, source: Any, word: str, rows: tuple[int, ...], shared: int) -> Any:
    if isinstance(g, Box):
        return g
    number = isinstance(source, Value) and not rows
    if isinstance(g, float) and number:
        return result(g)
    if g is not None:
        return result(float(g)) if number and not isinstance(g, Batched) else Tensor(g)
    if word == "none":
        return None
    if word == "raise":
        name = getattr(source, "name", None) or repr(source)
        raise ValueError(f"The target does not depend on the source {name} as far as this tape has recorded.")
    return result(0.0) if number else Tensor(new_zeros(source._raw(), rows + source.shape[shared:], source.dtype))


def directions(primals: Any, tangents: Any) -> list[Any]:
    """The tangents of forward mode as raw data, or as the boxes they are. ValueError where they do not fit the primals."""
    if outline(primals) != outline(tangents):
        raise ValueError(
            f"The tangents are not of the primals' structure: primals {outline(primals)}, tangents {outline(tangents)}, where "
            "each * is one array, number or box."
        )
    return [_direction(*pair) for pair in zip(nested.leaves(primals), nested.leaves(tangents), strict=True)]


def outline(structure: Any, depth: int = 0) -> str:
    """The structure alone: `[*, {'w': *}]`."""
    if isinstance(structure, dict):
        return "{" + ", ".join([f"{key!r}: {outline(part, deeper(depth))}" for key, part in structure.items()]) + "}"
    if isinstance(structure, (list, tuple)):
        inside = ", ".join([outline(part, deeper(depth)) for part in structure])
        return f"[{inside}]" if isinstance(structure, list) else f"({inside})"
    if nested.is_node(structure):
        parts = nested.parts_of(structure, deeper(depth))[0]
        return f"{type(structure).__name__}({', '.join([outline(part, deeper(depth)) for part in parts])})"
    return "*"


def _direction(primal: Any, tangent: Any) -> Any:
    if np.shape(tangent) != np.shape(primal._raw()):
        raise ValueError(f"A tangent of shape {np.shape(tangent)} does not fit a primal of shape {np.shape(primal._raw())}.")
    if is_complex(tangent._raw() if isinstance(tangent, Box) else as_array(tangent)) and not is_complex(primal._raw()):
        raise TypeError("A tangent of complex numbers does not fit a primal of real ones.")
    if isinstance(tangent, Box):
        return tangent
    return float(tangent) if isinstance(primal, Value) else placed(tangent, primal._raw(), primal.dtype)
