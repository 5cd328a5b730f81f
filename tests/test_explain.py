"""tape.explain: each way of getting None or zero has its reason, its line, and what to do."""

import re
from pathlib import Path

import numpy as np
import pytest

import autodiff as ad
import nn

LINES = Path(__file__).read_text().splitlines()


def line_of(mark):
    """The number of the line that ends with `# mark`."""
    return 1 + next(k for k, line in enumerate(LINES) if line.endswith(f"# {mark}"))


w, b, x = ad.Variable([1.0, 2.0], name="w"), ad.Variable(0.5, name="b"), ad.constant([3.0, 4.0], name="x")


def not_watched(tape):
    with tape:
        y = np.sum(w * x)
    return y, x


def not_watched_unasked(tape):
    tape.watch_accessed_variables = False
    with tape:
        tape.watch(b)
        y = np.sum(w * b)
    return y, w


def watched_too_late(tape):
    with tape:
        y = np.sum(w * x)
        tape.watch(x)
    return y, x


def integer(tape):
    with tape:
        y = np.sum(w * 2.0)
    return y, ad.Variable([1, 2], trainable=False)


def integer_target(tape):
    with tape:
        y = (w * 2.0).astype(int)
    return y, w


def numpy_taken(tape):
    with tape:
        y = np.sum((w * 2.0).numpy()) * b  # numpy
    return y, w


def item_taken(tape):
    with tape:
        y = np.sum(w).item() * b  # item
    return y, w


def leaf_read(tape):
    with tape:
        y = np.sum(w.tolist()) * b  # tolist
    return y, w


def stopped(tape):
    with tape:
        y = np.sum(ad.stop_gradient(w * w) * b)  # stop
    return y, w


def paused(tape):
    with tape:
        h = w * 2.0
        with tape.stop_recording():  # pause
            h = h * h
        y = np.sum(h * b)
    return y, w


def paused_from_the_leaf(tape):
    with tape:
        with tape.stop_recording():  # pause of a leaf
            h = w * w
        y = np.sum(h * b)
    return y, w


def stepped(tape):
    with tape:
        y = np.sum(np.floor(w * 2.0) * b)  # floor
    return y, w


def compared(tape):
    with tape:
        y = np.sum((w > 1.5) * b)  # greater
    return y, w


def chosen(tape):
    with tape:
        y = b * np.argmax(w)  # argmax
    return y, w


def assigned(tape):
    v = ad.Variable(0.0)
    with tape:
        v.assign(np.sum(w * 2.0))  # assign
        y = v * v
    return y, w


def before(tape):
    h = w * w
    with tape:
        y = np.sum(h * b)
    return y, w


def after(tape):
    with tape:
        h = np.sum(w * w)
    y = h * 2.0
    return y, w


def unrelated(tape):
    with tape:
        y, z = np.sum(w * 2.0), b * 3.0
    del z
    return y, b


def unused(tape):
    with tape:
        y = np.sum(w * 2.0)
    return y, b


def outside(tape):
    with tape:
        pass
    return ad.stop_gradient(np.sum(w * 2.0)), w


def unwatched(tape):
    with tape:
        y = np.sum(x * x)
    return y, x


def computed_outside(tape):
    h = x * 2.0
    with tape:
        y = np.sum(w * w)
    return y, h


def rebound(tape):
    v = ad.Variable([1.0, 2.0])
    with tape:
        y = np.sum(v * v)
    v = v - 0.1
    return y, v


def rebound_by_name(tape):
    with tape:
        y = np.sum(w * w)
    return y, ad.Variable([0.0, 0.0], name="w")


def forgotten(tape):
    with tape:
        y = np.sum(w * w)
        tape.reset()  # reset
    return y, w


def dead(tape):
    with tape:
        y = np.sum(ad.relu(-x * x) * w)
        y = y + np.sum(ad.relu(-w * w))
    return y, w


def alive(tape):
    with tape:
        y = np.sum(w * w)
    return y, w


CASES = {  # a program: the reason, the mark of its line, what the text says
    not_watched: ("not watched", None, "x is a constant of `multiply`.*tape.watch(x)"),
    not_watched_unasked: ("not watched", None, "does not watch variables unasked"),
    watched_too_late: ("watched too late", None, "x was watched, but nothing was computed from it after that"),
    integer_target: ("integer", None, "y has dtype int64"),
    numpy_taken: ("escaped", "numpy", "numpy() took the plain numbers of the result of `multiply`"),
    item_taken: ("escaped", "item", "item() took the plain numbers of the result of `sum`"),
    leaf_read: ("escaped", "tolist", "tolist() took the plain numbers of w"),
    stopped: ("stop_gradient", "stop", "makes a constant of the result of `multiply`"),
    paused: ("stop_recording", "pause", "Perhaps it happened in the stop_recording block"),
    paused_from_the_leaf: ("stop_recording", "pause of a leaf", "w was not recorded"),
    stepped: ("derivative zero", "floor", "`floor` of the result of `multiply`.*grad_pass_through"),
    compared: ("derivative zero", "greater", "`greater` of w"),
    chosen: ("derivative zero", "argmax", "`argmax` of w"),
    assigned: ("assigned", "assign", "keeps the numbers alone"),
    before: ("not used", None, "w was not used inside the block"),
    after: ("outside", None, "y was not recorded.*The last thing computed from it is the result of `sum`"),
    unrelated: ("no path", None, "Nothing that was computed from b reaches y"),
    unused: ("not used", None, "b was not used"),
    outside: ("outside", None, "y was not recorded by this tape, and w was not used inside its block"),
    unwatched: ("not watched", None, "x is not watched, so what is computed from it was not recorded"),
    computed_outside: ("outside", None, "was not recorded by this tape"),
    rebound: ("rebound", None, "another object than the Variable of shape (2,)"),
    rebound_by_name: ("rebound", None, "another object than the Variable of shape (2,)"),
    forgotten: ("reset", "reset", "tape.reset() forgot"),
}


@pytest.mark.parametrize("program", CASES, ids=lambda program: program.__name__)
@pytest.mark.parametrize("asked", ["before the gradient", "after it", "of a persistent tape"])
def test_a_gradient_of_none_is_explained(program, asked):
    reason, mark, says = CASES[program]
    tape = ad.Tape(persistent=asked == "of a persistent tape")
    y, source = program(tape)
    if asked != "before the gradient":
        assert tape.gradient(y, source) is None
    found = tape.explain(y, source)
    assert found.reason == reason, found
    pattern = re.escape(says).replace(r"\.\*", ".*")
    text = str(found).replace(f"the Tensor of shape {np.shape(y)}", "y").replace("the target", "y")
    assert re.search(pattern, text, re.DOTALL), text
    assert str(found).splitlines()[-1].startswith("Try: "), found
    assert (found.place is None) == (mark is None)
    if mark is not None:
        assert found.place == (__file__, line_of(mark)) and f"test_explain.py:{line_of(mark)}" in str(found)


def test_what_is_connected_is_said_to_be():
    y, source = alive(tape := ad.Tape())
    assert tape.explain(y, source).reason == "connected"
    assert tape.gradient(y, source) is not None
    assert tape.explain(y, source).reason == "used"
    assert "test_explain.py" in str(tape.explain(y, source))


def test_a_gradient_of_zero_is_explained():
    y, source = dead(tape := ad.Tape())
    found = tape.explain(y, source)
    assert found.reason == "zero" and "Nothing comes through relu" in str(found)


def test_structures_of_sources_and_targets():
    with ad.Tape() as tape:
        y = np.sum(w * w)
    found = tape.explain({"y": y}, {"w": w, "rest": [b]})
    assert found["w"].reason == "connected" and found["rest"][0].reason == "not used"
    assert repr(found["w"]) == str(found["w"])


def test_it_names_what_the_user_calls_things():
    weights = ad.Variable([1.0, 2.0])
    with ad.Tape() as tape:
        hidden = weights * 2.0
        loss = np.sum(hidden.numpy()) * b
    assert "loss gets nothing from weights. The way from it ends here:" in str(tape.explain(loss, weights))
    assert "took the plain numbers of hidden" in str(tape.explain(loss, weights))
    assert tape.explain(loss, weights).nearest is not None


def test_unconnected_raise_says_the_same():
    y, source = stepped(tape := ad.Tape())
    with pytest.raises(ValueError, match=r"(?s)does not depend on a source.*test_explain.py:\d+: `floor` of .*Try: "):
        tape.gradient(y, source, unconnected_gradients="raise")
    y, source = stepped(tape := ad.Tape())
    with pytest.raises(ValueError, match=r"(?s)`floor`"):
        tape.jacobian(y, source, unconnected_gradients="raise")


def test_an_optimizer_that_is_handed_none_says_the_same():
    y, source = numpy_taken(tape := ad.Tape())
    gradient = tape.gradient(y, source)
    with pytest.raises(ValueError, match=r"(?s)No gradients provided.*w\..*: numpy\(\) took .*Try: Compute with the result"):
        nn.optimizers.SGD(0.1).apply_gradients([(gradient, source)])
    with pytest.warns(UserWarning, match=r"(?s)do not exist for variables w.*numpy\(\) took"):
        nn.optimizers.SGD(0.1).apply_gradients([(gradient, source), (ad.constant(1.0), b)])


def test_nothing_is_kept_for_a_tape_that_is_gone():
    y, source = numpy_taken(tape := ad.Tape())
    tape.gradient(y, source)
    del tape
    assert ad.why_none(source) == ""


def test_a_target_that_is_a_plain_number_says_where_it_left():
    with ad.Tape() as tape:
        y = np.sum((w * 2.0).numpy())  # plain target
    with pytest.raises(TypeError, match=r"The target is np\.float64") as caught:
        tape.gradient(y, w)
    assert f"test_explain.py:{line_of('plain target')}" in caught.value.__notes__[0]


def test_of_values():
    v, u = ad.Value(2.0, name="v"), ad.Value(3.0, name="u")
    with ad.Tape() as tape:
        y = v.item() * u
    assert tape.gradient(y, v) is None and tape.explain(y, v).reason == "escaped"
    with ad.Tape() as tape:
        y = np.floor(v) * u
    assert tape.gradient(y, v) is None and tape.explain(y, v).reason == "derivative zero"


def test_what_nn_reads_for_its_own_purposes_is_no_reason():
    model = nn.Sequential([nn.Dense(3, "relu"), nn.BatchNormalization(), nn.Dense(1)])
    inputs = np.ones((4, 2), np.float32)
    model(inputs)
    with ad.Tape(persistent=True) as tape:
        loss = nn.losses.binary_crossentropy(np.ones((4, 1)), ad.sigmoid(model(inputs, training=True)))
        loss = np.mean(loss)
    assert tape.gradient(loss, b) is None
    assert tape.graph.cuts == [] and tape.explain(loss, b).reason == "not used"


def test_a_loop_keeps_few_of_its_cuts():
    with ad.Tape(persistent=True) as tape:
        for _ in range(3000):
            h = w * 2.0
            h.numpy()
        y = np.sum(ad.stop_gradient(h)) * b
    assert len(tape.graph.cuts) == 21 and tape.explain(y, w).reason == "stop_gradient"


def test_what_is_logged_does_not_hide_the_cause():
    with ad.Tape(persistent=True) as tape:
        h = ad.stop_gradient(w * 3.0)
        log = (w * 3.0).numpy()
        hits = w > 1.0
        y = np.sum(h) * b
    found = tape.explain(y, w)
    assert found.reason == "stop_gradient" and "Ways from it end here" in str(found) and "numpy()" in str(found)
    assert "`greater`" in str(found) and log.size == hits.size


def test_of_a_gradient_that_arrives_in_part_the_cuts_are_told():
    with ad.Tape() as tape:
        y = np.sum(w * ad.stop_gradient(w)) * np.mean(w > 0.0)  # in part
    found = tape.explain(y, w)
    assert found.reason == "connected" and "A part of it may be missing" in str(found)
    assert found.place == (__file__, line_of("in part")) and "greater" not in str(found)
