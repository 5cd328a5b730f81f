"""A sketch as DOT, the language of Graphviz."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator

from autodiff.drawing.clipping import PRINT, Style
from autodiff.drawing.fold import Block, Link, Sketch
from autodiff.drawing.labels import Label, edge_label, label_of, printable, strengths
from autodiff.drawing.theme import FONT, Theme, blend

CAPTION, TEXT, HEADING = "10.5", "10.5", "11.5"  # sizes in points
PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|-?(\.[0-9]+|[0-9]+(\.[0-9]*)?)")
KEYWORDS = ("node", "edge", "graph", "digraph", "subgraph", "strict")
LARGEST = "100,100"  # inches: a larger picture is scaled down to it, before it is too large for a PNG


def body_of(sketch: Sketch, theme: Theme, rankdir: str, style: Style = PRINT) -> list[str]:
    """The lines of a sketch in DOT, between its braces: ids, order and labels are the same at every run."""
    strong = strengths(sketch)
    look = {
        "bgcolor": theme.paper, "pad": "0.25", "fontname": FONT, "fontsize": CAPTION, "fontcolor": theme.faint,
        "labelloc": "b", "labeljust": "l", "size": LARGEST,
    }  # fmt: skip
    if sketch.note:
        look["label"] = sketch.note
    if sketch.graph.message:
        look["fontcolor"] = theme.fills["failed"][1]
    every = {"rankdir": rankdir, "nodesep": "0.22", "ranksep": "0.35", "newrank": "true", **look}
    lines = [statement("graph", **every)]
    lines += [statement(
        "node", shape="box", style="rounded,filled", fontname=FONT, fontsize=TEXT, fontcolor=theme.ink, margin="0.09,0.05",
        height="0.2", width="0.3", penwidth="1.1",
    )]  # fmt: skip
    lines += [statement("edge", fontname=FONT, fontsize=CAPTION, fontcolor=theme.faint, arrowsize="0.6")]
    lines += clustered(sketch.blocks, lambda block: node_attributes(block, label_of(block, style), theme), theme)
    for link in sketch.links:
        lines.append(statement(f"{link.source.key} -> {link.into.key}", **edge_attributes(link, strong[link], theme)))
    for source, leaf in stacked(sketch.blocks):
        lines.append(statement(f"{source.key} -> {leaf.key}", style="invis", weight="0"))
    return lines


class Html(str):
    """An HTML-like label, which is written as it is."""

    __slots__ = ()


def statement(subject: str, **attributes: str) -> str:
    """A line of DOT: what it is about, and its attributes."""
    return f"\t{subject} [{' '.join(f'{name}={quoted(text)}' for name, text in attributes.items())}]\n"


def quoted(text: str) -> str:
    """A text as DOT has it, in quotes unless it is a plain word or number: every character stands for itself."""
    if isinstance(text, Html) or (PLAIN.fullmatch(text) and text.lower() not in KEYWORDS):
        return text
    return '"' + printable(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def stacked(blocks: list[Block]) -> Iterator[tuple[Block, Block]]:
    """For the leaves of each layer a block that must come before them: the one that gives the layer its input. This puts the
    layers in a row, one after another."""
    position = {block: k for k, block in enumerate(blocks)}
    entrances: dict[str, list[Block]] = {}
    for block in blocks:
        feeding = [link.source for link in block.inputs if link.source.kind in ("op", "sum", "group")]
        entrances.setdefault(block.group, []).extend(source for source in feeding if source.group != block.group)
    for block in blocks:
        if block.group and not block.inputs and block.users:
            first = min(position[link.into] for link in block.users)
            before = [source for source in entrances[block.group] if position[source] < first]
            yield from ((source, block) for source in before[:1])


def clustered(blocks: list[Block], attributes: Callable[[Block], dict[str, str]], theme: Theme) -> list[str]:
    """The blocks, each in the cluster of its layer; the clusters are nested like the paths."""
    members: dict[str, list[Block]] = {}
    for block in blocks:
        members.setdefault(block.group, []).append(block)
    inside: dict[str, list[str]] = {path: [] for layer in members for path in prefixes(layer)}
    outside: list[str] = []
    for path in sorted(sorted(inside), key=lambda path: -path.count("/")):
        look = statement(
            "graph", label=path.rpartition("/")[2], id=f"layer-{path}", style="rounded,filled", margin="10",
            fontsize=TEXT, labelloc="t", labeljust="l", fillcolor=theme.cluster, color=theme.frame, fontcolor=theme.faint,
        )  # fmt: skip
        nodes = [statement(block.key, **attributes(block)) for block in members.get(path, [])]
        within = [f"\t{line}" for line in (look, *nodes, *inside[path])]
        cluster = [f"\tsubgraph {quoted(f'cluster_{path}')} {{\n", *within, "\t}\n"]
        (inside[path.rpartition("/")[0]] if "/" in path else outside).extend(cluster)
    return outside + [statement(block.key, **attributes(block)) for block in members.get("", [])]


def prefixes(path: str) -> list[str]:
    """`a/b/c` lies in a, a/b and a/b/c."""
    steps = path.split("/") if path else []
    return ["/".join(steps[: k + 1]) for k in range(len(steps))]


def node_attributes(block: Block, label: Label, theme: Theme) -> dict[str, str]:
    fill, border = theme.fills[block.look]
    return {
        "label": table(label, theme), "id": block.key, "fillcolor": fill, "color": border,
        "style": "rounded,filled,dashed" if block.kind in ("constant", "cut", "outside") else "rounded,filled",
        "tooltip": label.whole or label.heading,
        "peripheries": "2" if block.times > 1 or block.kind == "group" else "1",
    }  # fmt: skip


def table(label: Label, theme: Theme) -> Html:
    """The HTML-like label: the heading, then a row for each caption and its text."""
    rows = ""
    for heading, remark in label.lines:
        parts = [f'<FONT POINT-SIZE="{HEADING}"><B>{escaped(heading)}</B></FONT>'] if heading else []
        parts += [f'<FONT POINT-SIZE="{CAPTION}" COLOR="{theme.faint}">{escaped(remark)}</FONT>'] if remark else []
        rows += f'<TR><TD COLSPAN="2" ALIGN="LEFT">{"  ".join(parts)}</TD></TR>'
    for caption, text in label.rows:
        colour = theme.faint if text == "–" else theme.hot if caption == "grad" else theme.ink
        rows += (
            f'<TR><TD ALIGN="LEFT"><FONT POINT-SIZE="{CAPTION}" COLOR="{theme.faint}">{caption}&#160;&#160;</FONT></TD>'
            f'<TD ALIGN="RIGHT"><FONT COLOR="{colour}">{escaped(typeset(text))}</FONT></TD></TR>'
        )
    return Html(f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="1">{rows}</TABLE>>')


def typeset(figures: str) -> str:
    """Figures with the minus of print."""
    return figures.replace("-", "−")


def edge_attributes(link: Link, strength: float | None, theme: Theme) -> dict[str, str]:
    """Width and colour by the size of the gradient; dashes where none can flow, dots from a constant."""
    found = {"id": link.key, "color": theme.cold, "penwidth": "1", "label": beside(edge_label(link))}
    if strength is not None:
        found["color"] = blend(theme.cold, theme.hot, strength)
        found["penwidth"] = f"{0.8 + 2.2 * strength:.2f}"
    if link.is_constant:
        found["style"] = "dotted"
    elif link.is_cut:
        found["style"] = "dashed"
        found["label"] = beside("cut")
    return found


def beside(text: str) -> str:
    """An edge's label, with room around it so that the arrow does not strike it through."""
    cell = f'<TD>{escaped(typeset(text))}</TD>'
    table = f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="3"><TR>{cell}</TR></TABLE>>'
    return Html(table) if text else ""


def escaped(text: str) -> str:
    """Text for an HTML-like label: every character stands for itself."""
    return html.escape(printable(text), quote=True).replace("\\", "\\\\") or " "

