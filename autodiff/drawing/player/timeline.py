"""What the player shows at each step of the forward and of the backward pass, as plain data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autodiff.drawing.blocks import Block, Link, Sketch
from autodiff.drawing.clipping import PRINT
from autodiff.drawing.figures import figures, number, shape
from autodiff.drawing.formula import grouped, title
from autodiff.drawing.graph import Edge, Graph, Node
from autodiff.drawing.labels import failed_label
from autodiff.drawing.player.names import Names, is_single
from autodiff.drawing.player.texts import (
    Data,
    block_data,
    equation,
    in_numbers,
    link_data,
    one_step,
    ops_of,
    outputs,
    weights,
)
from autodiff.drawing.results import ranges
from autodiff.drawing.slopes import contributions

LISTED = 4  # so many inputs of a closed group are listed
BATCH = 12  # boxes of one group that one coarse step may take together


def timeline(sketch: Sketch, names: Names) -> Data:
    """Everything that the page shows of a sketch, but its places: boxes, arrows, steps.

    A step's `batch` is the number of the coarse step that it is a part of. `titles` are those of the coarse steps, forward and
    backward.
    """
    index = {block: k for k, block in enumerate(sketch.blocks)}
    batches = batches_of(sketch.blocks)
    boxes = [block_data(block, names) for block in sketch.blocks]
    boxes = [data | {"sum": data["gradient"]} for data in boxes]
    steps = [*Forward(sketch, names, boxes).steps(), *Backward(sketch, names, boxes).steps()]
    for step in steps:
        step["batch"] = -1 if step.pop("start", False) else batches[step["node"] if "by" not in step else step["by"]]
        step.pop("by", None)
        for k, total in step.get("sums", ()):  # which may be longer on its way than at the end
            boxes[k]["sum"] = max(boxes[k]["sum"], total, key=len)
    return {
        "nodes": boxes,
        "edges": [link_data(link, names.top) | {"from": index[link.source], "to": index[link.into]} for link in sketch.links],
        "steps": steps,
        "titles": batch_titles(sketch.blocks, batches, names),
    }


def step_count(sketch: Sketch) -> int:
    """How many steps there are in all, each arrow of a node by itself."""
    count = sum(map(is_computed, sketch.blocks))
    if sketch.graph.differentiated:
        count += sum(len(starts(block)) for block in sketch.blocks)
        count += sum(len(sent(block)) if is_single(block) else bool(sent(block)) for block in sketch.blocks)
    return count


def is_computed(block: Block) -> bool:
    return block.kind != "outside" and any(node.op is not None or node.origin for node in block.members)


def starts(block: Block) -> list[Node]:
    """The targets in a block, where the backward pass starts."""
    return [] if block.kind == "outside" else [node for node in block.members if node.target]


def sent(block: Block) -> list[Link]:
    """The arrows along which a block sends gradient back."""
    return [link for link in block.inputs if any(edge.part is not None for edge in link.edges)]


def batches_of(blocks: list[Block]) -> list[int]:
    """For each block the number of its coarse step: consecutive blocks of one group go together."""
    found: list[int] = []
    size = 0
    for k, block in enumerate(blocks):
        before = blocks[k - 1] if k else None
        joins = before is not None and block.group and block.group == before.group and size < BATCH
        joins = joins and is_single(block) and before is not None and is_single(before)
        found.append(found[-1] if joins else (found[-1] + 1 if found else 0))
        size = size + 1 if joins else 1
    return found


def batch_titles(blocks: list[Block], batches: list[int], names: Names) -> dict[int, list[str]]:
    """For each coarse step the titles of what it takes together, forward and backward."""
    members: dict[int, list[Block]] = {}
    for block, batch in zip(blocks, batches, strict=True):
        members.setdefault(batch, []).append(block)
    found = {}
    for batch, some in members.items():
        if len(some) > 1:
            group = some[0].group.rpartition("/")[2]
            found[batch] = [f"{group}: values", f"The gradient goes back through {group}"]
        elif len(some[0].inputs) > 1:
            sources = dict.fromkeys(names.of(link.source) for link in some[0].inputs if link.source.kind != "constant")
            found[batch] = ["", f"{names.of(some[0])} sends its gradient back to {listed(list(sources))}"]
    return found


def listed(words: list[str]) -> str:
    """`a, b and c`; of many the first."""
    if len(words) > LISTED:
        return f"{', '.join(words[: LISTED - 1])} and {len(words) - LISTED + 1} more"
    return " and ".join(part for part in (", ".join(words[:-1]), words[-1]) if part) if words else ""


class Forward:
    """Leaves are there from the start; each op then fills in its value."""

    def __init__(self, sketch: Sketch, names: Names, boxes: list[Data]) -> None:
        self.blocks, self.names, self.boxes = sketch.blocks, names, boxes

    def steps(self) -> Iterator[Data]:
        for k, block in enumerate(self.blocks):
            if is_computed(block):
                told = self.of_node(block.members[0]) if is_single(block) else self.of_many(block, self.boxes[k])
                yield {"pass": "forward", "node": k, **told}

    def of_node(self, node: Node) -> Data:
        if node.failed and node.value is None:
            operands = [f"{caption}: {text}" for caption, text in failed_label(node, PRINT).rows]
            return {"title": f"{one_step(node, self.names)} fails", "lines": operands}
        return {"title": equation(node, self.names), "lines": [text] if (text := in_numbers(node)) else []}

    def of_many(self, block: Block, data: Data) -> Data:
        sources = dict.fromkeys(link.source for link in block.inputs if link.source.kind != "constant")
        lines = [f"in: {self.names.of(source)}, {range_from(block, source)}" for source in list(sources)[:LISTED]]
        if len(sources) > LISTED:
            lines.append(f"in: {len(sources) - LISTED} more")
        shapes = {shape(node.value) for node in outputs(block)}
        out = data["value"] + (f" of [{shapes.pop()}]" if len(shapes) == 1 and shapes != {""} else "")
        held = weights(block).partition(",")[0]
        lines += [f"weights inside: {held}"] * bool(held) + [f"out: {out}"]
        ops = ops_of(block)  # "" where constants came back at cuts
        return {"title": f"{self.names.of(block)} is computed", "lines": [f"by {ops}"] * bool(ops) + lines}


def range_from(block: Block, source: Block) -> str:
    """The range of what a block takes from another."""
    taken = dict.fromkeys(edge.source for link in block.inputs if link.source is source for edge in link.edges)
    return ranges([node.value for node in taken])


class Backward:
    """First the target's own gradient, then back along the arrows: upstream times local, added to what was there. A closed
    group sends along all its arrows in one step."""

    def __init__(self, sketch: Sketch, names: Names, boxes: list[Data]) -> None:
        self.sketch, self.names, self.boxes = sketch, names, boxes
        self.index = {block: k for k, block in enumerate(sketch.blocks)}
        self.goal = goal_of(sketch.graph, names)
        self.sums: dict[Block, dict[Node, Any]] = {}  # what arrived so far, by the nodes of each block
        self.place = {link: k for k, link in enumerate(sketch.links)}

    def steps(self) -> Iterator[Data]:
        if not self.sketch.graph.differentiated:
            return
        for block in self.sketch.blocks:
            yield from (self.start(block, node) for node in starts(block))
        for block in reversed(self.sketch.blocks):
            links = sent(block)
            if is_single(block):
                yield from (self.along(link) for link in links)
            elif links:
                yield self.through(block, links)

    def start(self, block: Block, node: Node) -> Data:
        self.sums.setdefault(block, {})[node] = 1.0 if isinstance(node.value, float) else np.ones_like(node.value)
        return {
            "pass": "backward", "node": self.index[block], "start": True, "edges": [], "sums": [[self.index[block], "1"]],
            "title": f"∂{self.goal}/∂{grouped(self.names[node])} = 1",
            "lines": ["the target's gradient with respect to itself"],
        }  # fmt: skip

    def along(self, link: Link) -> Data:
        """One step of a node, along one of its arrows."""
        sums = self.sums.setdefault(link.source, {})
        edge = link.edges[0]
        before = sums.get(edge.source)
        total = self.add(link)
        here, there = self.names.of(link.source), self.names.of(link.into)
        told = {
            "pass": "backward", "node": self.index[link.source], "by": self.index[link.into], "edges": [self.place[link]],
            "sums": [[self.index[link.source], total]],
        }  # fmt: skip
        if not is_single(link.source) or len(link.edges) > 1:
            parts = [part for edge in link.edges if (part := edge.part) is not None]
            lines = arithmetic(edge, None, edge.part)[:1] if len(parts) == 1 else [f"{len(parts)} parts: {ranges(parts)}"]
            return {**told, "title": f"{there} sends its gradient back to {here}", "lines": lines}
        sign = "=" if before is None else "+="
        x, y = grouped(here), grouped(there)
        title = f"∂{self.goal}/∂{x} {sign} ∂{self.goal}/∂{y} · ∂{y}/∂{x}"
        return {**told, "title": title, "lines": arithmetic(edge, before, sums[edge.source])}

    def through(self, block: Block, links: list[Link]) -> Data:
        """The one step of a closed group."""
        totals = {self.index[link.source]: self.add(link) for link in links}
        totals[self.index[block]] = self.boxes[self.index[block]]["gradient"]  # with what its own nodes send to one another
        arrived = self.sums.get(block, {})
        lines = [f"arrives: {ranges(list(arrived.values()))}"] if arrived else []
        for link in links[:LISTED]:
            lines.append(f"to {self.names.of(link.source)}: {ranges(contributions(link.edges))}")
        if len(links) > LISTED:
            lines.append(f"to {len(links) - LISTED} more")
        held = weights(block)
        lines += [f"its weights: {held}"] * bool(held)
        return {
            "pass": "backward", "node": self.index[block], "edges": [self.place[link] for link in links],
            "sums": [list(total) for total in totals.items()], "lines": lines,
            "title": f"The gradient goes back through {self.names.of(block)}" if block.kind != "outside"
            else f"The gradient comes in from {self.names.of(block)}",
        }  # fmt: skip

    def add(self, link: Link) -> str:
        """Add what flows along an arrow to the sums at its source; returns the sum there, or the range of the sums."""
        sums = self.sums.setdefault(link.source, {})
        for edge in link.edges:
            part = edge.part
            if part is not None:
                before = sums.get(edge.source)
                sums[edge.source] = part if before is None else before + part
        return figures(sums[link.source.members[0]]) if is_single(link.source) else ranges(list(sums.values()))


def goal_of(graph: Graph, names: Names) -> str:
    """What is differentiated, as it stands behind a ∂."""
    goal = "+".join(names[node] for node in graph.targets)
    return grouped(goal) if "+" not in goal else f"({goal})"


def arithmetic(edge: Edge, before: Any, total: Any) -> list[str]:
    """upstream × local = contribution, and the running sum, in figures."""
    if edge.local is not None and not np.ndim(edge.part):
        lines = [f"{braced(figures(edge.into.gradient))} × {braced(number(edge.local))} = {figures(edge.part)}"]
    else:
        op = title(edge.into)
        lines = [f"through the rule of {op}, from [{shape(edge.into.value) or 'number'}] to "
                 f"[{shape(edge.source.value) or 'number'}]", f"contribution: {figures(edge.part)}"]  # fmt: skip
    if before is not None:
        lines.append(f"running sum: {figures(before)} + {braced(figures(edge.part))} = {figures(total)}"
                     if not np.ndim(total) else f"running sum: {figures(total)}")  # fmt: skip
    return lines


def braced(text: str) -> str:
    return f"({text})" if text.startswith("-") else text
