"""The sample table itself: a row's numbers are its own, and its id is enough to make it again."""

from pathlib import Path

import numpy as np
import pytest
import samples

TABLE = Path(samples.__file__)


def table_with(row, before):
    """The SAMPLES of the table with one more row, before the line that holds `before`."""
    text = TABLE.read_text(encoding="utf-8")
    assert text.count(before) == 1
    names = {"__name__": "samples"}  # where dataclass looks for its module
    exec(compile(text.replace(before, f"{row}\n{before}"), TABLE, "exec"), names)
    return names["SAMPLES"]


def by_id(table):
    return {row.id: row for rows in table.values() for row in rows}


def same_numbers(a, b):
    pairs = zip(samples.leaves(a.args), samples.leaves(b.args), strict=True)
    return all(np.array_equal(x, y, equal_nan=True) for x, y in pairs)


def test_a_row_in_the_middle_changes_no_other_rows_numbers():
    before, after = by_id(samples.SAMPLES), by_id(table_with("sample(np.sin, any_(5, 5))", before="# -- reductions"))
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


def test_the_same_call_twice_needs_a_name():
    with pytest.raises(ValueError, match=r"two rows 'sin\(f3x4\)'.*id='again'"):
        table_with("sample(np.sin, any_(3, 4))", before="# -- reductions")
    named = table_with("sample(np.sin, any_(3, 4), id='again')", before="# -- reductions")
    assert [row.id for row in named[np.sin]] == ["sin(f3x4)", "sin(f)", "sin-again"]


@pytest.mark.parametrize("x, text", [
    (samples.any_(3, 4), "f3x4"), (samples.any_(), "f"), (samples.positive(5).cumsum(), "positive5.cumsum()"),
    (np.eye(3) + samples.any_(2, 3, 3) / 3, "array3x3+f2x3x3/3"), (np.array([0, 2]), "i[0,2]"), (np.asarray(0.7), "f0.7"),
    ((slice(None, None, -2), slice(1, None), ...), "(::-2,1:,...)"), ([None, "edge", 2.0, np.inf], "[None,edge,2.0,inf]"),
])  # fmt: skip
def test_arguments_are_described_in_a_few_characters(x, text):
    assert samples.described(x) == text
