"""The first gradient anyone takes."""

import tensorflow as tf

x = tf.Variable(3.0)

with tf.GradientTape() as tape:
    y = x**2

dy_dx = tape.gradient(y, x)
assert dy_dx.numpy() == 6.0

w = tf.Variable(tf.random.normal((3, 2)), name="w")
b = tf.Variable(tf.zeros(2, dtype=tf.float32), name="b")
inputs = [[1.0, 2.0, 3.0]]

with tf.GradientTape(persistent=True) as tape:
    y = inputs @ w + b
    loss = tf.reduce_mean(y**2)

[dl_dw, dl_db] = tape.gradient(loss, [w, b])
assert dl_dw.shape == w.shape and dl_db.shape == b.shape

grad = tape.gradient(loss, {"w": w, "b": b})
assert abs(grad["b"].numpy() - y.numpy()[0]).max() < 1e-5
del tape

x0 = tf.Variable(3.0, name="x0")
x1 = tf.Variable(3.0, name="x1", trainable=False)
x2 = tf.Variable(2.0, name="x2") + 1.0  # not a Variable any more
x3 = tf.constant(3.0, name="x3")

with tf.GradientTape() as tape:
    y = (x0**2) + (x1**2) + (x3**2)

assert [g is None for g in tape.gradient(y, [x0, x1, x3])] == [False, True, True]

x = tf.constant(3.0)
with tf.GradientTape() as tape:
    tape.watch(x)
    y = x**2
assert tape.gradient(y, x).numpy() == 6.0
