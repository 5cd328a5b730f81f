"""Forward mode: one rule for every op, from its vjp table. test_rules.py has forward mode over reverse mode."""

import pytest
from samples import EVERY, leaves, over
from test_rules import at, directions, gradients, inner, outputs

import autodiff as ad


@over(EVERY)
def test_the_jvp_is_the_transpose_of_the_vjp(row):
    """<w, J t> = <J' w, t>."""
    function, args, keywords = row
    xs = leaves(args)
    boxes = [ad.constant(x) for x in xs]
    ts = directions(xs, 2)
    with ad.ForwardAccumulator(boxes, ts) as acc:
        ys = outputs(function(*at(args, boxes), **keywords))
    weights = directions([y.numpy() for y in ys], 1)
    tangents = acc.jvp(ys, unconnected_gradients="zero")
    assert [t.shape for t in tangents] == [y.shape for y in ys]
    forward = inner(weights, [t.numpy() for t in tangents])
    backward = inner(gradients(function, args, keywords, weights, xs), ts)
    assert forward == pytest.approx(backward, rel=1e-9, abs=1e-9)
