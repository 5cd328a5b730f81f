"""Python's own if and for are recorded as they ran."""

import tensorflow as tf


def f(x, y):
    output = 1.0
    for i in range(y):
        if i > 1 and i < 5:
            output = tf.multiply(output, x)
    return output


def grad(x, y):
    with tf.GradientTape() as t:
        t.watch(x)
        out = f(x, y)
    return t.gradient(out, x)


x = tf.convert_to_tensor(2.0)
assert grad(x, 6).numpy() == 12.0
assert grad(x, 5).numpy() == 12.0
assert grad(x, 4).numpy() == 4.0

v0, v1 = tf.Variable(2.0), tf.Variable(2.0)
x = tf.constant(1.0)
with tf.GradientTape(persistent=True) as tape:
    if x > 0.0:
        result = v0
    else:
        result = v1**2
assert tape.gradient(result, v0).numpy() == 1.0 and tape.gradient(result, v1) is None
