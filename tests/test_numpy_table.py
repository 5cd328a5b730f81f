"""The table of all of numpy in the guide: every name has a row, and what a row says is what the engine does."""

import io
import sys
from pathlib import Path

import numpy as np
import pytest
from together import each

import autodiff as ad
from autodiff.core import dispatch
from autodiff.core.registry import REGISTRY
from autodiff.failures.refused import COUNTS, REFUSED

DOCS = Path(__file__).resolve().parent.parent / "docs"
sys.path.append(str(DOCS))
pytest.importorskip("sphinx")
numpy_table = pytest.importorskip("numpy_table")  # an installed package has no guide

ROWS = {row.name: row for prefix in numpy_table.MODULES for row in numpy_table.rows(prefix)}
REFUSED_ROWS = [row for row in ROWS.values() if row.kind == numpy_table.REFUSED]
FUNCTIONS = {f"{prefix}.{name}": found for prefix in numpy_table.MODULES for name, found in numpy_table.names_of(prefix)}


def test_every_name_of_numpy_has_a_row():
    unknown = numpy_table.unknown()
    assert not unknown, (
        f"numpy {np.__version__} has {', '.join(unknown)}, which no row of the table in docs/api/numpy.md explains. Give each "
        "a rule with a row in tests/samples (CONTRIBUTING.md says how); or, if its derivative is zero, a place in "
        "autodiff/rules/whole.py; or, if it can have none, its reason and the way out in autodiff/failures/refused.py."
    )


def test_most_of_numpy_is_differentiable():
    kinds = [row.kind for row in ROWS.values()]
    assert len(kinds) > 420
    assert kinds.count(numpy_table.DIFFERENTIABLE) > 250


def test_no_name_has_both_a_rule_and_a_refusal():
    listed = [name for name in (*REFUSED, *COUNTS) if name in FUNCTIONS and numpy_table.entry_of(FUNCTIONS[name]) is not None]
    assert not listed, f"take these from autodiff/failures/refused.py, as they have a rule: {listed}"


def test_no_refusal_is_of_nothing():
    """Names that only other releases of numpy have are not listed here."""
    assert sorted({*REFUSED, *COUNTS} - FUNCTIONS.keys()) == []


@pytest.mark.parametrize("row", REFUSED_ROWS, ids=lambda row: row.name)
def test_the_error_says_what_the_row_says(row):
    if not callable(FUNCTIONS[row.name]):
        return  # np.r_[...] is heard when it makes its array
    with pytest.raises(TypeError) as caught:
        dispatch.array_function(ad.constant([1.0]), FUNCTIONS[row.name], (), {})
    assert row.remark in str(caught.value) and row.name in str(caught.value)


@pytest.mark.parametrize("call", [
    lambda t: np.save(io.BytesIO(), t),
    lambda t: np.loadtxt(io.StringIO("1 2"), like=t),
    lambda t: np.fromiter(iter([1.0]), float, like=t),
], ids=["save", "loadtxt", "fromiter"])  # fmt: skip
def test_numpy_asks_before_it_refuses(call):
    with pytest.raises(TypeError, match=r"np\.(save|loadtxt|fromiter) has no derivative rule.*(Save|Call|Use)"):
        call(ad.constant([1.0, 2.0]))


@pytest.mark.parametrize("call, way", [
    (lambda t: np.kaiser(5, t), "np.i0"),
    (lambda t: np.asarray_chkfinite(t), "use t itself"),
    (lambda t: np.r_[t, 1.0], "np.concatenate"),
    (lambda t: np.full(3, t), r"ad\.full\(3, t\)"),
    (lambda t: np.array([t, t]), "np.stack"),
    (lambda t: np.polynomial.chebyshev.chebval(0.5, t), r"ad\.polynomial\.chebval\(0\.5, t\)"),
], ids=["kaiser", "asarray_chkfinite", "r_", "full", "array", "chebval"])  # fmt: skip
def test_what_numpy_does_not_ask_about_is_heard(call, way):
    t = ad.Value(2.0)
    with ad.Tape(), pytest.raises(TypeError, match=way):
        call(t)


@each("name", {name: name for name, row in ROWS.items() if row.kind == numpy_table.CONSTANT})
def test_a_constant_has_no_rule(name):
    assert not REGISTRY[FUNCTIONS[name]].differentiable
