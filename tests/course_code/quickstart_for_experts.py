"""A subclass of Model, a step of one's own, and metrics that gather over the batches of an epoch."""

import numpy as np
import tensorflow as tf

tf.keras.utils.set_random_seed(4)
rng = np.random.default_rng(4)
labels = np.arange(160) % 4
images = (rng.random((160, 6, 6, 1)) * 0.3 + np.eye(36)[7 * labels].reshape(160, 6, 6, 1)).astype("float32")
data = tf.data.Dataset.from_tensor_slices((images, labels)).shuffle(160).batch(32)


class MyModel(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.conv = tf.keras.layers.Conv2D(4, 3, activation="relu")
        self.flatten = tf.keras.layers.Flatten()
        self.d1 = tf.keras.layers.Dense(16, activation="relu")
        self.d2 = tf.keras.layers.Dense(4)

    def call(self, x):
        return self.d2(self.d1(self.flatten(self.conv(x))))


class Hits(tf.keras.metrics.Metric):
    def __init__(self, name="hits", **kwargs):
        super().__init__(name=name, **kwargs)
        self.hits = self.add_weight(name="hits", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        same = tf.equal(tf.argmax(y_pred, 1), tf.cast(y_true, tf.int64))
        self.hits.assign_add(tf.reduce_sum(tf.cast(same, tf.float32)))

    def result(self):
        return self.hits


model = MyModel()
loss_object = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
optimizer = tf.keras.optimizers.Adam(0.01)
train_loss = tf.keras.metrics.Mean(name="train_loss")
train_accuracy = tf.keras.metrics.SparseCategoricalAccuracy(name="train_accuracy")
hits, seen = Hits(), tf.keras.metrics.Sum(name="seen")


def train_step(x, y):
    with tf.GradientTape() as tape:
        predictions = model(x, training=True)
        loss = loss_object(y, predictions)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    train_loss(loss)
    train_accuracy(y, predictions)
    hits.update_state(y, predictions)
    seen(tf.ones_like(y))


losses = []
for epoch in range(6):
    for metric in (train_loss, train_accuracy, hits, seen):
        metric.reset_state()
    for x, y in data:
        train_step(x, y)
    losses.append(float(train_loss.result()))
    assert seen.result() == 160.0
    assert abs(train_accuracy.result().numpy() - hits.result().numpy() / 160) < 1e-6
    assert f"{train_accuracy.result():.2f}" == f"{float(train_accuracy.result()):.2f}"
assert losses[-1] < 0.5 * losses[0], losses
