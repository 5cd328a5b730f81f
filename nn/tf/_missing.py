"""The error of a module of names about a name that it lacks."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from nn.elsewhere import asked_by_import

ROOT = "nn.tf"
WAYS_OUT = {  # names that introductory code uses and that are not here: what to do instead
    "tf.Session": "there are no sessions: operations run as they are written",
    "tf.placeholder": "there are no placeholders: pass arrays to a function",
    "tf.global_variables_initializer": "variables have their values from the start",
    "tf.keras.datasets": "nothing is downloaded here; sklearn.datasets.load_digits(), or np.load of a file of your own",
    "tf.keras.applications": "there are no trained networks here",
    "tf.keras.callbacks.TensorBoard": "CSVLogger writes the numbers down, and history.plot() draws them",
    "tf.keras.models.load_model": "make the model anew, compiled alike, then model.load(path)",
    "tf.keras.models.save_model": "model.save(path)",
    "tf.keras.optimizers.legacy": "tf.keras.optimizers has the optimizers themselves",
    "tf.keras.preprocessing": "numpy and scikit-learn read and prepare data",
    "tf.train": "tf.keras.optimizers has the optimizers",
    "tf.compat": "operations run as they are written, in TensorFlow 2's way",
    "tf.keras.utils.plot_model": "autodiff.draw(loss) draws the graph, and model.summary() lists the layers",
    "tf.distribute": "there is one process and no GPU",
}


def lacks(module: str) -> Callable[[str], Any]:
    """The `__getattr__` of a module of names: an AttributeError that says what is missing, and lists similar names."""

    def __getattr__(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        message = absence(module, name)
        raise ImportError(message) if asked_by_import(sys._getframe(1)) else AttributeError(message)

    return __getattr__


def absence(module: str, name: str) -> str:
    """That `module` has no `name`, with the reason or with similar names."""
    asked = f"{as_written(module)}.{name}"
    said = f"{asked} is not among TensorFlow's names that nn.tf has"
    for refused, way_out in WAYS_OUT.items():
        if asked == refused or asked.startswith(f"{refused}."):
            return f"{said}: {way_out}."
    everywhere = list(all_names(sys.modules[ROOT]))
    same = [full for full in everywhere if last(full).lower() == name.lower()]
    same.sort(key=lambda full: ".ops." in full)  # which has many of the names once more
    here = {last(full): full for full in everywhere if full == f"{as_written(module)}.{last(full)}"}
    near = [here[other] for other in difflib.get_close_matches(name, here, n=3, cutoff=0.7)]
    found = list(dict.fromkeys(same + near))[:4]
    return f"{said}; near ones: {', '.join(found)}." if found else f"{said}. dir({as_written(module)}) lists them."


def last(full: str) -> str:
    return full.rpartition(".")[2]


def as_written(module: str) -> str:
    """A module's name as it is written in code: `tf.keras.layers`."""
    return "tf" + module.removeprefix(ROOT)


def public(module: ModuleType) -> list[str]:
    """The public names of a module of names. It imports what it needs itself under names with an underscore."""
    return sorted(name for name in vars(module) if not name.startswith("_"))


def all_names(module: ModuleType) -> Iterator[str]:
    """Every name of the tree, once, as written in code."""
    for name in public(module):
        x = vars(module)[name]
        if isinstance(x, ModuleType):
            if x.__name__ == f"{module.__name__}.{name}":  # not by its second name, as tf.optimizers
                yield from all_names(x)
        else:
            yield f"{as_written(module.__name__)}.{name}"
