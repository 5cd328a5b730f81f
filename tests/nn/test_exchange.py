"""Weights to and from PyTorch and Keras: the same numbers come out, where those are installed; shapes and refusals anywhere."""

import numpy as np
import pytest

import nn
from nn.exchange import from_torch, to_torch

rng = np.random.default_rng(0)
IMAGES = rng.normal(size=(3, 8, 8, 2)).astype("float32")
ROWS = rng.normal(size=(5, 6)).astype("float32")
WORDS = rng.integers(0, 9, (4, 3))
STEPS = rng.normal(size=(3, 5, 6)).astype("float32")


def convolutional():
    return nn.Sequential([
        nn.Conv2D(4, 3, activation="relu"), nn.BatchNormalization(epsilon=1e-5), nn.MaxPool2D(2), nn.Flatten(),
        nn.Dense(7, "tanh"), nn.Dropout(0.5), nn.Dense(3, use_bias=False),
    ])  # fmt: skip


def rows():
    return nn.Sequential([nn.Dense(4, "relu"), nn.LayerNormalization(epsilon=1e-5), nn.Dense(2)])


def words():
    return nn.Sequential([nn.Embedding(9, 5), nn.Flatten(), nn.Dense(2)])


def steps():
    return nn.Sequential([nn.LSTM(4, return_sequences=True), nn.GRU(3, return_sequences=True), nn.SimpleRNN(2)])


def both_ways():
    return nn.Sequential([nn.Bidirectional(nn.LSTM(3, return_sequences=True)), nn.Bidirectional(nn.GRU(2, use_bias=False))])


def two_layers():
    return nn.Sequential([nn.LSTM(4, return_sequences=True), nn.LSTM(4)])


def two_layers_both_ways():
    return nn.Sequential([nn.Bidirectional(nn.GRU(3, return_sequences=True)), nn.Bidirectional(nn.GRU(3))])


def two_cells():
    return nn.RNN([nn.LSTMCell(4), nn.LSTMCell(4)])


class Attending(nn.Model):
    def __init__(self):
        super().__init__()
        self.attention, self.last = nn.MultiHeadAttention(2, 3), nn.Dense(2)

    def call(self, x):
        return self.last(self.attention(x, x))


MODELS = {"images": (convolutional, IMAGES), "rows": (rows, ROWS), "words": (words, WORDS), "steps": (steps, STEPS),
          "both ways": (both_ways, STEPS), "attention": (Attending, STEPS), "two layers": (two_layers, STEPS),
          "two layers both ways": (two_layers_both_ways, STEPS), "two cells": (two_cells, STEPS)}  # fmt: skip


def filled(make, x):
    """A model whose weights are random numbers, the moving averages too."""
    model = make()
    model(x)
    model.set_weights([rng.uniform(0.2, 1.0, w.shape) for w in model.get_weights()])
    return model


def their_shapes(model, together=False):
    """What PyTorch's state_dict would hold, as zeros. together: recurrent layers are one module of several layers."""
    state = {}

    def of_recurrent(k, layer, suffix=""):
        names = ["weight_ih_l0", "weight_hh_l0", *(["bias_ih_l0", "bias_hh_l0"] if layer.use_bias else [])]
        (n, width), units = layer.kernel.shape, layer.units
        for name, shape in zip(names, ((width, n), (width, units), (width,), (width,))):
            name = f"0.{name[:-1]}{k}" if together else f"{k}.{name}"
            state[f"{name}{suffix}"] = np.zeros(shape, "float32")

    for k, layer in enumerate(model.cell.cells if isinstance(model, nn.RNN) else model.layers):
        if isinstance(layer, (nn.RNN, nn.LSTMCell)):
            of_recurrent(k, layer)
            continue
        if isinstance(layer, nn.Bidirectional):
            of_recurrent(k, layer.forward_layer)
            of_recurrent(k, layer.backward_layer, "_reverse")
            continue
        if isinstance(layer, nn.MultiHeadAttention):
            for name, shape in (("in_proj_weight", (18, 6)), ("in_proj_bias", (18,)), ("out_proj.weight", (6, 6)),
                                ("out_proj.bias", (6,))):  # fmt: skip
                state[f"{k}.{name}"] = np.zeros(shape, "float32")
            continue
        for ours, theirs in (("kernel", "weight"), ("embeddings", "weight"), ("gamma", "weight"), ("bias", "bias"),
                             ("beta", "bias"), ("moving_mean", "running_mean"), ("moving_variance", "running_var")):
            v = getattr(layer, ours, None)
            if v is not None:
                turn = (3, 2, 0, 1) if v.ndim == 4 else (1, 0) if ours == "kernel" else range(v.ndim)
                state[f"{k}.{theirs}"] = np.zeros([v.shape[axis] for axis in turn], "float32")
        if isinstance(layer, nn.BatchNormalization):
            state[f"{k}.num_batches_tracked"] = np.array(3)
    return state


@pytest.mark.parametrize("name", MODELS)
def test_there_and_back(name):
    make, x = MODELS[name]
    model, other = filled(make, x), filled(make, x)
    template = their_shapes(model, name.startswith("two"))
    state = to_torch(model, template)
    assert list(state) == list(template) and all(state[key].shape == template[key].shape for key in state)
    from_torch(other, state)
    for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_what_does_not_fit_is_refused_and_nothing_has_changed():
    model = filled(*MODELS["rows"])
    before, state = model.get_weights(), their_shapes(model)
    with pytest.raises(ValueError, match=r"layers do not fit each other.*dense.*weight, bias"):
        from_torch(model, dict(list(state.items())[:2]))
    with pytest.raises(ValueError, match=r"2.weight is of another shape: \(3, 4\) does not fit \(2, 4\)"):
        from_torch(model, state | {"2.weight": np.zeros((3, 4))})
    with pytest.raises(ValueError, match="another shape"):
        to_torch(model, state | {"0.weight": np.zeros((9, 9))})
    with pytest.raises(ValueError, match="not built"):
        to_torch(rows(), state)
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_layer_without_a_twin_is_refused():
    class Scale(nn.Layer):
        def build(self, input_shape):
            self.factor = self.add_weight(input_shape[-1:], "ones", name="factor")

        def call(self, x):
            return x * self.factor

    model = nn.Sequential([Scale()])
    model(ROWS)
    with pytest.raises(ValueError, match="Scale with variables of its own"):
        to_torch(model, {})


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip("torch")


def in_torch(torch, name):
    layers = {
        "images": lambda m: [m.Conv2d(2, 4, 3), m.ReLU(), m.BatchNorm2d(4), m.MaxPool2d(2), m.Flatten(), m.Linear(36, 7),
                             m.Tanh(), m.Dropout(0.5), m.Linear(7, 3, bias=False)],
        "rows": lambda m: [m.Linear(6, 4), m.ReLU(), m.LayerNorm(4), m.Linear(4, 2)],
        "words": lambda m: [m.Embedding(9, 5), m.Flatten(), m.Linear(15, 2)],
        "steps": lambda m: [first(m.LSTM(6, 4, batch_first=True)), first(m.GRU(4, 3, batch_first=True)),
                            first(m.RNN(3, 2, batch_first=True), last=True)],
        "both ways": lambda m: [first(m.LSTM(6, 3, batch_first=True, bidirectional=True)),
                                first(m.GRU(6, 2, batch_first=True, bidirectional=True, bias=False), ends=True)],
        "two layers": lambda m: [first(m.LSTM(6, 4, 2, batch_first=True), last=True)],
        "two cells": lambda m: [first(m.LSTM(6, 4, num_layers=2, batch_first=True), last=True)],
        "two layers both ways": lambda m: [first(m.GRU(6, 3, 2, batch_first=True, bidirectional=True), ends=True)],
        "attention": lambda m: [first(m.MultiheadAttention(6, 2, batch_first=True), times=3), m.Linear(6, 2)],
    }  # fmt: skip

    def first(module, last=False, ends=False, times=1):
        """The module, which returns its outputs alone; of sequences the last one, or that of each direction."""
        forward = module.forward

        def alone(x):
            y = forward(*[x] * times)[0]
            half = y.shape[-1] // 2
            return torch.cat([y[:, -1, :half], y[:, 0, half:]], -1) if ends else y[:, -1] if last else y

        module.forward = alone
        return module

    return torch.nn.Sequential(*layers[name](torch.nn)).eval()


def of_torch(torch, module, x):
    x = np.transpose(x, (0, 3, 1, 2)) if x.ndim == 4 else x
    with torch.no_grad():
        return module(torch.tensor(x)).numpy()


@pytest.mark.parametrize("name", MODELS)
def test_pytorch_computes_the_same(torch, name):
    model, x = filled(*MODELS[name]), MODELS[name][1]
    module = in_torch(torch, name)
    module.load_state_dict({key: torch.tensor(a) for key, a in to_torch(model, module.state_dict()).items()})
    np.testing.assert_allclose(of_torch(torch, module, x), model(x).numpy(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", MODELS)
def test_and_we_compute_what_pytorch_does(torch, name):
    model, x = filled(*MODELS[name]), MODELS[name][1]
    module = in_torch(torch, name)
    from_torch(model, module.state_dict())
    np.testing.assert_allclose(model(x).numpy(), of_torch(torch, module, x), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", MODELS)
def test_keras_keeps_the_same_arrays_in_the_same_order(keras, name):
    layers = keras.layers
    theirs = {
        "images": lambda: [layers.Conv2D(4, 3, activation="relu"), layers.BatchNormalization(epsilon=1e-5),
                           layers.MaxPool2D(2), layers.Flatten(), layers.Dense(7, "tanh"), layers.Dropout(0.5),
                           layers.Dense(3, use_bias=False)],
        "rows": lambda: [layers.Dense(4, "relu"), layers.LayerNormalization(epsilon=1e-5), layers.Dense(2)],
        "words": lambda: [layers.Embedding(9, 5), layers.Flatten(), layers.Dense(2)],
        "steps": lambda: [layers.LSTM(4, return_sequences=True), layers.GRU(3, return_sequences=True), layers.SimpleRNN(2)],
        "both ways": lambda: [layers.Bidirectional(layers.LSTM(3, return_sequences=True)),
                              layers.Bidirectional(layers.GRU(2, use_bias=False))],
        "two layers": lambda: [layers.LSTM(4, return_sequences=True), layers.LSTM(4)],
        "two cells": lambda: [layers.RNN([layers.LSTMCell(4), layers.LSTMCell(4)])],
        "two layers both ways": lambda: [layers.Bidirectional(layers.GRU(3, return_sequences=True)),
                                         layers.Bidirectional(layers.GRU(3))],
    }  # fmt: skip

    def attending():
        x = keras.Input((5, 6))
        return keras.Model(x, layers.Dense(2)(layers.MultiHeadAttention(2, 3)(x, x)))

    other = attending() if name == "attention" else keras.Sequential(theirs[name]())
    model, x = filled(*MODELS[name]), MODELS[name][1]
    other(x)
    other.set_weights(model.get_weights())
    np.testing.assert_allclose(keras.ops.convert_to_numpy(other(x)), model(x).numpy(), rtol=1e-4, atol=1e-5)
    model.set_weights([0 * w for w in model.get_weights()])
    model.set_weights(other.get_weights())
    np.testing.assert_allclose(keras.ops.convert_to_numpy(other(x)), model(x).numpy(), rtol=1e-4, atol=1e-5)
