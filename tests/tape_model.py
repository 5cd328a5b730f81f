"""What tapes should answer, for test_tape_machine.py: a model of them that has no graph, no index and no epoch.

A number knows what it was computed from. Each operation notes which recordings heard it, and each use of a number notes for
which recordings it was a source: something that their tapes watched. A gradient then follows the uses backwards: through
operations that the recording heard, to numbers that are its sources or depend on them. What it computes are operations too.
"""

from dataclasses import dataclass, field


@dataclass(eq=False)
class Use:
    """A number as it was when an operation read it."""

    number: "Number"
    value: float
    sources: frozenset


@dataclass(eq=False)
class Number:
    value: float
    trainable: bool = False
    changes: bool = False  # a Variable or a Value, which can be assigned to
    uses: tuple = ()
    partials: object = None  # (cotangent, uses) -> a cotangent for each use
    heard: frozenset = frozenset()
    serial: int = 0


@dataclass(eq=False)
class Record:
    """What a tape records, until its gradient is taken or it is reset."""

    graph: object  # shared by tapes that were open together


@dataclass(eq=False)
class Place:
    """A thread or a task. What is computed there is heard by the open tapes of one graph: of the tape that was opened there
    last, or of the one that was open where the task was started."""

    graph: object = None


@dataclass(eq=False)
class Tape:
    persistent: bool
    accessed: bool  # whether it watches trainable numbers unasked
    entered: bool = False
    recording: bool = False
    record: object = None  # what it records; None before it was entered, and after its one gradient
    asked: set = field(default_factory=set)  # numbers
    seen: set = field(default_factory=set)  # the numbers that were ever its sources

    def watches(self, number):
        return number in self.asked or (number.trainable and self.accessed)


def active(number, record):
    """Whether a gradient of the record may flow through a number: it was computed, where this was heard, from a source."""
    return record in number.heard and any(flows(use, record) for use in number.uses)


def flows(use, record):
    return record in use.sources or active(use.number, record)


class Refused(Exception):
    """`args[0]` is the error that the tape should raise."""


class World:
    """All tapes, and the place where things happen now."""

    def __init__(self):
        self.tapes, self.count, self.place = [], 0, Place()

    def open_tapes(self, place=None):
        graph = (place or self.place).graph
        return [tape for tape in self.tapes if tape.entered and tape.record.graph is graph]

    def listening(self, place=None):
        return [tape for tape in self.open_tapes(place) if tape.recording]

    # -- the life of a tape

    def enter(self, tape):
        if tape.entered:
            raise Refused(ValueError)
        graph = self.place.graph if self.open_tapes() else None
        if tape.record is not None and tape.record.graph is not graph:
            elsewhere = any(other.entered and other.record.graph is tape.record.graph for other in self.tapes)
            if graph is not None or elsewhere:
                raise Refused(RuntimeError)
        if tape.record is None:
            tape.record, tape.seen = Record(graph or object()), set()
        self.place.graph = tape.record.graph
        tape.entered = tape.recording = True
        tape.seen |= tape.asked

    def leave(self, tape):
        tape.entered = tape.recording = False
        if tape.record is not None and self.place.graph is tape.record.graph and not self.open_tapes():
            self.place.graph = None  # other places that heard this graph hear it again when one of its tapes is entered again

    def pause(self, tape):
        if not tape.recording:
            raise Refused(RuntimeError)
        tape.recording = False

    def resume(self, tape):
        tape.recording = tape.entered

    def reset(self, tape):
        if not tape.entered:
            raise Refused(ValueError)
        self.leave(tape)
        tape.record, tape.asked = None, set()
        self.enter(tape)

    def watch(self, tape, number):
        tape.asked.add(number)
        if tape.recording:
            tape.seen.add(number)

    # -- operations

    def use(self, number):
        listening = [tape for tape in self.listening() if tape.watches(number)]
        for tape in listening:
            tape.seen.add(number)
        return Use(number, number.value, frozenset(tape.record for tape in listening))

    def again(self, use):
        """The same reading of a number, in a derivative. What was a source or a constant then is one for ever; a result that
        was recorded together with it is read anew."""
        recorded = any(record.graph is self.walked.graph and active(use.number, record) for record in use.number.heard)
        if use.sources or not recorded:
            return use
        return Use(use.number, use.value, self.use(use.number).sources)

    def apply(self, name, *operands):
        """The result of an operation on numbers, earlier uses of them, and floats."""
        made = [self.use(x) if isinstance(x, Number) else x for x in operands]
        uses = [x for x in made if isinstance(x, Use)]
        value = FORWARD[name](*[x.value if isinstance(x, Use) else x for x in made])
        heard = frozenset(tape.record for tape in self.listening())
        self.count += 1
        partials = lambda g: [d for d, x in zip(PARTIALS[name](self, g, *made), made) if isinstance(x, Use)]
        return Number(value, False, False, tuple(uses), partials, heard, self.count)

    def operate(self, name, *operands):
        """What a user computes: outside all tapes, a sum with something trainable is trainable."""
        y = self.apply(name, *operands)
        leaves = operands[:1] if name == "subtract" else operands if name == "add" else ()
        y.trainable = not self.open_tapes() and any(isinstance(x, Number) and x.trainable for x in leaves)
        return y

    # -- gradients

    def gradient(self, tape, targets, sources):
        if tape.record is None:
            raise Refused(RuntimeError)
        record = tape.record
        if not tape.persistent:
            self.leave(tape)
        found = self.walk(record, targets)
        if not tape.persistent:
            tape.record, tape.asked = None, set()
        return [found.get(source) for source in sources]

    def walk(self, record, targets):
        """The cotangents of all numbers."""
        found, waiting, self.walked = {}, set(), record

        def arrive(number, g):
            found[number] = self.apply("add", found[number], g) if number in found else g
            waiting.add(number)

        for target in targets:
            arrive(target, Number(1.0))
        while waiting:
            number = max(waiting, key=lambda number: number.serial)
            waiting.remove(number)
            if active(number, record):
                parts = number.partials(found[number])
                for use, part in zip(number.uses, parts):
                    if flows(use, record):
                        arrive(use.number, part)
        return found


FORWARD = {"add": lambda a, b: a + b, "subtract": lambda a, b: a - b, "multiply": lambda a, b: a * b, "negative": lambda a: -a,
           "square": lambda a: a * a}  # fmt: skip


def operand(world, x):
    return world.again(x) if isinstance(x, Use) else x


PARTIALS = {
    "add": lambda world, g, a, b: [g, g],
    "subtract": lambda world, g, a, b: [g, world.apply("negative", g)],
    "multiply": lambda world, g, a, b: [
        world.apply("multiply", g, operand(world, b)) if isinstance(a, Use) else None,
        world.apply("multiply", g, operand(world, a)) if isinstance(b, Use) else None,
    ],
    "negative": lambda world, g, a: [world.apply("negative", g)],
    "square": lambda world, g, a: [world.apply("multiply", g, world.apply("multiply", operand(world, a), 2.0))],
}
