"""What a user gives nn is checked where it enters: a wrong argument is named, with what was expected and what was given."""

import functools
import random

import numpy as np
import pytest
from fuzz import networks
from fuzz.judge import outcome
from fuzz.networks import networks_call, right_calls, right_pictures
from fuzz.pool import MAKERS, variants
from test_failed_calls import described
from together import each

import autodiff as ad
import nn
import nn.tf as tf
from nn import arguments

X, Y = np.ones((4, 3), "f"), np.ones((4, 1), "f")
W = ad.Variable([1.0, 2.0])
rows = tf.data.Dataset.from_tensor_slices(X)


def model():
    made = nn.Sequential([nn.Dense(2), nn.Dense(1)])
    made.compile("sgd", "mse")
    made(X)
    return made


def compiled(loss):
    made = model()
    made.compile("sgd", loss)
    return made


def returning(x):
    """A model whose call returns x."""

    class Returns(nn.Model):
        def call(self, inputs):
            return x

    made = Returns()
    made.compile("sgd", "mse")
    return made


def driven(callback, hook, *given):
    callback.model, callback.params = model(), {"epochs": 1, "initial_epoch": 0, "steps": 1, "do_validation": False}
    callback.on_train_begin()
    return getattr(callback, hook)(*given)


REFUSED = {
    # layers
    "units": (lambda: nn.Dense(2.5), "units is a positive whole number, but got 2.5"),
    "a name": (lambda: nn.Dense(1, name=3), "name is text, or None"),
    "a flag": (lambda: nn.Dense(1, use_bias=np.ones(2)), "use_bias is True or False, but got array"),
    "trainable": (lambda: nn.Dense(1, trainable=np.ones(2)), "trainable is True or False"),
    "the shape of an example": (lambda: nn.Dense(1, input_shape="abc"), "input_shape is a shape .* but got 'abc'"),
    "a negative size": (lambda: nn.Dense(1, input_shape=(-3,)), r"input_shape is a shape .* but got \(-3,\)"),
    "a dtype": (lambda: nn.Dense(1, dtype={"a": ad.Value(1.0)}), "dtype is a dtype or its name"),
    "building for no shape": (lambda: nn.Dense(1).build(None), "input_shape is a shape .* but got None"),
    "building for a number": (lambda: nn.Conv2D(1, 2).build(2.5), "input_shape is a shape"),
    "building a model for text": (lambda: nn.Sequential([nn.Dense(1)]).build("x"), "input_shape is a shape"),
    "an axis of normalization": (lambda: nn.BatchNormalization(axis=1.5), "axis is an axis, a whole number, or several"),
    "an axis by name": (lambda: nn.LayerNormalization(axis=["a"]), "axis is an axis, a whole number, or several"),
    "epsilon": (lambda: nn.BatchNormalization(epsilon="a"), "epsilon is a number, but got 'a'"),
    "a kernel's size": (lambda: nn.Conv2D(1, None), "A window's size is a whole number, or two, but got None"),
    "a rate": (lambda: nn.Dropout([0.5]), r"A dropout rate is a number from 0 to 1, but got \[0.5\]"),
    "the shape of a mask": (lambda: nn.Dropout(0.5, 2.5), "noise_shape is a shape"),
    "no batch to flatten": (lambda: nn.Flatten()(2.0), "flatten takes a batch"),
    "the shape of a weight": (lambda: nn.Dense(1).add_weight(None), "shape is a shape of whole numbers, such as"),
    "an odd axis to halve": (lambda: nn.activations.glu(np.ones((2, 3))), r"axis -1 of glu is halved, but z has"),
    "weights": (lambda: model().set_weights(3.0), "weights is a list of arrays, but got 3.0"),
    "the sizes of an MLP": (lambda: nn.MLP(4), "sizes is a list of the layers' units"),
    "layers": (lambda: nn.Sequential(nn.Dense(1)), "layers is a list of layers, but got <Dense\\(1\\)"),
    "an initializer's shape": (lambda: nn.initializers.Zeros()(2.5), "shape is a shape"),
    "an unknown size": (lambda: nn.initializers.Zeros()((None, 2)), "shape is a shape"),
    "minval": (lambda: nn.initializers.RandomUniform(minval=None), "minval is a number, but got None"),
    "an infinite range": (lambda: nn.initializers.RandomUniform(-1e308, 1e308), "maxval - minval is a finite number"),
    "value": (lambda: nn.initializers.Constant(10**400), "value holds numbers"),
    "l2": (lambda: nn.regularizers.L2("a"), "l2 is a number, but got 'a'"),
    # losses and metrics
    "ignore_class": (lambda: nn.losses.SparseCategoricalCrossentropy(True, 0.1), "ignore_class is a label, a whole number"),
    "a loss of one argument": (lambda: model().compile("sgd", lambda y: y), "does not take .y_true, y_pred."),
    "a loss of a class": (lambda: model().compile("sgd", int), "The loss is a name, a function or an object"),
    "label_smoothing": (lambda: nn.losses.BinaryCrossentropy(label_smoothing=2), "label_smoothing is a number from 0 to 1"),
    "an axis of classes": (
        lambda: nn.losses.categorical_crossentropy(np.eye(2), np.eye(2), axis=5),
        "axis is a whole number from -2 to 1, but got 5",
    ),
    "a reduction": (lambda: nn.losses.Huber(reduction=np.ones(2)), "Unknown reduction array"),
    "predictions without axes": (lambda: nn.metrics.Accuracy()([1.0], 1.0), "y_pred is an array whose first axis"),
    "targets of text": (lambda: nn.metrics.MeanSquaredError()(["a"], [1.0]), "y_true holds numbers"),
    "masked targets": (lambda: nn.metrics.Accuracy()(np.ma.array([1.0], mask=[True]), [1.0]), "y_true is a masked array"),
    "weights of an example": (lambda: nn.metrics.AUC()([1], [1.0], "a"), "sample_weight holds numbers"),
    "a threshold": (lambda: nn.metrics.Precision(thresholds="a"), "threshold is a number, but got 'a'"),
    # optimizers and schedules
    "learning_rate": (lambda: nn.optimizers.Adam([1]), r"learning_rate is a finite number, 0 or more, but got \[1\]"),
    "a rate from a function": (
        lambda: nn.optimizers.Adam(lambda: "x").apply_gradients([(np.ones(2), W)]),
        "learning_rate is a finite number, 0 or more, but got 'x'",
    ),
    "a beta of 1": (lambda: nn.optimizers.Adam(beta_1=1), "beta_1 is a number from 0 to 1, below 1"),
    "clipnorm": (lambda: nn.optimizers.SGD(clipnorm="a"), "clipnorm is a number above 0, but got 'a'"),
    "weight_decay": (lambda: nn.optimizers.SGD(weight_decay=[]), r"weight_decay is a number, 0 or more, but got \[\]"),
    "what is to be built": (lambda: nn.optimizers.Adam().build(3), "variables is a list of Variables and Values, but got 3"),
    "no variable to be built": (
        lambda: nn.optimizers.Adam().build([np.ones(2)]),
        "variables is a list of Variables and Values, but holds array",
    ),
    "no list of gradients": (lambda: nn.optimizers.Adam().apply(3, [W]), "gradients is a list, but got 3"),
    "more variables than gradients": (
        lambda: nn.optimizers.Adam().apply([np.ones(2)], [W, W]),
        "There are 1 gradients, but 2 variables",
    ),
    "a gradient of text": (lambda: nn.optimizers.SGD().apply_gradients([("a", W)]), "A gradient holds numbers"),
    "gradients to clip": (lambda: nn.clipping.by_norm(None, 1.0), "gradients is a list, but got None"),
    "a limit": (lambda: nn.clipping.by_value([1.0], "a"), "limit is a number above 0, but got 'a'"),
    "boundaries": (lambda: nn.schedules.PiecewiseConstantDecay(3, [1.0]), "boundaries is a list of numbers, but got 3"),
    "decay_steps": (lambda: nn.schedules.CosineDecay(0.1, 0), "decay_steps is a number above 0, but got 0"),
    "a step": (lambda: nn.schedules.CosineDecay(0.1, 5)(None), "step is a number, 0 or more, but got None"),
    "a step before the first": (lambda: nn.schedules.CosineDecay(0.1, 5)(-1), "step is a number, 0 or more, but got -1"),
    "a weight's name": (lambda: nn.Dense(1).add_weight((2,), name=3), "name is text, but got 3"),
    # training
    "metrics": (lambda: model().compile("sgd", "mse", 3.0), "metrics is a list of names, functions and Metrics, but got 3.0"),
    "validation_data": (lambda: model().fit(X, Y, validation_data=3, verbose=0),
                        "validation_data is .x, y., .x, y, sample_weight. or batches, but got 3"),
    "callbacks": (lambda: model().fit(X, Y, callbacks=[print], verbose=0), "callbacks is a list of callbacks, but holds"),
    "shuffle": (lambda: model().fit(X, Y, shuffle=np.ones(2), verbose=0), "shuffle is True or False"),
    "verbose": (lambda: model().fit(X, Y, verbose=np.ones(2)), "verbose is True or False"),
    "a class's weight": (lambda: model().fit(X, Y, class_weight={1: "a"}, verbose=0), r"class_weight\[1\] is a number"),
    "y_pred": (lambda: model().compute_loss(X, Y, "a"), "y_pred holds numbers"),
    "a call without return": (lambda: returning(None).fit(X, Y, verbose=0), "What a model returns .* is one array.* got None"),
    "a call of two results": (lambda: returning((X, X)).evaluate(X, Y), "The model has 2 outputs, so y is a list of as many"),
    "a loss of None": (lambda: compiled(lambda y, p: None).evaluate(X, Y), "value should be a number"),
    "print_fn": (lambda: model().summary(3), "print_fn is a function, but got 3"),
    "a file's path": (lambda: model().save(1), "path is the path of a file, as text or a Path, but got 1"),
    "a batch": (lambda: model().test_on_batch(None, Y), "x holds numbers"),
    # callbacks
    "a schedule": (lambda: nn.callbacks.LearningRateScheduler(3), "schedule is a function of the epoch and .* but got 3"),
    "a hook": (lambda: nn.callbacks.LambdaCallback(on_epoch_end=3), "on_epoch_end is a function, but got 3"),
    "a file descriptor": (lambda: nn.callbacks.CSVLogger(1), "filename is the path of a file, as text or a Path, but got 1"),
    "patience": (lambda: nn.callbacks.EarlyStopping(patience="a"), "patience is a whole number, 0 or more"),
    "min_delta": (lambda: nn.callbacks.EarlyStopping(min_delta=None), "min_delta is a number, but got None"),
    "factor": (lambda: nn.callbacks.ReduceLROnPlateau(factor=1), "factor is between 0 and 1"),
    "every": (lambda: nn.callbacks.Diagnose(every=0.5), "every is a positive whole number"),
    "logs": (lambda: driven(nn.callbacks.EarlyStopping("loss"), "on_epoch_end", 0, 3), "logs is a dictionary"),
    "a number in the logs": (
        lambda: driven(nn.callbacks.EarlyStopping("loss"), "on_epoch_end", 0, {"loss": "a"}),
        r"logs\['loss'\] is a number, but got 'a'",
    ),
    # integrations
    "a model to diagnose": (lambda: nn.diagnose([1], X, Y), r"model is a compiled model of nn, but got \[1\]"),
    "a model to exchange": (lambda: nn.exchange.from_torch(3, {}), "model is a model of nn, but got 3"),
    "a state_dict": (lambda: nn.exchange.to_torch(model(), [1]), "state_dict is that of a PyTorch module"),
    "a model to try rates on": (lambda: nn.tuning.learning_rate_sweep(3, X, Y), "model is a model, or a function that makes"),
    "rates": (lambda: nn.tuning.learning_rate_sweep(model(), X, Y, ["a"]), "rates is a number, but got 'a'"),
    "a neuron's numbers": (lambda: nn.scalar.MLP(2, [1])([1.0, "a"]), "x is a list of numbers and Values, but holds 'a'"),
    "a neuron's activation": (lambda: nn.scalar.MLP(2, [1, 1], "nonsense"), "Unknown method of Value 'nonsense'"),
    "a surface's function": (lambda: nn.plots.loss_surface(3, (0, 1), (0, 1)), "loss is a function of two numbers, but got 3"),
    "a resolution": (lambda: nn.plots.loss_surface(max, (0, 1), (0, 1), resolution=1.5), "resolution is a whole number, 2 or"),
    "curves of no names": (lambda: nn.plots.history({"loss": [1.0]}, 3), "names is a list, but got 3"),
    # TensorFlow's names
    "tensors": (lambda: tf.add_n(3), "inputs is a list of tensors, but got 3"),
    "parts": (lambda: tf.concat(None, 0), "values is a list of tensors, but got None"),
    "an axis of a tensor": (lambda: tf.concat([[1.0]], 1.5), "axis is a whole number, or several, but got 1.5"),
    "a huge axis": (lambda: tf.argmax([1.0], 10**400), "axis is a whole number, or several, but got 1000"),
    "a shape of fractions": (lambda: tf.reshape([1.0], [0.5]), "An axis, a size or a shape is a whole number"),
    "indices that are not there": (lambda: tf.gather([1.0], 3), "indices is an index, or several, below 1, but got 3"),
    "indices of more axes": (lambda: tf.gather_nd([1.0], [0, 0]), "indices is an array whose last axis is an index"),
    "a mask of another shape": (lambda: tf.boolean_mask([1.0], [True, False]), "mask is an array of booleans, of the first"),
    "no parts": (lambda: tf.split([1.0], 0), "num_or_size_splits is a number of parts"),
    "axes of a product": (lambda: tf.tensordot([1.0], [1.0], (3, 0)), "axes, of shapes .* is a number of axes"),
    "no equation": (lambda: tf.einsum(3), "equation is text such as"),
    "a function of rows": (lambda: tf.map_fn(3, [1.0]), "fn is a function, but got 3"),
    "a vectorized function": (lambda: tf.vectorized_map(3, [1.0]), "fn is a function, but got 3"),
    "a mode": (lambda: tf.pad([1.0], [[0, 1]], 3), "mode is text, but got 3"),
    "nothing to shuffle": (lambda: tf.random.shuffle(3.0), "value is a tensor of at least 1 axis"),
    "logits without axes": (lambda: tf.nn.softmax_cross_entropy_with_logits(1.0, 1.0), "logits is a tensor of at least 1 axis"),
    "a class that is not there": (lambda: tf.math.confusion_matrix([0], [3], 2), r"lie in \[0, 2\)"),
    "a diagonal": (lambda: tf.linalg.diag(1.0), "diagonal is a tensor of at least 1 axis"),
    "a function of elements": (lambda: rows.map(3), "map_func is a function, but got 3"),
    "a batch of half": (lambda: rows.batch(0.5), "batch_size is a positive whole number"),
    "elements to skip": (lambda: rows.skip("a"), "count is a whole number, 0 or more"),
    "no elements": (lambda: tf.data.Dataset.from_tensor_slices(3.0), "tensors is a tensor of at least 1 axis"),
    "the ends of a range": (lambda: tf.data.Dataset.range(2.5), "The limits of a range is a whole number"),
}


@each("act, words", REFUSED)
def test_a_wrong_argument_is_named(act, words):
    with pytest.raises((ValueError, TypeError), match=words):
        act()


# -- what is not there yet -------------------------------------------------------------------------------------------


def test_before_it_is_built_a_layer_says_so():
    layer = nn.Dense(2)
    with pytest.raises(ValueError, match=r"dense is not built, so it has no kernel yet: call it on a batch") as caught:
        layer.call(np.ones((1, 3)))
    assert isinstance(caught.value, AttributeError) and not hasattr(layer, "kernel")
    layer(np.ones((1, 3)))
    with pytest.raises(AttributeError, match="'Dense' object has no attribute 'kernal'"):
        _ = layer.kernal


def test_an_error_in_a_property_of_a_layer_stays_what_it_is():
    class Own(nn.Layer):
        @property
        def twice(self):
            return self.name.nonsense

    with pytest.raises(AttributeError, match="nonsense") as caught:
        _ = Own().twice
    assert not isinstance(caught.value, ValueError)


@pytest.mark.parametrize("name", [name for name in nn.callbacks.__all__ if name != "LambdaCallback"])
def test_before_training_a_callback_says_so(name):
    options = {"ModelCheckpoint": ["a.npz"], "CSVLogger": ["a.csv"], "LearningRateScheduler": [lambda epoch, rate: rate]}
    callback = getattr(nn.callbacks, name)(*options.get(name, []))
    with pytest.raises(ValueError, match=f"{name} has no model yet: fit sets model"):
        callback.model.stop_training = True
    with pytest.raises(AttributeError):
        _ = callback.nonsense


# -- right calls stay right ------------------------------------------------------------------------------------------

RIGHT = {
    "a loss of a partial function": lambda: model().compile("sgd", functools.partial(nn.losses.huber, delta=2.0)),
    "a rate from numpy": lambda: nn.optimizers.Adam(np.float32(0.1), beta_1=np.float64(0.9)),
    "a rate that is a Value": lambda: nn.regularizers.L2(ad.Value(0.1))(W),
    "a shape of numpy's numbers": lambda: nn.Dense(1, input_shape=np.array([3]))(X),
    "a tensor as a shape": lambda: tf.reshape([1.0, 2.0], tf.constant([2, 1])),
    "a whole float as a size": lambda: tf.reshape([1.0, 2.0], (4 / 2, 1)),
    "a Value for a layer": lambda: nn.Activation("tanh")(ad.Value(2.0)),
    "a generator of variables": lambda: nn.optimizers.Adam().build(v for v in [W]),
    "gradients from zip": lambda: nn.optimizers.SGD().apply_gradients(zip([np.ones(2)], [W])),
    "hooks without logs": lambda: driven(nn.callbacks.History(), "on_epoch_end", 0),
    "all elements": lambda: list(rows.take(-1)),
    "a matrix of embeddings": lambda: nn.Embedding(2, 3, nn.initializers.Constant(np.ones((2, 3))))([0]),
}


@pytest.mark.parametrize("act", RIGHT.values(), ids=RIGHT)
def test_a_right_argument_is_taken(act):
    act()


@each("text", {text: text for text in (*right_calls(), *right_pictures())})
def test_the_right_calls_of_the_fuzzer_are_right(text):
    pytest.importorskip("matplotlib")
    function, keywords = {**right_calls(), **right_pictures()}[text]
    nn.set_random_seed(0)
    try:
        function(**keywords)
    finally:
        nn.set_floatx("float32")


def test_the_greatest_of_unsigned_numbers():
    """Of the negative ones, which would be sorted, 0 is the least."""
    x = np.array([0, 3, 255], "u1")
    values, places = tf.math.top_k(x, 2)
    assert values.numpy().tolist() == [255, 3] and places.numpy().tolist() == [2, 1]
    assert tf.argsort(x, direction="DESCENDING").numpy().tolist() == [2, 1, 0]
    assert tf.argsort([True, False, True], direction="DESCENDING").numpy().tolist() == [0, 2, 1]


def test_numbers_that_overflow_are_infinite_rates_and_are_refused():
    schedule = nn.schedules.ExponentialDecay(1.0, 1, 1e300)
    assert schedule(7) == float("inf")
    with pytest.raises(ValueError, match="learning_rate is a finite number"):
        nn.optimizers.SGD(schedule).apply_gradients([(np.ones(2), ad.Variable([1.0, 2.0]))] * 3)
        nn.optimizers.SGD(lambda: schedule(7)).apply_gradients([(np.ones(2), ad.Variable([1.0, 2.0]))])


def test_checks_return_what_was_given():
    assert arguments.shape("shape", [None, np.int64(3)]) == (None, 3) and arguments.shape("shape", 4) == (4,)
    assert arguments.axes("axis", (0, -1)) == (0, -1) and arguments.axes("axis", np.int64(2)) == 2
    assert arguments.number("rate", np.float32(0.5)) == 0.5 and type(arguments.number("rate", 1)) is float
    value = ad.Value(0.5)
    assert arguments.fraction("rate", value) is value  # it may be differentiated
    assert arguments.items("layers", (x for x in (1, 2)), kind=int) == [1, 2]


USES = ("model.", "classifier.", "unbuilt.", "compile", "a metric", "summary", "set_weights", "Sequential.add", "load", "save")


@pytest.mark.parametrize("first", range(0, 6000, 2000))
def test_a_call_that_is_refused_leaves_the_model_as_it_was(first, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    seen = []
    monkeypatch.setattr(networks, "HEARD", [lambda made: seen.append((made, described([made, made.optimizer])))])
    for seed in range(first, first + 2000):
        text, function, keywords = networks_call(random.Random(seed), MAKERS, variants)
        seen.clear()
        if not text.startswith(USES) or "compute_loss" in text or outcome(function, (), keywords).error is None:
            continue
        if text.startswith("compile, fit"):
            continue  # a compile that went well, and a fit that did not
        for made, before in seen:
            assert described([made, made.optimizer]) == before, f"{seed}: {text}"


# -- arrays of a kind of their own -----------------------------------------------------------------------------------

G = np.arange(1.0, 10.0).reshape(3, 3) / 10
ELEMENTWISE = {
    **{f"activations.{name}": getattr(nn.activations, name) for name in nn.activations.__all__},
    "activations.glu": lambda x: nn.activations.glu(x[:, :2]),
    "activations.threshold": lambda x: nn.activations.threshold(x, 0.5, -1.0),
    "a layer": lambda x: nn.Activation("silu", dtype="float64")(x),
    "hinge": lambda x: nn.losses.hinge(x, x),
    "binary_crossentropy": lambda x: nn.losses.binary_crossentropy(x, x),
    "categorical_crossentropy": lambda x: nn.losses.categorical_crossentropy(x, x, label_smoothing=0.1),
    "a metric": lambda x: nn.metrics.R2Score()(x, x**1),
    "a penalty": nn.regularizers.L2(),
    "clipping": lambda x: nn.clipping.by_norm([x], 0.1)[0],
    "a step": lambda x: step(nn.optimizers.Adam(0.1), x),
    "steps of a momentum": lambda x: step(nn.optimizers.RMSprop(0.1, momentum=0.5), x),
    "predict": lambda x: nn.Sequential([nn.Activation("silu")]).predict(x),
}


def step(optimizer, gradient):
    w = ad.Variable(np.ones((3, 3)))
    for _ in range(2):
        optimizer.apply_gradients([(gradient, w)])
    return w


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_a_matrix_of_numpys_is_an_array(name):
    """`*` of two of np.matrix is a product of matrices."""
    act = ELEMENTWISE[name]
    try:
        mine = act(G.view(np.matrix))
    except TypeError as error:
        assert "matrix" in str(error)
    else:
        np.testing.assert_allclose(ad.to_numpy(mine), ad.to_numpy(act(G)))


@pytest.mark.parametrize("name", sorted(ELEMENTWISE.keys() - {"a penalty"}))  # which is numpy's sum of what is not masked
def test_a_mask_is_not_lost(name):
    masked = np.ma.array(G, mask=G > 0.7)
    try:
        mine = ELEMENTWISE[name](masked)
    except (TypeError, ValueError) as error:
        assert "mask" in str(error)
    else:
        assert isinstance(mine, np.ma.MaskedArray)
