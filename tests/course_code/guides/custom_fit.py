"""fit with a step of one's own: train_step in three forms, test_step, weights of examples, and a pair of networks."""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

rng = np.random.default_rng(6)
x, y = rng.random((64, 8)).astype("float32"), rng.random((64, 1)).astype("float32")
weights = rng.random(64).astype("float32")
numbers = {}


def draw_weights(model, seed=6):
    """The same weights wherever the program runs."""
    rng = np.random.default_rng(seed)
    model.set_weights([0.4 * rng.standard_normal(w.shape) for w in model.get_weights()])


def written_down(kind, activation=None):
    inputs = keras.Input(shape=(8,))
    model = kind(inputs, layers.Dense(1, activation=activation)(layers.Dense(4, activation="tanh")(inputs)))
    draw_weights(model)
    return model


def trained(model, **ways):
    return model.fit(x, y, **{**dict(batch_size=16, epochs=3, shuffle=False, verbose=0), **ways}).history


# First form: the compiled loss, optimizer and metrics, in a step written out.
class FirstModel(keras.Model):
    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(y=y, y_pred=y_pred)
        trainable_vars = self.trainable_variables
        gradients = tape.gradient(loss, trainable_vars)
        self.optimizer.apply(gradients, trainable_vars)
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)
            else:
                metric.update_state(y, y_pred)
        return {m.name: m.result() for m in self.metrics}


model = written_down(FirstModel)
model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse", metrics=["mae"])
history = trained(model)
numbers["first"] = [history["loss"], history["mae"]]


# Second form: nothing is compiled but the optimizer.
class SecondModel(keras.Model):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.loss_tracker = keras.metrics.Mean(name="loss")
        self.mae_metric = keras.metrics.MeanAbsoluteError(name="mae")
        self.loss_fn = keras.losses.MeanSquaredError()

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.loss_fn(y, y_pred)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        self.loss_tracker.update_state(loss)
        self.mae_metric.update_state(y, y_pred)
        return {"loss": self.loss_tracker.result(), "mae": self.mae_metric.result()}

    @property
    def metrics(self):
        return [self.loss_tracker, self.mae_metric]


model = written_down(SecondModel)
model.compile(optimizer=keras.optimizers.SGD(0.1))
history = trained(model)
numbers["second"] = [history["loss"], history["mae"]]


# Third form: weights of examples and of classes come as a third part.
class ThirdModel(keras.Model):
    def train_step(self, data):
        if len(data) == 3:
            x, y, sample_weight = data
        else:
            sample_weight = None
            x, y = data
        with tf.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(y=y, y_pred=y_pred, sample_weight=sample_weight)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply(gradients, self.trainable_variables)
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)
            else:
                metric.update_state(y, y_pred, sample_weight=sample_weight)
        return {m.name: m.result() for m in self.metrics}


model = written_down(ThirdModel)
model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse", metrics=["mae"])
history = trained(model, sample_weight=weights)
numbers["third"] = [history["loss"], history["mae"]]


# A test step.
class TestedModel(keras.Model):
    def test_step(self, data):
        x, y = data
        y_pred = self(x, training=False)
        loss = self.compute_loss(y=y, y_pred=y_pred)
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)
            else:
                metric.update_state(y, y_pred)
        return {m.name: m.result() for m in self.metrics}


model = written_down(TestedModel)
model.compile(loss="mse", metrics=["mae"])
found = model.evaluate(x, y, verbose=0, return_dict=True)
numbers["tested"] = [found["loss"], found["mae"]]


# A loss of one's own, and the step as it is.
class Lengthened(keras.Model):
    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        loss = super().compute_loss(x, y, y_pred, sample_weight, training=training)
        return loss + 0.1 * tf.reduce_sum(tf.square(self.trainable_variables[0]))


model = written_down(Lengthened)
model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse")
numbers["lengthened"] = trained(model)["loss"]


# A pair of networks in one model: two optimizers, given to a compile of its own.
class GAN(keras.Model):
    def __init__(self, discriminator, generator, latent_dim):
        super().__init__()
        self.discriminator, self.generator, self.latent_dim = discriminator, generator, latent_dim
        self.d_loss_tracker = keras.metrics.Mean(name="d_loss")
        self.g_loss_tracker = keras.metrics.Mean(name="g_loss")
        self.built = True
        self.count = 0

    @property
    def metrics(self):
        return [self.d_loss_tracker, self.g_loss_tracker]

    def compile(self, d_optimizer, g_optimizer, loss_fn):
        super().compile()
        self.d_optimizer, self.g_optimizer, self.loss_fn = d_optimizer, g_optimizer, loss_fn

    def noise(self, size):
        """Points that are the same wherever the program runs."""
        angles = tf.reshape(tf.range(0.0, float(size * self.latent_dim)), (size, self.latent_dim))
        return tf.sin(3.0 * angles)

    def train_step(self, real):
        if isinstance(real, tuple):
            real = real[0]
        size = 16
        made = self.generator(self.noise(size))
        points = tf.concat([made, real], axis=0)
        truth = tf.concat([tf.ones((size, 1)), tf.zeros((size, 1))], axis=0)
        with tf.GradientTape() as tape:
            d_loss = self.loss_fn(truth, self.discriminator(points))
        grads = tape.gradient(d_loss, self.discriminator.trainable_weights)
        self.d_optimizer.apply(grads, self.discriminator.trainable_weights)
        with tf.GradientTape() as tape:
            predictions = self.discriminator(self.generator(self.noise(size)))
            g_loss = self.loss_fn(tf.zeros((size, 1)), predictions)
        grads = tape.gradient(g_loss, self.generator.trainable_weights)
        self.g_optimizer.apply(grads, self.generator.trainable_weights)
        self.d_loss_tracker.update_state(d_loss)
        self.g_loss_tracker.update_state(g_loss)
        return {"d_loss": self.d_loss_tracker.result(), "g_loss": self.g_loss_tracker.result()}


discriminator = keras.Sequential([keras.Input(shape=(8,)), layers.Dense(6), layers.LeakyReLU(0.2), layers.Dense(1)])
generator = keras.Sequential([keras.Input(shape=(3,)), layers.Dense(6, activation="tanh"), layers.Dense(8)])
draw_weights(discriminator)
draw_weights(generator, 7)
gan = GAN(discriminator=discriminator, generator=generator, latent_dim=3)
gan.compile(
    d_optimizer=keras.optimizers.SGD(learning_rate=0.03),
    g_optimizer=keras.optimizers.Adam(learning_rate=0.003),
    loss_fn=keras.losses.BinaryCrossentropy(from_logits=True),
)
numbers["gan"] = gan.fit(x, batch_size=16, epochs=3, shuffle=False, verbose=0).history
batches = tf.data.Dataset.from_tensor_slices(x).batch(16)
numbers["gan of a data set"] = gan.fit(batches, epochs=1, verbose=0).history
