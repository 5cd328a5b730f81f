"""Cells: one step of a recurrent layer, with Keras's equations and variables. x is the input of the step, h the last output.

SimpleRNN: h' = tanh(x K + b + h R). LSTM and GRU: see the classes. The kernels K and R of all gates stand side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import autodiff as ad
from nn import activations, arguments, initializers, regularizers
from nn.arguments import count, flag
from nn.layers.base import Layer
from nn.layers.dense import Dropout, known
from nn.typing import Array, Function, Shape

States = Sequence[Any]  # the states after a step, each of shape (batch, units); the first one is the output


class Cell(Layer):
    """One step: cell(x, states) is (output, new states). Subclasses say how many gates they have, and compute `step`.

    dropout, recurrent_dropout: in training, this share of the inputs, or of h where R multiplies it, is 0 in all steps alike.
    """

    gates = 1

    def __init__(self, units: int, activation: str | Function | None = "tanh", use_bias: bool = True,
                 kernel_initializer: str | Function = "glorot_uniform", recurrent_initializer: str | Function = "orthogonal",
                 bias_initializer: str | Function = "zeros", kernel_regularizer: str | Function | None = None,
                 recurrent_regularizer: str | Function | None = None, bias_regularizer: str | Function | None = None,
                 dropout: float = 0.0, recurrent_dropout: float = 0.0, seed: int | None = None,
                 **options: Any) -> None:  # fmt: skip
        super().__init__(**options)
        self.units = count("units", units)
        self.activation, self.use_bias = activations.get(activation), flag("use_bias", use_bias)
        self.kernel_initializer, self.recurrent_initializer, self.bias_initializer = map(
            initializers.get, (kernel_initializer, recurrent_initializer, bias_initializer))  # fmt: skip
        self.kernel_regularizer, self.recurrent_regularizer, self.bias_regularizer = map(
            regularizers.get, (kernel_regularizer, recurrent_regularizer, bias_regularizer))  # fmt: skip
        self.of_inputs, self.of_states = Dropout(dropout, (None, 1, None), seed), Dropout(recurrent_dropout, seed=seed)
        self.dropout, self.recurrent_dropout, self.seed = self.of_inputs.rate, self.of_states.rate, seed

    @property
    def state_size(self) -> Any:
        """How many numbers each state has for an example; of several states, a list."""
        return self.units

    def build(self, input_shape: Shape) -> None:
        n, width = known(self, arguments.shape("input_shape", input_shape)[-1]), self.gates * self.units
        self.kernel = self.add_weight((n, width), self.kernel_initializer, self.kernel_regularizer, name="kernel")
        self.recurrent_kernel = self.add_weight((self.units, width), self.recurrent_initializer, self.recurrent_regularizer,
                                                name="recurrent_kernel")  # fmt: skip
        if self.use_bias:
            first = self.first_bias(self.bias_initializer)
            self.bias = self.add_weight(self.bias_shape(width), first, self.bias_regularizer, name="bias")

    def bias_shape(self, width: int) -> Shape:
        return (width,)

    def first_bias(self, initializer: Function) -> Function:
        """The initializer of the bias."""
        return initializer

    def projected(self, x: Array) -> Any:
        """x K + b, of one step or of many."""
        z = ad.reshape(self.checked(x), (-1, x.shape[-1])) @ self.kernel
        return ad.reshape(z + self.input_bias() if self.use_bias else z, (*x.shape[:-1], z.shape[-1]))

    def checked(self, x: Array) -> Array:
        """x. Raises ValueError if it has another number of features than at the first call."""
        if x.shape[-1] != self.kernel.shape[0]:
            n = self.kernel.shape[0]
            raise ValueError(f"{self.name} was built for {n} features in each step, but its input has shape {x.shape}.")
        return x

    def input_bias(self) -> Any:
        """The bias b."""
        return self.bias

    def recurrent_mask(self, batch: int, training: bool) -> Any:
        """What h is multiplied with where R multiplies it, or None."""
        if not (training and self.recurrent_dropout):
            return None
        return self.of_states.call(ad.convert_to_tensor(np.ones((batch, self.units), self.dtype)), training)

    def call(self, x: Any, states: Any, training: bool = False) -> Any:
        states = states if isinstance(states, (list, tuple)) else [states]
        z = self.projected(self.of_inputs.call(x[:, None], training)[:, 0])
        return self.step(z, states, self.recurrent_mask(len(x), training))

    def step(self, z: Array, states: States, mask: Any = None) -> tuple[Any, list[Any]]:
        """The output and the states after a step whose input is z = x K + b. h is multiplied with the mask before R."""
        raise NotImplementedError

    def steps(self, x: Array, states: States, there: Any) -> tuple[Any, list[Any]] | None:
        """The outputs of all steps of x, (steps, batch, features), and the last states, by one operation; None if there is none
        for the settings of the cell. there: False for the steps that are not, (steps, batch), or None."""
        operation = self.operation()
        if operation is None:
            return None
        bias = self.bias if self.use_bias else np.zeros(self.bias_shape(self.gates * self.units), self.dtype)
        found = operation(self.checked(x), self.kernel, self.recurrent_kernel, bias, *states, there)
        every = found[: len(states)] if isinstance(found, tuple) else (found,)
        return every[0], [state[-1] for state in every]

    def operation(self) -> Function | None:
        """What computes all steps at once, if it has the activations of the cell."""
        return None


class SimpleRNNCell(Cell):
    """h' = activation(x K + b + h R)."""

    known_as = "simple_rnn_cell"

    def operation(self) -> Function | None:
        return ad.simple_rnn if self.activation is activations.tanh else None

    def step(self, z: Array, states: States, mask: Any = None) -> tuple[Any, list[Any]]:
        h = states[0] if mask is None else states[0] * mask
        y = self.activation(z + h @ self.recurrent_kernel)
        return y, [y]


class Gated(Cell):
    """A cell with gates: `recurrent_activation` says how far each is open."""

    def __init__(self, units: int, activation: str | Function | None = "tanh",
                 recurrent_activation: str | Function | None = "sigmoid", use_bias: bool = True,
                 **options: Any) -> None:  # fmt: skip
        super().__init__(units, activation, use_bias, **options)
        self.recurrent_activation = activations.get(recurrent_activation)

    def is_usual(self) -> bool:
        """Whether the activations are those of the operations for all steps."""
        return self.activation is activations.tanh and self.recurrent_activation is activations.sigmoid

    def part(self, z: Array, k: int, many: int = 1) -> Any:
        """The columns of gate k, or of so many from k on."""
        return z[..., k * self.units : (k + many) * self.units]


class LSTMCell(Gated):
    """Long short-term memory (Hochreiter and Schmidhuber, 1997). The gates are i, f, c, o in this order, and s is the sigmoid:

    c' = s(z_f) c + s(z_i) tanh(z_c), h' = s(z_o) tanh(c'), where z = x K + b + h R. The states are [h, c].

    unit_forget_bias: the bias of the gate f begins at 1, so that at first little is forgotten.
    """

    known_as = "lstm_cell"
    gates = 4

    def __init__(self, units: int, activation: str | Function | None = "tanh",
                 recurrent_activation: str | Function | None = "sigmoid", use_bias: bool = True, *,
                 unit_forget_bias: bool = True, **options: Any) -> None:  # fmt: skip
        super().__init__(units, activation, recurrent_activation, use_bias, **options)
        self.unit_forget_bias = flag("unit_forget_bias", unit_forget_bias)

    @property
    def state_size(self) -> list[int]:
        return [self.units, self.units]

    def first_bias(self, initializer: Function) -> Function:
        if not self.unit_forget_bias:
            return initializer

        def with_ones(shape: Shape, dtype: Any) -> Any:
            n = self.units
            return np.concatenate([initializer((n,), dtype), np.ones(n, dtype), initializer((2 * n,), dtype)])

        return with_ones

    def operation(self) -> Function | None:
        return ad.lstm if self.is_usual() else None

    def step(self, z: Array, states: States, mask: Any = None) -> tuple[Any, list[Any]]:
        (h, c), gate = states, self.recurrent_activation
        z = z + (h if mask is None else h * mask) @ self.recurrent_kernel
        i, f, o = gate(self.part(z, 0)), gate(self.part(z, 1)), gate(self.part(z, 3))
        c = f * c + i * self.activation(self.part(z, 2))
        y = o * self.activation(c)
        return y, [y, c]


class GRUCell(Gated):
    """Gated recurrent unit (Cho et al., 2014). The gates are z, r, h in this order, and s is the sigmoid:

    h' = z h + (1 - z) tanh(x_h + r (h R_h + b'_h)), where x = x K + b, z = s(x_z + h R_z + b'_z), r = s(x_r + h R_r + b'_r).

    reset_after: False has r multiply h before R_h, as in the paper; then there is no second bias b'.
    """

    known_as = "gru_cell"
    gates = 3

    def __init__(self, units: int, activation: str | Function | None = "tanh",
                 recurrent_activation: str | Function | None = "sigmoid", use_bias: bool = True, *, reset_after: bool = True,
                 **options: Any) -> None:  # fmt: skip
        super().__init__(units, activation, recurrent_activation, use_bias, **options)
        self.reset_after = flag("reset_after", reset_after)

    def bias_shape(self, width: int) -> Shape:
        return (2, width) if self.reset_after else (width,)

    def input_bias(self) -> Any:
        return self.bias[0] if self.reset_after else self.bias

    def operation(self) -> Function | None:
        return ad.gru if self.reset_after and self.is_usual() else None

    def step(self, z: Array, states: States, mask: Any = None) -> tuple[Any, list[Any]]:
        h, kernel = states[0], self.recurrent_kernel
        masked = h if mask is None else h * mask
        inner = masked @ (kernel if self.reset_after else self.part(kernel, 0, 2))
        if self.reset_after and self.use_bias:
            inner = inner + self.bias[1]
        gates = self.recurrent_activation(self.part(z, 0, 2) + self.part(inner, 0, 2))
        update, reset = self.part(gates, 0), self.part(gates, 1)
        inner = reset * self.part(inner, 2) if self.reset_after else (reset * masked) @ self.part(kernel, 2)
        y = update * h + (1.0 - update) * self.activation(self.part(z, 2) + inner)
        return y, [y]


class StackedRNNCells(Layer):
    """Several cells, each of which takes the output of the one before. RNN([cell, cell]) makes it."""

    def __init__(self, cells: Sequence[Layer], **options: Any) -> None:
        super().__init__(**options)
        self.cells = arguments.items("cells", cells, "a list of cells", Layer)

    @property
    def state_size(self) -> list[Any]:
        return [cell.state_size for cell in self.cells]  # type: ignore[attr-defined]

    def build(self, input_shape: Shape) -> None:
        for cell in self.cells:
            if not cell.built:
                cell.build(input_shape)
            size = cell.state_size  # type: ignore[attr-defined]
            input_shape = (input_shape[0], getattr(cell, "output_size", size[0] if isinstance(size, (list, tuple)) else size))

    def call(self, x: Any, states: Any, training: bool = False) -> Any:
        found = []
        for cell, own in zip(self.cells, states):
            single = not isinstance(own, (list, tuple))
            x, after = cell(x, [own] if single else own)
            found.append(after[0] if single and isinstance(after, (list, tuple)) else after)
        return x, found
