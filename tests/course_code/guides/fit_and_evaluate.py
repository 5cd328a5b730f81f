"""compile, fit, evaluate and predict: losses and metrics of one's own, weights, validation, data sets, several outputs."""

import warnings

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

rng = np.random.default_rng(3)
numbers = {}


def draw_weights(model, seed=3):
    """The same weights wherever the program runs."""
    rng = np.random.default_rng(seed)
    model.set_weights([0.4 * rng.standard_normal(w.shape) for w in model.get_weights()])


labels = rng.integers(0, 4, 60)
x = (np.eye(8)[2 * labels] + 0.4 * rng.standard_normal((60, 8))).astype("float32")
x_train, y_train, x_val, y_val = x[:40], labels[:40], x[40:], labels[40:]
one_hot = keras.utils.to_categorical(y_train, 4)


def uncompiled(**ways):
    inputs = keras.Input(shape=(8,), name="digits")
    h = layers.Dense(7, activation="relu", name="dense_1", **ways)(inputs)
    model = keras.Model(inputs=inputs, outputs=layers.Dense(4, activation="softmax", name="predictions")(h))
    draw_weights(model)
    return model


def compiled(**ways):
    model = uncompiled()
    settings = dict(
        optimizer=keras.optimizers.SGD(0.1), loss="sparse_categorical_crossentropy", metrics=["sparse_categorical_accuracy"]
    )
    model.compile(**{**settings, **ways})
    return model


def trained(model, *data, **ways):
    settings = dict(batch_size=8, epochs=2, shuffle=False, verbose=0)
    return model.fit(*(data or (x_train, y_train)), **{**settings, **ways}).history


# The whole of it: train, validate, evaluate, predict.
model = compiled(
    loss=keras.losses.SparseCategoricalCrossentropy(), metrics=[keras.metrics.SparseCategoricalAccuracy()]
)
numbers["plain"] = trained(model, validation_data=(x_val, y_val))
numbers["evaluated"] = model.evaluate(x_val, y_val, batch_size=16, verbose=0)
numbers["as a dict"] = model.evaluate(x_val, y_val, verbose=0, return_dict=True)
numbers["predicted"] = model.predict(x_val[:3], verbose=0)
numbers["one batch"] = model.train_on_batch(x_train[:8], y_train[:8])
numbers["one batch seen"] = model.test_on_batch(x_val[:8], y_val[:8])
numbers["one batch predicted"] = model.predict_on_batch(x_val[:2])
numbers["RMSprop"] = trained(compiled(optimizer=keras.optimizers.RMSprop(learning_rate=1e-2)))
numbers["by name"] = trained(compiled(optimizer="adam"))


# Losses of one's own: a function, and a class with arguments.
def quarter_of_squares(y_true, y_pred):
    return tf.reduce_mean(tf.square(y_true - y_pred), axis=-1) / 4.0


numbers["own loss"] = trained(compiled(loss=quarter_of_squares, metrics=None), x_train, one_hot)


class Confident(keras.losses.Loss):
    def __init__(self, factor=0.1, name="confident"):
        super().__init__(name=name)
        self.factor = factor

    def call(self, y_true, y_pred):
        squares = tf.reduce_mean(tf.square(y_true - y_pred), axis=-1)
        return squares + self.factor * tf.reduce_mean(tf.square(0.5 - y_pred), axis=-1)


numbers["own class"] = trained(compiled(loss=Confident(0.3), metrics=None), x_train, one_hot)


# A metric of one's own: it gathers, says, and forgets.
class Hits(keras.metrics.Metric):
    def __init__(self, name="hits", **kwargs):
        super().__init__(name=name, **kwargs)
        self.hits = self.add_weight(name="hits", shape=(), initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        same = tf.equal(tf.reshape(tf.argmax(y_pred, axis=1), (-1,)), tf.cast(tf.reshape(y_true, (-1,)), "int64"))
        values = tf.cast(same, "float32")
        if sample_weight is not None:
            values = values * tf.cast(sample_weight, "float32")
        self.hits.assign_add(tf.reduce_sum(values))

    def result(self):
        return self.hits

    def reset_state(self):
        self.hits.assign(0.0)


numbers["own metric"] = trained(compiled(metrics=[Hits()]), epochs=3)


# A loss that a layer adds, and a regularizer.
class Activity(layers.Layer):
    def call(self, inputs):
        self.add_loss(tf.reduce_mean(inputs) * 0.1)
        return inputs


inputs = keras.Input(shape=(8,))
h = Activity()(layers.Dense(7, activation="relu", kernel_regularizer="l2")(inputs))
model = keras.Model(inputs, layers.Dense(4)(h))
draw_weights(model)
model.compile(optimizer=keras.optimizers.SGD(0.1), loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
numbers["added loss"] = trained(model)


# An end of the network that computes its loss itself: targets are an input.
class LogisticEndpoint(layers.Layer):
    def __init__(self, name=None):
        super().__init__(name=name)
        self.loss_fn = keras.losses.BinaryCrossentropy(from_logits=True)

    def call(self, targets, logits, sample_weights=None):
        self.add_loss(self.loss_fn(targets, logits, sample_weights))
        return tf.nn.softmax(logits)


inputs, targets = keras.Input(shape=(3,), name="inputs"), keras.Input(shape=(10,), name="targets")
predictions = LogisticEndpoint(name="predictions")(targets, layers.Dense(10)(inputs))
endpoint = keras.Model(inputs=[inputs, targets], outputs=predictions)
draw_weights(endpoint)
endpoint.compile(optimizer=keras.optimizers.SGD(0.1))
data = {"inputs": rng.random((6, 3)).astype("float32"), "targets": rng.integers(2, size=(6, 10)).astype("float32")}
with tf.GradientTape() as tape:
    endpoint(data)
    loss = sum(endpoint.losses)
numbers["endpoint"] = [loss, tape.gradient(loss, endpoint.trainable_weights)[0]]

# A part of the examples set aside; data sets; so many batches of them.
numbers["split"] = trained(compiled(), validation_split=0.2)
train = tf.data.Dataset.from_tensor_slices((x_train, y_train)).batch(8)
held = tf.data.Dataset.from_tensor_slices((x_val, y_val)).batch(8)
numbers["data set"] = trained(compiled(), train, batch_size=None, validation_data=held)
numbers["steps"] = trained(
    compiled(), train.repeat(), batch_size=None, steps_per_epoch=3, validation_data=held, validation_steps=1
)
model = compiled()
trained(model)
numbers["evaluated data set"] = dict(zip(["loss", "accuracy"], model.evaluate(held, verbose=0)))
numbers["predicted data set"] = np.mean(model.predict(held, verbose=0), axis=0)


class Sequence(keras.utils.PyDataset):
    """Batches by their number."""

    def __init__(self, x, y, size, **kwargs):
        super().__init__(**kwargs)
        self.x, self.y, self.size = x, y, size

    def __len__(self):
        return len(self.x) // self.size

    def __getitem__(self, k):
        rows = slice(k * self.size, (k + 1) * self.size)
        return self.x[rows], self.y[rows]


numbers["by number"] = trained(compiled(), Sequence(x_train, y_train, 8), batch_size=None)

# Weights of classes and of examples.
numbers["class weights"] = trained(compiled(), class_weight={0: 1.0, 1: 1.0, 2: 2.0, 3: 0.5})
weights = np.where(y_train == 2, 2.0, 1.0)
numbers["sample weights"] = trained(compiled(), sample_weight=weights)
weighted = tf.data.Dataset.from_tensor_slices((x_train, y_train, weights)).batch(8)
numbers["weighted data set"] = trained(compiled(), weighted, batch_size=None)
numbers["weighted metrics"] = trained(compiled(metrics=None, weighted_metrics=["accuracy"]), sample_weight=weights)

# Two inputs and two outputs.
rows, steps = rng.random((24, 6, 6, 3)).astype("float32"), rng.random((24, 5, 4)).astype("float32")
scores = rng.random((24, 1)).astype("float32")
kinds = keras.utils.to_categorical(rng.integers(0, 5, 24), 5)


def two_of_each():
    image, series = keras.Input(shape=(6, 6, 3), name="img"), keras.Input(shape=(None, 4), name="ts")
    x1 = layers.GlobalMaxPooling2D()(layers.Conv2D(3, 3)(image))
    x2 = layers.GlobalMaxPooling1D()(layers.Conv1D(3, 3)(series))
    x = layers.concatenate([x1, x2])
    score, kind = layers.Dense(1, name="score")(x), layers.Dense(5, name="kind")(x)
    model = keras.Model(inputs=[image, series], outputs=[score, kind])
    draw_weights(model)
    return model


SOFTMAX = keras.losses.CategoricalCrossentropy(from_logits=True)
WAYS = {
    "lists": dict(loss=[keras.losses.MeanSquaredError(), SOFTMAX]),
    "metrics in lists": dict(
        loss=[keras.losses.MeanSquaredError(), SOFTMAX],
        metrics=[
            [keras.metrics.MeanAbsolutePercentageError(), keras.metrics.MeanAbsoluteError()],
            [keras.metrics.CategoricalAccuracy()],
        ],
    ),
    "names": dict(
        loss={"score": keras.losses.MeanSquaredError(), "kind": SOFTMAX},
        metrics={"score": ["mae"], "kind": [keras.metrics.CategoricalAccuracy()]},
        loss_weights={"score": 2.0, "kind": 1.0},
    ),
    "one without a loss": dict(loss=[None, SOFTMAX]),
}
for what, ways in WAYS.items():
    model = two_of_each()
    model.compile(optimizer=keras.optimizers.SGD(0.05), **ways)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Gradients do not exist")  # an output without a loss is not trained
        numbers[what] = trained(model, [rows, steps], [scores, kinds])
by_name = two_of_each()
by_name.compile(optimizer=keras.optimizers.SGD(0.05), **WAYS["names"])
numbers["data by name"] = trained(by_name, {"img": rows, "ts": steps}, {"score": scores, "kind": kinds})
batches = tf.data.Dataset.from_tensor_slices(({"img": rows, "ts": steps}, {"score": scores, "kind": kinds})).batch(8)
numbers["data set by name"] = trained(by_name, batches, batch_size=None)
numbers["evaluated by name"] = by_name.evaluate([rows, steps], [scores, kinds], verbose=0, return_dict=True)

# Callbacks, and learning rates that change.
stop = keras.callbacks.EarlyStopping(monitor="val_loss", min_delta=1e-2, patience=2, verbose=0)
numbers["early"] = trained(compiled(), epochs=40, validation_split=0.2, callbacks=[stop])["val_loss"][-1]
numbers["stopped"] = stop.stopped_epoch


class Losses(keras.callbacks.Callback):
    def on_train_begin(self, logs):
        self.each = []

    def on_train_batch_end(self, batch, logs):
        self.each.append(logs.get("loss"))


losses = Losses()
trained(compiled(), callbacks=[losses], epochs=1)
numbers["each batch"] = losses.each
decay = keras.optimizers.schedules.ExponentialDecay(0.1, decay_steps=4, decay_rate=0.5, staircase=True)
numbers["decay"] = trained(compiled(optimizer=keras.optimizers.SGD(learning_rate=decay)))
plateau = keras.callbacks.ReduceLROnPlateau(monitor="loss", factor=0.5, patience=1, min_delta=0.5)
numbers["plateau"] = trained(compiled(), epochs=5, callbacks=[plateau])["learning_rate"]
