"""A tape whose gradients are means over all processes."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

import autodiff as ad
from autodiff import nest
from nn.arguments import at_least_0, one
from nn.distributed.functions import near_it, reduced, size


class Tape:
    """A tape whose `gradient` is the mean over all processes. Everything else is as the tape has it.

    Parameters
    ----------
    tape : ad.Tape, optional
        The tape that records, new or used; by default a new one of these options.
    weight : float
        How much this process counts: the number of its rows, where these differ.
    **options
        For `ad.Tape`.

    Examples
    --------
    >>> import autodiff as ad, nn
    >>> w = ad.Variable([1.0, 2.0])
    >>> with nn.distributed.Tape() as tape:
    ...     loss = ad.sum(w * w)
    >>> tape.gradient(loss, w)
    Tensor([2., 4.])
    """

    def __init__(self, tape: ad.Tape | None = None, weight: float = 1.0, **options: Any) -> None:
        self.tape = ad.Tape(**options) if tape is None else one("tape", tape, "an ad.Tape", ad.Tape)
        self.weight = at_least_0("weight", weight)

    def __enter__(self) -> Self:
        self.tape.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> Any:
        return self.tape.__exit__(kind, error, trace)

    def __getattr__(self, name: str) -> Any:
        return getattr(object.__getattribute__(self, "tape"), name)

    def gradient(self, target: Any, sources: Any, *args: Any, **options: Any) -> Any:
        """As `ad.Tape.gradient`, and then the mean over all processes. A gradient that is None in some of them counts there as
        zeros. It is not differentiated again. Raises DistributedError in every process if the sources differ."""
        found = self.tape.gradient(target, sources, *args, **options)
        boxes = nest.flatten(sources)
        gradients = nest.flatten(found)
        if size() == 1 or not boxes:
            return found
        names = [getattr(v, "name", None) or "" for v in boxes]
        means = reduced("the gradients of a tape", gradients, True, self.weight, names, [v.shape for v in boxes])
        return nest.pack_sequence_as(sources, [boxed(v, near_it(v, g)) for v, g in zip(boxes, means)])


def boxed(source: Any, g: Any) -> Any:
    """A gradient as the tape gives it: a Value for a Value, otherwise a Tensor."""
    if g is None or isinstance(g, ad.Tensor):
        return g
    return ad.Value(float(g)) if isinstance(source, ad.Value) else ad.constant(g)
