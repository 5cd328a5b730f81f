"""A training loop written out: batches from tf.data, a sparse cross-entropy from logits, Adam."""

import numpy as np
import tensorflow as tf

rng = np.random.default_rng(0)
labels = rng.integers(0, 3, 600)
centres = np.array([[0, 2], [2, -1], [-2, -1]])
features = (centres[labels] + 0.5 * rng.normal(size=(600, 2))).astype("float32")

train_dataset = tf.data.Dataset.from_tensor_slices((features[:500], labels[:500]))
train_dataset = train_dataset.shuffle(buffer_size=1024).batch(64)
val_dataset = tf.data.Dataset.from_tensor_slices((features[500:], labels[500:])).batch(64)
assert len(train_dataset) == 8

model = tf.keras.Sequential([tf.keras.layers.Dense(16, activation="relu"), tf.keras.layers.Dense(3)])
optimizer = tf.keras.optimizers.Adam(learning_rate=0.01)

for epoch in range(10):
    for step, (x_batch, y_batch) in enumerate(train_dataset):
        with tf.GradientTape() as tape:
            logits = model(x_batch)
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(y_batch, logits)
            loss_value = tf.reduce_mean(losses)
        grads = tape.gradient(loss_value, model.trainable_variables)
        optimizer.apply_gradients(zip(grads, model.trainable_variables))
    assert step == 7

correct, seen = 0, 0
for x_batch, y_batch in val_dataset:
    predictions = tf.argmax(model(x_batch), axis=1)
    correct += int(tf.reduce_sum(tf.cast(predictions == y_batch, tf.int32)))
    seen += len(y_batch)
assert seen == 100 and correct >= 95

doubled = tf.data.Dataset.range(5).map(lambda x: x * 2).repeat(2).take(7)
assert [int(x) for x in doubled] == [0, 2, 4, 6, 8, 0, 2]
pairs = tf.data.Dataset.from_tensor_slices({"a": [1, 2], "b": [3, 4]})
assert [(int(p["a"]), int(p["b"])) for p in pairs] == [(1, 3), (2, 4)]
assert [x.shape[0] for x in tf.data.Dataset.range(5).batch(2, drop_remainder=True)] == [2, 2]
