"""In pictures of programs nothing is over anything: no box, no arrow, no label of an arrow, no title of a frame."""

from functools import cache
from itertools import permutations

import numpy as np
import pytest

from autodiff.drawing.layered.page import Cluster, Layout
from autodiff.drawing.layered.spots import Occupied, around, find_spots, place_titles, shortened
from autodiff.drawing.layout import laid_out
from autodiff.drawing.paging import settled
from autodiff.drawing.picture import Picture
from autodiff.drawing.svg import TEXT
from autodiff.drawing.text import width_of
from autodiff.drawing.wrapping import wrapped
from tests.draw.architectures import PROGRAMS
from tests.draw.geometry import boxes, faults, frame, inside, unclear
from tests.draw.test_layered import made


@cache
def laid(program, rankdir):
    """The layout of a picture in a direction, or in the one that is chosen for it."""
    picture = PROGRAMS[program]()
    return (Picture(picture.sketch, rankdir) if rankdir else picture)._page[1]


@pytest.mark.parametrize("rankdir", ["LR", "TB", None])
@pytest.mark.parametrize("program", PROGRAMS)
def test_nothing_in_a_picture_is_over_anything_else(program, rankdir):
    assert faults(laid(program, rankdir)) == []


@pytest.mark.parametrize("rankdir", ["LR", "TB", None])
@pytest.mark.parametrize("program", PROGRAMS)
def test_what_is_an_arrow_what_an_edge_and_whose_label_a_label_is_can_be_seen(program, rankdir):
    """Of one arrow that begins on the way of another and ends behind an edge the label is on that edge."""
    assert len(unclear(laid(program, rankdir))) == ((program, rankdir) == ("lstm", None))


@pytest.mark.parametrize("program", PROGRAMS)
def test_no_border_of_a_frame_lies_on_that_of_a_frame_around_it(program):
    clusters = laid(program, None).clusters
    for one, other in permutations(map(frame, clusters), 2):
        if inside(one, other):
            assert min(abs(a - b) for a, b in zip(one, other, strict=True)) > 1.0


@pytest.mark.parametrize("rankdir", ["LR", "TB", None])
@pytest.mark.parametrize("program", PROGRAMS)
def test_a_title_stands_in_the_upper_left_of_its_frame(program, rankdir):
    """In the line below the upper edge, and before the middle of a frame that is wide enough."""
    layout = laid(program, rankdir)
    titled = [cluster for cluster in layout.clusters if cluster.title]
    assert [c.title for c in titled if not 10.0 < c.at[1] - c.top < 20.0] == []
    assert [c.title for c in titled if c.width > 3 * width_of(c.title, TEXT) + 180.0 and c.at[0] > c.left + c.width / 2] == []


ENTERED = {  # arrows into a frame with one long title, and in which frame each box is
    "one box": ([(0, 1), (1, 2)], ["", "gradient (u_t, u_tt) ×2", ""]),
    "two arrows": ([(0, 2), (1, 2), (2, 3)], ["", "", "gradient (u_t, u_tt) ×2", ""]),
    "two frames": ([(0, 2), (1, 2), (2, 3)], ["", "", "an outer title of a frame/an inner title of a frame", ""]),
    "an arrow from afar": ([(0, 4), (1, 5), (2, 6), (3, 6), (4, 7), (5, 7), (6, 7), (0, 6)], [*[""] * 6, "a", ""]),
    "an arrow beside its box": ([(0, 2), (1, 3), (2, 3), (3, 4)], ["", "", "slopes of the wave", "slopes of the wave", ""]),
}


@pytest.mark.parametrize("name", ENTERED)
def test_arrows_into_a_frame_leave_its_title_free(name):
    """Where a title has no room beside them in the upper line, its frame is wider. Where they come from the side, they go
    across before the frame."""
    arrows, groups = ENTERED[name]
    sketch = made(arrows, groups)
    sizes, rooms = dict.fromkeys(sketch.blocks, (100.0, 50.0)), dict.fromkeys(sketch.links, (20.0, 9.0))
    layout = settled(laid_out(sketch, sizes, rooms, "TB"))
    assert faults(layout) == []
    assert [c.title for c in layout.clusters if not 10.0 < c.at[1] - c.top < 20.0] == []


@pytest.mark.parametrize("parts", [2, 3])
@pytest.mark.parametrize("program", PROGRAMS)
def test_a_frame_in_rows_is_as_high_as_what_it_holds_there(program, parts):
    """In each row that has boxes of a frame, one part of it holds these; its edges are no farther from them than before."""
    picture = PROGRAMS[program]()
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


def test_a_label_stays_on_its_page():
    """It was moved to the free spot nearest to it, which was beyond the left edge of the page: its beginning was cut off."""
    curve = [(6.0, 0.0), (6.0, 100.0), (6.0, 200.0), (6.0, 300.0)]
    layout = Layout(200.0, 300.0, {"n1": (60.0, 120.0)}, {"n1": (80.0, 200.0)}, {"e1": curve}, {"e1": (30.0, 100.0)},
                    {"e1": (24.0, 10.0)})  # fmt: skip
    assert find_spots(layout) == []
    assert layout.labels["e1"] == (20.0, 12.5)


def test_a_label_for_which_a_page_has_no_room_is_left_out():
    curve = [(6.0, 0.0), (6.0, 100.0), (6.0, 200.0), (6.0, 300.0)]
    layout = Layout(200.0, 300.0, {"n1": (60.0, 150.0)}, {"n1": (80.0, 300.0)}, {"e1": curve}, {"e1": (-9.0, 100.0)},
                    {"e1": (24.0, 10.0)})  # fmt: skip
    assert find_spots(layout) == ["e1"]


@pytest.mark.parametrize("name, most, short", [
    ("encoder", 10, "encoder"), ("a_long_function", 10, "a_long_fu…"), ("linear (output)", 13, "linear (out…)"),
    ("u (u_x_value)", 7, "u (u…)"), ("deep_sigmoid (h)", 13, "deep_sigmoid…"),
])  # fmt: skip
def test_a_title_that_is_cut_short_closes_its_brackets(name, most, short):
    assert shortened(Cluster(0.0, 0.0, 100.0, 50.0, name), most, later=False) == short


def test_a_glance_rejects_most_spots_that_an_arrow_passes_and_none_that_is_free():
    rng, seen, passed = np.random.default_rng(0), 0, 0
    for _ in range(20):
        curves = {str(k): [tuple(point) for point in rng.uniform(-20, 400, size=(4, 2)).tolist()] for k in range(5)}
        page, room = Occupied([], curves), tuple(rng.uniform(5, 60, size=2).tolist())
        centres = rng.uniform(-60, 460, size=(200, 2))
        for centre, rejected in zip(centres.tolist(), page.passed(centres, room).tolist(), strict=True):
            free = page.is_free(around(centre, room))
            assert not (free and rejected)
            seen, passed = seen + rejected, passed + (not free)
    assert 0.8 * passed < seen


def test_the_title_of_a_frame_rather_stands_in_no_frame_within_it():
    """Its upper edge is taken; its lower one runs through the frame within it."""
    outer, inner = Cluster(0.0, 20.0, 200.0, 260.0, "f"), Cluster(10.0, 130.0, 180.0, 145.0, "f/g")
    layout = Layout(200.0, 300.0, clusters=[outer, inner])
    place_titles(Occupied([(0.0, 20.0, 200.0, 65.0)], {}, (200.0, 300.0)), layout)
    assert layout.clusters[0].title == "f" and 65.0 < layout.clusters[0].at[1] < 130.0
