"""Models written down as graphs of layers: shared layers, several inputs and outputs, models inside models."""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

rng = np.random.default_rng(2)


def draw_weights(model):
    """The same weights wherever the program runs."""
    model.set_weights([0.4 * rng.standard_normal(w.shape) for w in model.get_weights()])


numbers = {}

# Input, layers called on it, outputs.
inputs = keras.Input(shape=(10,))
assert tuple(inputs.shape) == (None, 10) and inputs.dtype == "float32"
hidden = layers.Dense(8, activation="relu")
x = hidden(inputs)
x = layers.Dense(8, activation="relu")(x)
outputs = layers.Dense(3)(x)
model = keras.Model(inputs=inputs, outputs=outputs, name="digits")
lines = []
model.summary(print_fn=lambda line, **options: lines.append(line))
assert "digits" in lines[0] and model.count_params() == 88 + 72 + 27
draw_weights(model)

# It trains like any other.
labels = rng.integers(0, 3, 40)
data = (np.eye(10)[labels] + 0.3 * rng.standard_normal((40, 10))).astype("float32")
model.compile(
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    optimizer=keras.optimizers.SGD(0.1),
    metrics=["accuracy"],
)
history = model.fit(data, labels, batch_size=8, epochs=2, validation_split=0.2, shuffle=False, verbose=0)
numbers["digits"] = history.history
numbers["evaluated"] = model.evaluate(data, labels, verbose=0)

# Two models on one graph, and a model called like a layer.
image = keras.Input(shape=(12, 12, 1), name="image")
x = layers.Conv2D(4, 3, activation="relu")(image)
x = layers.MaxPooling2D(2)(x)
x = layers.Conv2D(6, 3, activation="relu")(x)
code = layers.GlobalMaxPooling2D()(x)
encoder = keras.Model(image, code, name="encoder")
coded = keras.Input(shape=(6,), name="code")
x = layers.Reshape((1, 2, 3))(coded)
x = layers.Conv2DTranspose(4, 3, activation="relu")(x)
x = layers.UpSampling2D(3)(x)
x = layers.Conv2DTranspose(1, (4, 1), activation="relu")(x)
decoder = keras.Model(coded, x, name="decoder")
autoencoder = keras.Model(image, decoder(encoder(image)), name="autoencoder")
assert tuple(decoder.output_shape) == (None, 12, 12, 1) == tuple(autoencoder.output_shape)
assert len(autoencoder.weights) == len(encoder.weights) + len(decoder.weights)
draw_weights(autoencoder)
images = rng.random((2, 12, 12, 1)).astype("float32")
numbers["code"] = encoder(images)
numbers["decoded"] = np.mean(autoencoder(images), axis=(1, 2))


# The mean of several models.
def one_of_them():
    inputs = keras.Input(shape=(4,))
    return keras.Model(inputs, layers.Dense(1)(inputs))


first, second, third = one_of_them(), one_of_them(), one_of_them()
inputs = keras.Input(shape=(4,))
ensemble = keras.Model(inputs, layers.average([first(inputs), second(inputs), third(inputs)]))
draw_weights(ensemble)
numbers["ensemble"] = ensemble(rng.standard_normal((3, 4)).astype("float32"))

# Tickets: a title, a text and tags in; how urgent, and for whom, out. Targets and losses go by name.
WORDS, TAGS, DEPARTMENTS = 30, 5, 3
title = keras.Input(shape=(None,), name="title")
text = keras.Input(shape=(None,), name="text")
tags = keras.Input(shape=(TAGS,), name="tags")
title_features = layers.LSTM(6)(layers.Embedding(WORDS, 4)(title))
text_features = layers.LSTM(5)(layers.Embedding(WORDS, 4)(text))
x = layers.concatenate([title_features, text_features, tags])
priority = layers.Dense(1, name="priority")(x)
department = layers.Dense(DEPARTMENTS, name="department")(x)
tickets = keras.Model(inputs=[title, text, tags], outputs={"priority": priority, "department": department})
draw_weights(tickets)
tickets.compile(
    optimizer=keras.optimizers.SGD(0.1),
    loss={
        "priority": keras.losses.BinaryCrossentropy(from_logits=True),
        "department": keras.losses.CategoricalCrossentropy(from_logits=True),
    },
    loss_weights={"priority": 1.0, "department": 0.2},
)
titles, texts = rng.integers(WORDS, size=(16, 5)), rng.integers(WORDS, size=(16, 9))
chosen = rng.integers(2, size=(16, TAGS)).astype("float32")
urgent = rng.integers(2, size=(16, 1))
whom = np.eye(DEPARTMENTS)[rng.integers(DEPARTMENTS, size=16)]
history = tickets.fit(
    {"title": titles, "text": texts, "tags": chosen},
    {"priority": urgent, "department": whom},
    epochs=2,
    batch_size=8,
    shuffle=False,
    verbose=0,
)
numbers["tickets"] = history.history
found = tickets.predict({"title": titles[:2], "text": texts[:2], "tags": chosen[:2]}, verbose=0)
numbers["ticket"] = {name: found[name] for name in sorted(found)}

# Residual connections: the graph need not be a chain.
inputs = keras.Input(shape=(16, 16, 3), name="img")
x = layers.Conv2D(4, 3, activation="relu")(inputs)
block_1 = layers.MaxPooling2D(3)(x)
x = layers.Conv2D(4, 3, activation="relu", padding="same")(block_1)
x = layers.Conv2D(4, 3, activation="relu", padding="same")(x)
block_2 = layers.add([x, block_1])
x = layers.Conv2D(4, 3, activation="relu", padding="same")(block_2)
x = layers.add([x, block_2])
x = layers.Conv2D(4, 3, activation="relu")(x)
x = layers.GlobalAveragePooling2D()(x)
x = layers.Dense(8, activation="relu")(x)
x = layers.Dropout(0.0)(x)
resnet = keras.Model(inputs, layers.Dense(3)(x), name="toy_resnet")
draw_weights(resnet)
pictures, classes = rng.random((8, 16, 16, 3)).astype("float32"), np.eye(3)[rng.integers(3, size=8)]
resnet.compile(
    optimizer=keras.optimizers.SGD(0.05), loss=keras.losses.CategoricalCrossentropy(from_logits=True), metrics=["acc"]
)
numbers["resnet"] = resnet.fit(pictures, classes, batch_size=4, epochs=2, shuffle=False, verbose=0).history

# One layer for two inputs: its weights are shared.
shared = layers.Embedding(20, 3)
query, answer = keras.Input(shape=(None,), dtype="int32"), keras.Input(shape=(None,), dtype="int32")
pooled = [layers.GlobalAveragePooling1D()(shared(words)) for words in (query, answer)]
towers = keras.Model([query, answer], layers.Dot(axes=1, normalize=True)(pooled))
assert len(towers.weights) == 1
draw_weights(towers)
numbers["towers"] = towers([np.array([[1, 2, 3]]), np.array([[3, 4]])])

# What comes out of each layer.
features = keras.Model(resnet.input, [layer.output for layer in resnet.layers if layer.weights])
numbers["features"] = [np.mean(f) for f in features(pictures)]


# A layer of one's own in the graph.
class CustomDense(layers.Layer):
    def __init__(self, units=4):
        super().__init__()
        self.units = units

    def build(self, input_shape):
        self.w = self.add_weight(shape=(input_shape[-1], self.units), initializer="random_normal", trainable=True)
        self.b = self.add_weight(shape=(self.units,), initializer="random_normal", trainable=True)

    def call(self, inputs):
        return tf.matmul(inputs, self.w) + self.b


inputs = keras.Input((4,))
own = keras.Model(inputs, CustomDense(10)(inputs))
draw_weights(own)
numbers["own"] = own(np.ones((1, 4), "float32"))


# A graph inside a subclass, and a subclass inside a graph.
class Steps(layers.Layer):
    """A recurrent layer written by hand, with a classifier that is written down."""

    def __init__(self):
        super().__init__()
        self.project_in, self.project_state = layers.Dense(5, activation="tanh"), layers.Dense(5, activation="tanh")
        features = keras.Input((None, 5))
        self.classifier = keras.Model(features, layers.Dense(1)(layers.GlobalAveragePooling1D()(features)))

    def call(self, inputs):
        outputs, state = [], tf.zeros((inputs.shape[0], 5))
        for t in range(inputs.shape[1]):
            state = self.project_in(inputs[:, t, :]) + self.project_state(state)
            outputs.append(state)
        return self.classifier(tf.stack(outputs, axis=1))


inputs = keras.Input(batch_shape=(2, 6, 3))
inside = keras.Model(inputs, Steps()(layers.Conv1D(3, 2)(inputs)))
assert inside(np.zeros((2, 6, 3), "float32")).shape == (2, 1) and len(inside.trainable_weights) == 8
