"""Objects as Python expects them, on both engines: this file runs on the pure source and on the compiled wheel, with one table.

What runs on the source that is being edited runs where it is installed, and what is refused is refused on both.
"""

import copy
import inspect
import multiprocessing
import pickle
import weakref

import numpy as np
import pytest
from samples import SAMPLES, leaves, planted
from together import each

import autodiff as ad
import nn
import nn.tf
from autodiff.core.registry import REGISTRY


class Parameter(ad.Variable):
    """A Variable with something of its own."""

    def __init__(self, data, note="", **options):
        super().__init__(data, **options)
        self.note = note

    def length(self):
        return np.sqrt(np.sum(self * self))


class Loud(ad.Tensor):
    def _wrap(self, y):
        return Loud(y)


class Own(ad.Tape):
    """A tape of one's own."""


def assigned():
    v = Parameter([1.0, 2.0])
    v.assign_sub([0.5, 0.5])
    v.assign([3.0, 4.0])
    return v.length().item(), v.numpy().tolist(), type(v).__name__


def followed():
    v = Parameter([3.0, 4.0], name="v")
    with ad.Tape() as tape:
        y = v.length()
    return [v is w for w in tape.watched_variables()], np.round(tape.gradient(y, v), 12).tolist()


def traced():
    v = Parameter([3.0, 4.0])
    f = ad.function(lambda x: np.sum(v * x))
    f(np.ones(2))
    v.assign([1.0, 1.0])
    return f(np.ones(2)).item()


def noted(it):
    it.note = 3
    return it.note


def flags(tape):
    return tape.persistent, tape.watch_accessed_variables


RUNS = {  # what runs on both: (program, result)
    "a subclass of Variable": (lambda: Parameter([1.0], "mine", name="p").note, "mine"),
    "it is followed": (followed, ([True], [0.6, 0.8])),
    "it is assigned": (assigned, (5.0, [3.0, 4.0], "Parameter")),
    "it is traced": (traced, 2.0),
    "it is what it is": (lambda: isinstance(Parameter([1.0]), ad.Tensor) and isinstance(Parameter([1.0]), ad.Variable), True),
    "it steps by an optimizer": (lambda: stepped(Parameter([1.0, 1.0])), [0.5, 0.5]),
    "a weak reference to it": (lambda: (lambda v: weakref.ref(v)() is v)(Parameter([1.0])), True),
    "a subclass of Tensor": (lambda: type(np.exp(Loud([0.0])) * 2.0).__name__, "Loud"),
    "a subclass of MutableTensor": (lambda: repr(type("M", (ad.MutableTensor,), {})(ad.constant([1.0]))), "M([1.])"),
    "a subclass of Tape": (lambda: weakref.ref(Own()) is not None and flags(Own(persistent=True)), (True, True)),
    "a weak reference to a Tape": (lambda: (lambda tape: weakref.ref(tape)() is tape)(ad.Tape()), True),
    "a weak reference to a Recorder": (lambda: weakref.ref(ad.Recorder())(), None),
    "an attribute of a Tape": (lambda: noted(ad.Tape()), 3),
    "an attribute of a Recorder": (lambda: noted(ad.Recorder()), 3),
    "Tape(persistent=1)": (lambda: flags(ad.Tape(persistent=1)), (True, True)),
    "Tape(persistent=0)": (lambda: flags(ad.Tape(persistent=0)), (False, True)),
    "Tape(persistent=np.True_)": (lambda: flags(ad.Tape(persistent=np.True_)), (True, True)),
    "Tape(watch_accessed_variables=0)": (lambda: flags(ad.Tape(watch_accessed_variables=0)), (False, False)),
    "Tape(debug=1)": (lambda: ad.Tape(debug=1).debugger is not None, True),
    "Variable(trainable=0)": (lambda: ad.Variable([1], trainable=0).trainable, False),
    "Variable(trainable=np.True_)": (lambda: ad.Variable([1.0], trainable=np.True_).trainable, True),
    "sum(keepdims=1)": (lambda: ad.Variable([1.0]).sum(keepdims=1).shape, (1,)),
    "max(keepdims=1)": (lambda: ad.Variable([1.0]).max(keepdims=1).shape, (1,)),
    "astype(copy=0)": (lambda: ad.Variable([1.0]).astype("f4", copy=0).dtype == "f4", True),
    "a name of numpy's": (lambda: ad.Variable([1.0], name=np.str_("w")).name, "w"),
    "escapes of numpy's": (lambda: ad.Tape(escapes=np.str_("allow")).escapes, "allow"),
    "Value(True)": (lambda: ad.Value(True).data, 1.0),
    "__array__(copy=1)": (lambda: ad.constant([1.0]).__array__(None, 1).tolist(), [1.0]),
    "__array__(copy=np.False_)": (lambda: float(ad.Value(1.0).__array__(copy=np.False_)), 1.0),
    "an index of numpy's": (lambda: ad.Variable([1.0, 2.0])[np.int64(1)].item(), 2.0),
}

REFUSED = {  # what is refused on both: (program, error, words)
    "a subclass of Value": (lambda: type("V", (ad.Value,), {})(1.0), TypeError, "Value has no subclasses"),
    "a weak reference to a Value": (lambda: weakref.ref(ad.Value(1.0)), TypeError, "cannot create weak reference"),
    "a weak reference to a Variable": (lambda: weakref.ref(ad.Variable([1.0])), TypeError, "cannot create weak reference"),
    "a name that is a number": (lambda: ad.Variable([1.0], name=3), TypeError, "name of a box is a str, but got 3"),
    "a Value's name": (lambda: ad.Value(1.0, name=3), TypeError, "name of a box is a str, but got 3"),
    "a Tensor's name": (lambda: ad.Tensor([1.0], name=["x"]), TypeError, r"name of a box is a str, but got \['x'\]"),
    "a constant's name": (lambda: ad.constant([1.0], name=b"x"), TypeError, "name of a box is a str"),
    "escapes=3": (lambda: ad.Tape(escapes=3), ValueError, "escapes is one of"),
    "escapes=None": (lambda: ad.Tape(escapes=None), ValueError, "escapes is one of"),
    "unconnected_gradients=None": (lambda: ad.Tape().gradient(1, 2, unconnected_gradients=None), ValueError, "one of none"),
    "unconnected_gradients=0": (lambda: ad.Tape().jacobian(1, 2, unconnected_gradients=0), ValueError, "one of none"),
    "a new attribute": (lambda: setattr(ad.Variable([1.0]), "note", 3), AttributeError, "note"),
    "a flag of several": (lambda: ad.Tape(persistent=np.ones(2)), ValueError, "ambiguous"),
}


def stepped(v):
    nn.optimizers.SGD(0.5).apply_gradients([(np.ones(2), v)])
    return v.numpy().tolist()


@pytest.mark.parametrize("what", RUNS)
def test_what_runs_on_both_engines(what):
    program, result = RUNS[what]
    assert program() == result


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_on_both_engines(what):
    program, error, words = REFUSED[what]
    with pytest.raises(error, match=words):
        program()


# -- flags -----------------------------------------------------------------------------------------------------------


def traced_by(**flag):
    return ad.function(lambda x: x * x, **flag)(ad.constant([3.0])).item()


def shown(show):
    def call(**flag):
        x = ad.Value(2.0, name="x")
        with ad.Tape():
            y = x * x
        return getattr(show(y, **flag), "source", None)

    return call


def recorded_by(kind):
    return lambda **flag: (flags(kind(**flag)), kind(**flag).debugger is None)


def with_flag(function, row):
    """The call of a sample by which a flag of the function can be tried. What numpy refuses is as it is with True or False."""
    boxes = [ad.constant(x) for x in leaves(row.args)]

    def call(**flag):
        args = planted(row.args, iter(boxes))
        plain = copy.deepcopy(row.args)  # numpy may write into it
        if isinstance(outcome_of(row.function, {**row.keywords, **flag}, *plain), type):
            flag = {name: bool(x) for name, x in flag.items()}
        return function(*args, **{**row.keywords, **flag})

    return lambda **flag: repr(call(**flag))


M = ad.constant([[1.0, 2.0], [3.0, 4.0]])
def with_aux(x):
    return x * x, 2 * x


CALLS = {  # of what has flags and no sample
    **{name: lambda name=name, **flag: repr(getattr(ad, name)(with_aux, **flag)(2.0))
       for name in ("grad", "hessian", "jacobian", "value_and_grad")},
    "jvp": lambda **flag: repr(ad.jvp(with_aux, (2.0,), (1.0,), **flag)),
    "vjp": lambda **flag: repr(ad.vjp(with_aux, 2.0, **flag)[0]),
    "Tape": recorded_by(ad.Tape), "GradientTape": recorded_by(ad.GradientTape), "draw": shown(ad.draw), "show": shown(ad.show),
    "Variable": lambda **flag: ad.Variable([1.0], **flag).trainable, "function": traced_by,
    "astype": lambda **flag: repr(M.astype("f4", **flag)),
}  # fmt: skip
METHODS = {"astype": ("f4",)}
NOT_FLAGS = {"where"}  # a mask


def public_flags():
    """(name, parameter) of every public function, class and method whose parameter is True or False by default."""
    for module, prefix in ((ad, ""), (ad.linalg, "linalg.")):
        for name in dir(module):
            x = None if name.startswith("_") else getattr(module, name)
            if inspect.isclass(x):
                parts = [part for part in dir(x) if not part.startswith("_") and hasattr(x, part)]  # some only say what to use
                found = {f"{name}.{part}": getattr(x, part) for part in parts}
                found = {prefix + name: x, **{key: part for key, part in found.items() if callable(part)}}
            else:
                found = {prefix + name: x} if callable(x) else {}
            for key, function in found.items():
                try:
                    parameters = inspect.signature(function).parameters.values()
                except ValueError:  # a builtin without a signature
                    continue
                yield from ((key, p.name) for p in parameters if isinstance(p.default, bool) and p.name not in NOT_FLAGS)


def call_of(name):
    if name in CALLS:
        return CALLS[name]
    kind, _, method = name.rpartition(".")
    if kind and kind != "linalg":
        box = M.copy() if kind == "MutableTensor" else getattr(ad, kind)([[1.0, 2.0], [3.0, 4.0]])
        return lambda **flag: repr(getattr(box, method)(*METHODS.get(method, ()), **flag))
    function = getattr(ad.linalg if kind else ad, method)
    return with_flag(function, next(rows[0] for numpys, rows in SAMPLES.items() if REGISTRY.get(numpys) is REGISTRY[function]))


def outcome_of(call, flag, *args):
    try:
        return call(*args, **flag)
    except Exception as error:
        return type(error)


@each("name, parameter", {" ".join(flag): flag for flag in public_flags()})
def test_a_flag_is_whatever_is_true_or_false(name, parameter):
    call = call_of(name)
    for same in ((True, 1, np.True_), (False, 0, np.False_)):
        results = [outcome_of(call, {parameter: flag}) for flag in same]
        assert results[1] == results[0] and results[2] == results[0]


def test_there_are_flags_on_both_engines():
    assert {("Tape", "persistent"), ("Variable", "trainable"), ("Tensor.astype", "copy"), ("cov", "bias")} <= {*public_flags()}


# -- pickle and copy -------------------------------------------------------------------------------------------------

MODULES = (ad, ad.linalg, nn, nn.activations, nn.clipping, nn.initializers, nn.layers, nn.losses, nn.metrics, nn.optimizers,
           nn.regularizers, nn.schedules, nn.tf, nn.tf.linalg, nn.tf.math, nn.tf.nn)  # fmt: skip


def public_functions(module):
    """The functions and classes that a module hands out and that are ours."""
    for name in dir(module):
        x = None if name.startswith("_") else getattr(module, name)
        if (inspect.isfunction(x) or inspect.isclass(x)) and x.__module__.split(".")[0] in ("autodiff", "nn", "numpy"):
            yield name, x


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_public_functions_are_pickled_by_name(module):
    functions = dict(public_functions(module))
    assert len(functions) > 1
    for name, function in functions.items():
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            assert pickle.loads(pickle.dumps(function, protocol)) is function, name
        assert copy.deepcopy(function) is function, name


def test_functions_go_to_other_processes():
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.map(ad.exp, [0.0, 0.0]) == [1.0, 1.0]
        assert pool.map(ad.linalg.det, [np.eye(2)]) == [1.0]


def test_cloudpickle_takes_what_uses_them():
    cloudpickle = pytest.importorskip("cloudpickle")
    assert pickle.loads(cloudpickle.dumps(lambda x: ad.sin(x) + ad.relu(x)))(0.0) == 0.0


def used_tape(**options):
    x = ad.Value(1.0)
    with ad.Tape(**options) as tape:
        y = x * x
    tape.gradient(y, x)
    return tape


def accumulator():
    x = ad.constant([1.0])
    with ad.ForwardAccumulator(x, ad.constant([1.0])) as made:
        x * x
    return made


RECORDERS = {
    "new": ad.Tape, "persistent": lambda: used_tape(persistent=True), "used": used_tape, "accumulator": accumulator,
    "TensorFlow's": nn.tf.GradientTape, "of one's own": Own,
}  # fmt: skip


@pytest.mark.parametrize("how", [copy.copy, copy.deepcopy, pickle.dumps], ids=lambda how: how.__name__)
@pytest.mark.parametrize("make", RECORDERS)
def test_a_tape_is_not_copied(make, how):
    with pytest.raises(TypeError, match=r"A \w+ can't be pickled or copied: its records belong to the graph"):
        how(RECORDERS[make]())


def test_a_watch_that_is_refused_watches_nothing():
    x = ad.constant([1.0])
    with ad.Tape() as tape:
        for wrong, error in ((3.0, ValueError), (ad.constant([1]), TypeError)):
            with pytest.raises(error):
                tape.watch([x, wrong])
        y = x * x
    assert tape.gradient(y, x) is None
