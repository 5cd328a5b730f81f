"""Layers: functions with variables, which are made at the first call."""

import operator

import numpy as np

import autodiff as ad
from nn import activations, initializers


class Layer:
    """A function with variables. Subclasses make them in `build(input_shape)` and compute in `call(x)`."""

    def __init__(self, name=None, dtype="float32"):
        self.name = name or type(self).__name__.lower()
        self.dtype = np.dtype(dtype)
        self.built = False

    def __call__(self, x):
        if not isinstance(x, ad.Tensor):
            x = np.asarray(x)
        if x.dtype != self.dtype:
            x = x.astype(self.dtype)
        if not self.built:
            self.build(x.shape)
            self.built = True
        return self.call(x)

    def build(self, input_shape):
        pass

    def call(self, x):
        raise NotImplementedError(f"{type(self).__name__} does not say how it computes: define call(self, x).")

    @property
    def trainable_variables(self):
        """Every trainable Variable of this layer and those inside it, in order of definition."""
        return [v for v in _variables(self) if v.trainable]


def _variables(tree):
    if isinstance(tree, ad.Variable):
        yield tree
    elif isinstance(tree, Layer):
        yield from _variables(list(vars(tree).values()))
    elif isinstance(tree, (list, tuple)):
        for branch in tree:
            yield from _variables(branch)


class Dense(Layer):
    """activation(x @ kernel + bias) on the last axis of x, of shape (..., n_in); the result has shape (..., units).

    >>> Dense(2)([[1.0, 2.0, 3.0]]).shape
    (1, 2)
    """

    def __init__(self, units, activation=None, use_bias=True, name=None, dtype="float32"):
        super().__init__(name, dtype)
        self.units = operator.index(units)
        if self.units <= 0:
            raise ValueError(f"units counts the layer's outputs, a positive whole number, but got {units!r}.")
        self.activation = activations.get(activation)
        self.use_bias = use_bias

    def build(self, input_shape):
        if len(input_shape) < 2:
            raise ValueError(
                f"{self.name} takes a batch of shape (batch, features), but got shape {tuple(input_shape)}; "
                "give one example as x[None, :]."
            )
        kernel = initializers.glorot_uniform((input_shape[-1], self.units), self.dtype)
        self.kernel = ad.Variable(kernel, name=f"{self.name}/kernel")
        if self.use_bias:
            self.bias = ad.Variable(initializers.zeros((self.units,), self.dtype), name=f"{self.name}/bias")

    def call(self, x):
        if x.shape[-1] != self.kernel.shape[0]:
            raise ValueError(f"{self.name} was built for {self.kernel.shape[0]} features, but got input of shape {x.shape}.")
        z = x @ self.kernel
        return self.activation(z + self.bias if self.use_bias else z)


class Sequential(Layer):
    """Layers one after another.

    >>> Sequential([Dense(3, "tanh"), Dense(1)])([[0.5, -0.5]]).shape
    (1, 1)
    """

    def __init__(self, layers=(), name=None):
        super().__init__(name)
        self.layers = list(layers)
        for k, layer in enumerate(self.layers):
            if layer.name == type(layer).__name__.lower():
                layer.name = f"{layer.name}_{k}"

    def __call__(self, x):
        if not self.layers:
            raise ValueError("An empty Sequential has nothing to compute: give it layers.")
        for layer in self.layers:
            x = layer(x)
        return x
