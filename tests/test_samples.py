"""The sample table itself: a row's numbers are its own, and its id is enough to make it again."""

import runpy
from collections import defaultdict

import numpy as np
import pytest
import samples
from samples import any_, arithmetic, sample, table


@pytest.fixture
def arithmetic_with(monkeypatch):
    """The SAMPLES of arithmetic, with one more row before or after them."""

    def arithmetic_with(before=None, after=None):
        monkeypatch.setattr(table, "ROWS", {})
        monkeypatch.setattr(table, "SAMPLES", defaultdict(list))
        for enter in (before, lambda: runpy.run_path(arithmetic.__file__), after):
            if enter:
                enter()
        return table.SAMPLES

    return arithmetic_with


def by_id(table):
    return {row.id: row for rows in table.values() for row in rows}


def same_numbers(a, b):
    pairs = zip(samples.leaves(a.args), samples.leaves(b.args), strict=True)
    return all(np.array_equal(x, y, equal_nan=True) for x, y in pairs)


def test_one_more_row_changes_no_other_rows_numbers(arithmetic_with):
    before, after = by_id(arithmetic_with()), by_id(arithmetic_with(before=lambda: sample(np.sin, any_(5, 5))))
    assert after.keys() - before.keys() == {"sin(f5x5)"}
    assert [id for id, row in before.items() if not same_numbers(row, after[id])] == []


def test_a_row_is_made_again_by_its_id_alone():
    for id, row in by_id(samples.SAMPLES).items():
        again = samples.rebuild(id)
        assert again.function is row.function and again.keywords == row.keywords and same_numbers(again, row)


def test_rows_draw_different_numbers():
    """Though they describe the same array."""
    first, second = (samples.rebuild(id).args[0] for id in ("sin(f3x4)", "cos(f3x4)"))
    assert not np.any(first == second)


def test_the_same_call_twice_needs_a_name(arithmetic_with):
    with pytest.raises(ValueError, match=r"two rows 'sin\(f3x4\)'.*id='again'"):
        arithmetic_with(after=lambda: sample(np.sin, any_(3, 4)))
    named = arithmetic_with(after=lambda: sample(np.sin, any_(3, 4), id="again"))
    assert [row.id for row in named[np.sin]] == ["sin(f3x4)", "sin(f)", "sin-again"]


@pytest.mark.parametrize("x, text", [
    (samples.any_(3, 4), "f3x4"), (samples.any_(), "f"), (samples.positive(5).cumsum(), "positive5.cumsum()"),
    (np.eye(3) + samples.any_(2, 3, 3) / 3, "array3x3+f2x3x3/3"), (np.array([0, 2]), "i[0,2]"), (np.asarray(0.7), "f0.7"),
    ((slice(None, None, -2), slice(1, None), ...), "(::-2,1:,...)"), ([None, "edge", 2.0, np.inf], "[None,edge,2.0,inf]"),
])  # fmt: skip
def test_arguments_are_described_in_a_few_characters(x, text):
    assert samples.described(x) == text
