"""A listener that knows which layer of a model computes."""

from __future__ import annotations

from typing import Any

import numpy as np

import autodiff as ad
from nn.layers.base import Layer
from nn.layers.tree import walk
from nn.typing import Function

SQUASHING = ("sigmoid", "softmax")  # the ops whose results are probabilities
FOR_LOGITS = ("log_softmax", "logsumexp", "sigmoid", "softmax", "softplus")  # the ops whose inputs are no probabilities
SHAPES = ("astype", "expand_dims", "getitem", "moveaxis", "ravel", "reshape", "squeeze", "transpose")  # all numbers stay


class Listener(ad.Recorder):
    """Hears what each layer computes: relus, what is squashed twice, and numbers that leave the tape.

    The calls of the model's layers are replaced, so give it a copy.
    """

    def __init__(self, model: Any) -> None:
        self.inside: list[str] = []  # the layers that are computing now
        self.results: dict[str, tuple[Any, Any]] = {}  # {layer: (its first input, its output)}, in the order of their ends
        self.relus: list[tuple[str, Any]] = []  # (layer, output)
        self.made: dict[int, tuple[str, Any]] = {}  # {id of a box: (the activation that made it, the box)}
        self.squashed: list[tuple[str, str, str]] = []  # (layer, op, the op before it)
        self.escapes: list[tuple[str, str]] = []  # (layer, how)
        self.ours: set[str] = set()  # the layers of nn, and its losses, which need not be told what leaves the tape in them
        for name, layer in named_layers(model).items():
            layer.call = self._following(name, layer.call)
            if type(layer).__module__.startswith("nn."):
                self.ours.add(name)
        if getattr(model.loss, "function", model.loss).__module__.startswith("nn."):
            self.ours.add("")

    def _following(self, name: str, call: Function) -> Function:
        """`call`, which also says that its layer computes."""

        def following(*inputs: Any, **options: Any) -> Any:
            self.inside.append(name)
            try:
                output = call(*inputs, **options)
            finally:
                self.inside.pop()
            self.results[name] = inputs[0], output
            return output

        return following

    @property
    def here(self) -> str:
        """The layer that is computing now. Outside of the model it is the loss."""
        return self.inside[-1] if self.inside else ""

    def maker(self, box: Any) -> str:
        """The activation that made this box, or nothing. A change of the shape, or of signs, does not count."""
        return self.made.get(id(box), ("", None))[0]

    def on_op(self, op: Any, inputs: Any, params: Any, output: Any) -> None:
        before = self.maker(inputs[0]) if inputs else ""
        if before in SQUASHING and op.name in FOR_LOGITS:
            self.squashed.append((self.here, op.name, before))
        if op.name == "relu" or (op.name == "maximum" and any(np.ndim(a) == 0 and a == 0 for a in inputs)):
            self.relus.append((self.here, output))
        if op.activation or (before and (op.name in SHAPES or changes_signs(op, inputs))):
            self.made[id(output)] = op.name if op.activation else before, output

    def on_escape(self, box: Any, how: str) -> None:
        if self.here not in self.ours:
            self.escapes.append((self.here, how))


def changes_signs(op: Any, inputs: Any) -> bool:
    """Whether an operation turns the signs of its first input, as the logistic loss does for one of the two labels."""
    return bool(op.name == "multiply" and np.all(np.abs(ad.to_numpy(inputs[1])) == 1.0))


def named_layers(model: Any) -> dict[str, Layer]:
    """{name: layer} for the model and all layers inside it. Where two have one name, the name is the path."""
    found = list(walk(model, Layer))
    names = [layer.name for _, layer in found]
    paths = [path.replace(".", "/") or layer.name for path, layer in found]
    return {name if names.count(name) == 1 else path: layer for name, path, (_, layer) in zip(names, paths, found)}
