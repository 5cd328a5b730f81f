"""For the tests of arrays of other libraries."""

import pytest


@pytest.fixture(autouse=True)
def no_threads():
    """Dask computes without threads: these would stay, and while there are others a Variable is not changed in place."""
    try:
        import dask
    except ImportError:
        yield
    else:
        with dask.config.set(scheduler="synchronous"):
            yield
