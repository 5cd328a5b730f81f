"""What layers are compared on: one of each kind, with numbers for its variables and its input that a formula gives."""

import numpy as np


def numbers(*shape, shift=0.0):
    """Numbers in [-1, 1] that look random, all different, of this shape."""
    return np.sin(np.arange(1.0, np.prod(shape, dtype=int) + 1) ** 1.5 + shift).reshape(shape)


def squared(x):
    return x * x


IMAGES = numbers(2, 7, 6, 3)
STEPS = numbers(2, 5, 4)
# 1 / sqrt(key_dim) is a float32 in Keras, so key_dim is 4
QUERY, VALUE, KEY = 0.3 * numbers(2, 3, 4, shift=1), 0.3 * STEPS, 0.3 * numbers(2, 5, 3, shift=2)
PIXELS = 0.3 * IMAGES[:, :3, :2]
THERE = np.array([[True, True, False, True, False], [False, True, True, True, False]])
MAY = numbers(2, 3, 5) > -0.5
WHOLE = np.array([[0, 4, 2], [4, 4, 1]])

# {case: (class, options, input, whether in training, options of the call)}; a list is one argument, a tuple is several
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
    "batch_normalization_masked": ("BatchNormalization", dict(momentum=0.9), STEPS, True, dict(mask=THERE)),
    "dropout_outside_training": ("Dropout", dict(rate=0.5), numbers(5, 4), False),
    "noise_outside_training": ("GaussianNoise", dict(stddev=0.5), numbers(5, 4), False),
    "group_normalization": ("GroupNormalization", dict(groups=2), numbers(3, 5, 4), False),
    "group_normalization_of_images": ("GroupNormalization", dict(groups=-1, axis=1, epsilon=1e-2), IMAGES, False),
    "normalization": ("Normalization", dict(mean=[1.0, 2.0, 3.0], variance=[0.5, 1.0, 4.0]), numbers(5, 3), False),
    "normalization_inverted": ("Normalization", dict(axis=1, mean=2.0, variance=4.0, invert=True), numbers(5, 3, 2), False),
    "conv": ("Conv2D", dict(filters=4, kernel_size=3), IMAGES, False),
    "conv_same": ("Conv2D", dict(filters=4, kernel_size=3, padding="same", activation="relu"), IMAGES, False),
    "conv_strides": ("Conv2D", dict(filters=2, kernel_size=(3, 2), strides=2), IMAGES, False),
    "conv_strides_same": ("Conv2D", dict(filters=2, kernel_size=(4, 3), strides=(3, 2), padding="same"), IMAGES, False),
    "conv_strides_same_even": ("Conv2D", dict(filters=2, kernel_size=2, strides=(2, 3), padding="same"), IMAGES, False),
    "conv_gaps": ("Conv2D", dict(filters=2, kernel_size=1, strides=3, use_bias=False), IMAGES, False),
    "conv_whole_image": ("Conv2D", dict(filters=2, kernel_size=(7, 6)), IMAGES, False),
    "conv_dilated": ("Conv2D", dict(filters=2, kernel_size=(3, 2), dilation_rate=2), IMAGES, False),
    "conv_groups": ("Conv2D", dict(filters=6, kernel_size=2, groups=3, dilation_rate=(1, 2), padding="same"), IMAGES, False),
    "conv_1d_dilated": ("Conv1D", dict(filters=4, kernel_size=2, dilation_rate=2, groups=2, padding="causal"), STEPS, False),
    "conv_regularized": ("Conv2D", dict(filters=2, kernel_size=3, activity_regularizer="l2"), IMAGES, False),
    "max_pool": ("MaxPool2D", {}, IMAGES, False),
    "max_pool_same": ("MaxPool2D", dict(pool_size=2, padding="same"), IMAGES - 2, False),  # a border of 0 would win
    "max_pool_overlapping": ("MaxPool2D", dict(pool_size=(3, 2), strides=(2, 1)), IMAGES, False),
    "max_pool_overlapping_same": ("MaxPool2D", dict(pool_size=3, strides=2, padding="same"), IMAGES - 2, False),
    "max_pool_gaps": ("MaxPool2D", dict(pool_size=1, strides=3), IMAGES, False),
    "conv_1d": ("Conv1D", dict(filters=4, kernel_size=3, activation="tanh"), STEPS, False),
    "conv_1d_causal": ("Conv1D", dict(filters=2, kernel_size=2, padding="causal"), STEPS, False),
    "conv_1d_strides_same": ("Conv1D", dict(filters=2, kernel_size=4, strides=2, padding="same"), STEPS, False),
    "conv_transpose": ("Conv2DTranspose", dict(filters=2, kernel_size=3), IMAGES, False),
    "conv_transpose_strides": ("Conv2DTranspose", dict(filters=2, kernel_size=(3, 2), strides=(2, 3)), IMAGES, False),
    "conv_transpose_same": ("Conv2DTranspose", dict(filters=2, kernel_size=3, strides=2, padding="same"), IMAGES, False),
    "conv_transpose_same_even": ("Conv2DTranspose", dict(filters=2, kernel_size=(4, 1), strides=(1, 2), padding="same"), IMAGES,
                                 False),
    "up_sampling": ("UpSampling2D", dict(size=(2, 3)), IMAGES, False),
    "zero_padding": ("ZeroPadding2D", dict(padding=((1, 2), (0, 3))), IMAGES, False),
    "zero_padding_alike": ("ZeroPadding2D", dict(padding=(1, 2)), IMAGES, False),
    "average_pool": ("AveragePooling2D", dict(pool_size=2), IMAGES, False),
    "average_pool_same": ("AveragePooling2D", dict(pool_size=(3, 2), strides=2, padding="same"), IMAGES, False),
    "average_pool_1d": ("AveragePooling1D", dict(pool_size=2, padding="same"), STEPS, False),
    "max_pool_1d": ("MaxPooling1D", dict(pool_size=3, strides=1), STEPS, False),
    "global_average": ("GlobalAveragePooling2D", {}, IMAGES, False),
    "global_average_kept": ("GlobalAveragePooling2D", dict(keepdims=True), IMAGES, False),
    "global_max": ("GlobalMaxPooling2D", {}, IMAGES, False),
    "global_max_1d": ("GlobalMaxPooling1D", dict(keepdims=True), STEPS, False),
    "global_average_1d": ("GlobalAveragePooling1D", {}, STEPS, False),
    "global_average_1d_masked": ("GlobalAveragePooling1D", dict(keepdims=True), STEPS, False, dict(mask=THERE)),
    "reshape": ("Reshape", dict(target_shape=(2, -1)), numbers(3, 6), False),
    "permute": ("Permute", dict(dims=(3, 1, 2)), IMAGES, False),
    "repeat_vector": ("RepeatVector", dict(n=3), numbers(2, 4), False),
    "rescaling": ("Rescaling", dict(scale=0.5, offset=[1.0, 2.0, 3.0]), numbers(2, 3), False),
    "lambda": ("Lambda", dict(function=squared), numbers(2, 3), False),
    "masking": ("Masking", dict(mask_value=0.5), np.where(THERE[..., None], STEPS, 0.5), False),
    "relu": ("ReLU", {}, numbers(5, 3), False),
    "relu_of_all_kinds": ("ReLU", dict(max_value=0.7, negative_slope=0.1, threshold=0.2), numbers(5, 3), False),
    "leaky_relu": ("LeakyReLU", {}, numbers(5, 3), False),
    "prelu": ("PReLU", {}, numbers(5, 3), False),
    "prelu_of_images": ("PReLU", dict(shared_axes=[1, 2]), IMAGES, False),
    "elu": ("ELU", dict(alpha=0.7), numbers(5, 3), False),
    "softmax": ("Softmax", {}, numbers(5, 3), False),
    "softmax_of_two_axes": ("Softmax", dict(axis=(1, 2)), numbers(2, 3, 4), False),
    "softmax_masked": ("Softmax", {}, numbers(2, 5), False, dict(mask=THERE)),
    "add": ("Add", {}, [numbers(2, 3), numbers(2, 3, shift=1), numbers(2, 1, shift=2)], False),
    "subtract": ("Subtract", {}, [numbers(2, 3), numbers(2, 3, shift=1)], False),
    "multiply": ("Multiply", {}, [numbers(2, 3, 2), numbers(2, 2, shift=1)], False),
    "average": ("Average", {}, [numbers(2, 3), numbers(2, 3, shift=1), numbers(2, 3, shift=2)], False),
    "maximum": ("Maximum", {}, [numbers(2, 3), numbers(2, 3, shift=1)], False),
    "minimum": ("Minimum", {}, [numbers(2, 3), numbers(2, 3, shift=1)], False),
    "concatenate": ("Concatenate", dict(axis=1), [numbers(2, 3, 2), numbers(2, 1, 2, shift=1)], False),
    "dot": ("Dot", dict(axes=1), [numbers(2, 3), numbers(2, 3, shift=1)], False),
    "dot_of_matrices": ("Dot", dict(axes=(1, 2)), [numbers(2, 3, 4), numbers(2, 5, 3, shift=1)], False),
    "dot_normalized": ("Dot", dict(axes=-1, normalize=True), [numbers(2, 3), numbers(2, 3, shift=1)], False),
    "rms_normalization": ("RMSNormalization", {}, numbers(5, 4), False),
    "attention": ("MultiHeadAttention", dict(num_heads=2, key_dim=4), (QUERY, VALUE), False),
    "attention_of_all_kinds": (
        "MultiHeadAttention", dict(num_heads=2, key_dim=4, value_dim=2, use_bias=False, output_shape=5), (QUERY, VALUE, KEY),
        False, dict(attention_mask=MAY, return_attention_scores=True)),
    "attention_of_heads": ("MultiHeadAttention", dict(num_heads=2, key_dim=4), (QUERY, VALUE), False,
                           dict(attention_mask=np.stack([MAY, MAY[..., ::-1]], 1))),
    "attention_causal": ("MultiHeadAttention", dict(num_heads=2, key_dim=4), (VALUE, VALUE), False,
                         dict(use_causal_mask=True)),
    "attention_masked": ("MultiHeadAttention", dict(num_heads=1, key_dim=4), (QUERY, VALUE), False, dict(value_mask=THERE)),
    "attention_along_an_axis": ("MultiHeadAttention", dict(num_heads=2, key_dim=4, attention_axes=2), (PIXELS, PIXELS), False),
    "attention_along_two_axes": ("MultiHeadAttention", dict(num_heads=2, key_dim=4, attention_axes=(1, 2)),
                                 (PIXELS, PIXELS), False, dict(return_attention_scores=True)),
    "simple_rnn": ("SimpleRNN", dict(units=3), STEPS, False),
    "simple_rnn_relu": ("SimpleRNN", dict(units=3, activation="relu", use_bias=False, return_sequences=True), STEPS, False),
    "lstm": ("LSTM", dict(units=3), STEPS, False),
    "lstm_sequences": ("LSTM", dict(units=3, return_sequences=True, return_state=True), STEPS, False),
    "lstm_from_a_state": ("LSTM", dict(units=3, return_sequences=True, return_state=True), STEPS, False,
                          dict(initial_state=[numbers(2, 3), numbers(2, 3, shift=1)])),
    "lstm_backwards": ("LSTM", dict(units=3, go_backwards=True, return_sequences=True), STEPS, False),
    "lstm_masked": ("LSTM", dict(units=3, return_sequences=True, return_state=True), STEPS, False, dict(mask=THERE)),
    "lstm_masked_from_a_state": ("LSTM", dict(units=3, return_sequences=True, return_state=True), STEPS, False,
                                 dict(mask=~THERE, initial_state=[numbers(2, 3), numbers(2, 3, shift=1)])),
    "lstm_masked_with_zeros": ("LSTM", dict(units=3, return_sequences=True, zero_output_for_mask=True), STEPS, False,
                               dict(mask=THERE)),
    "lstm_of_other_activations": ("LSTM", dict(units=3, activation="elu", recurrent_activation="tanh", use_bias=False), STEPS,
                                  False),
    "gru": ("GRU", dict(units=3), STEPS, False),
    "gru_backwards": ("GRU", dict(units=3, go_backwards=True, return_sequences=True, return_state=True), STEPS, False,
                      dict(mask=THERE)),
    "gru_reset_before": ("GRU", dict(units=3, reset_after=False, return_sequences=True), STEPS, False),
    "gru_without_bias": ("GRU", dict(units=3, use_bias=False), STEPS, False),
    "rnn_of_cells": ("RNN", dict(return_sequences=True, cell=[
        ("LSTMCell", dict(units=3)), ("GRUCell", dict(units=2)), ("SimpleRNNCell", dict(units=2))]), STEPS, False),
    "bidirectional": ("Bidirectional", dict(layer=("LSTM", dict(units=3))), STEPS, False),
    "bidirectional_sequences": (
        "Bidirectional", dict(layer=("GRU", dict(units=2, return_sequences=True, return_state=True)), merge_mode="ave"), STEPS,
        False, dict(mask=THERE)),
    "bidirectional_of_two": ("Bidirectional", dict(layer=("SimpleRNN", dict(units=2, return_sequences=True)), merge_mode=None),
                             STEPS, False),
    "time_distributed": ("TimeDistributed", dict(layer=("Dense", dict(units=2, activation="tanh"))), STEPS, False),
    "time_distributed_images": ("TimeDistributed", dict(layer=("Conv1D", dict(filters=2, kernel_size=2))), numbers(2, 3, 4, 2),
                                False),
}  # fmt: skip


def weights(shapes):
    """Numbers for variables of these shapes, all above 0, as variances have to be."""
    return [1.5 + numbers(*shape, shift=k) for k, shape in enumerate(shapes)]


def upstream(shape):
    """The gradient that comes from above: what the output is multiplied with before it is summed up."""
    return numbers(*shape, shift=0.5)


def joined(output, slopes, weights):
    """Output, gradients and the variables afterwards, in one row."""
    return np.concatenate([np.ravel(a) for a in (output, *slopes, *weights)])


def made(module, name, options, dtype="float64"):
    """The layer of this class and these options, where (class, options) stands for a layer inside it."""

    def inner(x):
        if isinstance(x, list) and isinstance(x[0], tuple):
            return [inner(part) for part in x]
        return made(module, *x, dtype) if isinstance(x, tuple) and isinstance(x[0], str) else x

    return getattr(module, name)(dtype=dtype, **{key: inner(x) for key, x in options.items()})


def arrays_of(x):
    """The arrays of an input, in order."""
    return list(x) if isinstance(x, (list, tuple)) else [x]


def in_form(x, arrays):
    """The arguments of the call, with these arrays for those of the input."""
    return (arrays,) if isinstance(x, list) else tuple(arrays)


def outputs_of(y):
    """One output, or several one behind the other."""
    return list(y) if isinstance(y, (list, tuple)) else [y]


def keras_numbers(keras, name, options, x, training, how=(), dtype="float64", weights=weights):
    """The row of Keras's layer, on PyTorch or TensorFlow. Only the latter stays in float64 throughout."""
    layer = made(keras.layers, name, options, dtype)
    arrays = [a.astype(dtype) if a.dtype.kind == "f" else a for a in arrays_of(x)]
    more = dict(how) | ({"training": training} if name not in ("Lambda", "Softmax") else {})
    layer(*in_form(x, [keras.ops.convert_to_tensor(a) for a in arrays]), **more)
    layer.set_weights(weights([w.shape for w in layer.weights]))
    slopes_of = torch_slopes if keras.backend.backend() == "torch" else tensorflow_slopes
    y, slopes = slopes_of(
        lambda arrays: layer(*in_form(x, arrays), **more), arrays, [v.value for v in layer.trainable_variables]
    )
    return joined(y, slopes, layer.get_weights())


def torch_slopes(function, arrays, variables):
    import torch

    inputs = [torch.tensor(a, requires_grad=a.dtype.kind == "f") for a in arrays]
    outputs = outputs_of(function(inputs))
    sum((y * torch.tensor(upstream(y.shape), dtype=y.dtype)).sum() for y in outputs).backward()
    slopes = [source.grad.numpy() for source in (*inputs, *variables) if source.grad is not None]
    return np.concatenate([y.detach().numpy().ravel() for y in outputs]), slopes


def tensorflow_slopes(function, arrays, variables):
    import tensorflow as tf

    inputs = [tf.constant(a) for a in arrays]
    sources = [x for x, a in zip(inputs, arrays) if a.dtype.kind == "f"]
    with tf.GradientTape() as tape:
        tape.watch(sources)
        outputs = outputs_of(function(inputs))
        total = sum(tf.reduce_sum(y * tf.constant(upstream(y.shape), y.dtype)) for y in outputs)
    slopes = tape.gradient(total, [*sources, *variables], unconnected_gradients="zero")
    return np.concatenate([y.numpy().ravel() for y in outputs]), [tf.convert_to_tensor(g).numpy() for g in slopes]
