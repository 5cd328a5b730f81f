"""Who notes call sites, when, and what is kept of the frames."""

import asyncio
import gc
import threading
import weakref

import numpy as np
import pytest

import autodiff as ad
from autodiff.drawing.subject import graph_of
from autodiff.failures.stack import Site


class Held:
    """Something that a function has while it runs."""


def layer(x, w):
    z = x * w
    return ad.tanh(z)


def named(tape, target):
    return {node.name: node.group for node in graph_of(tape, (target,), {}, True).nodes if node.op and node.name}


def test_a_plain_tape_notes_nothing():
    w = ad.Value(2.0)
    with ad.Tape(persistent=True) as tape:
        y = layer(w, w)
    assert not tape.graph.call_sites and not tape.graph.observers and named(tape, y) == {}


@pytest.mark.parametrize("option", ["lines", "debug"])
def test_one_mechanism_notes_the_sites_of_pictures_and_of_errors(option):
    w, v = ad.Value(2.0), ad.Variable([1.0, 2.0])
    with ad.Tape(persistent=True, **{option: True}) as tape:
        y = layer(w, w)
        total = np.sum(layer(v, y))
    assert named(tape, total) == {"y": "layer (y)", "z": "layer (2)", "layer": "layer (2)", "total": ""}
    sites = list(tape.graph.call_sites.values())
    assert all(isinstance(site, Site) for site in sites)
    assert [site.expression for site in sites[:2]] == ["x * w", "ad.tanh(z)"]
    with pytest.raises(ad.NonFiniteError, match=r"in layer\n *z = x \* w\n"), ad.debug():
        layer(v, np.array([np.nan, 1.0]))


def test_no_frame_is_kept():
    """While the tape is open the last call's frame may be; after it none is, whether it ended well or not."""
    def work(x):
        held = Held()
        kept.append(weakref.ref(held))
        y = x * 2.0
        if fail:
            raise ValueError("stop")
        return y

    w, kept = ad.Value(1.0), []
    for fail in (False, True):
        try:
            with ad.Tape(persistent=True, lines=True) as tape:
                work(w)
                work(w)
        except ValueError:
            pass
        gc.collect()
        assert tape.persistent and all(ref() is None for ref in kept), fail


def test_a_tape_that_its_function_left_open():
    tape, w = ad.Tape(persistent=True, lines=True), ad.Value(2.0)

    def begin():
        tape.__enter__()

    begin()
    y = layer(w, w)
    loss = y * 2.0
    tape.__exit__(None, None, None)
    assert named(tape, loss) == {"z": "layer", "y": "layer", "loss": ""}


def test_what_called_the_function_that_opened_the_tape_is_not_noted():
    w = ad.Value(2.0)

    def deep(n):
        if n:
            return deep(n - 1) if n % 2 else other(n - 1)
        with ad.Tape(persistent=True, lines=True) as tape:
            loss = layer(w, w) + layer(w, w)
        return tape, loss

    def other(n):
        return deep(n)

    tape, loss = deep(30)
    assert {node.group for node in graph_of(tape, (loss,), {}, True).nodes if node.op} == {"", "layer (1)", "layer (2)"}
    assert all(site.call.caller is None or site.call.caller.call.caller is None for site in tape.graph.call_sites.values())


def test_threads_and_tasks_have_stacks_of_their_own():
    w, found = ad.Value(2.0), {}

    def work(k):
        with ad.Tape(persistent=True, lines=True) as tape:
            h = w
            for _ in range(20):
                h = layer(h, w)
        found[k] = sorted(named(tape, h))

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4 and all(names == found[0] for names in found.values()) and "h at step 19" in found[0]

    async def task(k):
        with ad.Tape(persistent=True, lines=True) as tape:
            h = w
            for _ in range(3):
                await asyncio.sleep(0)
                h = layer(h, w)
        return sorted(named(tape, h))

    async def together():
        return await asyncio.gather(task(0), task(1))

    one, other = asyncio.run(together())
    assert one == other == ["h at step 0", "h at step 1", "h at step 2", "z"]


def test_two_tapes_note_for_each_other():
    w = ad.Value(2.0)
    with ad.Tape(persistent=True, lines=True) as outer:
        with ad.Tape(persistent=True, lines=True) as inner:
            y = layer(w, w)
        slope = inner.gradient(y, w)
        curve = slope * 2.0
    assert named(inner, y) == {"z": "", "y": ""} and {"slope", "curve"} <= set(named(outer, curve))


def test_a_call_is_one_call_to_two_tapes():
    w = ad.Value(2.0)

    def both(x):
        z = x * w
        with ad.Tape(persistent=True, lines=True):
            z = z * w
            z = z + 1.0
        return z * 2.0

    with ad.Tape(persistent=True, lines=True) as tape:
        loss = both(w) + both(w)
    assert {node.group for node in graph_of(tape, (loss,), {}, True).nodes if node.op} == {"", "both (1)", "both (2)"}


def test_others_hear_too():
    heard = []

    class Hearing(ad.Recorder):
        def on_op(self, op, inputs, params, output):
            heard.append(op.name)

    w = ad.Value(2.0)
    with ad.Tape(persistent=True, lines=True) as tape, Hearing():
        y = layer(w, w)
        loss = y * 2.0
    assert heard == ["multiply", "tanh", "multiply"] and named(tape, loss) == {"z": "layer", "y": "layer", "loss": ""}


def test_without_source_there_are_functions_and_no_names():
    space = {"ad": ad, "w": ad.Value(2.0)}
    with ad.Tape(persistent=True, lines=True) as tape:
        exec("def f(x):\n    z = x * x\n    return ad.tanh(z)\ny = f(f(w)) + 1.0", space)
    graph = graph_of(tape, (space["y"],), {}, True)
    assert {node.group for node in graph.nodes if node.op} == {"", "f (1)", "f (2)"}
    assert not any(node.name for node in graph.nodes)


def test_a_source_that_has_changed_gives_no_wrong_names(tmp_path):
    file = tmp_path / "program.py"
    text = "def f(x):\n    z = x * x\n    return z + 1.0\n"
    file.write_text("def g(p):\n    q = p * p\n    return q + 1.0\n")
    space = {}
    exec(compile(text, str(file), "exec"), space)
    w = ad.Value(2.0)
    with ad.Tape(persistent=True, lines=True) as tape:
        y = space["f"](w)
    assert "q" not in named(tape, y)


def test_a_loop_of_many_turns_keeps_none_of_its_values():
    kept = []

    def work(h):
        for thing in [Held() for _ in range(3)]:
            kept.append(weakref.ref(thing))
            h = h * 2.0

    with ad.Tape(persistent=True, lines=True) as tape:
        work(ad.Value(1.0))
    gc.collect()
    assert tape.persistent and all(ref() is None for ref in kept)
