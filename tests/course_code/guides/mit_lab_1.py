"""The first half of lab 1 of MIT 6.S191: tensors, a small graph, a layer in three ways, gradients, and gradient descent."""

import numpy as np
import tensorflow as tf
from tensorflow.keras import Sequential
from tensorflow.keras.layers import Dense

numbers = {}

# Tensors of 0, 1, 2 and 4 axes.
sport, number = tf.constant("Tennis", tf.string), tf.constant(1.41421356237, tf.float64)
assert tf.rank(number).numpy() == 0
fibonacci, counts = tf.constant([1, 1, 2, 3, 5, 8]), tf.constant([3.14159, 1.414213, 2.71821], tf.float64)
assert tf.rank(counts).numpy() == 1 and tuple(tf.shape(counts).numpy()) == (3,)
matrix = tf.constant([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]])
assert isinstance(matrix, tf.Tensor) and tf.rank(matrix).numpy() == 2
images = tf.zeros([10, 16, 16, 3])
assert tf.rank(images).numpy() == 4 and tf.shape(images).numpy().tolist() == [10, 16, 16, 3]
row, column, one = matrix[1], matrix[:, 1], matrix[0, 1]
assert row.numpy().tolist() == [5, 6, 7, 8] and column.numpy().tolist() == [2, 6] and one.numpy() == 2

# A graph of computations.
a, b = tf.constant(15), tf.constant(61)
assert tf.add(a, b).numpy() == (a + b).numpy() == 76


def graph(a, b):
    c = tf.add(a, b)
    d = tf.subtract(b, 1)
    return tf.multiply(c, d)


assert graph(tf.constant(1.5), tf.constant(2.5)).numpy() == 6.0


# A layer written by hand.
class OurDenseLayer(tf.keras.layers.Layer):
    def __init__(self, n_output_nodes):
        super().__init__()
        self.n_output_nodes = n_output_nodes

    def build(self, input_shape):
        d = int(input_shape[-1])
        self.W = self.add_weight(name="weight", shape=[d, self.n_output_nodes])
        self.b = self.add_weight(name="bias", shape=[1, self.n_output_nodes])

    def call(self, x):
        z = tf.matmul(x, self.W) + self.b
        return tf.sigmoid(z)


tf.keras.utils.set_random_seed(1)
layer = OurDenseLayer(3)
layer.build((1, 2))
x_input = tf.constant([[1, 2.0]], shape=(1, 2))
assert layer.call(x_input).numpy().shape == (1, 3)
weights = np.array([[0.1, -0.2, 0.3], [0.5, 0.4, -0.6]]), np.array([0.0, 0.1, 0.2])
layer.set_weights([weights[0], weights[1][None]])
numbers["layer"] = layer.call(x_input)

# A model in a row, and as a subclass.
model = Sequential()
dense_layer = Dense(3, activation="sigmoid")
model.add(dense_layer)
assert model(x_input).numpy().shape == (1, 3)
model.set_weights(weights)
numbers["model"] = model(x_input)


class SubclassModel(tf.keras.Model):
    def __init__(self, n_output_nodes):
        super().__init__()
        self.dense_layer = Dense(n_output_nodes, activation="sigmoid")

    def call(self, inputs):
        return self.dense_layer(inputs)


subclass = SubclassModel(3)
assert subclass.call(x_input).shape == (1, 3)


class IdentityModel(tf.keras.Model):
    def __init__(self, n_output_nodes):
        super().__init__()
        self.dense_layer = tf.keras.layers.Dense(n_output_nodes, activation="sigmoid")

    def call(self, inputs, isidentity=False):
        return inputs if isidentity else self.dense_layer(inputs)


identity = IdentityModel(3)
assert identity.call(x_input).shape == (1, 3)
assert identity.call(x_input, isidentity=True).numpy().tolist() == [[1.0, 2.0]]

# Gradients, and a minimum found by walking down.
x = tf.Variable(3.0)
with tf.GradientTape() as tape:
    y = x * x
assert tape.gradient(y, x).numpy() == 6.0
x, x_f, learning_rate, history = tf.Variable([1.5]), 4.0, 1e-2, []
for _ in range(500):
    with tf.GradientTape() as tape:
        loss = (x - x_f) ** 2
    grad = tape.gradient(loss, x)
    new_x = x - learning_rate * grad
    x.assign(new_x)
    history.append(x.numpy()[0])
numbers["descent"] = [history[0], history[99], history[-1]]
assert np.isclose(history[-1], 4.0, atol=1e-3)
