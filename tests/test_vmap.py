"""vmap: the loop over examples is the oracle, over the whole sample table."""

import numpy as np
import pytest
import samples

import autodiff as ad
from autodiff.core import batched, node

LOOPS = {  # conv2d has kernels that differ by example here, lfilter coefficients
    "conv2d", "det", "gru", "interp", "lfilter", "lstm", "simple_rnn", "sosfilt", "linalg.det", "linalg.lstsq", "lstsq",
    "polyfit", "roots",
    "histogram", "histogram2d", "histogramdd", "intersect1d", "setdiff1d", "setxor1d", "trim_zeros", "union1d", "unique",
    *(f"polynomial.{basis}roots" for basis in ("poly", "cheb", "leg", "lag", "herm", "herme")),
    "unique_all", "unique_counts", "unique_inverse", "unique_values",  # each example chooses its numbers
}  # fmt: skip
EXAMPLES = 3


def flat(y):
    return [leaf for part in y for leaf in flat(part)] if isinstance(y, (list, tuple)) else [y]


def functions_of(row):
    """The sample as a function of its float arrays that returns a list, and a weighted sum of what it returns."""

    def values(*leaves):
        new = iter(leaves)
        return flat(row.function(*[samples.planted(x, new) for x in row.args], **row.keywords))

    def total(*leaves):
        parts = [y for y in values(*leaves) if isinstance(y, ad.Tensor) and y.dtype.kind == "f"]
        return sum(np.sum(y * np.cos(np.arange(y.size) + k).reshape(y.shape)) for k, y in enumerate(parts, 1))

    return values, total


def draws_of(row, n):
    return [samples.leaves(samples.rebuild(row.id, k).args) for k in range(n)]


def same(found, loop, lead=(EXAMPLES,)):
    for got, each in zip(found, zip(*loop, strict=True), strict=True):
        want = np.stack([np.asarray(y) for y in each]).reshape(*lead, *np.shape(each[0]))
        assert got.dtype == want.dtype
        np.testing.assert_allclose(got, want, rtol=1e-8, atol=1e-9)


def tensors(arrays):
    return [ad.constant(x) for x in arrays]


@pytest.fixture(autouse=True)
def quiet():
    with np.errstate(all="ignore"):
        yield


# -- every sample ------------------------------------------------------------------------------------------------------


@samples.over(samples.EVERY)
def test_a_batch_is_the_loop_over_its_examples(row):
    """Values, and gradients of a weighted sum."""
    draws, (values, total) = draws_of(row, EXAMPLES), functions_of(row)
    batch, every = [np.stack(column) for column in zip(*draws)], tuple(range(len(draws[0])))
    same(ad.vmap(values)(*batch), [values(*tensors(draw)) for draw in draws])
    slopes = ad.grad(total, every)
    same(ad.vmap(slopes)(*batch), [slopes(*draw) for draw in draws])


@samples.over([row for row in samples.EVERY if len(samples.leaves(row.args)) > 1])
def test_one_argument_is_a_batch_and_the_others_are_not(row):
    draws, (values, total) = draws_of(row, EXAMPLES), functions_of(row)
    every = tuple(range(len(draws[0])))
    for j in every:
        mixed = [tensors(draw[k] if k == j else draws[0][k] for k in every) for draw in draws]
        args = [np.stack([draw[j] for draw in draws]) if k == j else ad.constant(draws[0][k]) for k in every]
        axes = tuple(0 if k == j else None for k in every)
        same(ad.vmap(values, axes)(*args), [values(*own) for own in mixed])
        slopes = ad.grad(total, every)
        same(ad.vmap(slopes, axes)(*args), [slopes(*own) for own in mixed])


@samples.over(samples.EVERY)
def test_a_batch_of_batches(row):
    draws, (_, total) = draws_of(row, 6), functions_of(row)
    slopes = ad.grad(total, tuple(range(len(draws[0]))))
    batch = [np.stack(column).reshape(2, 3, *column[0].shape) for column in zip(*draws)]
    same(ad.vmap(ad.vmap(slopes))(*batch), [slopes(*draw) for draw in draws], (2, 3))


@samples.over(samples.EVERY)
def test_forward_mode_in_a_batch(row):
    draws, (_, total) = draws_of(row, 2 * EXAMPLES), functions_of(row)
    points, directions = draws[:EXAMPLES], draws[EXAMPLES:]
    push = lambda p, t: ad.jvp(total, tuple(p), tuple(t))[1]
    batch = [[np.stack(column) for column in zip(*part)] for part in (points, directions)]
    same([ad.vmap(push)(*batch)], [[push(p, t)] for p, t in zip(points, directions)])


def is_looped(row):
    """Whether an op of the row, or its rule, runs example by example."""
    count, by_examples = [], batched.by_examples

    def counted(*args):
        count.append(args)
        return by_examples(*args)

    draws, (_, total) = draws_of(row, 2), functions_of(row)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batched, "by_examples", counted)
        patch.setattr(node, "by_examples", counted)
        ad.vmap(ad.grad(total, tuple(range(len(draws[0])))))(*[np.stack(column) for column in zip(*draws)])
    return bool(count)


@samples.over(samples.EVERY)
def test_few_ops_run_example_by_example(row):
    assert is_looped(row) == (samples.called(row.function) in LOOPS)
