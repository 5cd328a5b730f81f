"""What a page in rows or columns leaves out: room in which nothing stands."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autodiff as ad
from autodiff.drawing.data import is_drawn
from autodiff.drawing.layered.page import Cluster, Layout
from autodiff.drawing.layout import laid_out
from autodiff.drawing.paging import settled
from autodiff.drawing.squeezing import LEFT, empty_bands, squeezed, taken_by_frames, taken_by_lines
from autodiff.drawing.wrapping import wrapped
from tests.draw.geometry import boxes, faults, frame, inside, runs, samples, unclear
from tests.draw.test_layered import made

numbers = st.floats(-1e3, 1e3)
bands = st.lists(st.tuples(numbers, st.floats(0.0, 200.0)).map(lambda band: (band[0], band[0] + band[1])), min_size=1)


@given(bands, st.lists(numbers, min_size=2))
def test_what_is_squeezed_keeps_its_order_and_what_stands_there_its_size(taken, heights):
    empty = empty_bands(taken)
    moved = [squeezed(y, empty) for y in sorted(heights)]
    assert all(a <= b + 1e-9 for a, b in pairwise(moved))
    for top, bottom in taken:
        assert squeezed(bottom, empty) - squeezed(top, empty) == pytest.approx(bottom - top)
    for top, bottom in empty:
        assert squeezed(bottom, empty) - squeezed(top, empty) == pytest.approx(LEFT)


def test_an_arrow_that_runs_level_and_the_title_of_a_frame_keep_their_room():
    line = [(0.0, 50.0), (40.0, 50.0), (80.0, 50.0), (120.0, 50.0)]
    assert (46.0, 54.0) in list(taken_by_lines([line])) and not list(taken_by_lines([[(y, x) for x, y in line]]))
    frame = Cluster(0.0, 10.0, 300.0, 200.0, "a title of a frame")
    (across, _), (down, _) = taken_by_frames([frame], False), taken_by_frames([frame], True)
    assert across[0] == down[0] == 10.0 and across[1] < 30.0 < 100.0 < down[1]


def far_aside(down):
    """Four boxes in a line; an arrow from the first to the last runs far beside them."""
    at = [(60.0 + 200.0 * k, 40.0) for k in range(4)]
    curves = {f"e{k}": [(at[k][0] + x, 40.0) for x in (50.0, 70.0, 130.0, 143.0, 150.0)] for k in range(3)}
    aside = [(130.0, 500.0), (160.0, 500.0), (300.0, 500.0), (420.0, 500.0), (540.0, 500.0), (570.0, 500.0), (560.0, 55.0)]
    curves["e3"] = [(110.0, 55.0), (140.0, 55.0), *aside, (603.0, 55.0), (610.0, 55.0)]
    blocks, sizes = {f"n{k}": point for k, point in enumerate(at)}, {f"n{k}": (100.0, 50.0) for k in range(4)}
    layout = Layout(720.0, 520.0, blocks, sizes, curves)
    layout.ends.update({f"e{k}": (f"n{k}", f"n{k + 1}") for k in range(3)}, e3=("n0", "n3"))
    if not down:
        return layout
    turned = {key: [(y, x) for x, y in curve] for key, curve in layout.curves.items()}
    return Layout(520.0, 720.0, {key: (y, x) for key, (x, y) in layout.blocks.items()},
                  dict.fromkeys(layout.sizes, (50.0, 100.0)), turned, ends=layout.ends)  # fmt: skip


@pytest.mark.parametrize("down", [False, True])
def test_a_row_is_no_higher_than_what_stands_in_it(down):
    page = wrapped(far_aside(down), 2, down)
    across = page.width if down else page.height
    assert across < 400.0 and len(page.curves) == 4  # 2 rows of 50, and the arrow beside each, without 400 of nothing
    assert faults(page) == [] and len(boxes(page)) == 4
    for curve in page.curves.values():
        assert samples(curve).min() >= 0.0


def maml(w, b, rate, xs, ys):
    """One step of gradient descent, and the loss after it."""

    def task_loss(w, b):
        return np.mean((w * xs + b - ys) ** 2)

    slope, shift = ad.grad(task_loss, argnums=(0, 1))(w, b)
    return task_loss(w - rate * slope, b - rate * shift)


def test_a_constant_that_would_stand_in_another_row_than_its_reader_is_written_into_it_unless_it_is_wanted():
    xs, ys = np.array([1.0, 2.0, 3.0]), np.array([2.0, 3.9, 6.1])
    picture, wanted = (ad.draw(lambda w, b: maml(w, b, 0.1, xs, ys), 0.5, 0.0, constants=choice)
                       for choice in (None, True))  # fmt: skip
    assert picture.is_legible and not picture.has_constants_apart
    numbers = [[block for block in each.sketch.blocks if not any(map(is_drawn, block.members))] for each in (picture, wanted)]
    assert not numbers[0] and numbers[1]


def test_a_frame_that_goes_on_in_a_row_begins_close_before_what_it_holds_there():
    arrows, groups = [(0, 1), (1, 2), (2, 4), (3, 4), (4, 5)], ["", "a/b", "a/b", "", "a/c", "a/c"]
    sketch = made(arrows, groups)  # 3 is a leaf, which stands before 4 and not in the frame
    sizes, rooms = dict.fromkeys(sketch.blocks, (100.0, 50.0)), dict.fromkeys(sketch.links, (20.0, 9.0))
    page = wrapped(laid_out(sketch, sizes, rooms, "LR", frozenset({"n3"})), 2)
    (outer,) = [part for part in page.clusters if part.title == "a" and inside(boxes(page)["n4"], frame(part))]
    assert boxes(page)["n3"][0] + 100.0 / 2 < outer.left < boxes(page)["n4"][0] and not page.astray


@pytest.mark.parametrize("rankdir", ["LR", "TB"])
def test_arrows_from_one_box_to_many_readers_in_the_next_row_share_one_way_there(rankdir):
    arrows = [(0, 1), (1, 2), (1, 3), (1, 4), (1, 5), (0, 3), (2, 5), (3, 5), (4, 5)]
    sketch = made(arrows, [""] * 6)
    sizes, rooms = dict.fromkeys(sketch.blocks, (100.0, 50.0)), dict.fromkeys(sketch.links, (20.0, 9.0))
    page = settled(wrapped(laid_out(sketch, sizes, rooms, rankdir), 2, rankdir == "TB"))
    back = 1 if rankdir == "LR" else 0  # against the direction of the page an arrow runs from row to row alone
    ways = {key: {round(at) for axis, at, start, stop in runs(curve) if axis == back and stop - start > 100.0}
            for key, curve in page.curves.items()}  # fmt: skip
    shared = [ways[f"e{k}"] for k in (1, 2, 3, 4)]
    assert len(page.labels) == len(arrows) and not unclear(page) and not faults(page)
    assert len(set.intersection(*shared)) == 1


def three_parts(path):
    """The parts of one frame in three rows, of which the last is narrow, and another frame of the same name."""
    at = [(0.0, 300.0), (100.0, 300.0), (200.0, 60.0)]
    parts = [Cluster(0.0, top, width, 60.0, path) for top, width in at]
    return Layout(400.0, 400.0, clusters=[*parts, Cluster(0.0, 300.0, 300.0, 60.0, f"other/{path}")])


def titles(layout):
    return [cluster.title for cluster in layout.clusters]


@pytest.mark.parametrize("times", [1, 2])  # the player looks for spots twice
def test_the_later_parts_of_a_frame_say_that_it_goes_on(times):
    layout = three_parts("step {}")
    for _ in range(times):
        settled(layout)
    assert titles(layout) == ["step {}", "step {} (continued)", "… step {}", "step {}"]


@pytest.mark.parametrize("full, expected", [
    ([0], ["", "step", "… step", "step"]),  # the first that is seen has the name alone
    ([1], ["step", "", "… step", "step"]),
    ([0, 1, 2], ["", "", "step", "step"]),
    ([3], ["step", "step (continued)", "… step", "step"]),  # the only part has its name wherever it stands
])  # fmt: skip
def test_a_part_of_a_frame_without_room_for_a_title_has_none_if_another_has(full, expected):
    layout = three_parts("step")
    for k in full:
        layout.blocks[f"n{k}"], layout.sizes[f"n{k}"] = (150.0, 100.0 * k + 25.0), (300.0, 95.0)
    settled(layout)
    assert titles(layout) == expected


def test_a_title_keeps_away_from_an_arrow_where_there_is_room():
    """So near it would touch the arrow, which is drawn with a width."""
    layout = Layout(400.0, 400.0, clusters=[Cluster(0.0, 0.0, 300.0, 60.0, "step")])
    left = settled(layout).clusters[0].at[0]
    x = left - 1.75
    layout.curves["e0"] = [(x, y) for y in (-50.0, 0.0, 50.0, 100.0)]
    layout.ends["e0"] = ("n0", "n1")
    assert settled(layout).clusters[0].at[0] > left


def test_a_title_that_has_no_room_is_cut_short():
    """Its frame has two parts: the one without a title would be read as a frame of nothing."""
    parts = [Cluster(0.0, 100.0 * k, 110.0, 60.0, "negative_log_likelihood") for k in range(2)]
    layout = Layout(400.0, 400.0, clusters=parts)
    layout.blocks["n0"], layout.sizes["n0"] = (256.0, 100.0), (290.0, 200.0)  # to the right of both
    assert titles(settled(layout)) == ["negative_log_li…", "… negative_log…"]


@pytest.mark.parametrize("rankdir", ["LR", "TB"])
def test_a_frame_in_two_rows_or_columns_is_not_read_as_two_calls(rankdir):
    sketch = made([(0, 1), (1, 2), (2, 3)], ["", "forward", "forward", ""])
    sizes, rooms = dict.fromkeys(sketch.blocks, (300.0, 50.0)), dict.fromkeys(sketch.links, (20.0, 9.0))
    whole = laid_out(sketch, sizes, rooms, rankdir)
    page = settled(wrapped(whole, 2, rankdir == "TB", 0.0))
    assert titles(settled(whole)) == ["forward"] and titles(page) == ["forward", "forward (continued)"]
    assert faults(page) == []
