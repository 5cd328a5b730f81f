"""A call that fails leaves everything as it was: the model, its layers, the optimizer, the random generator."""

import numpy as np
import pytest

import autodiff as ad
import nn

X, Y = np.random.default_rng(0).normal(size=(8, 3)).astype("f"), np.ones((8, 1), "f")


def described(x):
    """An object and what is in it, as something to compare."""
    if isinstance(x, (ad.Variable, ad.Value)):
        return id(x), x.name, x.trainable, np.array(ad.to_numpy(x)).tobytes()
    if isinstance(x, np.random.Generator):
        return repr(x.bit_generator.state)
    if isinstance(x, (list, tuple)):
        return [described(part) for part in x]
    if isinstance(x, dict):
        return {described(key): described(part) for key, part in x.items()}
    if isinstance(x, (nn.Layer, nn.optimizers.Optimizer)):
        return id(x), {name: described(part) for name, part in vars(x).items() if name not in ("_penalties", "flat")}
    return x.tobytes() if isinstance(x, np.ndarray) else id(x) if callable(x) else repr(x)


@pytest.fixture
def unchanged():
    """`unchanged(*things)(action)`: the action raises ValueError or TypeError, and the things are as they were."""
    nn.set_random_seed(0)

    def remember(*things):
        def refuse(action, error=(ValueError, TypeError)):
            before = described([*things, nn.settings.generator()])
            with pytest.raises(error):
                action()
            assert described([*things, nn.settings.generator()]) == before

        return refuse

    return remember


class Failing(nn.Layer):
    """A layer that fails half-way through its build, or in its call."""

    def __init__(self, where):
        super().__init__()
        self.where, self.parts = where, []

    def build(self, input_shape):
        self.parts.append(self.add_weight((input_shape[-1],)))
        self.sub = nn.Dense(2)
        if self.where == "build":
            raise ValueError("no")

    def call(self, x):
        if self.where == "call":
            raise ValueError("no")
        return x * self.parts[0]


def built():
    return nn.Sequential([nn.Dense(2, input_shape=(3,)), nn.Dense(1)])


ADDED = {
    "does not fit": lambda model: nn.Conv2D(2, 3),
    "no layer": lambda model: 3,
    "a class": lambda model: nn.Dense,
    "none": lambda model: None,
    "of a name that is there": lambda model: nn.Dense(1, name=model.layers[0].name),
    "fails in build": lambda model: Failing("build"),
    "fails in call": lambda model: Failing("call"),
}


@pytest.mark.parametrize("what", ADDED)
def test_a_layer_that_cannot_be_added(what, unchanged):
    model = built()
    layer = ADDED[what](model)
    unchanged(model, layer)(lambda: model.add(layer))
    assert len(model.layers) == 2 and model(X).shape == (8, 1)
    model.add(nn.Dense(4))
    assert model(X).shape == (8, 4)


def test_a_name_that_was_made_unique_is_taken_back(unchanged):
    model, layer = built(), nn.Dense(2, dtype="float64")
    layer.build = lambda shape: (_ for _ in ()).throw(ValueError("no"))
    unchanged(model, layer)(lambda: model.add(layer))
    assert layer.name == "dense"


def test_layers_that_make_no_sequential_keep_their_names(unchanged):
    layers = [nn.Dense(2), nn.Dense(2), nn.Dense(2)]
    unchanged(layers)(lambda: nn.Sequential([*layers, 3]))
    with_shape = [nn.Dense(2, input_shape=(3,)), nn.Dense(2), nn.Conv2D(2, 3)]
    unchanged(with_shape)(lambda: nn.Sequential(with_shape))


def test_there_is_no_layer_to_remove(unchanged):
    model = nn.Sequential()
    unchanged(model)(model.pop)


@pytest.mark.parametrize("where", ["build", "call"])
def test_a_layer_that_fails(where, unchanged):
    layer = Failing(where)
    unchanged(layer)(lambda: layer(X))
    if where == "build":
        unchanged(layer)(lambda: layer.build((None, 3)))


COMPILED = {
    "optimizer": {"optimizer": "nonsense"}, "loss": {"loss": "nonsense"}, "metric": {"metrics": ["mse", "nonsense"]},
    "metrics of one name": {"metrics": ["mse", "mse"]}, "metric 3": {"metrics": [3]}, "optimizer 3": {"optimizer": 3},
}  # fmt: skip


@pytest.mark.parametrize("what", COMPILED)
def test_a_compile_that_is_refused(what, unchanged):
    model = built()
    model.compile("adam", "mse", ["mae"])
    unchanged(model, model.optimizer)(lambda: model.compile(**{"optimizer": "sgd", "loss": "mae"} | COMPILED[what]))


class Begins(nn.callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.model.begun = True
        raise ValueError("no")


FITTED = {
    "other lengths": dict(y=Y[:3]),
    "NaN": dict(x=X * np.nan),
    "text": dict(x=X.astype(str)),
    "other outputs": dict(y=np.ones((8, 5))),
    "a batch of none": dict(batch_size=0),
    "epochs of text": dict(epochs="x"),
    "half an epoch": dict(epochs=1.5),
    "negative epochs": dict(epochs=-1),
    "a first epoch of text": dict(initial_epoch="x"),
    "a split of text": dict(validation_split=2.0),
    "one validation array": dict(validation_data=(X,)),
    "other validation outputs": dict(validation_data=(X, np.ones((8, 5)))),
    "validation never": dict(validation_data=(X, Y), validation_freq=0),
    "validation in batches of none": dict(validation_data=(X, Y), validation_batch_size=0),
    "no callback": dict(callbacks=[nn.callbacks.EarlyStopping("loss"), 3]),
    "a callback by itself": dict(callbacks=nn.callbacks.EarlyStopping("loss")),
    "a callback that fails": dict(callbacks=[nn.callbacks.EarlyStopping("loss"), Begins()]),
    "a metric that is not there": dict(callbacks=[nn.callbacks.EarlyStopping("val_nonsense")]),
    "a file of another kind": dict(callbacks=[nn.callbacks.ModelCheckpoint("model.h5")]),
    "a class weight of a list": dict(class_weight=[1.0]),
}


@pytest.mark.parametrize("is_built", [True, False])
@pytest.mark.parametrize("what", FITTED)
def test_a_fit_that_is_refused(what, is_built, unchanged):
    model = built() if is_built else nn.Sequential([nn.Dense(2), nn.Dropout(0.5, seed=1), nn.Dense(1)])
    model.compile("adam", "mse", ["mae"])
    if is_built:
        model.fit(X, Y, verbose=0)
    unchanged(model, model.optimizer)(lambda: model.fit(**dict(x=X, y=Y, verbose=0) | FITTED[what]))
    assert model.built == is_built


# -- an optimizer ----------------------------------------------------------------------------------------------------


class Fails(nn.optimizers.Adam):
    """Adam, which can't step a certain variable."""

    def update(self, g, t, *slots):
        if np.shape(g) == (3,):
            raise ValueError("no")
        return super().update(g, t, *slots)


STEPS = {
    "another shape": lambda a, b: [(np.ones(2), a), (np.ones(3), b), (np.ones(4), a)],
    "no gradient at all": lambda a, b: [(None, a), (None, b)],
    "no variable": lambda a, b: [(np.ones(2), a), (np.ones(3), np.ones(3))],
    "text": lambda a, b: [(np.ones(2), a), ("x", b)],
    "no pairs": lambda a, b: [np.ones(2), np.ones(3)],
}


@pytest.mark.parametrize("what", STEPS)
@pytest.mark.parametrize("make", [nn.optimizers.Adam, nn.optimizers.Nadam, nn.optimizers.SGD, Fails])
def test_a_step_that_is_refused(what, make, unchanged):
    optimizer, a, b = make(0.1), ad.Variable(np.ones(2)), ad.Variable(np.ones(3))
    nn.optimizers.Optimizer.apply_gradients(optimizer, [(np.ones(2), a)])
    unchanged(optimizer, a, b)(lambda: optimizer.apply_gradients(STEPS[what](a, b)))


def test_a_step_whose_update_fails_half_way(unchanged):
    optimizer, a, b = Fails(0.1), ad.Variable(np.ones(2)), ad.Variable(np.ones(3))
    optimizer.build([a, b])
    optimizer.apply_gradients([(np.ones(2), a)])
    for pairs in ([(np.ones(2), a), (np.ones(3), b)], [(np.ones(2), a), (np.ones(2), a), (np.ones(3), b)]):
        unchanged(optimizer, a, b)(lambda pairs=pairs: optimizer.apply_gradients(pairs))


@pytest.mark.parametrize("rate", [-1.0, float("nan"), float("inf"), "x", None])
def test_a_rate_that_is_none(rate, unchanged):
    optimizer = nn.optimizers.Adam(0.1)
    unchanged(optimizer)(lambda: setattr(optimizer, "learning_rate", rate))
