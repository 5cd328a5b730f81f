"""Models: layers that are trained together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

import autodiff as ad
from nn import saving
from nn.arguments import fraction, function, items, one, shape
from nn.layers import Dense, Dropout, Layer
from nn.layers.base import rollback_on_error, walk
from nn.reprs import inside
from nn.trainer import Trainer
from nn.typing import FilePath, Function, Shape


class Model(Trainer):
    """Layers that are trained together. Subclasses make the layers in __init__ and compute the outputs in `call(x)`.

    >>> class Residual(Model):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.first, self.second = Dense(4, "relu"), Dense(2)
    ...     def call(self, x):
    ...         return self.second(self.first(x)) + x
    >>> model = Residual()
    >>> model([[1.0, 2.0]]).shape, model.count_params()
    ((1, 2), 22)
    """

    def begin(self, *input_shapes: Shape) -> None:
        if type(self).build is Model.build:
            self.built = True  # its layers are built as the call reaches them
        else:
            self.build(*input_shapes)

    def build(self, input_shape: Any) -> None:
        """Make all variables, for inputs of this shape. The batch in it may be None."""
        if not self.built:
            self(np.zeros([n or 1 for n in shape("input_shape", input_shape)], self.dtype))

    def cast(self, x: Any) -> Any:
        if type(x) is not np.ndarray and not isinstance(x, ad.Tensor):
            x = ad.convert_to_tensor(x)
        return x if x.dtype.kind in "iub" else super().cast(x)  # integers may be indices of an Embedding

    def __repr__(self) -> str:
        return super().__repr__()[1:-1]

    def _shown(self) -> list[str]:
        """What stands in the brackets of the repr."""
        return inside((path, layer) for path, layer in walk(self, Layer, deep=False) if path)

    @property
    def layers(self) -> list[Layer]:
        """The layers of the model, in order of definition."""
        return [layer for path, layer in walk(self, Layer, deep=False) if path]

    def summary(self, print_fn: Function = print) -> None:
        """Print the layers, the shapes of their outputs, and how many numbers they hold."""
        function("print_fn", print_fn)
        rows = [("Layer (type)", "Output Shape", "Param #")]
        for layer in self.layers:
            size = f"{layer.count_params():,}" if layer.built else "0 (unbuilt)"
            rows.append((f"{layer.name} ({type(layer).__name__})", str(layer.output_shape or "?"), size))
        widths = [max(map(len, column)) for column in zip(*rows)]
        lines = ["   ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
        print_fn(f'Model: "{self.name}"')
        print_fn("\n".join([lines[0], "-" * (sum(widths) + 6), *lines[1:]]))
        for what, variables in (("Total", self.variables), ("Trainable", self.trainable_variables)):
            numbers, memory = sum(v.size for v in variables), sum(v.size * v.dtype.itemsize for v in variables)
            print_fn(f"{what} params: {numbers:,} ({_bytes(memory)})")

    def save(self, path: FilePath) -> None:
        """Write weights, optimizer and random state to a file, `.npz` or `.safetensors`.

        After `load`, training continues as if it had never stopped, to the last bit.
        """
        saving.save(self, path, everything=True)

    def load(self, path: FilePath) -> None:
        """Read weights, optimizer and random state from a file that `save` wrote, of the same model, compiled alike.

        A model that is not built yet is built by the shape in the file. Raises ValueError for a damaged file or one of another
        model, with a list of what is missing, unexpected or of another shape; then nothing has changed.
        """
        saving.load(self, path, everything=True)

    def save_weights(self, path: FilePath) -> None:
        """Write only the weights to a file, `.npz` or `.safetensors`."""
        saving.save(self, path, everything=False)

    def load_weights(self, path: FilePath) -> None:
        """Read the weights from a file that `save_weights` or `save` wrote. Raises the errors of `load`."""
        saving.load(self, path, everything=False)


class Sequential(Model):
    """Layers one after another. With an `Input`, or an input_shape in its first layer, it is built at once.

    The same layer twice shares its weights. Raises ValueError for what is no layer, and for two layers of one name.

    >>> Sequential([Dense(3, "tanh"), Dense(1)])([[0.5, -0.5]]).shape
    (1, 1)
    """

    _path_names = {"_layers": "layers"}  # files of weights name the layers as Keras does, not by the private attribute

    def __init__(self, layers: Iterable[Layer] = (), name: str | None = None) -> None:
        super().__init__(name)
        self._layers: list[Layer] = []
        layers = items("layers", layers, "a list of layers", Layer)
        with rollback_on_error(*layers):
            for layer in layers:
                self._append(layer)
            self._build_early()

    def add(self, layer: Layer) -> None:
        """Add a layer at the end. If it does not fit, nothing has changed."""
        with rollback_on_error(self, layer):
            self._append(layer)
            self.built = False
            self._build_early()

    def pop(self) -> Layer:
        """Remove the last layer and return it. Raises ValueError if there is none."""
        if not self._layers:
            raise ValueError(f"{self.name} has no layers, so there is none to remove.")
        return self._layers.pop()

    def _append(self, layer: Layer) -> None:
        one("layer", layer, "a layer", Layer)
        names = {other.name for other in self._layers if other is not layer}
        if layer.name in names and not layer._auto_named:
            raise ValueError(f"All layers of a Sequential need different names, but two are called {layer.name!r}.")
        if layer.name in names:
            layer.name = next(name for k in range(1, len(names) + 2) if (name := f"{layer.name}_{k}") not in names)
        if not self._layers:
            self.dtype = layer.dtype
        self._layers.append(layer)

    def _build_early(self) -> None:
        if self._layers and self._layers[0].input_shape is not None:
            self.build(self._layers[0].input_shape)

    @property
    def layers(self) -> list[Layer]:
        """The layers, in order."""
        return list(self._layers)

    def _shown(self) -> list[str]:
        return inside(("", layer) for layer in self._layers)

    def call(self, x: Any) -> Any:
        if not self._layers:
            raise ValueError("An empty Sequential has nothing to compute: give it layers.")
        for layer in self._layers:
            x = layer(x)
        return x


class Input(Layer):
    """The first layer of a Sequential that is to be built at once. `shape` is the shape of one example."""

    def __init__(self, shape: int | Shape, **options: Any) -> None:
        super().__init__(input_shape=shape, **options)

    def _shown(self) -> list[str]:
        return [] if self.input_shape is None else [repr(tuple(self.input_shape[1:]))]

    def call(self, x: Any) -> Any:
        return x


class MLP(Sequential):
    """Dense layers of these sizes one after another, with `activation` and, if its rate is not 0, dropout between them.

    >>> MLP([64, 64, 10])([[0.5, -0.5]]).shape
    (1, 10)
    """

    def __init__(self, sizes: Sequence[int], activation: str | Function | None = "relu",
                 output_activation: str | Function | None = None, dropout: float = 0.0, name: str | None = None,
                 **options: Any) -> None:  # fmt: skip
        sizes = items("sizes", sizes, "a list of the layers' units, say [64, 10]")
        if not sizes:
            raise ValueError("An MLP has at least an output layer: sizes is empty, say [64, 10].")
        layers: list[Layer] = []
        drops = fraction("dropout", dropout) > 0
        for size in sizes[:-1]:
            layers += [Dense(size, activation, **options), *([Dropout(dropout, dtype=options.get("dtype"))] if drops else [])]
        super().__init__([*layers, Dense(sizes[-1], output_activation, **options)], name)


def _bytes(n: float) -> str:
    for unit in ("B", "KB", "MB"):
        if n < 1024:
            return f"{n:.2f} {unit}"
        n /= 1024
    return f"{n:.2f} GB"
