"""What a sketch is made of: blocks and links."""

from __future__ import annotations

import heapq
import re
from collections.abc import Collection, Hashable
from dataclasses import dataclass, field
from typing import Any

from autodiff.drawing.graph import Edge, Graph, Node

UNNAMED = "For the names of results and for groups {}draw the function."
DIGITS = re.compile(r"\d+")


@dataclass(slots=True, eq=False, repr=False)
class Block:
    """One thing drawn. `kind` is a node's kind, "group" for a closed group, "sum" for a chain of additions, or, in the view of
    one group, "outside" for what gives to it or takes from it."""

    kind: str
    members: list[Node]
    group: str = ""  # the cluster that it is drawn in
    title: str = ""  # of a closed group: its path; of what is outside: its name
    key: str = ""
    inputs: list[Link] = field(default_factory=list)
    users: list[Link] = field(default_factory=list)
    times: int = 1  # how many such blocks were rolled up in this one
    paths: list[str] = field(default_factory=list)  # of a closed group: those of the graph's groups that are in it
    found: dict[str, Any] = field(default_factory=dict)  # what took long to find, shared with the same block of another sketch

    @property
    def target(self) -> bool:
        return any(node.target for node in self.members)

    @property
    def failed(self) -> bool:
        return any(node.failed for node in self.members)

    @property
    def look(self) -> str:
        """Which colours it has: those of its kind, but for what is more than that."""
        if self.failed or self.target:
            return "failed" if self.failed else "target"
        return "cut" if self.kind == "constant" and self.members[0].origin else self.kind


@dataclass(frozen=True, slots=True)
class Label:
    """The text of one block: a heading, a remark beside it, and rows of a caption and its text, such as ("grad", "0.5")."""

    heading: str
    remark: str
    rows: tuple[tuple[str, str], ...]
    whole: str = ""  # everything, for a tooltip

    @property
    def lines(self) -> list[tuple[str, str]]:
        """What stands above the rows: of each line the part of the heading, and that of the remark, which begins beside it."""
        first, remark = self.heading.split("\n"), self.remark.split("\n")
        return [*((line, "") for line in first[:-1]), (first[-1], remark[0]), *(("", line) for line in remark[1:])]


@dataclass(slots=True, eq=False, repr=False)
class Link:
    """One arrow: an edge, or the many edges between two blocks."""

    source: Block
    into: Block
    edges: list[Edge]
    key: str = ""

    @property
    def is_constant(self) -> bool:
        """Whether nothing that the tape follows comes along it: data, and what was computed from data alone."""
        return all(edge.source.kind == "constant" or edge.source.fixed for edge in self.edges)

    @property
    def is_cut(self) -> bool:
        """Whether no gradient goes back along it to what has some."""
        return not self.is_constant and all(edge.cut for edge in self.edges)


@dataclass(slots=True, repr=False)
class Sketch:
    """What is drawn, in the order of recording, and a note of what was folded."""

    graph: Graph
    blocks: list[Block]
    links: list[Link]
    note: str = ""


def pattern(names: Collection[str]) -> str:
    """One name for several: `dense_0`, `dense_1` are `dense_#`; names with nothing in common have none.

    >>> pattern(["block_0/w", "block_11/w"]), pattern(["w", "w"]), pattern(["w", "b"])
    ('block_#/w', 'w', '')
    """
    known = set(names)
    if len(known) == 1:
        return known.pop()
    stems = {DIGITS.sub("#", name) for name in known}
    return stems.pop() if len(stems) == 1 else ""


def linked(blocks: list[Block]) -> list[Link]:
    """The arrows between blocks, one for each pair of them, in the order of recording; between single nodes one for each
    edge, so that `x * x` has two. To what is outside at the front, which gives, goes none."""
    home = {node: block for block in blocks for node in block.members}
    inside = next((k for k, block in enumerate(blocks) if block.kind != "outside"), 0)
    links: dict[Hashable, Link] = {}
    for block in blocks[inside:]:
        alone = len(block.members) == 1
        for node in block.members:
            for edge in node.inputs:
                source = home.get(edge.source)
                if source is None or source is block or (block.kind == source.kind == "outside"):
                    continue
                key = (source, block, edge.slot) if alone and len(source.members) == 1 else (source, block)
                link = links.get(key)
                if link is None:
                    link = links[key] = Link(source, block, [])
                link.edges.append(edge)
    return list(links.values())


def in_order(blocks: list[Block], links: list[Link]) -> tuple[list[Block], list[Link]]:
    """The blocks so that what each of them needs comes before it, and else in the order in which they are given; and the arrows
    between them, by the blocks to which they go."""
    place = {block: k for k, block in enumerate(blocks)}
    waiting = dict.fromkeys(blocks, 0)
    users: dict[Block, list[Block]] = {}
    for link in links:
        waiting[link.into] += 1
        users.setdefault(link.source, []).append(link.into)
    ready = [place[block] for block in blocks if not waiting[block]]
    found: list[Block] = []
    while ready:
        block = blocks[heapq.heappop(ready)]
        found.append(block)
        for user in users.get(block, ()):
            waiting[user] -= 1
            if not waiting[user]:
                heapq.heappush(ready, place[user])
    found += [block for block in blocks if waiting[block]]  # what the caller closed may go round
    place = {block: k for k, block in enumerate(found)}
    return found, sorted(links, key=lambda link: place[link.into])


def finished(graph: Graph, blocks: list[Block], folds: list[str], links: list[Link] | None = None) -> Sketch:
    """The sketch with its arrows, its keys, and its note."""
    links = linked(blocks) if links is None else links
    for k, block in enumerate(blocks):
        block.key = f"n{k}"
        block.inputs, block.users = [], []
    for k, link in enumerate(links):
        link.key = f"e{k}"
        link.into.inputs.append(link)
        link.source.users.append(link)
    notes = [f"The program raised {graph.message}"] if graph.message else []
    if folds:
        notes.append(f"{len(graph.nodes):,} nodes drawn as {len(blocks):,}: " + ", ".join(folds) + ".")
        if any(block.times > 1 for block in blocks) and not any(node.line or node.group for node in graph.nodes):
            notes.append(UNNAMED.format("" if graph.linked else "record with Tape(lines=True), or "))
    return Sketch(graph, blocks, links, "\n".join(notes))
