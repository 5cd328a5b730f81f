"""What objects show of themselves: the call that makes them, and what has become of them since."""

import re

import numpy as np
import pytest

import autodiff as ad
import nn


class Scaled(nn.Layer):
    def __init__(self, units, rate=0.1, **options):
        super().__init__(**options)
        self.units, self.rate = units, rate


class Pair(nn.Model):
    def __init__(self):
        super().__init__()
        self.first, self.rest = nn.Dense(4, "relu"), [nn.Dense(2)]

    def call(self, x):
        return self.rest[0](self.first(x))


def built(layer, shape=(1, 3)):
    layer(np.ones(shape))
    return layer


def fitted():
    model = nn.Sequential([nn.Dense(1, use_bias=False, kernel_initializer="zeros")])
    model.compile(nn.optimizers.SGD(0.5), "mse")
    return model.fit(np.ones((8, 1)), np.ones(8), batch_size="all", epochs=2, validation_split=0.5, verbose=0)


def tower():
    return nn.Sequential([nn.Dense(2, name=f"d{k}") for k in range(40)])


REPRS = {
    "Sequential(Dense(16, 'tanh'), Dropout(0.3), Dense(1)), not built": lambda: nn.Sequential(
        [nn.Dense(16, "tanh"), nn.Dropout(0.3), nn.Dense(1)]
    ),
    "Sequential(Dense(16, 'tanh'), Dense(1)), 81 parameters": lambda: built(nn.Sequential([nn.Dense(16, "tanh"), nn.Dense(1)])),
    "Sequential(Input((4,)), Dense(2)), 10 parameters": lambda: nn.Sequential([nn.Input(4), nn.Dense(2)]),
    "Sequential(), not built": nn.Sequential,
    "MLP(Dense(8, 'relu'), Dense(1)), not built": lambda: nn.MLP([8, 1]),
    "Pair(first=Dense(4, 'relu'), rest.0=Dense(2)), 26 parameters": lambda: built(Pair()),
    "<Dense(16), not built>": lambda: nn.Dense(16),
    "<Dense(2, 'softmax', use_bias=False, name='out'), 6 parameters>": lambda: built(
        nn.Dense(2, "softmax", use_bias=False, name="out")
    ),
    "<Dense(2, kernel_initializer=HeNormal(), kernel_regularizer=L2()), not built>": lambda: nn.Dense(
        2, kernel_initializer="he_normal", kernel_regularizer="l2"
    ),
    "<Dense(2, dtype='float64'), not built>": lambda: nn.Dense(2, dtype="float64"),
    "<Conv2D(8, (3, 3), padding='same', activation='relu'), not built>": lambda: nn.Conv2D(
        8, 3, padding="same", activation="relu"
    ),
    "<MaxPool2D()>": lambda: built(nn.MaxPool2D(), (1, 4, 4, 1)),
    "<MaxPool2D((3, 3)), not built>": lambda: nn.MaxPool2D(3),
    "<Perceptron(), not built>": nn.Perceptron,
    "<Embedding(10, 4), not built>": lambda: nn.Embedding(10, 4),
    "<Scaled(4), not built>": lambda: Scaled(4),
    "<Scaled(4, 0.2, name='s'), not built>": lambda: Scaled(4, 0.2, name="s"),
    "MLP(Layer of 3 x Neuron(2, 'relu'), Layer of 1 x Neuron(3)), 13 parameters": lambda: nn.scalar.MLP(2, [3, 1]),
    "<Function square, 0 traces>": lambda: ad.function(ad.square),
    "History(no epochs yet)": nn.callbacks.History,
    "History(2 epochs, loss 1 -> 0, val_loss 0)": fitted,
    "EarlyStopping(patience=5)": lambda: nn.callbacks.EarlyStopping(patience=5),
    "ModelCheckpoint('a.npz', save_best_only=True)": lambda: nn.callbacks.ModelCheckpoint("a.npz", save_best_only=True),
    "L1L2(0.1, l2=0.2)": lambda: nn.regularizers.L1L2(0.1, 0.2),
    "RandomNormal(stddev=0.1)": lambda: nn.initializers.RandomNormal(stddev=0.1),
    "Constant(<array of shape (3,)>)": lambda: nn.initializers.Constant(np.ones(3)),
    "ExponentialDecay(0.1, 100.0, 0.9)": lambda: nn.schedules.ExponentialDecay(0.1, 100, 0.9),
    "CosineDecay(0.1, 100.0, warmup_target=1.0, warmup_steps=5.0)": lambda: nn.schedules.CosineDecay(
        0.1, 100, warmup_target=1.0, warmup_steps=5
    ),
}


@pytest.mark.parametrize("expected", REPRS)
def test_an_object_shows_the_call_that_makes_it(expected):
    assert repr(REPRS[expected]()) == expected


def test_a_deep_model_is_a_few_lines():
    lines = repr(tower()).splitlines()
    assert 10 < len(lines) < 20 and "more ..." in "".join(lines) and lines[-1] == "), not built"


def test_a_model_that_holds_itself_is_shown():
    model = Pair()
    model.again, model.first.parent = model, model
    assert repr(model).startswith("Pair(first=Dense(4, 'relu')")


def test_a_subclass_without_arguments_shows_its_parts():
    class Own(nn.Layer):
        def __init__(self):
            super().__init__()
            self.inner = nn.Dense(2)

    assert repr(Own()) == "<Own(inner=Dense(2)), not built>"


def test_a_function_says_how_often_it_was_traced():
    @ad.function
    def twice(x):
        return x * 2.0

    twice(np.ones(2))
    assert repr(twice) == "<Function twice, 1 trace>"
    twice(np.ones(3))
    assert repr(twice) == f"<Function twice, {twice.traces} traces>" != "<Function twice, 1 traces>"


# -- tapes -------------------------------------------------------------------------------------------------------------


def shown_of_a_tape(**options):
    """The repr of a tape at each stage of its life."""
    w, x, v = ad.Value(2.0), ad.Value(5.0), ad.Variable([1.0])
    tape = ad.Tape(**options)
    found = [repr(tape)]
    with tape:
        found.append(repr(tape))
        loss = np.sum((w * x - 1.0) * v)
        with tape.stop_recording():
            found.append(repr(tape))
        found.append(repr(tape))
    found.append(repr(tape))
    tape.gradient(loss, w)
    return [*found, repr(tape)]


def test_a_tape_says_what_it_does():
    told = "watching 2 Values and 1 Variable, 4 ops>"
    new, begun, paused, recording, closed, used = shown_of_a_tape()
    assert (new, begun) == ("<Tape, new>", "<Tape, open, watching nothing, 0 ops>")
    assert (paused, recording, closed) == (f"<Tape, paused, {told}", f"<Tape, open, {told}", f"<Tape, closed, {told}")
    assert re.fullmatch(r"<Tape, used at .*test_reprs\.py:\d+>", used)
    *_, closed, used = shown_of_a_tape(persistent=True)
    assert used == closed == f"<Tape, persistent, closed, {told}"


def test_a_repr_has_no_effect_on_a_tape():
    """Also where tapes are nested: what is active is not worked out before it is asked."""
    x = ad.constant([2.0])
    with ad.Tape() as outer:
        outer.watch(x)
        with ad.Tape() as inner:
            inner.watch(x)
            assert "open" in repr(inner) and "open" in repr(outer)
            y = np.sum(x**3)
            assert repr(inner) == "<Tape, open, watching 1 Tensor, 2 ops>"
        slope = inner.gradient(y, x)
    assert outer.gradient(slope, x).tolist() == [12.0]
