"""Three classes with one-hot labels, softmax cross-entropy and argmax."""

import numpy as np
import tensorflow as tf

rng = np.random.default_rng(5)
labels = rng.integers(0, 3, 300)
centres = np.array([[0, 2], [2, -1], [-2, -1]])
x = (centres[labels] + 0.5 * rng.normal(size=(300, 2))).astype(np.float32)
y = tf.one_hot(labels, depth=3)

W = tf.Variable(tf.random.uniform([2, 3], -0.1, 0.1))
b = tf.Variable(tf.zeros([3]))

for _ in range(100):
    with tf.GradientTape() as tape:
        logits = tf.matmul(x, W) + b
        loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=y, logits=logits))
    gW, gb = tape.gradient(loss, [W, b])
    W.assign_sub(0.5 * gW)
    b.assign_sub(0.5 * gb)

probabilities = tf.nn.softmax(logits)
assert abs(tf.reduce_sum(probabilities, axis=1).numpy() - 1).max() < 1e-5
correct = tf.equal(tf.argmax(probabilities, axis=1), tf.argmax(y, 1))
accuracy = tf.reduce_mean(tf.cast(correct, tf.float32))
assert accuracy > 0.95

sparse = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
dense = tf.nn.softmax_cross_entropy_with_logits(y, logits)
assert np.allclose(sparse.numpy(), dense.numpy(), atol=1e-6)
