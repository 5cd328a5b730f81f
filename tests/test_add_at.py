"""`add_at` is np.add.at, also where it takes the way of flat numbers."""

import numpy as np
import pytest
from together import each

from autodiff.rules.add_at import add_at

KEYS = [
    np.array([0, 0, -1]), [1, 1], ([0, 0, -5], [1, 1, 2]), (np.array([[0], [1]]), np.array([1, 1, -1])), (2, [0, 0]),
    (np.array([0, 0]), 2, [1, 1]), (slice(None), [0, 0]), (None, [0, 0]), (..., [0, 0]), np.array([1, 0, 1, 0, 1], bool),
    np.array(1), np.array([], int), np.array([4, 4], np.uint8), 1, slice(1, 3), (True, [0, 0]),
]  # fmt: skip


@each("key", {f"{k} {key}": key for k, key in enumerate(KEYS)})
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("wide", [False, True], ids=["each", "broadcast"])
def test_what_is_added_is_what_numpy_adds(key, order, dtype, wide):
    expected = np.arange(60.0).reshape(5, 4, 3).astype(dtype)
    total = np.array(expected, order=order)
    g = np.cos(np.arange(expected[key].size)).reshape(expected[key].shape)
    g = g[..., :1] if wide else g
    np.add.at(expected, key, g)
    add_at(total, g, key)
    assert total.dtype == dtype
    np.testing.assert_allclose(total, expected, rtol=1e-6)
