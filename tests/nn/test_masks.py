"""Masks are carried from the layer that makes them to those that take them, and to the loss, in every way of writing a model.

The numbers of masked training are those of Keras: the runs "masked ..." of reference/runs.py.
"""

import threading

import numpy as np
import pytest

import autodiff as ad
import nn
from nn import masks
from nn.masks import mask_of

WORDS = np.array([[3, 1, 0, 0], [2, 4, 1, 0], [1, 0, 2, 0]])
THERE = WORDS != 0
OTHERS = np.array([[3, 1, 4, 4], [2, 4, 1, 4], [1, 4, 2, 4]])  # the same where something is there


def embedding(**options):
    return nn.Embedding(5, 3, mask_zero=True, **options)


class Subclass(nn.Model):
    def __init__(self):
        super().__init__()
        self.embedding, self.dense, self.lstm = embedding(), nn.Dense(3, "tanh"), nn.LSTM(2)

    def call(self, x):
        return self.lstm(self.dense(self.embedding(x)))


class ByHand(Subclass):
    def call(self, x):
        return self.lstm(self.dense(self.embedding(x)), mask=self.embedding.compute_mask(x))


def functional():
    x = nn.Input((None,), dtype="int32")
    return nn.Model(x, nn.LSTM(2)(nn.Dense(3, "tanh")(embedding()(x))))


def nested():
    return nn.Sequential([embedding(), nn.Sequential([nn.Dense(3, "tanh"), nn.LSTM(2)])])


WAYS = {
    "sequential": lambda: nn.Sequential([embedding(), nn.Dense(3, "tanh"), nn.LSTM(2)]),
    "with an input": lambda: nn.Sequential([nn.Input((None,), dtype="int32"), embedding(), nn.Dense(3, "tanh"), nn.LSTM(2)]),
    "functional": functional,
    "subclass": Subclass,
    "by hand": ByHand,
    "a model in a model": nested,
}


def same_weights(model):
    model.set_weights([np.sin(np.arange(1.0, w.size + 1)).reshape(w.shape) for w in model.get_weights()])
    return model


@pytest.mark.parametrize("way", WAYS)
def test_a_mask_reaches_the_layer_that_takes_it(way):
    right = WAYS["by hand"]()
    right(WORDS)
    model = WAYS[way]()
    model(WORDS)
    y = same_weights(model)(WORDS)
    np.testing.assert_array_equal(y, same_weights(right)(WORDS))
    same_weights(model).variables[0].assign(np.concatenate([[[9.0, 9.0, 9.0]], model.variables[0].numpy()[1:]]))
    np.testing.assert_array_equal(model(WORDS), y)  # whatever stands in the row of 0


def test_masks_of_several_outputs_stand_side_by_side_as_long_as_somebody_has_them():
    layer, lstm = embedding(), nn.LSTM(2)
    first, second = layer(WORDS), layer(WORDS[::-1])
    wanted = lstm(first, mask=THERE), lstm(second, mask=THERE[::-1])
    for y, right in zip((lstm(first), lstm(second)), wanted):
        np.testing.assert_array_equal(y, right)
    kept = [layer(WORDS) for _ in range(200)]
    assert all(mask_of(y) is not None for y in kept)
    del kept, first, second
    layer(WORDS)
    masks.forget()
    assert not masks.MASKS


def test_layers_without_masks_enter_nothing():
    masks.forget()
    nn.Sequential([nn.Embedding(5, 3), nn.LSTM(2)])(WORDS)
    assert not masks.MASKS


def test_threads_do_not_mix_masks():
    layer, faults = embedding(), []
    layer(WORDS)

    def look(words):
        for _ in range(50):
            if not np.array_equal(mask_of(layer(words)), words != 0):
                faults.append(words)

    threads = [threading.Thread(target=look, args=(np.roll(WORDS, k, 0),)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults


def test_a_mask_that_is_dropped_is_told():
    x = embedding()(WORDS)
    for layer in (nn.Conv1D(2, 2), nn.Flatten(), nn.Reshape((2, 6)), nn.Lambda(lambda x: x * 2)):
        with pytest.warns(UserWarning, match=f"{layer.name} drops the mask of its input.*supports_masking = True"):
            assert mask_of(layer(x)) is None


KEEP = {
    "dense": lambda: nn.Dense(2), "activation": lambda: nn.Activation("relu"), "dropout": lambda: nn.Dropout(0.5),
    "norm": nn.LayerNormalization, "rms": nn.RMSNormalization, "relu": nn.ReLU, "rescaling": lambda: nn.Rescaling(2.0),
    "gru": lambda: nn.GRU(2, return_sequences=True), "positions": lambda: nn.PositionEmbedding(4),
    "sines": nn.SinePositionEncoding, "steps": lambda: nn.TimeDistributed(nn.Dense(2)),
    "both ways": lambda: nn.Bidirectional(nn.LSTM(2, return_sequences=True)),
    "lambda": lambda: nn.Lambda(lambda x: x + 1, mask=lambda x, mask: mask),
}  # fmt: skip


@pytest.mark.parametrize("name", KEEP)
def test_layers_that_keep_the_steps_keep_the_mask(name):
    np.testing.assert_array_equal(mask_of(KEEP[name]()(embedding()(WORDS))), THERE)


def test_layers_that_leave_no_steps_leave_no_mask():
    x = embedding()(WORDS)
    for layer in (nn.LSTM(2), nn.GlobalAveragePooling1D(), nn.Bidirectional(nn.GRU(2))):
        assert mask_of(layer(x)) is None
    y, h, c = nn.LSTM(2, return_sequences=True, return_state=True)(x)
    assert mask_of(y) is not None and mask_of(h) is None and mask_of(c) is None


def test_masks_of_merged_arrays():
    a, b, plain = embedding()(WORDS), embedding()(OTHERS), nn.Embedding(5, 3)(WORDS)
    np.testing.assert_array_equal(mask_of(nn.Add()([a, b])), THERE | (OTHERS != 0))
    assert mask_of(nn.Add()([a, plain])) is None
    np.testing.assert_array_equal(mask_of(nn.Concatenate(axis=1)([a, plain])), np.hstack([THERE, np.ones_like(THERE)]))
    assert mask_of(nn.layers.dot([a, b], axes=2)) is None


def test_attention_does_not_look_at_what_is_not_there():
    attention = nn.MultiHeadAttention(2, 3)
    layer = embedding()
    query = nn.Dense(3)(np.ones((3, 2, 3)))
    scores = attention(query, layer(WORDS), return_attention_scores=True)[1]
    assert (scores.numpy()[~np.broadcast_to(THERE[:, None, None], scores.shape)] == 0).all()
    np.testing.assert_allclose(scores.numpy().sum(-1), 1, rtol=1e-6)
    np.testing.assert_array_equal(mask_of(attention(layer(WORDS), query)), THERE)  # that of the query


# -- the programs of Keras's guide on masks, in our words ----------------------------------------------------------------------


class Split(nn.Layer):
    def call(self, x):
        return x[:, :2], x[:, 2:]

    def compute_mask(self, x, mask=None):
        return None if mask is None else (mask[:, :2], mask[:, 2:])


class Relu(nn.Layer):
    def __init__(self, **options):
        super().__init__(**options)
        self.supports_masking = True

    def call(self, x):
        return ad.relu(x)


class SoftmaxOfSteps(nn.Layer):
    def __init__(self, **options):
        super().__init__(**options)
        self.supports_masking = True

    def call(self, x, mask=None):
        assert mask is not None
        e = np.exp(x) * ad.convert_to_tensor(mask).astype("float32")[..., None]
        return e / ad.sum(e, axis=1, keepdims=True)


class Lookup(nn.Layer):
    def build(self, shape):
        self.rows = self.add_weight((5, 3), "uniform", name="rows")

    def cast(self, x):
        return x if isinstance(x, nn.symbols.Symbol) and super().cast(x) else ad.convert_to_tensor(x)

    def call(self, x):
        return self.rows[x]

    def compute_mask(self, x, mask=None):
        return np.not_equal(x, 0)


def test_layers_of_ones_own_make_change_and_take_masks():
    first, second = Split()(embedding()(WORDS))
    np.testing.assert_array_equal(mask_of(first), THERE[:, :2])
    np.testing.assert_array_equal(mask_of(second), THERE[:, 2:])
    np.testing.assert_array_equal(mask_of(Relu()(Lookup()(WORDS))), THERE)
    x = nn.Input((None,), dtype="int32")
    model = nn.Model(x, SoftmaxOfSteps()(nn.Dense(1)(Relu()(embedding()(x)))))
    y = model(WORDS).numpy()[..., 0]
    assert (y[~THERE] == 0).all()
    np.testing.assert_allclose(y.sum(1), 1, rtol=1e-6)


# -- losses and metrics --------------------------------------------------------------------------------------------------------


def test_steps_that_are_not_there_do_not_count():
    model = nn.Sequential([embedding(), nn.Dense(1)])
    p, y = model(WORDS), np.ones((3, 4, 1))
    each = (p.numpy()[..., 0] - 1) ** 2
    assert nn.losses.MeanSquaredError()(y, p).item() == pytest.approx(each[THERE].mean())
    assert nn.losses.MeanSquaredError("sum")(y, p).item() == pytest.approx(each[THERE].sum())
    np.testing.assert_allclose(nn.losses.MeanSquaredError("none")(y, p), each * THERE, rtol=1e-6)
    w = np.array([1.0, 2.0, 3.0])
    assert nn.losses.MeanSquaredError()(y, p, w).item() == pytest.approx((each * THERE * w[:, None]).sum() / THERE.sum())
    metric = nn.metrics.MeanSquaredError()
    metric.update_state(y, p)
    assert metric.result() == pytest.approx(each[THERE].mean())
    metric.reset_state()
    metric.update_state(y, p, w)
    assert metric.result() == pytest.approx((each * THERE * w[:, None]).sum() / (THERE * w[:, None]).sum())
    with pytest.raises(ValueError, match="has shape"):
        metric.update_state(y[:, :3], p)
    model.compile("sgd", "mse", ["mae"])
    assert model.evaluate(WORDS, y)[0] == pytest.approx(each[THERE].mean())


def test_a_gradient_reaches_only_what_is_there():
    model = nn.Sequential([embedding(), nn.Dense(1)])
    model(WORDS)
    with ad.Tape() as tape:
        loss = nn.losses.MeanSquaredError()(np.ones((3, 4, 1)), model(WORDS))
    slope = tape.gradient(loss, model.variables[0]).numpy()
    assert (slope[0] == 0).all() and (slope[1:] != 0).all()


def test_an_input_of_another_dtype_keeps_its_mask():
    x = embedding(dtype="float64")(WORDS)
    np.testing.assert_array_equal(mask_of(nn.Sequential([nn.Dense(2)])(x)), THERE)


@pytest.mark.parametrize("masks_elsewhere", [False, True])
def test_a_mask_that_is_given_by_keyword_goes_no_further(masks_elsewhere):
    """Whatever masks other arrays have."""
    elsewhere = nn.Embedding(5, 2, mask_zero=True)(np.array([[1, 0]])) if masks_elsewhere else None

    class Cell(nn.Layer):
        def call(self, x, mask=None):
            return x * mask

    x = np.ones((1, 2, 3))
    y = Cell()(x, mask=np.array([[[1.0], [0.0]]])), nn.LSTM(2, return_sequences=True)(x, mask=np.array([[True, False]]))
    assert [mask_of(part) for part in y] == [None, None]
    del elsewhere
