"""A network that writes text letter by letter: ids of letters, a recurrent model, training, and drawing the next letter."""

import numpy as np
import tensorflow as tf
from tensorflow import keras

LENGTH, BATCH, UNITS, WIDTH = 12, 8, 16, 8
text = "the cat sat on the mat and the rat sat on the hat of the cat. " * 8
numbers = {}

# Letters as numbers and back.
vocabulary = sorted(set(text))
id_of = {letter: k for k, letter in enumerate(vocabulary)}
all_ids = np.array([id_of[letter] for letter in text])
assert "".join(vocabulary[k] for k in all_ids[:20]) == text[:20]


# Pieces of the text, and for each letter the one behind it.
def split_input_target(sequence):
    return sequence[:-1], sequence[1:]


ids_dataset = tf.data.Dataset.from_tensor_slices(all_ids)
sequences = ids_dataset.batch(LENGTH + 1, drop_remainder=True)
dataset = sequences.map(split_input_target).batch(BATCH, drop_remainder=True).prefetch(tf.data.AUTOTUNE)
for input_example, target_example in dataset.take(1):
    assert tuple(input_example.shape) == tuple(target_example.shape) == (BATCH, LENGTH)
    assert np.array_equal(input_example[:, 1:], target_example[:, :-1])


# Data sets from parts, and parts of them.
counted = tf.data.Dataset.zip((tf.data.Dataset.range(5), tf.data.Dataset.range(10, 13)))
assert [(int(a), int(b)) for a, b in counted] == [(0, 10), (1, 11), (2, 12)]
even = tf.data.Dataset.range(7).filter(lambda k: k % 2 == 0)
assert [int(k) for k in even] == [0, 2, 4, 6] and int(even.cardinality()) == -2
assert [int(k) for k in dataset.unbatch().take(1).map(lambda x, y: x).unbatch().take(3)] == list(all_ids[:3])
both = tf.data.Dataset.range(2).concatenate(tf.data.Dataset.from_tensors(np.int64(7)))
assert [int(k) for k in both] == [0, 1, 7] and int(both.cardinality()) == 3
ways = {"output_signature": tf.TensorSpec(shape=(), dtype=tf.int64)} if hasattr(tf, "TensorSpec") else {}
made = tf.data.Dataset.from_generator(lambda: iter([1, 2, 3]), **ways)
assert [k.numpy().tolist() for k in made.batch(2)] == [[1, 2], [3]]


class Writer(keras.Model):
    def __init__(self, vocab_size, embedding_dim, rnn_units):
        super().__init__()
        self.embedding = keras.layers.Embedding(vocab_size, embedding_dim)
        self.gru = keras.layers.GRU(rnn_units, return_sequences=True, return_state=True)
        self.dense = keras.layers.Dense(vocab_size)

    def call(self, inputs, states=None, return_state=False, training=False):
        x = self.embedding(inputs, training=training)
        x, states = self.gru(x, initial_state=states, training=training)
        x = self.dense(x, training=training)
        return (x, states) if return_state else x


model = Writer(len(vocabulary), WIDTH, UNITS)
predictions = model(input_example)
assert predictions.shape == (BATCH, LENGTH, len(vocabulary))
rng = np.random.default_rng(9)
model.set_weights([0.3 * rng.standard_normal(w.shape) for w in model.get_weights()])
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
numbers["before"] = loss(target_example, model(input_example))

# Trained by fit, and then by a step written out. (Keras on TensorFlow squares the gradients of a row of an Embedding one by
# one, so Adam's numbers differ from its equation there; SGD's do not.)
model.compile(optimizer=keras.optimizers.SGD(0.5), loss=loss)
numbers["fit"] = model.fit(dataset, epochs=3, verbose=0).history["loss"]
optimizer, losses = keras.optimizers.Adam(0.02), []
for epoch in range(7):
    mean = keras.metrics.Mean()
    for inputs, targets in dataset:
        with tf.GradientTape() as tape:
            value = loss(targets, model(inputs, training=True))
        gradients = tape.gradient(value, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        mean.update_state(value)
    losses.append(float(mean.result()))
assert losses[-1] < 1.2

# It writes: the most probable letter each time, and then one drawn by the probabilities.
states, ids, written = None, np.array([[id_of["t"]]]), "t"
for _ in range(11):
    logits, states = model(ids, states=states, return_state=True)
    ids = tf.argmax(logits[:, -1, :], axis=-1)[:, None]
    written += vocabulary[int(ids[0, 0])]
assert len(written) == 12 and set(written) <= set(vocabulary)
tf.random.set_seed(9)
states, ids, drawn = None, np.array([[id_of["t"]]]), "t"
for _ in range(30):
    logits, states = model(ids, states=states, return_state=True)
    ids = tf.random.categorical(logits[:, -1, :] / 0.5, num_samples=1)
    drawn += vocabulary[int(ids[0, 0])]
assert len(drawn) == 31 and " " in drawn
