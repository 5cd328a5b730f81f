"""Models made anew: of the same layers, with weights of their own."""

from __future__ import annotations

from typing import Any

from autodiff import nest
from nn.arguments import function, one
from nn.layers.base import Layer
from nn.model import Model, Sequential
from nn.symbols import Symbol, symbol_of
from nn.typing import Function


def clone_model(model: Model, input_tensors: Any = None, clone_function: Function | None = None) -> Model:
    """A model of new layers, made from the settings of those of this one. Its weights begin anew, and it is not compiled.

    clone_function: what makes a new layer of a layer, by default `layer.from_config(layer.get_config())`. input_tensors: Inputs
    for a model that is written down, by default such as it has. A subclass of Model needs a get_config of its own.

    >>> from nn import Dense, Input
    >>> model = Sequential([Input((3,)), Dense(4, "relu"), Dense(1)])
    >>> clone_model(model)([[1.0, 2.0, 3.0]]).shape
    (1, 1)
    """
    one("model", model, "a model of nn", Model)
    made: dict[int, Layer] = {}
    new = again if clone_function is None else function("clone_function", clone_function)

    def of(layer: Any) -> Any:
        """The new layer for a layer, the same one each time; a function as it is."""
        if not isinstance(layer, Layer):
            return layer
        if id(layer) not in made:
            made[id(layer)] = clone_model(layer, None, clone_function) if isinstance(layer, Model) else new(layer)
        return made[id(layer)]

    if isinstance(model, Sequential):
        source = model._source if input_tensors is None else input_tensors
        return Sequential([*([] if source is None else [source]), *map(of, model.layers)], model.name)
    if model.graph is None:
        return again(model)
    inputs = nest.map_structure(fresh, model.graph.inputs) if input_tensors is None else input_tensors
    known = dict(zip(map(id, nest.flatten(model.graph.inputs)), nest.flatten(inputs), strict=True))
    for call in model.graph.calls:
        known |= zip(map(id, call.results), nest.flatten(call.on(known, of(call.function))), strict=True)
    return Model(inputs, nest.map_structure(lambda x: known[id(x)], model.graph.outputs), model.name)


def again(layer: Any) -> Any:
    """A layer made anew from its settings."""
    return type(layer).from_config(layer.get_config())


def fresh(x: Symbol) -> Symbol:
    """An Input like this one."""
    return symbol_of(x.shape, x.dtype, x.name)
