"""assert_close passes what np.testing.assert_allclose passes, and nothing else."""

import itertools

import numpy as np
import pytest
from close import assert_close

NUMBERS = [0.0, -0.0, 1.0, 1.0 + 1e-9, -1.0, 1e-12, 1e308, np.inf, -np.inf, np.nan]
NUMBERS += [1j, 1.0 + 1e-9j, complex(np.inf, 1.0), complex(1.0, np.nan)]


def outcome(check, *args):
    try:
        check(*args, rtol=1e-8, atol=1e-10)
    except AssertionError as error:
        return str(error)
    return None


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex128])
def test_it_decides_as_numpy_does(dtype):
    numbers = [x for x in NUMBERS if dtype is np.complex128 or not isinstance(x, complex)]
    with np.errstate(over="ignore"):
        numbers = np.array(numbers).astype(dtype)
    for a, b in itertools.product(numbers, numbers):
        for shape in ((), (1,), (2, 2)):
            pair = np.full(shape, a), np.full(shape, b)
            assert outcome(assert_close, *pair) == outcome(np.testing.assert_allclose, *pair), (a, b, shape)


def test_one_number_of_many_and_other_shapes():
    x = np.linspace(0.0, 1.0, 12).reshape(3, 4)
    y = x.copy()
    assert_close(x, y)
    y[1, 2] += 1e-3
    for a, b in ((x, y), (x, x[:2]), (x, x.reshape(4, 3)), (x, x[:, None])):
        assert outcome(assert_close, a, b) == outcome(np.testing.assert_allclose, a, b) is not None
    assert_close([1, 2], (1.0, 2.0))
    assert_close(np.ones(3), 1.0)
    assert_close(np.empty((0, 2)), np.empty((0, 2)))
