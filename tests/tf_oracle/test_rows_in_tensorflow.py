"""The same programs in TensorFlow, where it is installed: the table says what it really does."""

import importlib.util
import os
import warnings

import pytest
from rows import table


@pytest.fixture(scope="module")
def tf():
    if importlib.util.find_spec("tensorflow") is None:
        pytest.skip("TensorFlow is not installed")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import tensorflow
    return tensorflow


@pytest.mark.parametrize("row", [row for row in table() if row.tensorflow is not ...], ids=str)
def test_row(row, tf):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        row.check(tf, row.tensorflow)
