"""Where arrows leave a row: at the height that they have behind the last boxes, unless they change their order after that."""

import pytest

from autodiff.drawing.splitting import leaving
from autodiff.drawing.ways import split

REACH, CUT, WIDTH = 50.0, 80.0, 120.0


def arrow(start, middle, stop):
    """From the left edge to the right one, at these heights at the beginning, behind the boxes, and at the end."""
    curve = [(0.0, start), (20.0, start), (30.0, middle), (REACH, middle), (60.0, middle), (70.0, stop), (CUT + 10.0, stop)]
    return [*curve, (100.0, stop), (110.0, stop), (WIDTH, stop)]


@pytest.mark.parametrize("heights, level", [
    ([(0.0, 10.0, 90.0)], True),
    ([(0.0, 10.0, 90.0), (5.0, 20.0, 95.0)], True),
    ([(0.0, 10.0, 90.0), (5.0, 20.0, 30.0)], False),  # the arrows cross behind the boxes
    ([(0.0, 10.0, 90.0), (0.0, 10.0, 90.0)], True),  # and these run in one line
])  # fmt: skip
def test_an_arrow_leaves_a_row_level_if_all_keep_their_order(heights, level):
    pieces = {str(k): split(arrow(*each), [CUT]) for k, each in enumerate(heights)}
    ends = {key: parts[0][-1] for key, parts in pieces.items()}
    found, levelled = leaving(pieces, {key: key for key in pieces}, 0, REACH)
    assert levelled is level
    for k, (_, middle, _) in enumerate(heights):
        last = pieces[str(k)][0]
        assert last[-1][0] == pytest.approx(CUT) and len(last) % 3 == 1
        assert found[str(k)] == pytest.approx(last[-1][1]) == pytest.approx(middle if level else ends[str(k)][1])
        if level:
            assert {y for x, y in last if x > REACH} == {found[str(k)]}  # it turns back to nothing


def test_an_arrow_that_ends_in_a_row_does_not_leave_it():
    pieces = {"a": split(arrow(0.0, 10.0, 90.0), [CUT]), "b": split(arrow(0.0, 10.0, 20.0), [WIDTH + 5.0])}
    assert list(leaving(pieces, {"a": "a", "b": "b"}, 0, REACH)[0]) == ["a"]


def test_arrows_from_one_box_leave_a_row_as_one_on_the_way_of_most():
    heights = {"a": (0.0, 10.0, 90.0), "b": (0.0, 30.0, 30.0), "c": (0.0, 30.0, 30.0), "d": (0.0, 60.0, 60.0)}
    pieces = {key: split(arrow(*each), [CUT]) for key, each in heights.items()}
    entries = {key: parts[1] for key, parts in pieces.items()}
    found, _ = leaving(pieces, {"a": "x", "b": "x", "c": "x", "d": "y"}, 0, REACH)
    assert found == pytest.approx({"a": 30.0, "b": 30.0, "c": 30.0, "d": 60.0})
    assert pieces["a"][0] == pieces["b"][0] == pieces["c"][0] != pieces["d"][0]
    assert {key: parts[1] for key, parts in pieces.items()} == entries  # behind the break each goes on as before
