"""A training loop written out: steps, metrics, validation, losses that layers add, and two networks against each other."""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

rng = np.random.default_rng(5)
numbers = {}


def draw_weights(model):
    """The same weights wherever the program runs."""
    model.set_weights([0.4 * rng.standard_normal(w.shape) for w in model.get_weights()])


labels = rng.integers(0, 3, 80)
x = (np.eye(6)[2 * labels] + 0.4 * rng.standard_normal((80, 6))).astype("float32")
train_dataset = tf.data.Dataset.from_tensor_slices((x[:64], labels[:64])).batch(16)
val_dataset = tf.data.Dataset.from_tensor_slices((x[64:], labels[64:])).batch(16)


class Activity(layers.Layer):
    def call(self, inputs):
        self.add_loss(1e-2 * tf.reduce_sum(tf.square(inputs)))
        return inputs


def get_model(watched=False):
    inputs = keras.Input(shape=(6,), name="digits")
    h = layers.Dense(8, activation="relu")(inputs)
    h = layers.Dense(8, activation="relu")(Activity()(h) if watched else h)
    model = keras.Model(inputs=inputs, outputs=layers.Dense(3, name="predictions")(h))
    draw_weights(model)
    return model


# One step: record, differentiate, apply.
model = get_model()
optimizer = keras.optimizers.SGD(learning_rate=0.1)
loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
losses = []
for epoch in range(2):
    for step, (x_batch, y_batch) in enumerate(train_dataset):
        with tf.GradientTape() as tape:
            logits = model(x_batch, training=True)
            loss = loss_fn(y_batch, logits)
        gradients = tape.gradient(loss, model.trainable_weights)
        optimizer.apply_gradients(zip(gradients, model.trainable_weights))
        losses.append(float(loss))
numbers["losses"] = losses

# The same with metrics, a function around the step, and validation.
model = get_model()
optimizer = keras.optimizers.Adam(learning_rate=0.01)
train_metric = keras.metrics.SparseCategoricalAccuracy()
val_metric = keras.metrics.SparseCategoricalAccuracy()


@tf.function
def train_step(x, y):
    with tf.GradientTape() as tape:
        logits = model(x, training=True)
        loss_value = loss_fn(y, logits)
    gradients = tape.gradient(loss_value, model.trainable_weights)
    optimizer.apply(gradients, model.trainable_weights)
    train_metric.update_state(y, logits)
    return loss_value


@tf.function
def test_step(x, y):
    val_metric.update_state(y, model(x, training=False))


found = []
for epoch in range(3):
    for x_batch, y_batch in train_dataset:
        loss_value = train_step(x_batch, y_batch)
    accuracy = float(train_metric.result())
    train_metric.reset_state()
    for x_batch, y_batch in val_dataset:
        test_step(x_batch, y_batch)
    found.append([float(loss_value), accuracy, float(val_metric.result())])
    val_metric.reset_state()
numbers["epochs"] = found

# Losses that layers add in the forward pass are in model.losses.
model = get_model(watched=True)
optimizer = keras.optimizers.SGD(learning_rate=0.05)
losses = []
for x_batch, y_batch in train_dataset:
    with tf.GradientTape() as tape:
        logits = model(x_batch, training=True)
        loss_value = loss_fn(y_batch, logits)
        loss_value += sum(model.losses)
    gradients = tape.gradient(loss_value, model.trainable_weights)
    optimizer.apply_gradients(zip(gradients, model.trainable_weights))
    losses.append(float(loss_value))
numbers["with added losses"] = losses

# Two networks: one tells real points from made ones, the other makes them.
LATENT = 4
discriminator = keras.Sequential(
    [keras.Input(shape=(2,)), layers.Dense(8), layers.LeakyReLU(negative_slope=0.2), layers.Dense(1)], name="discriminator"
)
generator = keras.Sequential(
    [keras.Input(shape=(LATENT,)), layers.Dense(8), layers.LeakyReLU(negative_slope=0.2), layers.Dense(2)], name="generator"
)
draw_weights(discriminator)
draw_weights(generator)
d_optimizer = keras.optimizers.SGD(learning_rate=0.03)
g_optimizer = keras.optimizers.Adam(learning_rate=0.004)
bce = keras.losses.BinaryCrossentropy(from_logits=True)
noise = tf.constant(rng.standard_normal((40, 8, LATENT)), dtype=tf.float32)
real = tf.constant(rng.standard_normal((40, 8, 2)) * [0.3, 0.6] + [1.0, -1.0], dtype=tf.float32)


def gan_step(k):
    made = generator(noise[2 * k])
    points = tf.concat([made, real[k]], axis=0)
    truth = tf.concat([tf.ones((8, 1)), tf.zeros((8, 1))], axis=0)
    with tf.GradientTape() as tape:
        d_loss = bce(truth, discriminator(points))
    gradients = tape.gradient(d_loss, discriminator.trainable_weights)
    d_optimizer.apply_gradients(zip(gradients, discriminator.trainable_weights))
    misleading = tf.zeros((8, 1))
    with tf.GradientTape() as tape:
        g_loss = bce(misleading, discriminator(generator(noise[2 * k + 1])))
    gradients = tape.gradient(g_loss, generator.trainable_weights)
    g_optimizer.apply_gradients(zip(gradients, generator.trainable_weights))
    return d_loss, g_loss


numbers["gan"] = [[float(loss) for loss in gan_step(k)] for k in range(20)]
