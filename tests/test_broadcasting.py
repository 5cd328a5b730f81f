"""Broadcasting is undone once, in the sweep: for all shapes that numpy broadcasts, empty and stretched axes included."""

import numpy as np
from hypothesis import given, settings
from hypothesis.extra.numpy import mutually_broadcastable_shapes

import autodiff as ad


@settings(deadline=None, max_examples=200)
@given(mutually_broadcastable_shapes(num_shapes=3, min_side=0, max_side=3, max_dims=4))
def test_a_gradient_has_its_sources_shape_and_the_right_sum(shapes):
    a, b, c = (ad.Variable(np.full(shape, k)) for shape, k in zip(shapes.input_shapes, (1.5, 2.5, 3.5)))
    with ad.Tape() as tape:
        y = a * b + c
    grads = tape.gradient(y, [a, b, c])
    assert [g.shape for g in grads] == list(shapes.input_shapes)
    size = int(np.prod(shapes.result_shape))
    np.testing.assert_allclose([g.numpy().sum() for g in grads], [2.5 * size, 1.5 * size, size])


@settings(deadline=None, max_examples=50)
@given(mutually_broadcastable_shapes(num_shapes=2, min_side=0, max_side=3, max_dims=3))
def test_the_second_derivative_too(shapes):
    a, b = (ad.Variable(np.full(shape, 1.5)) for shape in shapes.input_shapes)
    with ad.Tape() as outer:
        with ad.Tape() as inner:
            y = a * a * b
        slope = inner.gradient(y, a)
    mixed = outer.gradient(slope, b)
    assert mixed.shape == b.shape
    np.testing.assert_allclose(mixed.numpy().sum(), 3.0 * int(np.prod(shapes.result_shape)))
