"""What `import autodiff, nn` loads, and what is loaded when it is first used. The tests count modules, not seconds."""

import importlib
import pickle
import subprocess
import sys

import pytest
from together import each

import autodiff as ad
import nn

LATER = {
    "autodiff.check", "autodiff.drawing", "nn.diagnosis", "nn.distributed", "nn.exchange", "nn.plots",
    "nn.scalar", "nn.tf", "nn.tuning", "mpi4py",
    "csv", "difflib", "graphviz", "hashlib", "html", "json", "logging", "matplotlib", "numpy.ma", "numpy.random", "pathlib",
    "pygraphviz", "random", "scipy", "shutil", "sklearn", "tempfile", "textwrap", "tqdm", "urllib", "zipfile",
}  # fmt: skip
AT_FIRST_USE = {
    "autodiff.check": "ad.check_gradients",
    "autodiff.drawing": "from autodiff import draw",
    "nn.diagnosis": "from nn import diagnose",
    "nn.plots": "nn.plots",
    "numpy.random": "nn.generator()",
}


def modules_after(program):
    code = (
        f"import numpy, sys; before = set(sys.modules); import autodiff as ad, nn; {program}; print(*set(sys.modules) - before)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, encoding="utf-8")
    return set(done.stdout.split())


def test_import_loads_what_it_needs():
    assert not modules_after("pass") & LATER


@pytest.mark.parametrize("module", AT_FIRST_USE)
def test_loaded_at_first_use(module):
    assert module in modules_after(AT_FIRST_USE[module])


@pytest.mark.parametrize("package", sorted(set(ad.ON_FIRST_USE.values())))
def test_every_public_name_of_a_package_that_is_loaded_later(package):
    names = [name for name, where in ad.ON_FIRST_USE.items() if where == package]
    assert sorted(names) == sorted(importlib.import_module(package).__all__)


NAMES = [(ad, name) for name in (*ad.ON_FIRST_USE, *ad.MODULES)] + [(nn, name) for name in nn.__all__]


@each("package, name", {f"{package.__name__}.{name}": (package, name) for package, name in NAMES})
def test_a_name_is_one_object(package, name):
    found = getattr(package, name)
    assert getattr(package, name) is found is package.__dict__[name]
    assert name in dir(package)


def test_names_of_functions_that_are_loaded_later():
    for function in (ad.draw, ad.check_gradients, nn.diagnose):
        assert pickle.loads(pickle.dumps(function)) is function


@pytest.mark.parametrize("package", [ad, nn])
def test_a_name_that_is_not_there(package):
    with pytest.raises(AttributeError, match=f"module '{package.__name__}' has no attribute 'nonsense'"):
        _ = package.nonsense


def test_importing_everything_by_star():
    names = {}
    exec("from nn import *", names)
    assert names.keys() >= set(nn.__all__)
