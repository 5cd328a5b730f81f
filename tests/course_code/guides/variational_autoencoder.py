"""A variational autoencoder, a layer and a model at a time: a loss on the way, fit, a loop written out, and keras.ops.

What is drawn is the same wherever the program runs: the noise is an input.
"""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers, ops

rng = np.random.default_rng(11)
LATENT, SIZE = 2, 12
images = (rng.random((64, 1)) * np.linspace(0, 1, SIZE) + 0.1 * rng.random((64, SIZE))).astype("float32")
noise = rng.standard_normal((64, LATENT)).astype("float32")
numbers = {}


def draw_weights(model, seed=11):
    """The same weights wherever the program runs."""
    rng = np.random.default_rng(seed)
    model.set_weights([0.4 * rng.standard_normal(w.shape) for w in model.get_weights()])


class Sampling(layers.Layer):
    """z = mean + noise times the standard deviation."""

    def call(self, mean, log_var, noise):
        return mean + ops.exp(0.5 * log_var) * noise


class Encoder(layers.Layer):
    def __init__(self, latent_dim=2, intermediate_dim=8, name="encoder", **kwargs):
        super().__init__(name=name, **kwargs)
        self.dense_proj = layers.Dense(intermediate_dim, activation="relu")
        self.dense_mean, self.dense_log_var = layers.Dense(latent_dim), layers.Dense(latent_dim)
        self.sampling = Sampling()

    def call(self, inputs, noise):
        x = self.dense_proj(inputs)
        mean, log_var = self.dense_mean(x), self.dense_log_var(x)
        return mean, log_var, self.sampling(mean, log_var, noise)


class Decoder(layers.Layer):
    def __init__(self, original_dim, intermediate_dim=8, name="decoder", **kwargs):
        super().__init__(name=name, **kwargs)
        self.dense_proj = layers.Dense(intermediate_dim, activation="relu")
        self.dense_output = layers.Dense(original_dim, activation="sigmoid")

    def call(self, inputs):
        return self.dense_output(self.dense_proj(inputs))


class VariationalAutoEncoder(keras.Model):
    """From end to end; the Kullback-Leibler divergence is a loss that it adds on the way."""

    def __init__(self, original_dim, latent_dim=2, name="autoencoder", **kwargs):
        super().__init__(name=name, **kwargs)
        self.encoder, self.decoder = Encoder(latent_dim), Decoder(original_dim)

    def call(self, inputs):
        x, noise = inputs
        mean, log_var, z = self.encoder(x, noise)
        self.add_loss(-0.5 * ops.mean(log_var - ops.square(mean) - ops.exp(log_var) + 1))
        return self.decoder(z)


vae = VariationalAutoEncoder(SIZE, LATENT)
assert vae([images[:2], noise[:2]]).shape == (2, SIZE) and len(vae.losses) == 1
draw_weights(vae)
vae.compile(optimizer=keras.optimizers.SGD(0.5), loss=keras.losses.MeanSquaredError())
numbers["fit"] = vae.fit([images, noise], images, epochs=3, batch_size=16, shuffle=False, verbose=0).history["loss"]

# A loop written out.
vae = VariationalAutoEncoder(SIZE, LATENT)
vae([images[:2], noise[:2]])
draw_weights(vae)
optimizer, mse, mean = keras.optimizers.Adam(0.01), keras.losses.MeanSquaredError(), keras.metrics.Mean()
found = []
for step in range(4):
    rows = slice(16 * step, 16 * step + 16)
    with tf.GradientTape() as tape:
        loss = mse(images[rows], vae([images[rows], noise[rows]]))
        loss += sum(vae.losses)
    gradients = tape.gradient(loss, vae.trainable_weights)
    optimizer.apply_gradients(zip(gradients, vae.trainable_weights))
    mean(loss)
    found.append(float(mean.result()))
numbers["loop"] = found

# The same written down as a graph.
x, e = keras.Input(shape=(SIZE,), name="x"), keras.Input(shape=(LATENT,), name="noise")
h = layers.Dense(8, activation="relu")(x)
z_mean, z_log_var = layers.Dense(LATENT, name="mean")(h), layers.Dense(LATENT, name="log_var")(h)
z = z_mean + ops.exp(0.5 * z_log_var) * e
encoder = keras.Model([x, e], [z_mean, z_log_var, z])
code = keras.Input(shape=(LATENT,))
decoder = keras.Model(code, layers.Dense(SIZE, activation="sigmoid")(layers.Dense(8, activation="relu")(code)))
draw_weights(encoder)
draw_weights(decoder)
numbers["graph"] = np.mean(decoder(encoder([images, noise])[2]), axis=0)

# Two towers: users and things as vectors, whose product says how well they fit.
user, thing = keras.Input(shape=(1,), name="user"), keras.Input(shape=(1,), name="thing")
towers = [layers.Dense(3, activation="tanh")(layers.Flatten()(layers.Embedding(9, 4)(ids))) for ids in (user, thing)]
score = ops.sigmoid(ops.sum(towers[0] * towers[1], axis=-1, keepdims=True))
two_towers = keras.Model({"user": user, "thing": thing}, score)
draw_weights(two_towers)
ids = {"user": rng.integers(9, size=(32, 1)), "thing": rng.integers(9, size=(32, 1))}
likes = ((ids["user"] + ids["thing"]) % 2).astype("float32")
two_towers.compile(optimizer=keras.optimizers.SGD(1.0), loss="binary_crossentropy", metrics=["accuracy"])
numbers["two towers"] = two_towers.fit(ids, likes, batch_size=8, epochs=3, shuffle=False, verbose=0).history["loss"]

# Operations alone, and numbers drawn by a seed.
a = ops.convert_to_tensor([[1.0, 2.0], [3.0, 4.0]])
numbers["ops"] = {
    "matmul": ops.matmul(a, ops.transpose(a)), "softmax": ops.softmax(a), "logsumexp": ops.logsumexp(a, axis=1),
    "stack": ops.stack([a, 2 * a], axis=1), "concatenate": ops.concatenate([a, a], axis=-1), "where": ops.where(a > 2, a, 0.0),
    "one hot": ops.one_hot([0, 2], 3), "argmax": ops.argmax(a, axis=1), "cast": ops.cast([1, 2], "float32"),
    "clip": ops.clip(a, 1.5, 3.5), "einsum": ops.einsum("ij,jk->ik", a, a), "arange": ops.arange(3), "shape": ops.shape(a),
    "relu": ops.relu(a - 2.5), "expand": ops.expand_dims(a, 0), "reshape": ops.reshape(a, (4,)), "std": ops.std(a, axis=0),
    "take": ops.take(a, [1, 0], axis=0), "repeat": ops.repeat(a, 2, axis=0), "log": ops.log1p(a), "erf": ops.erf(a),
}  # fmt: skip
seed = keras.random.SeedGenerator(3)
first, second = keras.random.normal((400,), seed=seed), keras.random.normal((400,), seed=seed)
assert not np.array_equal(first, second) and abs(float(ops.mean(first))) < 0.2
assert keras.random.uniform((3, 2), minval=1.0, maxval=2.0, seed=4).shape == (3, 2)
