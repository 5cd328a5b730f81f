"""What breaks a gradient, and how to stop one on purpose."""

import tensorflow as tf

x = tf.Variable(2.0)
y = tf.Variable(3.0)

with tf.GradientTape() as t:
    x_sq = x**2
    with t.stop_recording():
        y_sq = y**2
    z = x_sq + y_sq
grad = t.gradient(z, {"x": x, "y": y})
assert grad["x"].numpy() == 4.0 and grad["y"] is None

with tf.GradientTape() as t:
    y_sq = y**2
    z = x**2 + tf.stop_gradient(y_sq)
grad = t.gradient(z, {"x": x, "y": y})
assert grad["x"].numpy() == 4.0 and grad["y"] is None

reset = True
with tf.GradientTape() as t:
    y_sq = y * y
    if reset:
        t.reset()
    z = x * x + y_sq
grad = t.gradient(z, {"x": x, "y": y}, unconnected_gradients=tf.UnconnectedGradients.ZERO)
assert grad["x"].numpy() == 4.0 and grad["y"].numpy() == 0.0

with tf.GradientTape(watch_accessed_variables=False) as tape:
    tape.watch(x)
    z = x * y
assert [v is x for v in tape.watched_variables()] == [True]
assert tape.gradient(z, [x, y])[1] is None
