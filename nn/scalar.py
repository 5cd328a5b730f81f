"""The scalar twin: the same networks, made of single numbers as in micrograd. They are slow, and a drawing shows every edge."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from numbers import Real
from typing import Any

from autodiff import Value
from nn import lookup
from nn.arguments import count, items
from nn.reprs import called

__all__ = ["MLP", "Layer", "Module", "Neuron"]
METHODS = [name for name in dir(Value) if hasattr(Value, name)]  # some only say what to use


class Module:
    """Anything with parameters."""

    def parameters(self) -> list[Value]:
        """All parameters, in order of definition."""
        return []


def name_parts(kind: str, parts: Iterable[Module], mark: str) -> None:
    """Name the parameters by the part that they belong to: `layer 0, neuron 2: w[1]`."""
    for k, part in enumerate(parts):
        for p in part.parameters():
            p.name = f"{kind} {k}{mark}{p.name}"


class Neuron(Module):
    """activation(sum(w x) + b), the perceptron of MIT 6.S191, lecture 1. `activation` is the name of a method of Value, or
    None."""

    def __init__(self, n_in: int, activation: str | None = "relu") -> None:
        self.w = [Value(random.uniform(-1, 1), name=f"w[{k}]") for k in range(count("n_in", n_in))]
        self.b = Value(0.0, name="b")
        self.activation = activation if activation is None else lookup.one_of("method of Value", activation, METHODS)

    def __call__(self, x: Iterable[float | Value]) -> Any:
        xs = items("x", x, "a list of numbers and Values", (Real, Value))
        if len(xs) != len(self.w):
            raise ValueError(f"A neuron of {len(self.w)} inputs was given {len(xs)} numbers.")
        z = sum((w * xk for w, xk in zip(self.w, xs)), self.b)
        return getattr(z, self.activation)() if self.activation else z

    def __repr__(self) -> str:
        return f"Neuron({len(self.w)}{f', {self.activation!r}' if self.activation else ''})"

    def parameters(self) -> list[Value]:
        return [*self.w, self.b]


class Layer(Module):
    """Neurons side by side, with the same inputs."""

    def __init__(self, n_in: int, n_out: int, activation: str | None = "relu") -> None:
        self.neurons = [Neuron(n_in, activation) for _ in range(count("n_out", n_out))]
        name_parts("neuron", self.neurons, ": ")

    def __call__(self, x: Sequence[float | Value]) -> list[Any]:
        return [neuron(x) for neuron in self.neurons]

    def __repr__(self) -> str:
        return f"Layer of {len(self.neurons)} x {self.neurons[0]}"

    def parameters(self) -> list[Value]:
        return [p for neuron in self.neurons for p in neuron.parameters()]


class MLP(Module):
    """Layers one after another; the last one has no activation. The result is a list of outputs, or the output itself if there
    is one.

    >>> net = MLP(2, [3, 1])
    >>> len(net.parameters())
    13
    """

    def __init__(self, n_in: int, sizes: Sequence[int], activation: str | None = "relu") -> None:
        sizes = items("sizes", sizes, "a list of numbers of neurons, say [3, 1]")
        widths = [n_in, *sizes]
        kinds = [activation] * (len(sizes) - 1) + [None]
        self.layers = [Layer(i, o, kind) for i, o, kind in zip(widths, sizes, kinds)]
        name_parts("layer", self.layers, ", ")

    def __call__(self, x: Sequence[float | Value]) -> Any:
        for layer in self.layers:
            x = layer(x)
        return x[0] if len(x) == 1 else x

    def __repr__(self) -> str:
        return f"{called('MLP', list(map(repr, self.layers)))}, {len(self.parameters())} parameters"

    def parameters(self) -> list[Value]:
        return [p for layer in self.layers for p in layer.parameters()]
