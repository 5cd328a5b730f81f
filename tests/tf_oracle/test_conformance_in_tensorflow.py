"""The same programs in TensorFlow, where it is installed: the sentences say what it really does."""

import importlib.util
import os
import warnings

import pytest
from conformance import cases
from together import each


@pytest.fixture(scope="module")
def tf():
    if importlib.util.find_spec("tensorflow") is None:
        pytest.skip("TensorFlow is not installed")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import tensorflow
    return tensorflow


@each("case", {str(case): case for case in cases() if case.tensorflow is not ...})
def test_case(case, tf):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        case.check(tf, case.tensorflow)
