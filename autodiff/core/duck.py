"""What the engine takes for an array that is not numpy's. (Not compiled, as interpreted classes inherit from it.)"""

from __future__ import annotations

from typing import Any


class Duck:
    """Raw data that is no numpy array, but computes like one, and knows how to run an op."""

    __slots__ = ()

    def run(self, op: Any, inputs: tuple[Any, ...], params: dict[str, Any]) -> Any:
        raise NotImplementedError

    def by_examples(self, function: Any, args: tuple[Any, ...], params: dict[str, Any]) -> Any:
        """A function that needs plain arrays, on each of those that this stands for."""
        raise NotImplementedError

    def numbers(self) -> Any:
        """All its numbers, for a look at them that is right for every reader; None if they can't be seen."""
        return None

    def shown(self) -> Any:
        """The same as numpy's array, to be shown to a person; None if they are not to be seen."""
        return self.numbers()
