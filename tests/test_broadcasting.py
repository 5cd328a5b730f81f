"""Broadcasting is undone once, in the sweep: for all shapes that numpy broadcasts, empty and stretched axes included. And the
two products that are taken by BLAS's own calls."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra.numpy import mutually_broadcastable_shapes

import autodiff as ad
from autodiff.rules.broadcasting import SUM_OF_ROWS
from autodiff.rules.products import matrix_product


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


LAYOUTS = {
    "rows": np.ascontiguousarray, "columns": np.asfortranarray, "backwards": lambda x: x[::-1, ::-1],
    "every second": lambda x: np.repeat(np.repeat(x, 2, 0), 2, 1)[::2, ::2],
    "one row": lambda x: np.broadcast_to(x[:1], x.shape),
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("kind", ["f8", "f4", "f2", ">f4", "i8", "?"])
def test_a_sum_of_rows_is_numpys_in_every_layout_and_dtype(kind, layout):
    for shape in [(0, 3), (3, 0), (1, 1), (5, 1), (1, 5), (7, 3), (1025, 2), (3000, 1)]:
        x = np.random.default_rng(0).integers(0, 3, shape).astype(kind)
        x = LAYOUTS[layout](x) if 0 not in shape else x
        y, expected = SUM_OF_ROWS(x), np.sum(x, axis=0)
        assert (y.dtype, y.shape) == (expected.dtype, expected.shape)
        np.testing.assert_array_equal(y, expected)  # whole numbers have no rounding


@pytest.mark.parametrize("kind", ["f4", "f8"])
def test_a_sum_of_rows_keeps_what_is_not_finite_and_rounds_little(kind):
    special = np.array([[np.inf, np.nan, np.inf, 1.0, -np.inf], [2.0, 1.0, -np.inf, 2.0, 3.0]], kind)
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(SUM_OF_ROWS(special), np.sum(special, axis=0))
    for shape in [(1000, 7), (1000, 1), (100_000, 2), (100_000, 1)]:
        rows = np.random.default_rng(0).random(shape).astype(kind)
        for x in (rows, np.asfortranarray(rows)):
            exact = np.sum(x.astype(np.longdouble), axis=0)
            mine, numpys = (np.max(np.abs(y - exact) / exact) for y in (SUM_OF_ROWS(x), np.sum(x, axis=0)))
            assert mine <= max(8.0 * np.finfo(kind).eps, numpys)


@pytest.mark.parametrize("layouts", list(itertools.product(LAYOUTS, LAYOUTS)))
def test_a_product_of_matrices_is_numpys_in_every_layout_and_dtype(layouts):
    for left, right in [("f8", "f8"), ("f4", "f4"), ("f2", "f2"), ("f4", "f8"), ("i8", "f4"), ("i4", "i8"), ("?", "?")]:
        for n, k, m in [(0, 2, 3), (2, 0, 3), (2, 3, 0), (1, 1, 1), (4, 3, 2), (1, 6, 1)]:
            rng = np.random.default_rng(0)
            a, b = rng.integers(0, 3, (n, k)).astype(left), rng.integers(0, 3, (k, m)).astype(right)
            a, b = (LAYOUTS[layout](x) if x.size else x for layout, x in zip(layouts, (a, b)))
            y, expected = matrix_product(a, b), np.matmul(a, b)
            assert y.dtype == expected.dtype
            np.testing.assert_array_equal(y, expected)


class Checked(np.ndarray):
    """A subclass, whose products are its own."""

    def __array_ufunc__(self, function, method, *inputs, **options):
        return f"{function.__name__} of a subclass"


def test_subclasses_and_boxes_are_no_plain_arrays():
    odd = np.ones((2, 2)).view(Checked)
    assert matrix_product(odd, odd) == matrix_product(np.ones((2, 2)), odd) == "matmul of a subclass"
    w = ad.Variable(np.ones((2, 2)))
    with ad.Tape() as tape:
        y = matrix_product(np.ones((2, 2)), w) + SUM_OF_ROWS(w)
    np.testing.assert_array_equal(tape.gradient(y, w).numpy(), [[4.0, 4.0], [4.0, 4.0]])


@pytest.mark.parametrize("shape", [(2, 3, 4, 5), (2, 3, 4, 1), (0, 3, 4, 5), (2, 3, 4, 0), (2000, 1, 3)])
@pytest.mark.parametrize("kind", ["f4", "f8", "f2"])
def test_a_bias_of_images_is_summed_as_rows(shape, kind):
    x = ad.Variable(np.random.default_rng(0).random(shape).astype(kind))
    b = ad.Variable(np.zeros(shape[-1], kind))
    with ad.Tape() as outer:
        with ad.Tape() as tape:
            y = x * (x + b)
        g = tape.gradient(y, b)
    exact = np.sum(x.numpy().astype("f8"), axis=tuple(range(len(shape) - 1)))
    np.testing.assert_allclose(g.numpy(), exact, rtol=1e-2 if kind == "f2" else 1e-5)
    np.testing.assert_array_equal(outer.gradient(g, x).numpy(), np.ones(shape))


def test_a_bias_under_an_outer_tape_has_the_same_gradient_to_the_last_bit():
    x, w = np.random.default_rng(0).normal(size=(37, 5)).astype("f4"), ad.Variable(np.eye(5, dtype="f4"))
    b = ad.Variable(np.full(5, 0.1, "f4"))

    def gradient():
        with ad.Tape() as tape:
            loss = ad.mean(ad.tanh(x @ w + b) ** 2)
        return tape.gradient(loss, [w, b])

    plain = gradient()
    with ad.Tape(persistent=True):
        recorded = gradient()
    assert [g.numpy().tobytes() for g in plain] == [g.numpy().tobytes() for g in recorded]


@pytest.mark.parametrize("layout", [np.ascontiguousarray, np.asfortranarray, lambda g: np.broadcast_to(g[:1], g.shape)])
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_a_sum_over_all_leading_axes_is_numpys(layout, dtype):
    """The gradient of the bias of images: as one product with ones where the memory allows it."""
    g = layout(np.cos(np.arange(3 * 20 * 30 * 4) ** 1.5).reshape(3, 20, 30, 4).astype(dtype))
    bias = ad.Variable(np.zeros(4, dtype))
    with ad.Tape() as tape:
        y = np.zeros(g.shape, dtype) + bias
    slope = tape.gradient(y, bias, output_gradients=g)
    assert slope.dtype == dtype
    atol = {"float32": 1e-4, "float64": 1e-12, "float16": 0.5}[dtype]
    np.testing.assert_allclose(slope, g.astype("f8").sum((0, 1, 2)), atol=atol)
    eager = ad.grad(lambda b, g: np.sum((np.zeros(g.shape, dtype) + b) * g))
    traced = ad.function(eager)
    for _ in range(3):
        np.testing.assert_array_equal(traced(bias, g), eager(bias, g))
