"""vmap: the loop over examples is the oracle, over the whole sample table."""

import functools

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
TURNS = [[0, 1, 1], [1, 0, 1]]  # a batch of batches of two draws, whose rows and columns differ


def flat(y):
    return [leaf for part in y for leaf in flat(part)] if isinstance(y, (list, tuple)) else [y]


def functions_of(row):
    """The sample as a function of its float arrays that returns a list; that of what can be differentiated; and that of all
    with the gradients of a weighted sum."""

    def values(*leaves):
        new = iter(leaves)
        return flat(row.function(*[samples.planted(x, new) for x in row.args], **row.keywords))

    def floats(*leaves):
        return floating(values(*leaves))

    def with_slopes(*leaves):
        with ad.Tape() as tape:
            tape.watch(leaves)
            ys = values(*leaves)
        targets = floating(ys)
        weights = [np.cos(np.arange(y.size) + k).reshape(y.shape).astype(y.dtype) for k, y in enumerate(targets, 1)]
        return [*ys, *tape.gradient(targets, leaves, weights, unconnected_gradients="zero")]

    return values, floats, with_slopes


def floating(ys):
    return [y for y in ys if isinstance(y, ad.Tensor) and y.dtype.kind == "f"]


@functools.cache
def draws_of(row_id, n):
    return [samples.leaves(samples.rebuild(row_id, k).args) for k in range(n)]


def stacked(draws, turns):
    """Every array of the draws as a batch of those whose numbers `turns` has, or as a batch of batches."""
    return [np.stack(column)[np.array(turns)] for column in zip(*draws)]


def same(found, loop, turns):
    for got, each in zip(found, zip(*loop, strict=True), strict=True):
        got, want = np.asarray(got), np.stack([np.asarray(y) for y in each])[np.array(turns)]
        assert (got.dtype, got.shape) == (want.dtype, want.shape)
        if got.tobytes() != want.tobytes():
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
    """Values, alone and with the gradients of a weighted sum; a batch of batches is the loop too; and few ops, or their rules,
    run example by example. (One test, since the loop takes most of the time.)"""
    draws, (values, _, with_slopes), looped = draws_of(row.id, 2), functions_of(row), []
    loop = [with_slopes(*tensors(draw)) for draw in draws]
    batch = stacked(draws, turns := [0, 1, 1])
    with monkeypatch.context() as patch:
        patch.setattr(batched, "by_examples", counting(looped))
        patch.setattr(node, "by_examples", counting(looped))
        found = ad.vmap(with_slopes)(*batch)
    same(found, loop, turns)
    assert bool(looped) == (samples.called(row.function) in LOOPS)
    alone = ad.vmap(values)(*batch)
    same(alone, [ys[: len(alone)] for ys in loop], turns)
    same(ad.vmap(ad.vmap(with_slopes))(*stacked(draws, TURNS)), loop, TURNS)


@samples.over([row for row in samples.EVERY if len(samples.leaves(row.args)) > 1])
def test_one_argument_is_a_batch_and_the_others_are_not(row):
    (first, second), (_, _, with_slopes), turns = draws_of(row.id, 2), functions_of(row), [0, 1, 1]
    of_first = with_slopes(*tensors(first))
    for j in range(len(first)):
        mixed = [second[k] if k == j else x for k, x in enumerate(first)]
        args = [np.stack([x, second[k]])[turns] if k == j else ad.constant(x) for k, x in enumerate(first)]
        axes = tuple(0 if k == j else None for k in range(len(first)))
        same(ad.vmap(with_slopes, axes)(*args), [of_first, with_slopes(*tensors(mixed))], turns)


@samples.over(samples.EVERY)
def test_forward_mode_in_a_batch(row):
    draws, (_, floats, _) = draws_of(row.id, 4), functions_of(row)
    points, directions, turns = draws[:2], draws[2:], [0, 1, 1]
    push = lambda p, t: ad.jvp(floats, tuple(p), tuple(t))[1]
    found = ad.vmap(push)(stacked(points, turns), stacked(directions, turns))
    same(found, [push(p, t) for p, t in zip(points, directions)], turns)
