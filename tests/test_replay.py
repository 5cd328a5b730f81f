"""A trace records everything that a training step does, and the forward walk replays it: equal to running the step again.

The step is forward, `tape.gradient` and update. The replay is given other weights and other data, so whatever the trace froze
by mistake (a mask, the order of a sort, which element was the largest) would show.
"""

import numpy as np
import pytest
from samples import EVERY, leaves, over, planted

import autodiff as ad
import nn
from autodiff.tape.forward import replay


class Trace(ad.Tape):
    """A tape that records everything: what nobody follows, integers, comparisons, random draws, assignments."""

    def __init__(self):
        super().__init__(persistent=True)
        self.record_all = True


def step_of(network, shapes):
    """A training step on arrays: (*weights, x, target) -> (loss, *new weights)."""

    def step(*args):
        *weights, x, target = args
        with ad.Tape() as tape:
            tape.watch(weights)
            loss = ad.mean((network(weights, x) - target) ** 2)
        return [loss, *[w - 0.1 * g for w, g in zip(weights, tape.gradient(loss, weights))]]

    return step, shapes


def mlp(activation):
    def network(weights, x):
        a, b, c, d = weights
        return activation(x @ a + b) @ c + d

    return step_of(network, [(3, 5), (5,), (5, 2), (2,), (7, 3), (7, 2)])


DROPOUT = nn.Dropout(0.5, seed=0, dtype="float64")


def dropped(x):
    with nn.training():
        return DROPOUT(x)


def pooled(weights, x):
    image = np.reshape(x @ weights[0], (2, 4, 4, 1))
    return np.reshape(nn.MaxPool2D(2)(image), (2, 4)) @ weights[1]


def norm_and_choice(weights, x):
    a, b = weights
    z = x @ a
    z = z / np.linalg.norm(z, axis=1, keepdims=True)
    return np.where(z > 0.1, z, 0.2 * z) * b + np.max(z, axis=1, keepdims=True) - np.abs(z)


STEPS = {
    "relu": mlp(ad.relu),
    "tanh": mlp(np.tanh),
    "maximum": mlp(lambda z: np.maximum(z, 0.2 * z)),
    "clip": mlp(lambda z: np.clip(z, -0.3, 0.4)),
    "sort": mlp(lambda z: np.sort(z, axis=1)),
    "take by argmax": mlp(lambda z: z * np.take_along_axis(z, np.argmax(z, axis=1)[:, None], axis=1)),
    "dropout": mlp(lambda z: dropped(np.tanh(z))),
    "max-pool": step_of(pooled, [(3, 16), (4, 2), (2, 3), (2, 2)]),
    "norm and where": step_of(norm_and_choice, [(3, 5), (5,), (4, 3), (4, 5)]),
    "softmax": mlp(lambda z: ad.softmax(z)),
    "sqrt of a masked square": mlp(lambda z: np.where(z > 0, np.sqrt(np.where(z > 0, z, 1.0)), 0.0)),
    "floor and mod": mlp(lambda z: z - np.floor(2.0 * z) + np.mod(z, 0.7)),
    "prod": mlp(lambda z: z * np.prod(z, axis=1, keepdims=True)),
    "std": mlp(lambda z: (z - np.mean(z, axis=0)) / (np.std(z, axis=0) + 0.1)),
}


def numbers(shapes, seed):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=shape) for shape in shapes]


def traced(step, args):
    """(the span of a trace of the step, where its arguments stand, and its results: where they stand, or constant zeros)."""
    boxes = [ad.constant(x) for x in args]
    with Trace() as trace:
        trace.watch(boxes)
        results = step(*boxes)
        span = trace.span
        places = [int(span.index_of(y)) for y in results]
    zeros = [y.numpy() for y in results]
    assert all(place >= 0 or not zero.any() for place, zero in zip(places, zeros))
    return span, span.indices_of(boxes), [place if place >= 0 else zero for place, zero in zip(places, zeros)]


def ending(entries, end):
    return end if isinstance(end, np.ndarray) else entries[end]


@pytest.mark.parametrize("name", STEPS)
def test_a_replayed_step_equals_the_step(name):
    step, shapes = STEPS[name]
    span, starts, ends = traced(step, numbers(shapes, 0))
    for seed in (1, 2, 3):
        args = numbers(shapes, seed)
        state = DROPOUT.stream.bit_generator.state
        expected = [y.numpy() for y in step(*[ad.constant(x) for x in args])]
        DROPOUT.stream.bit_generator.state = state  # the replay draws the same numbers anew
        entries = replay(span, dict(zip(starts, args)))
        for end, y in zip(ends, expected):
            np.testing.assert_allclose(ending(entries, end), y, rtol=1e-12, atol=1e-12)


def test_a_variable_that_is_assigned_is_what_it_was_assigned():
    v = ad.Variable([1.0, -2.0])

    def step(x):
        with ad.Tape() as tape:
            loss = np.sum(ad.relu(v * x))
        v.assign_sub(0.5 * tape.gradient(loss, v))
        return [loss, v * 2.0]

    span, starts, ends = traced(step, [np.array([3.0, 4.0])])
    for x in ([1.0, -1.0], [-2.0, 5.0], [0.5, 0.5]):
        v.assign([1.0, -2.0])
        expected = [y.numpy() for y in step(ad.constant(x))]
        entries = replay(span, dict(zip(starts, [np.array(x)])))
        np.testing.assert_allclose(entries[ends[0]], expected[0], rtol=1e-12)
        np.testing.assert_allclose(entries[ends[1]], expected[1], rtol=1e-12)


def test_a_mask_given_as_a_keyword_is_refused_in_a_trace():
    x = ad.constant([1.0, -1.0])
    with Trace() as trace, pytest.raises(TypeError, match=r"where.*frozen in the trace"):
        trace.watch(x)
        np.sum(x, where=x > 0)


def graded(row):
    """The sample as a function of its float arrays: to its float results, and the gradients of a curved sum of them."""
    function, args, keywords = row

    def run(*boxes):
        with ad.Tape() as tape:
            tape.watch(boxes)
            results = function(*planted(args, iter(boxes)), **keywords)
            results = results if isinstance(results, (tuple, list)) else [results]
            results = [y for y in results if isinstance(y, ad.Tensor) and y.dtype.kind == "f"]
            total = sum(np.sum(np.sin(1.3 * y)) for y in results)
        return [*results, *tape.gradient(total, list(boxes), unconnected_gradients="zero")]

    return run


@over([row for row in EVERY if leaves(row.args)])
def test_every_sample_and_its_gradient_replay(row):
    """With the numbers in another order, so that a frozen order, mask or branch would show."""
    run, arrays = graded(row), leaves(row.args)
    span, starts, ends = traced(run, arrays)
    others = [x[::-1].copy() if x.ndim and len(x) > 1 else x * 1.01 for x in arrays]
    entries = replay(span, dict(zip(starts, others)))
    for end, y in zip(ends, run(*[ad.constant(x) for x in others])):
        np.testing.assert_allclose(ending(entries, end), y.numpy(), rtol=1e-9, atol=1e-11)
