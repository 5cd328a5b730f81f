"""`ad.function`: a step traced once and replayed. Its bits against those of eager are in test_function_bits.py, its passes in
test_function_passes.py."""

import gc
import json
import logging
import sys

import numpy as np
import pytest

import autodiff as ad


def ones(*shape):
    return np.ones(shape)


# -- signatures --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "first, second, traces",
    [
        ((ones(2),), (2 * ones(2),), 1),
        ((ones(2),), (ones(3),), 2),
        ((ones(2),), (np.ones(2, "f4"),), 2),
        ((ones(2),), (ad.constant([1.0, 2.0]),), 1),
        ((1.5,), (2.5,), 1),
        ((1.5,), (np.array(2.5),), 2),
        (([ones(2), ones(2)],), ((ones(2), ones(2)),), 2),
        (({"a": ones(2)},), ({"a": 2 * ones(2)},), 1),
        (({"a": ones(2)},), ({"b": ones(2)},), 2),
        ((np.float64(1.0),), (np.float64(3.0),), 1),
        ((ones(3, 2),), (np.asfortranarray(ones(3, 2)),), 2),
    ],
)
def test_calls_that_look_alike_share_a_program(first, second, traces):
    @ad.function
    def double(x):
        return [2.0 * part for part in (x.values() if isinstance(x, dict) else x if isinstance(x, (list, tuple)) else [x])]

    for args in (first, second):
        expected = double.python_function(*args)
        for y, z in zip(double(*args), expected, strict=True):
            np.testing.assert_array_equal(np.asarray(y), np.asarray(z))
    assert double.traces == traces


def test_whole_numbers_and_named_arguments_are_static():
    @ad.function(static="scale")
    def power(x, n, scale=1.0):
        return scale * x**n

    assert [float(power(np.array(3.0), n)) for n in (2, 2, 3)] == [9.0, 9.0, 27.0]
    assert power.traces == 2
    assert float(power(np.array(3.0), 2, scale=2.0)) == 18.0
    assert float(power(np.array(3.0), 2, scale=4.0)) == 36.0
    assert power.traces == 4
    with pytest.raises(TypeError, match="can be hashed"):
        power(np.array(3.0), {1, 2})


def test_many_traces_are_warned_of(caplog):
    f = ad.function(lambda x: x + 1.0)
    with caplog.at_level(logging.WARNING, "autodiff"):
        for n in range(1, 8):
            f(ones(n))
    assert f.traces == 7 and len(f.reasons) == 6
    assert len(caplog.records) == 1 and "f8[6]" in caplog.text


# -- state -------------------------------------------------------------------------------------------------------------------


def test_two_training_steps_in_one_trace():
    """A variable that is read after an assign hangs on what it was assigned."""

    def steps_of(w, x):
        for _ in range(3):
            with ad.Tape() as tape:
                loss = np.sum((w * x) ** 2)
            w.assign_sub(0.1 * tape.gradient(loss, w))
        return loss

    v, w = ad.Variable([1.0, -2.0]), ad.Variable([1.0, -2.0])
    traced = ad.function(lambda x: steps_of(w, x))
    for x in ([1.0, 2.0], [0.5, 0.25], [-1.0, 0.3]):
        assert float(steps_of(v, np.array(x))) == float(traced(np.array(x)))
        np.testing.assert_array_equal(v.numpy(), w.numpy())
    assert traced.traces == 1


@pytest.mark.parametrize("change", [
    lambda v, y: v.assign(2.0 * y), lambda v, y: v.assign_add(y), lambda v, y: v.assign(np.array([3.0, 4.0])),
    lambda v, y: v.assign([y[0], 2.0]), lambda v, y: v.assign_sub(1.5 * np.ones(2)), lambda v, y: v.assign(v),
], ids=range(6))  # fmt: skip
def test_the_gradient_past_an_assign_is_that_of_eager(change):
    """Gradients go to the readings of a variable, not through what it is assigned."""

    def run(v, x):
        with ad.Tape() as tape:
            y = v * x
            change(v, y)
            z = np.sum(y * v)
        return [z, tape.gradient(z, v), v.value()]

    u, v = ad.Variable([1.0, -2.0]), ad.Variable([1.0, -2.0])
    traced = ad.function(lambda x: run(v, x))
    for x in ([1.0, 2.0], [0.5, 0.25]):
        for a, b in zip(run(u, np.array(x)), traced(np.array(x)), strict=True):
            np.testing.assert_array_equal(a.numpy(), b.numpy())


def test_an_assigned_variable_keeps_its_dtype():
    v = ad.Variable(np.ones(3, "f4"))
    f = ad.function(lambda x: v.assign_add(x).value())
    u = ad.Variable(np.ones(3, "f4"))
    for x in (np.full(3, 0.1), np.full(3, 0.7)):
        np.testing.assert_array_equal(f(x).numpy(), u.assign_add(x).numpy())
    assert v.dtype == np.float32


def test_variables_that_swap():
    a, b = ad.Variable([1.0]), ad.Variable([2.0])

    @ad.function
    def swap():
        old = a.value()
        a.assign(b)
        b.assign(old)

    for k in range(4):
        swap()
        assert (a.numpy()[0], b.numpy()[0]) == ((2.0, 1.0) if k % 2 == 0 else (1.0, 2.0))


def test_what_was_read_before_a_step_stays():
    """The program changes a variable in place, but nothing that somebody else holds."""
    v, other = ad.Variable([1.0, 2.0]), ad.Variable(1.0)  # these two lie in one pack
    step = ad.function(lambda: [v.assign_add([1.0, 1.0]), other.assign_add(1.0), v.value()][2])
    step()
    kept = [v.value(), np.asarray(v), v[:1], step()]
    before = [np.array(x) for x in kept]
    with ad.Tape() as tape:
        y = np.sum(v * v)
    step()
    for x, old in zip(kept, before):
        np.testing.assert_array_equal(np.asarray(x), old)
    np.testing.assert_array_equal(tape.gradient(y, v).numpy(), [6.0, 8.0])
    np.testing.assert_array_equal(v.numpy(), [4.0, 5.0])


def test_a_variable_assigned_from_outside_is_read_anew():
    v = ad.Variable([1.0, 2.0])
    double = ad.function(lambda: 2.0 * v)
    for x in ([1.0, 2.0], [3.0, 4.0], [5.0, 6.0]):
        v.assign(x)
        np.testing.assert_array_equal(double().numpy(), 2.0 * np.array(x))
    v.assign_add([1.0, 1.0])
    np.testing.assert_array_equal(double().numpy(), [12.0, 14.0])
    assert double.traces == 1


def test_in_higher_precision_the_function_itself_runs():
    v = ad.Variable(np.ones(2, "f4"))
    f = ad.function(lambda: v * 1.0)
    f()
    with ad.float64_copies([v]):
        assert f().dtype == np.float64
    assert f().dtype == np.float32


def test_values_are_read_at_each_call():
    w = ad.Value(2.0)
    f = ad.function(lambda x: w * x)
    assert float(f(3.0)) == 6.0
    w.assign(5.0)
    assert float(f(3.0)) == 15.0


@pytest.mark.parametrize("kind", [ad.Value, ad.Variable])
def test_what_is_assigned_is_read_by_every_tape_after_it(kind):
    def made():
        w = kind(0.5)

        def step(x):
            w.assign_sub(0.1 * x)
            with ad.Tape() as first:
                y = w * w * x
            with ad.Tape() as second:
                z = w * 3.0
            slopes = [first.gradient(y, w), second.gradient(z, w)]
            w.assign(w * 0.5)
            with ad.Tape() as third:
                q = np.tanh(w) * np.sin(w) + z
            w.assign_add(1.0)
            return [y, z, q, w * 1.0, third.gradient(q, w), *slopes]

        return step, w

    (eager, w), (step, v) = made(), made()
    traced = ad.function(step)
    for x in (1.0, 2.0, 3.0):
        assert repr(eager(x)) == repr(traced(x)) and repr(w) == repr(v)
    assert traced.traces == 1


def test_values_among_arrays_are_assigned():
    rate, w = ad.Value(0.5), ad.Variable([1.0, 2.0])

    @ad.function
    def step(x):
        w.assign_sub(rate * x)
        rate.assign(rate * 0.5)
        rate.assign_add(np.sum(x) * 0.0)
        return np.sum(w)

    for expected in (2.0, 1.5, 1.25, 1.125):
        assert float(step(ones(2))) == expected
    assert float(rate) == 0.03125 and step.traces == 1


def test_random_draws_are_drawn_anew():
    a, b = np.random.default_rng(0), np.random.default_rng(0)
    f = ad.function(lambda x: x * ad.random_draw(a.normal, 3))
    for _ in range(3):
        np.testing.assert_array_equal(f(ones(3)).numpy(), b.normal(size=3))


def test_python_functions_are_called_at_each_call():
    count = iter(range(10))
    f = ad.function(lambda x: x + ad.py_function(lambda: float(next(count))))
    assert [float(f(np.array(0.0))) for _ in range(4)] == [0.0, 1.0, 2.0, 3.0]
    assert ad.py_function(lambda: 3) == 3


def test_lists_of_arrays_can_be_state():
    slots = [np.zeros(2), np.ones(2)]

    def step(x):
        total, last = ad.variables_of(slots)
        total.assign(total + x)
        last.assign(x)
        return total * 1.0

    f = ad.function(step)
    for k in range(1, 4):
        f(k * ones(2))
    np.testing.assert_array_equal(slots, [[6.0, 6.0], [3.0, 3.0]])
    slots[0] = np.array([10.0, 20.0])
    np.testing.assert_array_equal(f(ones(2)).numpy(), [11.0, 21.0])
    np.testing.assert_array_equal(slots[0], [11.0, 21.0])


def test_variables_are_made_at_the_first_call_only():
    made = []

    @ad.function
    def step(x):
        if not made:
            made.append(ad.Variable([1.0, 2.0]))
        return made[0] * x

    assert [float(np.sum(step(k * ones(2)))) for k in (1.0, 2.0, 3.0)] == [3.0, 6.0, 9.0]
    fresh = ad.function(lambda x: ad.Variable([1.0, 2.0]) * x)
    fresh(ones(2))
    with pytest.raises(ad.NotTraceable, match="at each call"):
        fresh(ones(2))


def test_a_collection_of_garbage_copies_nothing(monkeypatch):
    """A variable's array is the program's own as long as the count of its references stays. Garbage must not be counted."""
    w = ad.Variable(np.ones((50, 50)))
    step = ad.function(lambda x: w.assign_sub(x @ w) is w)
    for _ in range(3):
        step(np.ones((50, 50)))
    monkeypatch.setattr(sys.modules["autodiff.functions.function"], "Bound", None)
    for _ in range(3):
        gc.collect()
        step(np.ones((50, 50)))


# -- what is refused ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "take, hint",
    [
        (lambda t: t if t[0] > 0 else -t, r"ad\.where"),
        (lambda t: t * float(t[0]), "frozen"),
        (lambda t: t * t.numpy(), "frozen"),
        (lambda t: t * np.asarray(t), "frozen"),
        (lambda t: t * t[0].item(), "frozen"),
        (lambda t: np.zeros(int(t[0])) + t[0], "frozen"),
        (lambda t: t.tolist(), "frozen"),
        (lambda t: t * ad.to_numpy(t), "frozen"),
        (lambda t: ad.Variable(t), "frozen"),
        (lambda t: ad.constant(t), "frozen"),
        (lambda t: t if ad.mean([t[0], 1.0]) > 0 else -t, r"ad\.where"),
    ],
)
def test_numbers_that_leave_a_trace_are_refused_with_the_line(take, hint):
    with pytest.raises(ad.NotTraceable, match=rf"(?s)test_function\.py:\d+.*{hint}"):
        ad.function(take)(np.array([1.0, 2.0]))


def test_a_traced_whole_number_is_no_index():
    """Compiled, boxes have no `__index__`, so that Python itself refuses them."""
    with pytest.raises(TypeError, match=r"x\[i\]|cannot be interpreted as an integer"):
        ad.function(lambda t: range(np.argmax(t)))(np.array([1.0, 2.0]))


def test_a_comparison_of_values_is_refused():
    with pytest.raises(ad.NotTraceable, match=r"ad\.where"):
        ad.function(lambda x: x if x > 0.0 else -x)(1.0)


def test_constants_may_be_read():
    assert float(ad.function(lambda x: x * float(ad.constant(2.0)))(np.array(3.0))) == 6.0


def test_a_shape_that_depends_on_numbers_is_refused():
    f = ad.function(lambda x: x[x > 0.0] * 2.0)
    f(np.array([1.0, -1.0, 2.0]))
    f(np.array([1.0, 2.0, -1.0]))
    with pytest.raises(ad.NotTraceable, match="depends on numbers"):
        f(np.array([1.0, -2.0, -1.0]))


def test_a_trace_that_fails_leaves_the_variables_as_they_were():
    v = ad.Variable([1.0, 2.0])

    @ad.function
    def step(x):
        v.assign_sub(x)
        return float(np.sum(v))

    with pytest.raises(ad.NotTraceable):
        step(ones(2))
    np.testing.assert_array_equal(v.numpy(), [1.0, 2.0])
    v.assign_add([1.0, 1.0])
    np.testing.assert_array_equal(v.numpy(), [2.0, 3.0])


def test_a_custom_gradient_is_traced_or_refused():
    @ad.custom_gradient
    def cube(x):
        square = x * x
        return square * x, lambda upstream: upstream * 3.0 * square

    @ad.custom_gradient
    def plain(x):
        y = float(x.numpy()) ** 3
        return y, lambda upstream: upstream * 3.0 * y

    def slope(function):
        def run(x):
            with ad.Tape() as tape:
                tape.watch(x)
                y = function(x)
            return [y, tape.gradient(y, x)]

        return run

    f = ad.function(slope(cube))
    for x in (2.0, 3.0):
        assert [float(y) for y in f(np.array(x))] == [x**3, 3 * x**2]
    with pytest.raises(ad.NotTraceable):
        ad.function(slope(plain))(np.array(2.0))


@ad.custom_gradient
def bent(z):
    return np.tanh(z), lambda g: 2.0 * g


def through_a_custom_gradient(x, w):
    with ad.Tape() as tape:
        y = np.sum(bent((x @ w) @ w))
    return tape.gradient(y, w)


def past_an_inner_tape(x, w):
    with ad.Tape() as tape:
        y = (x @ w) @ w
        with ad.Tape() as inner:
            z = np.sum(w * 3.0)
        inner.gradient(z, w)
        y = np.sum(np.tanh(y))
    return tape.gradient(y, w)


def recomputed(x, w):
    with ad.Tape() as tape:
        y = np.sum(ad.recompute_grad(lambda z: np.tanh(z @ w))(x @ w))
    return tape.gradient(y, w)


def penalized(x, w):
    with ad.Tape() as tape:
        with ad.Tape() as inner:
            inner.watch(x)
            y = np.sum(np.tanh(x @ w) @ w)
        y = np.sum(inner.gradient(y, x) ** 2)
    return tape.gradient(y, w)


@pytest.mark.parametrize("gradient", [through_a_custom_gradient, past_an_inner_tape, recomputed, penalized])
def test_what_is_read_again_in_a_walk_is_no_constant(gradient):
    """Where another tape was opened meanwhile, the walk reads the snapshot of a leaf, which then enters the graph itself."""
    rng = np.random.default_rng(0)
    v, w = (ad.Variable(np.eye(3)) for _ in range(2))
    traced = ad.function(lambda x: w.assign_sub(0.1 * gradient(x, w)).value())
    for _ in range(4):
        x = rng.normal(size=(2, 3))
        v.assign_sub(0.1 * gradient(ad.constant(x), v))
        np.testing.assert_array_equal(traced(x).numpy(), v.numpy())
    assert traced.traces == 1


# -- guards and choices ------------------------------------------------------------------------------------------------------


def test_a_guard_that_flips_traces_again_and_says_where(caplog):
    v = ad.Variable(0.0)

    @ad.function(guards=True)
    def step(x):
        v.assign_add(1.0)
        if np.sum(x) > 2.0:
            return 2.0 * x
        return -x

    with caplog.at_level(logging.WARNING, "autodiff"):
        for x in ([2.0, 1.0], [3.0, 1.0], [0.5, 1.0], [2.0, 2.0], [1.0, 0.0]):
            expected = 2.0 * np.array(x) if sum(x) > 2.0 else -np.array(x)
            np.testing.assert_array_equal(step(np.array(x)).numpy(), expected)
    assert step.traces == 2
    assert "if np.sum(x) > 2.0:" in step.reasons[0] and "if np.sum(x) > 2.0:" in caplog.text
    assert float(v) == 5.0


def test_a_guard_that_flips_draws_no_number_twice():
    a, b = np.random.default_rng(0), np.random.default_rng(0)

    @ad.function(guards=True)
    def step(x):
        drawn = ad.random_draw(a.normal, 2)
        return drawn * 2.0 if x > 0.0 else -drawn

    for x in (1.0, 2.0, -1.0, 3.0, -2.0):
        drawn = b.normal(size=2)
        np.testing.assert_array_equal(step(x).numpy(), drawn * 2.0 if x > 0 else -drawn)


def test_cond_takes_one_of_two():
    f = ad.function(lambda x: ad.cond(np.sum(x) > 0.0, lambda: np.sqrt(np.abs(x)), lambda: {"y": x}["y"] * 2.0))
    for x in ([4.0, 9.0], [-1.0, -2.0], [1.0, -0.5]):
        expected = np.sqrt(np.abs(x)) if sum(x) > 0 else 2.0 * np.array(x)
        np.testing.assert_array_equal(f(np.array(x)).numpy(), expected)
    assert ad.cond(True, lambda: 1.0, lambda: 2.0) == 1.0
    assert f.traces == 1
    batch = ad.vmap(lambda x: ad.cond(x > 0.0, lambda: x * x, lambda: -x))
    np.testing.assert_array_equal(batch(np.array([2.0, -3.0])), [4.0, 3.0])
    v = ad.Variable(1.0)
    with pytest.raises(ad.NotTraceable, match="both functions run"):
        ad.function(lambda x: ad.cond(x > 0.0, lambda: v.assign(2.0), lambda: v.assign(3.0)))(np.array(1.0))
    with pytest.raises(ValueError, match="different structures"):
        ad.function(lambda x: ad.cond(x > 0.0, lambda: [x], lambda: [x, x]))(np.array(1.0))


# -- with the rest of the engine ---------------------------------------------------------------------------------------------


def test_tapes_vmap_and_jacobian_take_a_function():
    f, g = ad.function(lambda x: np.sum(np.tanh(x) ** 2)), ad.function(lambda x: np.tanh(x) * x[::-1])
    x = np.array([0.3, -0.7])
    f(x), g(x)
    np.testing.assert_array_equal(ad.grad(f)(x), ad.grad(f.python_function)(x))
    np.testing.assert_array_equal(ad.hessian(f)(x), ad.hessian(f.python_function)(x))
    np.testing.assert_array_equal(ad.vmap(f)(np.stack([x, x])), [float(f(x))] * 2)
    np.testing.assert_array_equal(ad.jacobian(g)(x), ad.jacobian(g.python_function)(x))
    np.testing.assert_array_equal(ad.vmap(ad.grad(f))(np.stack([x, x])), [ad.grad(f)(x)] * 2)
    np.testing.assert_array_equal(ad.jvp(f, (x,), (x,))[1], ad.jvp(f.python_function, (x,), (x,))[1])
    assert "pass" in str(ad.check_gradients(f, x)) and "pass" in str(ad.check_gradients(g, x, order=2))
    assert f.traces == g.traces == 1


def test_pictures_and_tf_function_take_a_function(capsys):
    from nn import tf

    f = ad.function(lambda x: np.sum(np.tanh(x) ** 2))
    x = np.array([0.3, -0.7])
    f(x)
    assert "tanh" in ad.draw(f, x).source and "tanh" in ad.play(f, x)._repr_html_()
    ad.show(f, x)
    assert "tanh" in capsys.readouterr().out
    with tf.GradientTape() as tape:
        y = tf.function(f)(v := tf.Variable(x))
    np.testing.assert_array_equal(tape.gradient(y, v).numpy(), ad.grad(f)(x))
    assert float(tf.function(f)(x)) == float(y) and f.traces == 1


def test_a_function_in_a_function_is_traced_with_it():
    inner = ad.function(lambda x: np.tanh(x))
    outer = ad.function(lambda x: 2.0 * inner(x))
    for x in (0.1, 0.2):
        assert float(outer(np.array(x))) == 2.0 * np.tanh(x)
    assert inner.traces == 0 and outer.traces == 1


def test_a_method_is_a_function_of_its_object():
    class Model:
        def __init__(self, w):
            self.w = ad.Variable(w)

        @ad.function
        def __call__(self, x):
            return self.w * x

    a, b = Model(2.0), Model(3.0)
    assert [float(model(np.array(5.0))) for model in (a, b, a)] == [10.0, 15.0, 10.0]


def test_the_program_prints_itself():
    v = ad.Variable([1.0, 2.0], name="v")
    f = ad.function(lambda x: [v.assign_sub(0.5 * x)])
    with pytest.raises(ValueError, match="not traced yet"):
        f.program()
    text = str(f.program(ones(2)))
    assert "variable v: f8[2]" in text and "v <- %" in text and "multiply(0.5, input0)" in text


# -- files -------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def saved(tmp_path):
    v = ad.Variable(np.array([[1.0, 2.0], [3.0, 4.0]], "f4"), name="v")

    @ad.function
    def step(x, rate):
        with ad.Tape() as tape:
            loss = np.mean(ad.relu(x @ v)[:, 0] ** 2)
        v.assign_sub(rate * tape.gradient(loss, v))
        return {"loss": loss, "two": [2.0 * v, 3]}

    x = np.array([[1.0, 2.0], [0.5, 0.5]], "f4")
    step(x, 0.1)
    step.save(tmp_path / "step.json")
    return tmp_path / "step.json", step, v, x


def test_a_loaded_function_goes_on_as_the_saved_one(saved):
    path, step, v, x = saved
    loaded = ad.load_function(path)
    for _ in range(3):
        a, b = step(x, 0.2), loaded(x, 0.2)
        assert float(a["loss"]) == float(b["loss"]) and b["two"][1] == 3
        np.testing.assert_array_equal(a["two"][0].numpy(), b["two"][0].numpy())
        np.testing.assert_array_equal(loaded.variables[0].numpy(), v.numpy())
    with pytest.raises(TypeError, match="Argument 0"):
        loaded(x.astype("f8"), 0.2)
    with pytest.raises(TypeError, match="Argument 1"):
        loaded(x)


def test_files_are_checked(saved):
    path = saved[0]
    text = path.read_text()
    for wrong, message in (
        (text[:-20], "not a file"), (text.replace("matmul", "multiply", 1), "damaged"), ("{}", "not a file"),
        (text.replace('"version": 1', '"version": 99'), "version"), ("[1, 2]", "not a file"),
    ):  # fmt: skip
        path.write_text(wrong)
        with pytest.raises(ValueError, match=message):
            ad.load_function(path)


def test_what_is_read_before_it_is_computed_is_found(saved):
    import hashlib

    path = saved[0]
    file = json.loads(path.read_text())
    file["program"]["instructions"][0][1][0] = 99
    file["sha256"] = hashlib.sha256(json.dumps(file["program"]).encode()).hexdigest()
    path.write_text(json.dumps(file))
    with pytest.raises(ValueError, match="before it is computed"):
        ad.load_function(path)


def test_what_a_file_cannot_hold_is_refused(tmp_path):
    rng = np.random.default_rng(0)
    f = ad.function(lambda x: x * ad.random_draw(rng.normal, 2))
    f(ones(2))
    with pytest.raises(TypeError, match="draws numbers"):
        f.save(tmp_path / "f.json")


# -- with a fallback ---------------------------------------------------------------------------------------------------------

OUTSIDE = {"number": 2.0, "rng": np.random.default_rng(0)}


def counted():
    OUTSIDE["count"] += 1
    return OUTSIDE["count"]


def draws(x):
    drawn = ad.random_draw(OUTSIDE["rng"].random, 3)
    return drawn * (x.tolist() and 1.0) if isinstance(x, np.ndarray) else x.no_such_method()


def makes_a_variable(x):
    return ad.Variable([1.0, 2.0, 3.0]) * x


@pytest.mark.parametrize("function, reason", [
    (lambda x: x * float(np.sum(x)), r"(?s)test_function\.py:\d+.*float.*frozen"),
    (lambda x: x if x[0] > 0 else -x, r"ad\.where"),
    (lambda x: x[x > 1.0], r"shape of `%1 = index\(input0"),
    (lambda x: x * OUTSIDE["rng"].random(), r"drew random numbers from Generator\(PCG64\)"),
    (lambda x: x * (1.0 if OUTSIDE["rng"].random() < 2.0 else 0.0), "drew random numbers"),
    (lambda x: x * counted(), r"`%0 = multiply\(input0, \d+\).*` is not what it was"),
    (lambda x: np.concatenate([x, np.full(300, counted())]), "Python gives other numbers"),
    (draws, "AttributeError.*no_such_method"),
    (makes_a_variable, "makes a Variable at each call"),
], ids=range(9))  # fmt: skip
def test_with_a_fallback_the_function_itself_runs(function, reason):
    start, OUTSIDE["count"] = OUTSIDE["rng"].bit_generator.state, 0
    traced = ad.function(function, fallback=True)
    xs = [np.array([k, 2.0, -3.0]) for k in range(1, 7)]
    found = [np.asarray(traced(x)) for x in xs]
    end = OUTSIDE["rng"].bit_generator.state
    OUTSIDE["rng"].bit_generator.state, OUTSIDE["count"] = start, 0
    for y, x in zip(found, xs):
        np.testing.assert_array_equal(y, np.asarray(function(ad.constant(x)) if function is not draws else function(x)))
    assert OUTSIDE["rng"].bit_generator.state == end
    assert traced.refusal is not None
    with pytest.raises(AssertionError, match=reason):
        raise AssertionError(traced.refusal)


def test_an_argument_that_no_program_takes_is_for_the_function_itself():
    traced = ad.function(lambda x, names: 2.0 * x if "a" in names else x, fallback=True)
    assert traced(1.5, {"a", "b"}) == 3.0 and "can be hashed" in traced.refusal
    with pytest.raises(TypeError, match="can be hashed"):
        ad.function(traced.python_function)(1.5, {"a", "b"})


def test_a_fallback_changes_no_variable_twice():
    v = ad.Variable([1.0, 2.0])

    def step(x):
        v.assign_sub(x)
        return v * float(np.sum(v))

    traced = ad.function(step, fallback=True)
    traced(ones(2)), traced(ones(2))
    np.testing.assert_array_equal(v.numpy(), [-1.0, 0.0])
    n = ad.Value(1.0)

    def count(x):
        n.assign(n + 1.0)
        return x.no_such_method() if isinstance(x, ad.Value) else n * x

    counting = ad.function(count, fallback=True)
    assert [float(counting(2.0)) for _ in range(3)] == [4.0, 6.0, 8.0] and "no_such_method" in counting.refusal


def test_an_error_of_the_function_itself_is_raised_and_is_no_refusal():
    @ad.function(fallback=True)
    def picky(x):
        if OUTSIDE["number"] < 0:
            raise ValueError("no negative numbers")
        return x * 2.0

    OUTSIDE["number"] = -1.0
    with pytest.raises(ValueError, match="no negative"):
        picky(ones(2))
    OUTSIDE["number"] = 2.0
    for _ in range(3):
        picky(ones(2))
    assert picky.refusal is None and "multiply" in str(picky.program())


@pytest.mark.parametrize("fallback", [False, True])
def test_retrace_reads_anew_what_python_says(fallback):
    w = ad.Variable([1.0, 2.0])

    @ad.function(fallback=fallback)
    def step(x):
        w.assign_sub(0.5 * w)
        return x * w * OUTSIDE["number"]

    OUTSIDE["number"] = 2.0
    for _ in range(3):
        step(ones(2))
    assert step.retrace(ones(2)).numpy().tolist() == [2 / 16, 4 / 16]
    OUTSIDE["number"] = 4.0
    assert step(ones(2)).numpy().tolist() == [2 / 32, 4 / 32]
    assert step.retrace(ones(2)).numpy().tolist() == [4 / 64, 8 / 64]
    for k in range(7, 10):
        assert step(ones(2)).numpy().tolist() == [4 / 2**k, 8 / 2**k]
    assert ("Python gave other numbers: `%4 = multiply(%3, 4.0)" in " ".join(step.reasons)) is fallback
    assert step.refusal is None and step.traces == 1


def test_a_traced_check_is_made_at_each_call():
    def check(x):
        if np.isnan(x).any():
            raise ValueError("NaN")
        return 0.0

    @ad.function
    def step(x):
        ad.py_function(check, x)
        return 2.0 * x

    assert step(ones(2)).numpy().tolist() == step(ones(2)).numpy().tolist() == [2.0, 2.0]
    with pytest.raises(ValueError, match="NaN"):
        step(np.array([1.0, np.nan]))
    assert step.traces == 1
    half = ad.function(lambda x: ad.py_function(lambda x: x / 2, x) + x)
    assert [half(k * ones(2)).numpy().tolist() for k in (1.0, 2.0)] == [[1.5, 1.5], [3.0, 3.0]]
