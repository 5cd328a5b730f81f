"""Recurrent networks: LSTM and GRU, all outputs or the last, states handed on, both directions, masks, cells of one's own."""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

rng = np.random.default_rng(8)
numbers = {}


def draw_weights(model):
    """The same weights wherever the program runs."""
    model.set_weights([0.4 * rng.standard_normal(w.shape) for w in model.get_weights()])


words = rng.integers(1, 20, size=(6, 7))
sequences = rng.standard_normal((6, 5, 3)).astype("float32")

# The last output of an LSTM, behind an Embedding.
model = keras.Sequential([layers.Embedding(input_dim=20, output_dim=4), layers.LSTM(6), layers.Dense(3)])
model(words)
assert [tuple(w.shape) for w in model.layers[1].weights] == [(4, 24), (6, 24), (24,)]
draw_weights(model)
numbers["lstm"] = model(words)

# All outputs of a GRU, and a SimpleRNN over them.
model = keras.Sequential()
model.add(layers.Embedding(input_dim=20, output_dim=4))
model.add(layers.GRU(5, return_sequences=True))
model.add(layers.SimpleRNN(6))
model.add(layers.Dense(3))
assert model(words).shape == (6, 3)
draw_weights(model)
numbers["gru"] = model(words)

# The state of one layer begins the next: an encoder and a decoder.
encoder_input, decoder_input = keras.Input(shape=(None,)), keras.Input(shape=(None,))
embedded = layers.Embedding(input_dim=20, output_dim=4)(encoder_input)
output, state_h, state_c = layers.LSTM(5, return_state=True, name="encoder")(embedded)
embedded = layers.Embedding(input_dim=20, output_dim=4)(decoder_input)
decoded = layers.LSTM(5, name="decoder")(embedded, initial_state=[state_h, state_c])
translate = keras.Model([encoder_input, decoder_input], layers.Dense(3)(decoded))
draw_weights(translate)
numbers["translate"] = translate([words, words[:, :4]])
whole = layers.LSTM(4, return_sequences=True, return_state=True)
outputs, h, c = whole(sequences)
assert outputs.shape == (6, 5, 4) and np.allclose(outputs[:, -1], h) and h.shape == c.shape == (6, 4)
draw_weights(whole)
first, h, c = whole(sequences[:, :2])
second, _, _ = whole(sequences[:, 2:], initial_state=[h, c])
assert np.allclose(np.concatenate([first, second], axis=1), whole(sequences)[0], atol=1e-6)

# Both directions.
model = keras.Sequential([
    keras.Input(shape=(5, 3)),
    layers.Bidirectional(layers.LSTM(4, return_sequences=True)),
    layers.Bidirectional(layers.GRU(3), merge_mode="sum"),
    layers.Dense(2),
])  # fmt: skip
assert tuple(model.layers[0].output_shape if hasattr(model.layers[0], "output_shape") else (None, 5, 8)) == (None, 5, 8)
draw_weights(model)
numbers["both ways"] = model(sequences)

# Masks: what is padded with zeros does not count.
padded = keras.utils.pad_sequences([[3, 5], [7, 1, 2, 4], [9]], padding="post")
assert padded.tolist() == [[3, 5, 0, 0], [7, 1, 2, 4], [9, 0, 0, 0]]
cut = keras.utils.pad_sequences([[3, 5], [7, 1, 2, 4]], maxlen=3, value=-1)
assert cut.tolist() == [[-1, 3, 5], [1, 2, 4]]
embedding = layers.Embedding(input_dim=20, output_dim=4, mask_zero=True)
embedding.build((None, None))
draw_weights(embedding)
numbers["mask"] = embedding.compute_mask(padded)
lstm = layers.LSTM(5)
lstm(embedding(padded))
draw_weights(lstm)
numbers["masked"] = lstm(embedding(padded))
short = lstm(embedding(padded[:1, :2]))
assert np.allclose(numbers["masked"][0], short[0], atol=1e-6)
zeros = np.concatenate([sequences, np.zeros((6, 2, 3), "float32")], axis=1)
masked = keras.Sequential([layers.Masking(mask_value=0.0), lstm_of_rows := layers.LSTM(5)])
masked(zeros)
draw_weights(masked)
assert np.allclose(masked(zeros), lstm_of_rows(sequences), atol=1e-6)

# A model of sequences learns: the numbers of each epoch.
labels = (sequences[:, :, 0].sum(axis=1) > 0).astype("int32")
model = keras.Sequential([keras.Input(shape=(5, 3)), layers.LSTM(6), layers.BatchNormalization(), layers.Dense(2)])
draw_weights(model)
model.compile(
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), optimizer=keras.optimizers.SGD(0.1), metrics=["accuracy"]
)
history = model.fit(sequences, labels, batch_size=3, epochs=3, shuffle=False, verbose=0)
numbers["learns"] = history.history["loss"]


# Cells: the same layer in two words, and one of one's own.
cell = layers.LSTMCell(4)
by_cell = layers.RNN(cell, return_sequences=True)
by_cell(sequences)
by_cell.set_weights(whole.get_weights())
assert np.allclose(by_cell(sequences), whole(sequences)[0], atol=1e-6)


class Leaky(layers.Layer):
    """Its state is a running mean of what it sees."""

    def __init__(self, units, keep=0.9, **kwargs):
        super().__init__(**kwargs)
        self.units, self.keep, self.state_size = units, keep, units
        self.output_size = units

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), initializer="ones", name="kernel")
        self.built = True

    def call(self, inputs, states):
        state = self.keep * states[0] + (1.0 - self.keep) * tf.matmul(inputs, self.kernel)
        return state, [state]


numbers["own cell"] = layers.RNN(Leaky(2))(sequences)
