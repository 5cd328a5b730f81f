"""In pictures of programs nothing is over anything: no box, no arrow, no label of an arrow, no title of a frame."""

import pytest

from autodiff.drawing.picture import Picture
from autodiff.drawing.wrapping import wrapped
from tests.draw.architectures import PROGRAMS
from tests.draw.geometry import boxes, faults, frame, inside


@pytest.fixture(scope="module")
def pictures():
    return {}


@pytest.mark.parametrize("rankdir", ["LR", "TB", None])
@pytest.mark.parametrize("program", PROGRAMS)
def test_nothing_in_a_picture_is_over_anything_else(pictures, program, rankdir):
    picture = pictures.get(program) or pictures.setdefault(program, PROGRAMS[program]())
    _, layout = (Picture(picture.sketch, rankdir) if rankdir else picture)._page
    assert faults(layout) == []


@pytest.mark.parametrize("parts", [2, 3])
@pytest.mark.parametrize("program", PROGRAMS)
def test_a_frame_in_rows_is_as_high_as_what_it_holds_there(pictures, program, parts):
    """In each row that has boxes of a frame, one part of it holds these; its edges are no farther from them than before."""
    picture = pictures.get(program) or pictures.setdefault(program, PROGRAMS[program]())
    layout = picture._layout("LR")
    broken = wrapped(layout, parts)
    for whole in layout.clusters if broken is not None else ():
        held = {key for key, box in boxes(layout).items() if inside(box, frame(whole))}
        above = min(boxes(layout)[key][1] for key in held) - whole.top
        here = [part for part in broken.clusters if part.title == whole.title]
        owners = {key: [part for part in here if inside(boxes(broken)[key], frame(part))] for key in held}
        assert all(owners.values())
        for part in here:
            mine = [boxes(broken)[key] for key in held if part in owners[key]]
            crossed = any(part.left < x < part.left + part.width and part.top <= y < min(box[1] for box in mine)
                          for curve in broken.curves.values() for x, y in curve) if mine else True  # fmt: skip
            assert crossed or min(box[1] for box in mine) - part.top <= above + 1.0
