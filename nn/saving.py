"""What of a model is saved and loaded. Loading takes all of it or, after an error, nothing."""

from __future__ import annotations

from typing import Any

import numpy as np

from nn import files, settings
from nn.layers.base import VARIABLE, Layer, rollback_on_error, walk
from nn.typing import FilePath

OPTIMIZER = "optimizer/"


def save(model: Any, path: FilePath, everything: bool) -> None:
    """Write the weights and, if `everything`, the optimizer and the states of the random generators."""
    if not model.built:
        raise ValueError(f"{model.name} is not built, so there is nothing to save yet: call it on a batch first.")
    names = {v: name for name, v in walk(model, VARIABLE)}
    arrays = {name: v.data for v, name in names.items()}
    notes = {"model": type(model).__name__, "input_shape": model.input_shape}
    if everything:
        notes["random"] = {name: stream.bit_generator.state for name, stream in streams(model).items()}
        optimizer = model.optimizer
        if optimizer is not None:
            rate = optimizer.learning_rate
            notes["optimizer"] = {"name": optimizer.name, "iterations": optimizer.iterations, "learning_rate": rate}
            for v, slots in optimizer.state.items():
                if v in names:
                    arrays |= {f"{OPTIMIZER}{names[v]}/{slot}": a for slot, a in zip(optimizer.slots, slots)}
    files.write(path, arrays, notes)


def load(model: Any, path: FilePath, everything: bool) -> None:
    """Read the weights and, if `everything`, the optimizer and the states of the random generators, from a file of `save`."""
    arrays, notes = files.read(path)
    weights = {name: a for name, a in arrays.items() if not name.startswith(OPTIMIZER)}
    with rollback_on_error(model):
        if not model.built and notes.get("input_shape"):
            model.build(notes["input_shape"])
        variables = dict(walk(model, VARIABLE))
        files.matching(path, weights, {name: v.shape for name, v in variables.items()})
        if everything:
            state, own = optimizer_state(model, path, arrays, notes, variables), streams(model)
            if set(notes.get("random", ())) != set(own):
                theirs = ", ".join(notes.get("random", ())) or "none"
                raise ValueError(f"{path} has the random streams {theirs}, but the model's are {', '.join(own)}.")
            for name, stream in own.items():
                try:
                    type(stream.bit_generator)().state = notes["random"][name]  # try it on another generator first
                except (KeyError, TypeError, ValueError) as error:
                    raise ValueError(f"{path} is damaged: the state of the random stream {name!r} does not fit.") from error
    if everything:
        for name, stream in own.items():
            stream.bit_generator.state = notes["random"][name]
    for name, v in variables.items():
        v.assign(weights[name])
    if everything and state is not None:
        model.optimizer.state, model.optimizer.iterations = state, notes["optimizer"]["iterations"]
        model.optimizer.restore_rate(notes["optimizer"]["learning_rate"])


def streams(model: Any) -> dict[str, np.random.Generator]:
    """{name: random generator} for that of nn, and for each layer that has its own."""
    own = {f"layer {path}": layer.stream for path, layer in walk(model, Layer) if getattr(layer, "stream", None) is not None}
    return {"nn": settings.generator()} | own


def optimizer_state(
    model: Any, path: FilePath, arrays: dict[str, np.ndarray], notes: dict[str, Any], variables: dict[str, Any]
) -> dict[Any, list[Any]] | None:
    """The optimizer's {variable: slots} from the file, or None if it has none. Raises ValueError for another optimizer."""
    kept, optimizer = notes.get("optimizer"), model.optimizer
    if (kept is None) != (optimizer is None) or (kept and kept["name"] != optimizer.name):
        theirs, ours = kept["name"] if kept else "none", optimizer.name if optimizer else "none (compile comes first)"
        raise ValueError(f"{path} was saved with the optimizer {theirs}, but the model's is {ours}; load_weights needs none.")
    if kept is None:
        return None
    given = {name.removeprefix(OPTIMIZER): a for name, a in arrays.items() if name.startswith(OPTIMIZER)}
    begun = {name for name, v in variables.items() if any(key.startswith(f"{name}/") for key in given)}
    fresh = {name: optimizer.begin(variables[name].data) for name in begun}
    shapes = {f"{name}/{slot}": np.shape(a) for name in begun for slot, a in zip(optimizer.slots, fresh[name])}
    files.matching(path, given, shapes)
    return {variables[name]: [given[f"{name}/{slot}"] for slot in optimizer.slots] for name in begun}
