"""Random generators that Python draws from while a function is traced: a replay would not draw."""

from __future__ import annotations

import gc
import sys

from autodiff.functions.program import Raw


def all_generators() -> list[Raw]:
    """The random generators that there are, numpy's and Python's. The search takes a few milliseconds."""
    numpys, pythons = sys.modules.get("numpy.random"), sys.modules.get("random")
    kinds: set[Raw] = {numpys.Generator, numpys.RandomState} if numpys is not None else set()
    kinds |= {pythons.Random} if pythons is not None else set()
    return [x for x in gc.get_objects() if type(x) in kinds]


def state_of(generator: Raw) -> Raw:
    """The state of a generator, to be compared."""
    if hasattr(generator, "bit_generator"):
        return repr(generator.bit_generator.state)
    state = generator.get_state() if hasattr(generator, "get_state") else generator.getstate()
    return [part.tobytes() if hasattr(part, "tobytes") else part for part in state]


def that_drew(generators: list[Raw], before: list[Raw], known: dict[int, Raw]) -> Raw | None:
    """A generator whose state is not what it was before; not one of the known ones, by id."""
    return next((x for x, state in zip(generators, before) if id(x) not in known and state_of(x) != state), None)
