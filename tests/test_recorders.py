"""Recorders: which events there are, who hears them, and that nothing is kept for them."""

import gc
import tracemalloc
import weakref

import numpy as np
import pytest
from together import each

import autodiff as ad


class Ears(ad.Recorder):
    """Everything that is heard, as (event, what)."""

    def __init__(self):
        self.heard = []

    def named(self, event):
        return [what for heard, *what in self.heard if heard == event]

    @property
    def ops(self):
        return [name for (name,) in self.named("op")]


class Ops(Ears):
    def on_op(self, op, inputs, params, output):
        self.heard.append(("op", op.name))


class All(Ops):
    def on_leaf(self, leaf, snapshot):
        self.heard.append(("leaf", leaf, snapshot))

    def on_edge(self, op, k, source, upstream, contribution):
        self.heard.append(("edge", op.name, k, source, upstream, contribution))

    def on_escape(self, box, how):
        self.heard.append(("escape", box, how))

    def on_assign(self, variable, value):
        self.heard.append(("assign", variable, value))

    def on_random(self, draw, result):
        self.heard.append(("random", draw, result))


def ops_of(function, *boxes):
    with Ops() as ears:
        function(*boxes)
    return ears.ops


# -- ops -------------------------------------------------------------------------------------------------------------------

t, w = ad.constant([[2.0, 1.0], [1.0, 3.0]]), ad.Variable([3.0, 1.0, 2.0])
v, u = ad.Value(2.0), ad.Value(0.5)
HEARD = {
    "operators": (lambda: -(w + 1.0) * w / 2.0, ["add", "negative", "multiply", "divide"]),
    "reflected operators": (lambda: 1.0 - 2.0 * w, ["multiply", "subtract"]),
    "an array on the left": (lambda: np.ones(3) * w, ["multiply"]),
    "matmul": (lambda: t @ t, ["matmul"]),
    "a ufunc": (lambda: np.tanh(w), ["tanh"]),
    "a numpy function": (lambda: np.sum(w), ["sum"]),
    "a public function": (lambda: ad.relu(w), ["relu"]),
    "a method": (lambda: w.sum(), ["sum"]),
    "an index": (lambda: w[0], ["getitem"]),
    "a list of boxes": (lambda: np.stack([w, w]), ["stack"]),
    "comparisons": (lambda: (w > 1.0, w == w), ["greater", "equal"]),
    "steps": (lambda: (np.floor(w), np.argmax(w), np.isnan(w)), ["floor", "argmax", "isnan"]),
    "several outputs": (lambda: np.linalg.eigh(t), ["eigh"]),
    "a decomposition": (lambda: ad.softplus(np.column_stack([w, w])), ["reshape", "reshape", "concatenate", "softplus"]),
    "Values": (lambda: v * u + 1.0, ["multiply", "add"]),
    "methods of a Value": (lambda: v.exp().relu(), ["exp", "relu"]),
    "ufuncs of a Value": (lambda: np.hypot(v, 3.0), ["hypot"]),
    "steps of a Value": (lambda: np.floor(v), ["floor"]),
    "a Value and an array": (lambda: v * w, ["multiply"]),
    "shapes and kinds": (lambda: (np.shape(w), np.ndim(v), w.dtype, len(w), repr(w), f"{v:.2f}"), []),
    "raw arrays": (lambda: (ad.tanh(np.ones(2)), ad.sum([1.0, 2.0])), []),
}  # fmt: skip


@pytest.mark.parametrize("around", [None, "outside", "inside"])
@each("act, expected", HEARD)
def test_ops_are_heard(act, expected, around):
    if around is None:
        assert ops_of(act) == expected
    elif around == "outside":
        with ad.Tape():
            assert ops_of(act) == expected
    else:
        with Ops() as ears, ad.Tape():
            act()
        assert ears.ops == expected


def test_an_op_is_told_with_its_inputs_params_and_output():
    told = []

    class Keep(ad.Recorder):
        def on_op(self, *event):
            told.append(event)

    with Keep():
        y = np.sum(w, axis=0)
        z = v - 3.0
        pair = np.linalg.eigh(t)
        mask = w > 2.0
    (a, b, c, d) = told
    assert a[1] == (w,) or a[1][0] is w
    assert a[2] == {"axis": 0} and a[3] is y
    assert b[1][0] is v and b[1][1] == 3.0 and b[2] == {} and b[3] is z
    assert c[0].name == "eigh" and len(c[3]) == 2 and all(x is y for x, y in zip(c[3], pair))
    assert d[0].name == "greater" and d[3] is mask and not d[0].differentiable


def test_the_ops_of_a_gradient_are_heard_when_it_is_asked_for_inside():
    with Ops() as ears, ad.Tape() as tape:
        y = w * w
        del ears.heard[:]
        tape.gradient(y, w)
    assert ears.ops == ["multiply", "multiply", "add"]
    with Ops() as ears:
        with ad.Tape() as tape:
            y = w * w
        del ears.heard[:]
        g = tape.gradient(y, w)
    assert ears.ops == ["multiply", "multiply", "add"] and g.tolist() == [6.0, 2.0, 4.0]
    with ad.Tape() as tape:
        y = v * v * u
    with Ops() as ears:
        assert tape.gradient(y, [v, u]) == [2.0, 4.0]
    assert "multiply" in ears.ops


# -- leaves, edges ---------------------------------------------------------------------------------------------------------


def test_leaves_are_heard_when_a_tape_reads_them():
    with All() as ears:
        w * 2.0
        assert not ears.named("leaf")
        with ad.Tape():
            y = w * v * w
        assert y.shape == (3,)
    (first, snapshot), (second, _) = ears.named("leaf")
    assert first is w and second is v
    assert snapshot is not w and snapshot.numpy().tolist() == w.numpy().tolist()


@pytest.mark.parametrize("leaf", [lambda: ad.Variable([3.0, 1.0]), lambda: ad.Value(3.0)], ids=["Variable", "Value"])
def test_edges(leaf):
    w = leaf()
    with ad.Tape(persistent=True) as tape:
        y = w * 2.0
        z = np.sum(y * y)
    with All() as ears:
        g = tape.gradient(z, w)
    edges = ears.named("edge")
    assert [(name, k) for name, k, *_ in edges][-3:] == [("multiply", 0), ("multiply", 1), ("multiply", 0)]
    _, _, source, upstream, contribution = edges[-1]
    np.testing.assert_allclose(np.asarray(contribution), np.asarray(g))
    np.testing.assert_allclose(np.asarray(upstream) * 2.0, np.asarray(contribution))
    assert edges[-2][2] is edges[-3][2] is y
    np.testing.assert_allclose(np.asarray(source), np.asarray(w))
    again = tape.gradient(z, w)  # nobody hears it now
    assert len(ears.named("edge")) == len(edges) and np.array_equal(np.asarray(again), np.asarray(g))


# -- escapes ---------------------------------------------------------------------------------------------------------------

ESCAPES = {
    "float": (lambda x: float(x), "float"), "int": (lambda x: int(x), "int"), "bool": (lambda x: bool(x), "bool"),
    "if": (lambda x: 1 if x else 2, "bool"), "not": (lambda x: not x, "bool"), "numpy": (lambda x: x.numpy(), "numpy"),
    "item": (lambda x: x.item(), "item"), "np.asarray": (lambda x: np.asarray(x), "__array__"),
    "data": (lambda x: x.data, "data"),
    "math": (lambda x: __import__("math").exp(x), "float"), "np.array of a list": (lambda x: np.array([x, 1.0]), None),
    "an item of an array": (lambda x: np.zeros(2).__setitem__(0, x), None), "np.float64": (lambda x: np.float64(x), None),
}  # fmt: skip
NUMBERS = {"Value": ad.Value(2.5), "0-d Variable": ad.Variable(2.5), "0-d Tensor": ad.constant(2.5)}


@pytest.mark.parametrize("box", NUMBERS.values(), ids=NUMBERS)
@pytest.mark.parametrize("act, how", ESCAPES.values(), ids=ESCAPES)
def test_a_number_that_leaves_is_heard(box, act, how):
    with All() as ears:
        act(box)
    assert ears.named("escape") and all(escaped is box for escaped, _ in ears.named("escape"))
    assert how is None or [h for _, h in ears.named("escape")] == [how]


def test_an_array_that_leaves_is_heard():
    for act, how in ((lambda: w.tolist(), "tolist"), (lambda: np.asarray(w), "__array__"), (lambda: np.array(w), "__array__"),
                     (lambda: w.numpy(), "numpy"), (lambda: w.data, "data"),
                     (lambda: np.ones(3).__setitem__(slice(None), w), None), (lambda: np.arange(4)[ad.constant(2)], None)):
        with All() as ears:
            act()
        assert [h for _, h in ears.named("escape")] == [how] or (how is None and ears.named("escape"))


def test_what_is_no_escape():
    with All() as ears:
        repr(w), str(v), f"{v:.3f}", w.shape, v.dtype, w > 1.0, v > 1.0, v == 2.0, len(w), np.shape(w), w[0], w.T
        with ad.Tape() as tape:
            y = np.sum(w * v)
        tape.gradient(y, [w, v])
        w.assign(w * 1.0)
        list(w)
    assert not ears.named("escape")


def test_a_recorder_that_hears_escapes_alone_costs_ops_nothing():
    class Escapes(Ears):
        def on_escape(self, box, how):
            self.heard.append(("escape", box, how))

    with Escapes() as ears:
        y = v * v
        assert float(y) == 4.0
    ((box, _),) = ears.named("escape")
    assert box is y and ears.ops == []


# -- assignments, draws ----------------------------------------------------------------------------------------------------

ASSIGNMENTS = {
    "Variable.assign": (lambda: ad.Variable([1.0, 2.0]), lambda x: x.assign([5.0, 6.0]), [5.0, 6.0]),
    "Variable.assign of a Tensor": (lambda: ad.Variable([1.0, 2.0]), lambda x: x.assign(ad.constant([5.0, 6.0])), [5.0, 6.0]),
    "Variable.assign_add": (lambda: ad.Variable([1.0, 2.0]), lambda x: x.assign_add([1.0, 1.0]), [2.0, 3.0]),
    "Variable.assign_sub": (lambda: ad.Variable([1.0, 2.0]), lambda x: x.assign_sub([1.0, 1.0]), [0.0, 1.0]),
    "Value.assign": (lambda: ad.Value(1.0), lambda x: x.assign(5), 5.0),
    "Value.data": (lambda: ad.Value(1.0), lambda x: setattr(x, "data", 5.0), 5.0),
    "Value.assign_add": (lambda: ad.Value(1.0), lambda x: x.assign_add(1.0), 2.0),
    "Value.assign_sub": (lambda: ad.Value(1.0), lambda x: x.assign_sub(1.0), 0.0),
}  # fmt: skip


@pytest.mark.parametrize("around", [False, True])
@pytest.mark.parametrize("make, act, expected", ASSIGNMENTS.values(), ids=ASSIGNMENTS)
def test_assignments_are_heard_once(make, act, expected, around):
    x = make()
    with All() as ears:
        if around:
            with ad.Tape():
                x * 2.0
                act(x)
        else:
            act(x)
    ((variable, value),) = ears.named("assign")
    assert variable is x and not isinstance(value, (ad.Tensor, ad.Value))
    assert np.asarray(value).tolist() == expected == np.asarray(x).tolist()
    act(x)
    assert len(ears.named("assign")) == 1


def test_draws_are_heard_and_can_be_drawn_again():
    rng = np.random.default_rng(0)
    with All() as ears:
        result = ad.random_draw(rng.normal, (2, 3), 1.0, 0.1)
    ((draw, told),) = ears.named("random")
    assert told is result and result.shape == draw().shape == (2, 3) and draw.func == rng.normal
    assert np.array_equal(result, np.random.default_rng(0).normal(1.0, 0.1, (2, 3)))


# -- who hears whom --------------------------------------------------------------------------------------------------------


class Computing(Ops):
    """It computes, reads numbers, opens a tape and assigns, whatever it hears."""

    def on_op(self, op, inputs, params, output):
        super().on_op(op, inputs, params, output)
        self.act()

    def on_escape(self, box, how):
        self.heard.append(("escape", box, how))
        self.act()

    def on_assign(self, variable, value):
        self.heard.append(("assign", variable, value))
        self.act()

    def on_leaf(self, leaf, snapshot):
        self.heard.append(("leaf", leaf, snapshot))
        self.act()

    def on_edge(self, *edge):
        self.heard.append(("edge", *edge))
        self.act()

    def act(self):
        y = ad.Variable([1.0, 2.0])
        with ad.Tape() as tape:
            z = np.exp(y)
        float(np.sum(tape.gradient(z, y))), y.numpy(), float(v), y.assign([3.0, 4.0])


def acts(leaf):
    with ad.Tape() as tape:
        y = np.tanh(leaf)
    np.asarray(y)
    tape.gradient(y, leaf)
    leaf.assign(leaf * 1.0)


@pytest.mark.parametrize("leaf", [lambda: ad.Variable([1.0, 2.0]), lambda: ad.Value(1.0)], ids=["Variable", "Value"])
def test_what_a_recorder_computes_is_heard_by_the_outer_and_not_by_itself(leaf):
    with All() as alone:
        acts(leaf())
    with Computing() as outer, All() as inner:
        acts(leaf())
    assert [event[:2] for event in outer.heard if event[0] == "op"] == [event[:2] for event in alone.heard if event[0] == "op"]
    for event in ("op", "leaf", "edge", "escape", "assign"):
        assert len(outer.named(event)) == len(alone.named(event)) == len(inner.named(event)) > 0, event
    with All() as outer, Computing() as inner:
        acts(leaf())
    calls = len(inner.heard)
    assert len(outer.named("assign")) == len(alone.named("assign")) + calls
    assert outer.ops.count("exp") >= calls and len(outer.named("escape")) == len(alone.named("escape"))
    for event in ("op", "leaf", "edge", "escape", "assign"):
        assert len(inner.named(event)) == len(alone.named(event)), event


def test_a_recorder_may_close_itself_in_a_callback():
    class Once(Ops):
        def on_op(self, op, inputs, params, output):
            super().on_op(op, inputs, params, output)
            self.__exit__()

    with Ops() as outer:
        once = Once()
        once.__enter__()
        y = w * 2.0 + 1.0
        assert once.ops == ["multiply"] and outer.ops == ["multiply", "add"]
    assert y.shape == (3,) and ops_of(lambda: w * 2.0) == ["multiply"]
    assert once.ops == ["multiply"]


def test_a_tape_outside_records_what_a_recorder_inside_computes():
    kept = []

    class Squares(ad.Recorder):
        def on_op(self, op, inputs, params, output):
            kept.append(output * output)

    with ad.Tape() as tape, Squares():
        v * 3.0
    assert float(tape.gradient(kept[0], v)) == 2 * 9 * 2.0
    kept.clear()
    with Squares(), ad.Tape() as tape:  # and a tape inside does not
        v * 3.0
    assert tape.gradient(kept[0], v) is None


@pytest.mark.parametrize("event", ["op", "leaf", "escape", "assign", "random", "edge"])
def test_an_exception_in_a_callback_leaves_nothing_open(event):
    class Trap(All):
        pass

    def stop(*args):
        raise ZeroDivisionError

    setattr(Trap, f"on_{event}", stop)
    x = ad.Variable([1.0, 2.0])
    acts = {
        "op": lambda: x * 2.0, "leaf": lambda: x * 2.0, "escape": lambda: x.numpy(), "assign": lambda: x.assign([1.0, 2.0]),
        "random": lambda: ad.random_draw(np.random.default_rng().normal, 2),
    }  # fmt: skip
    with pytest.raises(ZeroDivisionError), Ops() as outer, Trap(), ad.Tape() as tape:
        y = x * 2.0
        tape.gradient(y, x)
        acts[event]()
    assert len(outer.heard) >= 0
    before = len(outer.heard)
    with ad.Tape() as tape:
        y = np.sum(x * x)
    assert tape.gradient(y, x).tolist() == [2.0, 4.0] and len(outer.heard) == before
    assert ops_of(lambda: x * 2.0) == ["multiply"]
    assert (x - 1.0).trainable  # outside every tape


@pytest.mark.parametrize("event", ["op", "leaf", "escape", "assign", "edge", "random"])
def test_a_callback_may_read_the_numbers_and_compute(event):
    """It hears nothing of what it does itself."""

    class Reader(ad.Recorder):
        depth = most = 0

        def read(self, *boxes):
            self.depth += 1
            self.most = max(self.most, self.depth)
            for box in boxes:
                if isinstance(box, (ad.Tensor, ad.Value)):
                    np.sum(box * 2.0).numpy(), np.asarray(box), box.item() if box.size == 1 else box.tolist()
            self.depth -= 1

    def heard(self, *args):
        self.read(*args)

    setattr(Reader, f"on_{event}", heard)
    x = ad.Variable([1.0, 2.0])
    with Reader() as reader:
        with ad.Tape() as tape:
            y = np.sum(x * x)
        tape.gradient(y, x)
        x.numpy()
        x.assign([3.0, 4.0])
        ad.random_draw(np.random.default_rng().normal, 2)
    assert reader.most == 1


def test_a_recorder_can_be_used_again_and_not_entered_twice():
    ears = Ops()
    for _ in range(2):
        with ears:
            w * 2.0
            with pytest.raises(ValueError, match="listening already"), ears:
                pass
        w * 2.0
    assert ears.ops == ["multiply"] * 2


def test_recorders_and_tapes_may_close_in_any_order():
    ears, tape = Ops(), ad.Tape()
    ears.__enter__()
    tape.__enter__()
    y = w * w
    ears.__exit__()
    z = y * w
    tape.__exit__()
    assert ears.ops == ["multiply"] and tape.gradient(z, w).tolist() == (3 * w.numpy() ** 2).tolist()
    tape.__enter__()
    ears.__enter__()
    y = w * w
    tape.__exit__()
    z = y * w
    ears.__exit__()
    assert ears.ops == ["multiply"] * 3 and tape.gradient(y, w).tolist() == (2 * w.numpy()).tolist()


# -- nothing is kept -------------------------------------------------------------------------------------------------------


def growth(act, times):
    """The bytes that `act`, once warm, adds when it runs so many times."""
    act(20)
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    act(times)
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return after - before


class Counting(ad.Recorder):
    count = 0

    def on_op(self, op, inputs, params, output):
        self.count += 1


@pytest.mark.parametrize("x", [ad.Variable([1.0, 2.0]), ad.Value(0.5)], ids=["Variable", "Value"])
def test_a_recorder_without_a_tape_keeps_nothing(x):
    with Counting() as counting:
        assert growth(lambda times: [None for _ in range(times) if x * 1.5 is None], 5_000) < 3_000
    assert counting.count == 5_020


@pytest.mark.parametrize("leaf", [lambda: ad.Variable([1.0, 2.0]), lambda: ad.Value(0.5)], ids=["Variable", "Value"])
def test_training_under_a_recorder_keeps_no_nodes(leaf):
    graphs = []

    def train(times):
        w = leaf()
        for _ in range(times):
            with ad.Tape() as tape:
                loss = np.sum(np.tanh(w * w))
            graphs.append(weakref.ref(tape._anchor))
            w = w - 0.1 * tape.gradient(loss, w)
            assert w.trainable

    with Counting():
        assert growth(train, 300) < 300 * 200  # the weak references themselves
        assert not [ref for ref in graphs if ref() is not None]


def test_a_recorder_under_an_outer_tape_adds_nothing_to_it():
    with ad.Tape() as tape:
        x = w * 2.0
        with Counting():
            x = x * 3.0
        y = x * 4.0
    assert len(tape.graph.nodes) == 4 and tape.gradient(y, w).tolist() == [24.0] * 3


@pytest.mark.parametrize("leaf", [lambda: ad.Variable([1.0, 2.0]), lambda: ad.Value(3.0)], ids=["Variable", "Value"])
@pytest.mark.parametrize("ears", [Ops, All, ad.Recorder])
def test_a_tape_that_pauses_under_a_recorder_records_nothing(leaf, ears):
    w = leaf()
    with ad.Tape(persistent=True) as tape, ears():
        y = w * w
        with tape.stop_recording():
            q = y * 2.0
        z = q + y
        again = y * w
    assert np.all(tape.gradient(z, w).numpy() == 2.0 * w.numpy())
    assert np.all(tape.gradient(again, w).numpy() == 3.0 * w.numpy() ** 2)


def test_a_tape_may_override_events():
    class Loud(ad.Tape):
        def __init__(self):
            super().__init__()
            self.names = []

        def on_op(self, op, inputs, params, output):
            self.names.append(op.name)

    with Loud() as tape:
        y = ad.tanh(w) * 2.0
    assert tape.names == ["tanh", "multiply"] and tape.gradient(y, w) is not None


def test_a_recorder_whose_callback_opens_a_tape_hears_on():
    class Differentiating(ad.Recorder):
        heard = ()

        def on_op(self, op, inputs, params, output):
            with ad.Tape() as tape:
                y = ad.Value(2.0) ** 2
            assert tape.gradient(y, ad.Value(1.0)) is None
            self.heard = (*self.heard, op.name)

    x = ad.Variable(2.0)
    with ad.Tape() as tape, Differentiating() as recorder:
        y = np.exp(x * x)
    assert recorder.heard == ("multiply", "exp") and tape.gradient(y, x) is not None
