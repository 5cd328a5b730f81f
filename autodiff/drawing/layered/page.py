"""A layout: where everything in a picture stands."""

from __future__ import annotations

from dataclasses import dataclass, field

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Cluster:
    """The frame of a group, or the part of it in one row of a page; and where the baseline of its title begins."""

    left: float
    top: float
    width: float
    height: float
    path: str  # of the group: the parts of one frame share it
    form: str = "{}"  # of the title, with {} for the name; "" for none
    at: Point = (0.0, 0.0)

    @property
    def title(self) -> str:
        return self.form.format(self.path.rpartition("/")[2])


@dataclass(frozen=True, slots=True)
class Layout:
    """In points, from the top left: the centre and the size of each block; the curve of each arrow (Bézier points, the tip
    last), with the centre of its label and the room for it; the clusters; and the boxes that each arrow goes from and to."""

    width: float
    height: float
    blocks: dict[str, Point] = field(default_factory=dict)
    sizes: dict[str, Point] = field(default_factory=dict)
    curves: dict[str, list[Point]] = field(default_factory=dict)
    labels: dict[str, Point] = field(default_factory=dict)
    rooms: dict[str, Point] = field(default_factory=dict)
    clusters: list[Cluster] = field(default_factory=list)
    ends: dict[str, tuple[str, str]] = field(default_factory=dict)
    carried: dict[str, str] = field(default_factory=dict)  # by arrow: the same for those that may run as one
    pieces: int = 1  # rows or columns, and parts of frames that go on in one
    late: frozenset[str] = frozenset()  # leaves in ranks of their own, just before their readers
    astray: frozenset[str] = frozenset()  # leaves that stand in an earlier row than all their readers
