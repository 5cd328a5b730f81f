"""Derivatives of derivatives: a tape inside a tape."""

import tensorflow as tf

x = tf.Variable(1.0)

with tf.GradientTape() as t2:
    with tf.GradientTape() as t1:
        y = x * x * x
    dy_dx = t1.gradient(y, x)
d2y_dx2 = t2.gradient(dy_dx, x)

assert dy_dx.numpy() == 3.0 and d2y_dx2.numpy() == 6.0

x = tf.constant([0.0, 0.5, 1.0])
with tf.GradientTape() as outer:
    outer.watch(x)
    with tf.GradientTape() as inner:
        inner.watch(x)
        y = tf.sin(x)
    first = inner.gradient(y, x)
second = outer.gradient(first, x)
assert abs(first.numpy() - tf.cos(x).numpy()).max() < 1e-6
assert abs(second.numpy() + tf.sin(x).numpy()).max() < 1e-6
