"""check_gradients names the classic mistakes, and never calls a right gradient wrong however treacherous the function."""

import numpy as np
import pytest

import autodiff as ad
import nn

rng = np.random.default_rng(0)
X, SQUARE, ROWS, POSITIVE = rng.normal(size=5), rng.normal(size=(4, 4)), rng.normal(size=(6, 3)), rng.uniform(0.5, 2, 4)
INDEX = np.array([0, 2, 2, 1])
WIDE = rng.normal(size=(4, 3))


def broken(forward, backward):
    """A function with a stated gradient: `backward(up, *args)` gives one gradient for each argument."""

    @ad.custom_gradient
    def culprit(*args):
        return forward(*args), lambda up: backward(up, *args)

    return culprit


def scattered(up, n):
    """What indexing hands back if repeated indices are assigned instead of summed."""
    out = np.zeros((n, *up.shape[1:]))
    out[INDEX] = np.asarray(up)
    return out


BROKEN = {
    "sign": [
        (broken(np.exp, lambda up, x: -up * np.exp(x)), X),
        (broken(np.cos, lambda up, x: up * np.sin(x)), X),
        (broken(lambda x: x * x, lambda up, x: -2 * up * x), X),
        (broken(lambda a, b: a - b, lambda up, a, b: (up, up)), X, X[::-1].copy()),
        (broken(lambda x: 1 / x, lambda up, x: up / (x * x)), POSITIVE),
    ],
    "factor 2": [
        (broken(lambda x: x * x, lambda up, x: up * x), X),
        (broken(lambda x: x * x / 2, lambda up, x: 2 * up * x), X),
        (broken(lambda x: np.sum(x * x), lambda up, x: up * x), X),
        (broken(np.sqrt, lambda up, x: up / np.sqrt(x)), POSITIVE),
    ],
    "1/N": [
        (broken(np.sum, lambda up, x: up * np.ones(5) / 5), X),
        (broken(np.mean, lambda up, x: up * np.ones(5)), X),
        (broken(lambda x: np.mean(x**2), lambda up, x: 2 * up * x), X),
        (broken(lambda x: np.sum(x, axis=0), lambda up, x: np.broadcast_to(up, (6, 3)) / 6), ROWS),
        (broken(lambda x: np.mean(x**2), lambda up, x: 2 * up * x), ROWS),  # of all its axes
    ],
    "transposed": [
        (broken(lambda w: X[:4] @ w, lambda up, w: np.outer(up, X[:4])), SQUARE),
        (broken(lambda w: w.T @ ROWS[:4], lambda up, w: np.matmul(up, ROWS[:4].T)), SQUARE),
        (broken(lambda w: np.sum(w * SQUARE), lambda up, w: up * SQUARE.T), SQUARE),
        (broken(lambda w: SQUARE @ w, lambda up, w: (SQUARE.T @ up).T), SQUARE + 1),
        (broken(lambda x, w: x @ w, lambda up, x, w: (up @ w, x.T @ up)), SQUARE[:3], SQUARE + 1),  # g @ w for g @ w.T
        (broken(lambda x, w: x @ w, lambda up, x, w: (up @ w.T, x @ up)), SQUARE, SQUARE + 1),  # x @ g for x.T @ g
        (broken(lambda w: WIDE @ w, lambda up, w: np.transpose(WIDE.T @ up)), WIDE.T.copy()),  # of another shape
    ],
    "not summed": [
        (broken(lambda b: ROWS + b, lambda up, b: up[0]), X[:3]),
        (broken(lambda b: ROWS - b, lambda up, b: -up[-1]), X[:3]),
        (broken(lambda s: ROWS * s, lambda up, s: (up * ROWS)[0]), X[:3]),
        (broken(lambda b: np.tanh(ROWS + b), lambda up, b: (up * (1 - np.tanh(ROWS + b) ** 2))[2]), X[:3]),
        (broken(lambda x, b: x + b, lambda up, x, b: (up, up)), ROWS, X[:3]),
        (broken(lambda x, b: x * b, lambda up, x, b: (up * b, up * x)), ROWS, ROWS[:, :1]),
    ],
    "missing activation": [
        (broken(np.tanh, lambda up, x: up), X),
        (broken(ad.sigmoid, lambda up, x: up), X),
        (broken(ad.softplus, lambda up, x: up), X),
        (broken(ad.relu, lambda up, x: up), X),
        (broken(lambda x: x * ad.sigmoid(x), lambda up, x: up), X),
        (broken(lambda x, w: np.tanh(x @ w), lambda up, x, w: (up @ w.T, x.T @ up)), WIDE, WIDE.T.copy()),
        (broken(lambda x, w: np.maximum(x @ w, 0.0), lambda up, x, w: (up @ w.T, x.T @ up)), WIDE, WIDE.T.copy()),
    ],
    "assignment": [
        (broken(lambda x: x[INDEX], lambda up, x: scattered(up, 5)), X),
        (broken(lambda w: w[INDEX], lambda up, w: scattered(up, 4)), SQUARE),
        (broken(lambda x: x[INDEX] * 2.0, lambda up, x: scattered(up * 2.0, 5)), X),
        (broken(lambda x: np.concatenate([x, x[:2]]), lambda up, x: up[:5]), X),
        (broken(lambda x: np.sin(x) + x**2, lambda up, x: 2 * up * x), X),
        (broken(lambda x: x * x * x, lambda up, x: up * x * x), X[:3]),
        (broken(lambda x: np.tanh(x @ SQUARE) + x, lambda up, x: up), X[:4]),
    ],
}
CASES = [pytest.param(name, *case, id=f"{name}-{k}") for name, cases in BROKEN.items() for k, case in enumerate(cases)]


@pytest.mark.parametrize("name, function, args", [pytest.param(c.values[0], c.values[1], c.values[2:], id=c.id) for c in CASES])
def test_classic_mistakes_are_named(name, function, args):
    verdict = ad.check_gradients(function, *args)
    assert verdict.kind == "wrong" and not verdict
    assert f"Probably {name}" in verdict.message, verdict.message
    inside = ad.check_gradients(lambda *xs: np.sin(function(*xs)) * 3.0, *args)
    assert inside.kind == "wrong" and "the op at fault is culprit" in inside.message, inside.message


def dropout(x):
    return x * (np.random.default_rng().uniform(size=x.shape) < 0.5)


TREACHEROUS = {
    "tanh in float32": ("pass", lambda x: np.tanh(x.astype(np.float32)), X),
    "a cube in float32": (None, lambda x: np.sum(x.astype(np.float32) ** 3), X),
    "softmax in float32": ("pass", lambda x: ad.softmax(x.astype(np.float32)), X),
    "relu at 0": ("kink", ad.relu, np.array([-1.0, 0.0, 2.0])),
    "abs at 0": ("kink", np.abs, np.array([0.0, 1.0])),
    "maximum of a number and 1": ("kink", lambda x: np.maximum(x, 1.0), np.array([1.0, 2.0])),
    "clip at its bounds": ("kink", lambda x: np.clip(x, 0.0, 1.0), np.array([0.0, 0.5, 1.0])),
    "max at a tie": ("kink", np.max, np.array([1.0, 3.0, 3.0])),
    "min at a tie": ("kink", np.min, np.array([2.0, 2.0, 5.0])),
    "maximum at a tie": ("kink", lambda x, y: np.maximum(x, y), np.array([1.0, 2.0]), np.array([1.0, 3.0])),
    "a steep relu at 0": ("kink", lambda x: ad.relu(x * 1e6), np.array([0.0, 1e-3])),
    "sqrt near 0": (None, np.sqrt, np.array([1e-8, 1e-4])),
    "sqrt very near 0": (None, np.sqrt, np.array([1e-14])),
    "a rounded abs at 0": (None, lambda x: np.sqrt(x * x + 1e-12), np.array([0.0, 1e-6])),
    "log near 0": (None, np.log, np.array([1e-6, 1e-3])),
    "a reciprocal near 0": (None, lambda x: 1.0 / x, np.array([1e-4])),
    "a large constant added": (None, lambda x: x + 1e8, X),
    "a large constant squared": (None, lambda x: (x + 1e6) ** 2, X),
    "a larger constant added": (None, lambda x: np.sin(x) + 1e10, X),
    "a tiny factor": (None, lambda x: 1e-12 * np.sin(x), X),
    "exp far out": (None, lambda x: np.exp(x), np.array([50.0, -50.0])),
    "tanh far out": (None, lambda x: np.tanh(x), np.array([30.0, -30.0])),
    "sigmoid far out": (None, ad.sigmoid, np.array([-700.0, 40.0])),
    "logsumexp far out": (None, lambda x: ad.logsumexp(x), np.array([1000.0, 1000.0, -1000.0])),
    "a fast sine": (None, lambda x: np.sin(1e3 * x), X),
    "prod with a zero": (None, lambda x: np.prod(x), np.array([0.0, 2.0, 3.0])),
    "where with a safe inner where": (
        None,
        lambda x: np.where(x > 0, np.sqrt(np.where(x > 0, x, 1.0)), 0.0),
        np.array([-1.0, 4.0]),
    ),
    "a step times x": (None, lambda x: np.floor(x) * x, np.array([0.5, 1.5])),
    "std of nearly equal numbers": (None, lambda x: np.std(x), np.array([1.0, 1.0 + 1e-6, 1.0])),
    "dropout": ("random", dropout, rng.normal(size=100)),
}


@pytest.mark.parametrize("kind, function, args", [(c[0], c[1], c[2:]) for c in TREACHEROUS.values()], ids=TREACHEROUS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_right_gradients_are_never_called_wrong(kind, function, args):
    verdict = ad.check_gradients(function, *args)
    assert verdict.kind != "wrong", verdict
    assert kind is None or verdict.kind == kind, verdict


def test_structures_layers_and_higher_orders():
    assert ad.check_gradients(lambda p, n: p["w"] @ p["x"][0] * n, {"w": SQUARE, "x": [X[:4]]}, 3).kind == "pass"
    assert ad.check_gradients(nn.Dense(3, "tanh", dtype="float64"), ROWS).kind == "pass"
    model = nn.Sequential([nn.Dense(4, "tanh"), nn.Dense(2)])
    assert ad.check_gradients(model, ROWS)
    before = [v.numpy() for v in model.trainable_variables]
    assert all(np.array_equal(v.numpy(), b) for v, b in zip(model.trainable_variables, before))
    scalars = ad.check_gradients(lambda v, w: v * w.sin() / v.exp(), ad.Value(2.0), 0.5, order=3)
    assert scalars.message == "2 numbers, to order 3"


def test_order_2_looks_at_the_variables_too():
    w = ad.Variable([0.5, -1.0, 2.0], dtype="float64")

    @ad.custom_gradient
    def cube(x):  # its slope is right, but hidden from a second look
        return x**3, lambda up: up * 3 * np.asarray(x) ** 2

    for cost, right in ((lambda: np.sum(w**3), True), (lambda: np.sum(cube(w)), False)):
        cost.trainable_variables = [w]
        assert ad.check_gradients(cost) and bool(ad.check_gradients(cost, order=2)) is right


def test_the_fixture(check_gradients):
    assert check_gradients(np.tanh, X, order=2).kind == "pass"
    with pytest.raises(pytest.fail.Exception, match=r"gradient wrong.*Probably sign"):
        check_gradients(*BROKEN["sign"][0])
