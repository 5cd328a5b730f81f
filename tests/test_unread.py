"""Large arrays that no rule reads are let go while a tape records, and are there again for everyone who looks."""

import tracemalloc

import numpy as np
import pytest
from samples import EVERY, leaves, over, planted

import autodiff as ad
from autodiff.core import dispatch
from autodiff.core.unread import Released, unread

SOURCE = not dispatch.__file__.endswith(".so")  # compiled, the size from which an array is large is fixed


def numbers(*shape):
    return np.cos(np.arange(np.prod(shape)) ** 1.3).reshape(shape) / 10.0


def network(x, weights):
    for w, b in weights:
        x = np.tanh(x @ w + b)
    return x


def parameters(depth, width=16):
    return [(ad.Variable(numbers(width, width) + 0.01 * k), ad.Variable(numbers(width))) for k in range(depth)]


def released(tape):
    graph = tape.graph
    return [k for k in range(tape.span.start, tape.span.stop) if type(graph.holder(k)._raw()) is Released]


def recorded(depth=3, **options):
    """(tape, result, weights) of a network on large arrays."""
    weights = parameters(depth)
    with ad.Tape(persistent=True, **options) as tape:
        y = np.mean(network(numbers(1024, 16), weights) ** 2)
    return tape, y, weights


def test_a_deep_network_keeps_one_array_a_layer():
    depth, x, size = 12, numbers(4096, 16), 4096 * 16 * 8
    weights = parameters(depth)

    def step():
        with ad.Tape() as tape:
            loss = np.mean(network(x, weights))
        return tape.gradient(loss, [v for pair in weights for v in pair])

    step()
    tracemalloc.start()
    step()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < (depth + 5) * size


@pytest.mark.parametrize("function, far", [(np.tanh, 20.0), (np.tanh, -20.0), (ad.sigmoid, 40.0)])
def test_of_the_numbers_far_out_those_are_kept_that_the_rule_reads(function, far):
    x = numbers(64, 256)
    x[3, 5] = far
    v = ad.Variable(x - 1.0)
    with ad.Tape() as tape:
        y = np.sum(function(v + 1.0) ** 2)
    assert [type(node._inputs[0]) is Released and node._inputs[0].kept.tolist() for node in tape.graph.nodes[2:3]] == [[far]]
    found = tape.gradient(y, v).numpy()
    small = ad.grad(lambda t: np.sum(function(t + 1.0) ** 2))(ad.constant(x[3, 5:6] - 1.0)).numpy()
    assert found[3, 5] == small[0] and abs(found[3, 5]) > 0.0
    assert np.all(found != 0.0)


def test_what_is_let_go_is_what_no_rule_reads():
    tape, _, _ = recorded(2)
    gone = {tape.graph.nodes[k].op.name for k in released(tape)}
    assert gone == {"matmul", "add"} and len(released(tape)) == 4
    assert [unread(tape.graph.nodes[k].op) for k in released(tape)[:2]] == [(True, False, False), (True, True, True)]


def test_who_looks_sees_every_number():
    x, weights = numbers(1024, 16), parameters(2)
    with ad.Tape(persistent=True) as tape:
        y = np.mean(network(x, weights) ** 2)
    h = np.tanh(x @ weights[0][0].numpy() + weights[0][1].numpy())
    z = h @ weights[1][0].numpy()
    assert len(released(tape)) == 4
    values = [node.value for _, node in tape.span.nodes()]
    assert not released(tape)
    for right in (x @ weights[0][0].numpy(), h, z, z + weights[1][1].numpy()):
        assert any(np.array_equal(right, value) for value in values)
    for _, node in tape.span.nodes():
        assert not any(type(x) is Released for x in node.inputs)
    assert values[-1] == y.item()


LOOKS = {
    "steps": lambda tape, y, ws: [str(step) for step in tape.steps(y)],
    "explain": lambda tape, y, ws: str(tape.explain(y, ws[0][0])),
    "show": lambda tape, y, ws: str(ad.show(y)),
    "draw": lambda tape, y, ws: ad.draw(y).source,
    "gradient": lambda tape, y, ws: [g.numpy().tolist() for g in tape.gradient(y, [ws[0][0], ws[1][1]])],
    "jacobian": lambda tape, y, ws: tape.jacobian(y, ws[0][0]).numpy().tolist(),
}


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_every_reader_says_what_it_says_where_all_is_kept(look):
    class Listener(ad.Recorder):  # while somebody listens, nothing is let go
        def on_op(self, op, inputs, params, output):
            pass

    with Listener():
        tape, y, weights = recorded(2)
    assert not released(tape)
    right = look(tape, y, weights)
    tape, y, weights = recorded(2)
    assert released(tape)
    assert look(tape, y, weights) == right


def test_a_walk_computes_nothing_again():
    """Also where contributions are added in place, to an array that was let go, and in a batch."""
    w = ad.Variable(numbers(16, 16))
    with ad.Tape(persistent=True) as tape:
        h = numbers(1024, 16) @ w + 1.0
        y = h[0] * h[1] + h[2]
        del h
        other = numbers(1024, 16) + w[0] + w[1] + w[2]
        y = y + other[3]
        del other
    before = released(tape)
    assert len(before) >= 3
    slope, table = tape.gradient(y, w), tape.jacobian(y, w)
    assert released(tape) == before
    np.testing.assert_allclose(table.numpy().sum(0), slope.numpy())
    np.testing.assert_allclose(slope, ad.grad(lambda w: np.sum(example(w)))(w))


def example(w):
    h = numbers(1024, 16)[:4] @ w + 1.0
    return h[0] * h[1] + h[2] + numbers(1024, 16)[3] + w[0] + w[1] + w[2]


def test_what_somebody_has_is_kept():
    """In a variable, a list, or an attribute: its numbers and its gradient are there."""
    w, kept = ad.Variable(numbers(16, 16)), []
    with ad.Tape() as tape:
        z = numbers(1024, 16) @ w
        kept.append(z + 1.0)
        y = np.sum(np.tanh(np.tanh(np.tanh(kept[0]) - 0.5) + 0.5))
    right = numbers(1024, 16) @ w.numpy()
    assert np.array_equal(z, right) and np.array_equal(kept[0], right + 1.0)
    one, other = tape.gradient(y, [z, kept[0]])
    assert np.array_equal(one, other) and np.any(one)


def test_second_derivatives_and_a_tape_that_is_opened_later():
    w, x = ad.Variable(numbers(16, 16)), numbers(1024, 16)

    def loss():
        return np.mean(np.tanh(np.tanh(x @ w + 1.0) @ w - 1.0))

    with ad.Tape() as outer:
        with ad.Tape() as inner:
            y = loss()
        slope = inner.gradient(y, w)
    curvature = outer.gradient(slope, w)
    with ad.Tape(persistent=True) as tape:
        y = loss()
        slope = tape.gradient(y, w)
    np.testing.assert_allclose(tape.gradient(slope, w), curvature)
    with ad.Tape(persistent=True) as outer:
        h = np.tanh(x @ w + 1.0)
        assert released(outer)
        with ad.Tape() as inner:
            inner.watch(h)
            y = np.mean(np.tanh(h @ w - 1.0))
        inner.gradient(y, h)
    np.testing.assert_allclose(outer.gradient(y, w), ad.grad(lambda w: np.mean(np.tanh(np.tanh(x @ w + 1.0) @ w - 1.0)))(w))


def test_what_the_walk_has_freed_is_not_missed():
    w, lost = ad.Variable(numbers(16, 16)), ad.Variable(numbers(16, 16))
    with ad.Tape() as tape:
        h = np.tanh(numbers(1024, 16) @ w + 1.0)
        y = np.mean(h)
        for _ in range(3):
            h = h * 2.0 + 1.0  # not on the way to y
        np.sum(numbers(1024, 16) @ lost)
    assert tape.gradient(y, [w, lost])[1] is None
    assert "does not reach" in str(ad.why_none(lost)) or "reaches" in str(ad.why_none(lost))


@pytest.mark.skipif(not SOURCE, reason="what is large can't be changed in the compiled engine")
@over(EVERY)
def test_no_rule_reads_what_is_let_go(row, monkeypatch):
    def slopes():
        boxes = [ad.constant(x) for x in leaves(row.args)]
        with ad.Tape() as tape:
            tape.watch(boxes)
            ys = row.function(*planted(row.args, iter([box * 1.0 + 0.0 for box in boxes])), **row.keywords)
            parts = [y for y in (ys if isinstance(ys, (list, tuple)) else [ys]) if y.dtype.kind == "f"]
            ys = [y * 1.0 + 0.0 for y in parts]
        return [g.numpy() for g in tape.gradient(ys, boxes, unconnected_gradients="zero")]

    right = slopes()
    with monkeypatch.context() as patch:
        patch.setattr(dispatch, "LARGE", 0)
        found = slopes()
    for one, other in zip(found, right, strict=True):
        np.testing.assert_array_equal(one, other)
