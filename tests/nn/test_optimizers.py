"""Optimizers against Keras 3, over 50 steps, on the cases of reference/optimizers.py, and what else they promise.

The reference numbers are Keras's own, of Keras 3 in float64 on PyTorch, stored in reference/optimizers.npz and made by
reference/make.py. Ours differ from them by 1e-13, with two exceptions: clipnorm and global_clipnorm by 1e-8, as Keras takes
the limit through float32. On TensorFlow and jax it takes all hyper-parameters through float32, float64 variables or not:
there a 0.9 is 0.89999998, which 50 steps make 1e-5.
"""

import copy
import gc
import math
import tracemalloc
import weakref
from pathlib import Path

import numpy as np
import pytest
from reference import optimizers as reference

import autodiff as ad
import nn
from nn import clipping, optimizers, schedules

STORED = dict(np.load(Path(reference.__file__).with_name("optimizers.npz")))
CASES, KEPT = reference.CASES, [t - 1 for t in reference.KEPT]
LIKE_KERAS = dict(rtol=1e-6, atol=1e-8)  # the numbers are of size 1, and some are near 0
case = pytest.mark.parametrize("case", CASES)


def walked(case, leaves=None, optimizer=None):
    """(our trajectory, the variables); `leaves` are what descends instead of two float64 Variables."""
    variables = leaves or [ad.Variable(w, dtype="float64") for w in reference.starts()]
    optimizer = optimizer or reference.made(optimizers, *CASES[case])
    step = lambda gradients: optimizer.apply_gradients(zip(gradients, variables))
    return reference.trajectory(step, lambda: [np.array(v) for v in variables]), optimizer


# -- as in Keras -----------------------------------------------------------------------------------------------------


@case
def test_50_steps_follow_the_stored_ones_of_keras(case):
    path, _ = walked(case)
    np.testing.assert_allclose(path[KEPT], STORED[case], **LIKE_KERAS)
    assert np.abs(path[-1] - np.concatenate([w.ravel() for w in reference.starts()])).max() > 5e-5  # it went somewhere


@case
def test_50_steps_follow_the_installed_keras(case, keras):
    like = LIKE_KERAS if keras.backend.backend() == "torch" else dict(rtol=1e-4, atol=2e-5)
    np.testing.assert_allclose(walked(case)[0], reference.keras_trajectory(keras, *CASES[case]), **like)


@pytest.mark.parametrize("case", reference.SCHEDULES)
def test_schedules_say_what_kerass_say(case):
    name, options = reference.SCHEDULES[case]
    schedule = getattr(schedules, name)(**options)
    np.testing.assert_allclose([schedule(t) for t in reference.RATE_STEPS], STORED[case], rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("case", reference.SCHEDULES)
def test_schedules_say_what_the_installed_kerass_say(case, keras):
    name, options = reference.SCHEDULES[case]
    schedule = getattr(schedules, name)(**options)
    rates = reference.keras_rates(keras, name, options)
    np.testing.assert_allclose([schedule(t) for t in reference.RATE_STEPS], rates, rtol=1e-6, atol=1e-8)


def test_defaults_are_kerass(keras):
    for name in ("SGD", "Adam", "AdamW", "Adamax", "Adadelta", "Adagrad", "RMSprop", "Nadam", "Lion"):
        theirs, ours = getattr(keras.optimizers, name)(), getattr(optimizers, name)()
        config = theirs.get_config()
        for key in set(config) & (set(vars(ours)) | {"learning_rate"}) - {"name", "iterations"}:
            assert np.isclose(getattr(ours, key) or 0.0, config[key] or 0.0, rtol=1e-6), (name, key)


# -- whatever descends -----------------------------------------------------------------------------------------------

ALONE = [case for case in CASES if case not in ("clipnorm", "global_clipnorm")]  # where each number goes its own way


@pytest.mark.parametrize("case", ALONE)
def test_values_go_where_the_numbers_of_variables_go(case):
    values = [ad.Value(float(x)) for w in reference.starts() for x in w.ravel()]
    optimizer = reference.made(optimizers, *CASES[case])
    shapes = [w.shape for w in reference.starts()]

    def read():
        numbers = np.array([float(v) for v in values])
        return [part.reshape(shape) for part, shape in zip(np.split(numbers, [math.prod(shapes[0])]), shapes)]

    def step(gradients):
        optimizer.apply_gradients(zip([float(x) for g in gradients for x in g.ravel()], values))

    np.testing.assert_allclose(reference.trajectory(step, read), walked(case)[0], rtol=1e-12, atol=1e-14)


@case
def test_float32_stays_float32_and_close(case):
    leaves = [ad.Variable(w, dtype="float32") for w in reference.starts()]
    step_by_step, optimizer = walked(case, leaves)
    slots = [a for kept in optimizer.state.values() for a in kept if np.ndim(a)]
    assert {a.dtype.name for a in [*map(np.asarray, leaves), *slots]} == {"float32"}
    np.testing.assert_allclose(step_by_step, walked(case)[0], rtol=1e-3, atol=2e-3)


@case
def test_half_precision_takes_the_steps_of_float32_rounded(case):
    """The squares of these gradients are 0 in float16, and epsilon is too."""
    ends = {}
    for dtype in ("float16", "float32"):
        leaves = [ad.Variable(w, dtype=dtype) for w in reference.starts()]
        optimizer = reference.made(optimizers, *CASES[case])
        for _ in range(3):
            optimizer.apply_gradients([(np.full(v.shape, 1e-4, dtype), v) for v in leaves])
        ends[dtype] = np.concatenate([v.numpy().ravel() for v in leaves])
        kept = [a for slots in optimizer.state.values() for a in slots if np.ndim(a)]
        assert {a.dtype.name for a in kept} <= {"float32"} and leaves[0].dtype == dtype
    np.testing.assert_allclose(ends["float16"], ends["float32"], rtol=2e-3, atol=2e-3)


@pytest.mark.parametrize("name", ["adam", "nadam", "rmsprop"])
def test_a_network_of_half_precision_learns_and_is_saved(name, tmp_path):
    def network():
        nn.set_random_seed(0)
        model = nn.Sequential([nn.Dense(4, "tanh", dtype="float16", input_shape=(2,)), nn.Dense(1, dtype="float16")])
        model.compile(name, "mse")
        return model

    x = np.cos(np.arange(64.0)).reshape(32, 2)
    y, model, again = x.sum(1, keepdims=True), network(), network()
    losses = model.fit(x, y, epochs=60, batch_size=16, verbose=0).history["loss"]  # enough steps for a replay
    assert np.isfinite(losses).all() and losses[-1] < 0.8 * losses[0]
    assert {w.dtype.name for w in model.get_weights()} == {"float16"}
    model.save(tmp_path / "half.npz")
    again.load(tmp_path / "half.npz")
    for each in (model, again):
        each.train_on_batch(x, y)
    assert [w.tobytes() for w in model.get_weights()] == [w.tobytes() for w in again.get_weights()]


def test_an_optimizer_shows_its_options():
    assert repr(optimizers.SGD(0.1)) == "SGD(learning_rate=0.1, momentum=0.0, nesterov=False)"
    assert "weight_decay=0.1" in repr(optimizers.Lion(weight_decay=0.1)) and "CosineDecay" in repr(
        optimizers.Adam(schedules.CosineDecay(0.1, 10))
    )
    for kind in optimizers.CLASSES:
        made = kind()
        again = eval(repr(made), vars(optimizers))
        assert repr(again) == repr(made), kind


@case
def test_a_step_leaves_the_gradients_alone(case):
    variables = [ad.Variable(w) for w in reference.starts()]
    gradients = [np.full(w.shape, 3.0) for w in reference.starts()]
    for g in gradients:
        g.flags.writeable = False
    optimizer = reference.made(optimizers, *CASES[case])
    for _ in range(2):
        optimizer.apply_gradients(zip(gradients, variables))
    assert optimizer.iterations == 2


@case
def test_where_it_is_flat_nothing_moves(case):
    """Gradients of 0 from the start: no 0 / 0, and no step but that of weight decay."""
    variables = [ad.Variable(w, dtype="float32") for w in reference.starts()]
    optimizer = reference.made(optimizers, *CASES[case])
    decay = optimizer.weight_decay or 0.0
    for _ in range(3):
        optimizer.apply_gradients([(np.zeros(v.shape, "float32"), v) for v in variables])
    for v, w in zip(variables, reference.starts()):
        np.testing.assert_allclose(v, w * (1 - optimizer.learning_rate * decay) ** 3, rtol=1e-5)


def test_a_constant_gradient_has_no_variance_and_not_less():
    """In float32 the mean square may come out below the squared mean; its root would be NaN."""
    g = np.linspace(1, 1000, 2000, dtype="float32")
    w = ad.Variable(np.zeros_like(g))
    optimizer = optimizers.RMSprop(centered=True)
    for _ in range(200):
        optimizer.apply_gradients([(g, w)])
    assert np.isfinite(w.numpy()).all()


def test_gradients_from_a_tape_are_taken_as_they_come():
    v, w = ad.Value(2.0), ad.Variable([1.0, -1.0])
    with ad.Tape() as tape:
        loss = v * v + np.sum(w * w)
    optimizers.SGD(0.25).apply_gradients(zip(tape.gradient(loss, [v, w]), [v, w]))
    assert float(v) == 1.0 and w.numpy().tolist() == [0.5, -0.5]


# -- stopping and going on -------------------------------------------------------------------------------------------


@case
def test_a_copy_goes_on_as_the_original_would(case):
    variables = [ad.Variable(w, dtype="float64") for w in reference.starts()]
    optimizer = reference.made(optimizers, *CASES[case])
    for t in range(1, 20):
        optimizer.apply_gradients([(reference.slope(t, v.numpy()), v) for v in variables])
    twin, twins = copy.deepcopy((optimizer, variables))
    for t in range(20, 40):
        for o, vs in ((optimizer, variables), (twin, twins)):
            o.apply_gradients([(reference.slope(t, v.numpy()), v) for v in vs])
    assert [v.numpy().tobytes() for v in variables] == [v.numpy().tobytes() for v in twins]


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
@case
def test_saved_and_restored_it_goes_on_to_the_last_bit(case, suffix, tmp_path):
    if suffix == ".safetensors":
        pytest.importorskip("safetensors")

    def network():
        model = nn.Sequential([nn.Dense(3, "tanh", input_shape=(2,)), nn.Dense(1)])
        model.compile(reference.made(optimizers, *CASES[case]), "mse")
        return model

    x = np.cos(np.arange(16.0)).reshape(8, 2)
    y = x.sum(1, keepdims=True)
    through = network()
    for k in range(10):
        if k == 5:
            through.save(tmp_path / f"half{suffix}")
        through.train_on_batch(x, y)
    resumed = network()
    resumed.load(tmp_path / f"half{suffix}")
    assert resumed.optimizer.iterations == 5
    for _ in range(5):
        resumed.train_on_batch(x, y)
    assert [w.tobytes() for w in through.get_weights()] == [w.tobytes() for w in resumed.get_weights()]


# -- rates -----------------------------------------------------------------------------------------------------------


def test_a_schedule_is_asked_for_the_steps_before():
    w = ad.Variable(0.0)
    optimizer = optimizers.SGD(schedules.PiecewiseConstantDecay([1], [1.0, 0.125]))
    seen = []
    for _ in range(3):
        seen.append(optimizer.learning_rate)
        optimizer.apply_gradients([(1.0, w)])
    assert seen == [1.0, 1.0, 0.125] and float(w) == -2.125


def test_a_schedule_says_the_rate_and_nobody_else():
    optimizer = optimizers.SGD(schedules.CosineDecay(0.1, 10))
    with pytest.raises(TypeError, match="follows a schedule"):
        optimizer.learning_rate = 0.5
    optimizer.restore_rate(0.5)
    assert optimizer.learning_rate == 0.1


def test_a_rate_may_be_a_function_and_may_be_set():
    rates = iter([0.5, 0.25])
    w = ad.Variable(1.0)
    optimizer = optimizers.SGD(lambda: next(rates))
    for _ in range(2):
        optimizer.apply_gradients([(1.0, w)])
    assert float(w) == 0.25
    plain = optimizers.SGD(0.1)
    plain.learning_rate = 1
    assert plain.learning_rate == 1.0 and type(plain.learning_rate) is float
    plain.restore_rate(0.25)
    assert plain.learning_rate == 0.25


def test_a_rate_is_asked_for_once_a_step_and_survives_a_failure():
    asked = []
    optimizer = optimizers.SGD(lambda: asked.append(1) or 0.5, weight_decay=0.1)
    v, w = ad.Variable(1.0), ad.Variable(2.0)
    optimizer.apply_gradients([(1.0, v), (1.0, w)])
    assert len(asked) == 1 and optimizer.learning_rate == 0.5 and len(asked) == 2
    broken = type("Broken", (optimizers.Optimizer,), {})(schedules.CosineDecay(0.1, 10))
    with pytest.raises(NotImplementedError):
        broken.apply_gradients([(1.0, v)])
    broken.iterations = 5
    assert broken.learning_rate == pytest.approx(0.05)


@pytest.mark.parametrize("leaf", [np.ones(2), ad.constant([1.0, 1.0])], ids=["array", "tensor"])
def test_only_variables_and_values_change_in_place(leaf):
    with pytest.raises(ValueError, match=f"in place, but got a {type(leaf).__name__}"):
        optimizers.SGD().apply_gradients([(np.ones(2), leaf)])


@pytest.mark.parametrize("schedule", [schedules.CosineDecay, lambda rate, steps: schedules.ExponentialDecay(rate, steps, 0.5)])
@pytest.mark.parametrize("steps", [0, -1])
def test_schedules_take_their_steps(schedule, steps):
    with pytest.raises(ValueError, match="decay_steps is a number above 0"):
        schedule(0.1, steps)


@pytest.mark.parametrize("boundaries, values", [([1, 2], [0.1, 0.2]), ([2, 1], [0.1, 0.2, 0.3])])
def test_piecewise_schedules_need_increasing_boundaries_and_one_value_more(boundaries, values):
    with pytest.raises(ValueError, match="increasing boundaries"):
        schedules.PiecewiseConstantDecay(boundaries, values)


# -- clipping --------------------------------------------------------------------------------------------------------

GRADIENTS = [np.array([[3.0, -4.0]]), None, np.array([12.0, 0.0])]  # of norms 5 and 12, together 13


def clipped(function, limit):
    return [g if g is None else g.tolist() for g in function(GRADIENTS, limit)]


def test_clipping_follows_its_formulas():
    assert clipping.global_norm(GRADIENTS) == 13.0
    assert clipped(clipping.by_value, 3.5) == [[[3.0, -3.5]], None, [3.5, 0.0]]
    assert clipped(clipping.by_norm, 10.0) == [[[3.0, -4.0]], None, [10.0, 0.0]]
    assert clipped(clipping.by_global_norm, 6.5) == [[[1.5, -2.0]], None, [6.0, 0.0]]
    assert clipped(clipping.by_global_norm, 13.0) == clipped(clipping.by_value, 12.0) == clipped(clipping.by_norm, 12.0)


@pytest.mark.parametrize("function", [clipping.by_value, clipping.by_norm, clipping.by_global_norm])
def test_clipping_takes_tensors_values_and_float32(function):
    short = function([ad.constant([3.0, 4.0]), ad.Value(-5.0), np.float32([0.5])], 1.0)
    assert np.asarray(short[2]).dtype == np.float32
    assert all(np.linalg.norm(np.asarray(g)) <= math.sqrt(2) + 1e-12 for g in short)
    assert function([np.zeros(2)], 1.0)[0].tolist() == [0.0, 0.0]
    assert function([], 1.0) == []


@pytest.mark.parametrize("function", [clipping.by_norm, clipping.by_global_norm])
def test_a_norm_that_is_nan_scales_nothing(function):
    kept = function([np.array([math.nan, 2.0]), np.array([3.0])], 5.0)
    np.testing.assert_array_equal(kept[0], [math.nan, 2.0])
    np.testing.assert_array_equal(kept[1], [3.0])


def test_a_gradient_flows_through_clipping_by_norm():
    """clipped = g / |g| for |g| above 1: its derivative has no part along g."""
    g = ad.constant([3.0, 4.0])
    with ad.Tape() as tape:
        tape.watch(g)
        y = ad.sum(clipping.by_global_norm([g], 1.0)[0] * np.array([3.0, 4.0]))
    np.testing.assert_allclose(tape.gradient(y, g), [0.0, 0.0], atol=1e-12)


# -- refusals: nothing has changed -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: optimizers.SGD(lr=0.1), "called learning_rate"),
        (lambda: optimizers.SGD(decay=0.1), "not recognized: decay; .* nn.schedules"),
        (lambda: optimizers.Adam(learning_rat=0.1), "not recognized: learning_rat; Adam takes learning_rate, beta_1"),
        (lambda: optimizers.SGD(weight_decay=math.nan), "weight_decay is a number, 0 or more, but got nan"),
        (lambda: optimizers.Adam(epsilon=-1), "epsilon is a number, 0 or more, but got -1"),
        (lambda: optimizers.SGD(-0.1), "0 or more, but got -0.1"),
        (lambda: optimizers.Adam(math.nan), "finite"),
        (lambda: optimizers.SGD(momentum=1.5), "momentum is a number from 0 to 1, but got 1.5"),
        (lambda: optimizers.Adam(beta_1=-0.5), "beta_1"),
        (lambda: optimizers.Adam(beta_2=2), "beta_2"),
        (lambda: optimizers.RMSprop(rho=1.1), "rho"),
        (lambda: optimizers.Adam(clipnorm=1.0, clipvalue=1.0), "one of clipvalue"),
        (lambda: optimizers.Adam(clipnorm=-1.0), "clipnorm"),
        (lambda: optimizers.AdamW(weight_decay=None), "use Adam"),
        (lambda: optimizers.Nadam(amsgrad=True), "not recognized: amsgrad"),
        (lambda: optimizers.get("adm"), "'adam'"),
        (lambda: optimizers.get(3), "a name or an Optimizer"),
    ],
)
def test_options_out_of_range_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("name", ["SGD", "sgd", "Adam", "adam", "AdamW", "adamw", "Adadelta", "adagrad", "rmsprop", "lion"])
def test_an_optimizer_has_its_name_in_both_cases(name):
    assert type(optimizers.get(name)).__name__.lower() == name.lower()


def state(optimizer):
    return optimizer.iterations, [[np.array(a).tolist() for a in slots] for slots in optimizer.state.values()]


def test_gradients_of_another_shape_change_nothing():
    v, w = ad.Variable([1.0, 2.0], name="v"), ad.Variable([1.0], name="w")
    optimizer = optimizers.Adam()
    with pytest.raises(ValueError, match=r"gradient of w has shape \(2,\), not \(1,\)"):
        optimizer.apply_gradients([([1.0, 1.0], v), (np.ones(2), w)])
    assert v.numpy().tolist() == [1.0, 2.0] and state(optimizer) == (0, [])


def test_variables_without_a_gradient_stay_and_are_named():
    v, w = ad.Variable(1.0, name="v"), ad.Variable(1.0, name="w")
    optimizer = optimizers.SGD(0.5)
    with pytest.warns(UserWarning, match="do not exist for variables w when"):
        optimizer.apply_gradients([(1.0, v), (None, w)])
    assert (float(v), float(w), optimizer.iterations) == (0.5, 1.0, 1)
    with pytest.raises(ValueError, match="No gradients provided for any variable: v, w"):
        optimizer.apply_gradients([(None, v), (None, w)])
    assert optimizer.iterations == 1


def test_apply_takes_gradients_and_variables_apart():
    v, w = ad.Variable(1.0), ad.Variable(2.0)
    optimizer = optimizers.SGD(0.5)
    assert optimizer.apply([1.0, 1.0], [v, w]) == 1
    assert optimizer.apply([1.0, 2.0]) == 2  # to those it knows
    assert (float(v), float(w)) == (0.0, 0.5)


def test_an_optimizer_of_ones_own_is_its_update():
    class Signs(optimizers.Optimizer):
        """w <- w - lr sign(g)."""

        def update(self, g, t):
            return (self.learning_rate * np.sign(g),)

    w = ad.Variable([1.0, -1.0])
    Signs(0.5).apply_gradients([(w.numpy() * 9, w)])
    assert w.numpy().tolist() == [0.5, -0.5]
    with pytest.raises(NotImplementedError, match="Optimizer does not say how it steps"):
        optimizers.Optimizer(0.1).apply_gradients([(1.0, ad.Variable(0.0))])


# -- many variables in one step --------------------------------------------------------------------------------------

SHAPES = [(3, 2), (4,), (), (2, 2, 2), (300, 300)]  # the last one is too large to step with others


def separately(case, steps):
    """The numbers of the variables after some steps, and the slots, where each variable has an optimizer of its own."""
    variables = [ad.Variable(np.cos(np.arange(math.prod(shape)).reshape(shape)), dtype="float32") for shape in SHAPES]
    makers = [reference.made(optimizers, *CASES[case]) for _ in variables]
    for k in range(steps):
        for v, optimizer in zip(variables, makers):
            optimizer.apply_gradients([(slope_at(k, v), v)])
    return variables, [optimizer.state.get(v) for v, optimizer in zip(variables, makers)]


def slope_at(k, v):
    return np.asarray(np.sin(k + 2 * v.numpy()), v.dtype)


@pytest.mark.parametrize("case", [case for case in ALONE if "norm" not in case])
def test_variables_step_together_as_they_would_alone_to_the_last_bit(case):
    expected, slots = separately(case, 4)
    together, optimizer = separately(case, 0)[0], reference.made(optimizers, *CASES[case])
    for k in range(4):
        optimizer.apply_gradients([(slope_at(k, v), v) for v in together])
    assert [v.numpy().tobytes() for v in together] == [v.numpy().tobytes() for v in expected]
    for v, own in zip(together, slots):
        assert [np.asarray(a).tobytes() for a in optimizer.state[v]] == [np.asarray(a).tobytes() for a in own]
        assert [np.shape(a) for a in optimizer.state[v]] == [np.shape(a) for a in own]


CHANGES = {  # what may happen between two steps
    "nothing": lambda optimizer, variables: None,
    "another order": lambda optimizer, variables: variables.reverse(),
    "fewer": lambda optimizer, variables: variables.pop(1),
    "another value": lambda optimizer, variables: variables.append(ad.Value(0.3)),
    "another dtype": lambda optimizer, variables: variables.insert(0, ad.Variable([0.5, 0.25], dtype="float64")),
    "one twice": lambda optimizer, variables: variables.append(variables[0]),
    "slots from elsewhere": lambda optimizer, variables: optimizer.state.update(
        {v: [np.full_like(a, 0.25) for a in slots] for v, slots in optimizer.state.items()}
    ),
    "one slot from elsewhere": lambda optimizer, variables: optimizer.state[variables[0]].__setitem__(0, np.ones((3, 2), "f")),
    "a slot changed in place": lambda optimizer, variables: optimizer.state[variables[0]][0].fill(0.5),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_between_steps_is_heard(change, monkeypatch):
    ends = []
    for large in (nn.flat.LARGE, 0):  # 0: no variable steps with others
        monkeypatch.setattr(nn.flat, "LARGE", large)
        variables, optimizer = separately("adam", 0)[0][:4], optimizers.Adam(0.1)
        known = list(variables)
        for k in range(6):
            if k == 3:
                CHANGES[change](optimizer, variables)
            slopes = [0.5 if isinstance(v, ad.Value) else slope_at(k, v) for v in variables]
            optimizer.apply_gradients(zip(slopes, variables))
        ends.append([np.asarray(v.data).tobytes() for v in (*known, *variables)])
    assert ends[0] == ends[1]


def test_an_update_that_looks_at_a_whole_variable_gets_one_variable():
    class Scaled(optimizers.Adam):
        """A step of length 1, whatever the gradient."""

        def update(self, g, t, m, v):
            step, *slots = super().update(g, t, m, v)
            return step / np.linalg.norm(step), *slots

    variables = [ad.Variable(np.zeros(n)) for n in (3, 5)]
    Scaled().apply_gradients([(np.ones(v.shape), v) for v in variables])
    assert [round(float(np.linalg.norm(v.numpy())), 12) for v in variables] == [1.0, 1.0]


def test_small_variables_take_one_update_and_large_ones_their_own(monkeypatch):
    sizes = []
    update = optimizers.Adam.update

    @nn.flat.elementwise
    def counted(self, g, *args):
        sizes.append(g.size)
        return update(self, g, *args)

    monkeypatch.setattr(optimizers.Adam, "update", counted)
    variables = separately("adam", 0)[0]
    optimizers.Adam().apply_gradients([(slope_at(0, v), v) for v in variables])
    assert sizes == [6 + 4 + 1 + 8, 90000]


# -- variables that are gone -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [optimizers.Adam, optimizers.Nadam, lambda: optimizers.SGD(momentum=0.9)])
@pytest.mark.parametrize("several", [True, False])
def test_slots_die_with_their_variables(make, several):
    """An optimizer for one model after another: when it is given the next one's variables, it gives up those of the last."""
    optimizer, kept = make(), ad.Variable([1.0])
    optimizer.apply_gradients([(np.ones(1), kept)])
    slots = []
    for k in range(5):
        variables = [ad.Variable(np.ones(100)), ad.Value(1.0)][: 2 if several else 1]
        for _ in range(3):
            optimizer.apply_gradients([(np.ones(np.shape(v)), v) for v in variables])
        assert len(optimizer.state) == 1 + len(variables) and kept in optimizer.state
        slots.append(weakref.ref(optimizer.state[variables[0]][0]))
        assert [slot() is None for slot in slots] == [True] * k + [False]


def test_slots_of_variables_that_somebody_holds_stay():
    optimizer, variables = optimizers.Adam(0.1), [ad.Variable([1.0]) for _ in range(3)]
    optimizer.build(variables[:2])
    optimizer.apply_gradients([(np.ones(1), v) for v in variables[:2]])
    slots = [np.array(a) for v in variables[:2] for a in optimizer.state[v]]
    optimizer.apply_gradients([(np.ones(1), variables[2])])
    assert list(optimizer.state) == variables
    assert all(np.array_equal(a, b) for a, b in zip(slots, [a for v in variables[:2] for a in optimizer.state[v]]))


def test_the_memory_of_an_optimizer_of_many_models_is_flat():
    optimizer, sizes = optimizers.Adam(), []

    def fit():
        model = nn.Sequential([nn.Dense(50, input_shape=(50,)), nn.Dense(1)])
        model.compile(optimizer, "mse")
        model.fit(np.ones((4, 50), "f"), np.ones((4, 1), "f"), epochs=2, verbose=0)

    tracemalloc.start()
    try:
        for _ in range(5):
            fit()
            gc.collect()
            sizes.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert sizes[-1] - sizes[2] < 20_000, sizes  # the slots of a model alone take 20,600 bytes
