"""The second half of lab 1 of MIT 6.S191: a network that writes songs letter by letter, here of a few bars of its own."""

import numpy as np
import tensorflow as tf

songs = [
    "X:1\nT:Up and Down\nK:C\nCDEF GABc|cBAG FEDC|CDEF GABc|c4 C4|\n",
    "X:2\nT:Steps\nK:G\nGABc dBGB|ABcd cAFA|GABc dBGB|d4 G4|\n",
    "X:3\nT:Home\nK:D\nDFAF DFAF|EGBG EGBG|DFAF DFAF|A4 D4|\n",
]
songs_joined = "\n\n".join(songs)
vocab = sorted(set(songs_joined))
char2idx = {u: i for i, u in enumerate(vocab)}
idx2char = np.array(vocab)
numbers = {}


def vectorize_string(string):
    return np.array([char2idx[letter] for letter in string])


vectorized_songs = vectorize_string(songs_joined)
assert len(vectorized_songs) == len(songs_joined) and "".join(idx2char[vectorized_songs[:3]]) == "X:1"
rng = np.random.default_rng(4)


def get_batch(vectorized_songs, seq_length, batch_size):
    n = vectorized_songs.shape[0] - 1
    idx = rng.choice(n - seq_length, batch_size)
    input_batch = [vectorized_songs[i : i + seq_length] for i in idx]
    output_batch = [vectorized_songs[i + 1 : i + seq_length + 1] for i in idx]
    return np.reshape(input_batch, [batch_size, seq_length]), np.reshape(output_batch, [batch_size, seq_length])


x_batch, y_batch = get_batch(vectorized_songs, seq_length=5, batch_size=2)
assert x_batch.shape == y_batch.shape == (2, 5) and np.array_equal(x_batch[:, 1:], y_batch[:, :-1])


def LSTM(rnn_units):
    return tf.keras.layers.LSTM(
        rnn_units,
        return_sequences=True,
        recurrent_initializer="glorot_uniform",
        recurrent_activation="sigmoid",
        stateful=False,
    )


def build_model(vocab_size, embedding_dim, rnn_units):
    return tf.keras.Sequential([
        tf.keras.layers.Embedding(vocab_size, embedding_dim),
        LSTM(rnn_units),
        tf.keras.layers.Dense(vocab_size),
    ])  # fmt: skip


def compute_loss(labels, logits):
    return tf.keras.losses.sparse_categorical_crossentropy(labels, logits, from_logits=True)


params = dict(num_training_iterations=60, batch_size=4, seq_length=16, learning_rate=2e-2, embedding_dim=8, rnn_units=24)
model = build_model(len(vocab), params["embedding_dim"], params["rnn_units"])
x, y = get_batch(vectorized_songs, seq_length=16, batch_size=4)
pred = model(x)
assert pred.shape == (4, 16, len(vocab))
model.set_weights([0.2 * rng.standard_normal(w.shape) for w in model.get_weights()])
numbers["loss of each"] = compute_loss(y, model(x))[0]
optimizer = tf.keras.optimizers.Adam(params["learning_rate"])


@tf.function
def train_step(x, y):
    with tf.GradientTape() as tape:
        y_hat = model(x)
        loss = compute_loss(y, y_hat)
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
    return loss


history = []
for _ in range(params["num_training_iterations"]):
    x_batch, y_batch = get_batch(vectorized_songs, params["seq_length"], params["batch_size"])
    loss = train_step(x_batch, y_batch)
    history.append(loss.numpy().mean())
numbers["first"] = history[0]
assert history[-1] < 0.6 * history[0]


def generate_text(model, start_string, generation_length=40):
    input_eval = tf.expand_dims([char2idx[s] for s in start_string], 0)
    text_generated = []
    for _ in range(generation_length):
        predictions = tf.squeeze(model(input_eval), 0)
        predicted_id = tf.random.categorical(predictions, num_samples=1)[-1, 0].numpy()
        input_eval = tf.concat([input_eval, tf.constant([[predicted_id]], dtype=input_eval.dtype)], axis=1)
        text_generated.append(idx2char[predicted_id])
    return start_string + "".join(text_generated)


tf.random.set_seed(4)
song = generate_text(model, start_string="X", generation_length=40)
assert song.startswith("X") and len(song) == 41 and set(song) <= set(vocab)
