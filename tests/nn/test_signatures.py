"""A signature shows what its function takes: `help`, the site and editors read it. *args and **kwargs show nothing."""

import inspect

import pytest

import nn

MODULES = (nn, nn.activations, nn.callbacks, nn.clipping, nn.diagnosis, nn.exchange, nn.initializers, nn.layers, nn.losses,
           nn.metrics, nn.optimizers, nn.plots, nn.regularizers, nn.scalar, nn.schedules, nn.tuning)  # fmt: skip
REASONS = {  # what may take *args or **options: why
    "nn.callbacks.LambdaCallback": "its functions have the names of Callback's hooks",
    "nn.tuning.learning_rate_sweep": "its options are those of fit",
    "nn.tuning.sweep": "its options are those of fit",
}
METHODS = {  # likewise
    "__call__": "the inputs of the layer's own call",
    "begin": "one shape for each input of the layer",
    "call": "a subclass of Layer says what it takes",
    "update": "the slots of the optimizer",
}


def public():
    """{name: callable} for every class and function in the __all__ of a module of nn, or without _ where there is none."""
    found = {}
    for module in MODULES:
        names = getattr(module, "__all__", None) or [name for name in vars(module) if not name.startswith("_")]
        for name in names:
            x = getattr(module, name)
            if callable(x) and (getattr(x, "__module__", None) or "").startswith("nn"):
                found.setdefault(id(x), (f"{module.__name__}.{name}", x))
    return dict(found.values())


def open_ended(function):
    """The names of *args and **options."""
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [p.name for p in inspect.signature(function).parameters.values() if p.kind in kinds]


def accepted(name, x):
    """Whether x may be open-ended. The options of a layer are those of nn.Layer: name, dtype, trainable and input_shape."""
    return name in REASONS or (isinstance(x, type) and issubclass(x, nn.Layer))


def test_every_public_signature_shows_what_it_takes():
    faults = [f"{name}: {', '.join(left)}" for name, x in public().items() if (left := open_ended(x)) and not accepted(name, x)]
    for name, x in public().items():
        methods = inspect.getmembers(x, inspect.isfunction) if isinstance(x, type) else []
        faults += [f"{name}.{method}: {', '.join(left)}" for method, f in methods
                   if (not method.startswith("_") or method == "__call__") and f.__module__.startswith("nn")
                   and (left := open_ended(f)) and method not in METHODS]  # fmt: skip
    assert faults == []


def test_each_exception_is_needed():
    found = public()
    assert [name for name in REASONS if not open_ended(found[name])] == []


@pytest.mark.parametrize("kind", nn.optimizers.CLASSES)
def test_an_optimizer_shows_the_options_of_all(kind):
    shown = inspect.signature(kind).parameters
    assert list(inspect.signature(nn.optimizers.Optimizer).parameters)[1:] == ["weight_decay", "clipvalue", "clipnorm",
                                                                               "global_clipnorm", "name"]  # fmt: skip
    assert {"learning_rate", "weight_decay", "clipvalue", "clipnorm", "global_clipnorm", "name"} <= shown.keys()
    made = kind(**{name: p.default for name, p in shown.items()})
    assert made.learning_rate == shown["learning_rate"].default


def test_an_optimizer_of_ones_own_shows_them_too():
    class Half(nn.optimizers.SGD):
        def __init__(self, learning_rate=0.5, **options):
            super().__init__(learning_rate / 2, **options)

    assert list(inspect.signature(Half).parameters)[:3] == ["learning_rate", "momentum", "nesterov"]
    assert "clipnorm" in inspect.signature(Half).parameters and Half(1.0, momentum=0.9).learning_rate == 0.5
