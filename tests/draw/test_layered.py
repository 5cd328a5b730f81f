"""The layout: boxes apart, frames around their own, arrows between the boxes; on random graphs and on known ones."""

import itertools

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autodiff.drawing.fold import Block, Link, Sketch
from autodiff.drawing.graph import Graph
from autodiff.drawing.groups import within
from autodiff.drawing.layered.crossings import crossings, order
from autodiff.drawing.layered.ranks import ranked
from autodiff.drawing.layered.vertices import layered
from autodiff.drawing.layout import laid_out
from tests.draw.geometry import around, inside, overlap, passed, samples

DIRECTIONS = ["LR", "TB", "RL", "BT"]
GROUPS = ["", "", "a", "a/b", "a/b/c", "a/d", "e", "f (1)", "f (2)"]


def made(arrows, groups, kinds=None):
    """A sketch of blocks in these groups, with arrows from one number to another."""
    blocks = [Block((kinds or ["op"] * len(groups))[k], [], group, key=f"n{k}") for k, group in enumerate(groups)]
    links = [Link(blocks[a], blocks[b], [], key=f"e{k}") for k, (a, b) in enumerate(arrows)]
    for link in links:
        link.source.users.append(link)
        link.into.inputs.append(link)
    return Sketch(Graph([], []), blocks, links)


@st.composite
def sketches(draw):
    """Graphs as programs make them: most arrows go on in the order of recording, several may be between the same two blocks,
    and one in twenty goes back, as in a rolled-up graph."""
    count = draw(st.integers(1, 24))
    groups = draw(st.lists(st.sampled_from(GROUPS), min_size=count, max_size=count))
    arrows = draw(st.lists(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1), st.integers(0, 19)), max_size=40))
    arrows = [(b, a) if (a > b) != (odd == 0) else (a, b) for a, b, odd in arrows]
    return made(arrows, groups)


def sizes_for(sketch, seed=0):
    rng = np.random.default_rng(seed)
    boxes = {block: (float(rng.integers(20, 160)), float(rng.integers(20, 70))) for block in sketch.blocks}
    labels = {link: (float(rng.integers(5, 60)), 9.0) if rng.random() < 0.8 else (0.0, 0.0) for link in sketch.links}
    return boxes, labels


def on_border(point, box):
    x, y = point
    within = box[0] - 0.3 <= x <= box[2] + 0.3 and box[1] - 0.3 <= y <= box[3] + 0.3
    return within and min(abs(x - box[0]), abs(x - box[2]), abs(y - box[1]), abs(y - box[3])) < 0.3


def check(sketch, rankdir, sizes, labels):
    layout = laid_out(sketch, sizes, labels, rankdir)
    boxes = {block: around(layout.blocks[block.key], sizes[block]) for block in sketch.blocks}
    page = (0, 0, layout.width, layout.height)
    for a, b in itertools.combinations(sketch.blocks, 2):
        assert not overlap(boxes[a], boxes[b]), (a.key, b.key)
    frames = [(c.left, c.top, c.left + c.width, c.top + c.height) for c in layout.clusters]
    paths = list(dict.fromkeys("/".join(steps[: k + 1]) for block in sketch.blocks if block.group
                               for steps in [block.group.split("/")] for k in range(len(steps))))  # fmt: skip
    assert [path.rpartition("/")[2] for path in paths] == [cluster.title for cluster in layout.clusters]
    for path, frame in zip(paths, frames):
        assert inside(frame, page)
        for block in sketch.blocks:
            held = bool(block.group) and within(block.group, path)
            assert inside(boxes[block], frame) if held else not overlap(boxes[block], frame), (block.key, path)
        for other, box in zip(paths, frames):
            if other != path:
                held = within(other, path)
                assert inside(box, frame) if held else within(path, other) or not overlap(box, frame), (other, path)
    for link in sketch.links:
        if link.source is link.into:
            assert link.key not in layout.curves
            continue
        points = samples(layout.curves[link.key])
        assert on_border(points[0], boxes[link.source]) and on_border(points[-1], boxes[link.into]), link.key
        assert [block.key for block in passed(points, boxes)] == [], link.key
    placed = {}
    for link in sketch.links:
        if labels[link][0] and link.source is not link.into:
            placed[link] = around(layout.labels[link.key], labels[link])
            assert inside(placed[link], page), link.key
            for block in sketch.blocks:
                assert not overlap(placed[link], boxes[block]), (link.key, block.key)
    for a, b in itertools.combinations(placed, 2):
        assert not overlap(placed[a], placed[b], 0.6), (a.key, b.key)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sketches(), st.sampled_from(DIRECTIONS), st.integers(0, 99))
def test_any_graph_is_laid_out_with_nothing_over_anything(sketch, rankdir, seed):
    check(sketch, rankdir, *sizes_for(sketch, seed))


@settings(max_examples=60, deadline=None)
@given(sketches())
def test_every_block_stands_behind_its_inputs(sketch):
    ranks = ranked(sketch.blocks, sketch.links)
    position = {block: k for k, block in enumerate(sketch.blocks)}
    for link in sketch.links:
        if link.source is not link.into:
            assert (ranks[link.source] < ranks[link.into]) == (position[link.source] < position[link.into])


# -- known graphs ---------------------------------------------------------------------------------------------------------

KNOWN = {  # arrows, and how many crossings there may be
    "a chain": ([(k, k + 1) for k in range(9)], 0),
    "a binary tree": ([(k, 8 + k // 2) for k in range(8)] + [(8 + k, 12 + k // 2) for k in range(4)] + [(12, 14), (13, 14)], 0),
    "a residual": ([(0, 1), (1, 2), (2, 3), (0, 3), (3, 4), (4, 5), (5, 6), (3, 6)], 0),
    "x * x": ([(0, 1), (0, 1)], 0),
    "K(2, 2)": ([(0, 2), (0, 3), (1, 2), (1, 3)], 1),
    "K(3, 3)": ([(a, b) for a in range(3) for b in range(3, 6)], 9),
    "a grid": ([(a + 4 * b, a + 4 * b + 1) for a in range(3) for b in range(4)]
               + [(a + 4 * b, a + 4 * b + 4) for a in range(4) for b in range(3)], 0),
    "shuffled pairs": ([(k, 6 + (k * 5) % 6) for k in range(6)], 0),
    "neurons that share their weights": ([(w, 6 + 2 * w + p) for w in range(6) for p in range(2)]
                                         + [(6 + 2 * w + p, 18 + 2 * (w // 2) + p) for w in range(6) for p in range(2)], 6),
}  # fmt: skip


@pytest.mark.parametrize("name", KNOWN)
def test_few_arrows_cross(name):
    arrows, most = KNOWN[name]
    sketch = made(arrows, [""] * (1 + max(map(max, arrows))))
    graph = layered(sketch.blocks, sketch.links, *sizes_for(sketch), "TB")
    order(graph)
    assert crossings(graph) <= most
    for rankdir in DIRECTIONS:
        check(sketch, rankdir, *sizes_for(sketch))


def test_a_chain_is_straight_through_its_frames_and_leaves_stand_beside_it():
    arrows = [(0, 2), (1, 2), (2, 3), (3, 5), (4, 5), (5, 6), (6, 7)]  # x and w to matmul, tanh; with another w again; mean
    groups = ["", "a", "a", "a", "b", "b", "b", ""]
    sketch = made(arrows, groups, ["constant", "parameter", "op", "op", "parameter", "op", "op", "op"])
    sizes, _ = sizes_for(sketch)
    layout = laid_out(sketch, sizes, dict.fromkeys(sketch.links, (20.0, 9.0)), "TB")
    across = {key: x for key, (x, _) in layout.blocks.items()}
    assert len({round(across[key]) for key in ("n2", "n3", "n5", "n6", "n7")}) == 1
    first, second = layout.clusters
    assert first.top + first.height < second.top  # one layer after another


def test_a_leaf_stands_just_before_its_first_user_with_what_is_computed_from_it_alone():
    arrows = [(0, 1), (1, 2), (2, 3), (3, 6), (4, 5), (5, 6)]
    sketch = made(arrows, [""] * 7)
    ranks = ranked(sketch.blocks, sketch.links)
    assert [ranks[block] for block in sketch.blocks] == [0, 1, 2, 3, 2, 3, 4]


def test_arrows_between_the_same_two_blocks_are_apart():
    sketch = made([(0, 1), (0, 1), (0, 1)], ["", ""])
    layout = laid_out(sketch, dict.fromkeys(sketch.blocks, (80.0, 60.0)), dict.fromkeys(sketch.links, (20.0, 9.0)), "LR")
    heights = sorted(curve[-1][1] for curve in layout.curves.values())
    assert all(b - a > 5 for a, b in itertools.pairwise(heights))
    labels = sorted(y for _, y in layout.labels.values())
    assert all(b - a > 9 for a, b in itertools.pairwise(labels))


def test_the_layout_is_the_same_at_every_run():
    arrows = [(a, b) for a in range(12) for b in range(a + 1, 12) if (a * 7 + b * 5) % 4 == 0]
    first, second = (laid_out(sketch, *sizes_for(sketch), "LR") for sketch in (made(arrows, GROUPS + [""] * 3) for _ in "ab"))
    assert first == second


def test_nothing_and_one_block():
    assert laid_out(made([], []), {}, {}, "LR").blocks == {}
    sketch = made([(0, 0)], ["a"])  # an arrow from a block to itself is not drawn
    check(sketch, "TB", *sizes_for(sketch))
