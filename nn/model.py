"""Models: layers that are trained together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from autodiff import nest
from nn import lookup, saving
from nn.arguments import count, flag, fraction, function, items, one, shape
from nn.graph import Graph, InputLayer
from nn.layers import Dense, Dropout, Layer
from nn.layers.tree import rollback_on_error, walk
from nn.reprs import inside
from nn.symbols import Symbol, symbol_of
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

    _keeps_integers = True
    supports_masking = None
    _path_names = {"_layers": "layers"}  # files of weights name the layers as Keras does, not by the private attribute
    graph: Graph | None = None  # of a model that is written down: Model(inputs, outputs)
    inputs: list[Symbol] | None = None  # what it is written down from, and to
    outputs: list[Symbol] | None = None

    def __init__(self, inputs: Any = None, outputs: Any = None, name: str | None = None, **options: Any) -> None:
        if isinstance(inputs, str):
            inputs, name = None, inputs
        super().__init__(name, **options)
        if (inputs is None) != (outputs is None):
            raise ValueError(f"{self.name} needs inputs and outputs, or none of them.")
        if inputs is not None:
            self._layers = list[Layer]()
            for layer in self._write_down(inputs, outputs).layers:
                if not isinstance(layer, InputLayer):
                    take_name(layer, self._layers)
                    self._layers.append(layer)
            self.output_names = [x.name for x in outputs] if isinstance(outputs, (list, tuple)) else None

    def _write_down(self, inputs: Any, outputs: Any) -> Graph:
        """Keep what leads from the inputs to the outputs, whose layers are built."""
        self.graph, self.input, self.output = Graph(inputs, outputs), inputs, outputs
        self.inputs, self.outputs = nest.flatten(inputs), nest.flatten(outputs)
        self.input_shape, self.output_shape = (nest.map_structure(lambda x: x.shape, x) for x in (inputs, outputs))
        self.built = True
        return self.graph

    def call(self, *inputs: Any, **options: Any) -> Any:
        if self.graph is None:
            return super().call(*inputs, **options)
        return self.graph.on(*inputs)

    def begin(self, *input_shapes: Shape) -> None:
        if type(self).build is Model.build:
            self.built = True  # its layers are built as the call reaches them
        else:
            self.build(*input_shapes)

    def build(self, input_shape: Any) -> None:
        """Make all variables, for inputs of this shape. The batch in it may be None."""
        if not self.built:
            self(np.zeros([n or 1 for n in shape("input_shape", input_shape)], self.dtype))

    def __repr__(self) -> str:
        return super().__repr__()[1:-1]

    def _shown(self) -> list[str]:
        """What stands in the brackets of the repr."""
        if "_layers" in vars(self):
            source = [] if getattr(self, "_source", None) is None else [f"Input({tuple(self._source.shape[1:])})"]
            return source + inside(("", layer) for layer in self._layers)
        return inside((path, layer) for path, layer in walk(self, Layer, deep=False) if path)

    @property
    def layers(self) -> list[Layer]:
        """The layers of the model, in order of definition; of Model(inputs, outputs) with one for each Input."""
        if "_layers" in vars(self):
            return list(self._layers if self.graph is None or isinstance(self, Sequential) else self.graph.layers)
        return [layer for path, layer in walk(self, Layer, deep=False) if path]

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """The layer of this name, or of this place. Raises ValueError if there is none."""
        layers = self.layers
        if index is not None:
            return layers[count("index", index, -len(layers), len(layers) - 1)]
        return {layer.name: layer for layer in layers}[lookup.one_of("layer", name, [layer.name for layer in layers])]

    def summary(self, print_fn: Function = print, expand_nested: bool = False) -> None:
        """Print the layers, the shapes of their outputs, and how many numbers they hold; of a model that is written down also
        what they are called on. expand_nested: the layers of models inside it too."""
        function("print_fn", print_fn)
        rows = list(self._rows(flag("expand_nested", expand_nested)))
        widths = [max(map(len, column)) for column in zip(*rows)]
        lines = ["   ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
        print_fn(f'Model: "{self.name}"')
        print_fn("\n".join([lines[0], "-" * (sum(widths) + 3 * len(widths) - 3), *lines[1:]]))
        for what, variables in (("Total", self.variables), ("Trainable", self.trainable_variables)):
            numbers, memory = sum(v.size for v in variables), sum(v.size * v.dtype.itemsize for v in variables)
            print_fn(f"{what} params: {numbers:,} ({_bytes(memory)})")

    def _rows(self, expand: bool) -> Iterator[tuple[str, ...]]:
        """The table of the summary. Its last column is there where it says something."""
        of_layers = [(layer.name, layer, layer.output_shape, "") for layer in self.layers]
        columns = 3 if self.graph is None or isinstance(self, Sequential) else 4
        yield ("Layer (type)", "Output Shape", "Param #", "Connected to")[:columns]
        for name, called, sizes, origin in self.graph.connections() if columns == 4 else of_layers:
            for k, row in enumerate(_row_of(called, name, sizes, expand)):
                yield (*row, "" if k else origin)[:columns]

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

    def __init__(self, layers: Iterable[Layer | Symbol] = (), name: str | None = None) -> None:
        super().__init__(name=name)
        self._layers: list[Layer] = []
        self._source: Symbol | None = None  # what it is written down from
        self._extend(items("layers", layers, "a list of layers", (Layer, Symbol)))

    def add(self, layer: Layer | Symbol) -> None:
        """Add a layer at the end. If it does not fit, nothing has changed."""
        self._extend([one("layer", layer, "a layer", (Layer, Symbol))])

    def pop(self) -> Layer:
        """Remove the last layer and return it. Raises ValueError if there is none."""
        if not self._layers:
            raise ValueError(f"{self.name} has no layers, so there is none to remove.")
        layer, self.graph = self._layers.pop(), None
        self._build_early(self._layers)
        return layer

    def _extend(self, layers: list[Any]) -> None:
        with rollback_on_error(self, *[layer for layer in layers if isinstance(layer, Layer)]):
            before = len(self._layers)
            for layer in layers:
                self._append(layer)
            self.built = False
            self._build_early(self._layers[before:])

    def _append(self, layer: Layer | Symbol) -> None:
        if isinstance(layer, Symbol):
            if self._layers or self._source or layer.source:
                raise ValueError(f"{self.name} begins with an Input, but {layer!r} is no Input or stands behind others.")
            self._source = layer
            return
        take_name(layer, self._layers)
        if not self._layers:
            self.dtype = layer.dtype
            if layer.input_shape is not None and self._source is None:
                self._source = symbol_of(layer.input_shape, self.dtype, "input")
        self._layers.append(layer)

    def _build_early(self, new: list[Layer]) -> None:
        """Build the new layers for what stands before them, if there is an Input."""
        if self._source is not None and self._layers:
            own = type(self).call is not Sequential.call
            x = self.call(self._source) if own else self._source if self.graph is None else self.graph.outputs
            for layer in () if own else new:
                x = layer(x)
            self._write_down(self._source, x)

    def call(self, x: Any) -> Any:
        if not self._layers:
            raise ValueError("An empty Sequential has nothing to compute: give it layers.")
        for layer in self._layers:
            x = layer(x)
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


def take_name(layer: Layer, others: Sequence[Layer]) -> None:
    """Give a layer a name that no other one has. Raises ValueError if it was named by hand."""
    names = {other.name for other in others if other is not layer}
    if layer.name in names and not layer._auto_named:
        raise ValueError(f"All layers of a model need different names, but two are called {layer.name!r}.")
    if layer.name in names:
        layer.name = next(name for k in range(1, len(names) + 2) if (name := f"{layer.name}_{k}") not in names)


def _row_of(called: Any, name: str, shape: Any, expand: bool, indent: str = "") -> Iterator[tuple[str, str, str]]:
    """The row of a layer, an Input or a function in a summary, and those of the layers of a model inside it."""
    kind = type(called).__name__ if isinstance(called, Layer) else getattr(called, "__name__", "function")
    size = "0"
    if isinstance(called, Layer):
        size = f"{called.count_params():,}" if called.built else "0 (unbuilt)"
    yield f"{indent}{name} ({kind})", str(shape or "?"), size
    if expand and isinstance(called, Model):
        for layer in called.layers:
            yield from _row_of(layer, layer.name, layer.output_shape, expand, indent + "  ")


def _bytes(n: float) -> str:
    for unit in ("B", "KB", "MB"):
        if n < 1024:
            return f"{n:.2f} {unit}"
        n /= 1024
    return f"{n:.2f} GB"
