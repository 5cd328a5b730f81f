"""Keras's introductory guides and MIT's lab as programs: they run with the import changed, with the numbers of Keras."""

import json

import guides
import pytest

VARIES = {"callbacks": 1e-3, "recurrent": 1e-4}  # where errors of float32 grow: with a rate that is too high, over many steps


def check(stem, found):
    """Raise AssertionError for numbers that differ from Keras's."""
    wanted, rtol = json.loads(guides.NUMBERS.read_text(encoding="utf-8"))[stem], VARIES.get(stem, 2e-5)
    near = {path: x if isinstance(x, str) else pytest.approx(x, rel=rtol, abs=1e-5) for path, x in wanted.items()}
    assert found.keys() == wanted.keys()
    assert {path: (x, wanted[path]) for path, x in found.items() if x != near[path]} == {}


@pytest.mark.parametrize("path", guides.PROGRAMS, ids=lambda path: path.stem)
def test_a_guide_has_keras_numbers(path):
    check(path.stem, guides.run(path, ours=True))


@pytest.mark.parametrize("path", guides.PROGRAMS, ids=lambda path: path.stem)
def test_a_guide_is_keras(path):
    with guides.in_tensorflow():
        check(path.stem, guides.run(path, ours=False))
