"""What is inside a block: which of its nodes a view shows, and how they are folded. Its neighbours are boxes around them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from math import ceil

from autodiff.drawing.blocks import Block, Sketch, finished, in_order, linked
from autodiff.drawing.closed_label import path_in
from autodiff.drawing.collecting import without_collector
from autodiff.drawing.convex import AGAIN
from autodiff.drawing.cycles import acyclic, rounds
from autodiff.drawing.data import is_drawn, one_by_one
from autodiff.drawing.fold import blocks_of, parts_within
from autodiff.drawing.graph import Graph, Node
from autodiff.drawing.groups import common, within
from autodiff.drawing.joining import joined
from autodiff.drawing.outline import titles
from autodiff.drawing.outlined import outline
from autodiff.drawing.outside import outside
from autodiff.drawing.parts import Fold
from autodiff.drawing.player.levels import with_data
from autodiff.failures.nesting import brief

INSIDE = 16  # boxes of the inside of a block
FEW = 25  # up to so many nodes, each is a box


@without_collector()
def view_of(graph: Graph, path: str, budget: int = 60) -> Sketch:
    """What is inside the group of that path, and a block of kind "outside" for each neighbour that gives to it or takes from
    it. `path` may be that of one group among several that were rolled up, of `Block.paths`."""
    inside = [node for node in graph.nodes if within(node.group, path) and is_drawn(node)]
    if not inside:
        known = ", ".join(list(dict.fromkeys(node.group for node in graph.nodes if node.group))[:8]) or "none"
        raise ValueError(f"There is no group {brief(path)} to look into; the groups are {known}.")
    return around(graph, inside, path, path, budget)


def around(graph: Graph, nodes: list[Node], path: str, title: str, budget: int) -> Sketch:
    """The sketch of these nodes, which are in the group `path`, and of their neighbours."""
    blocks = folded(replace(graph, nodes=nodes), path, budget)
    before, after = outside(nodes, path)
    found = finished(graph, [*before, *blocks, *after], [])
    found.note = f"Inside {title}: {len(nodes):,} nodes" + (f" drawn as {len(blocks)}." if len(blocks) < len(nodes) else ".")
    return found


def inside_of(graph: Graph, nodes: list[Node], title: str) -> Sketch:
    """What a view shows of these nodes of a block."""
    path, budget = common({node.group for node in nodes}), FEW if len(nodes) <= FEW else INSIDE
    sketch = around(graph, nodes, path, title, budget)
    for block in sketch.blocks:  # the frames around the group say nothing here
        block.group = block.group[len(path) :].strip("/") if within(block.group, path) or not path else ""
    return with_data(sketch, budget)


def folded(graph: Graph, path: str, budget: int) -> list[Block]:
    """The blocks in which the nodes of a graph are drawn. If they play one part, those that are alike in it, or if these are
    many the one block, which opens to each of them."""
    nodes = graph.nodes
    if len(nodes) <= budget:
        blocks = one_by_one(nodes)
        return blocks if len(blocks) > 1 else each_by_itself(nodes)
    fold = Fold(outline(nodes, budget, path))
    blocks, _ = blocks_of(graph, fold, parts_within(fold, budget, budget))
    if len(blocks) > 1:
        return blocks
    ones = alike_in(blocks[0])
    if len(ones) > budget:
        return blocks
    found = [block_of(one, path) for one in ones] if len(ones) > 1 else parted(nodes, path, budget)
    return in_order(found, linked(found))[0]


def block_of(nodes: list[Node], path: str) -> Block:
    return Block("sum" if len(nodes) > 1 else nodes[0].kind, nodes, path)


def each_by_itself(nodes: Sequence[Node]) -> list[Block]:
    return [Block(node.kind, [node], node.group) for node in nodes]


def parted(nodes: Sequence[Node], path: str, budget: int) -> list[Block]:
    """Nodes that play one part in one thing, as the products and additions of a neuron: each, if that is no more than two rows;
    those of each operation; or if an arrow goes back by that, as many one after another in a block as the budget demands."""
    if len(nodes) <= 2 * budget:
        return each_by_itself(nodes)
    kinds: dict[Hashable, list[Node]] = {}
    for node in nodes:
        kinds.setdefault((node.kind, node.op), []).append(node)
    home = {node: k for k, each in enumerate(kinds.values()) for node in each}
    arrows = {(home[edge.source], home[node]) for node in nodes for edge in node.inputs if edge.source in home}
    if 1 < len(kinds) <= budget and acyclic(len(kinds), [(source, into) for source, into in arrows if source != into]):
        return [Block(each[0].kind, each, path, times=len(each)) for each in kinds.values()]
    size = max(budget, ceil(len(nodes) / budget))
    runs = [(k, list(nodes[k : k + size])) for k in range(0, len(nodes), size)]
    return [Block("group", run, path, f"{', '.join(titles(run))} {k + 1}–{k + len(run)}") for k, run in runs]


# -- blocks of many that are alike ------------------------------------------------------------------------------------------


def ones_of(block: Block, name: str) -> list[tuple[str, list[Node]]]:
    """Those that are alike in a block of that name, each with its title and nodes; single nodes some side by side. The last
    comes first, as the first step of a loop often starts from zeros. Of a block that is one thing, all its nodes."""
    ones = alike_in(block)
    if len(ones) < 2:
        return [(name, block.members)]
    if len(ones) == len(block.members):
        size = len(ones) if len(ones) <= FEW else INSIDE
        rows = [(k, block.members[k : k + size]) for k in range(0, len(ones), size)]
        return [(name if size == len(ones) else f"{name} {k + 1}–{k + len(row)}", row) for k, row in rows]
    if is_rolled(block):
        known, start = paths_of(block), len(common(block.paths))
        titled = [(path_in(nodes[-1].group, known)[start:].strip("/") or name, nodes) for nodes in ones]
    else:
        names = [nodes[-1].name or "" for nodes in ones]
        several = not all(names) or len(set(names)) < len(names)
        titled = [(f"{own or name} ({k})" if several else own, nodes) for k, (own, nodes) in enumerate(zip(names, ones), 1)]
    return [*titled[-1:], *titled[:-1]]


def alike_in(block: Block) -> list[list[Node]]:
    """The nodes of each of those that are alike in a block: groups that were rolled up, statements, what hangs together."""
    if is_rolled(block):
        return by_path(block)
    return components(block.members) if block.kind == "group" else statements(block.members)


def is_rolled(block: Block) -> bool:
    """Whether a block is several groups."""
    return block.kind == "group" and block.times > 1 and len(block.paths) > 1


def paths_of(block: Block) -> set[str]:
    """The paths of its groups; all uses of a layer are one."""
    return {path.partition(AGAIN)[0] for path in block.paths}


def by_path(block: Block) -> list[list[Node]]:
    """The nodes of each of the groups of a block."""
    found: dict[str, list[Node]] = {}
    known = paths_of(block)
    homes = {group: path_in(group, known) for group in {node.group for node in block.members}}
    for node in block.members:
        if homes[node.group]:
            found.setdefault(homes[node.group], []).append(node)
    return list(found.values())


def statements(nodes: Sequence[Node]) -> list[list[Node]]:
    """Nodes with what stands in the block of each: an addition in its sum."""
    heads, _ = joined(nodes, {})
    found: dict[Node, list[Node]] = {}
    for node in nodes:
        found.setdefault(heads.get(node, node), []).append(node)
    return list(found.values())


def components(nodes: Sequence[Node]) -> list[list[Node]]:
    """What hangs together of these nodes, with the leaves that it alone reads, if all of it does the same; else nothing."""
    place = {node: k for k, node in enumerate(node for node in nodes if node.inputs)}
    arrows = [(place[edge.source], k) for node, k in place.items() for edge in node.inputs if edge.source in place]
    number = rounds(len(place), [*arrows, *((into, source) for source, into in arrows)])  # to and fro is a round
    home = {node: number[k] for node, k in place.items()}
    for node in nodes:
        users = {home[edge.into] for edge in node.users if edge.into in place}
        if not node.inputs and len(users) == 1:
            home[node] = users.pop()
    found: dict[int, list[Node]] = {}
    for node in nodes:
        if node in home:
            found.setdefault(home[node], []).append(node)
    alike = {frozenset(node.op for node in each) for each in found.values()}
    return list(found.values()) if len(alike) == 1 else []
