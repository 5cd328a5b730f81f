"""Two boxes that are different things have different headings, where they stand in one frame."""

from functools import cache

import numpy as np
import pytest

import autodiff as ad
import nn
from autodiff.drawing.labels import label_of
from tests.draw.architectures import PROGRAMS


def alike(picture):
    """The headings that boxes of one frame share, of those that are names: not numbers, and not formulas."""
    seen, found = {}, []
    for block in picture.sketch.blocks:
        first = block.members[0]
        named = first.name or any(node.name for node in block.members) or block.kind == "group"
        if not named or block.kind == "cut" or (first.op is not None and first.op.symbol == "[]"):
            continue  # an element that is taken twice is the same thing
        key = block.group, block.kind == "group", label_of(block).heading
        if key in seen:
            found.append(key)
        seen[key] = block
    return found


@cache
def layers(blocks):
    """Two models of two layers each, of which those of one name have other sizes."""
    nn.set_random_seed(0)
    nets = [nn.Sequential([nn.Dense(6, "relu"), nn.Dense(n)]) for n in (4, 3, 5)[:blocks]]
    return lambda x: np.mean(np.concatenate([net(x) for net in nets], axis=-1) ** 2)


@pytest.mark.parametrize("program", PROGRAMS)
def test_no_two_boxes_of_a_picture_have_one_name(program):
    assert alike(PROGRAMS[program]()) == []


@pytest.mark.parametrize("budget", [10, 12, 14, 18, 24, 40])
@pytest.mark.parametrize("blocks", [1, 2, 3])
def test_no_two_boxes_of_layers_that_are_one_frame_have_one_name(blocks, budget):
    picture = ad.draw(layers(blocks), np.ones((2, 3)), budget=budget)
    assert alike(picture) == []


def test_results_of_the_steps_of_a_loop_in_a_frame_of_all_steps():
    def total_loss(weights):
        err = 0.0
        for inp, want in [(0.5, 1.0), (-1.0, 0.25)]:
            hidden = [ad.tanh(weights[k] * inp + weights[k + 3]) for k in range(3)]
            err = err + (ad.tanh(sum(hidden)) * weights[2] - want) ** 2
        return err

    for budget in range(10, 30, 2):
        assert alike(ad.draw(total_loss, np.linspace(-1.0, 1.0, 6), budget=budget)) == [], budget
