"""TensorFlow's behaviour, call by call: each test is named after the behaviour, mirrored or differed from on purpose."""

import copy
import math
import pickle
import threading

import numpy as np
import pytest

import autodiff as ad


def f(x):
    return None if x is None else float(x)


# -- recording ---------------------------------------------------------------------------------------------------------


def test_a_second_block_before_any_gradient_continues_the_first():
    x = ad.Value(2.0)
    tape = ad.Tape()
    with tape:
        y = x * x
    with tape:
        z = y * x
    assert f(tape.gradient(z, x)) == 12.0


def test_a_block_after_the_gradient_starts_afresh():
    x = ad.Value(2.0)
    tape = ad.Tape()
    with tape:
        y = x * x
    tape.gradient(y, x)
    with tape:
        z = x * x * x
    assert f(tape.gradient(z, x)) == 12.0


def test_operations_outside_any_block_are_not_recorded():
    x = ad.Value(2.0)
    y = x * x
    with ad.Tape() as tape:
        z = y * 3.0
    assert tape.gradient(z, x) is None


def test_operations_in_another_thread_are_not_recorded():
    x, out = ad.Value(2.0), []
    with ad.Tape() as tape:
        worker = threading.Thread(target=lambda: out.append(x * x))
        worker.start()
        worker.join()
    assert tape.gradient(out[0], x) is None


def test_two_open_tapes_both_record_and_pause_apart():
    x = ad.Value(2.0)
    with ad.Tape() as a, ad.Tape() as b:
        y = x * x
        with a.stop_recording():
            z = y * x
    assert f(b.gradient(z, x)) == 12.0
    assert a.gradient(z, x) is None


def test_a_tape_closed_out_of_order_leaves_the_other_recording():
    x = ad.Value(2.0)
    a, b = ad.Tape(), ad.Tape()
    a.__enter__()
    b.__enter__()
    a.__exit__(None, None, None)
    y = x * x
    b.__exit__(None, None, None)
    assert f(b.gradient(y, x)) == 4.0 and a.gradient(y, x) is None


def test_recording_resumes_after_an_exception_in_a_pause():
    x = ad.Value(2.0)
    with ad.Tape() as tape:
        with pytest.raises(KeyError), tape.stop_recording():
            raise KeyError
        y = x * x
    assert f(tape.gradient(y, x)) == 4.0


def test_reset_forgets_and_goes_on():
    x, w = ad.Value(2.0), ad.Variable([1.0])
    with ad.Tape() as tape:
        y = x * x * w
        tape.reset()
        assert tape.watched_variables() == ()
        z = x * 3.0
    assert f(tape.gradient(z, x)) == 3.0
    del y


def test_gradient_inside_the_block_of_a_plain_tape_ends_its_recording():
    x = ad.Value(2.0)
    with ad.Tape() as tape:
        y = x * x
        assert f(tape.gradient(y, x)) == 4.0
        x * x * x


# -- watching ----------------------------------------------------------------------------------------------------------


def test_constants_are_followed_when_watched_and_only_from_there_on():
    c = ad.constant(3.0)
    with ad.Tape(persistent=True) as tape:
        before = c * c
        tape.watch(c)
        after = c * c
    assert tape.gradient(before, c) is None and f(tape.gradient(after, c)) == 6.0
    assert f(tape.gradient([before, after], c)) == 6.0


def test_watch_works_before_entering_and_between_blocks():
    a, b = ad.constant(3.0), ad.constant(4.0)
    tape = ad.Tape()
    tape.watch(a)
    with tape:
        y = a * a
    tape.watch(b)
    with tape:
        z = y * b
    assert [f(g) for g in tape.gradient(z, [a, b])] == [24.0, 9.0]


def test_untrainable_variables_wait_to_be_watched():
    v = ad.Variable([1.0, 2.0], trainable=False)
    with ad.Tape() as tape:
        y = v * v
    assert tape.watched_variables() == () and tape.gradient(y, v) is None
    with ad.Tape() as tape:
        tape.watch({"v": [v]})
        y = v * v
    assert tape.gradient(y, v).numpy().tolist() == [2.0, 4.0]


def test_nothing_is_watched_unasked_when_so_told():
    a, b = ad.Value(2.0), ad.Value(3.0)
    with ad.Tape(watch_accessed_variables=False) as tape:
        tape.watch(a)
        y = a * b
    assert [f(g) for g in tape.gradient(y, [a, b])] == [3.0, None]


def test_watching_is_per_tape():
    x, z = ad.constant(2.0), ad.constant(3.0)
    with ad.Tape() as outer:
        outer.watch(z)
        with ad.Tape() as inner:
            inner.watch([x, z])
            y = x * x * z
    assert [f(g) for g in inner.gradient(y, [x, z])] == [12.0, 4.0]
    assert [f(g) for g in outer.gradient(y, [x, z])] == [None, 4.0]


def test_an_inner_tape_may_watch_what_the_outer_computed():
    x = ad.Value(2.0)
    with ad.Tape() as outer:
        z = x * x
        with ad.Tape() as inner:
            inner.watch(z)
            y = z * z
        slope = inner.gradient(y, z)
    assert f(slope) == 8.0 and f(outer.gradient(slope, x)) == 8.0


def test_watched_variables_come_in_order_of_creation():
    a, b = ad.Variable([1.0], name="a"), ad.Variable([2.0], name="b")
    tape = ad.Tape()
    assert tape.watched_variables() == ()
    with tape:
        y = b * a * b
    assert [v.name for v in tape.watched_variables()] == ["a", "b"]
    tape.gradient(y, a)
    assert [v.name for v in tape.watched_variables()] == ["a", "b"]


# -- gradient: what it returns -----------------------------------------------------------------------------------------


def test_targets_may_be_many_and_sources_the_targets_themselves():
    x = ad.Value(3.0)
    with ad.Tape(persistent=True) as tape:
        y = x * x
        z = y * y
    assert f(tape.gradient([y, y], x)) == 12.0
    assert f(tape.gradient({"y": y, "z": [z]}, x)) == 6.0 + 108.0
    assert [f(g) for g in tape.gradient(y, [y, x])] == [1.0, 6.0]
    assert [f(g) for g in tape.gradient([y, z], [y, x])] == [19.0, 114.0]
    assert [f(g) for g in tape.gradient(z, (x, x))] == [108.0, 108.0]
    assert tape.gradient(z, []) == [] and tape.gradient([], x) is None


def test_the_gradient_of_a_thing_with_respect_to_itself_needs_no_record():
    c, v = ad.constant([1.0, 2.0]), ad.Variable([1.0])
    with ad.Tape(persistent=True) as tape:
        pass
    assert tape.gradient(c, c).numpy().tolist() == [1.0, 1.0]
    assert tape.gradient(v, ad.Variable([1.0])) is None


def test_output_gradients_weight_the_target():
    x = ad.Variable([1.0, 2.0])
    with ad.Tape(persistent=True) as tape:
        y, z = x * x, x * 3.0
    assert tape.gradient(y, x, output_gradients=[1.0, 10.0]).numpy().tolist() == [2.0, 40.0]
    both = tape.gradient([y, z], x, output_gradients=[None, ad.constant([1.0, 0.0])])
    assert both.numpy().tolist() == [5.0, 4.0]
    with pytest.raises(ValueError, match="1 entries for 2 targets"):
        tape.gradient([y, z], x, output_gradients=[np.ones(2)])


@pytest.mark.parametrize("make", [lambda: ad.Value(1.0), lambda: ad.Variable(np.ones((2, 3), "f"))], ids=["Value", "Variable"])
def test_unconnected_sources(make):
    x, other = ad.Value(2.0), make()
    with ad.Tape(persistent=True) as tape:
        y = x * x
    assert tape.gradient(y, other) is None
    zero = tape.gradient(y, [other], unconnected_gradients="zero")[0]
    assert zero.shape == other.shape and zero.dtype == other.dtype and not np.any(np.asarray(zero))


def test_casts():
    x = ad.Variable(np.array([1.0, 2.0], np.float32))
    with ad.Tape(persistent=True) as tape:
        wide = ad.sum(x.astype(np.float64) ** 2)
        cut = ad.sum(x.astype(np.int64) * 1.5)
    assert tape.gradient(wide, x).dtype == np.float32
    assert tape.gradient(cut, x) is None


@pytest.mark.parametrize("function", [np.floor, np.round, np.ceil, np.rint, lambda x: x > 0, np.argmax, lambda x: x // 1.0])
def test_functions_of_zero_derivative_are_unconnected(function):
    x = ad.Variable([0.5, 1.5])
    with ad.Tape() as tape:
        y = function(x)
    assert tape.gradient(y, x) is None


# -- higher order ------------------------------------------------------------------------------------------------------


def test_a_persistent_tape_differentiates_its_own_gradients():
    x = ad.Value(2.0)
    with ad.Tape(persistent=True) as tape:
        y = x**4
        first = tape.gradient(y, x)
        second = tape.gradient(first, x)
        third = tape.gradient(second, x)
    assert [f(g) for g in (first, second, third)] == [32.0, 48.0, 48.0]


def test_an_inner_gradient_taken_after_the_outer_block_is_a_constant_to_it():
    x = ad.Value(2.0)
    with ad.Tape() as outer, ad.Tape() as inner:
        y = x**3
    slope = inner.gradient(y, x)
    assert f(slope) == 12.0 and outer.gradient(slope, x) is None


def test_mixed_partials_of_tapes_that_watch_apart():
    x, w = ad.constant(2.0), ad.constant(3.0)
    with ad.Tape() as outer:
        outer.watch(w)
        with ad.Tape() as inner:
            inner.watch(x)
            y = x * x * w * w
        slope = inner.gradient(y, x)
    assert f(outer.gradient(slope, w)) == 24.0


def test_a_differentiable_update():
    w = ad.Variable([1.0, 2.0])
    with ad.Tape() as outer:
        with ad.Tape() as inner:
            loss = ad.sum(w**3)
        moved = w - 0.1 * inner.gradient(loss, w)
        outcome = ad.sum(moved**2)
    expected = 2 * (w.numpy() - 0.3 * w.numpy() ** 2) * (1 - 0.6 * w.numpy())
    np.testing.assert_allclose(outer.gradient(outcome, w).numpy(), expected)


def test_hessian_vector_product_by_output_gradients():
    x = ad.Variable([1.0, 2.0])
    with ad.Tape() as outer:
        with ad.Tape() as inner:
            y = x[0] ** 2 * x[1] ** 3
        g = inner.gradient(y, x)
    hessian = np.array([[16.0, 24.0], [24.0, 12.0]])
    np.testing.assert_allclose(outer.gradient(g, x, output_gradients=[1.0, -1.0]).numpy(), hessian @ [1.0, -1.0])


def test_jacobian_of_a_plain_tape_and_of_a_gradient():
    x = ad.Variable([1.0, 2.0, 3.0])
    with ad.Tape() as tape:
        y = x[:2] * x[1:]
    np.testing.assert_allclose(tape.jacobian(y, x).numpy(), [[2.0, 1.0, 0.0], [0.0, 3.0, 2.0]])
    with ad.Tape() as outer:
        with ad.Tape() as inner:
            y = ad.sum(x**3)
        g = inner.gradient(y, x)
    np.testing.assert_allclose(outer.jacobian(g, x).numpy(), np.diag(6 * x.numpy()))


# -- variables ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [ad.Value, lambda x: ad.Variable(x)], ids=["Value", "Variable"])
def test_assignment_after_use_leaves_what_was_recorded(make):
    v = make(3.0)
    with ad.Tape(persistent=True) as tape:
        y = v * v
        v.assign(10.0)
        z = y + v * v
    assert f(tape.gradient(y, v)) == 6.0 and f(tape.gradient(z, v)) == 26.0
    assert v.assign_add(1.0).assign_sub(0.5) is v and float(v) == 10.5


@pytest.mark.parametrize("make", [ad.Value, lambda x: ad.Variable(x)], ids=["Value", "Variable"])
def test_assignment_between_forward_and_a_second_order_gradient(make):
    v = make(3.0)
    with ad.Tape() as outer:
        with ad.Tape() as inner:
            y = v * v * v
        v.assign(10.0)
        slope = inner.gradient(y, v)
    assert f(slope) == 27.0 and f(outer.gradient(slope, v)) == 18.0


def test_variables_and_constants_copy_what_they_are_given_and_give():
    a = np.array([1.0, 2.0])
    v, c = ad.Variable(a), ad.constant(a)
    a[0] = 9.0
    v.numpy()[0] = 9.0
    assert v.numpy()[0] == 1.0 and c.numpy()[0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        np.asarray(v)[0] = 9.0


def test_boxes_are_hashed_by_identity_and_compared_by_element():
    a, b = ad.Variable([1.0, 2.0]), ad.Variable([1.0, 3.0])
    assert (a == b).tolist() == [True, False] and len({a, b}) == 2
    assert ad.Value(2.0) == 2.0 and ad.Value(2.0) < ad.Value(3.0)


def through_pickle(x):
    return pickle.loads(pickle.dumps(x))


BOXES = [ad.Value(2.0, name="v"), ad.Variable([1.0, 2.0], name="w"), ad.constant([1.0], name="c")]


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, through_pickle])
@pytest.mark.parametrize("box", BOXES, ids=str)
def test_copies_are_whole_and_independent(again, box):
    twin = again(box)
    assert type(twin) is type(box) and twin.name == box.name and twin.trainable == box.trainable
    assert np.array_equal(np.asarray(twin), np.asarray(box))
    if isinstance(box, (ad.Value, ad.Variable)):
        twin.assign(np.asarray(twin) + 1.0)
        assert not np.array_equal(np.asarray(twin), np.asarray(box))


def test_threads_side_by_side_share_their_variables():
    w, v = ad.Variable(np.arange(3.0)), ad.Value(2.0)
    wrong = []

    def work(k):
        for _ in range(300):
            with ad.Tape() as tape:
                y = ad.sum(w * w) * v * float(k)
            gw, gv = tape.gradient(y, [w, v])
            if not (np.allclose(gw.numpy(), 4.0 * k * np.arange(3.0)) and math.isclose(float(gv), 5.0 * k)):
                wrong.append((k, gw, gv))

    threads = [threading.Thread(target=work, args=(k,)) for k in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_numpy_functions_on_either_side_are_recorded():
    a, t = np.arange(6.0).reshape(2, 3), ad.Variable([1.0, 2.0, 3.0])
    with ad.Tape(persistent=True) as tape:
        outs = [np.einsum("ij,j", a, t), a @ t, np.dot(a, t), np.sum(a * t, axis=1), np.matmul(a, t)]
    for out in outs:
        np.testing.assert_allclose(tape.gradient(out, t).numpy(), a.sum(axis=0))


def test_the_untaken_branch_of_where_does_not_poison_the_gradient():
    x = ad.Variable([-1.0, 0.0, 4.0])
    with ad.Tape(persistent=True) as tape, np.errstate(all="ignore"):
        root = np.where(x > 0, np.sqrt(x), 0.0)
        inverse = np.where(x > 0, 1.0 / x, 0.0)
    assert tape.gradient(root, x).numpy().tolist() == [0.0, 0.0, 0.25]
    assert tape.gradient(inverse, x).numpy().tolist() == [0.0, 0.0, -1 / 16]
