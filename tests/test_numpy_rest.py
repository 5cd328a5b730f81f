"""The rest of numpy: what samples can't show. Numbers far out, ties, what is refused, and what happens inside traces."""

import numpy as np
import pytest

import autodiff as ad
import nn.tf as tf

special = pytest.importorskip("scipy.special")


def slope(f, x):
    return ad.to_numpy(ad.grad(f)(x))


# -- numbers ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("x", [-600.0, -30.0, -1e-8, 0.0, 1e-300, 0.3, 7.9, 8.1, 55.0, 700.0])
def test_i0_keeps_its_digits_everywhere(x):
    """To order 2: i0' is i1, i0'' is the mean of i0 and i2."""
    first = ad.grad(np.i0)
    assert float(first(x)) == pytest.approx(float(special.i1(x)), rel=1e-12)
    assert float(ad.grad(first)(x)) == pytest.approx(float(0.5 * (special.i0(x) + special.iv(2, x))), rel=1e-12)


def test_roots_with_leading_and_trailing_zeros():
    """p(r) = 0, so the slope of r in the coefficient of x^k is -r^k / p'(r)."""
    p = np.array([0.0, 1.0, -3.0, 2.0, 0.0])  # the roots 2, 1, 0
    found = ad.to_numpy(ad.jacobian(np.roots)(p))
    for r, row in zip(np.roots(p), found, strict=True):
        np.testing.assert_allclose(row, -(r ** np.arange(4, -1, -1.0)) / np.polyval(np.polyder(p), r), atol=1e-12)


def test_the_slope_of_a_fitted_line():
    """In least squares it is sum((x - mean) * y) / sum((x - mean)^2)."""
    x, y = np.array([0.0, 1.0, 3.0, 4.0]), np.array([1.0, 2.5, 2.0, 5.0])
    centred = x - np.mean(x)
    np.testing.assert_allclose(slope(lambda y: np.polyfit(x, y, 1)[0], y), centred / np.sum(centred**2), atol=1e-12)


def test_a_root_found_and_put_back():
    """The value of a polynomial at its own root does not change with the coefficients."""
    p = np.array([1.0, 8.9, -10.9, 1.0])
    np.testing.assert_allclose(slope(lambda p: np.sum(np.polyval(p, np.roots(p))), p), 0.0, atol=1e-10)


def test_the_characteristic_polynomial_has_the_trace_and_the_determinant():
    a = np.array([[2.0, 1.0, 0.0], [0.5, -1.0, 3.0], [1.0, 0.0, 1.5]])
    np.testing.assert_allclose(slope(lambda a: np.poly(a)[1], a), -np.eye(3), atol=1e-12)
    np.testing.assert_allclose(slope(lambda a: np.poly(a)[3], a), slope(lambda a: -np.linalg.det(a), a), atol=1e-12)


def test_edges_of_a_histogram_follow_the_smallest_and_the_largest_number():
    x = np.array([0.3, 2.0, -1.0, 0.7])
    for bins in (2, "sturges"):
        edges = np.histogram_bin_edges(x, bins)
        table = ad.to_numpy(ad.jacobian(lambda x: np.histogram(x, bins)[1])(x))  # noqa: B023
        part = (edges - edges[0]) / (edges[-1] - edges[0])
        np.testing.assert_allclose(table, np.outer(part, [0, 1, 0, 0]) + np.outer(1 - part, [0, 0, 1, 0]), atol=1e-12)
    with pytest.raises(TypeError, match="trace would freeze it: pass a number"):
        ad.function(lambda x: np.sum(np.histogram_bin_edges(x, "auto")))(x)


def test_tf_linspace_has_the_gradients_of_its_ends():
    start, stop = tf.Variable(1.0), tf.Variable(3.0)
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(tf.linspace(start, stop, 5) ** 2)
    np.testing.assert_allclose([float(g) for g in tape.gradient(y, [start, stop])], [7.5, 12.5], rtol=1e-6)


def test_a_quantile_at_a_place_that_moves():
    """As a Value, too: the slope is the difference of the numbers beside it, times how many steps there are."""
    x = np.array([3.0, 1.0, 7.0, 4.0])
    for q in (ad.Value(0.4), ad.Variable(0.4)):
        with ad.Tape() as tape:
            y = np.quantile(x, q)
        assert float(y) == pytest.approx(np.quantile(x, 0.4))
        assert float(tape.gradient(y, q)) == pytest.approx(3.0 * (4.0 - 3.0))
    with ad.Tape() as tape:
        jumps = [np.quantile(x, q, method=method) for method in ("nearest", "lower", "midpoint", "inverted_cdf")]
        y = np.sum(ad.stack(jumps))
    assert tape.gradient(y, q) is None
    assert [float(y) for y in jumps] == [
        np.quantile(x, 0.4, method=method) for method in ("nearest", "lower", "midpoint", "inverted_cdf")
    ]
    with pytest.raises(TypeError, match="without weights="):
        np.quantile(x, q, method="inverted_cdf", weights=np.ones(4))
    with pytest.raises(ValueError, match="Quantiles must be in the range"):
        np.quantile(ad.constant(x), ad.constant(1.2))


# -- functions of the user's -------------------------------------------------------------------------------------------------


def test_piecewise_asks_each_function_only_for_its_numbers():
    asked = []

    def logarithm(x):
        asked.append(np.shape(x))
        return w * np.log(x)

    w, x = ad.Variable(3.0), ad.Variable([-2.0, 0.5, 4.0])
    with ad.Tape() as tape:
        y = np.sum(np.piecewise(x, [x > 0], [logarithm, 0.0]))
    assert asked == [(2,)]
    gw, gx = tape.gradient(y, [w, x])
    assert float(gw) == pytest.approx(np.log(2.0))
    np.testing.assert_allclose(gx.numpy(), [0.0, 6.0, 0.75])


def test_a_function_along_an_axis_may_use_what_tapes_follow():
    w = ad.Variable([1.0, 2.0])
    with ad.Tape() as tape:
        y = np.sum(np.apply_along_axis(lambda row: row @ w, 1, ad.constant([[1.0, 2.0], [3.0, 4.0]])))
    np.testing.assert_allclose(tape.gradient(y, w).numpy(), [4.0, 6.0])


# -- writing -----------------------------------------------------------------------------------------------------------------

WRITES = {
    "put": lambda a, v: np.put(a, [0, 2], v),
    "place": lambda a, v: np.place(a, np.array([True, False, True]), v),
    "putmask": lambda a, v: np.putmask(a, np.array([True, False, True]), v),
    "copyto": np.copyto,
    "fill_diagonal": lambda a, v: np.fill_diagonal(a, v),
    "put_along_axis": lambda a, v: np.put_along_axis(a, np.array([1, 1, 0]), v, 0),
    "add.at": lambda a, v: np.add.at(a, [0, 0, 1], v),
}


@pytest.mark.parametrize("name", WRITES)
def test_a_plain_array_is_not_written_into_in_silence(name):
    v = ad.Variable([1.0, 2.0, 3.0])
    array = np.zeros((3, 3)) if name == "fill_diagonal" else np.zeros(3)
    WRITES[name](array, v)  # when nobody listens, plain numbers are meant
    assert np.any(array)
    with ad.Tape(), pytest.raises(TypeError, match="gradient would be lost"):
        WRITES[name](array, v * 1.0)


@pytest.mark.parametrize("name", WRITES)
def test_a_source_is_not_written_into(name):
    v = ad.Variable(np.ones((3, 3)) if name == "fill_diagonal" else np.ones(3))
    with pytest.raises(TypeError, match=r"does not support item assignment.*y = x\.copy\(\)"):
        WRITES[name](v, np.array([1.0, 2.0, 3.0]))


def test_at_takes_an_index_as_often_as_it_is_there():
    y = np.copy(ad.constant([1.0, 2.0, 3.0]))
    np.multiply.at(y, [0, 0, 2], np.array([2.0, 3.0, 5.0]))
    assert y.tolist() == [6.0, 2.0, 15.0]


# -- traces and complex results ----------------------------------------------------------------------------------------------


def test_a_trace_looks_anew_at_what_numbers_choose():
    f = ad.function(lambda x: np.sum(np.unique(x) * np.array([1.0, 10.0, 100.0])))
    for x in ([3.0, 1.0, 2.0], [5.0, 9.0, 4.0]):
        assert float(f(np.array(x))) == float(np.sort(x) @ [1.0, 10.0, 100.0])
    with pytest.raises(TypeError, match="a shape that depends on numbers"):
        f(np.array([1.0, 1.0, 2.0]))


def test_a_complex_result_is_refused_and_not_frozen():
    f = ad.function(lambda x: np.sum(np.emath.sqrt(x)))
    assert float(f(np.array([4.0, 9.0]))) == 5.0
    with pytest.raises(ValueError, match="complex result now"):
        f(np.array([4.0, -9.0]))


def test_what_depends_on_the_numbers_is_one_call_in_a_batch_where_it_can_be():
    """Each example has its own row of weights, all have the same places."""
    weights = np.arange(12.0).reshape(3, 4)
    sums = ad.vmap(lambda w: np.bincount(np.array([0, 1, 1, 3]), w))(weights)
    np.testing.assert_array_equal(sums, [np.bincount([0, 1, 1, 3], w) for w in weights])


@pytest.mark.parametrize("ufunc", [np.logaddexp, np.hypot, np.subtract, np.divide])
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_reductions_where_a_mask_says_so(ufunc, dtype):
    """The mask may be computed of what is followed; where it lets nothing through there is the initial number."""
    x = np.array([[0.5, 2.0, 1.5], [1.2, 0.7, 3.0]], dtype)
    for options in ({"initial": 1.5}, {"initial": np.float64(2.0), "keepdims": True}, {"axis": 1, "initial": 2}):
        for mask in (x > 1.0, x > 5.0, np.array([True, False, True])):
            want = ufunc.reduce(x, where=mask, **options)
            for where in (mask, ad.constant(mask)):
                found = ufunc.reduce(ad.Variable(x), where=where, **options)
                assert found.dtype == want.dtype
                np.testing.assert_allclose(found, want, rtol=1e-5)
    assert ad.check_gradients(lambda x: ufunc.reduce(x, where=x > 1.0, initial=1.5), x.astype(float), order=2)
    initial = ad.grad(lambda initial: np.sum(ufunc.reduce(ad.constant(x, dtype=float), where=x > 5.0, initial=initial)))(2.0)
    assert initial == pytest.approx(3.0)


@pytest.mark.parametrize("ufunc", [np.power, np.arctan2])
def test_reductions_that_numpy_gets_wrong_are_refused(ufunc):
    for call in (ufunc.reduce, lambda x: ufunc.reduceat(x, [0, 2])):
        with pytest.raises(TypeError, match=r"reduce\w* has no derivative rule.*on all processors"):
            call(ad.constant([2.0, 1.5, 0.5]))
