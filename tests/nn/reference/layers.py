"""What layers are compared on: one of each kind, with numbers for its variables and its input that a formula gives."""

import numpy as np


def numbers(*shape, shift=0.0):
    """Numbers in [-1, 1] that look random, all different, of this shape."""
    return np.sin(np.arange(1.0, np.prod(shape, dtype=int) + 1) ** 1.5 + shift).reshape(shape)


IMAGES = numbers(2, 7, 6, 3)
WHOLE = np.array([[0, 4, 2], [4, 4, 1]])

# {case: (class, options, input, whether in training)}
CASES = {
    "dense": ("Dense", dict(units=4), numbers(5, 3), False),
    "dense_tanh": ("Dense", dict(units=4, activation="tanh"), numbers(5, 3), False),
    "dense_relu_without_bias": ("Dense", dict(units=4, activation="relu", use_bias=False), numbers(5, 3), False),
    "dense_softmax_of_sequences": ("Dense", dict(units=4, activation="softmax"), numbers(2, 5, 3), False),
    "activation": ("Activation", dict(activation="silu"), numbers(5, 3), False),
    "flatten": ("Flatten", {}, IMAGES, False),
    "flatten_a_column": ("Flatten", {}, numbers(5), False),
    "embedding": ("Embedding", dict(input_dim=5, output_dim=3), WHOLE, False),
    "layer_normalization": ("LayerNormalization", {}, numbers(5, 4), False),
    "layer_normalization_of_images": ("LayerNormalization", dict(axis=[2, 3], epsilon=1e-2), IMAGES, False),
    "layer_normalization_bare": ("LayerNormalization", dict(center=False, scale=False), numbers(5, 4), False),
    "batch_normalization": ("BatchNormalization", {}, numbers(5, 4), False),
    "batch_normalization_in_training": ("BatchNormalization", dict(momentum=0.9), numbers(5, 4), True),
    "batch_normalization_of_images": ("BatchNormalization", dict(epsilon=1e-2), IMAGES, True),
    "batch_normalization_axis_1": ("BatchNormalization", dict(axis=1, scale=False), IMAGES, True),
    "batch_normalization_bare": ("BatchNormalization", dict(center=False, scale=False), numbers(5, 4), True),
    "dropout_outside_training": ("Dropout", dict(rate=0.5), numbers(5, 4), False),
    "conv": ("Conv2D", dict(filters=4, kernel_size=3), IMAGES, False),
    "conv_same": ("Conv2D", dict(filters=4, kernel_size=3, padding="same", activation="relu"), IMAGES, False),
    "conv_strides": ("Conv2D", dict(filters=2, kernel_size=(3, 2), strides=2), IMAGES, False),
    "conv_strides_same": ("Conv2D", dict(filters=2, kernel_size=(4, 3), strides=(3, 2), padding="same"), IMAGES, False),
    "conv_strides_same_even": ("Conv2D", dict(filters=2, kernel_size=2, strides=(2, 3), padding="same"), IMAGES, False),
    "conv_gaps": ("Conv2D", dict(filters=2, kernel_size=1, strides=3, use_bias=False), IMAGES, False),
    "conv_whole_image": ("Conv2D", dict(filters=2, kernel_size=(7, 6)), IMAGES, False),
    "max_pool": ("MaxPool2D", {}, IMAGES, False),
    "max_pool_same": ("MaxPool2D", dict(pool_size=2, padding="same"), IMAGES - 2, False),  # a border of 0 would win
    "max_pool_overlapping": ("MaxPool2D", dict(pool_size=(3, 2), strides=(2, 1)), IMAGES, False),
    "max_pool_overlapping_same": ("MaxPool2D", dict(pool_size=3, strides=2, padding="same"), IMAGES - 2, False),
    "max_pool_gaps": ("MaxPool2D", dict(pool_size=1, strides=3), IMAGES, False),
}


def weights(shapes):
    """Numbers for variables of these shapes, all above 0, as variances have to be."""
    return [1.5 + numbers(*shape, shift=k) for k, shape in enumerate(shapes)]


def upstream(shape):
    """The gradient that comes from above: what the output is multiplied with before it is summed up."""
    return numbers(*shape, shift=0.5)


def joined(output, slopes, weights):
    """Output, gradients and the variables afterwards, in one row."""
    return np.concatenate([np.ravel(a) for a in (output, *slopes, *weights)])


def keras_numbers(keras, name, options, x, training):
    """The row of Keras's layer, on PyTorch or TensorFlow. Only the latter stays in float64 throughout."""
    layer = getattr(keras.layers, name)(dtype="float64", **options)
    layer.build(x.shape)
    layer.set_weights(weights([w.shape for w in layer.weights]))
    slopes_of = torch_slopes if keras.backend.backend() == "torch" else tensorflow_slopes
    y, slopes = slopes_of(lambda inputs: layer(inputs, training=training), x, [v.value for v in layer.trainable_variables])
    return joined(y, slopes, layer.get_weights())


def torch_slopes(function, x, variables):
    import torch

    inputs = torch.tensor(x, requires_grad=x.dtype.kind == "f")
    y = function(inputs)
    (y * torch.tensor(upstream(y.shape))).sum().backward()
    return y.detach().numpy(), [source.grad.numpy() for source in (inputs, *variables) if source.grad is not None]


def tensorflow_slopes(function, x, variables):
    import tensorflow as tf

    inputs = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch([inputs] if x.dtype.kind == "f" else [])
        y = function(inputs)
        total = tf.reduce_sum(y * upstream(y.shape))
    slopes = tape.gradient(total, [*([inputs] if x.dtype.kind == "f" else []), *variables])
    return y.numpy(), [tf.convert_to_tensor(g).numpy() for g in slopes]  # that of an embedding is sparse
