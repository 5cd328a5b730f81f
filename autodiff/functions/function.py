"""Function: a Python function that is traced once for each signature, and whose program runs from then on."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autodiff.core.external import released
from autodiff.core.levels import levels
from autodiff.core.listening import current
from autodiff.failures.arguments import function_given
from autodiff.functions.bound import Bound, Elsewhere, Rebind
from autodiff.functions.entry import Entry, Made, apart
from autodiff.functions.generators import all_generators, state_of, that_drew
from autodiff.functions.kernels import NotTraceable
from autodiff.functions.program import Program, Raw
from autodiff.functions.save import save
from autodiff.functions.signature import as_boxes, described, hashable, outline, positions
from autodiff.functions.trace import Flipped, Trace
from autodiff.functions.values import BoundValues
from autodiff.rules.silence import NotFinite
from autodiff.tape import nested

DREW = (
    "Python drew random numbers from {generator}, which a replay would not do: draw them by ad.random_draw(...), and choose by "
    "ad.where or ad.cond."
)
MANY = 5  # so many signatures are usual; more are worth a word
LOGGER = logging.getLogger("autodiff")


class Function:
    """A Python function with its programs; see `function`."""

    def __init__(
        self, python_function: Callable[..., Any], static: tuple[str, ...], guards: bool, fast: bool, fallback: bool,
        trusted: bool, jit: bool,
    ) -> None:  # fmt: skip
        functools.update_wrapper(self, function_given(python_function, "function"))
        self.python_function = python_function
        self.name: str = getattr(python_function, "__name__", "function")
        self.static, self.guards, self.fast, self.fallback, self.jit = static, guards, fast, fallback, jit
        self.confirms = fallback and not trusted  # whether a program needs a second trace that did the same
        self.generators: list[Any] | None = None  # that the function may draw from, unless it is trusted
        self.refusal: str | None = None  # why the function itself runs, if it can't be traced and has a fallback
        self.traces = 0  # how often it was traced
        self.reasons: list[str] = []  # why, for each time after the first
        self._entries: dict[Any, Entry] = {}
        self._positions = positions(python_function, static)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if current() is not None or levels() or self.refusal is not None:  # somebody listens, or there is a batch
            found = self._on_batch(args, kwargs) if current() is None else None
            return self.python_function(*args, **kwargs) if found is None else found
        numbers: list[Any] = []
        try:
            key = self._key(args, kwargs, numbers)
        except TypeError as error:  # an argument that no program takes
            if not self.fallback:
                raise
            self._refuse(str(error))
            return self.python_function(*args, **kwargs)
        entry = self._entries.get(key)
        known = None if entry is None else entry.bound
        if entry is None or not known:
            return self._trace(key, args, kwargs, None)
        if not known[0].restored:
            try:
                return known[0](numbers)
            except (Rebind, Elsewhere, Flipped, NotFinite):  # nothing has happened yet
                pass
        return self._run(entry, key, args, kwargs, numbers)

    def __repr__(self) -> str:
        state = "run as it is" if self.refusal is not None else f"{self.traces} trace{'s' * (self.traces != 1)}"
        return f"<Function {self.name}, {state}>"

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        """As a method: each object has its own signature, by its identity."""
        return self if instance is None else functools.partial(self, instance)

    def retrace(self, *args: Raw, **kwargs: Raw) -> Raw:
        """Call it, but run the Python function itself again: numbers that it reads from outside are read anew. If it does
        something else than its program for such arguments, it gets another program.

        Returns
        -------
        What the function returns.
        """
        if self.refusal is not None or current() is not None or levels():
            return self.python_function(*args, **kwargs)
        return self._trace(self._key(args, kwargs, []), args, kwargs, None, again=True)

    def program(self, *args: Raw, **kwargs: Raw) -> Program:
        """The program for these arguments, which are traced if they are new; without arguments that of the last trace.

        Returns
        -------
        Program
            `print` shows it: inputs, variables, one instruction a line, what is assigned, what is returned.

        Raises
        ------
        ValueError
            Without arguments, if nothing was traced yet.
        """
        if args or kwargs:
            key = self._key(args, kwargs, [])
            if key not in self._entries:
                self(*args, **kwargs)
            entry = self._entries.get(key)
            if entry is None or not entry.bound:
                why = self.refusal or "while a tape or recorder listens, the function itself runs"
                raise ValueError(f"{self.name} has no program for these arguments: {why}.")
            return entry.bound[-1].program
        bound = [entry.bound[-1] for entry in self._entries.values() if entry.bound]
        if not bound:
            raise ValueError(f"{self.name} was not traced yet: call it first, or give program(...) its arguments.")
        return bound[-1].program

    def save(self, path: str | Path) -> None:
        """Write the program of the last trace to a json file, with the numbers that its Variables have now; see
        `load_function`. Numbers that it reads by `attribute`, such as the rate of an optimizer, are Variables of the file.

        Raises
        ------
        TypeError
            For a program that draws random numbers, calls Python, or checks guards: a file can't hold these.
        """
        save(self.program(), path)

    def _key(self, args: Any, kwargs: Any, numbers: list[Any]) -> Any:
        if not kwargs and not self._positions:
            return tuple([outline(x, numbers) for x in args])
        parts = [("static", hashable(x)) if k in self._positions else outline(x, numbers) for k, x in enumerate(args)]
        if kwargs:
            named = [(n, ("static", hashable(x)) if n in self.static else outline(x, numbers)) for n, x in kwargs.items()]
            return (*parts, ("keywords", *named))
        return tuple(parts)

    def _on_batch(self, args: Any, kwargs: Any) -> Any:
        """The result for a batch of floats, if one of them was traced as a program of Values; otherwise None."""
        numbers: list[Any] = []
        try:
            entry = self._entries.get(self._key(args, kwargs, numbers))
        except TypeError:  # an argument that no program takes
            return None
        bound = entry.bound[0] if entry is not None and entry.bound else None
        return bound.on_batch(numbers) if isinstance(bound, BoundValues) else None

    # -- running -----------------------------------------------------------------------------------------------------------

    def _run(self, entry: Entry, key: Any, args: Any, kwargs: Any, numbers: list[Any]) -> Any:
        """The result of the program whose guards hold. If none holds, the function is traced again."""
        flipped: Exception | None = None
        for bound in entry.bound:
            states = [generator.bit_generator.state for generator in bound.restored]
            try:
                y = self._call(entry, bound, numbers)
            except Elsewhere:
                return self.python_function(*args, **kwargs)
            except (Flipped, NotFinite) as flip:
                for generator, state in zip(bound.restored, states):
                    generator.bit_generator.state = state
                flipped = flipped or flip
                continue
            if flipped is not None:
                entry.put_first(bound)
            return y
        return self._trace(key, args, kwargs, flipped)

    def _call(self, entry: Entry, bound: Bound | BoundValues, numbers: list[Any]) -> Any:
        while True:  # another thread may take an array again
            try:
                return bound(numbers)
            except Rebind:
                anew = Bound(bound.program, entry.items)
                anew.count_references()
                entry.replace(bound, anew)
                bound = anew

    # -- tracing -----------------------------------------------------------------------------------------------------------

    def _trace(self, key: Any, args: Any, kwargs: Any, flipped: Exception | None, again: bool = False) -> Any:
        """Run the function itself, and make a program of what it did. The result is that of this run."""
        boxes: list[Any] = []
        traced_args = [x if k in self._positions else as_boxes(x, boxes) for k, x in enumerate(args)]
        traced_kwargs = {name: x if name in self.static else as_boxes(x, boxes) for name, x in kwargs.items()}
        entry = self._entries.get(key) or Entry((args, kwargs))
        if key not in self._entries or not (again or entry.described):
            self._note(key, flipped)
        failure: Exception | None = None
        if self.generators is None:
            self.generators = all_generators() if self.confirms else []
        before = list(map(state_of, self.generators))
        with Trace(boxes, self.guards, self.fallback, entry.careful) as trace:
            try:
                result = self.python_function(*traced_args, **traced_kwargs)
                trace.enter_returned(result)
                made = Made(trace, self.name, result, self.fast, self.confirms, self.jit)
            except Exception as error:
                if self.fallback or isinstance(error, NotTraceable):
                    trace.undo()
                if not self.fallback:
                    raise
                failure = error
        if failure is not None:  # perhaps it does not take boxes for arrays
            y = self.python_function(*args, **kwargs)
            self._refuse(f"{type(failure).__name__}: {failure}")
            return y
        for v, items, k in trace.items.values():
            items[k] = released(v._held)
        self._entries[key] = entry
        drew = that_drew(self.generators, before, trace.states)
        if drew is not None and not trace.refusal:
            trace.refuse(DREW.format(generator=drew))
        changed = None if trace.refusal else entry.take(trace, made, self.confirms)
        if trace.refusal:
            self._refuse(trace.refusal)
        elif changed is not None:
            self.reasons.append(f"Python gave other numbers: `{changed}`")
        return nested.map_tree(apart, result)

    def _refuse(self, reason: str) -> None:
        """From now on the function itself runs."""
        self.refusal = reason
        self._entries.clear()

    def _note(self, key: Any, flipped: Exception | None) -> None:
        """Count a trace, and say why it is not the first, where that is a surprise."""
        self.traces += 1
        if self.traces == 1:
            return
        if flipped is not None:
            reason = str(flipped)
            LOGGER.warning("%s is traced again: %s", self.name, reason)
        else:
            reason = "new arguments: " + ", ".join(described(part) for part in key)
            if self.traces == MANY + 1:
                LOGGER.warning(
                    "%s was traced %d times, which is slow; the last time for %s. Pass what changes as floats or arrays, and "
                    "keep the shapes of arrays the same.", self.name, self.traces, reason,
                )  # fmt: skip
        self.reasons.append(reason)
