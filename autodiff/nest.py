"""Nested structures of numbers and arrays, under the names of tf.nest: lists, tuples, dicts, dataclasses, registered classes.

>>> from autodiff import nest
>>> nest.flatten({"w": [1.0, 2.0], "b": 3.0})
[1.0, 2.0, 3.0]
>>> nest.map_structure(lambda a, b: a + b, {"w": [1.0, 2.0]}, {"w": [10.0, 20.0]})
{'w': [11.0, 22.0]}
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autodiff.failures.arguments import function_given
from autodiff.failures.nesting import brief
from autodiff.tape import nested

__all__ = ["flatten", "is_nested", "map_structure", "pack_sequence_as"]


def flatten(structure: object) -> list[Any]:
    """The leaves of a structure: everything in it that is not itself a structure, in order.

    The leaves of a dict stand in the order of the dict. (TensorFlow sorts its keys.)

    >>> flatten((1.0, {"a": 2.0}))
    [1.0, 2.0]
    """
    return nested.leaves(structure)


def is_nested(x: object) -> bool:
    """Whether x is a structure, and no leaf.

    >>> is_nested([1.0]), is_nested(1.0)
    (True, False)
    """
    return nested.is_structure(x)


def map_structure(function: Callable[..., object], *structures: object) -> Any:
    """The structure with the function applied to every leaf: of several structures, to their leaves at the same place.

    Parameters
    ----------
    function : callable
    *structures : nested lists, tuples, dicts, ...
        They have the form of the first. Dicts are matched by their keys, whatever the order of these.

    Returns
    -------
    structure
        In the form of the first.

    Raises
    ------
    ValueError
        If another structure has another form: other keys, another length, or a leaf where the first has none.

    Examples
    --------
    >>> map_structure(lambda x: 2 * x, [1.0, (2.0, 3.0)])
    [2.0, (4.0, 6.0)]
    """
    function_given(function, "map_structure")
    first, *others = structures
    if not others:
        return nested.map_tree(function, first)
    columns = [flatten(first), *(flatten(_arranged(other, first, "structure")) for other in others)]
    return nested.like(first, [function(*leaves) for leaves in zip(*columns, strict=True)])


def pack_sequence_as(structure: object, flat_sequence: Sequence[object]) -> Any:
    """A structure of the same form, with these leaves. ValueError for another number of leaves.

    >>> pack_sequence_as({"a": 0, "b": [0, 0]}, [1.0, 2.0, 3.0])
    {'a': 1.0, 'b': [2.0, 3.0]}
    """
    given, wanted = list(flat_sequence), len(flatten(structure))
    if len(given) != wanted:
        raise ValueError(f"The structure {brief(structure)} has {wanted} leaves, but the sequence has {len(given)}.")
    return nested.like(structure, given)


def _arranged(other: Any, first: Any, where: str) -> Any:
    """The other structure in the order of the first. ValueError if it has another form."""
    if not nested.is_structure(first):
        if nested.is_structure(other):
            raise ValueError(f"{where} should be a leaf, but it is {brief(other)}.")
        return other
    if isinstance(first, dict):
        if not isinstance(other, dict) or other.keys() != first.keys():
            raise ValueError(f"{where} should have the keys {[*first]}, but it is {brief(other)}.")
        return {key: _arranged(other[key], part, f"{where}[{key!r}]") for key, part in first.items()}
    if isinstance(first, (list, tuple)):
        if not isinstance(other, (list, tuple)) or len(other) != len(first):
            raise ValueError(f"{where} should have {len(first)} parts, but it is {brief(other)}.")
        return [_arranged(part, like, f"{where}[{k}]") for k, (part, like) in enumerate(zip(other, first))]
    if type(other) is not type(first):
        raise ValueError(f"{where} should be a {type(first).__name__}, but it is {brief(other)}.")
    return other
