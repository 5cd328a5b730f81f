"""Gradient descent on one number, from a random start."""

import tensorflow as tf

x = tf.Variable([tf.random.normal([1])])
target = 4
learning_rate = 1e-2
history = []

for i in range(500):
    with tf.GradientTape() as tape:
        loss = (x - target) ** 2
    grad = tape.gradient(loss, x)
    new_x = x - learning_rate * grad
    x.assign(new_x)
    history.append(x.numpy()[0])

assert abs(history[-1] - target) < 0.01
