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
TURNS = [[0, 1, 2], [1, 2, 0]]  # a batch of batches of three draws, which differ at every place


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


def stacked(draws, turns):
    """Every array of the draws as a batch of those whose numbers `turns` has, or as a batch of batches."""
    return [np.stack(column)[np.array(turns)] for column in zip(*draws)]


def same(found, loop, turns):
    for got, each in zip(found, zip(*loop, strict=True), strict=True):
        want = np.stack([np.asarray(y) for y in each])[np.array(turns)]
        assert got.dtype == want.dtype
        np.testing.assert_allclose(got, want, rtol=1e-8, atol=1e-9)


def tensors(arrays):
    return [ad.constant(x) for x in arrays]


@pytest.fixture(autouse=True)
def quiet():
    with np.errstate(all="ignore"):
        yield


def counting(count):
    """by_examples, which enters each call of it in `count`."""

    def counted(*args):
        count.append(args)
        return by_examples(*args)

    by_examples = batched.by_examples
    return counted


# -- every sample ------------------------------------------------------------------------------------------------------


@samples.over(samples.EVERY)
def test_a_batch_is_the_loop_over_its_examples(row, monkeypatch):
    """Values, and gradients of a weighted sum; a batch of batches is the loop too; and few ops, or their rules, run example by
    example. (One test, since the loop takes most of the time.)"""
    draws, (values, total) = draws_of(row, 3), functions_of(row)
    slopes, looped = ad.grad(total, tuple(range(len(draws[0])))), []
    batch, turns = stacked(draws, [0, 1, 2]), [0, 1, 2]
    same(ad.vmap(values)(*batch), [values(*tensors(draw)) for draw in draws], turns)
    loop = [slopes(*draw) for draw in draws]
    with monkeypatch.context() as patch:
        patch.setattr(batched, "by_examples", counting(looped))
        patch.setattr(node, "by_examples", counting(looped))
        found = ad.vmap(slopes)(*batch)
    same(found, loop, turns)
    assert bool(looped) == (samples.called(row.function) in LOOPS)
    same(ad.vmap(ad.vmap(slopes))(*stacked(draws, TURNS)), loop, TURNS)


@samples.over([row for row in samples.EVERY if len(samples.leaves(row.args)) > 1])
def test_one_argument_is_a_batch_and_the_others_are_not(row):
    (first, second), (values, total) = draws_of(row, 2), functions_of(row)
    every, turns = tuple(range(len(first))), [0, 1, 1]
    slopes = ad.grad(total, every)
    of_first = values(*tensors(first)), slopes(*first)
    for j in every:
        mixed = [second[k] if k == j else first[k] for k in every]
        args = [np.stack([first[k], second[k]])[turns] if k == j else ad.constant(first[k]) for k in every]
        axes = tuple(0 if k == j else None for k in every)
        same(ad.vmap(values, axes)(*args), [of_first[0], values(*tensors(mixed))], turns)
        same(ad.vmap(slopes, axes)(*args), [of_first[1], slopes(*tensors(mixed))], turns)


@samples.over(samples.EVERY)
def test_forward_mode_in_a_batch(row):
    draws, (_, total) = draws_of(row, 4), functions_of(row)
    points, directions, turns = draws[:2], draws[2:], [0, 1, 1]
    push = lambda p, t: ad.jvp(total, tuple(p), tuple(t))[1]
    found = ad.vmap(push)(stacked(points, turns), stacked(directions, turns))
    same([found], [[push(p, t)] for p, t in zip(points, directions)], turns)
