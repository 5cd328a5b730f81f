"""Which rank each block stands in: behind all its inputs, and close to its users where it has few inputs."""

from __future__ import annotations

from collections.abc import Iterator

from autodiff.drawing.dot import stacked
from autodiff.drawing.fold import Block, Link

Arrow = tuple[Block, Block]


def ranked(blocks: list[Block], links: list[Link]) -> dict[Block, int]:
    """The longest path from the leaves to each block, and then tightened. An arrow that goes back in the order of recording,
    as rolled-up graphs have them, counts the other way round."""
    position = {block: k for k, block in enumerate(blocks)}
    arrows = {forward(link, position): None for link in links if link.source is not link.into}
    users: dict[Block, list[Block]] = {block: [] for block in blocks}
    inputs: dict[Block, list[Block]] = {block: [] for block in blocks}
    for source, into in arrows:
        users[source].append(into)
        inputs[into].append(source)
    floors = {leaf: source for source, leaf in stacked(blocks) if not inputs[leaf]}
    ranks: dict[Block, int] = {}

    def rank_of(block: Block) -> int:
        if block not in ranks:  # a leaf may stand before the block that feeds its layer
            ranks[block] = 1 + ranks.get(floors[block], 0) if block in floors else 0
        return ranks[block]

    for block in blocks:
        if inputs[block]:
            ranks[block] = 1 + max(rank_of(source) for source in inputs[block])
    for block in blocks:
        rank_of(block)
    tighten(ranks, blocks, inputs, users, floors)
    taken = {rank: k for k, rank in enumerate(sorted(set(ranks.values())))}
    return {block: taken[rank] for block, rank in ranks.items()}


def forward(link: Link, position: dict[Block, int]) -> Arrow:
    """The ends of an arrow, the one that was recorded first before the other."""
    ends = link.source, link.into
    return ends if position[link.source] < position[link.into] else (link.into, link.source)


def tighten(
    ranks: dict[Block, int], blocks: list[Block], inputs: dict[Block, list[Block]], users: dict[Block, list[Block]],
    floors: dict[Block, Block],
) -> None:  # fmt: skip
    """Move each block up to its first user where that makes the arrows shorter on the whole. What leads only to the block
    moves along. So a leaf stands beside its first user, and so does what is computed from that leaf alone."""
    parent = post_dominators(blocks, users)
    children: dict[Block, list[Block]] = {block: [] for block in blocks}
    for block, meeting in parent.items():
        if meeting is not None:
            children[meeting].append(block)
    above: dict[Block, list[Block]] = {block: list(users[block]) for block in blocks}
    for leaf, source in floors.items():
        above[source].append(leaf)
    for block in reversed(blocks):
        slack = min((ranks[user] for user in above[block]), default=0) - 1 - ranks[block]
        if slack <= 0:
            continue
        moving = set(below(block, children))
        entering = sum(source not in moving for member in moving for source in inputs[member])
        if entering <= len(users[block]):
            for member in moving:
                ranks[member] += slack


def post_dominators(blocks: list[Block], users: dict[Block, list[Block]]) -> dict[Block, Block | None]:
    """For each block the first one through which every path from it to an end goes; None if there is none."""
    parent: dict[Block, Block | None] = {}
    depth: dict[Block | None, int] = {None: 0}
    for block in reversed(blocks):
        meeting: Block | None = users[block][0] if users[block] else None
        for user in users[block][1:]:
            other: Block | None = user
            while meeting is not other:
                if depth[meeting] < depth[other]:
                    meeting, other = other, meeting
                assert meeting is not None
                meeting = parent[meeting]
        parent[block], depth[block] = meeting, depth[meeting] + 1
    return parent


def below(block: Block, children: dict[Block, list[Block]]) -> Iterator[Block]:
    waiting = [block]
    while waiting:
        block = waiting.pop()
        yield block
        waiting += children[block]
