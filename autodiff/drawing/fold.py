"""From a graph to a sketch of it that fits a page: constants written into their op, groups closed, repeats rolled up.

A sketch has blocks and links. A block stands for one node, or for many that play the same part. A graph is folded only as
far as the budget of blocks demands, and the sketch's note says how. No arrow of a folded graph goes back.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import replace

from autodiff.drawing.anonymous import weight_of
from autodiff.drawing.blocks import Block, Link, Sketch, finished, in_order, linked, pattern
from autodiff.drawing.closing import close_groups, groups_to_close, parts_closed
from autodiff.drawing.coarse import coarser
from autodiff.drawing.collecting import without_collector
from autodiff.drawing.data import array_of, is_drawn, is_inside, is_named_data, one_by_one
from autodiff.drawing.gathered import gathered, is_named
from autodiff.drawing.graph import Graph, Node
from autodiff.drawing.opening import drawn, opened, shared
from autodiff.drawing.outline import Outline, is_round, titles
from autodiff.drawing.outlined import outline
from autodiff.drawing.parts import Fold, Part, heading
from autodiff.drawing.results import common_name, used_outside
from autodiff.drawing.summary import computed
from autodiff.drawing.widening import widen

__all__ = ["Block", "Folding", "Link", "Sketch", "pattern", "sketch"]

OPEN = 150  # up to so many nodes, a graph is drawn whole
FOLDED = 60  # so many blocks a larger one is folded to
SMALL = 60  # up to so many nodes, constants are drawn as nodes of their own


@without_collector()
def sketch(
    graph: Graph, budget: int | None = None, constants: bool | None = None, collapse: bool | Collection[str] | None = None
) -> Sketch:
    """The graph within a budget of blocks (None: 60 for a graph of more than 150 nodes). `constants`: whether they are nodes of
    their own (None: in small graphs that are drawn whole; arrays for which the program has a name, always). `collapse`: True
    closes every group, a collection of paths these, False none, None as many as the budget demands."""
    return Folding(graph, constants).sketch(budget, collapse)


class Folding:
    """The sketches of one graph. They have one outline, which is most of the work."""

    def __init__(self, graph: Graph, constants: bool | None = None) -> None:
        self.graph, self.constants = graph, constants
        self.large = len(graph.nodes) > OPEN
        self.room = 0  # how many blocks there are in the last sketch, where no leaf is drawn in the group that reads it
        self.last: tuple[Fold, int, int, list[str]] | None = None  # the last fold, its budget, `apart`, what else was folded
        self._outline: Outline | None = None

    def sketch(
        self, budget: int | None = None, collapse: bool | Collection[str] | None = None, apart: int | None = None
    ) -> Sketch:
        """As the function `sketch`. `apart`: if there are more blocks, leaves that one closed group alone reads are drawn in it
        (None: if there are more than the budget)."""
        if budget is not None and budget < 10:
            raise ValueError(f"A picture needs a budget of at least 10 nodes, but got {budget}.")
        graph, folds = self.graph, list[str]()
        separate = len(graph.nodes) <= min(SMALL, budget or SMALL) if self.constants is None else self.constants
        shown = [node for node in graph.nodes
                 if node.kind != "constant" or is_drawn(node) or (separate and not is_inside(node))]  # fmt: skip
        if self.constants is None and len(shown) < len(graph.nodes):
            folds.append("constants written into their ops")
        most = budget if budget is not None else len(shown) if len(shown) <= OPEN else FOLDED
        if collapse is not None:
            return by_hand(graph, shown, most, collapse, folds)
        if len(shown) <= most:
            self.room = len(shown)
            return finished(graph, one_by_one(shown), folds)
        if self._outline is None:
            self._outline = outline(shown, max(most, FOLDED))
        fold = Fold(self._outline)
        within = most if apart is None else apart
        parts = parts_within(fold, most, within)
        self.last = fold, most, within, folds
        self.room = len(parts) if apart is None else max(len(parts), len(drawn(fold, fold.parts, most)))
        return of_parts(graph, fold, parts, folds)

    def widen(self, fits: Callable[..., bool]) -> None:
        """Draw the turns of loops in the last sketch one by one, if nothing closes by that; and open more of its groups, one
        kind after another. Each as far as `fits` is true of the sketch; `as_large`: and the page no smaller."""
        assert self.last is not None
        fold, budget, apart, folds = self.last
        turns = Fold(fold.outline)
        turns.by_turns = True
        parts = parts_within(turns, budget, apart)
        if len(turns.parts) > len(fold.parts) and closed_in(turns) <= closed_in(fold):
            fold = turns if fits(of_parts(self.graph, turns, parts, folds), as_large=True) else fold

        def sketch_fits(parts: list[Part]) -> bool:
            return fits(of_parts(self.graph, fold, shared(fold, held_in(fold, parts, budget, apart)), folds))

        widen(fold, sketch_fits)


def by_hand(graph: Graph, nodes: list[Node], budget: int, collapse: bool | Collection[str], folds: list[str]) -> Sketch:
    """The sketch with those groups closed that the caller names, and no others."""
    paths = groups_to_close(nodes, collapse)
    blocks = close_groups(nodes, paths)
    if len(blocks) > budget:
        fold = Fold(outline(nodes, budget))
        return of_parts(graph, fold, coarser(fold, parts_closed(fold, paths), budget), folds)
    if paths:
        folds.append(f"{len(paths)} groups closed" if len(paths) > 1 else f"group {paths[0]} closed")
    blocks, links = in_order(blocks, linked(blocks))
    return finished(graph, blocks, folds, links)


def parts_within(fold: Fold, budget: int, apart: int) -> list[Part]:
    """The parts in which a fold is drawn within the budget; with leaves that one closed group alone reads, if there are no more
    than `apart`."""
    opened(fold, budget)
    parts = held_in(fold, fold.parts, budget, apart)
    if len(parts) > budget:
        parts = gathered(fold, parts)
    if len(parts) > budget:
        parts = coarser(fold, parts, budget)
    return shared(fold, parts)


def held_in(fold: Fold, parts: list[Part], budget: int, apart: int) -> list[Part]:
    """The parts as they are drawn: if they are more than `apart`, with the leaves that one closed group alone reads in it."""
    found = drawn(fold, parts, budget)
    return drawn(fold, parts, budget, absorb=True) if len(found) > apart else found


def closed_in(fold: Fold) -> set[str]:
    """What is closed in a fold, by the stems of the names."""
    return {part.groups[0].stem for part in fold.parts if part.groups}


def blocks_of(graph: Graph, fold: Fold, parts: Sequence[Part]) -> tuple[list[Block], list[Link]]:
    """A block for each part, so that what a block needs comes before it; and the arrows."""
    place = fold.outline.place(graph)
    blocks = [block_like(part, fold.outline, place) for part in parts]
    home = {atom.number: block for part, block in zip(parts, blocks, strict=True) for atom in part.atoms}
    links = links_of(fold.outline, home)
    blocks.sort(key=lambda block: place[block.members[-1]])
    return in_order(blocks, links)


def links_of(outline: Outline, home: Mapping[int, Block]) -> list[Link]:
    """The arrows between blocks of whole atoms, which `linked` finds edge by edge."""
    links: dict[Hashable, Link] = {}
    for (source, into), edges in outline.edges.items():
        first, last = home[source], home[into]
        if first is not last:
            alone = len(first.members) == len(last.members) == 1
            for slot, several in [(edge.slot, [edge]) for edge in edges] if alone else [(-1, edges)]:
                link = links.get((first, last, slot))
                if link is None:
                    link = links[first, last, slot] = Link(first, last, [])
                link.edges += several
    return list(links.values())


def of_parts(graph: Graph, fold: Fold, parts: Sequence[Part], folds: list[str]) -> Sketch:
    """The sketch in which each part is a block."""
    blocks, links = blocks_of(graph, fold, parts)
    paths = [path for block in blocks for path in block.paths]
    if paths:
        folds = [*folds, f"{len(paths):,} groups closed" if len(paths) > 1 else f"group {paths[0]} closed"]
    if any(block.times > 1 for block in blocks):
        folds = [*folds, "repeats rolled up"]
    return finished(graph, blocks, folds, links)


def block_like(part: Part, outline: Outline, place: dict[Node, int]) -> Block:
    """The block of a part, with what an earlier sketch found out about it."""
    key = (part.within, bool(part.groups), tuple(atom.number for atom in part.atoms))
    if key not in outline.blocks:
        outline.blocks[key] = block_of(part, place)
    return replace(outline.blocks[key], inputs=[], users=[])


def block_of(part: Part, place: dict[Node, int]) -> Block:
    members = part.members
    if len(part.atoms) > 1:
        members.sort(key=place.__getitem__)
    if part.groups:
        within = f"{part.within}/" if part.within else ""
        title = within + heading(part.groups)
        return Block("group", members, part.within, title, times=len(part.groups), paths=[g.path for g in part.groups])
    first = members[0]
    data = all(map(is_named_data, members))
    times = len({numbers for _, numbers in map(array_of, members)}) if data else sum(atom.times for atom in part.atoms)
    if part.mixed:
        return Block("group", members, part.within, name_of_mixed(part, members), times=1)
    if any(is_round(atom) for atom in part.atoms):
        weights = [weight for node in members if (weight := weight_of(node)) is not None]
        linear = [f"linear {common_name(weights)}"] if weights else []
        return Block("group", members, part.within, ", ".join([*linear, *titles(members)]))
    if times < len(members) and first.op is not None:
        return Block("sum", members, part.within, times=times)
    return Block(first.kind, members, part.within, times=times)


def name_of_mixed(part: Part, members: Sequence[Node]) -> str:
    """The names of the parts that have one, the largest first, and the ops of the others that have results: `linear w, add`."""
    known = [each for each in part.mixed if is_named(each) or any(weight_of(node) is not None for node in each.members)]
    named = sorted(known or part.mixed, key=lambda each: -each.size)
    inside = {node for each in named for node in each.members}
    others = titles(node for node in used_outside(members) if node not in inside)
    return ", ".join(dict.fromkeys([*map(name_of, named), *others]))


def name_of(part: Part) -> str:
    if part.groups:
        return heading(part.groups)
    members = part.members
    known = common_name(members) if len(members) > 1 else members[0].name
    return known or computed(members)[0] or titles(members)[0]
