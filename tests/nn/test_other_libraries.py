"""Names of PyTorch, Keras and scikit-learn that are not here say what to use."""

import copy
import pickle
import re

import numpy as np
import pytest

import autodiff as ad
import nn
from nn import elsewhere

PACKAGE = {  # (module, name): what is said
    (nn, "Linear"): r"nn\.Dense\(units\)", (nn, "CrossEntropyLoss"): "SparseCategoricalCrossentropy",
    (nn, "Conv2d"): r"nn\.Conv2D",
    (nn, "relu"): r"use nn\.ReLU or .*nn\.activations\.relu", (nn, "Adam"): r"use nn\.optimizers\.Adam\.",
    (nn, "EarlyStopping"): r"nn\.callbacks\.EarlyStopping", (nn, "Dens"): r"use nn\.Dense\.",
    (nn, "meansquarederror"): r"nn\.losses\.MeanSquaredError or nn\.metrics\.MeanSquaredError",
    (nn.layers, "Linear"): r"nn\.Dense", (nn.losses, "Adam"): r"nn\.optimizers\.Adam",
    (nn.optimizers, "AdamX"): r"use nn\.optimizers\.Adam",
}  # fmt: skip


@pytest.mark.parametrize("module, name", PACKAGE, ids=lambda x: getattr(x, "__name__", x))
def test_the_package_and_its_parts_say_what_they_have_instead(module, name):
    said = f"module '{module.__name__}' has no attribute '{name}'; .*{PACKAGE[module, name]}"
    with pytest.raises(AttributeError, match=said):
        getattr(module, name)
    with pytest.raises(ImportError, match=said):
        exec(f"from {module.__name__} import {name}")


def test_what_nothing_is_known_of_is_said_too():
    for module in (nn, nn.losses):
        with pytest.raises(AttributeError, match=rf"'{module.__name__}' has no attribute 'xyzzy'\.$"):
            module.xyzzy
        with pytest.raises(AttributeError, match=r"'__xyzzy__'$"):
            module.__xyzzy__


def built():
    model = nn.Sequential([nn.Dense(1)])
    model(np.ones((1, 2)))
    return model


THINGS = {
    "layer": (lambda: nn.Dense(2), elsewhere.OF_LAYERS), "model": (lambda: nn.Sequential([nn.Dense(1)]), elsewhere.OF_LAYERS),
    "built model": (built, {**elsewhere.OF_LAYERS, **elsewhere.OF_MODELS}),
    "optimizer": (nn.optimizers.Adam, elsewhere.OF_OPTIMIZERS),
    "loss": (nn.losses.MeanSquaredError, elsewhere.OF_LOSSES), "history": (nn.callbacks.History, elsewhere.OF_HISTORIES),
}  # fmt: skip


@pytest.mark.parametrize("kind", THINGS)
def test_an_object_says_what_to_use(kind):
    make, names = THINGS[kind]
    thing = make()
    for name in names:
        with pytest.raises(AttributeError, match=f"{type(thing).__name__} has no '{name}': ") as caught:
            getattr(thing, name)
        assert "not built" not in str(caught.value)
        assert not hasattr(thing, name) and name not in dir(thing)
    assert {"name"} <= {*dir(thing)} or kind == "history"


def test_a_subclass_may_have_these_names():
    class Own(nn.Layer):
        def __init__(self):
            super().__init__()
            self.to, self.train = 3, "yes"

        def forward(self, x):
            return x

        def call(self, x):
            return self.forward(x)

    layer = Own()
    assert (layer.to, layer.train) == (3, "yes") and "forward" in dir(layer) and layer([[1.0]]).tolist() == [[1.0]]
    with pytest.raises(AttributeError, match="trainable_variables"):
        layer.parameters()


def test_copies_and_pickles_are_not_bothered():
    model = built()
    assert copy.deepcopy(model).count_params() == pickle.loads(pickle.dumps(model)).count_params() == 3


def test_the_ways_are_there():
    tables = [elsewhere.OF_PACKAGE, elsewhere.OF_LAYERS, elsewhere.OF_MODELS, elsewhere.OF_OPTIMIZERS, elsewhere.OF_LOSSES]
    told = [way for table in tables for way in table.values()]
    things = {"nn": nn, "ad": ad, "np": np, "model": built(), "optimizer": nn.optimizers.Adam()}
    for name, thing in things.items():
        for path in {path for way in told for path in re.findall(rf"\b{name}\.([\w.]*\w)", way)}:
            found = thing
            for step in path.split("."):
                found = getattr(found, step)
    assert not [name for name in elsewhere.OF_PACKAGE if hasattr(nn, name)]
