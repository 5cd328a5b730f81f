"""The libraries that nn is compared with, where they are installed. Only tests that ask for one import it."""

import importlib.util
import os
import sys
import warnings

import pytest

collect_ignore = ["reference"]  # what the tests compare with, and the script that made it


@pytest.fixture
def keras():
    """Keras 3 in float64, skips the test where there is none. On PyTorch if it is there: TensorFlow and jax take Keras's
    Python numbers through float32, float64 variables or not."""
    if importlib.util.find_spec("keras") is None:
        pytest.skip("Keras is not installed")
    if "tensorflow" not in sys.modules and importlib.util.find_spec("torch"):
        os.environ.setdefault("KERAS_BACKEND", "torch")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        library = pytest.importorskip("keras", minversion="3.0")
        before = library.config.floatx()
        library.config.set_floatx("float64")
        yield library
    library.config.set_floatx(before)


@pytest.fixture
def torch():
    """PyTorch; skips the test where there is none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield pytest.importorskip("torch")
