"""What is optional, and not installed: the error says how to get it."""

import importlib
import sys

import numpy as np
import pytest

import nn


@pytest.fixture
def without(monkeypatch):
    """A function that makes a library, and what of it is already imported, look as if it were not installed."""

    def hide(library):
        for name in [name for name in sys.modules if name.split(".")[0] == library]:
            monkeypatch.setitem(sys.modules, name, None)
        monkeypatch.setitem(sys.modules, library, None)

    return hide


def test_without_scikit_learn(without, monkeypatch):
    without("sklearn")
    monkeypatch.delitem(sys.modules, "nn.sklearn", raising=False)
    with pytest.raises(ImportError, match=r"pip install 'scikit-learn>=1.6'"):
        importlib.import_module("nn.sklearn")


def test_without_safetensors(without, tmp_path):
    without("safetensors")
    model = nn.Sequential([nn.Dense(1, input_shape=(2,))])
    with pytest.raises(ImportError, match=r"pip install safetensors"):
        model.save(tmp_path / "model.safetensors")
    assert not list(tmp_path.iterdir())
    model.save(tmp_path / "model.npz")
    with np.load(tmp_path / "model.npz", allow_pickle=False) as file:
        assert len(file.files) == 3  # kernel, bias, and the notes


def test_without_matplotlib(without):
    without("matplotlib")
    history = nn.callbacks.History()
    history.on_train_begin()
    history.on_epoch_end(0, {"loss": 1.0})
    for draw in (history.plot, lambda: nn.plots.activation("tanh")):
        with pytest.raises(ImportError, match=r"pip install matplotlib"):
            draw()


def test_without_joblib(without):
    without("joblib")
    assert nn.tuning.sweep(lambda a: a, {"a": [1.0]}, verbose=0)[0]["loss"] == 1
    assert nn.tuning.sweep(lambda a: a, {"a": [1.0]}, verbose=0, backend="sequential", n_jobs=2)[0]["loss"] == 1
    for options in ({"backend": "loky"}, {"n_jobs": 2}):
        with pytest.raises(ImportError, match=r"pip install 'joblib>=1.4'"):
            nn.tuning.sweep(lambda a: a, {"a": [1.0]}, verbose=0, **options)
