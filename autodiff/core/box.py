"""What a user holds: a box is data plus its place on a log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from autodiff.core.native import mypyc_attr

if TYPE_CHECKING:
    from mypy_extensions import i32


@mypyc_attr(acyclic=True)
class Token:
    """Names a stretch of a log. A box carries the token of the stretch that its place belongs to, never the log itself,
    so holding on to a loss does not hold its tape."""

    __slots__ = ("log",)

    def __init__(self, log: int) -> None:
        self.log = log


NOWHERE: Final = Token(-1)  # on no log, and nobody asked to watch it
ASKED: Final = Token(-2)  # on no log yet, but a tape was asked to watch it, or its data was assigned anew


@mypyc_attr(acyclic=True)
class Box:
    """The common part of Value, Tensor and Variable: where it stands, its name, and whether tapes watch it unasked."""

    __slots__ = ("name", "place", "reached", "token", "trainable")

    def __init__(self, name: str | None, trainable: bool) -> None:
        self.token = NOWHERE
        self.name = name
        self.place: i32 = -1
        self.trainable = trainable
        self.reached = False  # by the sweep that is under way; only Values use it, and here it costs them no memory

    def raw(self) -> Any:
        """The plain data: a Python float or a numpy array."""
        raise NotImplementedError

    def is_number(self) -> bool:
        """Whether this is a Value rather than an array: a result is an array as soon as one input is."""
        raise NotImplementedError

    def stand_in(self, place: int, token: Token, earlier: int) -> Any:
        """A node that stands on a log for this box as it is now; what flows to it flows on to the `earlier` place."""
        raise NotImplementedError

    def wrap(self, y: Any) -> Box:
        """A new box, of the kind that this box's operations return, around raw data."""
        raise NotImplementedError

    def sources(self) -> list[int]:
        """As a node of a log: where its inputs stand. A leaf has none."""
        return []

    def call(self, op: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """`op(*args, **kwargs)`, one of whose arguments is this box."""
        raise NotImplementedError


@mypyc_attr(acyclic=True)
class Array(Box):
    """A box whose data is a numpy array."""

    __slots__ = ("data",)

    def __init__(self, data: Any, name: str | None, trainable: bool) -> None:
        super().__init__(name, trainable)
        self.data: Any = data

    def raw(self) -> Any:
        return self.data

    def is_number(self) -> bool:
        return False
