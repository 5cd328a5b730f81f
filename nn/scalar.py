"""The scalar twin: the same network out of single numbers, in the manner of micrograd. Slow, and every edge in sight."""

import random

from autodiff import Value


class Module:
    """Anything with parameters."""

    def parameters(self):
        return []


class Neuron(Module):
    """activation(sum(w x) + b): the perceptron of the lecture. `activation` names a method of Value, or is None."""

    def __init__(self, n_in, activation="relu"):
        self.w = [Value(random.uniform(-1, 1), name=f"w{k}") for k in range(n_in)]
        self.b = Value(0.0, name="b")
        self.activation = activation

    def __call__(self, x):
        z = sum((w * xk for w, xk in zip(self.w, x, strict=True)), self.b)
        return getattr(z, self.activation)() if self.activation else z

    def parameters(self):
        return [*self.w, self.b]


class Layer(Module):
    """Neurons side by side, on the same inputs."""

    def __init__(self, n_in, n_out, activation="relu"):
        self.neurons = [Neuron(n_in, activation) for _ in range(n_out)]

    def __call__(self, x):
        return [neuron(x) for neuron in self.neurons]

    def parameters(self):
        return [p for neuron in self.neurons for p in neuron.parameters()]


class MLP(Module):
    """Layers one after another; the last one linear. A list of outputs, or the one output by itself.

    >>> net = MLP(2, [3, 1])
    >>> len(net.parameters())
    13
    """

    def __init__(self, n_in, sizes, activation="relu"):
        widths = [n_in, *sizes]
        kinds = [activation] * (len(sizes) - 1) + [None]
        self.layers = [Layer(i, o, kind) for i, o, kind in zip(widths, sizes, kinds)]

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x[0] if len(x) == 1 else x

    def parameters(self):
        return [p for layer in self.layers for p in layer.parameters()]
