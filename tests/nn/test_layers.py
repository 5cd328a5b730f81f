"""Layers against Keras, on the cases of reference/layers.py: outputs, gradients, and variables afterwards. And their manners.

The reference numbers are those of Keras on TensorFlow in float64, stored in reference/layers.npz and made by
reference/make.py. On PyTorch Keras's layers take float64 through float32.
"""

from pathlib import Path

import numpy as np
import pytest
from reference import layers as reference
from together import each

import autodiff as ad
import nn
from nn import layers

STORED = dict(np.load(Path(reference.__file__).with_name("layers.npz")))
LIKE_KERAS = dict(rtol=1e-6, atol=1e-10)
STEPS = reference.STEPS
case = each("case", {case: case for case in reference.CASES})


def ours(name, options, x, training, how=(), dtype="float64", weights=reference.weights):
    """The row of our layer: output, gradients, variables."""
    layer, arrays = reference.made(layers, name, options, dtype), reference.arrays_of(x)
    layer(*reference.in_form(x, arrays), **dict(how))
    layer.set_weights(weights([v.shape for v in layer.variables]))
    inputs = [ad.Variable(a, dtype=dtype) if a.dtype.kind == "f" else a for a in arrays]
    sources = [v for v in inputs if isinstance(v, ad.Variable)]
    with ad.Tape() as tape:
        outputs = reference.outputs_of(layer(*reference.in_form(x, inputs), training=training, **dict(how)))
        total = sum(np.sum(y * np.asarray(reference.upstream(y.shape), dtype)) for y in outputs)
    slopes = tape.gradient(total, [*sources, *layer.trainable_variables], unconnected_gradients="zero")
    assert {a.dtype.name for a in [*outputs, *slopes, *layer.variables]} == {dtype}
    return reference.joined(np.concatenate([np.ravel(y) for y in outputs]), map(np.asarray, slopes), layer.get_weights())


@case
def test_output_and_gradients_are_the_stored_ones_of_keras(case):
    np.testing.assert_allclose(ours(*reference.CASES[case]), STORED[case], **LIKE_KERAS)


@case
def test_output_and_gradients_are_those_of_the_installed_keras(case, keras):
    backend = keras.backend.backend()
    if backend not in ("torch", "tensorflow"):
        pytest.skip("needs Keras on PyTorch or TensorFlow")
    like = LIKE_KERAS if backend == "tensorflow" else dict(rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(ours(*reference.CASES[case]), reference.keras_numbers(keras, *reference.CASES[case]), **like)


@case
def test_float32_stays_float32_and_close(case):
    np.testing.assert_allclose(ours(*reference.CASES[case], dtype="float32"), STORED[case], rtol=1e-4, atol=1e-4)


# -- one by one ------------------------------------------------------------------------------------------------------


def by_hand(images, kernel, strides):
    """The convolution as it is defined, number by number."""
    n, height, width, _ = images.shape
    kh, kw, _, filters = kernel.shape
    rows, columns = (height - kh) // strides[0] + 1, (width - kw) // strides[1] + 1
    out = np.zeros((n, rows, columns, filters))
    for k, i, j, f in np.ndindex(out.shape):
        window = images[k, i * strides[0] : i * strides[0] + kh, j * strides[1] : j * strides[1] + kw]
        out[k, i, j, f] = np.sum(window * kernel[..., f])
    return out


@pytest.mark.parametrize("size, strides", [((1, 1), (1, 1)), ((3, 2), (1, 2)), ((2, 5), (3, 1)), ((6, 5), (1, 1))])
def test_a_convolution_is_its_definition(size, strides):
    images = reference.numbers(2, 6, 5, 3)
    conv = nn.Conv2D(4, size, strides, use_bias=False, dtype="float64")
    np.testing.assert_allclose(conv(images), by_hand(images, conv.kernel.numpy(), strides), atol=1e-13)


def test_merging_functions_are_the_layers():
    x, y = reference.numbers(2, 3), reference.numbers(2, 3, shift=1)
    for name in ("add", "subtract", "multiply", "average", "maximum", "minimum", "concatenate"):
        np.testing.assert_array_equal(getattr(layers, name)([x, y]), getattr(layers, name.capitalize())()([x, y]))
    np.testing.assert_array_equal(layers.dot([x, y], 1, True), nn.Dot(1, True)([x, y]))


def test_positions():
    x = np.zeros((2, 3, 4))
    y = nn.SinePositionEncoding(dtype="float64")(x)
    p, k = np.arange(3.0)[:, None], np.array([0, 2])
    angles = p / 10000 ** (k / 4)
    np.testing.assert_allclose(y[1, :, ::2], np.sin(angles), rtol=1e-12)
    np.testing.assert_allclose(y[1, :, 1::2], np.cos(angles), rtol=1e-12)
    layer = nn.PositionEmbedding(5)
    np.testing.assert_array_equal(layer(x)[1], layer.position_embeddings[:3])


def test_attention_looks_back_only():
    layer, x = nn.MultiHeadAttention(2, 3, dtype="float64"), reference.STEPS
    y = layer(x, x, use_causal_mask=True)
    other = np.concatenate([x[:, :3], 0 * x[:, 3:]], 1)
    np.testing.assert_allclose(layer(query=other, value=other, use_causal_mask=True)[:, :3], y[:, :3], rtol=1e-12)
    none = layer(x, x, attention_mask=np.zeros((2, 5, 5), bool), return_attention_scores=True)[1]
    assert not none.numpy().any()


def test_equal_numbers_in_a_window_share_the_gradient():
    x = ad.Variable([[[[1.0], [1.0], [2.0]], [[0.0], [1.0], [2.0]]]], dtype="float32")
    with ad.Tape() as tape:
        y = nn.MaxPool2D(2, strides=1)(x)
    assert y.numpy().ravel().tolist() == [1.0, 2.0]
    slope = tape.gradient(y, x).numpy()[0, :, :, 0]
    np.testing.assert_allclose(slope, [[1 / 3, 1 / 3, 1 / 2], [0, 1 / 3, 1 / 2]])


def test_a_batch_of_none_keeps_its_shape():
    assert nn.Flatten()(np.zeros((0, 3, 4))).shape == (0, 12)
    assert nn.Dense(2)(np.zeros((0, 3))).shape == (0, 2)
    assert nn.Conv2D(2, 3)(np.zeros((0, 5, 5, 1))).shape == (0, 3, 3, 2)
    assert nn.Embedding(4, 2)(np.zeros((0, 3), int)).shape == (0, 3, 2)


@pytest.mark.parametrize("layer", [nn.Conv2D(2, 2), nn.MaxPool2D(2), nn.LayerNormalization(), nn.BatchNormalization()])
def test_layers_of_images_return_tensors_of_plain_arrays_too(layer):
    assert isinstance(layer(np.ones((1, 4, 4, 2), "f")), ad.Tensor)


def test_a_border_never_wins():
    x = ad.Variable(-np.ones((1, 3, 3, 1)), dtype="float32")
    with ad.Tape() as tape:
        y = nn.MaxPool2D(2, padding="same")(x)
    assert y.numpy().tolist() == (-np.ones((1, 2, 2, 1))).tolist()
    assert tape.gradient(y, x).numpy().sum() == 4.0  # each of four windows hands all of its 1 to numbers of the image


def test_the_perceptron_of_the_notes():
    perceptron = nn.Perceptron("sigmoid", dtype="float64")
    x = np.array([[-1.0, 2.0], [0.5, 0.0]])
    perceptron.build(x.shape)
    perceptron.set_weights([[[3.0], [-2.0]], [1.0]])
    z = 1 + 3 * x[:, 0] - 2 * x[:, 1]
    np.testing.assert_allclose(perceptron(x), (1 / (1 + np.exp(-z)))[:, None], rtol=1e-15)
    assert perceptron.kernel.shape == (2, 1) and perceptron.bias.shape == (1,)


def test_an_mlp_is_its_layers():
    x = reference.numbers(5, 3)
    mlp = nn.MLP([4, 6, 2], activation="tanh", output_activation="softmax", dtype="float64")
    y = x
    mlp(x)
    for layer, g in zip(mlp.layers, (np.tanh, np.tanh, lambda z: np.exp(z) / np.exp(z).sum(-1, keepdims=True))):
        y = g(y @ layer.kernel.numpy() + layer.bias.numpy())
    np.testing.assert_allclose(mlp(x), y, rtol=1e-12)
    assert [layer.name for layer in mlp.layers] == ["dense", "dense_1", "dense_2"]
    kinds = [type(layer).__name__ for layer in nn.MLP([4, 6, 2], dropout=0.2).layers]
    assert kinds == ["Dense", "Dropout", "Dense", "Dropout", "Dense"]


def test_rows_looked_up_twice_learn_twice():
    layer = nn.Embedding(4, 2)
    with ad.Tape() as tape:
        y = layer([[1, 1, 3]])
    assert y.shape == (1, 3, 2)
    assert tape.gradient(y, layer.embeddings).numpy().tolist() == [[0, 0], [2, 2], [0, 0], [1, 1]]
    assert layer([[1.0, 3.0]]).shape == (1, 2, 2)  # whole numbers, written as floats


# -- dropout ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_dropout_drops_its_rate_and_keeps_the_mean(rate):
    n = 40_000
    y = nn.Dropout(rate, seed=1)(np.ones((4, n // 4), "float32"), training=True)
    kept = np.count_nonzero(y) / n
    assert abs(kept - (1 - rate)) < 4 * np.sqrt(rate * (1 - rate) / n)
    assert np.unique(y).tolist() == [0.0, pytest.approx(1 / (1 - rate), rel=1e-6)]
    assert y.dtype == np.float32


def test_dropout_passes_the_gradient_where_it_passed_the_number():
    x = ad.Variable(reference.numbers(20, 20), dtype="float64")
    with ad.Tape() as tape:
        y = nn.Dropout(0.3, dtype="float64")(x, training=True)
    slope = tape.gradient(y, x).numpy()
    np.testing.assert_allclose(slope * x.numpy(), y.numpy())
    assert set(np.unique(slope)) == {0.0, 1 / 0.7}


def test_dropout_outside_training_and_at_the_ends_of_its_range():
    x = np.ones((2, 3), "float32")
    assert nn.Dropout(0.5)(x) is x
    assert nn.Dropout(0.0)(x, training=True) is x
    assert nn.Dropout(1.0)(x, training=True).tolist() == [[0.0] * 3] * 2
    assert nn.Dropout(p=0.25).rate == 0.25
    for rate in (-0.1, 1.1, np.nan):
        with pytest.raises(ValueError, match="a number from 0 to 1"):
            nn.Dropout(rate)


def test_dropout_draws_from_its_seed_or_from_the_seed_of_all():
    x = np.ones((3, 50), "float32")

    def masks(layer):
        return [np.asarray(layer(x, training=True)).tolist() for _ in range(2)]

    first, second = masks(nn.Dropout(0.5, seed=7))
    assert first != second and [first, second] == masks(nn.Dropout(0.5, seed=7))
    nn.set_random_seed(3)
    drawn = masks(nn.Dropout(0.5))
    nn.set_random_seed(3)
    masks(nn.Dropout(0.5, seed=7))  # takes nothing from the stream of all
    assert drawn == masks(nn.Dropout(0.5))


@pytest.mark.parametrize("shape", [(4, 1, 8), (None, 1, None)])
def test_a_mask_may_be_shared(shape):
    y = nn.Dropout(0.5, noise_shape=shape, seed=0)(np.ones((4, 5, 8), "float32"), training=True)
    assert (y == y[:, :1]).all() and 0 < np.count_nonzero(y) < y.size


@pytest.mark.parametrize("make, shape", [(nn.SpatialDropout1D, (4, 5, 8)), (nn.SpatialDropout2D, (4, 3, 5, 8))])
def test_whole_channels_are_dropped(make, shape):
    y = np.reshape(make(0.5, seed=0)(np.ones(shape, "float32"), training=True), (4, -1, 8))
    assert (y == y[:, :1]).all() and set(np.unique(y)) == {0.0, 2.0}


def test_noise_has_its_deviation():
    x = np.ones((100, 100), "float32")
    y = nn.GaussianNoise(0.3, seed=1)(x, training=True)
    assert abs(np.mean(y) - 1) < 0.02 and abs(np.std(y) - 0.3) < 0.01 and y.dtype == np.float32
    assert nn.GaussianNoise(0.3)(x) is x


def test_outputs_are_regularized_by_their_mean_over_the_examples():
    x = reference.numbers(4, 5, 3)
    for kind in (nn.Dense, nn.LSTM):
        layer = kind(2, activity_regularizer="l2", dtype="float64")
        y = layer(x).numpy()
        np.testing.assert_allclose(layer.losses, [0.01 * np.sum(y * y) / 4])
        assert type(layer).from_config(layer.get_config()).activity_regularizer is layer.activity_regularizer
    model = nn.Sequential([nn.Dense(2, activity_regularizer="l1", kernel_initializer="ones", dtype="float64")])
    model.compile("sgd", "mse")
    y = np.abs(model(x[:, 0]).numpy()).sum() / 4
    assert model.evaluate(x[:, 0], model(x[:, 0]), verbose=0) == pytest.approx(0.01 * y)


def test_data_are_normalized_by_what_was_adapted(tmp_path):
    data = reference.numbers(6, 4, 3)
    layer = nn.Normalization(axis=(1, 2), dtype="float64")
    layer.adapt(data)
    np.testing.assert_allclose(layer(data), (data - data.mean(0)) / data.std(0), rtol=1e-12)
    back = nn.Normalization(axis=(1, 2), invert=True, dtype="float64")
    back.adapt(data)
    np.testing.assert_allclose(back(layer(data)), data, rtol=1e-12)
    model, other = (nn.Sequential([nn.Input((4, 3)), nn.Normalization()]) for _ in range(2))
    model.layers[0].adapt(data)
    model.save_weights(tmp_path / "w.npz")
    other.load_weights(tmp_path / "w.npz")
    np.testing.assert_array_equal(model(data), other(data))
    np.testing.assert_allclose(model(data), (data - data.mean((0, 1))) / data.std((0, 1)), rtol=1e-5, atol=1e-6)
    assert not model.trainable_variables


# -- batch normalization ---------------------------------------------------------------------------------------------


def test_moving_averages_are_those_of_the_batches():
    norm, x = nn.BatchNormalization(momentum=0.8, dtype="float64"), reference.numbers(3, 10, 4)
    mean, variance = np.zeros(4), np.ones(4)
    for batch in x:
        norm(batch, training=True)
        mean = 0.8 * mean + 0.2 * batch.mean(0)
        variance = 0.8 * variance + 0.2 * batch.var(0)
    np.testing.assert_allclose(norm.moving_mean, mean)
    np.testing.assert_allclose(norm.moving_variance, variance)
    np.testing.assert_allclose(norm(x[0]), (x[0] - mean) / np.sqrt(variance + 1e-3))
    assert [v.trainable for v in norm.variables] == [True, True, False, False]


def test_frozen_it_normalizes_by_its_averages_and_leaves_them():
    norm, x = nn.BatchNormalization(dtype="float64"), reference.numbers(10, 4)
    norm(x, training=True)
    norm.trainable = False
    before = norm.get_weights()
    np.testing.assert_array_equal(norm(x, training=True), norm(x))
    assert all(np.array_equal(a, b) for a, b in zip(before, norm.get_weights()))


def test_training_is_off_unless_said_and_said_for_all_inside():
    model = nn.Sequential([nn.Dense(8), nn.Sequential([nn.Dropout(0.5)])])
    x = np.ones((4, 3))
    assert np.array_equal(model(x), model(x))
    with nn.training():
        assert not np.array_equal(model(x), model(x))
        assert np.array_equal(model(x, training=False), model(x, training=False))
    assert not np.array_equal(model(x, training=True), model(x, training=True))


# -- what they refuse ------------------------------------------------------------------------------------------------

IMAGE = np.zeros((1, 5, 5, 3))


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: nn.Dense(0), "units is a positive whole number, but got 0"),
        (lambda: nn.Dense(2.5), "units is a positive whole number, but got 2.5"),
        (lambda: nn.Dense("4"), "units"),
        (lambda: nn.Dense(True), "units"),
        (lambda: nn.Dense(2, activation="sigmoyd"), "did you mean 'sigmoid'"),
        (lambda: nn.Dense(2, kernel_initializer="glorot"), "did you mean 'glorot_normal' or 'glorot_uniform'"),
        (lambda: nn.Dense(2, kernel_regularizer="l3"), "regularizer 'l3'"),
        (lambda: nn.Dense(2, dtype="int32"), "weights is a float"),
        (lambda: nn.Conv2D(2, (3, 3, 3)), "height and a width"),
        (lambda: nn.Conv2D(2, 0), "positive"),
        (lambda: nn.Conv2D(2, 3, padding="Same"), "did you mean 'same'"),
        (lambda: nn.Conv2D(-1, 3), "filters"),
        (lambda: nn.MaxPool2D(2, strides=0), "strides"),
        (lambda: nn.Embedding(0, 3), "input_dim"),
        (lambda: nn.Activation("gellu"), "did you mean 'gelu'"),
        (lambda: nn.MLP([]), "sizes"),
        (lambda: nn.Dense(2, activatoin="relu"), "Unknown option of Dense 'activatoin'; did you mean 'activation'"),
        (lambda: nn.Conv2D(2, 3, stride=2), "option of Conv2D 'stride'; did you mean 'strides'"),
        (lambda: nn.Perceptron(dtpye="float64"), "did you mean 'dtype'"),
        (lambda: nn.Sequential(nn.Dense(2)), "layers is a list of layers"),
        (lambda: nn.set_floatx("int32"), "say 'float32' or 'float64'"),
        (lambda: nn.Reshape((2, "a")), "target_shape is a positive whole number"),
        (lambda: nn.Permute((2, 3)), "dims is the axes of an example"),
        (lambda: nn.RepeatVector(0), "n is a positive whole number"),
        (lambda: nn.Lambda(3), "function is a function of an array, but got 3"),
        (lambda: nn.ReLU(max_value=-1.0), "max_value is None, or a number from 0 on"),
        (lambda: nn.ZeroPadding2D((1, 2, 3)), "padding is a width"),
        (lambda: nn.ZeroPadding2D(-1), "padding is a whole number, 0 or more"),
        (lambda: nn.UpSampling2D(interpolation="bilinear"), "Unknown interpolation 'bilinear'"),
        (lambda: nn.Conv2D(2, (3, 3, 3)), "A window's size is a height and a width"),
        (lambda: nn.Conv2D(2, 3, padding="causal"), "Unknown padding 'causal'"),
        (lambda: nn.Conv1D(2, 3, strides=2, dilation_rate=2), "either strides or a dilation_rate"),
        (lambda: nn.Conv2D(3, 3, groups=2), "divides its filters among the groups"),
        (lambda: nn.Conv2D(2, 3, groups=2)(IMAGE), "2 groups of channels, but there are 3"),
        (lambda: nn.Conv2DTranspose(2, 3, dilation_rate=2)(IMAGE), "neither groups nor a dilation_rate"),
        (lambda: nn.GroupNormalization(2)(IMAGE), "2 groups of channels, but there are 3"),
        (lambda: nn.GaussianNoise(-1.0), "stddev is a number, 0 or more"),
        (lambda: nn.Normalization(mean=1.0), "needs the mean and the variance"),
        (lambda: nn.MultiHeadAttention(0, 3), "num_heads is a positive whole number"),
        (lambda: nn.Bidirectional(nn.LSTM(2), merge_mode="max"), "Unknown merge_mode 'max'"),
        (lambda: nn.Softmax()(np.ones((2, 3)), mask=np.ones((2, 2), bool)), r"mask of shape \(2, 2\) does not fit"),
    ],
)
def test_options_that_make_no_sense_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


class Seen(nn.Model):
    """An attention of one input."""

    def __init__(self):
        super().__init__()
        self.attention = nn.MultiHeadAttention(2, 3)

    def call(self, x):
        return self.attention(x, x)


WRONG = [  # layer, a right input, a wrong one, what is said of it at the first call, and at later ones
    (
        lambda: nn.Dense(2),
        np.zeros((1, 3)),
        np.zeros(3),
        r"\(batch, features\).*x\[None, :\]",
        r"is \(batch, 3\), but got .*\(3,\)",
    ),
    (lambda: nn.Dense(2), np.zeros((1, 3)), np.zeros((1, 4)), None, r"built for 3 features.*\(1, 4\)"),
    (lambda: nn.Dense(2), np.zeros((1, 3)), np.zeros((4, 0)), "positive whole number, but got 0", r"\(4, 0\)"),
    (lambda: nn.Dense(2), np.zeros((1, 3)), 1.0, "batch", "batch"),
    (lambda: nn.Conv2D(2, 3), IMAGE, IMAGE[0], "images", "images"),
    (lambda: nn.Conv2D(2, 3), IMAGE, IMAGE[..., :2], None, "built for 3 channels"),
    (lambda: nn.Conv2D(2, 3), IMAGE, IMAGE[:, :2], r"windows of \(3, 3\), but its input is \(2, 5", r"input is \(2, 5"),
    (lambda: nn.MaxPool2D(2), IMAGE, IMAGE[0], "images", "images"),
    (lambda: nn.MaxPool2D(2), IMAGE, IMAGE[:, :, :1], "windows", "windows"),
    (lambda: nn.Embedding(4, 2), [[1]], [[4]], r"rows \[0, 4\), but was asked for 4 to 4", "asked for 4"),
    (lambda: nn.Embedding(4, 2), [[1]], [[-1]], "-1", "-1"),
    (lambda: nn.Embedding(4, 2), [[1]], [[0.5]], "fractions", "fractions"),
    (lambda: nn.Embedding(4, 2), [[1]], [[np.nan]], "whole numbers", "whole numbers"),
    (lambda: nn.BatchNormalization(), np.zeros((2, 3)), np.zeros((2, 4)), None, r"sizes \(3,\).*\(2, 4\)"),
    (lambda: nn.BatchNormalization(), np.zeros((2, 3)), np.zeros(3), "after the batch", "2 axes"),
    (lambda: nn.LayerNormalization(axis=2), np.zeros((2, 3, 4)), np.zeros((2, 3)), "axis 2 after the batch", "3 axes"),
    (lambda: nn.LayerNormalization(axis=-3), None, np.zeros((2, 3)), "axis -3 after the batch", None),
    (lambda: nn.LayerNormalization(axis=-2), None, np.zeros((2, 3)), "axis -2 after the batch", None),
    (lambda: nn.LayerNormalization(axis=0), None, np.zeros((2, 3)), "axis 0 after the batch", None),
    (lambda: nn.Dense(2), np.zeros((1, 3)), np.array([["a", "b", "c"]]), "numbers", "numbers"),
    (lambda: nn.Dense(2), np.zeros((1, 3)), None, "numbers", "numbers"),
    (lambda: nn.Dense(2), np.zeros((1, 3)), [[1.0], [1.0, 2.0]], "homogeneous", "homogeneous"),
    (lambda: nn.Conv1D(2, 3), STEPS, STEPS[0], r"sequences \(batch, steps, channels\)", "sequences"),
    (lambda: nn.Conv1D(2, 3), STEPS, STEPS[:, :2], "windows of 3, but its input is 2 steps long", "2 steps long"),
    (lambda: nn.Conv1D(2, 3), STEPS, STEPS[..., :3], None, "built for 4 channels"),
    (lambda: nn.Conv2DTranspose(2, 3), IMAGE, IMAGE[..., :2], None, "built for 3 channels"),
    (lambda: nn.AveragePooling2D(9), None, IMAGE, "windows", None),
    (lambda: nn.GlobalMaxPooling1D(), STEPS, IMAGE, "sequences", "sequences"),
    (lambda: nn.GlobalAveragePooling2D(), IMAGE, STEPS, "images", "images"),
    (lambda: nn.UpSampling2D(), IMAGE, STEPS, "images", "images"),
    (lambda: nn.Reshape((2, 3)), np.zeros((4, 6)), np.zeros((4, 5)), r"makes \(2, 3\) of each example.*\(5,\)", r"\(5,\)"),
    (lambda: nn.Reshape((4, -1)), np.zeros((4, 8)), np.zeros((4, 6)), r"makes \(4, -1\)", r"\(6,\)"),
    (lambda: nn.Permute((2, 1)), STEPS, IMAGE, "2 axes after the batch", "2 axes after the batch"),
    (lambda: nn.RepeatVector(2), np.zeros((2, 3)), STEPS, r"vectors \(batch, units\)", "vectors"),
    (lambda: nn.Add(), [STEPS, STEPS], STEPS, "is a list of arrays", "is a list of arrays"),
    (lambda: nn.Subtract(), [STEPS, STEPS], [STEPS] * 3, "takes two arrays, but got 3", "two arrays"),
    (lambda: nn.Dot(1), [STEPS, STEPS], [STEPS, STEPS[:, :2]], r"sums over the axes 1, .*\(2, 2, 4\)", "sums over the axes"),
    (lambda: nn.PositionEmbedding(5), STEPS, np.zeros((1, 6, 4)), "up to 5 steps", "up to 5 steps"),
    (lambda: nn.SinePositionEncoding(), STEPS, np.zeros((2, 3)), r"sequences \(batch, steps, features\)", "sequences"),
    (lambda: Seen(), STEPS, STEPS[0], r"a query \(batch, steps, features\)", "built for inputs|query"),
    (lambda: Seen(), STEPS, STEPS[..., :3], None, r"was built for inputs \(batch, ..., 4\), but got \(2, 5, 3\)"),
]


@pytest.mark.parametrize("make, right, wrong, first, later", WRONG)
def test_wrong_inputs_are_refused_and_leave_the_layer_as_it_was(make, right, wrong, first, later):
    layer = make()
    if first is not None:
        with pytest.raises((ValueError, TypeError), match=first):
            layer(wrong)
        assert not layer.built and layer.variables == [] and layer.output_shape is None
    if right is None:
        return
    layer(right)
    before = [v.numpy() for v in layer.variables]
    with pytest.raises((ValueError, TypeError), match=later):
        layer(wrong)
    assert layer.built and all(np.array_equal(a, v) for a, v in zip(before, layer.variables))
    layer(right)
