"""Every layer, loss, activation and regularizer, and whole models, against finite differences: inputs and variables, to
order 2. Whatever nn has and no table here has fails."""

import numpy as np
import pytest
from reference import activations as points
from reference import layers as layer_cases
from reference import losses as loss_cases
from reference.layers import numbers
from together import each

import autodiff as ad
import nn
from nn import activations, layers, losses, regularizers

# -- layers ----------------------------------------------------------------------------------------------------------

LAYERS = layer_cases.CASES | {
    "perceptron": ("Perceptron", {}, numbers(4, 3), False),
    "dense_regularized": ("Dense", dict(units=2, kernel_regularizer="l2", activation="gelu"), numbers(4, 3), True),
    "dropout": ("Dropout", dict(rate=0.4), numbers(5, 4), True),
    "dropout_of_steps": ("SpatialDropout1D", dict(rate=0.4), numbers(2, 3, 4), True),
    "dropout_of_images": ("SpatialDropout2D", dict(rate=0.4), numbers(2, 3, 2, 4), True),
    "noise": ("GaussianNoise", dict(stddev=0.4), numbers(5, 4), True),
    "lstm_dropping": ("LSTM", dict(units=2, dropout=0.4, recurrent_dropout=0.3), numbers(3, 4, 2), True),
    "gru_dropping": ("GRU", dict(units=2, dropout=0.4, recurrent_dropout=0.3), numbers(3, 4, 2), True),
    "attention_dropping": ("MultiHeadAttention", dict(num_heads=2, key_dim=3, dropout=0.4), (numbers(2, 3, 4),) * 2, True),
    "positions": ("PositionEmbedding", dict(sequence_length=5), numbers(2, 3, 4), False),
    "sines_of_positions": ("SinePositionEncoding", {}, numbers(2, 3, 4), False),
}


def same_each_time(layer, training, of=(), **how):
    """The layer as a function that draws the same numbers at each call. of: an input of the form that it takes."""

    def function(*inputs):
        with nn.settings.use_generator(np.random.default_rng(0)):
            return layer(*layer_cases.in_form(of, list(inputs)), training=training, **how)

    function.trainable_variables = layer.trainable_variables
    return function


@each("case", {case: case for case in LAYERS})
def test_layers(case, check_gradients):
    name, options, x, training, *how = LAYERS[case]
    if name == "MultiHeadAttention":  # the bias of the keys changes nothing, so its gradients are rounding errors
        options = options | dict(use_bias=False)
    layer, arrays = layer_cases.made(layers, name, options), layer_cases.arrays_of(x)
    layer(*layer_cases.in_form(x, arrays))
    scale = 0.2 if name == "MultiHeadAttention" else 0.5  # without scores that leave nothing of a softmax to differentiate
    layer.set_weights([scale * w for w in layer_cases.weights([v.shape for v in layer.variables])])
    inputs = [a if a.dtype.kind == "f" else a.tolist() for a in arrays]
    check_gradients(same_each_time(layer, training, x, **dict(*how)), *inputs, order=2)


def test_every_layer_has_a_row():
    inner = {part[0] for _, options, *_ in LAYERS.values() for parts in options.values() if isinstance(parts, list)
             for part in parts if isinstance(part, tuple)}  # fmt: skip
    other_names = {"Layer", "MaxPooling2D", "MaxPool1D", "StackedRNNCells"}
    assert {name for name, *_ in LAYERS.values()} | inner | other_names == set(layers.CLASSES)


# -- activations -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", points.CASES)
def test_activations(case, check_gradients):
    name, options = points.CASES[case]
    x = np.array(points.NEAR).reshape(3, 4)
    check_gradients(lambda x: (activations.NAMES.get(name) or getattr(activations, name))(x, **options), x, order=2)


def test_every_activation_has_a_row():
    assert {name for name, _ in points.CASES.values()} == set(activations.NAMES) | {"threshold"}


# -- losses ----------------------------------------------------------------------------------------------------------


@each("case", {case: case for case in loss_cases.CASES if "huge" not in case and "mean_with" not in case})
def test_losses(case, check_gradients):
    name, options, y, p, w = loss_cases.CASES[case]
    loss = getattr(losses, name)(**options)
    if "certain" in case:
        p = 0.05 + 0.9 * p  # at 0 and 1 a difference leaves the probabilities
    check_gradients(lambda p: loss(y, p, w), p, order=1 if "extreme" in case else 2)


def test_every_loss_has_a_row():
    assert {name for name, *_ in loss_cases.CASES.values()} == {loss.__name__ for loss in losses.CLASSES}


# -- regularizers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(set(regularizers.NAMES)))
def test_regularizers(name, check_gradients):
    made = regularizers.NAMES[name](l1=0.3, l2=0.2) if name.lower() in ("l1l2", "l1_l2") else regularizers.get(name)
    check_gradients(made, numbers(3, 2), order=2)


# -- models ----------------------------------------------------------------------------------------------------------


class Residual(nn.Model):
    """Layers in attributes, in a list and in a dict, one of them twice, and a bare Variable."""

    def __init__(self):
        super().__init__(dtype="float64")
        wide = dict(dtype="float64", kernel_initializer="he_normal")
        self.blocks = [nn.Dense(4, "tanh", **wide), nn.Sequential([nn.Dense(4, "softplus", **wide)])]
        self.heads = {"mean": nn.Dense(1, **wide), "scale": nn.Dense(1, "sigmoid", **wide)}
        self.norm = nn.LayerNormalization(dtype="float64")
        self.gain = ad.Variable(0.7, name="gain")

    def call(self, x):
        for block in (*self.blocks, self.blocks[0]):
            x = x + self.gain * self.norm(block(x))
        return self.heads["mean"](x) * self.heads["scale"](x)


def convolutional():
    return nn.Sequential(
        [
            nn.Conv2D(3, 3, padding="same", activation="tanh", dtype="float64"),
            nn.BatchNormalization(dtype="float64"),
            nn.MaxPool2D(2, dtype="float64"),
            nn.Flatten(dtype="float64"),
            nn.Dropout(0.3, dtype="float64"),
            nn.Dense(4, dtype="float64"),
        ]
    )


def of_words():
    return nn.Sequential(
        [nn.Embedding(5, 3, dtype="float64"), nn.Flatten(dtype="float64"), nn.Dense(2, "softmax", dtype="float64")]
    )


MODELS = {
    "mlp": (lambda: nn.MLP([5, 4, 3], "tanh", dropout=0.25, dtype="float64"), numbers(4, 3), 2),
    "residual": (Residual, numbers(3, 4), 2),
    "convolutional": (convolutional, numbers(2, 4, 4, 2), 2),
    "words": (of_words, [[0, 4, 2], [1, 1, 3]], 2),
}


@pytest.mark.parametrize("training", [False, True], ids=["predicting", "training"])
@pytest.mark.parametrize("name", MODELS)
def test_models(name, training, check_gradients):
    make, x, order = MODELS[name]
    nn.set_random_seed(0)
    model = make()
    model(np.asarray(x))
    check_gradients(same_each_time(model, training), x, order=order)


def test_the_loss_that_fit_descends(check_gradients):
    """Model, loss with weights, and penalties, as one function of all the variables."""
    nn.set_random_seed(0)
    model = nn.Sequential(
        [
            nn.Dense(4, "tanh", dtype="float64", kernel_regularizer="l2", bias_regularizer="l1"),
            nn.Dense(3, dtype="float64", kernel_regularizer=regularizers.L1L2(0.01, 0.02)),
        ]
    )
    x, y, w = numbers(5, 2), np.array([0, 2, 1, 1, 0]), np.array([0.5, 1.0, 2.0, 0.0, 1.0])
    model(x)

    def cost():
        return losses.SparseCategoricalCrossentropy(True, label_smoothing=0.1)(y, model(x), w) + sum(model.losses)

    cost.trainable_variables = model.trainable_variables
    check_gradients(cost, order=2)


def test_a_layer_in_float32_is_checked_in_float64_and_left_as_it_was(check_gradients):
    model = nn.Sequential([nn.Dense(3, "tanh"), nn.BatchNormalization(), nn.Dense(1)])
    x = numbers(4, 2)
    model(x)
    before = model.get_weights()
    verdict = check_gradients(model, x, order=2)
    assert verdict.kind == "pass", verdict
    assert model(x).dtype == np.float32 and {v.dtype for v in model.variables} == {np.dtype(np.float32)}
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert check_gradients(nn.Dense(2), x).kind == "pass"  # built by the check, in its own dtype
