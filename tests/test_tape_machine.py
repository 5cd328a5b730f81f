"""Tapes as a state machine: whatever is opened, closed, nested, paused, reset, watched, assigned, raised and asked, in any
order, in any thread or task, a tape answers what a small model of it (tape_model.py) says: a number, None, or an error."""

import contextlib
import contextvars
import logging
import math
import queue
import threading
from dataclasses import replace

import numpy as np
import pytest
import tape_model
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

import autodiff as ad
from autodiff.core.listening import active, current

LARGEST = 1e6
NUMBERS = st.sampled_from([1.0, 2.0, -1.0, 0.5, 3.0, -1.5])
MAKE = {
    "Value": (lambda x: ad.Value(x), True, True), "Variable": (lambda x: ad.Variable(x), True, True),
    "constant": (lambda x: ad.constant(x), False, False),
    "untrainable": (lambda x: ad.Variable(x, trainable=False), False, True),
}  # fmt: skip
OPERATIONS = {"add": np.add, "subtract": np.subtract, "multiply": np.multiply}
NAMES = st.sampled_from(list(OPERATIONS))
FUNCTIONS = {"negative": np.negative, "square": np.square}


def setup_module():
    logging.getLogger("autodiff").setLevel(logging.ERROR)  # no word about gradients that are recorded


def teardown_module():
    logging.getLogger("autodiff").setLevel(logging.NOTSET)


class Box:
    """A box and the number that it is in the model."""

    def __init__(self, real, model):
        self.real, self.model = real, model

    def __repr__(self):
        return f"<{type(self.real).__name__} {self.real.item()}>"


class Tape:
    def __init__(self, real, model):
        self.real, self.model, self.blocks, self.pauses = real, model, [], []

    def block(self):
        with self.real:
            yield

    def pause(self):
        with self.real.stop_recording():
            yield


def end(generators, how):
    """Leave the last block: at its end, by an error inside it, because its generator is closed early, or because nobody refers
    to it any more."""
    if how == "its end":
        assert next(generators.pop(), "ended") == "ended"
    elif how == "an error":
        with pytest.raises(KeyError):
            generators.pop().throw(KeyError("in the block"))
    elif how == "closed early":
        generators.pop().close()
    else:
        del generators[-1]


WAYS_OUT = st.sampled_from(["its end", "an error", "closed early", "let go"])


class TapeMachine(RuleBasedStateMachine):
    boxes, tapes = Bundle("boxes"), Bundle("tapes")

    def __init__(self):
        super().__init__()
        self.world, self.all_boxes, self.all_tapes = tape_model.World(), [], []

    def both(self, model, real):
        """Do it in the model and in earnest. What the model refuses is refused, by the same kind of error."""
        try:
            expected = model()
        except tape_model.Refused as refused:
            with pytest.raises(refused.args[0]):
                self.here(real)
            return None
        return expected, self.here(real)

    def here(self, function):
        """Call a function of the engine where things happen now; see Places."""
        return function()

    # -- numbers

    @initialize(target=boxes, kinds=st.permutations(list(MAKE)))
    def make_two(self, kinds):
        return multiple(*[self.box(*self.made(kind, 2.0)) for kind in kinds[:2]])

    @rule(target=boxes, kind=st.sampled_from(list(MAKE)), x=NUMBERS)
    def make(self, kind, x):
        return self.box(*self.made(kind, x))

    def made(self, kind, x):
        make, trainable, changes = MAKE[kind]
        return self.here(lambda: make(x)), tape_model.Number(x, trainable, changes)

    def box(self, real, number):
        self.all_boxes.append(Box(real, number))
        return self.all_boxes[-1]

    @rule(target=boxes, name=NAMES, a=boxes, b=st.one_of(boxes, NUMBERS))
    def operate(self, name, a, b):
        pair = [x.model if isinstance(x, Box) else x for x in (a, b)]
        if abs(tape_model.FORWARD[name](*[getattr(x, "value", x) for x in pair])) > LARGEST:
            return multiple()
        y = self.world.operate(name, *pair)
        return self.box(self.here(lambda: OPERATIONS[name](a.real, b.real if isinstance(b, Box) else b)), y)

    @rule(target=boxes, name=st.sampled_from(list(FUNCTIONS)), a=boxes)
    def function(self, name, a):
        if abs(a.model.value) > 1e3:
            return multiple()
        return self.box(self.here(lambda: FUNCTIONS[name](a.real)), self.world.operate(name, a.model))

    @rule(box=boxes, x=NUMBERS, method=st.sampled_from(["assign", "assign_add", "assign_sub"]))
    def assign(self, box, x, method):
        if box.model.changes:
            self.here(lambda: getattr(box.real, method)(x))
            box.model.value = {"assign": x, "assign_add": box.model.value + x, "assign_sub": box.model.value - x}[method]

    # -- tapes

    @initialize(target=tapes)
    def make_two_tapes(self):
        return multiple(self.tape(True, True), self.tape(True, True))

    @rule(target=tapes, persistent=st.booleans(), accessed=st.sampled_from([True, True, False]))
    def make_tape(self, persistent, accessed):
        return self.tape(persistent, accessed)

    def tape(self, persistent, accessed):
        tape = Tape(ad.Tape(persistent, accessed), tape_model.Tape(persistent, accessed))
        self.world.tapes.append(tape.model)
        self.all_tapes.append(tape)
        return tape

    @rule(tape=tapes)
    def enter(self, tape):
        block = tape.block()
        if self.both(lambda: self.world.enter(tape.model), lambda: next(block)):
            tape.blocks.append(block)

    @rule(tape=tapes, how=WAYS_OUT)
    def leave(self, tape, how):
        if tape.blocks:
            self.world.leave(tape.model)
            self.here(lambda: end(tape.blocks, how))

    @rule(target=boxes, tape=tapes, watched=st.none() | boxes, name=NAMES, a=boxes, b=boxes, how=WAYS_OUT)
    def in_a_block(self, tape, watched, name, a, b, how):
        """`with tape: tape.watch(watched); y = a * b`, where the tape can be entered."""
        self.enter(tape)
        if watched is not None:
            self.watch(tape, watched)
        y = self.operate(name, a, b)
        self.leave(tape, how)
        return y

    @rule(target=boxes, outer=tapes, watched=st.none() | boxes, tape=tapes, y=boxes, x=boxes)
    def gradient_in_a_block(self, outer, watched, tape, y, x):
        """`with outer: outer.watch(watched); g = tape.gradient(y, x)`."""
        self.enter(outer)
        if watched is not None:
            self.watch(outer, watched)
        g = self.gradient(tape, [y], [x])
        self.leave(outer, "its end")
        return g

    @rule(target=boxes, tape=tapes, name=NAMES, a=boxes, b=boxes, how=WAYS_OUT)
    def in_a_pause(self, tape, name, a, b, how):
        """`with tape.stop_recording(): y = a * b`."""
        self.pause(tape)
        y = self.operate(name, a, b)
        self.resume(tape, how)
        return y

    @rule(tape=tapes)
    def pause(self, tape):
        pause = tape.pause()
        if self.both(lambda: self.world.pause(tape.model), lambda: next(pause)):
            tape.pauses.append(pause)

    @rule(tape=tapes, how=WAYS_OUT)
    def resume(self, tape, how):
        if tape.pauses:
            self.world.resume(tape.model)
            self.here(lambda: end(tape.pauses, how))

    @rule(tape=tapes)
    def reset(self, tape):
        self.both(lambda: self.world.reset(tape.model), tape.real.reset)

    @rule(tape=tapes, box=boxes)
    def watch(self, tape, box):
        self.world.watch(tape.model, box.model)
        self.here(lambda: tape.real.watch(box.real))

    @rule(target=boxes, tape=tapes, ys=st.lists(boxes, min_size=1, max_size=2), xs=st.lists(boxes, min_size=1, max_size=3))
    def gradient(self, tape, ys, xs):
        answers = self.ask(tape, ys, xs)
        if answers is None:
            return multiple()
        self.compare_states()
        new = {id(g): (g, number) for number, g in zip(*answers) if g is not None and abs(number.value) < LARGEST}
        return multiple(*[self.box(g, replace(number)) for g, number in new.values()])

    def ask(self, tape, ys, xs):
        """What the model and the tape say, which is the same; None if both refuse."""
        answers = self.both(
            lambda: self.world.gradient(tape.model, [y.model for y in ys], [x.model for x in xs]),
            lambda: tape.real.gradient([y.real for y in ys], [x.real for x in xs]),
        )
        for expected, found in zip(*answers or ((), ())):
            assert (found is None) == (expected is None), f"it is {found}, and should be {expected and expected.value}"
            assert found is None or math.isclose(found.item(), expected.value, rel_tol=1e-9, abs_tol=1e-9)
        return answers

    def compare_states(self):
        """What the tapes say of themselves. (They may watch results too; only what can be assigned to is compared.)"""
        leaves = [box for box in self.all_boxes if box.model.changes]
        for tape in self.all_tapes:
            assert tape.real.entered == tape.model.entered and tape.real.recording == tape.model.recording
            watched = {id(box) for box in self.here(tape.real.watched_variables)}
            assert [id(box.real) in watched for box in leaves] == [box.model in tape.model.seen for box in leaves]

    def teardown(self):
        for tape in self.all_tapes:
            for generator in (*tape.pauses, *tape.blocks):
                self.world.leave(tape.model)
                self.here(generator.close)
        self.compare_states()
        for tape in self.all_tapes:
            for y in self.all_boxes if tape.model.persistent else self.all_boxes[-1:]:
                self.ask(tape, [y], self.all_boxes)


TestTapes = TapeMachine.TestCase
TestTapes.settings = settings(max_examples=settings.default.max_examples * 2 // 5, stateful_step_count=40)


# -- threads and tasks -------------------------------------------------------------------------------------------------------


class Thread:
    """A thread that runs what it is given, one thing after the other, while the others wait."""

    def __init__(self):
        self.given, self.done = queue.SimpleQueue(), queue.SimpleQueue()
        self.thread = threading.Thread(target=self.work, daemon=True)
        self.thread.start()
        self.model = tape_model.Place()

    def work(self):
        while (function := self.given.get()) is not None:
            try:
                result = function(), None
            except BaseException as error:
                result = None, error
            self.done.put(result)
            del function, result

    def run(self, function):
        self.given.put(function)
        result, error = self.done.get()
        if error is not None:
            raise error
        return result

    def end(self):
        self.given.put(None)
        self.thread.join()


class Task:
    """What asyncio makes of a coroutine: its steps run in a copy of the context in which it was started."""

    def __init__(self, parent):
        self.thread = parent if isinstance(parent, Thread) else parent.thread
        self.context = parent.run(contextvars.copy_context)
        self.model = tape_model.Place(parent.model.graph)

    def run(self, function):
        return self.thread.run(lambda: self.context.run(function))


class PlacesMachine(TapeMachine):
    """The same in several threads and tasks, one step at a time: blocks and pauses are begun in one and ended in another."""

    def __init__(self):
        super().__init__()
        self.threads = [Thread(), Thread()]
        self.places = list(self.threads)
        self.go_to(self.places[0])

    def here(self, function):
        return self.place.run(function)

    def go_to(self, place):
        self.place, self.world.place = place, place.model

    @rule(k=st.integers(0, 5))
    def switch(self, k):
        self.go_to(self.places[k % len(self.places)])

    @rule()
    def start_a_task(self):
        if len(self.places) < 5:
            self.places.append(Task(self.place))
            self.go_to(self.places[-1])

    boxes, tapes = TapeMachine.boxes, TapeMachine.tapes

    @rule(target=boxes, tape=tapes, name=NAMES, a=boxes, b=boxes, k=st.integers(0, 5))
    def begun_here_and_ended_elsewhere(self, tape, name, a, b, k):
        """`with tape: y = a * b`, where the block ends in another place than it began, as does what follows."""
        self.enter(tape)
        y = self.operate(name, a, b)
        self.switch(k)
        self.leave(tape, "its end")
        return y

    @invariant()
    def each_place_hears_its_tapes(self):
        for place in self.places:
            heard, recorders = place.run(lambda: (active() is not None, [] if current() is None else [*current().recorders]))
            expected = {id(tape.real) for tape in self.all_tapes if tape.model in self.world.open_tapes(place.model)}
            assert set(map(id, recorders)) == expected and heard == bool(self.world.listening(place.model))

    def teardown(self):
        try:
            super().teardown()
            assert all(place.run(current) is None for place in self.places)
        finally:
            for thread in self.threads:
                thread.end()


TestPlaces = PlacesMachine.TestCase
TestPlaces.settings = settings(max_examples=settings.default.max_examples // 5, stateful_step_count=50)


# -- what the machine found --------------------------------------------------------------------------------------------------

LEAVES = pytest.mark.parametrize("make", [ad.Variable, ad.Value], ids=["Variable", "Value"])


@LEAVES
@pytest.mark.parametrize("outer", [False, True])
def test_another_tape_in_a_pause_does_not_cut_what_follows_the_pause(make, outer):
    v = make(3.0)
    with contextlib.ExitStack() as stack:
        tapes = [stack.enter_context(ad.Tape(persistent=True)) for _ in range(2 if outer else 1)]
        y = v * v
        with tapes[-1].stop_recording(), ad.Tape() as other:
            z = v * v
        w = v * v
    for tape in tapes:
        assert tape.gradient(w, v) == 6.0 and tape.gradient([y, w], v) == 12.0
    assert other.gradient(z, v) == 6.0


@LEAVES
@pytest.mark.parametrize("asked_before", [False, True])
def test_what_an_inner_tape_watches_first_the_outer_one_watches_too(make, asked_before):
    v = make(3.0)
    with ad.Tape() as outer:
        inner = ad.Tape()
        if asked_before:
            inner.watch(v)
        with inner:
            if not asked_before:
                inner.watch(v)
            y = v * v * v
        slope = inner.gradient(y, v)
    assert slope == 27.0 and outer.gradient([slope, y], v) == 18.0 + 27.0


@LEAVES
def test_a_result_that_another_graph_watched_is_known_to_its_own_tape_that_goes_on(make):
    x, tape = make(3.0), ad.Tape(persistent=True)
    with tape:
        y = x * x
    with ad.Tape() as other:
        other.watch(y)
        z = y * y
    with tape:
        w = y * 2.0
    assert tape.gradient(w, x) == 12.0 and other.gradient(z, y) == 18.0
    with tape:
        tape.watch(y)
        w = y * 3.0
    assert tape.gradient(w, [x, y]) == [18.0, 3.0]


@LEAVES
def test_a_result_that_an_outer_tape_watched_meanwhile_is_known_to_a_tape_that_goes_on(make):
    x, tape = make(3.0), ad.Tape(persistent=True)
    with ad.Tape(persistent=True) as outer:
        with tape:
            y = x * x
        outer.watch(y)
        with tape:
            z = y * y
    assert tape.gradient(z, [x, y]) == outer.gradient(z, [x, y]) == [4 * 27.0, 18.0]
    with tape:
        z = y * y
    assert tape.gradient(z, [x, y]) == [4 * 27.0, 18.0]


def test_a_used_tape_can_be_asked_to_watch_before_it_is_entered_again():
    x, v, tape = ad.constant(3.0), ad.Variable(2.0), ad.Tape()
    with tape:
        y = v * v
    assert tape.gradient(y, v) == 4.0
    tape.watch(x)
    with tape:
        y = x * x
    assert tape.gradient(y, x) == 6.0


@LEAVES
def test_a_tape_that_was_reset_in_its_own_pause_pauses_again(make):
    x = make(3.0)
    with ad.Tape(), ad.Tape(persistent=True) as tape:
        with tape.stop_recording():
            tape.reset()
        with tape.stop_recording():
            y = x * x
    assert tape.gradient(y, x) is None


def in_another_thread(function):
    thread = Thread()
    try:
        return thread.run(function)
    finally:
        thread.end()


@LEAVES
def test_a_result_that_a_tape_of_another_thread_watches_is_known_to_its_own_tape(make):
    x, other = make(3.0), ad.Tape()

    def watch():
        with other:
            other.watch(y)
            return y * y

    with ad.Tape() as tape:
        y = x * x
        z = in_another_thread(watch)
        w = y * 2.0
    assert tape.gradient(w, x) == 12.0 and other.gradient(z, y) == 18.0


def test_a_tape_whose_graph_is_open_in_another_thread_is_refused_there():
    x, inner = ad.Variable(3.0), ad.Tape(persistent=True)
    with ad.Tape() as outer:
        with inner:
            y = x * x
        with pytest.raises(RuntimeError, match="records from before"):
            in_another_thread(inner.__enter__)
        z = y * x
    assert inner.gradient(y, x) == 6.0 and outer.gradient(z, x) == 27.0
