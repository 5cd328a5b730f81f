"""All partial derivatives at once."""

import tensorflow as tf

x = tf.linspace(-10.0, 10.0, 20 + 1)
delta = tf.Variable(0.0)
with tf.GradientTape() as tape:
    y = tf.nn.sigmoid(x + delta)
dy_dx = tape.jacobian(y, delta)
assert y.shape == (21,) and dy_dx.shape == (21,)
assert abs(dy_dx.numpy() - (y * (1 - y)).numpy()).max() < 1e-6

x = tf.random.normal([7, 5])
kernel = tf.Variable(tf.random.normal([5, 10]))
with tf.GradientTape(persistent=True) as tape:
    y = tf.nn.relu(x @ kernel)
j = tape.jacobian(y, kernel)
assert j.shape == (7, 10, 5, 10)
g = tape.gradient(y, kernel)
assert tf.reduce_max(abs(g - tf.reduce_sum(j, axis=[0, 1]))).numpy() < 1e-4
