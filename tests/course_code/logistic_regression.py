"""Two clouds told apart: sigmoid, cross-entropy from logits, accuracy by rounding."""

import numpy as np
import tensorflow as tf

rng = np.random.default_rng(3)
x = np.concatenate([rng.normal(-1.5, 1, (100, 2)), rng.normal(1.5, 1, (100, 2))]).astype(np.float32)
y = np.concatenate([np.zeros((100, 1)), np.ones((100, 1))]).astype(np.float32)

w = tf.Variable(tf.random.truncated_normal([2, 1], stddev=0.1))
b = tf.Variable([0.0])


def logits(x):
    return tf.add(tf.matmul(x, w), b)


for _ in range(200):
    with tf.GradientTape() as tape:
        losses = tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=logits(x))
        loss = tf.reduce_mean(losses)
    dw, db = tape.gradient(loss, [w, b])
    w.assign_sub(0.5 * dw)
    b.assign_sub(0.5 * db)

predicted = tf.round(tf.sigmoid(logits(x)))
accuracy = tf.reduce_mean(tf.cast(tf.equal(predicted, y), tf.float32))
assert accuracy.numpy() > 0.9
assert losses.shape == (200, 1)
