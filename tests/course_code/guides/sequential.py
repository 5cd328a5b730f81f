"""A stack of layers: how it is made, when it is built, what it tells, and how parts of it are used again."""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

rng = np.random.default_rng(0)


def draw_weights(model):
    """The same weights wherever the program runs."""
    model.set_weights([0.4 * rng.standard_normal(w.shape) for w in model.get_weights()])


numbers = {}

# Three layers in a list, and the same three called one after another.
stack = keras.Sequential(
    [
        layers.Dense(5, activation="relu", name="wide"),
        layers.Dense(4, activation="tanh", name="bent"),
        layers.Dense(2, name="scores"),
    ]
)
x = tf.constant(rng.standard_normal((3, 6)), dtype=tf.float32)
assert stack(x).shape == (3, 2)
draw_weights(stack)
wide, bent, scores = stack.layers
by_hand = scores(bent(wide(x)))
assert np.array_equal(stack(x), by_hand)
numbers["stack"] = by_hand
assert [layer.name for layer in stack.layers] == ["wide", "bent", "scores"]
assert stack.get_layer("bent") is bent and stack.get_layer(index=0) is wide

# Layers come and go at the end.
grown = keras.Sequential(name="grown")
for units in (4, 3, 2):
    grown.add(layers.Dense(units))
grown.pop()
assert len(grown.layers) == 2 and grown.name == "grown"

# A layer has no weights before it has seen the shape of its input.
late = layers.Dense(3)
assert late.weights == []
late(tf.ones((1, 4)))
assert [tuple(w.shape) for w in late.weights] == [(4, 3), (3,)]

# So does a stack; an Input in front of it builds it at once, and is no layer.
early = keras.Sequential([keras.Input(shape=(4,)), layers.Dense(2, activation="relu"), layers.Dense(1)])
assert len(early.layers) == 2 and len(early.weights) == 4 and early.count_params() == 13
assert tuple(early.output_shape) == (None, 1) and tuple(early.input_shape) == (None, 4)
late_stack = keras.Sequential([layers.Dense(2)])
late_stack.build((None, 7))
assert late_stack.built and late_stack.count_params() == 16

# While a network of images grows, its summary says which shapes have come out so far.
vision = keras.Sequential([keras.Input(shape=(30, 30, 3)), layers.Conv2D(4, 5, strides=2, activation="relu")])
vision.add(layers.Conv2D(4, 3, activation="relu"))
vision.add(layers.MaxPooling2D(3))
lines = []
vision.summary(print_fn=lambda line, **options: lines.append(line))
assert "(None, 3, 3, 4)" in "\n".join(lines)
numbers["size of vision"] = vision.count_params()
vision.add(layers.GlobalMaxPooling2D())
vision.add(layers.Dense(10))
assert tuple(vision.output_shape) == (None, 10)

# What comes out between the layers: a second model on the same layers.
draw_weights(vision)
images = rng.random((2, 30, 30, 3)).astype("float32")
extractor = keras.Model(inputs=vision.inputs, outputs=[layer.output for layer in vision.layers])
features = extractor(images)
assert [tuple(f.shape) for f in features] == [(2, 13, 13, 4), (2, 11, 11, 4), (2, 3, 3, 4), (2, 4), (2, 10)]
numbers["features"] = [np.mean(f) for f in features]
one = keras.Model(inputs=vision.inputs, outputs=vision.get_layer(index=3).output)
numbers["one feature"] = one.predict(images, verbose=0)

# A part that was trained before stays as it is while a new end learns.
base = keras.Sequential([keras.Input(shape=(6,)), layers.Dense(5, activation="tanh"), layers.Dense(4, activation="tanh")])
base.trainable = False
tuned = keras.Sequential([base, layers.Dense(1)])
tuned.build((None, 6))
draw_weights(tuned)
kept = base.get_weights()
assert len(tuned.trainable_weights) == 2 and len(tuned.non_trainable_weights) == 4
tuned.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse")
x, y = rng.standard_normal((20, 6)).astype("float32"), rng.standard_normal((20, 1)).astype("float32")
history = tuned.fit(x, y, batch_size=5, epochs=3, shuffle=False, verbose=0)
assert all(np.array_equal(a, b) for a, b in zip(kept, base.get_weights()))
numbers["new end"] = history.history["loss"]

# Or all layers but the last, one by one.
for layer in stack.layers[:-1]:
    layer.trainable = False
assert [w.shape[-1] for w in stack.trainable_weights] == [2, 2]
