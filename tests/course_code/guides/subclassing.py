"""Layers and models of one's own: weights, layers inside layers, losses on the way, training and masks as arguments."""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

rng = np.random.default_rng(1)


def draw_weights(model):
    """The same weights wherever the program runs."""
    model.set_weights([0.4 * rng.standard_normal(w.shape) for w in model.get_weights()])


numbers = {}


class Affine(layers.Layer):
    """x w + b, with weights made where the size of the input is given."""

    def __init__(self, units=3, input_dim=4):
        super().__init__()
        self.w = self.add_weight(shape=(input_dim, units), initializer="random_normal", trainable=True)
        self.b = self.add_weight(shape=(units,), initializer="zeros", trainable=True)

    def call(self, inputs):
        return tf.matmul(inputs, self.w) + self.b


affine = Affine(3, 2)
assert affine(tf.ones((2, 2))).shape == (2, 3)
assert len(affine.weights) == 2 and affine.weights[0] is affine.w and affine.weights[1] is affine.b
affine.set_weights([np.arange(6.0).reshape(2, 3), np.ones(3)])
numbers["affine"] = affine(tf.constant([[1.0, -1.0]]))


class RunningSum(layers.Layer):
    """The sum of all rows that it has seen: a weight that training leaves alone."""

    def __init__(self, size):
        super().__init__()
        self.total = self.add_weight(shape=(size,), initializer="zeros", trainable=False)

    def call(self, inputs):
        self.total.assign_add(tf.reduce_sum(inputs, axis=0))
        return self.total


counter = RunningSum(2)
assert counter(tf.ones((3, 2))).numpy().tolist() == [3.0, 3.0]
assert counter(tf.ones((3, 2))).numpy().tolist() == [6.0, 6.0]
assert len(counter.non_trainable_weights) == 1 and counter.trainable_weights == []


class Linear(layers.Layer):
    """x w + b, with weights made when the shape of the input is known. It can be written down and made again."""

    def __init__(self, units=4, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.w = self.add_weight(name="w", shape=(input_shape[-1], self.units), initializer="glorot_uniform")
        self.b = self.add_weight(name="b", shape=(self.units,), initializer="zeros")

    def call(self, inputs):
        return tf.matmul(inputs, self.w) + self.b

    def get_config(self):
        config = super().get_config()
        config.update({"units": self.units})
        return config


again = Linear.from_config(Linear(7, name="seven").get_config())
assert again.units == 7 and again.name == "seven" and again(tf.ones((1, 2))).shape == (1, 7)


class Block(layers.Layer):
    """Layers inside a layer: their weights are its own."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.last = Linear(5), Linear(5), Linear(1)

    def call(self, inputs):
        x = tf.nn.relu(self.first(inputs))
        x = tf.nn.relu(self.second(x))
        return self.last(x)


block = Block()
block(tf.ones((2, 3)))
assert len(block.weights) == 6 == len(block.trainable_weights)
draw_weights(block)
numbers["block"] = block(tf.constant([[1.0, 2.0, -1.0], [0.5, 0.0, 1.0]]))


class Watched(layers.Layer):
    """It hands its input on, and adds a share of its size to the loss."""

    def __init__(self, rate=1e-2):
        super().__init__()
        self.rate = rate

    def call(self, inputs):
        self.add_loss(self.rate * tf.reduce_mean(tf.square(inputs)))
        return inputs


class Outer(layers.Layer):
    def __init__(self):
        super().__init__()
        self.watched = Watched(0.5)
        self.dense = layers.Dense(2, kernel_regularizer=keras.regularizers.L2(0.1), kernel_initializer="ones")

    def call(self, inputs):
        return self.dense(self.watched(inputs))


outer = Outer()
assert len(outer.losses) == 0
outer(tf.zeros((1, 1)))
assert len(outer.losses) == 2
outer(tf.constant([[2.0]]))  # what was added before is gone
numbers["losses on the way"] = sorted(float(loss) for loss in outer.losses)

# Such losses take part in fit, beside the compiled one or alone.
def watched():
    inputs = keras.Input(shape=(3,))
    model = keras.Model(inputs, Watched(0.3)(layers.Dense(2)(inputs)))
    draw_weights(model)
    return model


model = watched()
x, y = rng.standard_normal((12, 3)).astype("float32"), rng.standard_normal((12, 2)).astype("float32")
model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse")
numbers["beside"] = model.fit(x, y, batch_size=4, epochs=2, shuffle=False, verbose=0).history["loss"]
model = watched()
model.compile(optimizer=keras.optimizers.SGD(0.1))
numbers["alone"] = model.fit(x, y, batch_size=4, epochs=2, shuffle=False, verbose=0).history["loss"]


class Doubled(layers.Layer):
    """Another function in training than in use."""

    def call(self, inputs, training=False):
        return 2.0 * inputs if training else inputs


class Weighted(layers.Layer):
    """The mean of the steps that a mask says are there. The mask ends here: its output has no steps."""

    supports_masking = True

    def compute_mask(self, inputs, mask=None):
        return None

    def call(self, inputs, mask=None):
        if mask is None:
            return tf.reduce_mean(inputs, axis=1)
        there = tf.cast(mask, tf.float32)[:, :, None]
        return tf.reduce_sum(inputs * there, axis=1) / tf.reduce_sum(there, axis=1)


class Switch(keras.Model):
    """The argument of the model reaches the layer inside."""

    def __init__(self):
        super().__init__()
        self.doubled = Doubled()

    def call(self, inputs, training=False):
        return self.doubled(inputs, training=training)


one = tf.ones((1, 1))
assert float(Switch()(one)[0, 0]) == 1.0 and float(Switch()(one, training=True)[0, 0]) == 2.0
words = tf.constant([[3, 1, 0], [2, 0, 0]])
embedding = layers.Embedding(4, 2, mask_zero=True)
embedding.build((None, 3))
embedding.set_weights([np.arange(8.0).reshape(4, 2)])
numbers["mean of words"] = Weighted()(embedding(words))
numbers["mean of all"] = Weighted()(embedding(words), mask=tf.constant([[True] * 3] * 2))


class Residual(keras.Model):
    """A model: layers that can be trained together."""

    def __init__(self, blocks=2, classes=3):
        super().__init__()
        self.enter = layers.Dense(6, activation="relu")
        self.blocks = [layers.Dense(6, activation="tanh") for _ in range(blocks)]
        self.leave = layers.Dense(classes)

    def call(self, inputs):
        x = self.enter(inputs)
        for block in self.blocks:
            x = x + block(x)
        return self.leave(x)


model = Residual()
labels = rng.integers(0, 3, 24)
x = (np.eye(3)[labels] + 0.3 * rng.standard_normal((24, 3))).astype("float32")
model(x)
draw_weights(model)
assert len(model.layers) == 4
model.compile(
    optimizer=keras.optimizers.SGD(0.2),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
numbers["residual"] = model.fit(x, labels, batch_size=8, epochs=4, shuffle=False, verbose=0).history
