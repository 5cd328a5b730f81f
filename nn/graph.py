"""The graph of calls from the inputs of a model to its outputs: Model(inputs, outputs)."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff import nest
from nn.arguments import shape as checked_shape
from nn.arguments import wrong
from nn.layers.base import Layer
from nn.settings import dtype_of, floatx
from nn.symbols import Call, Symbol, symbol_of
from nn.typing import DType, Shape


def Input(shape: int | Shape = (), batch_size: int | None = None, dtype: DType = None, name: str | None = None,
          batch_shape: Shape | None = None) -> Symbol:  # fmt: skip
    """What layers are called on to write a model down: an array of this shape for each example, without numbers.

    In a Sequential it stands first, and says for which inputs the layers are to be built.

    >>> from nn import Dense, Input, Model
    >>> x = Input((3,))
    >>> hidden = Dense(4, "relu")(x)
    >>> model = Model(x, Dense(3)(hidden) + x)
    >>> model([[1.0, 2.0, 3.0]]).shape, model.count_params()
    ((1, 3), 31)
    """
    sizes = (batch_size, *checked_shape("shape", shape)) if batch_shape is None else checked_shape("batch_shape", batch_shape)
    return symbol_of(sizes, floatx() if dtype is None else dtype_of(dtype), "input" if name is None else name)


class InputLayer(Layer):
    """The place of an Input among the layers of a model."""

    def __init__(self, x: Symbol) -> None:
        super().__init__(x.name)
        self.input = self.output = x
        self.input_shape = self.output_shape = x.shape
        self.built = True

    def call(self, x: Any) -> Any:
        return x


class Graph:
    """All calls that lead from the inputs to the outputs: symbols, or lists or dicts of them."""

    def __init__(self, inputs: Any, outputs: Any) -> None:
        for what, several in (("inputs", inputs), ("outputs", outputs)):
            for x in nest.flatten(several):
                if not isinstance(x, Symbol):
                    raise wrong(what, "what Input(...) and layers return, or lists or dicts of it", x)
        self.inputs, self.outputs = inputs, outputs
        for k, x in enumerate(nest.flatten(inputs)):
            x.name = f"input_{k}" if k and x.name == "input" else x.name
        self.calls = calls_between(nest.flatten(inputs), nest.flatten(outputs))
        self.layers = layers_of(outputs, set(self.calls), {id(x): InputLayer(x) for x in nest.flatten(inputs)})

    def on(self, given: Any) -> Any:
        """The outputs for these arrays."""
        known = dict(zip(map(id, nest.flatten(self.inputs)), self.arranged(given), strict=True))
        for call in self.calls:
            known |= zip(map(id, call.results), nest.flatten(call.on(known)), strict=True)
        return nest.map_structure(lambda x: known[id(x)], self.outputs)

    def arranged(self, given: Any) -> list[Any]:
        """The arrays given, in the order of the inputs. A dict may have their names."""
        wanted = nest.flatten(self.inputs)
        if isinstance(given, dict) and not isinstance(self.inputs, dict):
            names = [x.name for x in wanted]
            if missing := [name for name in names if name not in given]:
                raise ValueError(f"The inputs are {', '.join(names)}, but there is no {', '.join(missing)}.")
            found = [given[name] for name in names]
        elif nest.is_nested(self.inputs) and not (len(wanted) == 1 and not nest.is_nested(given)):
            found = nest.flatten(nest.map_structure(lambda _, x: x, self.inputs, given))
        else:
            found = [given]
        for x, y in zip(wanted, found):
            if np.ndim(y) != x.ndim or any(n is not None and n != m for n, m in zip(x.shape, np.shape(y))):
                raise ValueError(f"The input {x.name} has shape {x.shape}, but got an array of shape {np.shape(y)}.")
        return found

    def connections(self) -> list[tuple[str, Any, Shape, str]]:
        """(name, the Input, layer or function, the shape of what it gives, the names of what it is called on), in order."""
        found = [(x.name, Input, x.shape, "") for x in nest.flatten(self.inputs)]
        for call in self.calls:
            shapes = [x.shape for x in call.results]
            names = ", ".join(x.name for x in call.inputs)
            found.append((call.results[0].name, call.function, shapes[0] if len(shapes) == 1 else shapes, names))
        return found


def calls_between(inputs: list[Symbol], outputs: list[Symbol]) -> list[Call]:
    """The calls that the outputs come from, in the order in which they were written. ValueError if an input is missing."""
    known, found, waiting = set(map(id, inputs)), set[Call](), list(outputs)
    while waiting:
        x = waiting.pop()
        if id(x) in known:
            continue
        if x.source is None:
            raise ValueError(f"The outputs depend on {x!r}, which is not among the inputs.")
        known.add(id(x))
        found.add(x.source)
        waiting += x.source.inputs
    return sorted(found, key=lambda call: call.number)


def layers_of(outputs: Any, calls: set[Call], inputs: dict[int, InputLayer]) -> list[Layer]:
    """The layers of these calls in Keras's order, which is also that of their weights: those that stand farthest before the
    outputs first, and of equally far ones the one that is met first on a walk back from the outputs."""
    several = [outputs[key] for key in sorted(outputs)] if isinstance(outputs, dict) else nest.flatten(outputs)
    ways: list[tuple[Any, bool]] = [(inputs.get(id(x), x.source), False) for x in reversed(several)]
    met: dict[Any, int] = {}
    entered, behind = set[Any](), list[Any]()  # `behind`: each call, or Input, behind those that it depends on
    while ways:
        call, done = ways.pop()
        if call not in calls and not isinstance(call, InputLayer):
            continue
        if done:
            behind.append(call)
        elif call not in entered:
            entered.add(call)
            met.setdefault(layer_of(call), len(met))
            ways += [(call, True), *((inputs.get(id(x), x.source), False) for x in reversed(inputs_of(call)))]
    depths, depths_of_calls = dict[Any, int](), dict[Any, int]()
    for call in reversed(behind):
        of = layer_of(call)
        depths[of] = depths_of_calls[call] = depth = max(depths_of_calls.get(call, 0), depths.get(of, 0))
        for x in inputs_of(call):
            before = inputs.get(id(x), x.source)
            depths_of_calls[before] = max(depths_of_calls.get(before, 0), depth + 1)
    return sorted([of for of in met if isinstance(of, Layer)], key=lambda layer: (-depths[layer], met[layer]))


def layer_of(call: Any) -> Any:
    """The layer that is called, or else the call of a function; an Input's own layer."""
    return call.function if isinstance(call, Call) and isinstance(call.function, Layer) else call


def inputs_of(call: Any) -> list[Symbol]:
    """What is called on."""
    return call.inputs if isinstance(call, Call) else []
