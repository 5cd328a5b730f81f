"""Callbacks of one's own: what is called when, what they are told, and what they may change."""

import numpy as np
import tensorflow as tf
from tensorflow import keras

rng = np.random.default_rng(4)
x = rng.standard_normal((40, 6)).astype("float32")
y = (x @ np.array([1.0, -2.0, 0.5, 0.0, 1.0, 0.3], "float32"))[:, None] + 0.5
x_test, y_test = x[32:], y[32:]
numbers = {}


def get_model(rate=0.05):
    model = keras.Sequential([keras.Input(shape=(6,)), keras.layers.Dense(1)])
    model.set_weights([np.linspace(-0.5, 0.5, 6)[:, None], np.zeros(1)])
    model.compile(optimizer=keras.optimizers.SGD(rate), loss="mean_squared_error", metrics=["mean_absolute_error"])
    return model


# Every hook there is, in the order in which they are called.
class Order(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.calls = []

    def note(self, hook, *args):
        self.calls.append((hook, *args))

    def on_train_begin(self, logs=None):
        self.note("train begins", sorted(logs or {}))

    def on_train_end(self, logs=None):
        self.note("train ends", sorted(logs))

    def on_epoch_begin(self, epoch, logs=None):
        self.note("epoch begins", epoch, sorted(logs or {}))

    def on_epoch_end(self, epoch, logs=None):
        self.note("epoch ends", epoch, sorted(logs))

    def on_test_begin(self, logs=None):
        self.note("test begins", sorted(logs or {}))

    def on_test_end(self, logs=None):
        self.note("test ends", sorted(logs))

    def on_predict_begin(self, logs=None):
        self.note("predict begins", sorted(logs or {}))

    def on_predict_end(self, logs=None):
        self.note("predict ends")

    def on_train_batch_begin(self, batch, logs=None):
        self.note("batch begins", batch, sorted(logs or {}))

    def on_train_batch_end(self, batch, logs=None):
        self.note("batch ends", batch, sorted(logs))

    def on_test_batch_begin(self, batch, logs=None):
        self.note("test batch begins", batch)

    def on_test_batch_end(self, batch, logs=None):
        self.note("test batch ends", batch, sorted(logs))

    def on_predict_batch_begin(self, batch, logs=None):
        self.note("predict batch begins", batch)

    def on_predict_batch_end(self, batch, logs=None):
        self.note("predict batch ends", batch, sorted(logs))


order = Order()
model = get_model()
model.fit(x, y, batch_size=16, epochs=2, verbose=0, validation_split=0.5, callbacks=[order])
model.evaluate(x_test, y_test, batch_size=4, verbose=0, callbacks=[order])
model.predict(x_test, batch_size=4, verbose=0, callbacks=[order])
numbers["order"] = [str(call) for call in order.calls]


# The numbers that they are told, batch by batch.
class Told(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.batches, self.tests, self.epochs = [], [], []

    def on_train_batch_end(self, batch, logs=None):
        self.batches.append(logs["loss"])

    def on_test_batch_end(self, batch, logs=None):
        self.tests.append(logs["loss"])

    def on_epoch_end(self, epoch, logs=None):
        keys = ["loss", "mean_absolute_error", "val_loss", "val_mean_absolute_error"]
        self.epochs.append([logs[key] for key in keys])


told = Told()
get_model().fit(
    x, y, batch_size=8, epochs=2, shuffle=False, verbose=0, validation_data=(x_test, y_test), validation_batch_size=4,
    callbacks=[told],
)  # fmt: skip
numbers["told"] = {"batches": told.batches, "tests": told.tests, "epochs": told.epochs}


# Stop where the loss no longer falls, and take the best weights back.
class StopAtMinimum(keras.callbacks.Callback):
    def __init__(self, patience=0):
        super().__init__()
        self.patience, self.best_weights = patience, None

    def on_train_begin(self, logs=None):
        self.wait, self.stopped_epoch, self.best = 0, 0, np.inf

    def on_epoch_end(self, epoch, logs=None):
        current = logs.get("loss")
        if np.less(current, self.best):
            self.best, self.wait = current, 0
            self.best_weights = self.model.get_weights()
        else:
            self.wait += 1
            if self.wait >= self.patience:
                self.stopped_epoch = epoch
                self.model.stop_training = True
                self.model.set_weights(self.best_weights)


class Rates(keras.callbacks.Callback):
    """A rate that falls at given epochs."""

    def __init__(self, schedule):
        super().__init__()
        self.schedule, self.seen = schedule, []

    def on_epoch_begin(self, epoch, logs=None):
        if not hasattr(self.model.optimizer, "learning_rate"):
            raise ValueError('The optimizer must have a "learning_rate".')
        rate = float(keras.backend.get_value(self.model.optimizer.learning_rate))
        self.model.optimizer.learning_rate = self.schedule(epoch, rate)
        self.seen.append(rate)


stop = StopAtMinimum(patience=2)
rates = Rates(lambda epoch, rate: 0.9 if epoch == 3 else rate)
model = get_model()
history = model.fit(x, y, batch_size=8, epochs=12, shuffle=False, verbose=0, callbacks=[stop, rates])
numbers["stopped"] = [stop.stopped_epoch, stop.best]
numbers["rates"] = rates.seen
numbers["back"] = model.get_weights()[0]
assert history.epoch == list(range(stop.stopped_epoch + 1))

# Functions as callbacks.
seen = []
by_function = keras.callbacks.LambdaCallback(
    on_epoch_end=lambda epoch, logs: seen.append((epoch, logs["loss"])), on_train_end=lambda logs: seen.append("end")
)
get_model().fit(x, y, batch_size=8, epochs=2, shuffle=False, verbose=0, callbacks=[by_function])
assert seen[-1] == "end"
numbers["by function"] = [loss for _, loss in seen[:-1]]
schedule = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.5, verbose=0)
numbers["schedule"] = get_model().fit(x, y, epochs=3, verbose=0, callbacks=[schedule]).history["learning_rate"]
best = keras.callbacks.EarlyStopping(monitor="loss", patience=1, restore_best_weights=True, start_from_epoch=1)
model = get_model(0.3)
numbers["restored"] = [
    len(model.fit(x, y, batch_size=8, epochs=9, shuffle=False, verbose=0, callbacks=[best]).epoch), model.get_weights()[0]
]  # fmt: skip


# A callback may look at the numbers of a step that it takes itself.
class Slopes(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(self.model(x_test) - y_test))
        self.last = tape.gradient(loss, self.model.trainable_variables)[0]


slopes = Slopes()
get_model().fit(x, y, batch_size=8, epochs=1, shuffle=False, verbose=0, callbacks=[slopes])
numbers["slopes"] = slopes.last
