"""In pictures of programs nothing is over anything: no box, no arrow, no label of an arrow, no title of a frame."""

import pytest

from tests.draw.architectures import PROGRAMS
from tests.draw.geometry import faults


@pytest.fixture(scope="module")
def pictures():
    return {}


@pytest.mark.parametrize("rankdir", ["LR", "TB", None])
@pytest.mark.parametrize("program", PROGRAMS)
def test_nothing_in_a_picture_is_over_anything_else(pictures, program, rankdir):
    picture = pictures.get(program) or pictures.setdefault(program, PROGRAMS[program]())
    assert faults(picture._layout(rankdir or picture.rankdir)) == []
