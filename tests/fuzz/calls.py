"""Calls: of numpy's functions with boxes, from the table of samples and near it; and of every other public name."""

import copy
import inspect
import random
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import autodiff as ad
import nn
import nn.tf as tf

from .networks import networks_call
from .pool import AXES, MAKERS, PLAIN, SMALL, variants
from .reference import OUTSIDE_NUMPY, numpys_own, operation, stripped

AXIS_NAMES = ("axis", "axes", "axis1", "axis2", "axisa", "axisb", "axisc", "source", "destination", "start")
PICTURES = {"play", "draw", "zoom", "show", "plots"}  # that run programs of graphviz, or open windows
NOT_CALLED = {*PICTURES, "Function", "set_floatx", "sklearn", "cli", "sweep"}  # a sweep starts processes and writes files


@dataclass
class Call:
    """A call, and the same for numpy alone if there is such a thing."""

    text: str
    function: Any
    args: list[Any] = field(default_factory=list)
    keywords: dict[str, Any] = field(default_factory=dict)
    numpys: Any = None  # numpy's own function, if it is one
    reference: tuple[list[Any], dict[str, Any]] = ((), {})  # its arguments, without boxes: nothing of them is among `args`


@cache
def table():
    """The samples by function: each function is as likely as any other."""
    sys.path.append(str(Path(__file__).resolve().parent.parent))
    import samples

    return list(samples.SAMPLES.values())


# -- numpy's functions ---------------------------------------------------------------------------------------------------------


def is_floats(x):
    return isinstance(x, np.ndarray) and type(x) is np.ndarray and x.dtype.kind == "f"


def boxed(x, rng):
    """The argument with floats as boxes, some of them."""
    if isinstance(x, list) and x and len(x) < 9 and any(is_floats(part) for part in x):
        return [boxed(part, rng) for part in x]
    if not is_floats(x) or rng.random() < 0.15:
        return x
    if x.ndim == 0 and x.dtype == float and rng.random() < 0.3:
        return ad.Value(float(x))
    return rng.choice([ad.Variable, ad.Tensor, ad.Variable])(x.copy(order="K"))


def numpys_call(rng):
    """A row of the table of samples, with up to two changes."""
    row = rng.choice(rng.choice(table()))
    again = copy.deepcopy(rng)  # numpy gets arguments of its own: it may use up or overwrite what it is given
    plain = changed_row(again, row)
    text, args, keywords = changed_row(rng, row)
    mine = [boxed(x, rng) for x in args]
    if not any(isinstance(x, (ad.Value, ad.Tensor)) for x in mine):
        mine = [ad.Variable(x) if is_floats(x) else x for x in args]
    kinds = ", ".join(type(x).__name__ for x in mine)
    return Call(f"{'; '.join(text)} [{kinds}]", row.function, mine, keywords, row.function, plain[1:])


def changed_row(rng, row):
    args, keywords = list(copy.deepcopy(row.args)), copy.deepcopy(row.keywords)
    text = [row.id]
    for _ in range(rng.choice([0, 1, 1, 1, 2, 2])):
        text.append(changed(rng, row.function, args, keywords))
    return text, args, keywords


def changed(rng, function, args, keywords):
    """Change one argument; say how."""
    way = rng.choice(["value", "variant", "variant", "axis", "small", "drop", "axis"])
    floats = [k for k, x in enumerate(args) if is_floats(x)]
    if way == "variant" and floats:
        k = rng.choice(floats)
        choices = list(variants(args[k]))
        j = rng.randrange(len(choices))
        args[k] = choices[j]
        return f"args[{k}] variant {j}"
    if way == "value" and args:
        k, name = rng.randrange(len(args)), rng.choice(PLAIN)
        args[k] = MAKERS[name]()
        return f"args[{k}] = {name}"
    if way == "drop" and len(args) > 1:
        args.pop()
        return "without the last"
    names = [*keywords, *parameters(function)]
    chosen = [name for name in names if (name in AXIS_NAMES) == (way == "axis")]
    if not chosen:
        return "as it is"
    name = rng.choice(chosen)
    keywords[name] = rng.choice(AXES if way == "axis" else SMALL)
    return f"{name}={keywords[name]!r}"


@cache
def parameters(function):
    try:
        known = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return ()
    left_out = ("out", "like", "subok", "casting", "signature")
    return tuple(p.name for p in known if p.default is not p.empty and p.name not in left_out)


# -- every other public name ---------------------------------------------------------------------------------------------------


@cache
def public_things():
    """{name: callable} of autodiff, nn and nn.tf, and of the methods of their objects."""
    things = {}
    for root, module in (
        ("ad", ad),
        ("ad.linalg", ad.linalg),
        ("nn", nn),
        ("nn.layers", nn.layers),
        ("nn.losses", nn.losses),
        ("nn.metrics", nn.metrics),
        ("nn.optimizers", nn.optimizers),
        ("nn.callbacks", nn.callbacks),
        ("nn.initializers", nn.initializers),
        ("nn.regularizers", nn.regularizers),
        ("nn.activations", nn.activations),
        ("nn.clipping", nn.clipping),
        ("nn.schedules", nn.schedules),
        ("nn.scalar", nn.scalar),
        ("nn.exchange", nn.exchange),
        ("nn.tuning", nn.tuning),
        ("nn.diagnosis", nn.diagnosis),
        ("tf", tf),
        ("tf.math", tf.math),
        ("tf.nn", tf.nn),
        ("tf.linalg", tf.linalg),
        ("tf.random", tf.random),
        ("tf.keras.layers", tf.keras.layers),
        ("tf.keras.utils", tf.keras.utils),
        ("tf.keras.backend", tf.keras.backend),
    ):
        for name in sorted(getattr(module, "__all__", dir(module))):
            thing = getattr(module, name, None)
            if not name.startswith("_") and callable(thing) and name not in NOT_CALLED and not issubclass_of_error(thing):
                things[f"{root}.{name}"] = thing
    return things


def issubclass_of_error(thing):
    return isinstance(thing, type) and issubclass(thing, BaseException)


def model():
    network = nn.Sequential([nn.Dense(2), nn.Dense(1)])
    network.compile("sgd", "mse")
    network(np.ones((2, 3)))
    return network


OBJECTS = {
    "Value": lambda: ad.Value(2.0),
    "Variable": lambda: ad.Variable([1.0, 2.0, 3.0]),
    "Tensor": lambda: ad.constant([[1.0, 2.0]]),
    "MutableTensor": lambda: ad.constant([1.0, 2.0, 3.0]).copy(),
    "Tape": lambda: ad.Tape(persistent=True),
    "model": model,
    "Dense": lambda: nn.Dense(2),
    "Adam": lambda: nn.optimizers.Adam(),
    "MSE": lambda: nn.losses.MeanSquaredError(),
    "unbuilt": lambda: nn.Sequential([nn.Conv2D(1, 2), nn.Flatten(), nn.Dropout(0.5), nn.Dense(1)]),
    "BatchNormalization": lambda: nn.BatchNormalization(),
    "Embedding": lambda: nn.Embedding(3, 2),
    "History": lambda: nn.callbacks.History(),
    "EarlyStopping": lambda: nn.callbacks.EarlyStopping(),
    "CosineDecay": lambda: nn.schedules.CosineDecay(0.1, 5),
    "HeNormal": lambda: nn.initializers.HeNormal(),
    "R2Score": lambda: nn.metrics.R2Score(),
    "Dataset": lambda: tf.data.Dataset.range(4),
    "neurons": lambda: nn.scalar.MLP(2, [2, 1]),
    "GradientTape": lambda: tf.GradientTape(persistent=True),
    "Accuracy": lambda: nn.metrics.Accuracy() if hasattr(nn.metrics, "Accuracy") else nn.metrics.MeanSquaredError(),
    "function": lambda: ad.function(lambda x: x * x),
}
OPERATORS = (
    "add",
    "radd",
    "sub",
    "rsub",
    "mul",
    "rmul",
    "truediv",
    "rtruediv",
    "pow",
    "rpow",
    "mod",
    "rmod",
    "floordiv",
    "divmod",
    "rdivmod",
    "matmul",
    "rmatmul",
    "eq",
    "lt",
    "getitem",
    "setitem",
    "call",
    "array",
    "contains",
    "and",
)
HOOKS = {"call", "score", "compute", "update", "draw", "rate", "check"}  # of subclasses: nn itself calls them, with arrays
FILES = {"save", "load", "save_weights", "load_weights", "export", "to_json"}  # they are damaged on purpose in other tests


@cache
def methods():
    found = []
    for kind, make in OBJECTS.items():
        it = make()
        for name in sorted(dir(type(it))):
            dunder = name.startswith("__") and name.strip("_") in OPERATORS
            public = not name.startswith(("_", "on_"))  # the engine and fit alone call on_op, on_epoch_end and their like
            wanted = (dunder or public) and name not in FILES | HOOKS
            if wanted and callable(inspect.getattr_static(it, name)):
                found.append((kind, name))
    return found


def publics_call(rng):
    """A public function, class or method on values of the pool."""
    if rng.random() < 0.4:
        kind, name = rng.choice(methods())
        it, text = OBJECTS[kind](), f"{kind}.{name}"
        function = operation(it, name) or getattr(it, name)
    else:
        text = rng.choice(sorted(public_things()))
        function = public_things()[text]
    names = [rng.choice(list(MAKERS)) for _ in range(arity(rng, function))]
    keywords = {}
    options = parameters(function)
    if options and rng.random() < 0.4:
        option = rng.choice(options)
        keywords = {option: rng.choice(list(MAKERS))}
    shown = [*names, *(f"{key}={value}" for key, value in keywords.items())]
    call = Call(
        f"{text}({', '.join(shown)})", function, [MAKERS[n]() for n in names], {k: MAKERS[n]() for k, n in keywords.items()}
    )
    if not OUTSIDE_NUMPY.intersection([*names, *keywords.values()]):
        call.numpys = numpys_own(text, function, OBJECTS)
        call.reference = [stripped(MAKERS[n]()) for n in names], {k: stripped(MAKERS[n]()) for k, n in keywords.items()}
    return call


def arity(rng, function):
    """As many arguments as the function needs; once in a while others."""
    try:
        known = inspect.signature(function).parameters.values()
        needed = sum(p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in known)
    except (TypeError, ValueError):
        needed = 1
    return max(0, needed + rng.choice([0, 0, 0, 0, 0, 0, 1, 1, -1]))


def made(seed):
    """The call of a seed."""
    rng = random.Random(seed)
    kind = rng.random()
    if kind >= 0.85:
        return made_of_nn(seed)
    with np.errstate(all="ignore"):  # huge numbers in half precision
        return numpys_call(rng) if kind < 0.6 else publics_call(rng)


def made_of_nn(seed):
    """A call of nn."""
    text, function, keywords = networks_call(random.Random(seed), MAKERS, variants)
    return Call(text, function, keywords=keywords)
