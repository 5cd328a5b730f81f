"""Weights and whole models written to files and read back; layers made anew from their settings.

Keras has its own formats, whose endings the files must have; those of nn are numpy's and safetensors'.
"""

import os
import tempfile

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

OURS = not hasattr(keras, "version")
WEIGHTS = ".npz" if OURS else ".weights.h5"
rng = np.random.default_rng(10)
x, y = rng.random((24, 5)).astype("float32"), rng.random((24, 1)).astype("float32")
numbers = {}


def get_model():
    inputs = keras.Input(shape=(5,), name="digits")
    h = layers.Dense(6, activation="relu", name="dense_1")(inputs)
    model = keras.Model(inputs=inputs, outputs=layers.Dense(1, name="predictions")(h), name="mlp")
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
    return model


def same(first, second):
    return all(np.array_equal(a, b) for a, b in zip(first.get_weights(), second.get_weights(), strict=True))


# Weights in memory: from layer to layer, and from model to model.
first, second = layers.Dense(6, name="a"), layers.Dense(6, name="b")
first(x), second(x)
assert not same(first, second)
second.set_weights(first.get_weights())
assert same(first, second)
model, other = get_model(), get_model()
model.set_weights([0.4 * rng.standard_normal(w.shape) for w in model.get_weights()])
other.set_weights(model.get_weights())
assert np.array_equal(model(x), other(x))
numbers["loss"] = model.fit(x, y, batch_size=8, epochs=2, shuffle=False, verbose=0).history["loss"]

with tempfile.TemporaryDirectory() as folder:
    # Weights in a file.
    path = os.path.join(folder, "ckpt" + WEIGHTS)
    model.save_weights(path)
    fresh = get_model()
    assert not same(model, fresh)
    fresh.load_weights(path)
    assert same(model, fresh)
    try:
        keras.Sequential([keras.Input((5,)), layers.Dense(3)]).load_weights(path)
    except ValueError:
        pass
    else:
        raise AssertionError("weights of another model were read")

    # The whole model: its optimizer too, so that training goes on as if it had not stopped.
    if OURS:
        model.save(os.path.join(folder, "model.npz"))
        again = get_model()
        again.load(os.path.join(folder, "model.npz"))
    else:
        model.save(os.path.join(folder, "model.keras"))
        again = keras.models.load_model(os.path.join(folder, "model.keras"))
    assert same(model, again)
    ways = dict(batch_size=8, epochs=2, shuffle=False, verbose=0)
    went_on = model.fit(x, y, **ways).history["loss"]
    assert np.allclose(again.fit(x, y, **ways).history["loss"], went_on, rtol=1e-6)
    numbers["went on"] = went_on

    # The best of each epoch, by a callback.
    best = os.path.join(folder, "best" + WEIGHTS)
    keep = keras.callbacks.ModelCheckpoint(best, monitor="loss", save_best_only=True, save_weights_only=True)
    model.fit(x, y, callbacks=[keep], **ways)
    fresh.load_weights(best)
    assert os.path.exists(best) and same(fresh, model)


# A layer from its settings, without its weights.
class Scaled(layers.Layer):
    def __init__(self, factor, units, **kwargs):
        super().__init__(**kwargs)
        self.factor, self.dense = factor, layers.Dense(units)

    def call(self, inputs):
        return self.factor * self.dense(inputs)

    def get_config(self):
        return {**super().get_config(), "factor": self.factor, "units": self.dense.units}


again = Scaled.from_config(Scaled(2.0, 3, name="scaled").get_config())
assert again.factor == 2.0 and again.name == "scaled" and again(tf.ones((1, 2))).shape == (1, 3)
config = layers.Dense(3, activation="relu", name="three").get_config()
assert (config["units"], config["name"], config["trainable"]) == (3, "three", True)
assert layers.Dense.from_config(config)(tf.ones((1, 2))).shape == (1, 3)
