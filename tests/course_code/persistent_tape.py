"""Several gradients of one recording, and gradients of what lies in between."""

import tensorflow as tf

x = tf.constant([1.0, 3.0])
with tf.GradientTape(persistent=True) as tape:
    tape.watch(x)
    y = x * x
    z = y * y

assert tape.gradient(z, x).numpy().tolist() == [4.0, 108.0]
assert tape.gradient(y, x).numpy().tolist() == [2.0, 6.0]
assert tape.gradient(z, y).numpy().tolist() == [2.0, 18.0]
del tape

x = tf.ones((2, 2))
with tf.GradientTape() as t:
    t.watch(x)
    y = tf.reduce_sum(x)
    z = tf.multiply(y, y)
dz_dx = t.gradient(z, x)
for i in [0, 1]:
    for j in [0, 1]:
        assert dz_dx[i][j].numpy() == 8.0

x = tf.Variable(2.0)
try:
    with tf.GradientTape() as tape:
        y = x * x
    tape.gradient(y, x)
    tape.gradient(y, x)
except RuntimeError as error:
    print(error)
else:
    raise AssertionError("a plain tape gives one gradient")
