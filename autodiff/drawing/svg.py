"""A sketch as SVG: its boxes, arrows and frames, by a layout."""

from __future__ import annotations

import html
import math
from dataclasses import dataclass

from autodiff.drawing.clipping import PRINT, Style
from autodiff.drawing.fold import Block, Link, Sketch
from autodiff.drawing.labels import Label, edge_label, label_of, printable, strengths
from autodiff.drawing.layered.page import Cluster, Layout, Point
from autodiff.drawing.text import width_of
from autodiff.drawing.theme import FONT, Theme, blend

CAPTION, TEXT, HEADING = 10.5, 10.5, 11.5  # sizes in points; a page is as large as its smallest text allows
ROW, ABOVE = 13.0, 9.0  # the height of a row; and what stands above and below them all
INDENT, BETWEEN = 7.0, 6.0  # at the left and right of a box; between two texts of a row
SECOND = 3.0  # between the two borders of a block that stands for many
PAD = 10.0  # around the picture
NOTE = 13.0  # the height of a line of the note below it


@dataclass(frozen=True, slots=True)
class Measures:
    """The texts of a sketch and the room that they need."""

    labels: dict[Block, Label]
    sizes: dict[Block, Point]
    beside: dict[Link, str]
    rooms: dict[Link, Point]


def measures(sketch: Sketch, style: Style = PRINT) -> Measures:
    labels = {block: label_of(block, style) for block in sketch.blocks}
    beside = {link: arrow_label(link) for link in sketch.links}
    sizes = {block: size_of_box(label, is_double(block)) for block, label in labels.items()}
    rooms = {link: (width_of(words, CAPTION) + 2.0 if words else 0.0, CAPTION) for link, words in beside.items()}
    return Measures(labels, sizes, beside, rooms)


def svg(sketch: Sketch, found: Measures, theme: Theme, layout: Layout) -> str:
    """The text of an SVG file: ids, order and places are the same at every run."""
    strong = strengths(sketch)
    parts = [frame(cluster, theme) for cluster in layout.clusters]
    arrows = [link for link in sketch.links if link.key in layout.curves]
    parts += [arrow(link, layout.curves[link.key], strong[link], theme) for link in arrows]
    titled = [cluster for cluster in layout.clusters if cluster.title]
    parts += [text(cluster.title, cluster.at, TEXT, theme.faint, rim(theme.cluster)) for cluster in titled]
    parts += [beside_arrow(found.beside[link], layout, link, theme) for link in arrows if link.key in layout.labels]
    parts += [box(block, found.labels[block], layout.blocks[block.key], found.sizes[block], theme) for block in sketch.blocks]
    return page(sketch, layout, parts, theme)


def page(sketch: Sketch, layout: Layout, parts: list[str], theme: Theme) -> str:
    notes = printable(sketch.note).split("\n") if sketch.note else []
    colour = theme.fills["failed"][1] if sketch.graph.message else theme.faint
    width = max([layout.width, *(width_of(note, CAPTION) for note in notes)]) + 2 * PAD
    height = layout.height + 2 * PAD + NOTE * len(notes)
    rows = [text(note, (0.0, layout.height + NOTE * k + 12.0), CAPTION, colour) for k, note in enumerate(notes)]
    return "\n".join([
        '<?xml version="1.0" encoding="UTF-8" standalone="no"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" xml:space="preserve" width="{width:.0f}pt" height="{height:.0f}pt" '
        f'viewBox="{-PAD} {-PAD} {width:.1f} {height:.1f}" font-family="{FONT}">',
        f'<rect x="{-PAD}" y="{-PAD}" width="{width:.1f}" height="{height:.1f}" fill="{theme.paper}"/>',
        *parts, *rows, "</svg>", "",
    ])  # fmt: skip


def frame(cluster: Cluster, theme: Theme) -> str:
    look = f'fill="{theme.cluster}" stroke="{theme.frame}"'
    rect = rectangle(cluster.left, cluster.top, cluster.width, cluster.height, look)
    return f'<g class="cluster">{rect}</g>'


def rim(colour: str) -> str:
    """The look of a text over which arrows may pass: with a rim in the colour of what is behind it."""
    return f' paint-order="stroke" stroke="{colour}" stroke-width="2.5"'


def is_double(block: Block) -> bool:
    """Whether a block stands for many: it has a second border."""
    return block.times > 1 or block.kind == "group"


def size_of_box(label: Label, double: bool) -> Point:
    lines = label.lines
    widths = [after(heading, remark) + width_of(remark, CAPTION) for heading, remark in lines]
    caption = max((width_of(name, CAPTION) for name, _ in label.rows), default=0.0)
    widths += [caption + BETWEEN + width_of(typeset(value), TEXT) for _, value in label.rows]
    border = 2 * SECOND * double
    return max(widths) + 2 * INDENT + border, ROW * (len(lines) + len(label.rows)) + ABOVE + border


def after(heading: str, remark: str) -> float:
    """Where in a line the remark begins."""
    return (width_of(heading, HEADING, bold=True) + BETWEEN * bool(remark)) if heading else 0.0


def box(block: Block, label: Label, centre: Point, size: Point, theme: Theme) -> str:
    """The box of a block: its heading, then a row for each caption and its text."""
    fill, border = theme.fills[block.look]
    left, top = centre[0] - size[0] / 2, centre[1] - size[1] / 2
    dashes = ' stroke-dasharray="5 2"' if block.kind in ("constant", "cut", "outside") else ""
    look = f'fill="{fill}" stroke="{border}" stroke-width="1.1"{dashes}'
    parts = [f'<g id="{block.key}" class="node"><title>{escaped(label.whole or label.heading)}</title>']
    parts.append(rectangle(left, top, *size, look))
    if is_double(block):
        left, top, size = left + SECOND, top + SECOND, (size[0] - 2 * SECOND, size[1] - 2 * SECOND)
        parts.append(rectangle(left, top, *size, look))
    line, right = top + ABOVE / 2 + 11.5 - ROW, left + size[0] - INDENT
    for heading, remark in label.lines:
        line += ROW
        if heading:
            parts.append(text(heading, (left + INDENT, line), HEADING, theme.ink, ' font-weight="bold"'))
        if remark:
            parts.append(text(remark, (left + INDENT + after(heading, remark), line), CAPTION, theme.faint))
    for caption, value in label.rows:
        line += ROW
        colour = theme.faint if value == "–" else theme.hot if caption == "grad" else theme.ink
        parts.append(text(caption, (left + INDENT, line), CAPTION, theme.faint))
        parts.append(text(typeset(value), (right, line), TEXT, colour, ' text-anchor="end"'))
    return "".join([*parts, "</g>"])


def rectangle(x: float, y: float, width: float, height: float, look: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="9" {look}/>'


def arrow(link: Link, curve: list[Point], strength: float | None, theme: Theme) -> str:
    """Width and colour by the size of the gradient; dashes where none can flow, dots from a constant."""
    colour = theme.cold if strength is None else blend(theme.cold, theme.hot, strength)
    width = 1.0 if strength is None else 0.8 + 2.2 * strength
    dashes = ""
    if link.is_constant:
        dashes = ' stroke-dasharray="1.5 3"'
    elif link.is_cut:
        dashes = ' stroke-dasharray="5 3"'
    start, *rest, tip = curve
    return (
        f'<g id="{link.key}" class="edge"><path d="M{start[0]:.1f},{start[1]:.1f}C{points(rest)}" fill="none" '
        f'stroke="{colour}" stroke-width="{width:.2f}"{dashes}/>'
        f'<polygon points="{points(arrowhead(rest[-1], tip, 2.4 + 0.5 * width))}" fill="{colour}"/></g>'
    )


def arrowhead(neck: Point, tip: Point, half: float) -> list[Point]:
    dx, dy = tip[0] - neck[0], tip[1] - neck[1]
    length = math.hypot(dx, dy) or 1.0
    x, y = -dy / length * half, dx / length * half
    return [tip, (neck[0] + x, neck[1] + y), (neck[0] - x, neck[1] - y)]


def points(found: list[Point]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in found)


def beside_arrow(words: str, layout: Layout, link: Link, theme: Theme) -> str:
    x, y = layout.labels[link.key]
    framed = any(c.left < x < c.left + c.width and c.top < y < c.top + c.height for c in layout.clusters)
    look = ' text-anchor="middle"' + rim(theme.cluster if framed else theme.paper)
    return text(words, (x, y + CAPTION * 0.36), CAPTION, theme.faint, look)


def arrow_label(link: Link) -> str:
    return "cut" if link.is_cut else typeset(edge_label(link))


def text(words: str, at: Point, size: float, colour: str, look: str = "") -> str:
    """A text that is as wide as was reckoned, whatever font the reader has."""
    width = width_of(printable(words), size, bold="bold" in look)
    return (
        f'<text x="{at[0]:.1f}" y="{at[1]:.1f}" font-size="{size:g}" fill="{colour}"{look} '
        f'textLength="{width:.1f}" lengthAdjust="spacingAndGlyphs">{escaped(words)}</text>'
    )


def typeset(figures: str) -> str:
    """Figures with the minus of print."""
    return figures.replace("-", "−")


def escaped(words: str) -> str:
    return html.escape(printable(words), quote=False)
