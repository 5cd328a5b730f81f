"""What is inside layers: the variables and layers in their attributes, in order of definition, and the state of all of them."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import numpy as np

import autodiff as ad
from nn import settings
from nn.arguments import DEEPEST
from nn.typing import Function, Variable


class Tree:
    """What has variables, layers and lists of them in its attributes."""

    _path_names: dict[Any, str] = {}  # {attribute: its name in a path}, where `walk` shows another name than the attribute's

    @property
    def variables(self) -> list[Variable]:
        """Every Variable (and Value) of this layer and those inside it, in order of definition."""
        return [v for _, v in walk(self, VARIABLE)]

    @property
    def trainable_variables(self) -> list[Variable]:
        return [v for v in self.variables if v.trainable]

    @property
    def non_trainable_variables(self) -> list[Variable]:
        return [v for v in self.variables if not v.trainable]

    weights = variables
    trainable_weights, non_trainable_weights = trainable_variables, non_trainable_variables

    def get_weights(self) -> list[np.ndarray]:
        """The numbers of the variables: a list of numpy's arrays."""
        return [np.array(v.numpy()) for v in self.variables]


VARIABLE = (ad.Variable, ad.Value)
WALKED = (Tree, list, tuple, dict, *VARIABLE)


def walk(tree: Any, kind: Any, deep: bool = True, path: str = "", seen: set[int] | None = None) -> Iterator[tuple[str, Any]]:
    """Yield (path, x) for everything of this kind inside layers, lists, tuples and dicts, once each, in order of definition.

    A path, such as "layers.0.kernel", says where x is. Not `deep`: the layers inside `tree` are yielded but not entered.
    """
    seen = set() if seen is None else seen
    if id(tree) in seen or not isinstance(tree, WALKED):
        return
    seen.add(id(tree))
    if path.count(".") > DEEPEST:
        raise ValueError(f"Layers, lists and dicts are nested more than {DEEPEST} levels deep: {path[:40]} ... Nest them less.")
    if isinstance(tree, kind):
        yield path, tree
    if isinstance(tree, VARIABLE) or (path and not deep and isinstance(tree, Tree)):
        return
    branches: Any = vars(tree) if isinstance(tree, Tree) else tree
    names: dict[Any, str] = tree._path_names if isinstance(tree, Tree) else {}
    for name, branch in branches.items() if isinstance(branches, dict) else enumerate(branches):
        if isinstance(branch, WALKED):  # asked here too: most attributes are numbers, and a training step walks thirty times
            step = names.get(name, name)
            yield from walk(branch, kind, deep, f"{path}.{step}" if path else f"{step}", seen)


State: TypeAlias = list[tuple[Tree, dict[str, Any]]]  # layers, and the attributes that they had


def snapshot(*layers: Tree) -> tuple[State, Function]:
    """The state of these layers and of those inside them, and a function that gives it back to them, with what their random
    generators and that of nn are about to draw."""
    before = [
        (inner, {name: x.copy() if isinstance(x, (list, dict)) else x for name, x in vars(inner).items()})
        for _, inner in walk(layers, Tree)
    ]
    own = [x for _, state in before for x in state.values() if isinstance(x, np.random.Generator)]
    streams = [(stream, stream.bit_generator.state) for stream in (settings.generator(), *own)]

    def restore() -> None:
        for stream, drawn in streams:
            stream.bit_generator.state = drawn
        for inner, state in before:
            vars(inner).clear()
            vars(inner).update(state)

    return before, restore


@contextmanager
def rollback_on_error(*layers: Tree) -> Iterator[State]:
    """If this block fails, the layers, those inside them and their random generators get back the state they had before."""
    before, restore = snapshot(*layers)
    try:
        yield before
    except BaseException:
        restore()
        raise


def mark_built(build: Function) -> Function:
    """`build`, followed by marking its layer as built. If it fails, nothing has changed."""

    @functools.wraps(build)
    def marking(self: Any, *args: Any, **kwargs: Any) -> None:
        with rollback_on_error(self):
            build(self, *args, **kwargs)
            self.built = True

    return marking
