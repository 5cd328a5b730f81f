"""The arguments of a layer as a dictionary, and a layer made anew from them."""

from __future__ import annotations

from typing import Any, Self

from nn import reprs
from nn.layers.tree import Tree, walk

OF_ALL = ("name", "trainable", "dtype")  # arguments of every layer
ELSEWHERE = ("input_shape", "p", "activity_regularizer")  # no settings, another name of a rate, and what is told if it is there
MISSING = object()


class Configured:
    """What can say its arguments."""

    name: str
    dtype: Any
    trainable: Any
    activity_regularizer: Any

    def get_config(self) -> dict[str, Any]:
        """The arguments that `from_config` makes the layer from anew, without its weights. A subclass whose __init__ has
        arguments of its own overrides this, and adds them to those of `super().get_config()`.

        A layer among the arguments is told by its class and its own arguments. Raises NotImplementedError for an argument that
        is no attribute of the layer.

        >>> from nn import Dropout
        >>> Dropout(0.3, name="drop").get_config()
        {'name': 'drop', 'trainable': True, 'dtype': 'float32', 'rate': 0.3, 'noise_shape': None, 'seed': None}
        """
        config = {"name": self.name, "trainable": self.trainable, "dtype": self.dtype.name}
        if self.activity_regularizer is not None:
            config["activity_regularizer"] = self.activity_regularizer
        if type(self).get_config is not Configured.get_config:
            return config
        for argument in reprs.parameters(type(self)):
            attribute = reprs.HELD_AS.get(argument, argument)
            if argument not in (*OF_ALL, *ELSEWHERE):
                held = getattr(self, attribute, MISSING)
                if held is MISSING:
                    raise NotImplementedError(
                        f"{type(self).__name__} takes {argument}, which is no attribute of it, so it can't be told: define "
                        "get_config(self), which adds it to super().get_config()."
                    )
                config[argument] = told(held)
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """A new layer of these arguments."""
        return cls(**{name: made(x) for name, x in config.items()})


def told(held: Any) -> Any:
    """An argument of a layer: another layer by its class and its arguments, and so those in a list. Others as they are."""
    if isinstance(held, Configured):
        return {"class_name": type(held).__name__, "class": type(held), "config": held.get_config()}
    return [told(x) for x in held] if isinstance(held, (list, tuple)) and any(walk(held, Tree)) else held


def made(x: Any) -> Any:
    """The argument of which `told` told."""
    if isinstance(x, dict) and "class" in x:
        return x["class"].from_config(x["config"])
    return [made(part) for part in x] if isinstance(x, list) else x
