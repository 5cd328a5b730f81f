"""np.pad beyond the rows of the table of samples: whole numbers, end values that are followed, and what is refused."""

import numpy as np
import pytest

import autodiff as ad

X = np.arange(12.0).reshape(3, 4) ** 1.3
MODES = ["mean", "maximum", "minimum", "median", "linear_ramp", "edge", "constant"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", [float, "f4", int])
def test_numbers_and_dtypes_are_numpys(mode, dtype):
    """Of whole numbers numpy rounds a mean, and cuts a ramp."""
    x = (3.0 * X).astype(dtype)
    for width in (2, (1, 0), ((1, 2), (0, 3)), {0: 1}):
        found, expected = np.pad(ad.constant(x), width, mode).numpy(), np.pad(x, width, mode)
        assert found.dtype == expected.dtype
        np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_a_margin_without_numbers():
    assert np.pad(ad.constant(X), 1, "empty").shape == (5, 6)
    np.testing.assert_array_equal(ad.grad(lambda x: np.sum(np.pad(x, 1, "empty")[1:-1] ** 2))(np.ones(3)), [2.0, 2.0, 2.0])


def test_end_values_that_are_followed():
    total = lambda ends: np.sum(ad.pad(X, 2, "linear_ramp", end_values=ends) ** 2)
    for ends in (np.array(1.5), np.array([[1.0, 2.0], [3.0, 4.0]])):
        assert ad.check_gradients(total, ends, order=2)
    assert ad.pad(ad.constant(X, dtype="f4"), 1, "linear_ramp", end_values=ad.Value(2.0)).dtype == np.float32


REFUSED = {
    "another mode": (lambda x: np.pad(x, 1, "average"), ValueError, "'average' is not supported"),
    "a function": (lambda x: np.pad(x, 1, lambda *_: None), TypeError, "np.block"),
    "an odd reflection": (lambda x: np.pad(x, 1, "reflect", reflect_type="odd"), TypeError, "'even' only"),
    "a maximum of nothing": (lambda x: np.pad(x, 1, "maximum", stat_length=0), ValueError, "no value for padding"),
    "a keyword of another mode": (lambda x: np.pad(x, 1, "mean", end_values=1.0), ValueError, "unsupported keyword"),
    "a constant that is followed": (lambda x: np.pad(x, 1, constant_values=x[0, 0]), TypeError, "constant_values"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name):
    call, kind, says = REFUSED[name]
    with pytest.raises(kind, match=says):
        call(ad.constant(X))
