"""Picture: a drawn graph, which a notebook displays and which can be saved."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autodiff.drawing.clipping import NARROW, PRINT, Style
from autodiff.drawing.collecting import without_collector
from autodiff.drawing.data import is_drawn
from autodiff.drawing.figures import figures
from autodiff.drawing.fold import Folding, Sketch
from autodiff.drawing.formula import title
from autodiff.drawing.groups import short
from autodiff.drawing.render import PACKAGE, NoGraphviz, rendered
from autodiff.drawing.subject import graph_of
from autodiff.drawing.theme import theme_named
from autodiff.failures.arguments import instance_given
from autodiff.failures.nesting import brief
from autodiff.files import atomic_write

if TYPE_CHECKING:
    from autodiff.drawing.layered.page import Layout
    from autodiff.drawing.svg import Measures  # it loads the layout

DIRECTIONS = ("LR", "TB", "RL", "BT")
FEW = 10  # boxes of which a page can be read in any case
SEVERAL = 3  # so many targets are printed
ACROSS, ALONG = 1600.0, 2160.0  # no wider than that across arrows of a given direction, and no longer along them, can be read
FORMATS = ("svg", "png", "pdf", "dot")


def draw(
    what: Any,
    *args: Any,
    names: Mapping[str, Any] | None = None,
    gradients: bool = True,
    constants: bool | None = None,
    collapse: bool | Collection[str] | None = None,
    budget: int | None = None,
    rankdir: str | None = None,
    theme: str = "light",
) -> Picture:
    """A picture of a computation: every node with its value and its gradient, every edge with its local derivative.

    Of a program that raised it draws what there was: the op that failed is red, with its operands' shapes, and the error stands
    below. That holds for a function, whose exception is then `picture.error`, and for a tape whose block raised.

    Parameters
    ----------
    what, *args : box, Tape or callable, and what belongs to it
        A loss, or several in a list; or a Tape, and then its loss; or a function, and then its arguments, of which floats
        become Values and arrays watched Tensors. The gradients are computed for the picture. The tape can still give its own.
    names : dict, optional
        A namespace, whose boxes and arrays are drawn with the names of their variables. By default it is that of the caller,
        and results have the names that the source of a function gives them, or of what was recorded with `Tape(lines=True)`.
        {} for no names but those of `name=`.
    gradients : bool
        False draws dashes in their place.
    constants : bool, optional
        Whether constants are nodes of their own. By default they are in graphs of up to 60 nodes that are drawn whole, if all
        stand in the row of their op; in others only arrays for which the program has a name are.
    collapse : bool or collection of str, optional
        True draws each group (a layer, a call, a step of a loop) as one node, a list of paths draws these groups so, False
        none. By default as many are as the budget demands.
    budget : int, optional
        The most nodes that are drawn. A larger graph is folded, and the picture's note says how. By default graphs of up to 150
        nodes are drawn whole, and larger ones with at most 60, or with fewer where a slide would not show the page to be read.
    rankdir : {"LR", "TB", "RL", "BT"}, optional
        The direction. By default the one in which a window shows the graph largest, in several rows or columns if it is long.
    theme : {"light", "dark"}

    Returns
    -------
    Picture

    Raises
    ------
    RuntimeError
        If no tape remembers the loss any more.
    TypeError
        For what is no box.
    ValueError
        For an unknown direction, theme or layer, or a budget below 10.

    Examples
    --------
    >>> import autodiff as ad
    >>> picture = ad.draw(lambda w, x: (w * x - 1.0) ** 2, 2.0, 5.0)
    >>> picture
    Picture(7 nodes, 6 edges)
    >>> "digraph" in picture.source
    True
    """
    if rankdir not in (None, *DIRECTIONS):
        raise ValueError(f"rankdir is one of {', '.join(DIRECTIONS)}, but got {brief(rankdir)}.")
    theme_named(theme)
    from autodiff.drawing.legible import in_full, legible  # they make pictures

    with without_collector():
        folding = Folding(graph_of(what, args, names, gradients, partial=True), constants)
        chosen = budget is not None or collapse is not None
        picture = Picture(folding.sketch(budget, collapse), rankdir, theme, NARROW if rankdir is None else PRINT)
        return in_full(picture if chosen else legible(picture, folding))


class Picture:
    """A drawn graph. A notebook displays it; `save` writes svg, png, pdf or dot; `source` is its DOT text.

    svg and dot need nothing else. png and pdf need Graphviz.
    """

    def __init__(self, sketch: Sketch, rankdir: str | None = None, theme: str = "light", style: Style = PRINT) -> None:
        self.sketch = instance_given(sketch, Sketch, "Picture", "sketch (ad.draw makes one)")
        self.direction = rankdir
        self.theme = theme
        self.style = style

    @property
    def rankdir(self) -> str:
        """The direction of the arrows: LR, TB, RL or BT. If none was given, the one in which a page shows more."""
        return self._places[0]

    @property
    def is_legible(self) -> bool:
        """Whether a reader can follow the arrows: a slide shows all of the page so that its texts can be read. In a direction
        that somebody gave, where a page is not broken into rows or columns, the arrows may leave the screen along their way."""
        if len(self.sketch.blocks) <= FEW:
            return True
        if self.direction is None:
            return self.worth[0]
        return self.is_followed

    @property
    def scale(self) -> float:
        """The scale at which a slide shows all of the page; more than 1 where it has room left."""
        from autodiff.drawing.paging import fillings

        return min(fillings(self._places[1].width, self._places[1].height))

    @property
    def is_clear(self) -> bool:
        """Whether a slide shows the page so that it can be read, and in few pieces."""
        from autodiff.drawing.paging import LEAST

        fits, value = self.worth
        return fits and value >= LEAST

    @property
    def worth(self) -> tuple[bool, float]:
        """Whether a slide shows all of the page so that it can be read; and its scale, a part of it for each piece it has."""
        from autodiff.drawing.paging import worth

        _, layout = self._places
        return worth(layout.width, layout.height, layout.pieces)

    @property
    def has_constants_apart(self) -> bool:
        """Whether a number of the program stands in another row or column than the op that it is in."""
        constants = {block.key for block in self.sketch.blocks if not any(map(is_drawn, block.members))}
        return bool(constants) and not constants.isdisjoint(self._places[1].astray)

    @property
    def is_followed(self) -> bool:
        """Whether the arrows do not leave the screen sideways, and the page is not too long to scroll."""
        _, layout = self._places
        along, across = layout.height, layout.width
        if self.direction in ("LR", "RL"):
            along, across = across, along
        return across <= ACROSS and along <= ALONG

    @cached_property
    def _page(self) -> tuple[str, Layout]:
        """The direction, and where everything stands."""
        from autodiff.drawing.paging import settled

        rankdir, layout = self._places
        return rankdir, settled(layout)

    @cached_property
    def _places(self) -> tuple[str, Layout]:
        """The same but for the spots of the texts, which make a page no larger."""
        from autodiff.drawing.paging import best_page

        if self.direction is not None:
            return self.direction, self._layout(self.direction)
        return best_page(self._layout, len(self.sketch.blocks))

    def _layout(self, rankdir: str, late: frozenset[str] = frozenset()) -> Layout:
        from autodiff.drawing.layout import laid_out

        return laid_out(self.sketch, self._measures.sizes, self._measures.rooms, rankdir, late)

    @cached_property
    def _measures(self) -> Measures:
        """The texts of the svg and the room that they need."""
        from autodiff.drawing.svg import measures

        return measures(self.sketch, self.style)

    @cached_property
    def digraph(self) -> Any:
        """The graphviz.Digraph, which the caller may change: dot, png and pdf are made from it then."""
        try:
            import graphviz
        except ImportError as error:
            raise NoGraphviz(PACKAGE) from error
        return graphviz.Digraph(body=self._body)

    @cached_property
    def _body(self) -> list[str]:
        from autodiff.drawing.dot import body_of

        return body_of(self.sketch, theme_named(self.theme), self.rankdir, self.style)

    @property
    def source(self) -> str:
        """The picture as DOT."""
        if "digraph" in vars(self):
            return str(self.digraph.source)
        return "".join(["digraph {\n", *self._body, "}\n"])

    @property
    def note(self) -> str:
        """What was folded to keep to the budget, if anything."""
        return self.sketch.note

    @property
    def error(self) -> Exception | None:
        """The exception that ended the function which was run for this picture; None if it ran to its end."""
        return self.sketch.graph.error

    def render(self, format: str = "svg") -> bytes:
        """The picture in a format: svg, png, pdf, dot. ValueError for another, NoGraphviz where png, pdf or dot lack theirs."""
        if format not in FORMATS:
            raise ValueError(f"A picture is saved as {', '.join(FORMATS)}, but got {brief(format)}.")
        if format == "svg":
            from autodiff.drawing.svg import svg

            return svg(self.sketch, self._measures, theme_named(self.theme), self._page[1]).encode()
        return self.source.encode() if format == "dot" else rendered(self.source, format)

    def save(self, path: str | os.PathLike[str], format: str | None = None) -> Path:
        """Where the picture was written. The format is that of the file's ending: .svg, .png, .pdf or .dot."""
        target = Path(path)
        data = self.render(format or target.suffix.lstrip(".").replace("gv", "dot").lower())
        with atomic_write(target) as part:
            part.write_bytes(data)
        return target

    def __repr__(self) -> str:
        failed = f", failed: {self.sketch.graph.message}" if self.sketch.graph.message else ""
        return f"Picture({len(self.sketch.blocks)} nodes, {len(self.sketch.links)} edges{failed})"

    def __str__(self) -> str:
        """How large it is, and below it what it is of: its targets with their values."""
        targets = [f"  {short(node) or title(node)} = {figures(node.value)}" for node in self.sketch.graph.targets[:SEVERAL]]
        return "\n".join([repr(self), *targets])

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"image/svg+xml": self.render("svg").decode(), "text/plain": repr(self)}
