"""Names from a namespace such as `locals()`: of its boxes and arrays, and of those in its lists, dicts and objects."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from inspect import CO_VARARGS, CO_VARKEYWORDS
from itertools import islice
from types import CodeType, FrameType, ModuleType

import numpy as np
from numpy.typing import NDArray

from autodiff.core.box import Box
from autodiff.failures.callsite import library_of_module
from autodiff.failures.nesting import brief
from autodiff.failures.syntax import loop_variables
from autodiff.tape import nested

MOST, OF_ONE = 20_000, 8_000  # so many things are looked at; of one list, dict or object
SEVERAL = 2  # elements of a list, of which one may have a name of its own
DEEPEST = 8  # lists, dicts and objects in one another
SHELL = ("In", "Out", "exit", "quit")  # what IPython keeps
PLAIN = frozenset((str, bytes, int, float, complex, bool, type(None), type, range, slice, ModuleType))


ARRAY, RESULT, LEAF = range(3)


class Way:
    """The way to a thing: from a variable, by keys and attributes."""

    __slots__ = ("dotted", "first", "key", "kind", "whole")

    def __init__(self, key: int | str, whole: Way | None = None, dotted: bool = False) -> None:
        self.key, self.whole, self.dotted = key, whole, dotted
        self.first: Way | None = whole and (whole.first or self)  # the first step from the variable
        self.kind = ARRAY  # of a first step: that of the first thing behind it

    def steps(self) -> list[Way]:
        """From the variable on."""
        found: list[Way] = []
        way: Way | None = self
        while way is not None:
            found.append(way)
            way = way.whole
        return found[::-1]


class Namespace(Mapping[int, str]):
    """The names of boxes and arrays by their ids; what a namespace has no name for, `otherwise` may have.

    A variable comes before what a structure holds, except for those in `left`, which loops have left behind; and a structure
    of few parts before one of many. A key or an attribute stands alone, `w` for `p['w']`, where nothing else in the namespace
    has that name; a parameter's also where its gradient has it in another dict.
    """

    def __init__(self, space: Mapping[str, object], left: Collection[str] = (), otherwise: Namespace | None = None) -> None:
        if not isinstance(space, Mapping):
            raise TypeError(f"names is a dictionary from names to boxes, such as locals(), but got {brief(space)}.")
        self.space, self.otherwise = space, otherwise
        self.code: CodeType | None = None  # of the frame whose variables these are
        self.variables = {name for name in space if not name.startswith("_") and name not in SHELL}
        self.left = set(left)
        self._ways: dict[int, Way] = {}
        self._sizes: dict[int, int] = {}  # by the same ids: of the structure that holds the thing
        self._holders: dict[tuple[int, int | str], set[int | str]] = {}  # by the first key: the variables that hold it
        self._told: set[int] = set()  # the ids of the first steps that are among the holders
        self._seen: dict[int, object] = {}
        self._looked = 0
        first = [(Way(name), thing, 0) for name, thing in space.items() if name in self.variables and name not in self.left]
        self._look(first)
        self._look([(Way(name), space[name], MOST) for name in self.left if name in self.variables])
        for holder in list(self._seen.values()):
            if isinstance(holder, list) and len(holder) > SEVERAL:
                self._call_last_as_others(holder)

    def _look(self, waiting: list[tuple[Way, object, int]]) -> None:
        """Go through things, those nearest to a variable first; with each comes the size of what holds it."""
        for _ in range(DEEPEST):
            deeper: list[tuple[Way, object, int]] = []
            for way, thing, size in waiting:
                if type(thing) in PLAIN:
                    continue
                if isinstance(thing, Box) or (isinstance(thing, np.ndarray) and thing.dtype.kind != "O"):
                    self._note(way, thing, size)
                elif id(thing) not in self._seen:
                    self._seen[id(thing)] = thing  # which keeps the id
                    parts = list(islice(parts_of(thing), min(OF_ONE, MOST - self._looked)))
                    self._looked += len(parts)
                    held = [(key, part, dotted) for key, part, dotted in parts if type(part) not in PLAIN]
                    deeper += [(Way(key, way, dotted), part, len(parts)) for key, part, dotted in held]
            waiting = deeper

    def _note(self, way: Way, thing: object, size: int) -> None:
        first = way.first
        if first is not None and first.whole is not None and id(first) not in self._told:
            self._told.add(id(first))
            first.kind = (LEAF if thing.trainable else RESULT) if isinstance(thing, Box) else ARRAY
            self._holders.setdefault((first.kind, first.key), set()).add(first.whole.key)
        if id(thing) not in self._ways or size < self._sizes[id(thing)]:
            self._seen[id(thing)] = thing
            self._ways[id(thing)], self._sizes[id(thing)] = way, size

    def _call_last_as_others(self, holder: list[object]) -> None:
        """Call the last result in a list as the others, `zs[4]`, if its variable seems to be that of a loop in which it was put
        there: none of the others has one."""
        end, whole = holder[-1], None
        last = self._ways.get(id(end))
        if last is None or last.whole is not None or not isinstance(end, Box) or end.trainable:
            return
        for k, thing in enumerate(holder[:-1]):
            way = self._ways.get(id(thing))
            if way is None or way.whole is None or way.key != k or whole not in (None, way.whole):
                return
            whole = way.whole
        self._ways[id(end)] = Way(len(holder) - 1, whole)

    def share(self, thing: Box, other: Box) -> None:
        """Let another box have the name of a thing: one that stands for it in a graph."""
        if id(thing) in self._ways:
            self._ways[id(other)], self._seen[id(other)] = self._ways[id(thing)], other

    def add_modules(self, spaces: Iterable[Mapping[str, object]]) -> None:
        """Take the global variables of these modules too, after all others."""
        last, known = self, {id(self.space)}
        while last.otherwise is not None:
            last = last.otherwise
            known.add(id(last.space))
        for space in {id(space): space for space in spaces if id(space) not in known}.values():
            last.otherwise = last = Namespace(space)

    def __getitem__(self, identity: int) -> str:
        name = self.get(identity)
        if name is None:
            raise KeyError(identity)
        return name

    def get(self, identity: int, default: str | None = None) -> str | None:  # type: ignore[override]
        """As that of Mapping, which asks for each thing without a name through KeyErrors: that took five times as long."""
        space: Namespace | None = self
        while space is not None:
            if identity in space._ways:
                return space._name(space._ways[identity])
            space = space.otherwise
        return default

    def in_full(self, name: str) -> str | None:
        """The whole way to what has a short name, `tree['root']` for `root`; None for none, and for several things."""
        found = {written(way.steps()) for way in self._ways.values() if self._name(way) == name}
        if not found and self.otherwise is not None:
            return self.otherwise.in_full(name)
        return found.pop() if len(found) == 1 else None

    def arrays(self) -> Iterator[tuple[str, NDArray[np.generic]]]:
        """The arrays that have a name, those in boxes too."""
        for identity in self._ways:
            thing = self._seen[identity]
            raw = thing._raw() if isinstance(thing, Box) else thing
            if isinstance(raw, np.ndarray):
                yield self._name(self._ways[identity]), raw
        if self.otherwise is not None:
            yield from self.otherwise.arrays()

    def array_called(self, name: str) -> NDArray[np.generic] | None:
        """The array of that name, which may have others too."""
        thing = self.space.get(name)
        raw = thing._raw() if isinstance(thing, Box) else thing
        if name in self.variables:
            return raw if isinstance(raw, np.ndarray) else None
        if self.otherwise is not None and name in self.otherwise.variables:
            return self.otherwise.array_called(name)
        return next((array for each, array in self.arrays() if each == name), None)

    def things(self) -> Iterator[tuple[str, object]]:
        """What variables hold, and attributes and keys of what they hold, each with its name, those last that come first."""
        if self.otherwise is not None:
            yield from self.otherwise.things()
        for holder in reversed(list(self._seen.values())):
            if isinstance(holder, dict) or (hasattr(holder, "__dict__") and not library_of_module(type(holder).__module__)):
                yield from ((key, part) for key, part, _ in parts_of(holder) if isinstance(key, str) and key[:1] != "_")
        kept = self.variables - self.left
        yield from ((name, self.space[name]) for name in reversed(list(self.space)) if name in kept)

    def _name(self, way: Way) -> str:
        steps = way.steps()
        key = steps[1].key if len(steps) > 1 else 0
        if not isinstance(key, str) or key in self.variables:
            return written(steps)
        arrays, results, leaves = (self._holders.get((kind, key), set()) for kind in (ARRAY, RESULT, LEAF))
        boxes = leaves if steps[1].kind == LEAF else leaves | results
        return written(steps[1:] if len(arrays) < 2 and len(boxes) < 2 else steps)

    def __iter__(self) -> Iterator[int]:
        return iter(self._ways if self.otherwise is None else {**self._ways, **dict.fromkeys(self.otherwise)})

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def is_variable(self, name: str) -> bool:
        """Whether a name is that of a variable, which no loop has left behind."""
        return name in self.variables and name not in self.left


def written(steps: list[Way]) -> str:
    """A way as text: `w[3, 5]`, `p.w`, `p['w']`, and through a list of objects `layer 0, neuron 2: w[1]`."""
    words: list[tuple[Way, list[str]]] = []
    for step in steps:
        if isinstance(step.key, str):
            words.append((step, []))
        else:
            words[-1][1].append(str(step.key))
    *before, (last, indices) = words
    end = f"[{', '.join(indices)}]" if indices else ""
    if any(numbers for _, numbers in before):
        parts = [f"{singular(str(word.key))} {', '.join(numbers)}" if numbers else str(word.key) for word, numbers in before]
        return f"{', '.join(parts)}: {last.key}{end}"
    text = str(steps[0].key)
    for word, _ in words[1:]:
        text += f".{word.key}" if word.dotted or word.whole is not steps[0] or steps[0].whole else f"[{word.key!r}]"
    return text + end


def singular(word: str) -> str:
    """`layer` for `layers`."""
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def parts_of(thing: object) -> Iterable[tuple[int | str, object, bool]]:
    """The parts of a structure: the key, the part, and whether the key is an attribute."""
    if isinstance(thing, dict):
        return ((key, part, False) for key, part in thing.items() if isinstance(key, (int, str)))
    if isinstance(thing, (list, tuple)):
        fields = getattr(thing, "_fields", None)
        if fields is None:
            return ((k, part, False) for k, part in enumerate(thing))
        return ((name, part, True) for name, part in zip(fields, thing, strict=False))
    if isinstance(thing, np.ndarray):
        return parts_of(thing.tolist()) if thing.ndim and thing.size <= OF_ONE else ()
    if library_of_module(type(thing).__module__) in ("", "nn") or nested.is_node(thing):
        return attributes(thing)
    return ()


def attributes(thing: object) -> Iterator[tuple[str, object, bool]]:
    """What an object holds. No property is asked: it might compute."""
    for name, part in list(getattr(thing, "__dict__", {}).items()):
        yield name, part, True
    for kind in type(thing).__mro__:
        for name in getattr(kind, "__slots__", ()):
            if hasattr(thing, name):
                yield name, getattr(thing, name), True


def around(frame: FrameType) -> Namespace:
    """The namespace of a frame: its locals, then its globals, then those of the user's modules that it imports. What a function
    takes as `*args` has no name there."""
    code, space = frame.f_code, dict(frame.f_locals)
    space.update({name: thing for name, thing in frame.f_globals.items() if name not in space})
    taken = code.co_argcount + code.co_kwonlyargcount
    starred = bool(code.co_flags & CO_VARARGS) + bool(code.co_flags & CO_VARKEYWORDS)
    for name in code.co_varnames[taken : taken + starred]:
        space.pop(name, None)
    found = Namespace(space, loop_variables(code))
    found.code = code
    found.add_modules(vars(thing) for thing in space.values() if isinstance(thing, ModuleType) and is_program(thing))
    return found


def is_program(module: ModuleType) -> bool:
    """Whether a module is the user's own and imports something of ours."""
    if library_of_module(module.__name__):
        return False
    origins = (getattr(thing, "__module__", None) or getattr(thing, "__name__", "") for thing in vars(module).values())
    return any(str(origin).partition(".")[0] in ("autodiff", "nn") for origin in origins)
