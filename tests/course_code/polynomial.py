"""Curve fitting with one variable a coefficient, and an L2 penalty."""

import numpy as np
import tensorflow as tf

x = np.linspace(-1, 1, 50).astype(np.float32)
y = 1 - 2 * x + 3 * x**2

coefficients = [tf.Variable(0.0) for _ in range(4)]
optimizer = tf.optimizers.Adam(0.1)


def model(x):
    return sum(c * x**k for k, c in enumerate(coefficients))


for _ in range(400):
    with tf.GradientTape() as tape:
        mse = tf.reduce_mean((model(x) - y) ** 2)
        penalty = tf.add_n([tf.nn.l2_loss(c) for c in coefficients])
        loss = mse + 1e-5 * penalty
    gradients = tape.gradient(loss, coefficients)
    optimizer.apply_gradients(zip(gradients, coefficients))

assert np.allclose([c.numpy() for c in coefficients], [1, -2, 3, 0], atol=0.05)
