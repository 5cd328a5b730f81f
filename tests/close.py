"""Whether numbers are close, for tests of many rows: numpy's own answer takes some 60 microseconds, more than many an op."""

import numpy as np


def assert_close(found, right, rtol=1e-7, atol=0.0):
    """As `np.testing.assert_allclose`, which is asked where a quick look does not show that all are close, as beside infinities
    and NaNs; it says what differs."""
    a, b = np.asarray(found), np.asarray(right)
    with np.errstate(all="ignore"):
        if a.shape == b.shape and a.dtype.kind in "fc" and b.dtype.kind in "fc":
            apart = np.abs(a - b)
            if np.all((apart <= atol + rtol * np.abs(b)) & (apart < np.inf)):
                return
    np.testing.assert_allclose(found, right, rtol=rtol, atol=atol)
