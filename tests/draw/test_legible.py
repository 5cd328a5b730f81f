"""What a reader meets in pictures of programs: pages of a size that can be followed, and texts that say what they mean."""

import re

import numpy as np
import pytest

import autodiff as ad
from autodiff.drawing.picture import ACROSS, ALONG

rng = np.random.default_rng(0)
GATES = {name: rng.normal(size=(7, 4)) * 0.3 for name in ("forget", "input", "output", "cell")}
SERIES = rng.normal(size=(4, 5, 3))


def lstm(gates, series):
    h, c = np.zeros((5, 4)), np.zeros((5, 4))
    for step in range(4):
        z = np.concatenate([series[step], h], axis=1)
        f, i, o = (1 / (1 + np.exp(-(z @ gates[name] + 0.1))) for name in ("forget", "input", "output"))
        c = f * c + i * np.tanh(z @ gates["cell"] + 0.1)
        h = o * np.tanh(c)
    return np.mean(h**2)


def page_of(picture):
    found = re.search(r'width="(\d+)pt" height="(\d+)pt"', picture.render().decode())
    return int(found[1]), int(found[2])


def test_a_page_too_large_to_be_read_is_folded_further_and_no_page_that_somebody_asked_for():
    whole, picture = ad.draw(lstm, GATES, SERIES, budget=150), ad.draw(lstm, GATES, SERIES)
    assert not whole.is_legible and page_of(whole)[0] > ACROSS
    assert picture.is_legible and page_of(picture)[0] < ACROSS + 50 and page_of(picture)[1] < ALONG + 50
    assert 5 < len(picture.sketch.blocks) < 60 < len(whole.sketch.blocks) and "drawn as" in picture.note
    assert len(ad.draw(lstm, GATES, SERIES, collapse=False).sketch.blocks) == len(whole.sketch.blocks)


@pytest.mark.parametrize("rankdir", ["LR", "TB", "RL", "BT"])
def test_a_page_is_legible_by_its_extent_across_the_arrows(rankdir):
    picture = ad.draw(lambda x: ad.sum(ad.sin(ad.cos(x)) * x), np.ones(3), rankdir=rankdir)
    assert picture.is_legible and picture.direction == rankdir
