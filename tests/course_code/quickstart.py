"""Sequential, a loss of plain arrays, compile, fit, evaluate, and a model inside another one."""

import numpy as np
import tensorflow as tf

tf.keras.utils.set_random_seed(3)
rng = np.random.default_rng(3)
y = np.arange(200) % 10
x = (rng.random((200, 6, 6)) * 0.3 + np.eye(36)[3 * y].reshape(200, 6, 6)).astype("float32")

model = tf.keras.models.Sequential([
    tf.keras.layers.Flatten(input_shape=(6, 6)),
    tf.keras.layers.Dense(32, activation="relu"),
    tf.keras.layers.Dropout(0.2),
    tf.keras.layers.Dense(10),
])  # fmt: skip
predictions = model(x[:1]).numpy()
assert abs(tf.nn.softmax(predictions).numpy().sum() - 1.0) < 1e-6

loss_fn = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
untrained = loss_fn(y[:1], predictions).numpy()
assert abs(untrained - np.log(np.exp(predictions - predictions[0, 0]).sum())) < 1e-5

model.compile(optimizer="adam", loss=loss_fn, metrics=["accuracy"])
model.fit(x, y, epochs=12, verbose=0)
loss, accuracy = model.evaluate(x, y, verbose=0)
assert accuracy > 0.6, accuracy

probability_model = tf.keras.Sequential([model, tf.keras.layers.Softmax()])
assert probability_model(x[:5]).shape == (5, 10)
