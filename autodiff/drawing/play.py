"""The player: one HTML file of the user's own graph, in which backprop runs step by step."""

from __future__ import annotations

import html
import json
import os
import re
from collections.abc import Mapping
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

from autodiff.drawing.blocks import Sketch
from autodiff.drawing.collecting import without_collector
from autodiff.drawing.graph import Graph
from autodiff.drawing.picture import DIRECTIONS
from autodiff.drawing.player.levels import levels_of
from autodiff.drawing.player.names import is_single
from autodiff.drawing.player.texts import Data
from autodiff.drawing.player.timeline import step_count
from autodiff.drawing.subject import graph_of
from autodiff.failures.arguments import instance_given
from autodiff.failures.nesting import brief
from autodiff.files import atomic_write

PAGE = ("page.html", "page.css")
SCRIPTS = ("graph.js", "camera.js", "state.js", "panel.js", "views.js", "controls.js")  # joined in this order
BUDGET = 60


def play(
    what: Any,
    *args: Any,
    path: str | os.PathLike[str] | None = None,
    names: Mapping[str, Any] | None = None,
    budget: int | None = None,
    rankdir: str | None = None,
) -> Player:
    """A player of backprop on the user's own graph, of any size: one HTML page, which loads nothing else.

    In the page the space bar plays, the arrow keys step, and a click on a node shows its formula, numbers and source line. A
    large graph is folded. A slider opens it, and a click on a box that stands for several shows what is inside.

    Of a program that raised the page plays what there was, up to the op that failed, and ends with the error. That holds for a
    function, whose exception is then `player.error`, and for a tape whose block raised.

    Parameters
    ----------
    what, *args : box, Tape or callable, and what belongs to it
        As for `draw`. The source lines are known for a function and its arguments, and on a `Tape(lines=True)`. A last
        argument that ends in ".html" is taken as `path`.
    path : path, optional
        The file to write.
    names : dict, optional
        As for `draw`.
    budget : int, optional
        The most boxes with which the page opens. A larger graph is folded until it has so few. By default 60, or fewer if so
        many could not be read in a usual window.
    rankdir : {"LR", "TB", "RL", "BT"}, optional
        The direction. By default the page takes the one that its window shows largest.

    Returns
    -------
    Player

    Raises
    ------
    ValueError
        For an unknown direction, or a budget below 10.

    Examples
    --------
    >>> import autodiff as ad
    >>> w, x = ad.Value(2.0, name="w"), ad.Value(5.0, name="x")
    >>> with ad.Tape() as tape:
    ...     loss = (w * x - 1.0) ** 2
    >>> ad.play(loss)  # ad.play(loss, "backprop.html") writes it
    Player(7 nodes, 8 steps)
    """
    if path is None and args and isinstance(args[-1], (str, os.PathLike)) and os.fspath(args[-1]).endswith(".html"):
        path, args = args[-1], args[:-1]
    if rankdir not in (None, *DIRECTIONS):
        raise ValueError(f"rankdir is one of {', '.join(DIRECTIONS)}, but got {brief(rankdir)}.")
    with without_collector():
        player = Player(graph_of(what, args, names, True, partial=True), budget, rankdir)
    if path is not None:
        player.save(path)
    return player


class Player:
    """A page on which backprop runs step by step. `html` is its text, `save` writes it, a notebook displays it."""

    def __init__(self, graph: Graph, budget: int | None = None, rankdir: str | None = None) -> None:
        self.graph = instance_given(graph, Graph, "Player", "graph (ad.play makes one)")
        self.budget, self.rankdir = BUDGET if budget is None else budget, rankdir
        self.legible = budget is None  # whether the page opens with no more than can be read
        self.levels = levels_of(graph, self.budget)

    @property
    def sketch(self) -> Sketch:
        """The graph as far open as the budget allows."""
        return next((sketch for sketch in reversed(self.levels) if len(sketch.blocks) <= self.budget), self.levels[0])

    @property
    def error(self) -> Exception | None:
        """The exception that ended the function which was run for this page; None if it ran to its end."""
        return self.graph.error

    @cached_property
    def page(self) -> Data:
        """What the page shows, as data: its views, the first sentences and the last."""
        from autodiff.drawing.player.views import page_of

        with without_collector():
            return page_of(self.graph, self.levels, self.budget, self.legible, self.rankdir)

    @property
    def timeline(self) -> Data:
        """The view that the page opens with: nodes, edges, steps, and its layouts."""
        view = self.page["views"][self.page["start"]]
        return {**view, "shapes": self.page["layouts"][view["layout"]]}

    @cached_property
    def html(self) -> str:
        """The whole page."""
        folder = files("autodiff.drawing") / "player"
        page, style = ((folder / name).read_text("utf-8") for name in PAGE)
        script = "\n".join((folder / name).read_text("utf-8") for name in SCRIPTS)
        data = json.dumps(self.page, ensure_ascii=True, separators=(",", ":")).replace("<", "\\u003c")
        title = html.escape(f"backprop of {self.page['target']}".encode("utf-8", "replace").decode())
        parts = {"/*style*/": style, "/*script*/": script, "<!--title-->": title, "/*data*/": data}
        return re.sub("|".join(map(re.escape, parts)), lambda mark: parts[mark[0]], page)  # one pass: a text may hold a mark

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Where the page was written."""
        target = Path(path)
        page = self.html
        with atomic_write(target) as part:
            part.write_text(page, encoding="utf-8")
        return target

    def __repr__(self) -> str:
        folded = "" if all(map(is_single, self.sketch.blocks)) else f" drawn as {len(self.sketch.blocks)}"
        failed = f", failed: {self.graph.message}" if self.graph.message else ""
        return f"Player({len(self.graph.nodes)} nodes{folded}, {step_count(self.sketch)} steps{failed})"

    def _repr_html_(self) -> str:
        document = html.escape(self.html, quote=True)
        return (
            f'<iframe srcdoc="{document}" title="backprop player" style="width:100%;height:560px;border:0" '
            'sandbox="allow-scripts" loading="lazy"></iframe>'
        )
