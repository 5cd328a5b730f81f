"""custom_gradient and its kin, TensorFlow's behaviour mirrored or differed from on purpose."""

import functools
import inspect

import numpy as np
import pytest

import autodiff as ad


def f(x):
    return None if x is None else float(x)


@ad.custom_gradient
def cube(x, times=1.0):
    """x cubed."""
    return x**3 * times, lambda up: 30.0 * up * x * x


def test_the_stated_gradient_is_used_however_the_function_is_called():
    for call in (lambda x: cube(x), lambda x: cube(x=x), lambda x: cube(x, times=1.0)):
        x = ad.Value(2.0)
        with ad.Tape() as tape:
            y = call(x)
        assert f(y) == 8.0 and f(tape.gradient(y, x)) == 120.0
    assert cube.__name__ == "cube" and cube.__doc__ == "x cubed."


def test_a_gradient_written_in_operations_is_differentiated_again():
    x = ad.Value(2.0)
    with ad.Tape() as outer:
        with ad.Tape() as inner:
            y = cube(x)
        slope = inner.gradient(y, x)
    assert f(slope) == 120.0 and f(outer.gradient(slope, x)) == 120.0


def test_several_inputs_and_outputs():
    @ad.custom_gradient
    def both(a, b):
        return (a * b, a + b), lambda up_product, up_sum: (up_product * b + up_sum, None)

    a, b = ad.Variable([1.0, 2.0]), ad.Variable([3.0, 4.0])
    with ad.Tape(persistent=True) as tape:
        product, total = both(a, b)
    assert tape.gradient(product, a).tolist() == [3.0, 4.0]
    assert tape.gradient(total, a).tolist() == [1.0, 1.0]
    assert tape.gradient([product, total], b) is None
    assert tape.gradient([product, total], b, unconnected_gradients="zero").tolist() == [0.0, 0.0]


@pytest.mark.parametrize("kind", [ad.Value, ad.Variable])
def test_an_argument_whose_gradient_is_none_is_a_constant(kind):
    @ad.custom_gradient
    def scaled(x, by):
        return x * by, lambda up: (up * by, None)

    x, by = kind(2.0), kind(3.0)
    with ad.Tape(persistent=True) as outer:
        with ad.Tape(persistent=True) as tape:
            alone = scaled(x, by)
            both = alone + by
        first = tape.gradient(alone, x)
        assert tape.gradient(alone, by) is None
        assert format(tape.gradient(both, by)) == "1.0"
    assert first.item() == 3.0 and outer.gradient(first, x) is None and outer.gradient(first, by).item() == 1.0


def test_captured_variables():
    w = ad.Variable([2.0])

    @ad.custom_gradient
    def scaled(x):
        def grad(up, variables=None):
            assert variables == [w] or variables[0] is w
            return up * 100.0, [up * 7.0]

        return x * w, grad

    x = ad.Variable([3.0])
    with ad.Tape() as tape:
        y = scaled(x)
    gx, gw = tape.gradient(y, [x, w])
    assert gx.tolist() == [100.0] and gw.tolist() == [7.0]

    @ad.custom_gradient
    def silent(x):
        return x * w, lambda up: up

    with pytest.raises(TypeError, match="must accept a keyword argument 'variables'"):
        silent(x)


W = ad.Variable([2.0], name="w")


def wrapped(up, variables):
    return up, [up * 7.0]


class Asked:
    def __call__(self, up, *, variables):
        return wrapped(up, variables)


GRADS = {
    "a keyword alone": lambda up, *, variables: wrapped(up, variables),
    "a wrapper": functools.wraps(wrapped)(lambda *args, **kwargs: wrapped(*args, **kwargs)),
    "a partial": functools.partial(wrapped),
    "an object": Asked(),
}


@pytest.mark.parametrize("grad", GRADS.values(), ids=GRADS)
def test_every_kind_of_grad_is_asked_whether_it_takes_variables(grad):
    x = ad.Variable([3.0])
    with ad.Tape() as tape:
        y = ad.custom_gradient(lambda x: (x * W, grad))(x)
    assert [g.tolist() for g in tape.gradient(y, [x, W])] == [[1.0], [7.0]]


def test_no_call_inspects_the_function_or_its_grad(monkeypatch):
    """It would take longer than the rest of the call."""
    x = ad.Value(2.0)
    inspected = []
    monkeypatch.setattr(inspect, "signature", inspected.append)
    with ad.Tape() as tape:
        y = cube(x)
    assert f(tape.gradient(y, x)) == 120.0 and inspected == []


@pytest.mark.parametrize("grad, message", [
    (lambda up: (up, up), "expected to return 1 gradients, but returned 2"),
    (lambda up: np.ones(3), r"shape \(3,\), not \(2,\)"),
])  # fmt: skip
def test_wrong_gradients_are_refused(grad, message):
    x = ad.Variable([1.0, 2.0])
    with ad.Tape() as tape:
        y = ad.custom_gradient(lambda x: (x * 2.0, grad))(x)
    with pytest.raises(ValueError, match=message):
        tape.gradient(y, x)


def test_a_function_that_returns_no_pair_is_refused():
    with pytest.raises(TypeError, match="must return"):
        ad.custom_gradient(lambda x: x)(ad.Value(1.0))


def test_stop_gradient():
    x = ad.Variable([2.0, 3.0])
    with ad.Tape(persistent=True) as tape:
        y, z = x * ad.stop_gradient(x), ad.stop_gradient(x * x)
    assert tape.gradient(y, x).tolist() == [2.0, 3.0] and tape.gradient(z, x) is None


def test_recompute_grad_runs_again_and_differentiates_twice():
    w, runs = ad.Variable([2.0]), []

    @ad.recompute_grad
    def layer(x, unused):
        runs.append(1)
        return np.tanh(x * w) * x

    x = ad.Variable([0.5])
    with ad.Tape() as outer:
        with ad.Tape() as inner:
            y = layer(x, x * 3.0)
        gx, gw = inner.gradient(y, [x, w])
    plain = ad.grad(lambda x, w: np.sum(np.tanh(x * w) * x), argnums=(0, 1))
    np.testing.assert_allclose([gx.item(), gw.item()], [g.item() for g in plain(x, w)])
    second = ad.grad(lambda w: np.sum(plain(x, w)[1]))(w)
    np.testing.assert_allclose(outer.gradient(gw, w).numpy(), second.numpy())
    assert len(runs) == 2


@pytest.mark.parametrize("decorator", [ad.recompute_grad, lambda f: ad.custom_gradient(lambda z: (f(z), lambda up: up))])
def test_a_tracked_box_in_the_closure_is_refused(decorator):
    def of_a_result(w):
        h = w * w
        return np.sum(decorator(lambda z: z * h)(w))

    def of_an_argument(w):
        return np.sum(decorator(lambda z: z * w)(w))

    for function in (of_a_result, of_an_argument):
        with pytest.raises(TypeError, match=r"computed outside of it and is not among its arguments.*Pass it as an argument"):
            ad.grad(function)(np.array([1.0, 2.0]))
    assert ad.check_gradients(lambda w: ad.recompute_grad(lambda z, h: z * h)(w, w * w), np.array([1.0, 2.0]))
    v = ad.Variable([2.0, 3.0])
    with ad.Tape() as tape:
        y = np.sum(ad.recompute_grad(lambda z: z * v)(v * 1.0))
    np.testing.assert_allclose(tape.gradient(y, v), [4.0, 6.0])
