"""One step for many variables: small arrays laid end to end, since numpy takes as long for ten numbers as for a thousand."""

from __future__ import annotations

import itertools
import operator
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

import autodiff as ad
from nn.typing import Function, Variable

LARGE = 2**16  # a variable of so many numbers takes its step alone: its numbers take the time, not the calls
Pairs = Sequence[tuple[Any, Variable]]  # gradients and variables


def elementwise(update: Function) -> Function:
    """Say of an optimizer's `update` that every number of a variable goes its own way. Then variables may step together."""
    update.elementwise = True  # type: ignore[attr-defined]
    return update


class FlatSlots:
    """For each slot of an optimizer one array, with the numbers of all variables that step together.

    Their slots in `state`, {variable: slots}, are parts of these arrays from then on.
    """

    def __init__(self, pairs: Pairs, state: Mapping[Any, list[Any]]) -> None:
        dtype = getattr(pairs[0][0], "dtype", None)
        self.variables = [v for _, v in pairs]
        times = Counter(map(id, self.variables))  # a variable given twice takes two steps
        self.together = [times[id(v)] == 1 and _fits(g, state[v], dtype) for g, v in pairs]
        inside = [v for v, joins in zip(self.variables, self.together) if joins]
        ends = list(itertools.accumulate(v.size for v in inside))
        self.parts = [(slice(start, end), v) for start, end, v in zip([0, *ends], ends, inside)]
        self.arrays = [np.concatenate([a.reshape(-1) for a in slot]) for slot in zip(*(state[v] for v in inside))]
        for part, v in self.parts:
            state[v][:] = [a[part].reshape(v.shape) for a in self.arrays]
        self.kept = [slot for _, v in self.parts for slot in state[v]]

    def __reduce__(self) -> Any:
        return type(None), ()  # None: a copy of an optimizer has slots of its own, which are laid end to end anew

    def serve(self, pairs: Pairs, state: Mapping[Any, list[Any]]) -> bool:
        """Whether these are the variables, and `state` still has the parts: loading, say, gives it other arrays."""
        if len(pairs) != len(self.variables) or not all(map(operator.is_, [v for _, v in pairs], self.variables)):
            return False
        return all(map(operator.is_, [slot for _, v in self.parts for slot in state[v]], self.kept))

    def joined(self, pairs: Pairs) -> np.ndarray:
        """The gradients of the variables that step together, end to end."""
        return np.concatenate([g.reshape(-1) for (g, _), joins in zip(pairs, self.together) if joins])


def _fits(g: Any, slots: Sequence[Any], dtype: Any) -> bool:
    """Whether a gradient and the slots of its variable can be parts of flat arrays."""
    return all(type(a) is np.ndarray and a.dtype == dtype and a.shape == g.shape for a in (g, *slots)) and g.size < LARGE


def forget_dead(optimizer: Any) -> None:
    """Give up the slots of the variables that nobody but the optimizer holds."""
    optimizer.flat = None  # which holds variables too, and is laid out anew for new ones
    state = optimizer.state
    for v in [v for v, count in zip(state, references(state)) if count <= ALONE]:
        del state[v]


def references(keys: Iterable[Any]) -> list[int]:
    """How often each key of a dictionary is referred to, while this counts."""
    return [sys.getrefcount(key) for key in keys]


ALONE = references({object(): None})[0]  # of a key that nobody else holds


def steps(optimizer: Any, pairs: Pairs) -> list[tuple[Any, Variable]]:
    """(what to subtract, the variable) for each (gradient, variable), by the optimizer's `update`. Its slots are then those
    after the step. Here, and only here, it is decided what steps together."""
    update, t, state = optimizer.update, optimizer.iterations + 1, optimizer.state
    done: list[tuple[Any, Variable]] = []
    flat: FlatSlots | None = None
    if optimizer.slots and len(pairs) > 1 and getattr(update, "elementwise", False):
        flat = optimizer.flat
        if flat is None or not flat.serve(pairs, state):
            flat = optimizer.flat = FlatSlots(pairs, state)
        if flat.parts:
            step, *together = update(flat.joined(pairs), t, *flat.arrays)
            done = [(step[part].reshape(v.shape), v) for part, v in flat.parts]
            pairs = [pair for pair, joins in zip(pairs, flat.together) if not joins]
        else:
            flat = None
    alone: dict[Variable, list[Any]] = {}  # a variable given twice takes two steps
    for g, v in pairs:
        step, *alone[v] = update(g, t, *alone.get(v, state[v]))
        done.append((step, v))
    for v, slots in alone.items():  # all is computed: an update that fails has changed nothing
        state[v][:] = slots
    if flat is not None:
        for array, now in zip(flat.arrays, together):
            array[...] = now
    return done


def traced_steps(optimizer: Any, t: Any, pairs: Pairs) -> Iterator[tuple[Any, Variable]]:
    """The same in a trace, which lays small arrays end to end by itself: t is the number of the step, as a box."""
    for g, v in pairs:
        slots = ad.variables_of(optimizer.state[v])
        step, *new = optimizer.update(g, t, *slots)
        for slot, now in zip(slots, new):
            slot.assign(now)
        yield step, v
