"""Where Graphviz puts everything: the coordinates of a sketch whose boxes have given sizes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from autodiff.drawing.dot import digraph_of
from autodiff.drawing.fold import Block, Link, Sketch
from autodiff.drawing.render import rendered

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Layout:
    """In points, from the top left: the centre of each block, the curve of each arrow (Bézier points, the tip last) with
    the place of its label, and a box (left, top, width, height, title) for each cluster."""

    width: float
    height: float
    blocks: dict[str, Point]
    curves: dict[str, list[Point]]
    labels: dict[str, Point]
    clusters: list[tuple[float, float, float, float, str]]


def laid_out(sketch: Sketch, sizes: dict[Block, Point], label_size: Point, rankdir: str) -> Layout:
    """The layout by Graphviz; NoGraphviz if none is here."""

    def box(block: Block) -> dict[str, Any]:
        width, height = sizes[block]
        return {"label": "", "shape": "box", "fixedsize": "true", "width": f"{width / 72:.3f}", "height": f"{height / 72:.3f}"}

    def room(link: Link) -> dict[str, Any]:
        cell = f'<TD FIXEDSIZE="TRUE" WIDTH="{label_size[0]:.0f}" HEIGHT="{label_size[1]:.0f}"></TD>'
        constant = all(edge.source.kind == "constant" for edge in link.edges)
        return {"id": link.key, "label": "" if constant else f'<<TABLE BORDER="0"><TR>{cell}</TR></TABLE>>'}

    dot = digraph_of(sketch, box, room, rankdir, {"ranksep": "0.25", "nodesep": "0.14"})
    return read(json.loads(rendered(dot.source, "json")))


def read(drawing: dict[str, Any]) -> Layout:
    """A layout from Graphviz's json, whose y axis points up."""
    _, _, width, height = (float(x) for x in drawing["bb"].split(","))

    def point(text: str) -> Point:
        x, y = text.split(",")[-2:]
        return round(float(x), 1), round(height - float(y), 1)

    layout = Layout(width, height, {}, {}, {}, [])
    for thing in drawing.get("objects", []):
        if "pos" in thing:
            layout.blocks[thing["name"]] = point(thing["pos"])
        elif "bb" in thing and thing["name"].startswith("cluster"):
            left, bottom, right, top = (float(x) for x in thing["bb"].split(","))
            title = thing["name"].rpartition("/")[2].removeprefix("cluster_")
            layout.clusters.append((left, height - top, right - left, top - bottom, title))
    for edge in drawing.get("edges", []):
        if "id" in edge:
            points = edge["pos"].split()
            tips = [point(p) for p in points if p.startswith("e,")]
            layout.curves[edge["id"]] = [point(p) for p in points if p[:2] not in ("e,", "s,")] + tips
            if "lp" in edge:
                layout.labels[edge["id"]] = point(edge["lp"])
    return layout
