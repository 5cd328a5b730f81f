"""Forward mode: one rule for every op, from its vjp table."""

import numpy as np
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


@over(EVERY)
def test_forward_over_reverse_is_reverse_over_reverse(row):
    function, args, keywords = row
    xs = leaves(args)
    weights = directions(outputs(function(*args, **keywords)), 1)
    boxes, ts = [ad.constant(x) for x in xs], directions(xs, 2)

    def slopes(*boxes):
        with ad.Tape() as tape:
            tape.watch(boxes)
            ys = outputs(function(*at(args, boxes), **keywords))
        return tape.gradient(ys, list(boxes), output_gradients=weights, unconnected_gradients="zero")

    with ad.ForwardAccumulator(boxes, ts) as acc:
        slope = slopes(*boxes)
    forward = acc.jvp(slope, unconnected_gradients="zero")
    with ad.Tape() as outer:
        outer.watch(boxes)
        along = inner(slopes(*boxes), ts)
    for a, b in zip(forward, outer.gradient(along, boxes, unconnected_gradients="zero")):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-8, atol=1e-8)
