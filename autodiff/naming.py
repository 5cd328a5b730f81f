"""Names for arrays, which pictures and the player show."""

from __future__ import annotations

from autodiff.core.array_names import name_array, name_of_array
from autodiff.core.box import Box, strip
from autodiff.core.escapes import checked_name
from autodiff.core.types import Tree

__all__ = ["named"]


def named(x: Tree, name: str) -> Tree:
    """`x`, which pictures and the player call by that name from now on, unless it has one.

    For an array that a function makes, and that no variable of the program holds: the mask of a dropout. A box can have its
    name from the start.

    Parameters
    ----------
    x : array or box
        Is returned as it is. Only a box and a numpy array can have a name.
    name : str
        A word in braces stands for that argument of the loss of ``nn`` that made the array, where call sites were noted:
        ``-one_hot({y_true})`` is shown as ``-one_hot(labels)`` in ``loss(labels, logits)``.

    Returns
    -------
    array or box

    Examples
    --------
    >>> import numpy as np
    >>> import autodiff as ad
    >>> def drop(x):
    ...     return x * ad.named(np.array([0.0, 2.0]), "mask")
    >>> [node.name for node in ad.draw(drop, np.ones(2)).sketch.graph.nodes if node.kind == "constant"]
    ['mask']
    """
    name = checked_name(name)
    if isinstance(x, Box) and x.name is None and "{" not in name:  # what a tape computes is no array that a picture names
        x.name = name
    if name_of_array(raw := strip(x)) is None:
        name_array(raw, name)
    return x
