"""Layers around a layer: for each step of sequences, and for sequences in both directions."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

import autodiff as ad
from nn import lookup
from nn.arguments import one, wrong
from nn.layers.base import ArrayLayer, Layer
from nn.layers.recurrent import RNN
from nn.typing import Shape

MERGES = {"concat": lambda a, b: ad.concatenate([a, b], axis=-1), "sum": ad.add, "mul": ad.multiply,
          "ave": lambda a, b: (a + b) / 2}  # fmt: skip


class Bidirectional(ArrayLayer):
    """A recurrent layer that goes through sequences forward, and a twin of it that goes backward.

    merge_mode: what becomes of both outputs: "concat", "sum", "mul", "ave", or None for both of them. backward_layer: another
    layer in place of the twin, with go_backwards=True. initial_state has the states of both.

    >>> import numpy as np
    >>> from nn import LSTM
    >>> Bidirectional(LSTM(3, return_sequences=True))(np.ones((2, 5, 4))).shape
    (2, 5, 6)
    """

    def __init__(self, layer: RNN, merge_mode: str | None = "concat", backward_layer: RNN | None = None,
                 **options: Any) -> None:  # fmt: skip
        options.setdefault("dtype", one("layer", layer, "a recurrent layer", RNN).dtype)
        super().__init__(**options)
        layer = layer if layer.built else copy.deepcopy(layer)  # its name changes
        self.merge_mode = None if merge_mode is None else lookup.one_of("merge_mode", merge_mode, list(MERGES))
        if backward_layer is None:
            if layer.built:
                raise ValueError(f"{layer.name} is built, so it can't have a twin: give Bidirectional a new layer.")
            backward_layer = copy.deepcopy(layer)
            backward_layer.go_backwards = not layer.go_backwards
        self.forward_layer, self.backward_layer = layer, one("backward_layer", backward_layer, "a recurrent layer", RNN)
        self.return_sequences, self.return_state = layer.return_sequences, layer.return_state
        if backward_layer.go_backwards == layer.go_backwards or (
            (backward_layer.return_sequences, backward_layer.return_state) != (self.return_sequences, self.return_state)
        ):
            raise wrong("backward_layer", "a layer that goes the other way and returns the same", backward_layer)
        for one_way in (layer, backward_layer):
            one_way.zero_output_for_mask = self.return_sequences
        name = layer.name.removeprefix("forward_")
        backward_layer.name, layer.name = f"backward_{name}", f"forward_{name}"

    @property
    def layer(self) -> RNN:
        """The layer that goes forward."""
        return self.forward_layer

    def build(self, input_shape: Shape) -> None:
        for layer in (self.forward_layer, self.backward_layer):
            if not layer.built:
                layer.build(input_shape)

    def call(self, x: Any, initial_state: Any = None, mask: Any = None) -> Any:
        layers = self.forward_layer, self.backward_layer
        given = [None, None]
        if initial_state is not None:
            half = len(initial_state) // 2
            given = [initial_state[:half], initial_state[half:]]
        a, b = [layer(x, initial_state=own, mask=mask) for layer, own in zip(layers, given)]
        states = (*a[1:], *b[1:]) if self.return_state else ()
        a, b = (a[0], b[0]) if self.return_state else (a, b)
        if self.return_sequences:
            b = b[:, ::-1]
        y = (a, b) if self.merge_mode is None else (MERGES[self.merge_mode](a, b),)
        return (*y, *states) if len(y) + len(states) > 1 else y[0]

    def compute_mask(self, x: Any, mask: Any = None) -> Any:
        return [mask, mask if self.merge_mode is None else None] if self.return_sequences else None


class TimeDistributed(ArrayLayer):
    """A layer applied to each step of sequences (batch, steps, ...) on its own: to all of them at once, as one large batch.

    >>> import numpy as np
    >>> from nn import Dense
    >>> TimeDistributed(Dense(3))(np.ones((2, 5, 4))).shape
    (2, 5, 3)
    """

    supports_masking = True

    def __init__(self, layer: Layer, **options: Any) -> None:
        options.setdefault("dtype", one("layer", layer, "a layer", Layer).dtype)
        super().__init__(**options)
        self.layer = layer
        self._keeps_integers = True

    def call(self, x: Any, mask: Any = None) -> Any:
        if x.ndim < 2:
            raise ValueError(f"{self.name} takes sequences (batch, steps, ...), but got shape {x.shape}.")
        batch, steps = x.shape[:2]
        inner = {}
        if mask is not None and np.ndim(mask) > 2 and "mask" in self.layer._options:
            inner["mask"] = ad.reshape(mask, (batch * steps, *np.shape(mask)[2:]))
        y = self.layer(ad.reshape(x, (batch * steps, *x.shape[2:])), **inner)
        return ad.reshape(y, (batch, steps, *y.shape[1:]))
