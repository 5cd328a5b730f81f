"""A leaf, such as a constant or a weight, stands close before its first reader: in the same row or column of the page."""

import numpy as np
import pytest

import autodiff as ad
from autodiff.drawing.layered.ranks import ranked
from tests.draw.architectures import PROGRAMS
from tests.draw.geometry import faults, samples
from tests.draw.test_layered import made


def length(curve):
    return float(np.hypot(*np.diff(samples(curve), axis=0).T).sum())


def ways_of_leaves(picture):
    """For each leaf how long its shortest arrow is, as a part of the page's longer side."""
    _, layout = picture._page
    leaves = [block for block in picture.sketch.blocks if block.users and not block.inputs]
    return {block.key: min(length(layout.curves[link.key]) for link in block.users) / max(layout.width, layout.height)
            for block in leaves}  # fmt: skip


def perceptron(x1, x2, w1, w2, b):
    x1w1 = x1 * w1
    x2w2 = x2 * w2
    n = x1w1 + x2w2 + b
    e = ad.exp(2.0 * n)
    return (e - 1.0) / (e + 1.0)


def k_means(centers, points):
    diff = points - centers[None, :, :]
    d2 = np.sum(diff**2, axis=-1)
    nearest = np.min(d2, axis=1)
    return np.mean(nearest)


def branches(x):
    for step in range(5):
        left, right = x * (step + 2.0), np.tanh(x) / (step + 3.0)
        x = left - right ** (step + 4.0)
    return np.sum(x)


BROKEN = {  # programs whose pages are broken into rows or columns where a constant is read
    "perceptron": lambda: ad.draw(perceptron, 2.0, 0.0, -3.0, 1.0, 6.88),
    "k-means": lambda: ad.draw(k_means, np.linspace(-1, 1, 6).reshape(3, 2), np.linspace(-2, 2, 24).reshape(12, 1, 2)),
    "branches": lambda: ad.draw(branches, np.linspace(0.1, 0.6, 6)),
}
ALL = {**PROGRAMS, **BROKEN}


@pytest.mark.parametrize("program", ALL)
def test_a_leaf_stands_close_before_a_reader(program):
    picture = ALL[program]()
    far = {key: way for key, way in ways_of_leaves(picture).items() if way > 0.7}
    assert far == {} and faults(picture._page[1]) == []


def test_a_late_leaf_has_a_rank_of_its_own_just_before_its_first_reader():
    sketch = made([(0, 2), (1, 2), (2, 4), (3, 4), (4, 5)], [""] * 6)  # 3 is a leaf beside 2
    plain, late = (ranked(sketch.blocks, sketch.links, keys) for keys in ((), {"n3"}))
    assert [plain[block] for block in sketch.blocks] == [0, 0, 1, 1, 2, 3]
    assert [late[block] for block in sketch.blocks] == [0, 0, 1, 2, 3, 4]
