"""What of a model is saved and loaded. Everything in a file is checked before anything changes; loading takes all of it or,
after an error, nothing."""

from __future__ import annotations

import math
from contextlib import ExitStack
from typing import Any

import numpy as np

from nn import files, settings
from nn.arrays import is_external, near
from nn.clipping import wide
from nn.files import Opened
from nn.layers.assignment import assign_each
from nn.layers.base import Layer
from nn.layers.tree import VARIABLE, snapshot, walk
from nn.typing import FilePath, Shape, Variable

OPTIMIZER = "optimizer/"
LARGEST_INPUT = 2**25  # numbers of an example that a model is built for, or as many as the file holds


def save(model: Any, path: FilePath, everything: bool) -> None:
    """Write the weights and, if `everything`, the optimizer and the states of the random generators."""
    if not model.built:
        raise ValueError(f"{model.name} is not built, so there is nothing to save yet: call it on a batch first.")
    names = {v: name for name, v in variables_by_path(model).items()}
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
    with files.opened(path) as file, ExitStack() as undo:
        undo.callback(snapshot(model)[1])
        weights = {name: entry for name, entry in file.entries.items() if not name.startswith(OPTIMIZER)}
        if not model.built and file.notes.get("input_shape") is not None:
            build(model, file)
        variables = variables_by_path(model)
        files.matching(path, weights, {name: v.shape for name, v in variables.items()})
        optimizer = checked_optimizer(model, file) if everything else None
        state = {} if optimizer is None else optimizer_state(optimizer, file, variables)
        states = random_states(model, file) if everything else []
        arrays = {name: fitting(path, name, a, variables[name].dtype) for name, a in file.read(weights).items()}
        # All is known to be right. What an interrupt leaves half done from here on is undone too.
        for stream, new in states:
            undo.callback(setattr, stream.bit_generator, "state", stream.bit_generator.state)
            stream.bit_generator.state = new
        if optimizer is not None:
            for field in ("state", "iterations", "_rate"):
                undo.callback(setattr, optimizer, field, getattr(optimizer, field))
            optimizer.state, optimizer.iterations = state, file.notes["optimizer"]["iterations"]
            optimizer.restore_rate(file.notes["optimizer"]["learning_rate"])
        assign_each(((variables[name], a) for name, a in arrays.items()), undo)
        undo.pop_all()


def variables_by_path(model: Any) -> dict[str, Variable]:
    """{path: variable}. Raises ValueError for paths that a file can't tell apart."""
    found: dict[str, Variable] = {}
    for path, v in walk(model, VARIABLE):
        if path in found:
            raise ValueError(
                f"Two variables of {model.name} have the path {path!r}, so a file can't hold both: give the keys of their "
                "dictionary, or the attributes, other names."
            )
        if path.startswith(OPTIMIZER) or path == files.NOTES:
            raise ValueError(f"A file needs the name {path!r} for itself: give that attribute of {model.name} another name.")
        found[path] = v
    return found


def build(model: Any, file: Opened) -> None:
    """Build the model for the input shape in the notes. Raises ValueError for what is no shape of this model's inputs."""
    shape: Shape = file.notes["input_shape"]
    if not isinstance(shape, list) or not all(n is None or (type(n) is int and n >= 0) for n in shape):
        raise damaged(file, f"its input shape is {shape!r:.60}")
    if math.prod(n or 1 for n in shape) > max(LARGEST_INPUT, sum(math.prod(entry.shape) for entry in file.entries.values())):
        raise damaged(file, f"its input shape is {shape!r:.60}, which is far larger than its weights")
    try:
        model.build(shape)
    except Exception as error:
        raise ValueError(f"{model.name} can't be built for inputs of shape {shape}, which {file.path} has: {error}") from error


def streams(model: Any) -> dict[str, np.random.Generator]:
    """{name: random generator} for that of nn, and for those that layers have in their attributes, most of them as `stream`."""
    found = {"nn": settings.generator()}
    for path, layer in walk(model, Layer):
        for name, x in vars(layer).items():
            if isinstance(x, np.random.Generator):
                found[f"layer {path}" if name == "stream" else f"layer {path}.{name}"] = x
    return found


def random_states(model: Any, file: Opened) -> list[tuple[np.random.Generator, Any]]:
    """(random generator, its state in the file), each tried on another generator."""
    own, given = streams(model), file.notes.get("random", {})
    if not isinstance(given, dict):
        raise damaged(file, f"its random states are {given!r:.60}")
    if set(given) != set(own):
        theirs, ours = ", ".join(given) or "none", ", ".join(own)
        raise ValueError(f"{file.path} has the random streams {theirs}, but the model's are {ours}.")
    for name, stream in own.items():
        try:
            type(stream.bit_generator)().state = given[name]
        except Exception as error:
            raise damaged(file, f"the state of the random stream {name!r} does not fit") from error
    return [(stream, given[name]) for name, stream in own.items()]


def checked_optimizer(model: Any, file: Opened) -> Any:
    """The model's optimizer if the notes are of one like it, None if there is none in both. Raises ValueError otherwise."""
    kept, optimizer = file.notes.get("optimizer"), model.optimizer
    if kept is not None and not (isinstance(kept, dict) and {"name", "iterations", "learning_rate"} <= kept.keys()):
        raise damaged(file, f"its notes of the optimizer are {kept!r:.60}")
    if (kept is None) != (optimizer is None) or (kept and kept["name"] != optimizer.name):
        theirs, ours = kept["name"] if kept else "none", optimizer.name if optimizer else "none (compile comes first)"
        raise ValueError(
            f"{file.path} was saved with the optimizer {theirs}, but the model's is {ours}; load_weights needs none."
        )
    if kept is not None:
        count, rate = kept["iterations"], kept["learning_rate"]
        if type(count) is not int or count < 0:
            raise damaged(file, f"its optimizer has taken {count!r:.60} steps")
        if type(rate) not in (int, float) or not (callable(optimizer._rate) or (math.isfinite(rate) and rate >= 0)):
            raise damaged(file, f"its learning rate is {rate!r:.60}")
    return optimizer


def optimizer_state(optimizer: Any, file: Opened, variables: dict[str, Any]) -> dict[Any, list[Any]]:
    """The optimizer's {variable: slots} from the file. Raises ValueError for slots of another optimizer."""
    given = {name.removeprefix(OPTIMIZER): entry for name, entry in file.entries.items() if name.startswith(OPTIMIZER)}
    begun = [name for name in variables if any(f"{name}/{slot}" in given for slot in optimizer.slots)]
    fresh = {name: dict(zip(optimizer.slots, optimizer.begin(wide(variables[name].data)))) for name in begun}
    files.matching(file.path, given, {f"{name}/{slot}": np.shape(a) for name in begun for slot, a in fresh[name].items()})

    def slot_of(name: str, slot: str, like: Any) -> Any:
        key = f"{OPTIMIZER}{name}/{slot}"
        dtype = like.dtype if is_external(like) else np.asarray(like).dtype
        return near(like, fitting(file.path, key, file.read([key])[key], dtype))

    return {variables[name]: [slot_of(name, slot, a) for slot, a in fresh[name].items()] for name in begun}


def fitting(path: FilePath, name: str, a: np.ndarray, dtype: Any) -> np.ndarray:
    """The array in this dtype. Raises ValueError for numbers that it can't hold."""
    kind = np.dtype(dtype).kind
    finite = np.isfinite(a) if a.dtype.kind in "fiu" else np.ones(a.shape, bool)
    limit = np.finfo(dtype).max if kind == "f" else np.iinfo(dtype).max if kind in "iu" else np.inf
    if (kind in "iu" and not finite.all()) or np.any(np.abs(np.asarray(a[finite], float)) > limit):
        raise ValueError(f"{path} has numbers in {name} that do not fit the model's {dtype}: the largest it holds is {limit}.")
    return a.astype(dtype, copy=False)


def damaged(file: Opened, what: str) -> ValueError:
    """The error of a file whose notes `save` would not write."""
    return ValueError(f"{file.path} is damaged: {what}. Nothing has changed; save the model again, or take an older file.")
