"""Regression with a matrix of features, parameters in a list, and an optimizer."""

import numpy as np
import tensorflow as tf

rng = np.random.default_rng(0)
features = rng.normal(size=(200, 3)).astype("float32")
targets = features @ np.array([[1.0], [-2.0], [0.5]], dtype="float32") + 0.7

W = tf.Variable(tf.zeros([3, 1]), name="weights")
b = tf.Variable(tf.zeros([1]), name="bias")
optimizer = tf.keras.optimizers.SGD(learning_rate=0.1)


def predict(x):
    return tf.matmul(x, W) + b


for _step in range(200):
    with tf.GradientTape() as tape:
        mse = tf.reduce_mean(tf.math.squared_difference(predict(features), targets))
    grads = tape.gradient(mse, [W, b])
    optimizer.apply_gradients(zip(grads, [W, b]))

assert np.allclose(W.numpy().ravel(), [1.0, -2.0, 0.5], atol=1e-3)
assert np.allclose(b.numpy(), 0.7, atol=1e-3)
