"""Calls that the fuzzer found: our functions give numpy's numbers also at the edges, numpy's errors, and words of our own for
what is wrong; a forward that works has a gradient that works; and nothing that was given is changed."""

from fractions import Fraction

import numpy as np
import pytest
from together import each

import autodiff as ad

A = np.arange(1.0, 13.0).reshape(3, 4)
NAN, ZEROS, EMPTY = np.full((3, 4), np.nan), np.zeros((3, 3)), np.zeros((0, 4))
HOLES = np.where(A % 3 == 0, np.nan, A)
BIG, INFINITE = HOLES.astype(">f8"), np.array([1.0, np.inf, 3.0, np.inf])

NUMBERS = {  # each is a function of one array
    "nanmax of NaN": (lambda x: np.nanmax(x, axis=0), NAN),
    "nanmin of NaN": (lambda x: np.nanmin(x, axis=0), NAN),
    "nanmax along no axis": (lambda x: np.nanmax(x, axis=()), HOLES),
    "nanmin from NaN": (lambda x: np.nanmin(x, initial=np.nan), HOLES),
    "nanstd of too few": (lambda x: np.nanstd(x, axis=0, correction=5), HOLES),
    "nanmean of the other byte order": (lambda x: np.nanmean(x, axis=0), BIG),
    "nanmean where": (lambda x: np.nanmean(x, where=A > 3), HOLES),
    "nanprod of a number": (lambda x: np.nanprod(x, axis=0), np.array(2.0)),
    "cumprod of a number": (lambda x: np.cumprod(x, axis=0), np.array(2.0)),
    "prod from nothing": (lambda x: np.prod(x, initial=None), A),
    "nanquantile of nothing": (lambda x: np.nanquantile(x, 0.3, axis=0), EMPTY),
    "median of nothing": (lambda x: np.median(x, axis=0), EMPTY),
    "several nanquantiles": (lambda x: np.nanquantile(x, [[0.1, 0.2], [0.5, 1.0]], axis=1), HOLES),
    "median of infinities": (np.median, INFINITE),
    "quantile of infinities": (lambda x: np.quantile(x, 0.3), INFINITE),
    "cov of nothing": (np.cov, EMPTY[:, :0]),
    "cov without bias": (lambda x: np.cov(x, bias=None), A),
    "cond of zeros": (np.linalg.cond, ZEROS),
    "cond 1 of zeros": (lambda x: np.linalg.cond(x, 1), ZEROS),
    "norm -1 of nothing": (lambda x: np.linalg.norm(x, -1, axis=0), EMPTY),
    "norm 0 of NaN": (lambda x: np.linalg.vector_norm(x, ord=0), HOLES),
    "norm of no order": (lambda x: np.linalg.vector_norm(x, ord=None), A),
    "matrix norm of no order": (lambda x: np.linalg.matrix_norm(x, ord=None), A),
    "lstsq with a large rcond": (lambda x: np.linalg.lstsq(x, np.arange(3.0), rcond=2)[0], A),
    "matrix power 0 of NaN": (lambda x: np.linalg.matrix_power(x, 0), NAN[:, :3]),
    "modf of infinity": (lambda x: np.modf(x)[0], INFINITE),
    "diff of order 0": (lambda x: np.diff(x, n=0, prepend=0.0), A),
    "interp between NaN": (lambda x: np.interp(x, np.full(3, np.nan), [1.0, 2.0, 3.0]), A),
    "interp of half precision": (lambda x: np.interp(0.7, np.arange(4.0), x), A[0].astype("f2") / 7),
    "gradient over no distance": (lambda x: np.gradient(x, np.zeros(4)), A[0] ** 2),
    "linspace to infinity": (lambda x: np.linspace(x, 3.0, 5), np.array(np.inf)),
    "linspace from NaN": (lambda x: np.linspace(x, 3.0, 5), np.array(np.nan)),
    "cumulative sum of nothing": (lambda x: np.cumulative_sum(x, axis=0, include_initial=True), EMPTY),
    "partition of half precision": (lambda x: np.partition(x, 2, axis=None), (A % 5).astype("f2")),
    "ravel in the order of memory": (lambda x: np.ravel(x, order="K"), A.T),
    "ravel of columns": (lambda x: np.ravel(x, order="a"), np.asfortranarray(A)),
    "reshape in no order": (lambda x: np.reshape(x, (2, 6), order=None), A),
    "tile by bools": (lambda x: np.tile(x, np.array([True, True])), A),
    "tile by a set": (lambda x: np.tile(x, {2}), A),
    "roll by True": (lambda x: np.roll(x, np.True_), A),
    "transpose of a vector": (lambda x: np.transpose(x, 0), A[0]),
    "correlate by mode 2": (lambda x: np.correlate(x, x[:3], 2), A[0]),
    "take True": (lambda x: np.take(x, True, axis=0), A),
    "bounds by their new names": (lambda x: np.clip(x, min=3.0), A),
}


def close(x, y):
    np.testing.assert_allclose(np.asarray(x.numpy() if hasattr(x, "numpy") else x), y, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("act, x", NUMBERS.values(), ids=NUMBERS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # numpy's own, of NaN and of nothing
def test_the_numbers_are_numpys_and_have_a_gradient(act, x):
    v = ad.Variable(x)
    with ad.Tape() as tape:
        y = act(v)
    close(y, act(np.copy(x)))
    gradient = tape.gradient(y, v)
    assert gradient is None or gradient.shape == x.shape


CONSTANTS = {  # of arrays without a derivative
    "median of whole numbers": (np.median, np.array([1, 2])),
    "nanquantile of whole numbers": (lambda x: np.nanquantile(x, 0.3), np.array([1, 2, 5])),
    "nanmedian of whole numbers": (np.nanmedian, np.array([1, 2, 5])),
    "modf of whole numbers": (lambda x: np.modf(x)[0], np.array([1, 2])),
    "tril of bools": (np.tril, np.ones((3, 3), bool)),
    "triu of bools": (np.triu, np.ones((3, 3), bool)),
    "diff from a float": (lambda x: np.diff(x, prepend=0.5), np.array([1, 2])),
    "vdot of complex numbers": (lambda x: np.vdot(x, [1.0, 2.0]), np.array([1j, 2.0])),
    "vecdot of complex numbers": (lambda x: np.vecdot(x, np.array([1.0, 2.0])), np.array([1j, 2.0])),
    "correlate by complex numbers": (lambda x: np.correlate(np.arange(4.0), x), np.array([1j, 2.0])),
    "correlate complex numbers": (lambda x: np.correlate(x, np.arange(4.0)), np.array([1j, 2.0])),
}


@pytest.mark.parametrize("act, x", CONSTANTS.values(), ids=CONSTANTS)
def test_constants_of_other_kinds_have_numpys_numbers(act, x):
    y, want = act(ad.constant(x)), act(x)
    assert y.dtype == want.dtype
    np.testing.assert_array_equal(y.numpy(), want)


GRADIENTS = {
    "det of a singular matrix": (np.linalg.det, ZEROS, ZEROS),
    "det of NaN": (np.linalg.det, NAN[:, :3], NAN[:, :3]),
    "logarithm of a singular determinant": (
        lambda x: np.linalg.slogdet(x)[1], np.ones((2, 2)), [[np.inf, -np.inf], [-np.inf, np.inf]]
    ),
    "its sign alone": (lambda x: np.linalg.slogdet(x)[0], np.ones((2, 2)), np.zeros((2, 2))),
    "nanmax of some NaN": (lambda x: np.nanmax(x, axis=0), np.array([[np.nan, 1.0], [np.nan, 1.0]]), [[0.0, 0.5], [0.0, 0.5]]),
    "nanmean where": (lambda x: np.nanmean(x, where=[True, False, True]), np.array([1.0, 2.0, np.nan]), [1.0, 0.0, 0.0]),
    "partition": (lambda x: np.partition(x, 1) * np.array([1.0, 2.0, 3.0]), np.array([3.0, 1.0, 2.0]), [3.0, 1.0, 2.0]),
    "ravel as it lies": (
        lambda x: np.ravel(x, order="A") * np.arange(6.0), np.asfortranarray(A[:2, :3]), [[0.0, 2.0, 4.0], [1.0, 3.0, 5.0]]
    ),
    "uneven spacing": (lambda x: np.gradient(np.array([0.0, 1.0, 4.0]), x)[1], np.array([0.0, 1.0, 2.0]), [0.0, 2.0, -2.0]),
}  # fmt: skip


@pytest.mark.parametrize("act, x, want", GRADIENTS.values(), ids=GRADIENTS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_forward_that_works_has_a_gradient_that_works(act, x, want):
    v = ad.Variable(x)
    with ad.Tape() as tape:
        y = act(v)
    np.testing.assert_allclose(tape.gradient(y, v, unconnected_gradients="zero"), want, atol=1e-12)


NUMPYS_ERRORS = {
    "one bound": lambda x: np.clip(x, 1.0),
    "bounds by two names": lambda x: np.clip(x, None, 2.0, min=0.0),
    "weights of 0": lambda x: np.average(x, weights=np.zeros((3, 4))),
    "a dtype that is an array": lambda x: x.astype(np.ones(2)),
    "places of an iterator": lambda x: np.interp(x, iter([0.0, 1.0]), [1.0, 2.0]),
    "a condition without a hash": lambda x: np.compress({1.0}, x),
    "arguments that are names only": lambda x: ad.linalg.cholesky(x[:3, :3], True),
    "a split by a number too large": lambda x: np.split(x, 10**400),
    "the mean of a number along an axis": lambda x: np.mean(x[0, 0], axis=-1),
    "one number of two": lambda x: ad.hypot(2.5),
    "a selection of no kind": lambda x: np.partition(x, 1, kind=None),
    "a ufunc where nothing is": lambda x: np.modf(x, where=None, out=3),
}


@pytest.mark.parametrize("act", NUMPYS_ERRORS.values(), ids=NUMPYS_ERRORS)
def test_what_numpy_refuses_is_refused(act):
    with pytest.raises((TypeError, ValueError, ArithmeticError)) as numpys:
        act(A)
    for _ in range(2):  # numpy's answer is not kept where it refused
        with pytest.raises((numpys.type, TypeError, ValueError)):
            act(ad.Variable(A))


WORDS = {
    "vjp of a number": (lambda: ad.vjp(3.0, 1.0), TypeError, "vjp takes a function.*3.0 of type float"),
    "jvp along a number": (lambda: ad.jvp(lambda x: x, 1.0, 1.0), TypeError, "jvp takes a list or tuple as its primals"),
    "grad of an array": (lambda: ad.grad(A), TypeError, "grad takes a function"),
    "jacobian of None": (lambda: ad.jacobian(None), TypeError, "jacobian takes a function"),
    "vmap of a list": (lambda: ad.vmap([1.0]), TypeError, "vmap takes a function"),
    "cond of arrays": (lambda: ad.cond(True, A, A), TypeError, "cond takes a function as its true_function"),
    "function of a number": (lambda: ad.function(3.0), TypeError, "function takes a function"),
    "static names": (lambda: ad.function(lambda x: x, static=3), TypeError, "list or tuple as its static names"),
    "py_function of a box": (lambda: ad.py_function(ad.Value(1.0)), TypeError, "py_function takes a function"),
    "recompute_grad of None": (lambda: ad.recompute_grad(None), TypeError, "recompute_grad takes a function"),
    "grad_pass_through of None": (lambda: ad.grad_pass_through(None), TypeError, "grad_pass_through takes a function"),
    "random_draw of None": (lambda: ad.random_draw(None, 3), TypeError, "random_draw takes a function as its draw"),
    "variables_of a number": (lambda: ad.variables_of(3.0), TypeError, "variables_of takes a list or tuple"),
    "MutableTensor of a number": (lambda: ad.MutableTensor(1.0), TypeError, r"MutableTensor takes a Tensor.*x\.copy\(\)"),
    "Player of a number": (lambda: ad.Player(1.0), TypeError, r"Player takes a Graph.*ad\.play"),
    "Picture of a number": (lambda: ad.Picture(1.0), TypeError, r"Picture takes a Sketch.*ad\.draw"),
    "einsum of a number": (lambda: ad.einsum(0.0), TypeError, "einsum takes subscripts and arrays"),
    "einsum by floats": (lambda: np.einsum(ad.Variable(A), [0.5, 1.5]), TypeError, r"but got \[0.5, 1.5\]"),
    "standardize of a number": (lambda: ad.standardize(ad.constant(2.0)), ValueError, "standardize can't compute"),
    "softmax along a huge axis": (lambda: ad.softmax(A, 10**400), ValueError, "softmax can't compute"),
    "softplus of a huge number": (lambda: ad.softplus(10**400), ValueError, "softplus can't compute"),
    "a huge constant": (lambda: ad.constant(10**400, dtype=float), ValueError, "does not fit into an array of dtype"),
    "assigning a huge number": (lambda: ad.Variable(1.0).assign(10**400), ValueError, "does not fit into an array of dtype"),
    "to_numpy by a dict": (lambda: ad.to_numpy(1.0, {"a": 1.0}), (TypeError, ValueError), "."),
    "astype by a dict": (lambda: ad.constant(A).astype({"a": 1.0}), TypeError, "astype takes a dtype"),
    "astype by a box": (lambda: ad.constant(A).astype(ad.Value(1.0)), TypeError, "astype takes a dtype"),
    "a copy that is an array": (lambda: ad.constant(A).astype(int, copy=A), ValueError, "truth value of an array"),
    "an iterator of parts": (lambda: ad.stack(iter([ad.Value(1.0)])), TypeError, "takes a list or tuple"),
    "sections by a Value": (lambda: np.array_split(A, ad.Value(2.0)), TypeError, "respect to indices_or_sections"),
    "arrays of boxes": (lambda: np.dstack(np.array([ad.Value(1.0)], object)), TypeError, r"np\.stack"),
    "qr of dependent columns": (
        lambda: ad.grad(lambda x: np.sum(np.linalg.qr(x)[0]))(ZEROS), np.linalg.LinAlgError, "qr have no derivative"
    ),
    "a deviation by several ddof": (
        lambda: ad.grad(lambda x: np.sum(np.nanvar(x, ddof=np.array([0, 1]))))(A), TypeError, "ddof have no derivative"
    ),
}  # fmt: skip


@pytest.mark.parametrize("act, error, words", WORDS.values(), ids=WORDS)
def test_errors_name_the_function_and_the_argument(act, error, words):
    with pytest.raises(error, match=words) as raised:
        act()
    assert not isinstance(raised.value, (AttributeError, IndexError, KeyError, OverflowError, RecursionError))


def test_a_program_for_arguments_that_were_not_traced():
    function = ad.function(lambda x: x * x)
    with ad.Tape(), pytest.raises(ValueError, match="while a tape or recorder listens"):
        function.program(A)


def test_errors_of_our_own_ops_keep_pythons_protocols():
    with pytest.raises(IndexError):
        ad.constant(A)[9]
    with np.errstate(over="raise"), pytest.raises(FloatingPointError):
        ad.softplus(ad.constant(np.array([-1e308])) * 1e10)


def test_plain_floats_have_numpys_infinities():
    for act in (ad.cosh, ad.expm1, ad.exp):
        with np.errstate(over="ignore"):
            assert act(1e308) == np.inf
    with np.errstate(all="ignore"):
        assert ad.reciprocal(-0.0) == -np.inf and np.isnan(ad.log(-1.0))


def test_what_is_given_is_not_changed():
    turns = ad.constant(np.array([5]))
    with pytest.raises((TypeError, ValueError)):
        np.rot90(ad.Variable(A), turns)
    assert turns.tolist() == [5]
    holes = ad.Variable(HOLES)
    np.nan_to_num(holes, copy=0)
    assert np.isnan(holes.numpy()).any()


def test_a_fraction_is_a_number_of_every_operation():
    half, v = Fraction(1, 2), ad.Variable([1.0, 2.0])
    for y in (v * half, v // half, half - v, np.append(v, half), np.hypot(v, half), v < half):
        assert y.dtype.kind in "fb"


def test_no_box_stands_for_a_dtype():
    with pytest.raises(TypeError, match="dtype is wanted"):
        ad.constant(A).__array__(ad.Value(1.0))
    assert np.asarray(ad.constant(A), "f4").dtype == "f4"
    with pytest.raises(ValueError):
        np.array(ad.constant(A), dtype="f4", copy=False)


# -- reductions of nothing, and along axes of one number ----------------------------------------------------------------

REDUCTIONS = [
    np.sum, np.mean, np.max, np.min, np.prod, np.var, np.std, np.ptp, np.cumsum, np.cumprod, np.median, np.average, np.nansum,
    np.nanmax, np.nanmean, np.nanprod, np.nanvar, np.nanmedian, np.nancumsum, np.sort, np.any, np.argmax, np.argsort, np.flip,
    np.count_nonzero, np.linalg.norm, np.diff, np.nanstd, np.nanargmax, np.squeeze, ad.cumulative_sum, ad.cumulative_prod,
]  # fmt: skip
OF_NOTHING = {"number": np.array(2.0), "nothing": np.zeros(0), "rows of nothing": np.zeros((2, 0)), "no row": np.zeros((0, 3))}


@each("function", {function.__name__: function for function in REDUCTIONS})
@pytest.mark.parametrize("x", OF_NOTHING.values(), ids=OF_NOTHING)
@pytest.mark.filterwarnings("ignore")  # numpy's own, of nothing
def test_reductions_of_nothing_and_of_a_number(function, x):
    """The number is numpy's, the gradient has the shape of x, and what numpy refuses is refused."""
    for axis in (None, 0, -1, 1, (0,), ()):
        leaf = ad.constant(x)
        try:
            want = np.asarray(function(x, axis=axis))
        except (ValueError, TypeError, ZeroDivisionError):
            with pytest.raises((ValueError, TypeError, ZeroDivisionError)):
                function(leaf, axis=axis)
            continue
        with ad.Tape() as tape:
            tape.watch(leaf)
            y = function(leaf, axis=axis)
        np.testing.assert_array_equal(np.asarray(y), want)
        assert np.asarray(y).dtype == want.dtype and y.shape == want.shape
        if y.dtype.kind == "f":
            assert tape.gradient(y, leaf, unconnected_gradients="zero").shape == x.shape


SLOPES = {  # where a derivative is easily wrong: (function, x, gradient)
    "nanmax of NaN": (np.nanmax, [np.nan, np.nan], [0.0, 0.0]),
    "nanmin of some": (np.nanmin, [np.nan, 2.0, 1.0], [0.0, 0.0, 1.0]),
    "clip between crossed bounds": (lambda x: np.clip(x, 0.5, 0.2), [0.0, 0.3, 0.7], [0.0, 0.0, 0.0]),
    "the lower of crossed bounds": (lambda b: np.clip([0.0, 0.3, 0.7], b, 0.2), [0.5], [0.0]),
    "the upper of crossed bounds": (lambda b: np.clip([0.0, 0.3, 0.7], 0.5, b), [0.2], [3.0]),
    "interp at NaN": (lambda x: np.interp(x, [0.0, 1.0], [1.0, 3.0]), [np.nan, 0.5], [np.nan, 2.0]),
    "diff of no order": (lambda x: np.diff(x, n=0, prepend=0.0), [1.0, 3.0], [1.0, 1.0]),
    "insert at the last": (lambda v: np.insert(np.ones((2, 3)), -1, v, axis=1), [1.0, 2.0], [1.0, 1.0]),
}


@pytest.mark.parametrize("function, x, slope", SLOPES.values(), ids=SLOPES)
@pytest.mark.filterwarnings("ignore:All-NaN")
def test_slopes_at_the_edges(function, x, slope):
    leaf = ad.constant(x)
    with ad.Tape() as tape:
        tape.watch(leaf)
        y = function(leaf)
    np.testing.assert_array_equal(np.asarray(y), function(np.array(x)))
    np.testing.assert_array_equal(np.asarray(tape.gradient(y, leaf, unconnected_gradients="zero")), slope)
