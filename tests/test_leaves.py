"""Leaves: what becomes one outside a tape, how training changes it, and what a user sees of a box."""

import copy

import numpy as np
import pytest

import autodiff as ad

LEAVES = {"Variable": lambda: ad.Variable([1.0, 2.0]), "Value": lambda: ad.Value(2.0)}
UPDATES = {
    "w - x": lambda w: w - 0.1, "w + x": lambda w: w + 0.1, "x + w": lambda w: 0.1 + w,
    "w - lr * g": lambda w: w - 0.1 * (w * 2.0), "w - array": lambda w: w - np.asarray(0.1),
    "np.subtract": lambda w: np.subtract(w, 0.1), "ad.add": lambda w: ad.add(w, 0.1),
}  # fmt: skip
NO_UPDATES = {
    "x - w": lambda w: 1.0 - w, "-w": lambda w: -w, "w * 2": lambda w: w * 2.0, "w / max": lambda w: w / np.max(w),
    "tanh": np.tanh, "w ** 2": lambda w: w**2, "a comparison": lambda w: ad.where(w > 1.0, w, 0.0),
    "another shape": lambda w: w + np.ones((3, 2)), "its sum": lambda w: np.sum(w + 0.0) * 1.0,
}  # fmt: skip


def watched(box):
    """Whether the next tape watches it unasked."""
    with ad.Tape() as tape:
        y = np.sum(box * 3.0)
    return tape.gradient(y, box) is not None


@pytest.mark.parametrize("leaf", LEAVES.values(), ids=LEAVES)
@pytest.mark.parametrize("name", UPDATES | NO_UPDATES)
def test_outside_a_tape_only_an_update_of_a_trainable_leaf_gives_one(leaf, name):
    update, gives_leaf = (UPDATES | NO_UPDATES)[name], name in UPDATES
    w = leaf()
    assert update(w).trainable is gives_leaf and watched(update(w)) is gives_leaf
    w.trainable = False
    assert not update(w).trainable
    w = leaf()
    with ad.Tape() as tape:
        assert not update(w).trainable
        with tape.stop_recording():
            assert not update(w).trainable


class Silent(ad.Recorder):
    """Hears no ops."""

    def on_assign(self, variable, value):
        pass


class Listening(ad.Recorder):
    def on_op(self, op, inputs, params, output):
        pass


@pytest.mark.parametrize("recorder", [Silent, Listening])
@pytest.mark.parametrize("leaf", LEAVES.values(), ids=LEAVES)
def test_the_lectures_loop_runs_under_a_recorder(recorder, leaf):
    w, losses = leaf(), []
    with recorder():
        for _ in range(5):
            with ad.Tape() as tape:
                loss = np.sum(w * w)
            w = w - 0.1 * tape.gradient(loss, w)
            losses.append(float(loss))
        assert not (w * 2.0).trainable
    np.testing.assert_allclose(losses, losses[0] * 0.64 ** np.arange(5))


def test_data_of_a_value_is_assigned_to_and_that_of_a_tensor_is_not():
    v = ad.Value(2.0)
    with ad.Tape() as tape:
        y = v * v
        v.data = 5
        z = y + v * v
    assert v.data == 5.0 and isinstance(v.data, float) and tape.gradient(z, v) == 14.0  # 2 * 2 + 2 * 5
    with pytest.raises(TypeError, match="'x' of type str"):
        v.data = "x"
    for box in (ad.constant([1.0]), ad.Variable([1.0])):
        with pytest.raises(AttributeError):
            box.data = np.zeros(1)


INSIDES = {
    "index", "epoch", "reached", "raw", "wrap", "call", "stand_in", "sources", "a", "b", "da", "db", "g", "op", "place",
    "token", "snapshot", "node", "created",
}  # fmt: skip


@pytest.mark.parametrize("kind", [ad.Tensor, ad.Variable, ad.Value], ids=lambda kind: kind.__name__)
def test_completion_shows_no_insides(kind):
    assert not INSIDES & set(dir(kind))
    assert {"name", "trainable", "shape", "ndim", "size", "dtype", "data", "numpy", "item"} <= set(dir(kind))


# -- functions of derivative zero, second derivatives, gradients that users state -----------------------------------------

FLAT = {
    **{f"np.{f.__name__}": (f, False) for f in (np.floor, np.ceil, np.round, np.rint, np.trunc)},
    "w // 1": (lambda w: w // 1.0, False), "np.sign": (np.sign, True), "np.heaviside": (lambda w: np.heaviside(w, 0.5), True),
}  # fmt: skip


@pytest.mark.parametrize("leaf", LEAVES.values(), ids=LEAVES)
@pytest.mark.parametrize("function, connected", FLAT.values(), ids=FLAT)
def test_steps_are_not_connected_and_signs_are_with_zero(leaf, function, connected):
    w = leaf()
    with ad.Tape(persistent=True) as tape:
        y = function(w)
        z = y * w
    g = tape.gradient(y, w)
    assert (g is not None) is connected and (g is None or not np.any(np.asarray(g)))
    np.testing.assert_array_equal(np.asarray(tape.gradient(z, w)), np.asarray(y))  # y is a constant factor


@pytest.mark.parametrize("leaf", LEAVES.values(), ids=LEAVES)
@pytest.mark.parametrize("function", [ad.relu, np.abs, lambda w: np.maximum(w, 0.0)], ids=["relu", "abs", "maximum"])
def test_second_derivatives_of_what_has_steps_as_slopes_are_zeros(leaf, function):
    w = leaf()
    with ad.Tape() as outer:
        with ad.Tape() as inner:
            y = np.sum(function(w))
        slope = inner.gradient(y, w)
        assert not np.any(ad.stop_gradient(slope) - 1.0)
    curvature = outer.gradient(slope, w)
    if function is ad.relu or function is np.abs:
        assert curvature is not None
    assert curvature is None or not np.any(np.asarray(curvature))


@ad.custom_gradient
def stated(x):
    return x * x, lambda up: up * 2.0 * x


@pytest.mark.parametrize("function", [stated, lambda x: x * x], ids=["stated", "plain"])
def test_a_stated_gradient_has_its_second_derivative_also_with_a_seed_that_was_used_before(function):
    x, seed = ad.Variable([1.0, 3.0]), np.ones(2)
    with ad.Tape() as outer:
        with ad.Tape(persistent=True) as inner:
            y = function(x)
        with outer.stop_recording():
            first = inner.gradient(y, x, output_gradients=seed)
        again = inner.gradient(y, x, output_gradients=seed)
    assert first.tolist() == again.tolist() == [2.0, 6.0] and outer.gradient(again, x).tolist() == [2.0, 2.0]


@pytest.mark.parametrize("box", [ad.Variable([1.0], name="w"), ad.Value(2.0, name="w"), ad.constant([1.0], name="w")], ids=repr)
def test_a_copy_is_the_same_kind_of_leaf(box):
    for other in (copy.copy(box), copy.deepcopy(box)):
        assert type(other) is type(box) and other.name == "w" and other.trainable is box.trainable and other is not box
