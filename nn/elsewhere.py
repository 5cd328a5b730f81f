"""Names that PyTorch, Keras and scikit-learn have, and that are not here: what to write instead.

The AttributeError of such a name says it. Where a name is added to nn, its line here goes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from types import FrameType, ModuleType
from typing import Any

from nn.lookup import near_names

NOTHING_KEPT = "gradients are returned by tape.gradient and kept nowhere, so there is nothing to set to zero"
ON_A_GPU = "say nn.set_array_module('cupy') before the model is made, or give it CuPy's arrays"
ON_THE_CPU = "model.get_weights() and ad.to_numpy(x) are numpy's arrays, in the memory of the CPU"
STEP = "use optimizer.apply_gradients(zip(gradients, variables)), with the gradients of tape.gradient(loss, variables)"
TRAINING = "fit trains, and predict does not; in a loop of your own use `with nn.training():`, or model(x, training=True)"
SAVED = "use model.save(path) and model.load(path), or model.get_weights() and model.set_weights(weights)"
GRADIENTS = "compute the loss in `with ad.Tape() as tape:`, then use tape.gradient(loss, model.trainable_variables)"


def activation(name: str) -> str:
    return f"use nn.Activation({name!r}), or the name in a layer: nn.Dense(units, {name!r})"


OF_PACKAGE: dict[str, str] = {
    **{name: activation(name.lower()) for name in ("Sigmoid", "Tanh", "GELU", "Softplus", "SiLU")},
    "BCELoss": "use nn.losses.BinaryCrossentropy(), called with (y_true, y_pred)",
    "BCEWithLogitsLoss": "use nn.losses.BinaryCrossentropy(from_logits=True), called with (y_true, y_pred)",
    "BatchNorm1d": "use nn.BatchNormalization()",
    "BatchNorm2d": "use nn.BatchNormalization()",
    "AvgPool2d": "use nn.AveragePooling2D(pool_size)",
    "Conv1d": "use nn.Conv1D(filters, kernel_size), for sequences (batch, steps, channels)",
    "ConvTranspose2d": "use nn.Conv2DTranspose(filters, kernel_size)",
    "MultiheadAttention": "use nn.MultiHeadAttention(num_heads, key_dim)",
    "RMSNorm": "use nn.RMSNormalization()",
    "Conv2d": "use nn.Conv2D(filters, kernel_size), for images (batch, height, width, channels)",
    "Convolution2D": "use nn.Conv2D(filters, kernel_size)",
    "CrossEntropyLoss": "use nn.losses.SparseCategoricalCrossentropy(from_logits=True), called with (y_true, y_pred)",
    "DataLoader": "fit makes the batches: model.fit(x, y, batch_size=32)",
    "Dropout2d": "use nn.SpatialDropout2D(rate)",
    "GroupNorm": "use nn.GroupNormalization(groups)",
    "GradientTape": "the tape is autodiff's: import autodiff as ad; ad.GradientTape()",
    "HuberLoss": "use nn.losses.Huber()",
    "Identity": "use nn.Activation(None)",
    "L1Loss": "use nn.losses.MeanAbsoluteError(), called with (y_true, y_pred)",
    "LayerNorm": "use nn.LayerNormalization()",
    "Linear": "use nn.Dense(units), which finds the number of inputs by itself",
    "LogSoftmax": activation("log_softmax"),
    "MAE": "use nn.losses.MeanAbsoluteError(), or its name 'mae'",
    "MSE": "use nn.losses.MeanSquaredError(), or its name 'mse'",
    "KLDivLoss": "use nn.losses.KLDivergence(), called with (y_true, y_pred)",
    "PoissonNLLLoss": "use nn.losses.Poisson(), called with (y_true, y_pred)",
    "MSELoss": "use nn.losses.MeanSquaredError(), called with (y_true, y_pred)",
    "MaxPool2d": "use nn.MaxPool2D(pool_size)",
    "Module": "use nn.Model for what is trained, or nn.Layer for a part of it; call(self, x) is its forward",
    "ModuleDict": "use a dict as an attribute: its layers are found",
    "ModuleList": "use a list as an attribute: its layers are found",
    "NLLLoss": "use nn.losses.SparseCategoricalCrossentropy(from_logits=True) of the logits",
    "Parameter": "use self.add_weight(shape) in a layer's build, or an ad.Variable as an attribute",
    "ParameterList": "use a list of Variables as an attribute",
    "SmoothL1Loss": "use nn.losses.Huber()",
    "Variable": "the Variable is autodiff's: import autodiff as ad; ad.Variable(x)",
    "backend": "use autodiff and numpy: import autodiff as ad",
    "datasets": "nothing is downloaded here; sklearn.datasets.load_digits(), or np.load of a file of your own",
    "functional": "use nn.activations and nn.losses, which are functions too",
    "init": "use nn.initializers",
    "load": "use model.load(path)",
    "models": "use nn.Sequential and nn.Model",
    "no_grad": "nothing is recorded outside of a tape",
    "optim": "use nn.optimizers",
    "parameter": "use ad.Variable",
    "to_categorical": "use np.eye(classes)[labels], or a sparse loss, which takes the labels themselves",
    "utils": "clipping is in nn.clipping, and optimizers take clipnorm=, clipvalue= and global_clipnorm=",
}

OF_LAYERS: dict[str, str] = {
    "backward": GRADIENTS,
    "children": "use model.layers",
    "cpu": ON_THE_CPU,
    "cuda": ON_A_GPU,
    "double": "use nn.set_floatx('float64') before the layers are made, or dtype='float64' in each",
    "eval": TRAINING,
    "float": "float32 is the default: leave it out",
    "forward": "call the layer: layer(x); a subclass computes in call(self, x)",
    "half": "use dtype='float16' in each layer",
    "load_state_dict": SAVED,
    "modules": "use model.layers",
    "named_parameters": "use [(v.name, v) for v in model.trainable_variables]",
    "parameters": "use model.trainable_variables, a list without a call",
    "register_buffer": "use self.add_weight(shape, trainable=False) in build, or ad.Variable(x, trainable=False)",
    "register_parameter": "use self.add_weight(shape) in build, or an ad.Variable as an attribute",
    "requires_grad_": "use layer.trainable = False, or True",
    "state_dict": SAVED,
    "to": f"for a GPU {ON_A_GPU}",
    "train": TRAINING,
    "zero_grad": NOTHING_KEPT,
}

OF_MODELS: dict[str, str] = {
    "evaluate_generator": "use model.evaluate",
    "fit_generator": "use model.fit",
    "partial_fit": "use model.train_on_batch(x, y), or model.fit again, which goes on",
    "predict_classes": "use model.predict(x).argmax(-1)",
    "predict_generator": "use model.predict",
    "predict_proba": "use model.predict(x), whose last activation gives probabilities",
    "save_model": "use model.save(path)",
    "score": "use model.evaluate(x, y)",
    "to_json": "use model.save(path), and make the model by the same program",
}

OF_OPTIMIZERS: dict[str, str] = {
    "compute_gradients": STEP,
    "get_gradients": STEP,
    "load_state_dict": SAVED,
    "lr": "use optimizer.learning_rate",
    "minimize": STEP,
    "param_groups": "use optimizer.learning_rate, which can be set",
    "state_dict": SAVED,
    "step": STEP,
    "zero_grad": NOTHING_KEPT,
}

OF_LOSSES: dict[str, str] = {
    "backward": GRADIENTS,
    "forward": "call the loss: loss(y_true, y_pred)",
    "item": "the loss of a batch is loss(y_true, y_pred), and its number float(loss(y_true, y_pred))",
}

OF_HISTORIES: dict[str, str] = {
    name: f"use history.history[{name!r}]" for name in ("accuracy", "loss", "val_accuracy", "val_loss")
} | {name: f"use history.history.{name}()" for name in ("items", "keys", "values")}


class Lacking:
    """Stands where other libraries have a name: AttributeError, with what to use. (`hasattr` is False.) An attribute of that
    name, which a subclass or the user sets, goes before it."""

    def __init__(self, name: str, way: str) -> None:
        self.name, self.way = name, way

    def __get__(self, thing: Any, owner: type) -> Any:
        if thing is None:
            return self
        raise AttributeError(f"{owner.__name__} has no {self.name!r}: {self.way}.")


def lack(kind: type, names: Mapping[str, str]) -> None:
    """Let a class say what to use in place of those of the names that it has not. `dir` does not list them."""
    for name, way in names.items():
        if not hasattr(kind, name):
            setattr(kind, name, Lacking(name, way))
    kind.__dir__ = listed  # type: ignore[assignment]


def listed(thing: Any) -> list[str]:
    """What `dir` lists."""
    return [name for name in object.__dir__(thing) if not isinstance(getattr(type(thing), name, None), Lacking)]


def lacking(module: ModuleType, name: str, parts: Iterable[ModuleType] = ()) -> Exception:
    """The error of a module that has no such name: what to use, the part that has it, or similar names. An ImportError for
    `from module import name`, where Python would say nothing of it."""
    absent = f"module {module.__name__!r} has no attribute {name!r}"
    if name.startswith("_"):
        return AttributeError(absent)
    found = list(same_names(name, (module, *parts)))
    if not found:
        known = [other for other in getattr(module, "__all__", dir(module)) if not other.startswith("_")]
        found = [f"{module.__name__}.{other}" for other in near_names(name, known)]
    told = OF_PACKAGE.get(name) or (f"use {' or '.join(found)}" if found else "")
    kind = ImportError if told and asked_by_import(sys._getframe(2)) else AttributeError
    return kind(f"{absent}; {told}." if told else f"{absent}.")


def asked_by_import(frame: FrameType) -> bool:
    """Whether `frame` is at a `from module import name`, where Python would swallow an AttributeError's message."""
    import dis  # only now: it takes milliseconds

    return frame.f_lasti >= 0 and dis.opname[frame.f_code.co_code[frame.f_lasti]] == "IMPORT_FROM"


def same_names(name: str, parts: Iterable[ModuleType]) -> Iterator[str]:
    """Where the parts of nn have that name, whatever its case."""
    for part in dict.fromkeys(parts):
        for known in getattr(part, "__all__", ()):
            if known.lower() == name.lower():
                yield f"{part.__name__}.{known}"


def part_lacks(part: ModuleType, parts: Iterable[ModuleType]) -> Any:
    """The `__getattr__` of a part of nn."""

    def __getattr__(name: str) -> Any:
        raise lacking(part, name, parts)

    return __getattr__
