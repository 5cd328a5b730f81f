"""The pictures of training: what is drawn equals the data, the axes given are the axes returned, bad input is refused."""

import itertools

import numpy as np
import pytest

import autodiff as ad
import nn

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")
pyplot = pytest.importorskip("matplotlib.pyplot")


@pytest.fixture(autouse=True)
def closed():
    pyplot.close("all")  # those of doctests
    yield
    pyplot.close("all")


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def labels(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def rows(ax):
    return [label.get_text() for label in ax.get_yticklabels()]


def lines(ax):
    """{label: points (k, 2)}."""
    return {line.get_label(): line.get_xydata() for line in ax.lines}


POINTS, CLASSES = np.array([[-1.0, 0.0], [1.0, 1.0], [0.5, -1.0]]), np.array([0, 1, 1])
SWEPT = [{"learning_rate": rate, "seed": seed, "loss": rate + seed} for rate in (1.0, 0.5) for seed in range(3)]
DRAWINGS = {
    "history": lambda ax: nn.plots.history({"loss": [2.0, 1.0]}, ax=ax),
    "decision_boundary": lambda ax: nn.plots.decision_boundary(lambda x: x[:, 0], POINTS, CLASSES, ax=ax, resolution=10),
    "loss_surface": lambda ax: nn.plots.loss_surface(lambda x, y: x * y, (0, 1), (0, 1), ax=ax),
    "activation": lambda ax: nn.plots.activation("tanh", ax=ax),
    "gradient_flow": lambda ax: nn.plots.gradient_flow([np.ones(3)], ax=ax),
    "histograms": lambda ax: nn.plots.histograms([np.ones(3)], ax=ax),
    "learning_rates": lambda ax: nn.plots.learning_rates({0.1: [2.0, 1.0]}, ax=ax),
    "sweep": lambda ax: nn.plots.sweep(SWEPT, ax=ax),
    "image_grid": lambda ax: nn.plots.image_grid(np.zeros((2, 4, 4)), ax=ax),
}


@pytest.mark.parametrize("style", ["default", "dark_background"])
@pytest.mark.parametrize("name", DRAWINGS)
def test_the_axes_given_are_those_returned_and_nothing_else_is_touched(name, style):
    with pyplot.style.context(style):
        elsewhere = pyplot.figure()
        figure = matplotlib.figure.Figure()  # of no pyplot state
        ax = figure.subplots()
        assert DRAWINGS[name](ax) is ax
        assert pyplot.get_fignums() == [elsewhere.number] and not elsewhere.axes
        figure.canvas.draw()
        new = DRAWINGS[name](None)
        assert new is not ax and len(pyplot.get_fignums()) == 2


@pytest.mark.parametrize("name", DRAWINGS)
def test_an_array_of_axes_is_refused(name):
    with pytest.raises(TypeError, match=r"array of 2 .*axes.flat\[0\]"):
        DRAWINGS[name](matplotlib.figure.Figure().subplots(1, 2))


def test_all_drawings_are_here():
    assert {*nn.plots.__all__} == {*DRAWINGS}


# -- curves ----------------------------------------------------------------------------------------------------------


def trained(rng, **options):
    model = nn.Sequential([nn.Dense(4, "tanh"), nn.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model, model.fit(rng.normal(size=(40, 2)), rng.integers(0, 2, 40), epochs=6, verbose=0, **options)


def test_the_curves_of_a_fit_are_its_history(rng):
    _, history = trained(rng, validation_split=0.25, validation_freq=2)
    ax = history.plot()
    left, right = ax, next(other for other in ax.figure.axes if other is not ax)
    drawn = lines(left) | lines(right)
    for name, epochs in (("loss", range(6)), ("val_loss", [1, 3, 5]), ("accuracy", range(6)), ("val_accuracy", [1, 3, 5])):
        np.testing.assert_array_equal(drawn[name], np.c_[list(epochs), history.history[name]])
    assert {"loss", "val_loss"} < lines(left).keys() and lines(right).keys() == {"accuracy", "val_accuracy"}
    best = int(np.argmin(history.history["val_loss"]))
    (name,) = (name for name in drawn if name.startswith("best"))
    np.testing.assert_array_equal(drawn[name], [[[1, 3, 5][best], history.history["val_loss"][best]]])
    assert sorted(labels(right)) == sorted(drawn)


@pytest.mark.parametrize(
    "names, drawn, best",
    [
        (None, ["loss", "val_loss", "accuracy"], (1, 2.0)),
        ("loss", ["loss", "val_loss"], (1, 2.0)),
        (["val_loss"], ["val_loss"], (1, 2.0)),
        (["accuracy"], ["accuracy"], (2, 0.9)),
        ("learning_rate", ["learning_rate"], (2, 0.1)),
    ],
)
def test_curves_by_name(names, drawn, best):
    numbers = {"loss": [3, 2, 1], "accuracy": [0.1, np.nan, 0.9], "val_loss": [4, 2, 3], "learning_rate": [0.3, 0.2, 0.1]}
    ax = nn.plots.history(numbers, names)
    found = {}
    for each in ax.figure.axes:
        found |= lines(each)
    (mark,) = (name for name in found if name.startswith("best"))
    assert sorted(found) == sorted([*drawn, mark])
    assert found[mark].tolist() == [list(best)]


@pytest.mark.parametrize(
    "history, names, message",
    [
        ({}, None, "not empty"),
        (None, None, "what fit returned"),
        ({"loss": [1.0]}, "val_los", "Unknown curve"),
        ({"loss": [1.0]}, [], "No names"),
        ({"loss": 1.0}, None, "list of numbers"),
    ],
)
def test_histories_that_are_none(history, names, message):
    with pytest.raises(ValueError, match=message):
        nn.plots.history(history, names)


def test_one_epoch_is_a_dot():
    ax = nn.plots.history({"loss": [1.0], "accuracy": [0.5]})
    curves = [line for each in ax.figure.axes for line in each.lines if not line.get_label().startswith("best")]
    assert [line.get_marker() for line in curves] == [".", "."]


def test_a_history_of_nan_has_no_best():
    assert list(lines(nn.plots.history({"loss": [np.nan, np.nan]}))) == ["loss"]


def test_divergent_curves_are_cut():
    good, bad, worse = [4.0, 2.0, 1.0], [4.0, 30.0, 50.0, 1e9], [4.0, np.nan, 3.0]
    ax = nn.plots.learning_rates({1.0: bad, 0.1: good, 10.0: worse, 100.0: [np.inf]})
    assert labels(ax) == ["0.1: 1", "1: diverges", "10: diverges", "100: diverges"]
    assert [line.get_ydata().tolist() for line in ax.lines if not line.get_label().startswith("_")] == [
        good, [4.0, 30.0], [4.0], []
    ]  # fmt: skip
    ends = [line.get_xydata().tolist() for line in ax.lines if line.get_label().startswith("_")]
    assert ends == [[[2, 1.0]], [[1, 30.0]], [[0, 4.0]]]
    assert ax.get_yscale() == "log" and ax.get_ylim()[1] < 1000


def test_losses_below_zero_have_a_plain_scale():
    assert nn.plots.learning_rates({0.1: [1.0, -1.0]}).get_yscale() == "linear"


@pytest.mark.parametrize("histories, message", [({}, "not empty"), ([1.0], "rate: History"), ({0.1: {"acc": [1]}}, "'loss'")])
def test_sweeps_that_are_none(histories, message):
    with pytest.raises(ValueError, match=message):
        nn.plots.learning_rates(histories)


@pytest.mark.parametrize("made", [False, True])
def test_a_sweep_begins_each_training_at_the_same_weights(made, rng):
    def make():
        model = nn.Sequential([nn.Dense(1, input_shape=(3,))])
        model.compile("sgd", "mse")
        return model

    model, x = make(), rng.normal(size=(64, 3)).astype("float32")
    before, y = model.get_weights(), x @ np.ones((3, 1))
    found = nn.tuning.learning_rate_sweep(make if made else model, x, y, rates=[0.0, 1e-9, 0.1, 1e6], epochs=4, batch_size=16)
    losses = {rate: history.history["loss"] for rate, history in found.items()}
    assert losses[1e-9][0] == pytest.approx(losses[0.0][0], rel=1e-5) and losses[0.1][-1] < losses[0.1][0]
    assert len(losses[1e6]) < 4 or not np.isfinite(losses[1e6][-1])
    for now, then in zip(model.get_weights(), before):
        np.testing.assert_array_equal(now, then)
    assert labels(nn.plots.learning_rates(found))[-1] == "1e+06: diverges"


def band(ax, k=0):
    """{x: (least, most)} of the k-th band."""
    points = ax.collections[k].get_paths()[0].vertices
    return {x: (points[points[:, 0] == x, 1].min(), points[points[:, 0] == x, 1].max()) for x in points[:, 0].tolist()}


def table(results, **others):
    """Rows of a sweep: {learning rate: results of the seeds}."""
    each = [(rate, k, x) for rate, several in results.items() for k, x in enumerate(several)]
    return [{**others, "learning_rate": rate, "seed": seed, "loss": loss} for rate, seed, loss in each]


@pytest.mark.parametrize("draw", [nn.plots.sweep, nn.plots.learning_rates])
def test_a_table_is_drawn_by_its_medians_and_bands(draw):
    ax = draw(SWEPT)
    assert lines(ax)["median of 3 seeds"].tolist() == [[0.5, 1.5], [1.0, 2.0]]
    assert band(ax) == {0.5: (0.5, 2.5), 1.0: (1.0, 3.0)}
    assert labels(ax) == ["median of 3 seeds", "best: 1.5 at 0.5"]
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_xscale(), ax.get_yscale()) == ("learning rate", "loss", "linear", "linear")


def test_what_diverges_counts_as_the_worst():
    nan, inf = np.nan, np.inf
    rows = table({0.01: [3.0, 4.0, 5.0], 0.1: [1.0, 2.0, nan], 1.0: [1.0, inf, 1e30], 10.0: [nan] * 3})
    ax = nn.plots.sweep(rows)
    np.testing.assert_array_equal(lines(ax)["median of 3 seeds"], [[0.01, 4], [0.1, 2], [1, nan], [10, nan]])
    assert [text.get_text() for text in ax.texts] == ["1 of 3", "2 of 3", "3 of 3"]
    assert lines(ax)["diverges or fails"][:, 0].tolist() == [0.1, 1.0, 10.0]
    assert labels(ax)[1] == "best: 2 at 0.1" and ax.get_xscale() == "log" and ax.get_ylim()[1] < 100
    nothing = nn.plots.sweep(table({1.0: [nan, inf]}))
    assert labels(nothing) == ["median of 2 seeds", "diverges or fails"]


def test_a_curve_for_each_configuration_of_the_others():
    rows = [row for units in (4, 16) for row in table({0.1: [units], 0.2: [units + 1]}, units=units, kind="sgd")]
    ax = nn.plots.sweep(rows)
    assert labels(ax) == ["units 4", "units 16", "best: 4 at 0.1"] and ax.get_legend().get_title().get_text() == "loss"
    ax = nn.plots.sweep(rows, "units")
    assert labels(ax) == ["learning rate 0.1", "learning rate 0.2", "best: 4 at 4"]


@pytest.mark.parametrize("values, ticks", [((1, 2, 3), "linear"), ((4, 16, 64), "log"), ((1, 10, 1000), "log")])
def test_the_scale_of_a_parameter(values, ticks):
    ax = nn.plots.sweep([{"units": n, "seed": 0, "loss": n} for n in values], "units")
    assert ax.get_xscale() == ax.get_yscale() == ticks
    if values[-1] == 64:
        assert [label.get_text() for label in ax.get_xticklabels()] == ["4", "16", "64"]


def test_of_accuracies_the_largest_is_best():
    rows = [{"a": a, "seed": 0, "loss": a, "val_loss": -a, "accuracy": x} for a, x in ((1, 0.5), (2, 0.7), (3, np.nan))]
    assert labels(nn.plots.sweep(rows, "a", "accuracy")) == ["accuracy", "best: 0.7 at 2", "diverges or fails"]
    assert labels(nn.plots.sweep(rows, "a")) == ["val_loss", "best: -3 at 3"]


@pytest.mark.parametrize(
    "rows, options, message",
    [
        ([], {}, "A table has rows, each with a seed"),
        ([{"learning_rate": 1.0}], {}, "A table has rows, each with a seed"),
        ([1.0], {}, "A table is a list of rows"),
        (SWEPT, {"parameter": "learning_rat"}, "Unknown parameter 'learning_rat'; did you mean 'learning_rate'"),
        (SWEPT, {"result": "accuracy"}, "Unknown result 'accuracy'"),
        ([{"learning_rate": "high", "seed": 0, "loss": 1.0}], {}, "learning_rate is 'high' in a row"),
        ([{"learning_rate": 0.1, "seed": 0, "loss": None}], {}, "loss is None in a row"),
    ],
)
def test_tables_that_are_none(rows, options, message):
    with pytest.raises(ValueError, match=message):
        nn.plots.sweep(rows, **options)
    assert not pyplot.get_fignums()


# -- functions -------------------------------------------------------------------------------------------------------

DERIVATIVES = {
    "tanh": lambda z: 1 - np.tanh(z) ** 2,
    "sigmoid": lambda z: np.exp(-z) / (1 + np.exp(-z)) ** 2,
    "relu": lambda z: (z > 0) * 1.0,
    "linear": np.ones_like,
    "softplus": lambda z: 1 / (1 + np.exp(-z)),
    "leaky_relu": lambda z: np.where(z > 0, 1.0, 0.2),
}


@pytest.mark.parametrize("name", DERIVATIVES)
def test_an_activation_and_its_derivative(name):
    drawn = lines(nn.plots.activation(name, (-3, 2)))
    z, y = drawn[f"{name}(z)"].T
    assert z[0] == -3 and z[-1] == 2
    np.testing.assert_allclose(y, nn.activations.get(name)(z))
    np.testing.assert_allclose(drawn[f"{name}′(z)"], np.c_[z, DERIVATIVES[name](z)], atol=1e-12)


def test_activations_side_by_side_have_colours_of_their_own():
    ax = nn.plots.activation(lambda z: np.sin(z))
    nn.plots.activation(np.sign, ax=ax)
    assert len({line.get_color() for line in ax.lines}) == 4
    np.testing.assert_allclose(ax.lines[1].get_ydata(), np.cos(ax.lines[1].get_xdata()), atol=1e-12)
    assert not ax.lines[3].get_ydata().any()


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: nn.plots.activation("softmax"), "softmax is not elementwise"),
        (lambda: nn.plots.activation(np.sum), "not elementwise"),
        (lambda: nn.plots.activation(lambda z: np.asarray(ad.stop_gradient(z))), "no tape has followed"),
        (lambda: nn.plots.activation("tahn"), "did you mean 'tanh'"),
        (lambda: nn.plots.activation("tanh", (1, 1)), r"x_range is \(low, high\)"),
        (lambda: nn.plots.activation("tanh", 5), r"x_range is \(low, high\)"),
        (lambda: nn.plots.loss_surface(np.hypot, (0, 1), (1, 0)), r"y_range is \(low, high\)"),
        (lambda: nn.plots.loss_surface(np.hypot, (0, 1), (0, 1), {"a": [1, 2]}), r"'a' has shape \(2,\)"),
        (lambda: nn.plots.loss_surface(np.hypot, (0, 1), (0, 1), {"a": [[np.nan, 2]]}), "no finite point"),
        (lambda: nn.plots.loss_surface(lambda x, y: x * np.nan, (0, 1), (0, 1)), "everywhere"),
    ],
)
def test_functions_that_cannot_be_drawn(call, message):
    with pytest.raises(ValueError, match=message):
        call()
    assert not pyplot.get_fignums()


def bowl(x, y):
    return x**2 + 2 * y**2 - 1


@pytest.mark.parametrize("loss", [bowl, lambda x, y: bowl(float(x), float(y))], ids=["arrays", "points"])
@pytest.mark.parametrize("log", [False, True])
def test_contours_range_over_the_loss(loss, log):
    ax = nn.plots.loss_surface(loss, (-2, 1), (-1, 1), levels=10, log=log, resolution=61)
    filled, drawn = ax.collections
    for contours in (filled, drawn):
        assert contours.levels[0] == pytest.approx(-1) and contours.levels[-1] == pytest.approx(bowl(-2, 1))
        assert len(contours.levels) == 11
    steps = np.diff(drawn.levels)
    assert (steps[1:] > 1.5 * steps[:-1])[1:].all() if log else np.ptp(steps) < 1e-12
    level, points = drawn.levels[8], drawn.get_paths()[8].vertices
    np.testing.assert_allclose(bowl(*points.T), level, atol=0.02)
    assert ax.get_xlim() == (-2, 1) and ax.get_ylim() == (-1, 1)


def test_given_levels_and_constant_losses():
    ax = nn.plots.loss_surface(bowl, (-2, 1), (-1, 1), levels=[0.0, 1.0, 0.5])
    assert ax.collections[1].levels.tolist() == [0.0, 0.5, 1.0]
    nn.plots.loss_surface(lambda x, y: 0 * x, (0, 1), (0, 1)).figure.canvas.draw()
    nn.plots.loss_surface(lambda x, y: np.log(x), (-1, 1), (0, 1)).figure.canvas.draw()  # not there for x <= 0


def test_paths_are_drawn_as_they_are():
    paths = {"a": np.array([[0.0, 0.5], [0.5, 0.2], [9.0, 9.0]]), "b": [(0.1, 0.1), (np.inf, 0.0), (0.2, 0.2)]}
    ax = nn.plots.loss_surface(bowl, (-2, 1), (-1, 1), paths)
    drawn = lines(ax)
    np.testing.assert_array_equal(drawn["a"], paths["a"])
    np.testing.assert_array_equal(drawn["b"], [(0.1, 0.1), (0.2, 0.2)])
    assert labels(ax) == ["a", "b"] and ax.get_xlim() == (-2, 1)
    ends = [line.get_xydata().tolist() for line in ax.lines if len(line.get_xdata()) == 1]
    assert ends == [[[0.0, 0.5]], [[9.0, 9.0]], [[0.1, 0.1]], [[0.2, 0.2]]]


# -- decision boundaries ---------------------------------------------------------------------------------------------


def boundary_of(ax):
    """The points of the lines between the classes."""
    return np.concatenate([path.vertices for c in ax.collections if hasattr(c, "levels") for path in c.get_paths()])


class Probabilist:
    def predict_proba(self, x):
        p = 1 / (1 + np.exp(-10 * x[:, 0]))
        return np.c_[1 - p, p]


@pytest.mark.parametrize(
    "model",
    [
        lambda x: x[:, 0],  # logits
        lambda x: ad.constant(x[:, :1]),
        lambda x: 1 / (1 + np.exp(-x[:, 0])),  # probabilities
        lambda x: np.c_[-x[:, 0], x[:, 0]],
        lambda point: 3 * point[0] if isinstance(point[0], float) else [][1],  # one point
        Probabilist(),
    ],
)
def test_the_boundary_is_where_classes_are_as_likely(model):
    ax = nn.plots.decision_boundary(model, POINTS, CLASSES, resolution=41)
    np.testing.assert_allclose(boundary_of(ax)[:, 0], 0.0, atol=0.03)
    scattered = [c.get_offsets() for c in ax.collections if not hasattr(c, "levels")]
    np.testing.assert_array_equal(scattered[0], POINTS[:1])
    np.testing.assert_array_equal(scattered[1], POINTS[1:])
    assert labels(ax) == ["0", "1"]


def weighted(model, kernel, bias):
    model(np.zeros((1, 2)))
    model.set_weights([np.array(kernel, float), np.array(bias, float)])
    return model


@pytest.mark.parametrize(
    "activation, loss, edge",
    [
        ("sigmoid", None, 0.5),
        (None, nn.losses.BinaryCrossentropy(from_logits=True), 0.5),  # small logits are no probabilities
        (None, "mse", 0.75),  # x - 0.25 as a probability
    ],
)
def test_a_model_says_what_its_outputs_are(activation, loss, edge):
    x, y = np.array([[0.3, 0.0], [1.2, 1.0]]), [0, 1]
    kernel, bias = ([[1.0], [0.0]], [-0.25]) if loss == "mse" else ([[0.1], [0.0]], [-0.05])
    model = weighted(nn.Sequential([nn.Dense(1, activation)]), kernel, bias)
    if loss:
        model.compile("sgd", loss)
    x = np.clip(x, 0.35, 1.15) if loss == "mse" else x
    np.testing.assert_allclose(boundary_of(nn.plots.decision_boundary(model, x, y))[:, 0], edge, atol=0.01)


def test_three_classes_meet():
    model = weighted(nn.Sequential([nn.Dense(3, "softmax")]), [[1.0, -1.0, 0.0], [0.0, 0.0, 2.0]], [0.0, 0.0, 0.0])
    x, y = np.array([[1.0, -1.0], [-1.0, -1.0], [0.0, 2.0], [0.5, 1.0]]), [0, 1, 2, 2]
    for target in (y, np.eye(3)[y], np.reshape(y, (4, 1))):
        ax = nn.plots.decision_boundary(model, x, target, resolution=120)
        px, py = boundary_of(ax).T
        z = np.sort(np.stack([px, -px, 2 * py]), axis=0)
        np.testing.assert_allclose(z[2], z[1], atol=0.05)  # the two greatest logits are equal
        assert labels(ax) == ["0", "1", "2"]


def test_classes_may_have_any_names():
    for y in (np.array([-1, 1, 1]), np.array(["cat", "dog", "dog"]), np.array([False, True, True])):
        assert labels(nn.plots.decision_boundary(lambda x: x[:, 0], POINTS, y)) == [str(c) for c in np.unique(y)]


@pytest.mark.parametrize(
    "model, x, y, message",
    [
        (lambda x: x[:, 0], np.zeros((3, 3)), CLASSES, r"\(3, 3\)"),
        (lambda x: x[:, 0], POINTS, [0, 1], "3 points"),
        (lambda x: x[:, 0], POINTS, [0, 1, 2], "2 classes, but the points are of 3"),
        (lambda x: x[:, 0] * np.nan, POINTS, CLASSES, "NaN"),
    ],
)
def test_boundaries_that_cannot_be_drawn(model, x, y, message):
    with pytest.raises(ValueError, match=message):
        nn.plots.decision_boundary(model, x, y, resolution=5)


# -- variables -------------------------------------------------------------------------------------------------------


def test_gradients_by_variable(rng):
    model, _ = trained(rng)
    x, y = rng.normal(size=(8, 2)), rng.integers(0, 2, 8)
    with ad.Tape() as tape, nn.training():
        loss = nn.losses.BinaryCrossentropy()(y[:, None], model(x))
    variables = model.trainable_variables
    gradients = tape.gradient(loss, variables)
    by_hand = {v.name: g for v, g in zip(variables, gradients)}
    for ax in (nn.plots.gradient_flow(model, x=x, y=y), nn.plots.gradient_flow(gradients, variables),
               nn.plots.gradient_flow(gradients, model), nn.plots.gradient_flow(by_hand)):  # fmt: skip
        assert rows(ax) == ["dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias"]
        drawn = lines(ax)
        for name, of in (("mean", np.mean), ("max", np.max)):
            expected = [[of(np.abs(g.numpy())), k] for k, g in enumerate(gradients)]
            np.testing.assert_allclose(drawn[f"{name} |gradient|"], expected, rtol=1e-6)
        assert ax.get_xscale() == "log" and ax.yaxis_inverted()


def test_gradients_without_a_place_say_why():
    ax = nn.plots.gradient_flow([None, np.zeros(2), [np.inf, 1.0], [1e-3]], ["a", "b", "c", "d"])
    assert [(text.get_text(), text.get_position()[1]) for text in ax.texts] == [
        ("None: not connected", 0), ("0 everywhere", 1), ("NaN or infinite", 2)
    ]  # fmt: skip
    assert lines(ax)["max |gradient|"].tolist() == [[1e-3, 3]]


def test_gradients_that_cannot_be_drawn(rng):
    model, _ = trained(rng)
    with pytest.raises(ValueError, match="2 gradients, but 1 variables"):
        nn.plots.gradient_flow([[1.0], [2.0]], ["one"])
    with pytest.raises(ValueError, match="give it as x= and y="):
        nn.plots.gradient_flow(model)


def test_histograms_count(rng):
    arrays = {"a": rng.normal(size=500), "b": rng.normal(3, 0.1, (5, 20)), "c": np.array([0.0, np.nan, np.inf])}
    ax = nn.plots.histograms(arrays, bins=30)
    assert rows(ax) == ["a", "b", "c (2 not finite)"]
    edges = np.histogram_bin_edges(np.concatenate([arrays["a"], arrays["b"].ravel(), [0.0]]), 30)
    for k, (patch, a) in enumerate(zip(ax.patches, arrays.values())):
        values, drawn_edges, base = patch.get_data()
        counts = np.histogram(a[np.isfinite(a)], edges)[0]
        np.testing.assert_allclose(drawn_edges, edges)
        np.testing.assert_allclose((values - base) / 0.85, counts / counts.max())
        assert base == 2 - k


def test_variables_go_by_their_names(rng):
    model, _ = trained(rng)
    assert rows(nn.plots.histograms(model)) == [v.name for v in model.trainable_variables]
    twins = [ad.Variable([1.0], name="w"), ad.Variable([2.0], name="w"), ad.Variable([3.0]), np.ones(2)]
    assert rows(nn.plots.histograms(twins)) == ["w#0", "w#1", "2", "3"]

    class Two(nn.Model):
        def __init__(self):
            super().__init__()
            self.first, self.second = nn.Dense(2), nn.Dense(2)

        def call(self, x):
            return self.second(self.first(x))

    two = Two()
    two(np.zeros((1, 2)))
    assert rows(nn.plots.histograms(two)) == ["first/kernel", "first/bias", "second/kernel", "second/bias"]


@pytest.mark.parametrize("arrays", [{}, [], [np.nan], nn.Sequential()])
def test_nothing_to_count(arrays):
    with pytest.raises(ValueError, match="no finite numbers"):
        nn.plots.histograms(arrays)


@pytest.mark.parametrize(
    "numbers, last",
    [
        ({"loss": [1.0, 0.5], "accuracy": [0.2, 1.0]}, 1.0),
        ({"loss": [1.0, 0.5], "auc": [0.2, 0.9], "precision": [0.1, 1.0]}, 1.0),
        ({"accuracy": [0.2, 1.0], "val_accuracy": [0.1, 0.9]}, 1.0),
        ({"loss": [1.0, 0.5], "my_accuracy": [0.2, 0.95]}, 1.0),
        ({"loss": [1.0, 0.5], "r2": [-0.5, 0.98]}, 1.0),
        ({"loss": [1.0, 0.5], "accuracy": [0.2, 1.0], "mae": [3.0, 2.0]}, None),
        ({"loss": [1.0, 0.5], "accuracy": [20.0, 100.0]}, None),
        ({"loss": [1.0, 0.5], "mae": [0.9, 0.8]}, None),
    ],
)
def test_the_axis_of_a_metric_ends_at_one(numbers, last):
    ax = nn.plots.history(numbers)
    ax = ax.figure.axes[-1]
    low, high = ax.get_ylim()
    (side,) = (side for side in ("left", "right") if ax.spines[side].get_visible() and ax.yaxis.get_ticks_position() == side)
    bounds, top = ax.spines[side].get_bounds(), max(tick for tick in ax.get_yticks() if low <= tick <= high)
    assert (bounds, top) == ((low, min(high, last)), last) if last else bounds is None


# -- images ----------------------------------------------------------------------------------------------------------


def test_images_keep_their_pixels(rng):
    images = rng.uniform(size=(5, 4, 6))
    ax = nn.plots.image_grid(images, titles=range(5), columns=3)
    sheet = ax.images[0].get_array()
    np.testing.assert_array_equal(np.sort(sheet.compressed()), np.sort(images.ravel()))
    assert [text.get_text() for text in ax.texts] == list("01234")
    for image, text in zip(images, ax.texts):
        left, top = round(text.get_position()[0] - 2.5), round(text.get_position()[1] + 0.7)
        np.testing.assert_array_equal(sheet[top : top + 4, left : left + 6], image)


def test_shapes_of_images(rng):
    flat = rng.uniform(size=(3, 16))
    sheets = [nn.plots.image_grid(flat.reshape(shape)).images[0].get_array() for shape in ((3, 16), (3, 4, 4), (3, 4, 4, 1))]
    for sheet in sheets:
        np.testing.assert_array_equal(sheet, sheets[0])
    coloured = nn.plots.image_grid(rng.uniform(size=(2, 4, 4, 3))).images[0].get_array()
    assert coloured.shape[2] == 4 and (coloured[..., 3] == 1).sum() == 32
    signed = nn.plots.image_grid(rng.normal(size=(2, 9))).images[0].norm
    assert signed.vmin == -signed.vmax
    for bad in (np.zeros((2, 3)), np.zeros((0, 4, 4)), np.zeros((1, 4, 4, 2)), np.zeros(4)):
        with pytest.raises(ValueError, match="Images have the shape"):
            nn.plots.image_grid(bad)
    with pytest.raises(ValueError, match="2 images, but 3 titles"):
        nn.plots.image_grid(np.zeros((2, 4, 4)), titles="abc")


COLOURS = np.array([[[[128, 64, 255], [0, 0, 0]]]], np.uint8)  # one image of two dots


@pytest.mark.parametrize(
    "colours",
    [COLOURS, COLOURS.astype(int), COLOURS.astype("float32"), COLOURS / 255, COLOURS / 127.5 - 1, ad.constant(COLOURS / 255)],
    ids=["bytes", "integers", "whole floats", "0 to 1", "-1 to 1", "a Tensor"],
)
def test_colours_of_any_scale_are_shown_as_they_are(colours):
    ax = nn.plots.image_grid(colours)
    ax.figure.canvas.draw()  # which would warn of colours that it clips
    sheet = ax.images[0].get_array()
    np.testing.assert_allclose(sheet[-1:, :, :3], COLOURS[0] / 255, atol=1e-6)
    assert (sheet[-1, :, 3] == 1).all()


def test_masks_and_transparent_colours():
    shown = [nn.plots.image_grid(masks).images[0].get_array()[-1, 0] for masks in (COLOURS > 100, (COLOURS > 100).astype(int))]
    assert [colour.tolist() for colour in shown] == [[1, 0, 1, 1]] * 2
    clear = nn.plots.image_grid(np.concatenate([COLOURS, COLOURS[..., 1:2]], axis=-1)).images[0].get_array()
    assert clear[-1, 0].tolist() == [128 / 255, 64 / 255, 1, 64 / 255] and not clear[0].any()


# -- legible ---------------------------------------------------------------------------------------------------------

CROSSING = {"loss": [1.0, 0.5, 0.1], "val_loss": [1.1, 0.6, 0.2], "accuracy": [0.1, 0.5, 0.9], "val_accuracy": [0.0, 0.4, 0.8]}


@pytest.mark.parametrize("size", [(6.4, 4.8), (4.0, 3.0), (2.6, 2.6)])
@pytest.mark.parametrize(
    "draw",
    [
        lambda ax: nn.plots.history(CROSSING, ax=ax),
        lambda ax: nn.plots.learning_rates({10.0**-k: np.linspace(1, 0.2 * k, 9) for k in range(1, 5)}, ax=ax),
        lambda ax: nn.plots.learning_rates({10.0**-k: np.linspace(1, -k, 9) for k in range(1, 5)}, ax=ax),
        lambda ax: nn.plots.gradient_flow({"kernel": [0.1, 9.0], "bias": [2.0]}, ax=ax),
    ],
    ids=["history", "rates, logarithmic", "rates", "gradients"],
)
def test_no_legend_hides_the_data(draw, size):
    figure = matplotlib.figure.Figure(figsize=size, layout="constrained")
    draw(figure.subplots())
    figure.canvas.draw()
    (box,) = [ax.get_legend().get_window_extent() for ax in figure.axes if ax.get_legend()]
    points = [line.get_transform().transform(line.get_xydata()) for ax in figure.axes for line in ax.lines]
    assert box.height > 20 and not any(box.contains(*point) for point in np.concatenate(points))


def linear(color):
    """Red, green and blue as amounts of light."""
    rgb = np.array(matplotlib.colors.to_rgb(color))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def contrast(a, b):
    """That of WCAG 2, from 1 to 21."""
    low, high = sorted(linear(color) @ [0.2126, 0.7152, 0.0722] for color in (a, b))
    return (high + 0.05) / (low + 0.05)


def lab(light):
    """CIE L*a*b*, in which a distance of 2 is just seen."""
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    t = to_xyz @ np.clip(light, 0, 1) / to_xyz.sum(axis=1)
    x, y, z = np.where(t > 216 / 24389, np.cbrt(t), (24389 / 27 * t + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def shades():
    """The colours of six rows."""
    return [patch.get_facecolor()[:3] for patch in nn.plots.histograms({str(k): [float(k)] for k in range(6)}).patches]


@pytest.mark.parametrize("paper", ["white", "black"])
def test_colours_stand_out_on_light_and_dark(paper):
    assert len(set(shades())) == 6 and min(contrast(shade, paper) for shade in shades()) >= 3


EYES = {  # what becomes of light: Machado, Oliveira and Fernandes (2009), at full severity
    "all three cones": np.eye(3),
    "no long": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "no middle": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "no short": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


@pytest.mark.parametrize("eyes", EYES)
def test_colours_differ_to_all_eyes(eyes):
    seen = [lab(EYES[eyes] @ linear(shade)) for shade in shades()]
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)) > 15


def test_many_classes_and_many_rows_have_colours_of_their_own(rng):
    y = np.arange(12)
    points = np.c_[np.cos(y), np.sin(y)]
    ax = nn.plots.decision_boundary(lambda x: x @ points.T, points, y, resolution=20)
    scattered = [tuple(c.get_facecolor()[0]) for c in ax.collections if not hasattr(c, "levels")]
    assert len(set(scattered)) == 12
    assert len({patch.get_facecolor() for patch in nn.plots.histograms([rng.normal(size=9)] * 12).patches}) == 12
