"""Which rank each block stands in: behind all its inputs, and close to its users where it has few inputs."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from autodiff.drawing.blocks import pattern
from autodiff.drawing.dot import prefixes, stacked
from autodiff.drawing.fold import Block, Link

Arrow = tuple[Block, Block]
Blocks = dict[Block, list[Block]]


def ranked(blocks: list[Block], links: list[Link], late: Collection[str] = ()) -> dict[Block, int]:
    """The longest path from the leaves to each block, and then tightened. An arrow that goes back in the order of recording,
    as rolled-up graphs have them, counts the other way round. `late`: the keys of leaves that stand in ranks of their own, just
    before their first user."""
    position = {block: k for k, block in enumerate(blocks)}
    arrows = {forward(link, position): None for link in links if link.source is not link.into}
    users: Blocks = {block: [] for block in blocks}
    inputs: Blocks = {block: [] for block in blocks}
    for source, into in arrows:
        users[source].append(into)
        inputs[into].append(source)
    before: Blocks = {block: [] for block in blocks}  # what comes before a block that no arrow leads to it from
    for first, second in [*stacked(blocks), *one_by_one(blocks, list(arrows), users, position)]:
        if inputs[second] or first not in users[second]:
            before[second].append(first)
    ranks: dict[Block, int] = {}

    def rank_of(block: Block) -> int:
        if block not in ranks:  # a leaf may stand before the block that feeds its layer
            ranks[block] = 1 + max((ranks.get(source, 0) for source in before[block]), default=-1)
        return ranks[block]

    for block in blocks:
        if inputs[block]:
            ranks[block] = 1 + max(rank_of(source) for source in [*inputs[block], *before[block]])
    for block in blocks:
        rank_of(block)
    tighten(ranks, blocks, inputs, users, before)
    ranks = {block: 2 * rank for block, rank in ranks.items()}
    for block in blocks:
        if block.key in late and users[block] and not inputs[block]:
            ranks[block] = min(ranks[user] for user in users[block]) - 1
    taken = {rank: k for k, rank in enumerate(sorted(set(ranks.values())))}
    return {block: taken[rank] for block, rank in ranks.items()}


def one_by_one(blocks: list[Block], arrows: list[Arrow], users: Blocks, position: dict[Block, int]) -> Iterator[Arrow]:
    """What puts the steps of a loop in a row: the last blocks of one come before the first of the next, if arrows lead there
    and all of it was recorded later."""
    time = {block: min((position[user] for user in users[block]), default=k) if not block.inputs else k
            for block, k in position.items()}  # fmt: skip
    members: dict[str, list[Block]] = {}
    for block in blocks:
        for path in prefixes(block.group) if block.group else ():
            members.setdefault(path, []).append(block)
    for one, other in {pair: None for source, into in arrows if (pair := steps_of(source.group, into.group)) is not None}:
        if max(map(position.__getitem__, members[one])) < min(map(time.__getitem__, members[other])):
            within = set(members[one]), set(members[other])
            firsts = [b for b in members[other] if not any(link.source in within[1] for link in b.inputs)]
            lasts = [a for a in members[one] if not any(user in within[0] for user in users[a])]
            yield from ((a, b) for a in lasts for b in firsts)


def steps_of(one: str, other: str) -> tuple[str, str] | None:
    """The groups in which two paths part, if these are steps of one loop."""
    for a, b in zip(prefixes(one) if one else (), prefixes(other) if other else ()):
        if a != b:
            return (a, b) if pattern([a, b]) else None
    return None


def forward(link: Link, position: dict[Block, int]) -> Arrow:
    """The ends of an arrow, the one that was recorded first before the other."""
    ends = link.source, link.into
    return ends if position[link.source] < position[link.into] else (link.into, link.source)


def tighten(
    ranks: dict[Block, int], blocks: list[Block], inputs: Blocks, users: Blocks, before: Blocks
) -> None:  # fmt: skip
    """Move each block up to its first user where that makes the arrows shorter on the whole. What leads only to the block
    moves along. So a leaf stands beside its first user, and so does what is computed from that leaf alone."""
    parent = post_dominators(blocks, users)
    children: dict[Block, list[Block]] = {block: [] for block in blocks}
    for block, meeting in parent.items():
        if meeting is not None:
            children[meeting].append(block)
    after: Blocks = {block: [] for block in blocks}
    for block, sources in before.items():
        for source in sources:
            after[source].append(block)
    for block in reversed(blocks):
        slack = min((ranks[user] for user in [*users[block], *after[block]]), default=0) - 1 - ranks[block]
        if slack <= 0:
            continue
        moving = set(below(block, children))
        entering = sum(source not in moving for member in moving for source in inputs[member])
        if entering <= len(users[block]):
            later = [ranks[b] - 1 - ranks[member] for member in moving for b in after[member] if b not in moving]
            slack = max(0, min([slack, *later]))
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
