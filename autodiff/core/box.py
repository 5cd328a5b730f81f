"""What a user holds: a box is data plus its index in a graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from autodiff.core.dtypes import is_inexact
from autodiff.core.native import mypyc_attr
from autodiff.failures.nesting import deeper

if TYPE_CHECKING:
    from mypy_extensions import i32


@mypyc_attr(acyclic=True)
class Epoch:
    """The part of a graph in which a box's index holds. The epoch refers to its graph weakly, so a box that you keep
    does not keep the graph alive."""

    __slots__ = ("graph", "kept")

    def __init__(self, graph: Any) -> None:
        self.graph = graph  # the graph's `ref`; None for the two epochs below, which belong to no graph
        self.kept: object = None  # what keeps the graph alive after all, for the target of the last gradient; see core/kept.py


UNTRACKED: Final = Epoch(None)  # in no graph, and nobody asked to watch it
WATCHED: Final = Epoch(None)  # in no graph yet, but a tape was asked to watch it, or its data was assigned anew


@mypyc_attr(acyclic=True, allow_interpreted_subclasses=True)
class Box:
    """The common part of Value, Tensor and Variable: data, a name, and whether tapes watch it unasked."""

    __slots__ = ("_epoch", "_index", "_reached", "name", "trainable")

    def __init__(self, name: str | None, trainable: bool) -> None:
        self._epoch = UNTRACKED
        self.name = name
        self._index: i32 = -1  # compiled, this and the next two share a word
        self.trainable = trainable
        self._reached = False  # by the walk that is under way; only Values use it, and here it costs them no memory

    def _raw(self) -> Any:
        """The plain data: a Python float or an array."""
        raise NotImplementedError

    def _is_number(self) -> bool:
        """Whether this is a Value. A result is an array as soon as one input is."""
        return False

    def _is_leaf(self) -> bool:
        """Whether no tape recorded how this was computed, if it is its own entry in a graph."""
        return True

    def _wrap(self, y: Any) -> Box:
        """A new box around raw data, of the kind that this box's operations return."""
        raise NotImplementedError

    def _call(self, op: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """`op(*args, **kwargs)`, where one of the arguments is this box."""
        raise NotImplementedError

    def _fresh(self) -> Any:
        """The same as a box that the user may write into, if it holds an array; nobody else has it yet."""
        return self

    def _standing_twin(self) -> Box:
        """A box that can stand in a graph in the place of this one, which an op computed there."""
        raise NotImplementedError

    def _leaf_entry(self, previous: i32, value: i32) -> Any:
        """A graph's entry for this leaf: a snapshot, a box of what it holds now, stands for it. What flows there flows on to
        the entry at index `previous`, if that is not -1. In a trace `value` is the index of what it was assigned, or -1."""
        raise NotImplementedError

    def _parents(self, graph: Any, index: int) -> list[int]:
        """Where the inputs stand that this was computed from, if it is its own entry at this index; none for a leaf."""
        return []

    def _own_graph(self, boxes: list[Any]) -> Any:
        """A graph of what these boxes were computed from, made now, if boxes of this kind hold that themselves."""
        return None

    def _node(self, graph: Any, index: int) -> Any:
        """The node that this box is in a graph, if it is its own entry at this index."""
        raise NotImplementedError


@mypyc_attr(acyclic=True, allow_interpreted_subclasses=True)
class Array(Box):
    """A box whose data is an array."""

    __slots__ = ("_held",)

    def __init__(self, data: Any, name: str | None, trainable: bool) -> None:
        super().__init__(name, trainable)
        self._held: Any = data

    def _raw(self) -> Any:
        return self._held


@mypyc_attr(acyclic=True)
class Leaf:
    """A box that a graph knows by identity, and every index where it stands: the `first`, which is nearly always the only one,
    and the `later` ones."""

    __slots__ = ("box", "first", "later")

    def __init__(self, box: Box, first: i32) -> None:
        self.box = box
        self.first: i32 = first
        self.later = NONE_LATER

    def add(self, index: i32) -> None:
        if self.later is NONE_LATER:
            self.later = []
        self.later.append(int(index))

    def last(self) -> i32:
        return self.later[-1] if self.later else self.first

    def indices(self) -> list[int]:
        return [int(self.first), *self.later]


NONE_LATER: Final[list[int]] = []  # shared by all leaves, so that none makes a list before it needs one


def raw_of(x: Any, depth: int = 0) -> Any:
    """The data of a box, or of each box in a tuple; anything else as it is."""
    if isinstance(x, Array):
        return x._held
    if isinstance(x, tuple):
        return tuple([raw_of(part, deeper(depth)) for part in x])
    return x._raw() if isinstance(x, Box) else x


def still_holds(x: Any, raw: Any) -> bool:
    """Whether x is a box of floats whose data are `raw`: a leaf may have been assigned other data."""
    return isinstance(x, Box) and (x._raw() == raw if x._is_number() else x._raw() is raw and is_inexact(raw))


def strip(x: Any, depth: int = 0) -> Any:
    """The same structure with every box replaced by its raw data."""
    if isinstance(x, Box):
        return x._raw()
    if isinstance(x, tuple) and hasattr(x, "_fields"):
        return type(x)(*[strip(part, deeper(depth)) for part in x])
    if isinstance(x, (list, tuple)):
        return type(x)([strip(part, deeper(depth)) for part in x])
    if isinstance(x, dict):
        return {key: strip(part, deeper(depth)) for key, part in x.items()}
    return x


def first_box(args: Any, depth: int = 0) -> Box | None:
    """The first box among the arguments, also inside lists and tuples (`concatenate([t, u])`)."""
    for x in args:
        if isinstance(x, Box):
            return x
        if isinstance(x, (list, tuple)):
            inner = first_box(x, deeper(depth))
            if inner is not None:
                return inner
    return None


def first_array(args: Any, default: Box, depth: int = 0) -> Box:
    """The first box among the arguments that holds an array, also inside lists; otherwise the default."""
    for x in args:
        if isinstance(x, Box) and not x._is_number():
            return x
        if isinstance(x, (list, tuple)):
            found = first_array(x, default, deeper(depth))
            if found is not default:
                return found
    return default
