"""Names of numpy, PyTorch, TensorFlow, JAX and micrograd that are not here say what to use."""

import re

import numpy as np
import pytest

import autodiff as ad
from autodiff.failures.elsewhere import OF_BOXES, OF_NUMPY, OF_PACKAGE, OF_TAPES

THINGS = {"Tensor": ad.constant([1.0]), "Variable": ad.Variable([1.0]), "Value": ad.Value(1.0)}
NAMES = {
    "tensor": "ad.Variable", "no_grad": "stop_recording", "reduce_mean": r"ad\.mean", "cat": r"ad\.concatenate",
    "arange": r"numpy\.arange", "ones": r"numpy\.ones", "optim": r"nn\.optimizers",
    "Module": r"nn\.Model", "jit": r"ad\.function",
    "gradient": r"tape\.gradient", "Tapes": "did you mean Tape", "stop_gradients": "did you mean stop_gradient",
}  # fmt: skip

TORCHS = {"backward": "gradient", "grad": "gradient", "detach": "stop_gradient", "cpu": "numpy", "requires_grad": "Variable",
          "unsqueeze": "expand_dims", "clone": "copy"}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_the_package_says_what_it_has_instead(name):
    with pytest.raises(AttributeError, match=f"'autodiff' has no attribute '{name}'; .*{NAMES[name]}"):
        getattr(ad, name)
    with pytest.raises(ImportError, match=NAMES[name]):
        exec(f"from autodiff import {name}")


def test_what_nothing_is_known_of_is_pythons_error():
    with pytest.raises(AttributeError, match=r"'autodiff' has no attribute 'xyzzy'\.$"):
        ad.xyzzy
    with pytest.raises(AttributeError, match=r"no attribute 'xyzzy'$"):
        ad.Variable([1.0]).xyzzy


@pytest.mark.parametrize("kind", THINGS)
@pytest.mark.parametrize("name, way", TORCHS.items())
def test_a_box_says_what_to_use_for_a_name_of_pytorch(kind, name, way):
    box = THINGS[kind]
    with pytest.raises(AttributeError, match=rf"{kind} has no '{name}': .*{way}"):
        getattr(box, name)
    assert not hasattr(box, name) and name not in dir(box) and "shape" in dir(box)


def test_a_view_is_another_shape():
    with pytest.raises(AttributeError, match="reshape"):
        ad.constant([1.0]).view(1)


@pytest.mark.parametrize("name", OF_TAPES)
def test_a_tape_says_what_to_use(name):
    with pytest.raises(AttributeError, match=f"Tape has no '{name}': "):
        getattr(ad.Tape(), name)


def test_the_ways_are_there():
    """Each function that a way names exists, and no name that is lacking does."""
    told = [way for table in (OF_NUMPY, OF_BOXES, OF_TAPES, OF_PACKAGE) for way in table.values()]
    for module, library in (("ad", ad), ("np", np)):
        names = {name for way in told for name in re.findall(rf"\b{module}\.([\w.]+\w)\(?", way)}
        assert len(names) > 10
        for name in names:
            found = library
            for step in name.split("."):
                found = getattr(found, step)
    for way in told:
        for name in re.findall(r"\bx\.(\w+)", way):
            assert hasattr(ad.constant([1.0]), name) or hasattr(ad.Variable([1.0]), name), way
    assert not [name for name in OF_PACKAGE if hasattr(ad, name)]
    assert not [name for name in OF_BOXES if hasattr(ad.constant([1.0]), name)]
