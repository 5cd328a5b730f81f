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

from autodiff.drawing.fold import Block, Sketch, sketch
from autodiff.drawing.picture import WIDE, depth
from autodiff.drawing.subject import graph_of
from autodiff.drawing.timeline import labelled, node_data, timeline
from autodiff.failures.arguments import instance_given
from autodiff.files import atomic_write

NAME, SMALL, FIGURE = 8.4, 6.2, 7.6  # the width of a character of a node's name, of what is small, of figures, in points
PADDING, MARGIN = 22.0, 34.0  # what stands around the text of a box; and the room of the words before figures
LABEL = (58.0, 30.0)  # the room for an edge's label
HEIGHT, LOW = 66.0, 32.0  # of boxes; of constants


def play(
    what: Any,
    *args: Any,
    path: str | os.PathLike[str] | None = None,
    names: Mapping[str, Any] | None = None,
    budget: int = 600,
    rankdir: str | None = None,
) -> Player:
    """A player of backprop on the user's own graph: one HTML page, which loads nothing else.

    In the page the space bar plays, the arrow keys step, and a click on a node shows its formula, numbers and source line.

    Parameters
    ----------
    what, *args : box, Tape or callable, and what belongs to it
        As for `draw`. The source lines are known for a function and its arguments, and on a `Tape(lines=True)`. A last
        argument that ends in ".html" is taken as `path`.
    path : path, optional
        The file to write.
    names : dict, optional
        As for `draw`.
    budget : int
        The most nodes that are shown.
    rankdir : {"LR", "TB", "RL", "BT"}, optional
        The direction, as for `draw`.

    Returns
    -------
    Player

    Raises
    ------
    ValueError
        For a graph of more nodes than the budget.
    NoGraphviz
        When the page is made, if there is no Graphviz to lay it out.

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
    graph = graph_of(what, args, names, True)
    if len(graph.nodes) > budget:
        raise ValueError(
            f"The player shows every node, up to {budget}, and this graph has {len(graph.nodes):,}. Play one example instead "
            "of a batch, or a smaller network; draw(...) folds a graph of any size; or raise budget=."
        )
    player = Player(sketch(graph, max(budget, 10), constants=True, collapse=False), rankdir)
    if path is not None:
        player.save(path)
    return player


class Player:
    """A page on which backprop runs step by step. `html` is its text, `save` writes it, a notebook displays it."""

    def __init__(self, sketch: Sketch, rankdir: str | None = None) -> None:
        self.sketch = instance_given(sketch, Sketch, "Player", "sketch (ad.play makes one)")
        self.rankdir = rankdir or ("LR" if depth(sketch) <= WIDE else "TB")

    @cached_property
    def timeline(self) -> dict[str, Any]:
        """What the page shows, as data: nodes, edges, steps."""
        from autodiff.drawing.layout import laid_out

        names = labelled(self.sketch.graph)
        sizes = {block: size_of_box(block, node_data(block.members[0], names)) for block in self.sketch.blocks}
        found = timeline(self.sketch, laid_out(self.sketch, sizes, LABEL, self.rankdir))
        for block, node in zip(self.sketch.blocks, found["nodes"], strict=True):
            node["width"], node["height"] = sizes[block]
        return found

    @cached_property
    def html(self) -> str:
        """The whole page."""
        folder = files("autodiff.drawing")
        names = ("player.html", "player.css", "player.js", "controls.js")
        page, style, player, controls = ((folder / name).read_text("utf-8") for name in names)
        data = json.dumps(self.timeline, ensure_ascii=True, separators=(",", ":")).replace("<", "\\u003c")
        title = html.escape(f"backprop of {self.timeline['target']}".encode("utf-8", "replace").decode())
        parts = {"/*style*/": style, "/*player*/": player, "/*controls*/": controls, "<!--title-->": title, "/*data*/": data}
        return re.sub("|".join(map(re.escape, parts)), lambda mark: parts[mark[0]], page)  # one pass: a text may hold a mark

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Where the page was written."""
        target = Path(path)
        page = self.html
        with atomic_write(target) as part:
            part.write_text(page, encoding="utf-8")
        return target

    def __repr__(self) -> str:
        graph = self.sketch.graph
        forward = sum(node.op is not None for node in graph.nodes)
        backward = len(graph.targets) + len(graph.order) if graph.differentiated else 0
        return f"Player({len(graph.nodes)} nodes, {forward + backward} steps)"

    def _repr_html_(self) -> str:
        document = html.escape(self.html, quote=True)
        return (
            f'<iframe srcdoc="{document}" title="backprop player" style="width:100%;height:560px;border:0" '
            'sandbox="allow-scripts" loading="lazy"></iframe>'
        )


def size_of_box(block: Block, texts: dict[str, Any]) -> tuple[float, float]:
    """The width and height of a node's box, from the length of its texts."""
    node = block.members[0]
    heading = len(texts["name"]) * NAME
    if node.kind == "constant":
        return heading + PADDING, LOW
    small = f" = {texts['how']}" * bool(texts["how"]) + f" {texts['shape']}"
    rows = max(len(texts["value"]), len(texts["gradient"])) * FIGURE + MARGIN
    return max(heading + len(small) * SMALL, rows) + PADDING, HEIGHT
