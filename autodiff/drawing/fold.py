"""From a graph to a sketch of it that fits a page: constants written into their op, layers closed, repeats rolled up.

A sketch has blocks and links. A block stands for one node, or for many that play the same part. A graph is folded only as
far as the budget of blocks demands, and the sketch's note says how.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass, field

from autodiff.drawing.alike import alike
from autodiff.drawing.formula import title
from autodiff.drawing.graph import Edge, Graph, Node
from autodiff.drawing.groups import numbered, within
from autodiff.failures.nesting import brief

OPEN = 150  # up to so many nodes, layers are drawn open
SMALL = 60  # up to so many nodes, constants are drawn as nodes of their own
DIGITS = re.compile(r"\d+")


@dataclass(slots=True, eq=False)
class Block:
    """One thing drawn. `kind` is a node's kind, "group" for a closed group, or "sum" for a chain of additions."""

    kind: str
    members: list[Node]
    group: str = ""  # the cluster that it is drawn in
    title: str = ""  # of a closed group: its path
    key: str = ""
    inputs: list[Link] = field(default_factory=list)
    users: list[Link] = field(default_factory=list)
    times: int = 1  # how many such blocks were rolled up in this one

    @property
    def target(self) -> bool:
        return any(node.target for node in self.members)

    @property
    def failed(self) -> bool:
        return any(node.failed for node in self.members)


@dataclass(slots=True, eq=False)
class Link:
    """One arrow: an edge, or the many edges between two blocks."""

    source: Block
    into: Block
    edges: list[Edge]
    key: str = ""


@dataclass(slots=True)
class Sketch:
    """What is drawn, in the order of recording, and a note of what was folded."""

    graph: Graph
    blocks: list[Block]
    links: list[Link]
    note: str = ""


def sketch(
    graph: Graph, budget: int = 300, constants: bool | None = None, collapse: bool | Collection[str] | None = None
) -> Sketch:
    """The graph within a budget of blocks. `constants`: whether they are nodes of their own (None: in small graphs).
    `collapse`: True closes every layer, a collection of paths these, None all in graphs that are large."""
    if budget < 10:
        raise ValueError(f"A picture needs a budget of at least 10 nodes, but got {budget}.")
    folds: list[str] = []
    separate = len(graph.nodes) <= SMALL if constants is None else constants
    shown = [node for node in graph.nodes if separate or node.kind != "constant" or not node.users]
    if constants is None and len(shown) < len(graph.nodes):
        folds.append("constants written into their ops")
    blocks = [Block(node.kind, [node], node.group) for node in shown]
    closed = groups_to_close(blocks, budget, collapse)
    if closed:
        blocks = close_groups(blocks, closed)
        folds.append(f"{len(closed)} layers closed" if len(closed) > 1 else f"layer {closed[0]} closed")
    if len(blocks) > budget:
        blocks = roll(blocks, budget)
        folds.append("repeats rolled up")
    return finished(graph, blocks, folds)


def groups_to_close(blocks: list[Block], budget: int, collapse: bool | Collection[str] | None) -> list[str]:
    """The paths of the layers that are to be one block each."""
    paths = sorted({block.group for block in blocks if block.group})
    if collapse is None:
        many = len(blocks) > min(budget, OPEN) and len(paths) > 1
        return innermost(paths) if many else []
    if isinstance(collapse, bool):
        return innermost(paths) if collapse else []
    refuse_unknown(collapse, paths)
    return [layer for path in collapse for layer in numbered(path, paths)]


def refuse_unknown(collapse: Collection[str], paths: list[str]) -> None:
    for path in collapse:
        if not any(within(known, layer) for known in paths for layer in numbered(path, paths)):
            known = ", ".join(paths[:8]) or "none: name variables like 'dense_1/kernel'"
            raise ValueError(f"There is no layer {brief(path)} to collapse; the layers are {known}.")


def innermost(paths: list[str]) -> list[str]:
    """The layers that hold no other layer."""
    return [path for path in paths if not any(other != path and within(other, path) for other in paths)]


def close_groups(blocks: list[Block], closed: Collection[str]) -> list[Block]:
    """One block for each closed layer, in the place of its last node, so that what it needs comes before it."""
    def closed_path(block: Block) -> str:
        return next((path for path in closed if block.group and within(block.group, path) and not block.failed), "")

    return merged(blocks, lambda block: closed_path(block) or id(block), as_group)


def as_group(parts: list[Block], key: Hashable) -> Block:
    members = [node for part in parts for node in part.members]
    assert isinstance(key, str)
    return Block("group", members, key.rpartition("/")[0], title=key)


def roll(blocks: list[Block], budget: int) -> list[Block]:
    """Blocks that play the same part as one block each, in as many groups as the budget allows."""
    blocks = join_sums(blocks)
    if len(blocks) <= budget:
        return blocks
    links = linked(blocks)
    position = {id(block): k for k, block in enumerate(blocks)}
    arrows = [(position[id(link.source)], position[id(link.into)]) for link in links]
    for rough in (kind_of, op_of, sort_of):
        kinds = [rough(block) for block in blocks]
        if len(set(kinds)) <= budget:
            break
    groups = alike(kinds, arrows, budget)
    group_of = {id(block): group for block, group in zip(blocks, groups, strict=True)}
    return merged(blocks, lambda block: group_of[id(block)], rolled)


def rolled(parts: list[Block], key: Hashable) -> Block:
    members = [node for part in parts for node in part.members]
    first = parts[0]
    layers = {part.group for part in parts}
    return Block(first.kind, members, first.group if len(layers) == 1 else "", pattern([p.title for p in parts]),
                 times=len(parts))  # fmt: skip


def pattern(names: list[str]) -> str:
    """One name for several: `dense_0`, `dense_1` are `dense_#`; names with nothing in common have none.

    >>> pattern(["block_0/w", "block_11/w"]), pattern(["w", "w"]), pattern(["w", "b"])
    ('block_#/w', 'w', '')
    """
    if len(set(names)) == 1:
        return names[0]
    stems = {DIGITS.sub("#", name) for name in names}
    return stems.pop() if len(stems) == 1 else ""


def kind_of(block: Block) -> Hashable:
    """What two blocks must share to be rolled up: their op, shape, layer and name, numbers aside."""
    node = block.members[0]
    stem = DIGITS.sub("#", block.title or node.name or "")
    layer = DIGITS.sub("#", block.group)
    if block.kind == "group":
        return "group", layer, stem, tuple(sorted({title(member) for member in block.members if member.op}))
    return block.kind, title(node), layer, stem, node.target, node.failed


def op_of(block: Block) -> Hashable:
    node = block.members[0]
    return block.kind, title(node), node.target, node.failed


def sort_of(block: Block) -> Hashable:
    return block.kind, block.failed


def join_sums(blocks: list[Block]) -> list[Block]:
    """Additions whose result only goes to another addition become one block with it: a sum of many terms."""
    head: dict[Node, Node] = {}
    for block in reversed(blocks):
        node = block.members[0]
        if len(block.members) > 1 or not is_addition(node) or node.target or node.failed or len(node.users) != 1:
            continue
        user = node.users[0].into
        if is_addition(user):
            head[node] = head.get(user, user)
    return merged(blocks, lambda block: head.get(block.members[0], block.members[0]), as_sum)


def is_addition(node: Node) -> bool:
    return node.op is not None and node.op.symbol == "+"


def as_sum(parts: list[Block], key: Hashable) -> Block:
    members = [node for part in parts for node in part.members]
    layers = {part.group for part in parts}
    return Block("sum", members, parts[0].group if len(layers) == 1 else "")


def merged(
    blocks: list[Block], key_of: Callable[[Block], Hashable], make: Callable[[list[Block], Hashable], Block]
) -> list[Block]:
    """Blocks of the same key as one, in the place of the last of them."""
    groups: dict[Hashable, list[Block]] = {}
    for block in blocks:
        groups.setdefault(key_of(block), []).append(block)
    last = {id(parts[-1]): key for key, parts in groups.items()}
    found = []
    for block in blocks:
        if id(block) in last:
            key = last[id(block)]
            parts = groups[key]
            found.append(parts[0] if len(parts) == 1 and not isinstance(key, str) else make(parts, key))
    return found


def linked(blocks: list[Block]) -> list[Link]:
    """The arrows between blocks, one for each pair of them, in the order of recording; between single nodes one for each
    edge, so that `x * x` has two."""
    home = {id(node): block for block in blocks for node in block.members}
    links: dict[Hashable, Link] = {}
    for block in blocks:
        for node in block.members:
            for edge in node.inputs:
                source = home.get(id(edge.source))
                if source is None or (source is block and block.kind in ("group", "sum")):
                    continue
                single = len(source.members) == 1 and len(block.members) == 1
                key = (id(source), id(block), edge.slot if single else -1)
                if key not in links:
                    links[key] = Link(source, block, [])
                links[key].edges.append(edge)
    return list(links.values())


def finished(graph: Graph, blocks: list[Block], folds: list[str]) -> Sketch:
    """The sketch with its arrows, its keys, and its note."""
    links = linked(blocks)
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
    return Sketch(graph, blocks, links, "\n".join(notes))
