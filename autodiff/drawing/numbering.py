"""What tells results of one name apart: `x`, `x (2)`, `x (3)` in the order of the program, and `theta at t 3` for what was
computed by a function that a loop calls, if a later turn goes on with it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from autodiff.drawing.assigned import Holder, Names
from autodiff.drawing.graph import Graph, Node
from autodiff.drawing.groups import common, within
from autodiff.drawing.results import base_of, number_in
from autodiff.failures.stack import Call, Site, Turn

AT = " at "
Counts = dict[tuple[object, str | None], int]


def tell_apart(graph: Graph, named: Mapping[Node, Holder]) -> None:
    """Number the results of one name: those in one group, and those that one variable held, in whatever groups they are. The
    elements of a list have the number of the list: it is another one when it has the first of them again. Of a parameter what
    was given for it counts, if it has that name. `named`: the call of the function whose variable it is, or None."""
    counts: Counts = {(n.group, n.name): 1 for n in graph.nodes if n.name and n not in named}
    held: Counts = {}
    given = Given(named)
    places: dict[object, str] = {}  # by the variable, the group of what it held last
    lists: dict[object, tuple[int, set[str | None]]] = {}  # which one it is, and the elements that it has so far
    for node in graph.nodes:
        given.see(node)
        if node not in named:
            continue
        holder, name = named[node], node.name
        own = (holder or node, name)
        if isinstance(holder, tuple):
            known = max(given.number(node), counts.get((node.group, holder[1]), 0))  # of a leaf
            turn = (name or "").partition(AT)[2]  # each has lists of its own
            count, elements = lists.get((holder, turn)) or (known + 1, set())
            if name in elements:
                count, elements = max(count, given.later(node, places[own])) + 1, set()
            elements.add(name)
            lists[holder, turn] = count, elements
        else:
            known = max(counts.get((node.group, name), 0), held.get(own, 0), given.number(node))
            known = max(known, given.later(node, places.get(own, node.group))) if known else 0
            count = counts[node.group, name] = held[own] = 1 + known
        places[own] = node.group
        if count > 1:
            variable, at, turn = (name or "").partition(AT)
            node.name = f"{variable} ({count}){at}{turn}"
        given.note(node, name, count)


class Given:
    """What was given for the parameters in which functions store something else, `x = x + 1.0`."""

    def __init__(self, named: Mapping[Node, Holder]) -> None:
        self.named = named
        self.names = {base for node in named if (base := self.parameter(node))}
        self.numbers: Counts = {}  # of what comes into a group, by its name
        self.inside: Counts = {}  # by group, the largest number of a name in the groups in it
        self.seen: set[tuple[Node, str]] = set()

    def parameter(self, node: Node) -> str:
        """The parameter of its function in which a result is stored; "" for another variable, and for one of a loop."""
        call, base = call_of_holder(self.named[node]), base_of(node.name or "")
        own = call is not None and base in call.code.co_varnames[: call.code.co_argcount]
        return base if own and AT not in (node.name or "") else ""

    def see(self, node: Node) -> None:
        for edge in node.inputs if self.names else ():
            source, group = edge.source, node.group
            if not source.name or source.group == group or (source, group) in self.seen:
                continue
            self.seen.add((source, group))
            if (base := base_of(source.name)) in self.names:
                later = "" if AT in source.name else number_in(source.name)
                number = int(later[2:-1]) if later else 1
                while group and not within(source.group, group):
                    self.numbers[group, base] = max(self.numbers.get((group, base), 0), number)
                    group = group.rpartition("/")[0]

    def number(self, node: Node) -> int:
        """That of what was given for the parameter in which a result is stored; 0 for none."""
        base, found, steps = self.parameter(node), 0, node.group.split("/")
        for depth in range(len(steps) if base else 0):
            found = max(found, self.numbers.get(("/".join(steps[: depth + 1]), base), 0))
        return found

    def later(self, node: Node, before: str) -> int:
        """The largest number of its name in the groups around it and the group where its variable was stored before."""
        return self.inside.get((common({node.group, before}), node.name), 0)

    def note(self, node: Node, name: str | None, number: int) -> None:
        group = node.group
        while group and number > 1:
            group = group.rpartition("/")[0]
            self.inside[group, name] = max(self.inside.get((group, name), 0), number)


def call_of_holder(holder: Holder) -> Call | None:
    """The call of the function whose variable holds a result, or a list of which it is an element."""
    return holder[0] if isinstance(holder, tuple) else holder


def tell_turns(
    named: Mapping[Node, Holder], expressions: Sequence[tuple[Site, list[Node]]], names: Names, derived: Collection[Node]
) -> None:
    """Say of what a function computed which turn of its caller's loops it is of, if something outside of that turn reads it: it
    is what the caller goes on with."""
    sites = {node: site for site, parts in expressions for node in parts if node not in derived}
    known: dict[tuple[int, int], frozenset[Turn]] = {}

    def turns_at(node: Node) -> frozenset[Turn]:
        site = sites[node]
        place = id(site.call), id(site.turns)
        if place not in known:
            known[place] = frozenset(turn for turn, _ in turns_around(site))
        return known[place]

    for node, holder in named.items():
        call = call_of_holder(holder)
        if node not in sites or call is None or call.caller is None or node.name is None:
            continue
        readers = [edge.into for edge in node.users if edge.into in sites]
        left = [turn for turn, at in turns_around(call.caller) if not turn.loop.is_comprehension
                and (id(at), id(turn.loop.node)) in names.repeated and any(turn not in turns_at(one) for one in readers)]
        if left:
            name, at, own = node.name.partition(AT)
            node.name = name + AT + ", ".join([*map(names.turn_label, left), *([own] if at else [])])


def turns_around(site: Site) -> list[tuple[Turn, Call]]:
    """The turns of the loops around a site, in its function and in those that called it, each with its call, the outermost
    first."""
    found: list[tuple[Turn, Call]] = []
    here: Site | None = site
    while here is not None:
        found[:0] = [(turn, here.call) for turn in here.turns]
        here = here.call.caller
    return found
