"""Recurrent layers: what their numbers in test_layers.py do not say."""

import inspect

import numpy as np
import pytest
from reference.layers import numbers

import autodiff as ad
import nn
from nn.layers import cells

X = numbers(3, 5, 4)
THERE = np.array([[1, 1, 0, 1, 0], [1, 1, 1, 1, 1], [0, 0, 1, 0, 0]], bool)


class Minimal(nn.Layer):
    """A cell of one's own, as Keras's page on RNN has it."""

    def __init__(self, units, **options):
        super().__init__(**options)
        self.units = self.state_size = units

    def build(self, input_shape):
        self.kernel = self.add_weight((input_shape[-1], self.units), "uniform", name="kernel")
        self.own = self.add_weight((self.units, self.units), "uniform", name="own")

    def call(self, x, states):
        y = x @ self.kernel + states[0] @ self.own
        return y, [y]


def test_a_cell_of_ones_own():
    layer = nn.RNN(Minimal(2, dtype="float64"), return_sequences=True, dtype="float64")
    y, h = layer(X), np.zeros((3, 2))
    for t in range(5):
        h = X[:, t] @ layer.cell.kernel.numpy() + h @ layer.cell.own.numpy()
        np.testing.assert_allclose(y[:, t], h, rtol=1e-12)
    stacked = nn.RNN([Minimal(2), nn.LSTMCell(3)], return_state=True)
    y, first, (h, c) = stacked(X, mask=THERE)
    assert y.shape == h.shape == c.shape == (3, 3) and first.shape == (3, 2)


@pytest.mark.parametrize("mask", [None, THERE], ids=["whole", "masked"])
def test_cells_one_above_the_other_are_layers_one_above_the_other(mask):
    make = [nn.LSTMCell(3, dtype="float64"), nn.GRUCell(2, dtype="float64")]
    layer = nn.RNN(make, return_sequences=True, return_state=True, dtype="float64")
    y, (h, c), last = layer(X, mask=mask)
    first = nn.RNN(make[0], return_sequences=True, return_state=True, dtype="float64")
    second = nn.RNN(make[1], return_sequences=True, return_state=True, dtype="float64")
    below, *states = first(X, mask=mask)
    above, state = second(below, mask=mask)
    for a, b in ((y, above), (h, states[0]), (c, states[1]), (last, state)):
        np.testing.assert_array_equal(a, b)
    again = layer(X, mask=mask, initial_state=[[h, c], last])
    assert again[0].shape == y.shape


@pytest.mark.parametrize("use_bias", [True, False])
def test_all_steps_at_once_are_the_steps_one_by_one(use_bias, monkeypatch):
    layer = nn.LSTM(3, use_bias=use_bias, return_sequences=True, dtype="float64")
    at_once = layer(X)
    monkeypatch.setattr(cells.LSTMCell, "steps", lambda *args: None)
    np.testing.assert_allclose(layer(X), at_once, rtol=1e-12)


@pytest.mark.parametrize("kind", [nn.SimpleRNN, nn.GRU, nn.LSTM])
def test_states_lead_from_one_part_of_a_sequence_to_the_next(kind):
    layer = kind(3, return_sequences=True, return_state=True, dtype="float64")
    whole, *last = layer(X)
    first, *states = layer(X[:, :2])
    second, *after = layer(X[:, 2:], initial_state=states)
    np.testing.assert_allclose(np.concatenate([first, second], 1), whole, rtol=1e-12)
    for a, b in zip(after, last, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


def test_states_may_be_symbols():
    x, h, c = nn.Input((None, 4)), nn.Input((3,)), nn.Input((3,))
    y, *states = nn.LSTM(3, return_sequences=True, return_state=True)(x, initial_state=[h, c])
    model = nn.Model([x, h, c], [y, *states])
    assert [a.shape for a in model([X, X[:, 0, :3], X[:, 1, :3]])] == [(3, 5, 3), (3, 3), (3, 3)]


def test_what_is_dropped_is_dropped_in_all_steps():
    nn.set_random_seed(0)
    layer = nn.SimpleRNN(50, "linear", use_bias=False, dropout=0.5, return_sequences=True, dtype="float64")
    layer.build((None, 5, 50))
    layer.set_weights([np.eye(50), np.zeros((50, 50))])
    y = layer(np.ones((2, 5, 50)), training=True).numpy()
    assert (y == y[:, :1]).all() and set(np.unique(y)) == {0.0, 2.0} and not (y[0] == y[1]).all()
    np.testing.assert_array_equal(layer(np.ones((2, 5, 50))), np.ones((2, 5, 50)))
    layer = nn.GRU(3, dropout=0.5, recurrent_dropout=0.5, seed=1, dtype="float64")
    assert not np.array_equal(layer(X, training=True), layer(X))


def test_first_weights():
    lstm, plain, gru = nn.LSTM(3), nn.LSTM(3, unit_forget_bias=False), nn.GRU(3)
    for layer in (lstm, plain, gru):
        layer(X)
    assert lstm.bias.numpy().tolist() == [0.0] * 3 + [1.0] * 3 + [0.0] * 6 and not plain.bias.numpy().any()
    assert gru.bias.shape == (2, 9) and lstm.units == 3 and lstm.kernel.shape == (4, 12)
    own = lstm.recurrent_kernel.numpy()
    np.testing.assert_allclose(own @ own.T, np.eye(3), atol=1e-6)


def test_signatures_show_what_layers_take():
    names = list(inspect.signature(nn.LSTM).parameters)
    assert names[:4] == ["units", "activation", "recurrent_activation", "use_bias"]
    assert {"unit_forget_bias", "dropout", "return_state", "go_backwards", "kernel_initializer", "name"} <= set(names)
    assert list(inspect.signature(nn.SimpleRNN).parameters)[:3] == ["units", "activation", "use_bias"]
    with pytest.raises(ValueError, match="Unknown option of GRU 'reset_befor'; did you mean 'reset_after'"):
        nn.GRU(2, reset_befor=True)


REFUSED = {
    "stateful": (lambda: nn.LSTM(2, stateful=True), "stateful=True is not here.*initial_state"),
    "no sequences": (lambda: nn.LSTM(2)(X[:, 0]), r"sequences \(batch, steps, features\), but got shape \(3, 4\)"),
    "no steps": (lambda: nn.GRU(2)(X[:, :0]), "at least one step"),
    "no cell": (lambda: nn.RNN(3), "cell is a layer with a state_size"),
    "a cell without a state": (lambda: nn.RNN(nn.Dense(2)), "cell is a layer with a state_size"),
    "a mask of another shape": (lambda: nn.LSTM(2)(X, mask=THERE[:, :3]), r"one number for each step, \(3, 5\), .*\(3, 3\)"),
    "states of another shape": (lambda: nn.LSTM(2)(X, initial_state=[X[:, 0], X[:, 0]]), r"\(3, 2\), \(3, 2\), but .*\(3, 4\)"),
    "one state of two": (lambda: nn.LSTM(2)(X, initial_state=X[:, 0, :2]), r"\(3, 2\), \(3, 2\), but .* has \(3, 2\)"),
    "a layer twice": (lambda: nn.Bidirectional(nn.Dense(2)), "layer is a recurrent layer"),
    "a layer that is built": (lambda: nn.Bidirectional(built()), "is built, so it can't have a twin"),
    "the same way": (lambda: nn.Bidirectional(nn.LSTM(2), backward_layer=nn.LSTM(2)), "goes the other way"),
    "no steps of a layer": (lambda: nn.TimeDistributed(nn.Dense(2))(X[:, 0, 0]), r"sequences \(batch, steps, ...\)"),
}  # fmt: skip


def built():
    layer = nn.LSTM(2)
    layer(X)
    return layer


@pytest.mark.parametrize("name", REFUSED)
def test_what_makes_no_sense_is_refused(name):
    act, words = REFUSED[name]
    with pytest.raises(ValueError, match=words):
        act()


@pytest.mark.parametrize("kind", [nn.SimpleRNN, nn.GRU, nn.LSTM])
def test_another_number_of_features_is_refused(kind):
    layer = kind(2)
    layer(X)
    with pytest.raises(ValueError, match=r"was built for 4 features in each step, but its input has shape"):
        layer(X[..., :3])


@pytest.mark.parametrize("kind", [nn.SimpleRNN, nn.GRU, nn.LSTM])
@pytest.mark.parametrize("mask", [None, THERE], ids=["all", "masked"])
def test_one_operation_for_all_steps_has_the_numbers_of_its_steps(kind, mask, monkeypatch):
    """And their derivatives, to order 2; of the states before the first step too, which a mask hands on."""
    layer = kind(2, return_sequences=True, return_state=True, dtype="float64")
    layer.build(X.shape)
    layer.set_weights([0.5 * numbers(*v.shape, shift=k) for k, v in enumerate(layer.variables)])
    inputs = [ad.Variable(a, dtype="float64") for a in (X, *[numbers(3, 2, shift=k) for k in range(1 + (kind is nn.LSTM))])]
    sources = [*inputs, *layer.variables]

    def found():
        with ad.Tape() as outer:
            with ad.Tape() as inner:
                outputs = layer(inputs[0], initial_state=inputs[1:], mask=mask)
                total = sum(np.sum(np.sin(y + 0.1)) for y in outputs)
            slopes = inner.gradient(total, sources)
            squares = sum(np.sum(g * g) for g in slopes)
        return [*outputs, *slopes, *outer.gradient(squares, sources)]

    at_once = found()
    if mask is not None:  # what is not there may be anything, also in the gradients
        inputs[0].assign(np.where(mask[..., None], X, np.nan))
        for one, other in zip(at_once, found(), strict=True):
            np.testing.assert_array_equal(one, other)
        inputs[0].assign(X)
    assert layer.cell.operation() is not None
    monkeypatch.setattr(kind.kind, "operation", lambda cell: None)
    for one, other in zip(at_once, found(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-8, atol=1e-12)
