"""What is said, or done, where arrays of other libraries meet what they can't do."""

import numpy as np
import pytest

import autodiff as ad
import nn
from external import strict

X = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
KEPT = "nothing is copied from one to another unasked"


@pytest.fixture
def lazy():
    array = pytest.importorskip("dask.array")
    return lambda x: array.from_array(np.array(x), chunks=2)


# -- mixing ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", ["assign", "assign_add", "assign_sub"])
def test_a_change_of_a_variable_comes_from_its_own_library(change, lazy):
    """assign_sub said that Dask has no np.subtract, or that numpy's array can't be written into."""
    theirs = {"numpy": np.array, "external": strict.array, "dask.array": lazy}
    for (place, here), (other, there) in ((a, b) for a in theirs.items() for b in theirs.items()):
        v = ad.Variable(here(X))
        if other in (place, "numpy"):
            getattr(v, change)(there(X))
            assert ad.array_library(v) == place
            np.testing.assert_array_equal(v.numpy(), {"assign": X, "assign_add": 2 * X, "assign_sub": 0 * X}[change])
        else:
            sentence = rf"An array of {other} is not copied to one of {place} unasked: write ad.to_numpy\(x\)"
            with pytest.raises(TypeError, match=sentence):
                getattr(v, change)(there(X))


def test_rows_of_numpys_array_are_not_looked_up_by_places_elsewhere():
    with pytest.raises(TypeError, match=f"index was given arrays of external and numpy: {KEPT}"):
        ad.constant(X)[ad.constant(strict.array(np.array([0, 1])))]


def test_inside_vmap_too_nothing_is_mixed():
    with pytest.raises(TypeError, match=f"matmul was given arrays of external and numpy: {KEPT}"):
        ad.vmap(lambda x, w: x @ w, in_axes=(0, None))(strict.array(X), X.T)


def test_vmap_of_plain_arrays_leaves_them_where_they_are(lazy):
    """Dask's were computed, and CuPy's refused without a way out."""
    mapped = ad.vmap(ad.grad(lambda x: np.sum(np.tanh(x) ** 2)))
    for there, back in ((strict.array, lambda y: y.get()), (lazy, lambda y: y.compute(scheduler="synchronous"))):
        found = mapped(there(X))
        assert type(found) is type(there(X))
        np.testing.assert_allclose(back(found), mapped(X), atol=1e-15)


def test_a_result_of_vmap_that_is_no_batch_stays_where_it_is():
    found = ad.vmap(lambda x: strict.array(X), out_axes=None)(strict.array(X))
    assert isinstance(found, strict.StrictArray)


# -- beside boxes, arrays without a box ---------------------------------------------------------------------------------------

V, MASK, PLACES = np.array([0.5, 1.5, 2.5]), np.array([True, False, True]), np.array([0, 1, 0])
BESIDE = {
    "average": lambda t, raw: np.average(t, weights=raw(V)),
    "histogram": lambda t, raw: np.histogram(t, bins=3, weights=raw(V))[0],
    "interp": lambda t, raw: np.interp(t, raw(V), raw(V * V)),
    "quantile": lambda t, raw: np.quantile(t, raw(np.array([0.25, 0.5]))),
    "cov": lambda t, raw: np.cov(t, aweights=raw(V)),
    "gradient": lambda t, raw: np.gradient(t, raw(V)),
    "polyfit": lambda t, raw: np.polyfit(raw(V), t, 1),
    "take": lambda t, raw: np.take(t, raw(PLACES)),
    "take_along_axis": lambda t, raw: np.take_along_axis(t, raw(PLACES), 0),
    "choose": lambda t, raw: np.choose(raw(PLACES), [t, 2 * t]),
    "select": lambda t, raw: np.select([raw(MASK)], [t], 0.0),
    "piecewise": lambda t, raw: np.piecewise(t, [raw(MASK)], [lambda x: 2 * x, lambda x: x]),
    "append": lambda t, raw: np.append(t, raw(V)),
    "full_like": lambda t, raw: np.full_like(t, 3.0),
    "full_like of numbers": lambda t, raw: np.full_like(t, raw(V)),
    "compress": lambda t, raw: np.compress(raw(MASK), t),
    "place": lambda t, raw: np.place(t.copy(), raw(MASK), 1.0),
    "add.at": lambda t, raw: np.add.at(t.copy(), raw(PLACES), 1.0),
    "repeat": lambda t, raw: np.repeat(t, raw(PLACES)),
}
REFUSED = {"external": {"place", "add.at", "repeat"}, "dask.array": {"compress", "place", "add.at", "repeat"}}


@pytest.mark.parametrize("in_box", [False, True], ids=["without a box", "in a box"])
@pytest.mark.parametrize("name", BESIDE)
def test_an_array_beside_a_box_stays_where_it_is(name, in_box, lazy):
    """Dask's were computed, behind the user's back, and CuPy's refused in numpy's name."""
    dask = pytest.importorskip("dask")

    def computing(*args, **options):
        raise AssertionError("a lazy array was computed")

    for library, there in (("external", strict.array), ("dask.array", lazy)):
        raw = (lambda x: ad.constant(there(x))) if in_box else there  # noqa: B023
        strict.COPIED.clear()
        with dask.config.set(scheduler=computing):
            if name in REFUSED[library]:
                with pytest.raises(TypeError, match=rf"can't be computed on an array of {library}: (?!Implicit)"):
                    BESIDE[name](ad.constant(there(V)), raw)
                continue
            found = BESIDE[name](ad.constant(there(V)), raw)
        assert ad.array_library(found) == library and not strict.COPIED
        np.testing.assert_allclose(ad.to_numpy(found), BESIDE[name](V, np.asarray), atol=1e-13)


PLAIN = {
    "softmax": lambda x: ad.softmax(x),
    "logsumexp": lambda x: ad.logsumexp(x),
    "digamma": lambda x: ad.digamma(x),
    "sort": lambda x: ad.sort(x),
    "median": lambda x: ad.median(x),
    "interp": lambda x: ad.interp(x, x, x * x),
    "kron": lambda x: ad.kron(x, x),
    "trapezoid": lambda x: ad.trapezoid(x),
    "linspace": lambda x: ad.linspace(x, 1.0, 3),
    "a list": lambda x: ad.stack([x, x]),
    "several results": lambda x: ad.meshgrid(x, x)[1],
    "what has no derivative": lambda x: ad.scipy.special.gammainc(x, x),
    "gelu": lambda x: nn.activations.gelu(x),
}


@pytest.mark.parametrize("f", PLAIN.values(), ids=PLAIN)
def test_plain_arrays_of_a_library_give_plain_arrays_of_it(f, lazy):
    """Some were computed, and some came back as a class of the engine's own."""
    dask = pytest.importorskip("dask")
    for there in (lazy, strict.array):
        with dask.config.set(scheduler=lambda *args, **options: pytest.fail("a lazy array was computed")):
            found = f(there(V))
        assert type(found) is type(there(V))
        np.testing.assert_allclose(ad.to_numpy(found), f(V), atol=1e-14)


# -- lazy --------------------------------------------------------------------------------------------------------------------


def test_questions_about_arrays_are_answered_in_arrays_of_the_library_or_refused(lazy):
    t = ad.constant(lazy(X))
    for function in (np.isclose, np.allclose):
        found = function(t, X)
        assert type(found) is type(t.data)
        assert found.compute(scheduler="synchronous").all()
    with pytest.raises(TypeError, match=r"^np.array_equal can't .* of dask.array: it has no np.array_equal"):
        np.array_equal(t, X)


def test_a_choice_by_a_lazy_number_is_refused_by_name(lazy):
    with pytest.raises(TypeError, match=r"cond can't be computed on an array of dask.array: .* ad.constant\(t.numpy\(\)\)"):
        ad.cond(ad.constant(lazy(1.0)) > 0.0, lambda: 1.0, lambda: 2.0)


@pytest.mark.parametrize("f", [np.sum, lambda x: np.sum(x @ X.T), lambda x: np.sum(np.linalg.svdvals(x))])
def test_an_array_of_unknown_sizes_says_how_they_become_known(f, lazy):
    x = ad.Variable(lazy(X)[lazy(X)[:, 0] > 1.0])
    with pytest.raises(TypeError, match=r"The sizes of its chunks are not known: x.compute_chunk_sizes\(\) finds them"):
        ad.grad(f)(x)


def test_a_lazy_number_is_written_as_float_computes_it(lazy):
    assert f"{ad.constant(lazy(2.5)):.2f}" == "2.50"


def test_a_solver_that_computes_on_the_host_is_refused_by_name(lazy):
    """They called themselves without end."""
    root = ad.custom_root(lambda x, a: x * x - a)(lambda start, a: np.sqrt(a))
    solvers = {
        "solve_ivp": lambda a: ad.scipy.integrate.odeint(lambda y, t: -y, a, np.linspace(0.0, 1.0, 3)),
        "custom_root": lambda a: root(1.0, a),
    }
    for there in (lazy, strict.array):
        for name, solver in solvers.items():
            with pytest.raises(TypeError, match=rf"^{name} can't .* on the host. Compute this step with numpy"):
                solver(ad.Variable(there(X[0])))


LISTS = {
    "constant": lambda xs: ad.constant(xs),
    "constant of rows": lambda xs: ad.constant([xs, xs]),
    "Variable": lambda xs: ad.Variable(xs),
    "Tensor": lambda xs: ad.Tensor(xs),
    "assign": lambda xs: ad.Variable(X[:2]).assign(xs),
    "an operand": lambda xs: ad.constant(X[:2]) * xs,
}


@pytest.mark.parametrize("make", LISTS.values(), ids=LISTS)
def test_a_list_of_arrays_is_not_brought_to_the_host(make, lazy):
    for library, there in (("external", strict.array), ("dask.array", lazy)):
        with pytest.raises(TypeError, match=f"A list of arrays of {library} is no array, .*: np.stack makes one of them there"):
            make([there(X[0]), there(X[1])])


def test_to_numpy_brings_a_list_to_the_host(lazy):
    for there in (lazy, strict.array):
        found = ad.to_numpy([ad.constant(there(X[0])), [*there(X[1])]])
        assert type(found) is np.ndarray and np.array_equal(found, X[:2])


NAMED = {
    "unique": lambda t: np.unique(t),
    "union1d": lambda t: np.union1d(t, t),
    "trim_zeros": lambda t: np.trim_zeros(t),
    "delete": lambda t: np.delete(t, t.astype(int)),
}


@pytest.mark.parametrize("name", NAMED)
def test_a_refusal_names_the_function_that_was_called(name, lazy):
    """It named a part of it, such as unique_places, of which nobody knows."""
    with pytest.raises(TypeError, match=rf"^{name} can't be computed on an array of dask.array: "):
        NAMED[name](ad.constant(lazy(V)))


@pytest.mark.parametrize("make", [ad.constant, ad.Variable, ad.Tensor])
def test_what_dask_holds_beside_numbers_is_refused_as_numpys_is(make, lazy):
    array = pytest.importorskip("dask.array")
    with pytest.raises(TypeError, match=r"type MaskedArray is not taken here, as its mask would be lost: .* da.ma.filled\(x\)"):
        make(array.ma.masked_array(lazy(V), MASK))
    with pytest.raises(TypeError, match="objects"):
        make(array.from_array(np.array([1, None], object), chunks=1))


@pytest.mark.parametrize("make", [ad.constant, ad.Variable])
def test_what_is_delayed_is_no_sparse_matrix(make):
    """It has any attribute, toarray too."""
    dask = pytest.importorskip("dask")
    with pytest.raises(TypeError, match="a number or an array of numbers, but got Delayed"):
        make(dask.delayed(np.ones)(3))


# -- DLPack ------------------------------------------------------------------------------------------------------------------


class Writer:
    """A library that writes into what it is given, though told that it is not to."""

    def __init__(self, **words):
        self.words = words

    def from_dlpack(self, x):
        return np.from_dlpack(Capsule(x.__dlpack__(**self.words), x.__dlpack_device__()))


class Capsule:
    def __init__(self, capsule, device):
        self.capsule, self.device = capsule, device

    def __dlpack__(self, **options):
        return self.capsule

    def __dlpack_device__(self):
        return self.device


@pytest.mark.parametrize("words", [{}, {"max_version": (1, 0)}, {"max_version": (1, 0), "dl_device": (1, 0)}], ids=str)
def test_who_does_not_ask_as_numpy_does_gets_a_copy(words):
    """PyTorch 2.14 says that it knows of arrays that are not to be written into, and then writes into them."""
    t = ad.constant(X)
    found = Writer(**words).from_dlpack(t)
    assert not np.shares_memory(found, t.data)
    np.testing.assert_array_equal(found, X)


def test_numpy_shares_the_memory_or_copies_as_it_is_asked_to():
    t = ad.constant(X)
    shared = np.from_dlpack(t)
    assert np.shares_memory(shared, t.data) and not shared.flags.writeable
    copied = np.from_dlpack(t, copy=True)
    assert not np.shares_memory(copied, t.data) and copied.flags.writeable


def test_a_library_without_dlpack_is_named(lazy):
    for t in (ad.constant(lazy(X)), ad.constant(strict.array(X))):
        with pytest.raises(BufferError, match=rf"An array of {ad.array_library(t)} has no DLPack: t.numpy\(\) is a copy"):
            np.from_dlpack(t)


def test_a_variable_without_a_name_is_told_as_such():
    with pytest.raises(ValueError, match=r"^This Variable has shape \(3, 2\), so it can't be assigned shape \(2,\)"):
        ad.Variable(X).assign(X[0])
