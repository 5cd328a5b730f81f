"""What the engine offers besides rules, on arrays of other libraries: a strict one, as CuPy's, and a lazy one, Dask's."""

import copy
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import autodiff as ad
from external import strict

ROOT = Path(__file__).parents[2]
X = np.array([1.0, 2.0, 3.0, 4.0])
ONES = np.ones(4)


def f(x):
    return np.sum(np.tanh(x) * x**2)


class Strict:
    there, lazy = staticmethod(strict.array), False
    back = staticmethod(lambda x: x.get())


class Lazy:
    lazy = True

    def __init__(self):
        self.dask = pytest.importorskip("dask")
        self.array = pytest.importorskip("dask.array")

    def there(self, x):
        return self.array.from_array(np.array(x), chunks=2)

    def back(self, x):
        return x.compute(scheduler="synchronous")


@pytest.fixture(params=[Strict, Lazy])
def kind(request):
    return request.param()


def computing(*args, **kwargs):
    raise AssertionError("the engine computed a lazy array")


@pytest.fixture
def uncomputed():
    """Nothing lazy is computed inside the test, except by a scheduler that is named."""
    dask = pytest.importorskip("dask")
    with dask.config.set(scheduler=computing):
        yield


def jacobian_of_tape(x):
    with ad.Tape(persistent=True) as tape:
        tape.watch(x)
        y = np.tanh(x) * x
    return tape.jacobian(y, x)


def second_by_nested_tapes(x):
    with ad.Tape() as outer:
        outer.watch(x)
        with ad.Tape() as inner:
            inner.watch(x)
            y = f(x)
        slope = inner.gradient(y, x)
    return outer.gradient(slope, x)


def with_debug(x):
    with ad.Tape(debug=True) as tape:
        tape.watch(x)
        y = f(x)
    return tape.gradient(y, x)


def by_accumulator(x):
    with ad.ForwardAccumulator(x, x * 0.0 + 1.0) as accumulator:
        y = f(x)
    return accumulator.jvp(y)


@ad.custom_gradient
def own(x):
    y = np.exp(x)
    return y, lambda g: g * y * 2.0


TOOLS = {
    "tape": lambda x: ad.grad(f)(x),
    "jacobian": jacobian_of_tape,
    "hessian": lambda x: ad.hessian(f)(x),
    "nested tapes": second_by_nested_tapes,
    "jvp": lambda x: ad.jvp(f, (x,), (x * 0.0 + 1.0,))[1],
    "forward mode": by_accumulator,
    "vmap": lambda x: ad.vmap(lambda row: np.sum(np.tanh(row) ** 2))(np.reshape(x, (2, 2))),
    "vmap of grad": lambda x: ad.vmap(ad.grad(lambda row: np.sum(np.tanh(row) ** 2)))(np.reshape(x, (2, 2))),
    "debug": with_debug,
    "custom_gradient": lambda x: ad.grad(lambda x: np.sum(own(x)))(x),
    "function": lambda x: [ad.function(f)(x) for _ in range(3)][-1],
    "function of grad": lambda x: [TRACED(x) for _ in range(3)][-1],
    "copy": lambda x: ad.grad(f)(copy.deepcopy(x)),
    "pickle": lambda x: ad.grad(f)(pickle.loads(pickle.dumps(x))),
    "a list of numbers as cotangent": lambda x: weighted(x),
}
TRACED = ad.function(ad.grad(f))


def weighted(x):
    with ad.Tape() as tape:
        tape.watch(x)
        y = np.tanh(x)
    return tape.gradient(y, x, output_gradients=[1.0, 2.0, 3.0, 4.0])


@pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS.keys())
def test_tools_give_numpys_numbers_where_the_data_are(kind, tool, uncomputed):
    expected = tool(ad.constant(X))
    found = tool(ad.constant(kind.there(X)))
    assert type(found.data) is type(kind.there(X))
    np.testing.assert_allclose(kind.back(found.data), expected.numpy(), rtol=1e-12, atol=1e-14)


def test_plain_arrays_give_plain_gradients(kind):
    g = ad.grad(f)(kind.there(X))
    assert type(g) is type(kind.there(X))
    np.testing.assert_allclose(kind.back(g), ad.grad(f)(X))


def test_a_users_array_may_stand_on_the_left(kind):
    x, t = kind.there(X), ad.constant(kind.there(X))
    for y in (x * t, np.multiply(x, t), np.concatenate([x, t])[4:] * x):
        assert isinstance(y, ad.Tensor)
        np.testing.assert_array_equal(kind.back(y.data), X * X)


def test_variables_change_where_they_are(kind, uncomputed):
    v = ad.Variable(kind.there(X), name="v")
    v.assign_sub(ad.constant(kind.there(ONES)))
    v.assign_add(kind.there(ONES) * 2.0)
    assert type(v.data) is type(kind.there(X)) and v.shape == (4,) and v.dtype == np.float64
    np.testing.assert_array_equal(kind.back(v.data), X + 1)
    v.assign([1, 2, 3, 4])
    np.testing.assert_array_equal(kind.back(v.data), X)


def test_an_array_that_somebody_else_holds_is_not_written_into():
    v = ad.Variable(strict.array(X))
    with ad.Tape() as tape:
        y = np.sum(v**2)
    before, kept = v.data, v.value()
    v.assign_sub(strict.array(ONES))
    np.testing.assert_array_equal(before.get(), X)
    np.testing.assert_array_equal(kept.numpy(), X)
    np.testing.assert_array_equal(tape.gradient(y, v).numpy(), 2 * X)


ALONE = """
import numpy as np
import autodiff as ad
from external import strict

v = ad.Variable(strict.array(np.arange(4.0)))
numbers = v.data._numbers
v.assign_sub(strict.array(np.ones(4)))
assert v.data._numbers is numbers
"""


def test_a_variable_that_nobody_else_holds_is_changed_in_place():
    """In a process without other threads, which other tests may have left here."""
    paths = os.pathsep.join(["tests", os.environ.get("PYTHONPATH", "."), "."])
    subprocess.run([sys.executable, "-c", ALONE], cwd=ROOT, env={**os.environ, "PYTHONPATH": paths}, check=True)


@pytest.mark.parametrize("order", [1, 2])
def test_check_gradients(order):
    assert ad.check_gradients(f, ad.constant(strict.array(X)), order=order).kind == "pass"
    wrong = ad.custom_gradient(lambda x: (np.tanh(x), lambda g: g))
    assert not ad.check_gradients(wrong, strict.array(X))


def test_debug_names_the_line_and_the_numbers():
    x = ad.constant(strict.array(X - 1))
    with pytest.raises(FloatingPointError, match="log: 1 of 4 results is not finite"), ad.debug():
        np.log(x)


def test_zeros_where_nothing_arrives_are_where_the_source_is(kind):
    """They were numpy's."""
    v, w = ad.Variable(kind.there(X)), ad.Variable(kind.there(X))
    with ad.Tape(persistent=True) as tape, ad.ForwardAccumulator(w, kind.there(ONES)) as accumulator:
        y, nothing = np.sin(v), v[:0]
    found = {
        (4,): tape.gradient(y, w, unconnected_gradients="zero"),
        (4, 4): tape.jacobian(y, w, unconnected_gradients="zero"),
        (0, 4): tape.jacobian(nothing, v),
        (4, 1): np.expand_dims(accumulator.jvp(y, unconnected_gradients="zero"), 1),
    }
    for shape, zeros in found.items():
        assert ad.array_library(zeros) == ad.array_library(v)
        assert zeros.shape == shape and not zeros.numpy().any()


# -- out of the engine -------------------------------------------------------------------------------------------------------


def test_to_the_host_by_name_only(kind):
    t = ad.constant(kind.there(X))
    for numbers in (t.numpy(), ad.to_numpy(t)):
        assert type(numbers) is np.ndarray
        np.testing.assert_array_equal(numbers, X)
    assert float(np.sum(t)) == 10.0 and t[0].item() == 1.0 and t.tolist() == X.tolist()


def test_numpys_array_of_a_strict_one_is_refused_with_the_way_out():
    with pytest.raises(TypeError, match=r"np.asarray can't be computed on an array of external.*ad.constant\(t.numpy\(\)\)"):
        np.asarray(ad.constant(strict.array(X)))


@pytest.mark.parametrize("name", ["dawsn", "fresnel", "spence"])
def test_a_refusal_names_scipys_function(name):
    special = pytest.importorskip("autodiff.scipy.special")
    x = ad.constant(strict.array(X + 1))
    sentence = rf"^{name} can't .* of external: it has no scipy\.special\.{name}\. .*ad\.constant\(t\.numpy\(\)\)"
    with pytest.raises(TypeError, match=sentence):
        getattr(special, name)(*[2.0] * (name == "zeta"), x)


def test_device():
    assert ad.constant(X).device == "cpu"
    assert ad.constant(strict.array(X)).device == "elsewhere"


def test_text(kind):
    t = ad.constant(kind.there(X), name="x")
    assert ("StrictArray" in repr(t)) != kind.lazy and repr(t).endswith(", name='x')")
    if not kind.lazy:
        assert f"{np.sum(t):.2f}" == "10.00"


def test_dlpack():
    t = ad.constant(X)
    shared = np.from_dlpack(t)
    np.testing.assert_array_equal(shared, X)
    assert not shared.flags.writeable, "a Tensor would change"
    assert t.__dlpack_device__() == X.__dlpack_device__()
    with ad.Tape() as tape:
        tape.watch(t)
        with pytest.raises(TypeError, match="its gradient would be lost"):
            np.from_dlpack(t * 2.0)


# -- mixing ------------------------------------------------------------------------------------------------------------------

MIXED = {
    "numpy's array": lambda t: t * X,
    "numpy's array on the left": lambda t: np.multiply(X, t),
    "a Tensor of numpy's": lambda t: t + ad.constant(X),
    "in a list": lambda t: np.concatenate([t, X]),
    "a cotangent": lambda t: ad.vjp(np.tanh, t)[1](X),
    "a function of several ops": lambda t: np.kron(t, X),
    "a list for a function of several ops": lambda t: np.vstack([t, X]),
}


@pytest.mark.parametrize("mix", MIXED.values(), ids=MIXED.keys())
def test_arrays_of_two_libraries_are_not_mixed(mix):
    with pytest.raises(TypeError, match=r"arrays of external and numpy: nothing is copied .* ad.to_numpy\(t\)"):
        mix(ad.constant(strict.array(X)))


def test_two_libraries():
    array = pytest.importorskip("dask.array")
    with pytest.raises(TypeError, match=r"multiply was given arrays of dask.array and external"):
        ad.constant(array.from_array(X)) * ad.constant(strict.array(X))


def test_dask_takes_numpys_arrays_as_dask_does(uncomputed):
    array = pytest.importorskip("dask.array")
    y = ad.constant(array.from_array(X, chunks=2)) * X
    np.testing.assert_array_equal(y.data.compute(scheduler="synchronous"), X * X)


def test_an_array_does_not_come_to_the_host_by_assignment():
    with pytest.raises(TypeError, match=r"external is not copied to one of numpy unasked: write ad.to_numpy\(x\)"):
        ad.Variable(X).assign(strict.array(X))


def test_what_cannot_be_traced_is_told_as_of_numpys_arrays(kind):
    """It was wrapped in a sentence of the library, which has nothing to do with it."""
    step = ad.function(lambda x: np.sum(np.interp(x, [0.0, 2.0], [1.0, 3.0])))
    with pytest.raises(ad.NotTraceable, match="takes a plain number or array out of what is traced"):
        step(ad.constant(kind.there(X)))


# -- lazy --------------------------------------------------------------------------------------------------------------------


def test_tensors_are_collections_of_dask():
    dask, array = pytest.importorskip("dask"), pytest.importorskip("dask.array")
    v = ad.Variable(array.from_array(X, chunks=2))
    with ad.Tape() as tape:
        y = f(v)
    loss, gradient = dask.compute(y, tape.gradient(y, v), scheduler="synchronous")
    assert loss == float(f(ad.constant(X)))
    np.testing.assert_allclose(gradient, ad.grad(f)(X))
    (kept,) = dask.persist(y, scheduler="synchronous")
    assert isinstance(kept, ad.Tensor) and float(kept) == loss
    assert not dask.is_dask_collection(ad.constant(X))


def test_a_rule_that_must_look_says_so(uncomputed):
    array = pytest.importorskip("dask.array")
    t = ad.constant(array.from_array(X, chunks=2))
    with pytest.raises(TypeError, match=r"can't be computed on an array of dask.array"):
        np.trim_zeros(t)


def test_a_picture_of_a_lazy_graph_has_no_numbers(uncomputed):
    array = pytest.importorskip("dask.array")
    with ad.Tape() as tape:
        t = ad.constant(array.from_array(X, chunks=2), name="x")
        tape.watch(t)
        y = f(t)
    assert "tanh" in ad.draw(y).source
    assert tape.explain(y, t).reason == "connected"
