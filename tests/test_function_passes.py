"""The passes of a traced program, its buffers and its kernels, each by itself."""

import numpy as np
import pytest

import autodiff as ad
from autodiff.functions.bound import Bound
from autodiff.functions.buffers import Buffers, empty
from autodiff.functions.passes import (
    drop_dead,
    drop_identities,
    fold_constants,
    frozen,
    join_factors,
    merge_equal,
    optimize,
)
from autodiff.functions.program import Layout
from autodiff.functions.trace import Trace


def traced(function, *arrays):
    """The program of a function as it was recorded."""
    boxes = [ad.constant(x) for x in arrays]
    with Trace(boxes) as trace:
        return trace.program("f", function(*boxes))


def names(program):
    return [i.op.label or i.op.name for i in program.instructions]


X = np.arange(6.0).reshape(2, 3)


def test_identities_are_dropped():
    program = traced(lambda x: ad.stop_gradient(x.astype(float)) + ad.constant([1.0, 2.0, 3.0]).astype("f4"), X)
    drop_identities(program)
    assert names(program) == ["astype", "add"]  # the other dtype stays


def test_constants_are_folded():
    program = traced(lambda x: x * np.sum(np.exp(ad.constant([1.0, 2.0]))), X)
    fold_constants(program)
    assert names(program) == ["multiply"]
    assert program.instructions[0].inputs[1].source == np.sum(np.exp([1.0, 2.0]))


def test_random_draws_and_python_are_neither_folded_nor_merged_nor_dropped():
    rng = np.random.default_rng(0)

    def function(x):
        a, b = ad.random_draw(rng.normal, 3), ad.random_draw(rng.normal, 3)
        ad.random_draw(rng.normal, 3)
        return x * a * b

    assert names(optimize(traced(function, X))).count("random") == 3


def test_equal_instructions_are_merged():
    program = traced(lambda x: np.tanh(x) * 2.0 + np.tanh(x) * 2.0 + np.sum(x, axis=0) + np.sum(x, axis=1)[0], X)
    merge_equal(program)
    assert names(program) == ["tanh", "multiply", "add", "sum", "add", "sum", "index", "add"]


@pytest.mark.parametrize("a, b, equal", [
    (0.0, -0.0, False), (1.0, 1.0, True), (1, 1.0, False), (1, True, False), (np.float32(1), np.float64(1), False),
    (np.zeros(2), np.zeros(2), True), (np.zeros(2), np.zeros((1, 2)), False), (slice(0, 1), slice(0, 1), True),
    (slice(0, 1), slice(0, 2), False), ((1, None), (1, None), True), ([1], (1,), False), ({"a": 1}, {"a": 1}, True),
], ids=str)  # fmt: skip
def test_constants_are_equal_to_the_last_bit(a, b, equal):
    assert (frozen(a) == frozen(b)) is equal


def test_what_nothing_needs_is_dropped():
    w = ad.Variable(X)

    def function(x):
        np.exp(x @ w.T)
        return np.sin(x)

    program = traced(function, X)
    assert [v.name for v in program.variables] == ["v0"]
    drop_dead(program)
    assert names(program) == ["sin"] and program.variables == []


def test_fast_joins_factors():
    f = ad.function(lambda x: 0.1 * (0.3 * np.tanh(x)), fast=True)
    x = np.random.default_rng(0).normal(size=100)
    f(x)
    np.testing.assert_allclose(f(x).numpy(), 0.1 * (0.3 * np.tanh(x)), rtol=1e-15)
    assert names(f.program()) == ["tanh", "multiply"]
    program = traced(lambda x: 0.1 * (0.3 * x), X)
    join_factors(program)
    drop_dead(program)
    assert names(program) == ["multiply"]


# -- buffers -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("x", [
    np.zeros((3, 4)), np.zeros((3, 4)).T, np.zeros((3, 4), "f4")[:, ::2], np.zeros(5)[::-1], np.zeros((4, 3, 2))[::-1, :, ::-1],
    np.broadcast_to(np.zeros(3), (2, 3)), np.zeros((0, 3)), np.zeros(()), np.zeros((2, 3, 4)).transpose(1, 2, 0),
], ids=range(9))  # fmt: skip
def test_an_array_lies_in_memory_as_its_layout_says(x):
    y = empty(Layout(x.shape, x.dtype, x.strides))
    assert (y.shape, y.dtype) == (x.shape, x.dtype)
    assert y.strides == x.strides or not x.size
    y[...] = 1.0
    assert np.all(y == 1.0)


def test_arrays_that_die_are_used_again():
    def deep(x):
        for _ in range(10):
            x = np.tanh(x) @ np.ones((3, 3))
        return x

    buffers = Buffers(optimize(traced(deep, X)))
    assert buffers.count <= 3


def test_views_are_made_once():
    program = optimize(traced(lambda x: np.sum(np.reshape(x.T, (1, 6)) * 1.0) + x[0, 1:] + np.flip(x)[0, 0], X))
    buffers = Buffers(program)
    views = [i.outputs[0] for i in program.instructions if i.outputs[0] in buffers.base]
    assert len(views) == 3  # the transpose, x[0, 1:] and the flip; the reshape of the transpose is a copy, x[0, 0] a number
    assert all(np.shares_memory(buffers.of[view], buffers.of[program.inputs[0]]) for view in views)


@pytest.fixture
def alone(monkeypatch):
    """As if no other thread ran, which a test runner may have: then variables change in place."""
    monkeypatch.setattr("autodiff.functions.bound.OTHER_THREADS", lambda: 0)


def test_a_variable_changes_in_place(alone):
    v = ad.Variable(np.ones((50, 50)))

    def step(x):
        v.assign_sub(0.1 * x)

    program = optimize(traced(step, np.ones((50, 50))))
    bound = Bound(program, {})
    bound.count_references()
    held = id(v._held)
    bound([np.ones((50, 50))])
    assert id(v._held) == held and len(bound.calls) == 2
    np.testing.assert_allclose(v.numpy(), 0.8)  # once when it was traced, once by the program


def test_what_is_done_to_each_variable_is_one_call():
    """Gradients, slots and variables lie in packs; the shapes differ, and the large one stays alone."""
    shapes = [(3, 4), (4,), (4, 2), (), (200, 100)]
    variables, slots = ([ad.Variable(np.ones(shape)) for shape in shapes] for _ in range(2))

    def step(x, rate):
        with ad.Tape() as tape:
            loss = sum(np.sum(np.tanh(v * x) ** 2) for v in variables)
        for v, m, g in zip(variables, slots, tape.gradient(loss, variables)):
            m.assign(m + 0.1 * (g - m))
            v.assign_sub(rate * m)
        return loss

    traced = ad.function(step)
    found = [traced(np.array(x), 0.1) for x in (0.3, 0.5, 0.7)]
    after = [v.numpy() for v in [*variables, *slots]]
    program = traced.program()
    packing = Buffers(program).packing
    assert packing.groups and len(packing.grouped) - len(packing.groups) >= 14
    for v in [*variables, *slots]:
        v.assign(np.ones(v.shape))
    assert [float(y) for y in found] == [float(step(np.array(x), 0.1)) for x in (0.3, 0.5, 0.7)]
    for v, x in zip([*variables, *slots], after):
        np.testing.assert_array_equal(v.numpy(), x)


def test_a_variable_that_is_read_after_another_changed_is_not_packed():
    a, b = ad.Variable([1.0, 2.0]), ad.Variable([3.0, 4.0])

    def step(x):
        a.assign_sub(0.5 * x)
        b.assign_sub(0.5 * (x * a))
        return a + b

    traced = ad.function(step)
    found = [traced(np.array([k, 1.0])).numpy() for k in (1.0, 2.0, 3.0)]
    a.assign([1.0, 2.0]), b.assign([3.0, 4.0])
    for k, y in zip((1.0, 2.0, 3.0), found):
        np.testing.assert_array_equal(step(np.array([k, 1.0])).numpy(), y)


def test_a_variable_that_is_read_after_its_its_update_is_kept_until_then():
    v = ad.Variable(np.ones(3))

    def step(x):
        old = v.value()
        v.assign(2.0 * v)
        return old * x + v

    f = ad.function(step)
    for k in range(4):
        np.testing.assert_array_equal(f(np.ones(3)).numpy(), 2.0**k * 3.0)


def test_nothing_is_allocated_by_a_call(alone):
    import tracemalloc

    w = [ad.Variable(np.ones((200, 200), "f4") / 200.0), ad.Variable(np.zeros(200, "f4"))]

    @ad.function
    def step(x):
        with ad.Tape() as tape:
            loss = np.mean(np.tanh(x @ w[0] + w[1]) ** 2)
        for v, g in zip(w, tape.gradient(loss, w)):
            v.assign_sub(0.1 * g)
        return loss

    x = np.ones((200, 200), "f4")
    step(x), step(x)
    tracemalloc.start()
    try:
        step(x)
        assert tracemalloc.get_traced_memory()[1] < 100_000  # one array of the step has 160,000 bytes
    finally:
        tracemalloc.stop()


def test_a_large_input_is_read_where_it_is():
    w = ad.Variable(np.ones((200, 3)) / 200.0)

    @ad.function
    def step(x, y):
        with ad.Tape() as tape:
            loss = np.mean((x @ w - y) ** 2) + np.sum(np.reshape(x, (3, -1))[0, :2])
        w.assign_sub(0.1 * tape.gradient(loss, w))
        return loss

    rng = np.random.default_rng(0)
    batches = [(rng.normal(size=(60, 200)), rng.normal(size=(60, 3))) for _ in range(4)]
    found = [step(x, y).numpy() for x, y in batches]
    bound = next(iter(step._entries.values())).bound[0]
    assert len(bound.feeds) == 1 and len(bound.inputs) == 1
    w.assign(np.ones((200, 3)) / 200.0)
    assert found == [step.python_function(ad.constant(x), ad.constant(y)).numpy() for x, y in batches]


def test_a_large_input_that_is_returned_is_copied():
    f = ad.function(lambda x: [x, np.concatenate([x, x])])
    for k in (1.0, 2.0, 3.0):
        x = np.full(10_000, k)
        same, twice = f(x)
        x[:] = 0.0
        assert same.numpy()[0] == k and np.all(twice.numpy() == k)
