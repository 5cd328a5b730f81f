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
    found, levelled = leaving(pieces, 0, REACH)
    assert levelled is level
    for k, (_, middle, _) in enumerate(heights):
        last = pieces[str(k)][0]
        assert last[-1][0] == pytest.approx(CUT) and len(last) % 3 == 1
        assert found[str(k)] == pytest.approx(last[-1][1]) == pytest.approx(middle if level else ends[str(k)][1])
        if level:
            assert {y for x, y in last if x > REACH} == {found[str(k)]}  # it turns back to nothing


def test_an_arrow_that_ends_in_a_row_does_not_leave_it():
    pieces = {"a": split(arrow(0.0, 10.0, 90.0), [CUT]), "b": split(arrow(0.0, 10.0, 20.0), [WIDTH + 5.0])}
    assert list(leaving(pieces, 0, REACH)[0]) == ["a"]
