"""nn.micrograd: programs of micrograd's and microgpt's run when their import is changed."""

import copy
import gc
import math
import pickle
import random
import sys
import threading
import tracemalloc

import gpt_of_values
import numpy as np
import pytest

import autodiff as ad
from autodiff.scalar import held
from benchmarks import plain_values
from nn.micrograd.engine import Value
from nn.micrograd.nn import MLP, Layer, Module, Neuron


def readme(Value):
    """The program of micrograd's README: g, a, b."""
    a, b = Value(-4.0), Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    return g, a, b


def functions(Value):
    x, y = Value(0.7), Value(-1.3)
    return (x * y).exp() - (x + 2.5).log() * y.tanh() + 1 / (x - 3) + (2.5 - y) ** -0.5, x, y


def a_value_twice(Value):
    x = Value(3.0)
    return x * x + x - x, x


def whole_numbers(Value):
    a, b = Value(2), Value(3)
    return (a * b + 1) ** 2 - a, a, b


@pytest.mark.parametrize("program", [readme, functions, a_value_twice, whole_numbers])
def test_a_program_has_the_plain_engines_numbers(program):
    (loss, *leaves), (plain, *theirs) = program(Value), program(plain_values.Value)
    loss.backward()
    plain.backward()
    assert math.isclose(loss.data, plain.data, rel_tol=1e-15) and loss.grad == 1
    assert np.allclose([x.grad for x in leaves], [x.grad for x in theirs], rtol=1e-14, atol=0)


def demo(MLP, steps=4):
    """micrograd's moons in small: what it prints."""
    random.seed(1337)
    net, printed = MLP(2, [6, 6, 1]), []
    rng = np.random.default_rng(0)
    points, labels = rng.normal(size=(12, 2)), np.where(rng.random(12) < 0.5, -1, 1)  # of numpy's int64
    for k in range(steps):
        scores = [net([net.value(v) for v in row]) for row in points]
        margins = [(1 + -label * score).relu() for label, score in zip(labels, scores)]
        loss = sum(margins) * (1.0 / len(margins)) + 1e-4 * sum(p * p for p in net.parameters())
        right = [(label > 0) == (score.data > 0) for label, score in zip(labels, scores)]
        net.zero_grad()
        loss.backward()
        for p in net.parameters():
            p.data -= (1.0 - 0.9 * k / 100) * p.grad
        printed.append(f"step {k} loss {loss.data:.10f}, accuracy {sum(right) / len(right) * 100}%")
    return printed


class Ours(MLP):
    value = Value


class Plain(MLP):
    """The same network on the plain engine."""

    value = plain_values.Value

    def __init__(self, nin, nouts):
        super().__init__(nin, nouts)
        for neuron in (neuron for layer in self.layers for neuron in layer.neurons):
            neuron.w, neuron.b = [self.value(w.data) for w in neuron.w], self.value(neuron.b.data)


def test_micrograds_demo_prints_the_same():
    assert demo(Ours) == demo(Plain)


def test_a_gpt_has_the_same_losses_to_the_last_printed_digit():
    words = [[5, 13, 13, 1], [15, 12, 9, 22, 9, 1]]
    ours, plain = (gpt_of_values.losses(kind, 16, words) for kind in (Value, plain_values.Value))
    assert len(gpt_of_values.GPT(float, 16).parameters) == 4192
    assert [f"{x:.12f}" for x in ours] == [f"{x:.12f}" for x in plain]


def test_networks_have_micrograds_numbers_and_texts():
    random.seed(3)
    drawn = [random.uniform(-1, 1) for _ in range(4)]
    random.seed(3)
    net = MLP(2, [2, 1])
    assert [w.data for neuron in net.layers[0].neurons for w in neuron.w] == drawn
    assert repr(net) == "MLP of [Layer of [ReLUNeuron(2), ReLUNeuron(2)], Layer of [LinearNeuron(2)]]"
    assert repr(Neuron(1, nonlin=False)) == "LinearNeuron(1)" and isinstance(net, Module) and Module().parameters() == []
    assert len(net.parameters()) == 9 and isinstance(net([1.0, 2.0]), Value) and len(Layer(2, 3)([1.0, 2.0])) == 3
    net([1.0, 2.0]).backward()
    assert net.layers[1].neurons[0].b.grad == 1
    net.zero_grad()
    assert {p.grad for p in net.parameters()} == {0}


REPRS = {
    "Value(data=2.0, grad=0)": lambda: Value(2.0),
    "Value(data=2, grad=0)": lambda: Value(2),
    "Value(data=7, grad=0)": lambda: Value(2) * 3 + Value(1),
    "Value(data=-2, grad=0)": lambda: -Value(2),
    "Value(data=8, grad=0)": lambda: Value(2) ** 3,
    "Value(data=2.0, grad=0)  ": lambda: Value(4) / 2,
    "Value(data=0.25, grad=0)": lambda: Value(2) ** -2,
    "Value(data=3.5, grad=0)": lambda: Value(2) + 1.5,
    "Value(data=3.0, grad=0)": lambda: Value(np.float32(3.0)),
    "Value(data=1.5, grad=0)": lambda: assigned(Value(2), 1.5),
}


def assigned(value, x):
    value.data = x
    return value


@pytest.mark.parametrize("text", REPRS)
def test_it_prints_as_micrograds(text):
    assert repr(REPRS[text]()) == text.strip()


def everything_of(root):
    """The nodes and edges of a graph, as the drawing code of micrograd's notebooks collects them."""
    nodes, edges = set(), set()

    def build(value):
        if value not in nodes:
            nodes.add(value)
            for child in value._prev:
                edges.add((child, value))
                build(child)

    build(root)
    return nodes, edges


def test_drawing_code_of_others_finds_the_graph():
    a, b = Value(2.0, label="a"), Value(-3.0)
    b.label = "b"
    c = a * b
    loss = ((c + 10.0) * 2).relu() ** 2 - c
    loss.backward()
    nodes, edges = everything_of(loss)
    assert len(nodes) == len(edges) == 10 and (nodes, edges) == everything_of(loss)
    assert sorted(n._op for n in nodes) == ["", "", "", "", "*", "*", "**2", "+", "-", "ReLU"]
    assert {n.label for n in nodes} == {"", "a", "b"} and all(isinstance(n.grad, (int, float)) for n in nodes)
    (two,) = [n for n in nodes if n.data == 2.0 and n is not a]
    assert two.grad == 2 * 8.0 * 4.0  # d loss / d 2: 2 relu(..) (c + 10)
    assert (a * b)._children == (a, b) and (a * b)._local_grads == (-3.0, 2.0) and (a * a)._prev == {a}
    assert a._prev == set() and a._children == () and a._op == ""


def test_the_constructors_of_both_engines():
    x = Value(0.5)
    t = math.tanh(0.5)
    by_hand = Value(t, (x,), (1 - t * t,))  # microgpt's: derivatives
    (by_hand * 2.0).backward()
    assert math.isclose(x.grad, 2 * (1 - t * t)) and by_hand._children == (x,)
    named = Value(t, (x,), "tanh")  # micrograd's: a name
    assert named._op == "tanh" and named._prev == {x} and Value(0, (), "x")._op == "" and Value(1.0, _op="y").data == 1.0
    many = [Value(float(k)) for k in range(5)]
    Value(10.0, tuple(many), local_grads=(1, 2, 3, 4, 5)).backward()
    assert [v.grad for v in many] == [1, 2, 3, 4, 5]
    with pytest.raises(AttributeError, match=r"give the derivative"):
        named._backward = lambda: None
    with pytest.raises(ValueError, match="one derivative for each child"):
        Value(1.0, (x, x), (1.0,))
    with pytest.raises(TypeError, match="children of a Value are Values"):
        Value(1.0, (2.0,), "+")


def test_backward_by_hand():
    a, b = Value(2.0), Value(3.0)
    c = a * b
    d = c + a
    d.grad = 1.0
    d._backward()
    c._backward()
    assert (a.grad, b.grad, c.grad) == (4.0, 2.0, 1.0)


def test_gradients_add_up():
    """Over several losses, over calls for one loss; what is between has no part in it."""
    x, y = Value(2.0), Value(5.0)
    part = x * y
    first, second = part * part, part * 3.0
    first.backward()
    assert x.grad == 2 * 10 * 5
    second.backward()
    assert x.grad == 2 * 10 * 5 + 3 * 5
    first.backward()
    assert x.grad == 2 * 2 * 10 * 5 + 3 * 5 and y.grad == 2 * 2 * 10 * 2 + 3 * 2
    x.grad = y.grad = 0
    (part + x).backward()  # the graph of `part` is there still
    assert (x.grad, y.grad) == (6.0, 2.0)
    x.backward()
    assert x.grad == 1


def test_identity():
    a, b = Value(1.0), Value(1.0)
    assert a != b and a == a and a not in [b] and len({a, b, a}) == 2 and bool(Value(0.0)) and a != 1.0


def test_numpy_makes_objects_of_them():
    a, b = Value(1.0), Value(2.0)
    total = np.sum([a, b]) + np.mean([a, b]) + np.dot([a, b], [3.0, 4.0]) + np.tanh(a) + np.maximum(b, 1.5) + np.clip(a, 0, 5)
    total.backward()
    assert math.isclose(a.grad, 1 + 0.5 + 3 + 1 - math.tanh(1.0) ** 2 + 1) and b.grad == 1 + 0.5 + 4 + 1
    assert np.array([a, b]).dtype == object


NUMBERS = (2, True, np.int8(2), np.uint64(2), np.float16(2), np.float32(2), np.float64(2), np.bool_(True), np.array(2.0))


@pytest.mark.parametrize("k", NUMBERS, ids=lambda k: f"{type(k).__name__}_{getattr(k, 'dtype', '')}")
def test_numbers_of_any_kind_beside_it(k):
    for name in ("add", "sub", "mul", "truediv", "pow"):
        for turned in (False, True):
            x = Value(1.5)
            f = getattr(__import__("operator"), name)
            y = f(k, x) if turned else f(x, k)
            y.backward()
            expected = ad.grad(lambda v, f=f, turned=turned: f(float(k), v) if turned else f(v, float(k)))(1.5)
            assert isinstance(y, Value) and math.isclose(x.grad, expected), (name, turned)


def test_dot_and_sum_are_one_node():
    w, x = [Value(2.0), Value(3.0)], [Value(5.0), 7.0]
    y = ad.dot(w, x, Value(1.0))
    ad.sum([y, y * 2.0, 4.0]).backward()
    assert y.data == 32.0 and [v.grad for v in w] == [15.0, 21.0] and x[0].grad == 6.0 and len(y._children) == 4


def test_a_number_taken_out_is_an_error():
    x = Value(1.0)
    for take in (float, int, round, math.exp, lambda v: np.array([v], dtype=float)):
        with pytest.raises(TypeError, match=r"its gradient would be lost|real number"):
            take(x)
    assert f"{x:.2f}" == "1.00" and x.data == 1.0 and x.item() == 1.0


def test_in_the_block_of_a_tape_it_is_a_leaf():
    x = Value(3.0)
    y = x * 2.0
    with ad.Tape() as tape:
        loss = x * x + y
    assert tape.gradient(loss, [x, y]) == [ad.Value(6.0), ad.Value(1.0)] and type(loss) is ad.Value
    y.backward()
    assert x.grad == 2.0 and ad.grad(lambda v: v * y)(4.0) == 6.0


def test_observers_hear_it_and_it_stays_linked():
    heard = []

    class Names(ad.Recorder):
        def on_op(self, op, inputs, params, output):
            heard.append(op.name)

    x = Value(3.0)
    with Names():
        y = (x * x).exp()
    y.backward()
    assert heard == ["multiply", "exp"] and math.isclose(x.grad, 6 * math.exp(9))


def test_pictures(capsys):
    x = Value(2.0, label="x")
    y = (x * x + 1.0).relu()
    y.backward()
    ad.show(y)
    shown = capsys.readouterr().out
    assert "x" in shown and "relu" in shown and x.grad == 4.0
    (y * 2.0).backward()
    assert x.grad == 4.0 + 8.0


def test_copies():
    x = Value(2, label="x")
    x.grad = 3.0
    net = copy.deepcopy(MLP(2, [2, 1]))
    assert copy.copy(x) is not x and repr(copy.copy(x)) == "Value(data=2, grad=0)" and copy.copy(x).label == "x"
    assert pickle.loads(pickle.dumps(x)).data == 2 and len(net.parameters()) == 9
    y = x * 5.0
    copy.copy(y).backward()
    assert x.grad == 3.0 + 5.0


# -- memory ------------------------------------------------------------------------------------------------------------------


def living():
    held.let_go()
    gc.collect()
    return len(held.HELD)


def test_long_chains():
    """Neither the walk nor freeing recurses, in a thread of a small stack either."""

    def run():
        x = Value(1.0)
        y = x
        for _ in range(100_000):
            y = y + x
        y.backward()
        found.append(x.grad)

    found = []
    before = threading.stack_size(256 * 1024)
    try:
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)
    assert found == [100_001.0] and living() == 0


def reached(value):
    """How many Values a Value was computed from, with itself."""
    seen, waiting = {value}, [value]
    while waiting:
        new = waiting.pop()._prev - seen
        seen |= new
        waiting += new
    return len(seen)


def test_a_state_that_goes_on_keeps_its_turns_until_it_is_a_new_value():
    """As in micrograd: each turn has a product, a constant, a sum and a tanh."""
    w, h = Value(0.5), Value(0.0)
    for _ in range(100):
        h = (w * h + 0.1).tanh()
    assert reached(h) == 402
    number = h.data
    h = Value(h.data)
    assert reached(h) == 1 and h.data == number


def bytes_after(function, times):
    for _ in range(times):
        function()
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


@pytest.mark.parametrize("way", ["training", "sampling", "a value that goes on"])
def test_memory_is_flat(way):
    """Counted by what Python has allocated: after many rounds it is what it was after a few."""
    net, rng = MLP(3, [4, 1]), random.Random(0)
    model = gpt_of_values.GPT(Value, 4)
    state = [Value(0.0)]

    def train():
        net([1.0, 2.0, 3.0]).backward()
        net.zero_grad()

    def sample():
        model.write(rng, 3)

    def go_on():
        for _ in range(300):
            state[0] = (state[0] * 0.5 + 1.0).tanh()
        state[0] = Value(state[0].data)

    round_of = {"training": train, "sampling": sample, "a value that goes on": go_on}[way]
    tracemalloc.start()
    try:
        early = bytes_after(round_of, 8)
        late = bytes_after(round_of, 300 if way == "training" else 16)
    finally:
        tracemalloc.stop()
    assert late < early + 90_000
    del state[0]
    assert living() <= 2


def test_many_values_are_held_only_while_they_live():
    leaf = Value(1.0)
    ends = []
    for _ in range(30):
        y = leaf
        for _ in range(3 * held.DEEPEST):
            y = y * 1.0
        ends.append(y)
    assert living() >= 60
    ends.clear()
    del y
    assert living() == 0 and sys.getrefcount(leaf) < 5


def test_a_value_says_how_its_gradient_is_set_back():
    with pytest.raises(AttributeError, match=r"^Value has no 'zero_grad': p\.grad = 0 sets one gradient back"):
        Value(2.0).zero_grad()
    assert type(Value(2.0)).__name__ == "Value"


def test_a_folded_picture_says_how_names_come_without_a_tape():
    values = [Value(float(k)) for k in range(40)]
    loss = sum(math_of(value) for value in values)
    loss.backward()
    note = ad.draw(loss, budget=10).sketch.note
    assert "draw the function" in note and "Tape(" not in note


def math_of(value):
    return (value * 2.0 + 1.0).tanh()
