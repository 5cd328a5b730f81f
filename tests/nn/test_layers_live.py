"""Every layer beside the installed Keras: options, inputs, weights and masks are drawn, forward and gradients are compared.

Keras on TensorFlow stays in the dtype that it is told; elsewhere this file is skipped. `LIVE_DRAWS=100` draws more of each.
"""

import os

import numpy as np
import pytest
from reference import layers as reference
from test_layers import ours
from together import each

from nn import layers

DRAWS = int(os.environ.get("LIVE_DRAWS", "6"))
CLOSE = {"float64": (1e-6, 1e-8), "float32": (1e-5, 1e-5)}  # of a number, of the largest one
NOT_KERAS = {"Layer", "Perceptron", "PositionEmbedding", "SinePositionEncoding", "Lambda"}
INSIDE = {"GRUCell", "LSTMCell", "SimpleRNNCell", "StackedRNNCells"}  # RNN draws them


class Draw:
    """Choices of one seed."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)

    def of(self, *choices):
        return choices[self.rng.integers(len(choices))]

    def size(self, most=4):
        return int(self.rng.integers(1, most + 1))

    def numbers(self, *shape):
        return self.rng.normal(0, 0.8, shape)

    def images(self):
        return self.numbers(self.size(3), 5 + self.size(3), 5 + self.size(3), self.size(3))

    def steps(self):
        return self.numbers(self.size(3), 4 + self.size(3), self.size(3))

    def mask(self, x):
        """A mask of sequences, or None."""
        return self.of(None, self.rng.random(np.shape(x)[:2]) > 0.4)

    def alike(self, many, *shape):
        return [self.numbers(*shape) for _ in range(many)]


def dense(d):
    x = d.numbers(*[d.size() for _ in range(d.of(2, 3))])
    return dict(units=d.size(), activation=d.of(None, "relu", "gelu", "selu", "softmax"), use_bias=d.of(True, False)), x


def windows(d, axes, **options):
    """Options of a convolution or a pooling."""
    size = d.of(1, 2, 3) if axes == 1 else d.of(1, 2, (3, 2))
    strides = d.of(1, 2, 3) if axes == 1 else d.of(1, 2, (2, 1))
    return size, dict(strides=strides, padding=d.of("valid", "same"), **options)


def convolution(axes, more=True):
    """Options of a convolution, and what it is of. more: with groups and a dilation too."""

    def drawn(d):
        size, options = windows(d, axes, filters=d.size(), activation=d.of(None, "tanh"), use_bias=d.of(True, False))
        if axes == 1 and d.of(True, False):
            options["padding"] = "causal"
        if more:
            options["groups"] = groups = d.of(1, 1, 2)
            options["filters"] *= groups
            if np.max(options["strides"]) == 1 and d.of(True, False):
                options["dilation_rate"] = 2
            x = d.steps() if axes == 1 else d.images()
            return dict(kernel_size=size, **options), np.concatenate([x] * groups, -1)
        return dict(kernel_size=size, **options), d.steps() if axes == 1 else d.images()

    return drawn


def pooling(axes):
    def drawn(d):
        size, options = windows(d, axes)
        return dict(pool_size=size, **options), d.steps() if axes == 1 else d.images()

    return drawn


def overall(axes):
    return lambda d: (dict(keepdims=d.of(True, False)), d.steps() if axes == 1 else d.images())


def recurrent(d, gated=True):
    """Options of a recurrent layer, sequences, and options of the call."""
    x = d.steps()
    options = dict(units=d.size(), use_bias=d.of(True, True, False), activation=d.of("tanh", "tanh", "softsign"))
    if gated:
        options["recurrent_activation"] = d.of("sigmoid", "sigmoid", "tanh")
    for name in ("return_sequences", "return_state", "go_backwards", "zero_output_for_mask", "unroll"):
        options[name] = d.of(True, False)
    options["zero_output_for_mask"] &= options["return_sequences"]
    options["unroll"] &= not options["zero_output_for_mask"]  # where Keras forgets to turn the mask
    return options, x, dict(mask=d.mask(x))


def with_state(of_cell):
    def drawn(d):
        options, x, how = recurrent(d, of_cell != "SimpleRNN")
        if of_cell == "GRU":
            options["reset_after"] = d.of(True, True, False)
        states = d.alike(1 + (of_cell == "LSTM"), len(x), options["units"])
        return options, x, how | d.of({}, dict(initial_state=states))

    return drawn


def cells(d):
    x = d.steps()
    kinds = [d.of("SimpleRNNCell", "GRUCell", "LSTMCell") for _ in range(d.size(3))]
    inner = [(kind, dict(units=d.size(), use_bias=d.of(True, False))) for kind in kinds]
    return dict(cell=inner, return_sequences=d.of(True, False), go_backwards=d.of(True, False)), x  # Keras fails on masks


def bidirectional(d):
    kind = d.of("SimpleRNN", "GRU", "LSTM")
    options, x, how = recurrent(d, kind != "SimpleRNN")
    options |= dict(go_backwards=False, zero_output_for_mask=False, unroll=False)
    return dict(layer=(kind, options), merge_mode=d.of("concat", "sum", "mul", "ave", None)), x, how


def attention(d):
    rows, features = d.size(3), d.size(3)
    query, value = (0.5 * d.numbers(rows, 1 + d.size(3), features) for _ in range(2))
    causal = d.of(True, False)
    may = d.of(None, d.rng.random((rows, query.shape[1], value.shape[1])) > 0.3)
    if may is not None:
        may[..., 0] = True  # a step that may look nowhere is Keras's own case
    options = dict(num_heads=d.size(3), key_dim=4, value_dim=d.of(None, 2), use_bias=d.of(True, False),
                   output_shape=d.of(None, 3))  # fmt: skip
    return options, (query, value), dict(attention_mask=may, use_causal_mask=causal)


def normalization(**options):
    def drawn(d):
        x = d.of(d.numbers(4, 3), d.images())
        axis = -1 if x.ndim == 2 else d.of(-1, 1, 2)
        return dict(axis=axis, epsilon=d.of(1e-3, 1e-2), **{name: d.of(*which) for name, which in options.items()}), x

    return drawn


def merged(two=False):
    def drawn(d):
        shape = [d.size() for _ in range(d.of(2, 3))]
        return {}, d.alike(2 if two else 1 + d.size(3), *shape)

    return drawn


BOTH = True, False
DRAWN = {  # what a draw gives: options, input, options of the call
    "Activation": lambda d: (dict(activation=d.of("tanh", "silu", "hard_sigmoid", "mish", "softplus")), d.numbers(3, 4)),
    "Add": merged(), "Average": merged(), "Maximum": merged(), "Minimum": merged(), "Multiply": merged(),
    "Subtract": merged(True),
    "Concatenate": lambda d: (dict(axis=d.of(-1, 1)), d.alike(d.of(2, 3), 2, 3, 2)),
    "Dot": lambda d: (dict(axes=d.of(1, 2, (1, 1), (2, 2)), normalize=d.of(*BOTH)), d.alike(2, 2, 3, 3)),
    "AveragePooling1D": pooling(1), "AveragePooling2D": pooling(2), "MaxPooling1D": pooling(1), "MaxPooling2D": pooling(2),
    "GlobalAveragePooling1D": overall(1), "GlobalAveragePooling2D": overall(2), "GlobalMaxPooling1D": overall(1),
    "GlobalMaxPooling2D": overall(2),
    "BatchNormalization": normalization(center=BOTH, scale=BOTH, momentum=(0.9, 0.99)),
    "LayerNormalization": normalization(center=BOTH, scale=BOTH),
    "RMSNormalization": lambda d: (dict(epsilon=1e-3), d.numbers(3, 4)),
    "GroupNormalization": lambda d: (dict(groups=d.of(1, 2, -1), axis=d.of(-1, 2), center=d.of(*BOTH)), d.numbers(2, 3, 4, 4)),
    "Normalization": lambda d: (dict(mean=d.numbers(3), variance=d.numbers(3) ** 2, invert=d.of(*BOTH)), d.numbers(4, 3)),
    "Bidirectional": bidirectional,
    "Conv1D": convolution(1), "Conv2D": convolution(2), "Conv2DTranspose": convolution(2, more=False),
    "Dense": dense,
    "Dropout": lambda d: (dict(rate=0.0), d.numbers(3, 4)),
    "GaussianNoise": lambda d: (dict(stddev=0.0), d.numbers(3, 4)),
    "SpatialDropout1D": lambda d: (dict(rate=0.0), d.steps()), "SpatialDropout2D": lambda d: (dict(rate=0.0), d.images()),
    "PReLU": lambda d: (dict(shared_axes=d.of(None, [1, 2], [2])), d.images()),
    "ELU": lambda d: (dict(alpha=d.of(1.0, 0.5)), d.numbers(3, 4)),
    "Embedding": lambda d: (dict(input_dim=6, output_dim=d.size(), mask_zero=d.of(*BOTH)), d.rng.integers(0, 6, (3, 5))),
    "Flatten": lambda d: ({}, d.images()),
    "GRU": with_state("GRU"), "LSTM": with_state("LSTM"), "SimpleRNN": with_state("SimpleRNN"),
    "LeakyReLU": lambda d: (dict(negative_slope=d.of(0.3, 0.1)), d.numbers(3, 4)),
    "Masking": lambda d: (dict(mask_value=0.5), np.where(d.rng.random((3, 5, 1)) > 0.4, d.numbers(3, 5, 2), 0.5)),
    "MultiHeadAttention": attention,
    "Permute": lambda d: (dict(dims=d.of((2, 1, 3), (3, 1, 2), (1, 3, 2))), d.images()),
    "RNN": cells,
    "ReLU": lambda d: (dict(max_value=d.of(None, 0.7), negative_slope=d.of(0.0, 0.2), threshold=d.of(0.0, 0.3)),
                       d.numbers(3, 4)),
    "RepeatVector": lambda d: (dict(n=d.size()), d.numbers(3, 4)),
    "Rescaling": lambda d: (dict(scale=d.of(0.5, 2.0), offset=d.of(0.0, -1.0)), d.numbers(3, 4)),
    "Reshape": lambda d: (dict(target_shape=d.of((2, 6), (-1,), (3, 2, -1))), d.numbers(2, 3, 4)),
    "Softmax": lambda d: (dict(axis=d.of(-1, 1)), d.numbers(2, 3, 4)),
    "TimeDistributed": lambda d: (dict(layer=("Dense", dict(units=d.size(), activation="tanh"))), d.steps()),
    "UpSampling2D": lambda d: (dict(size=d.of(2, (1, 3))), d.images()),
    "ZeroPadding2D": lambda d: (dict(padding=d.of(1, (1, 2), ((0, 2), (1, 0)))), d.images()),
}  # fmt: skip
OTHER_NAMES = {"MaxPool1D", "MaxPool2D"}


def test_every_layer_of_keras_is_drawn():
    assert set(DRAWN) | NOT_KERAS | INSIDE | OTHER_NAMES == set(layers.CLASSES)


@pytest.mark.parametrize("dtype", CLOSE)
@each("name", {name: name for name in DRAWN})
def test_a_layer_has_the_numbers_of_the_installed_keras(name, dtype, keras):
    if keras.backend.backend() != "tensorflow":
        pytest.skip("needs Keras on TensorFlow")
    for seed in range(DRAWS):
        d = Draw(seed)
        options, x, *how = DRAWN[name](d)
        training = name not in ("Dropout",) and d.of(True, False)

        def weights(shapes, seed=seed):
            rng = np.random.default_rng(seed)
            return [rng.uniform(0.5, 1.5, shape) if "Normalization" in name else rng.normal(0, 0.5, shape) for shape in shapes]

        case = name, options, x, training, how[0] if how else {}
        mine, theirs = ours(*case, dtype, weights), reference.keras_numbers(keras, *case, dtype, weights)
        close, floor = CLOSE[dtype]
        call = f"{name}(**{options}), seed {seed}, {how}"
        np.testing.assert_allclose(mine, theirs, rtol=close, atol=floor * np.abs(theirs).max(), err_msg=call)
