"""In pictures of programs nothing is over anything: no box, no arrow, no label of an arrow, no title of a frame."""

import pytest

from autodiff.drawing.picture import Picture
from tests.draw.architectures import PROGRAMS
from tests.draw.geometry import faults


@pytest.fixture(scope="module")
def pictures():
    return {}


@pytest.mark.parametrize("rankdir", ["LR", "TB", None])
@pytest.mark.parametrize("program", PROGRAMS)
def test_nothing_in_a_picture_is_over_anything_else(pictures, program, rankdir):
    picture = pictures.get(program) or pictures.setdefault(program, PROGRAMS[program]())
    _, layout = (Picture(picture.sketch, rankdir) if rankdir else picture)._page
    assert faults(layout) == []
