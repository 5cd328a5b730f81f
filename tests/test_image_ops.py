"""conv2d and max_pool2d against their definitions, in every layout of memory. Their rows in samples/ hold the derivatives."""

import itertools

import numpy as np
import pytest

import autodiff as ad
from autodiff.rules import images


def numbers(*shape, dtype="float64"):
    return np.cos(np.arange(np.prod(shape)) ** 1.3).reshape(shape).astype(dtype)


def places(x, size, strides):
    """Every window of x as ((row, column), the window)."""
    rows, columns = ((n - k) // s + 1 for n, k, s in zip(x.shape[1:3], size, strides))
    for r, c in np.ndindex(rows, columns):
        top, left = r * strides[0], c * strides[1]
        yield (r, c), x[:, top : top + size[0], left : left + size[1]]


def convolved(x, kernel, strides):
    windows = dict(places(x, kernel.shape[:2], strides))
    y = [np.einsum("nhwc,hwcf->nf", window, kernel) for window in windows.values()]
    return np.stack(y, 1).reshape(len(x), *(n + 1 for n in max(windows)), -1)


def pooled(x, size, strides):
    windows = dict(places(x, size, strides))
    return np.stack([w.max((1, 2)) for w in windows.values()], 1).reshape(len(x), *(n + 1 for n in max(windows)), -1)


LAYOUTS = {
    "rows": lambda x: x,
    "columns": np.asfortranarray,
    "channels first": lambda x: np.ascontiguousarray(x.transpose(0, 3, 1, 2)).transpose(0, 2, 3, 1),
    "upside down": lambda x: x[:, ::-1].copy()[:, ::-1],
    "every second": lambda x: np.repeat(x, 2, 2)[:, :, ::2],
    "read-only": lambda x: np.broadcast_to(x[:1], x.shape),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("strides", [(1, 1), (2, 3)])
@pytest.mark.parametrize("channels", [1, 2, 8])  # few are copied in planes; eight equal numbers are counted at once
def test_every_layout_of_memory_gives_the_same(layout, strides, channels):
    x, kernel = LAYOUTS[layout](numbers(3, 6, 7, channels)), numbers(2, 3, channels, 4)
    np.testing.assert_allclose(ad.conv2d(x, kernel, strides), convolved(x, kernel, strides), atol=1e-13)
    np.testing.assert_array_equal(ad.max_pool2d(x, (2, 3), strides), pooled(x, (2, 3), strides))
    slopes = ad.grad(lambda x, k: np.sum(ad.conv2d(x, k, strides) ** 2), argnums=(0, 1))
    other = LAYOUTS[layout](kernel)
    for ours, same in zip(slopes(x, other), slopes(x.copy(), other.copy())):
        np.testing.assert_allclose(ours, same, atol=1e-12)


@pytest.mark.parametrize("dtypes", list(itertools.product(("float32", "float64"), repeat=2)))
def test_dtypes_are_numpys(dtypes):
    x, kernel = ad.Variable(numbers(2, 4, 4, 2, dtype=dtypes[0])), ad.Variable(numbers(2, 2, 2, 3, dtype=dtypes[1]))
    with ad.Tape() as tape:
        y = ad.max_pool2d(ad.conv2d(x, kernel), 2)
    assert y.dtype == np.result_type(*dtypes)
    assert [g.dtype.name for g in tape.gradient(y, [x, kernel])] == list(dtypes)


def test_blocks_of_images_are_all_images(monkeypatch):
    x, kernel, g = numbers(5, 6, 6, 2), numbers(3, 3, 2, 4), numbers(5, 4, 4, 4)
    whole = ad.conv2d(x, kernel), images.conv2d_kernel(x, g, (3, 3), 1)
    monkeypatch.setattr(images, "BLOCK", 2 * 16 * 18)  # two images at a time
    assert len(list(images._windows(x, (3, 3), (1, 1)))) == 3
    for one, other in zip(whole, (ad.conv2d(x, kernel), images.conv2d_kernel(x, g, (3, 3), 1))):
        np.testing.assert_allclose(one, other, atol=1e-13)


@pytest.mark.parametrize("strides", [None, 16, 20])
@pytest.mark.parametrize("channels", [1, 8])
def test_more_equal_numbers_than_a_byte_counts(strides, channels):
    x = ad.Variable(np.zeros((2, 20, 20, channels)))
    with ad.Tape() as tape:
        y = ad.max_pool2d(x, 20, strides)
    assert np.unique(tape.gradient(y, x).numpy()).tolist() == [1 / 400]


@pytest.mark.parametrize("size", [2, (2, 3), (3, 1)])
@pytest.mark.parametrize("channels", [1, 3, 8, 16])
def test_equal_numbers_share_alike_for_any_number_of_channels(size, channels):
    """Windows that lie side by side are compared row by row, and others place by place: both share in the same way."""
    x = ad.Variable(np.round(numbers(2, 7, 8, channels) * 2))
    g = ad.grad(lambda x: np.sum(ad.max_pool2d(x, size) * numbers(*ad.max_pool2d(x, size).shape)))(x)
    y = ad.max_pool2d(x, size).numpy()
    shares = np.zeros(x.shape)
    kh, kw = (size, size) if isinstance(size, int) else size
    for n, r, c, k in np.ndindex(y.shape):
        window = x.numpy()[n, r * kh : (r + 1) * kh, c * kw : (c + 1) * kw, k]
        won = window == y[n, r, c, k]
        shares[n, r * kh : (r + 1) * kh, c * kw : (c + 1) * kw, k] = won / won.sum() * numbers(*y.shape)[n, r, c, k]
    np.testing.assert_allclose(g.numpy(), shares, rtol=1e-15)


def test_windows_that_leave_a_border_out():
    x = ad.Variable(numbers(1, 5, 7, 1))
    with ad.Tape() as tape:
        y = ad.max_pool2d(x, (2, 3))
    slope = tape.gradient(y, x).numpy()
    assert y.shape == (1, 2, 2, 1) and slope.sum() == 4 and not slope[:, 4:].any() and not slope[:, :, 6:].any()


def test_no_images_give_none():
    x, kernel = ad.Variable(np.zeros((0, 5, 5, 2))), ad.Variable(numbers(3, 3, 2, 4))
    with ad.Tape() as tape:
        y = ad.max_pool2d(ad.conv2d(x, kernel), 2)
    slopes = tape.gradient(y, [x, kernel])
    assert y.shape == (0, 1, 1, 4) and slopes[0].shape == x.shape and not slopes[1].numpy().any()


def test_only_what_is_asked_for_is_computed(monkeypatch):
    """The images of a first layer are data: no gradient of theirs."""
    monkeypatch.setattr(images, "conv2d_images", None)
    kernel = ad.Variable(numbers(3, 3, 2, 4))
    with ad.Tape() as tape:
        y = ad.conv2d(numbers(2, 5, 5, 2), kernel)
    assert tape.gradient(y, kernel).shape == kernel.shape


@pytest.mark.parametrize("flags", [(0, None), (None, 0), (0, 0)])
@pytest.mark.parametrize("slope", [False, True])
def test_a_batch_is_each_of_its_examples(flags, slope):
    def function(x, kernel):
        y = ad.max_pool2d(ad.conv2d(x, kernel), 2, 1)
        return ad.max_pool2d(y * y, 2)

    if slope:
        function = ad.grad(lambda x, kernel, inner=function: np.sum(inner(x, kernel) ** 2), argnums=(0, 1))
    full = numbers(3, 2, 6, 5, 2), numbers(3, 2, 2, 2, 4)
    args = [x if flag == 0 else x[0] for x, flag in zip(full, flags)]
    together = ad.vmap(function, in_axes=flags)(*args)
    for k in range(3):
        one = function(*[x[k] if flag == 0 else x for x, flag in zip(args, flags)])
        for ours, expected in zip(together if slope else [together], one if slope else [one]):
            np.testing.assert_allclose(np.asarray(ours)[k], expected, atol=1e-12)


@pytest.mark.parametrize("call, message", [
    (lambda x: ad.conv2d(x, numbers(2, 2, 3, 1)), r"the 2 channels of its images, but got shape \(2, 2, 3, 1\)"),
    (lambda x: ad.conv2d(x, numbers(2, 2, 2)), r"\(height, width, channels, filters\)"),
    (lambda x: ad.conv2d(x[0], numbers(2, 2, 2, 1)), r"\(batch, height, width, channels\), but got shape \(3, 4, 2\)"),
    (lambda x: ad.conv2d(x, numbers(4, 1, 2, 1)), r"windows of \(4, 1\), but its images are \(3, 4\); ad.pad"),
    (lambda x: ad.conv2d(x, numbers(1, 1, 2, 1), 0), "whole number, or a height and a width, but got 0"),
    (lambda x: ad.max_pool2d(x, (1, 2, 3)), r"The size of a window .* but got \(1, 2, 3\)"),
    (lambda x: ad.max_pool2d(x, 4), r"max_pool2d has windows of \(4, 4\)"),
])  # fmt: skip
@pytest.mark.parametrize("box", [np.asarray, ad.constant])
def test_what_does_not_fit_is_said(call, message, box):
    with pytest.raises(ValueError, match=message):
        call(box(numbers(1, 3, 4, 2)))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtypes", list(itertools.product(("float32", "float64"), repeat=2)))
def test_a_bias_is_added_to_the_last_bit_as_by_numpy(layout, dtypes):
    """Few images, many, and what broadcasts otherwise; in eager and traced steps."""
    shapes = (2, 3, 4, 5), (3, 30, 40, 5), (3000, 5), (5,), (0, 9, 9, 5)
    for shape, size in itertools.product(shapes, (5, 1)):
        x, bias = numbers(*shape).astype(dtypes[0]), numbers(size).astype(dtypes[1])
        x = LAYOUTS[layout](x) if x.ndim == 4 else x
        right = x + bias
        traced = ad.function(lambda x, bias: ad.bias_add(x, bias) * 1.0)
        eager = ad.bias_add(x, bias), ad.bias_add(ad.constant(x), bias).numpy()
        for y in (*eager, *[traced(x, bias).numpy() for _ in range(3)]):
            assert y.dtype == right.dtype
            np.testing.assert_array_equal(y, right)
    assert ad.bias_add(np.float32(1.0), 2.0) == 3.0 and ad.bias_add(ad.Value(1.0), 2.0).item() == 3.0
    with pytest.raises(ValueError, match="broadcast"):
        ad.bias_add(np.zeros((2, 3)), np.zeros(2))


@pytest.mark.parametrize("strides", [1, (2, 3)])
@pytest.mark.parametrize("channels", [1, 8])
def test_a_traced_convolution_has_eager_bits(channels, strides):
    """Its products go straight into the program's array, from a large input that is not copied."""
    kernel = ad.Variable(numbers(3, 2, channels, 4, dtype="float32"))

    def step(x):
        with ad.Tape() as tape:
            tape.watch(x)
            y = np.sum(ad.relu(ad.conv2d(x, kernel, strides)) ** 2)
        return y, *tape.gradient(y, [x, kernel])

    traced = ad.function(step)
    for k in range(3):
        x = ad.constant(numbers(4, 40, 50, channels, dtype="float32") + np.float32(k))
        for one, other in zip(traced(x), step(x), strict=True):
            np.testing.assert_array_equal(one, other)
