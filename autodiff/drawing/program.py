"""What a graph has of the user's program: the names of its results, the lines of its operations, and its groups."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Mapping

from autodiff.core.graph import Graph as Recorded
from autodiff.drawing.assigned import Names, name_results
from autodiff.drawing.calls import assign_calls
from autodiff.drawing.casts import leave_out_casts
from autodiff.drawing.collecting import without_collector
from autodiff.drawing.copies import name_copies, name_masks, name_multiples, name_padded
from autodiff.drawing.descended import tell_descended
from autodiff.drawing.formula import expression
from autodiff.drawing.graph import Graph, Node
from autodiff.drawing.groups import add_calls
from autodiff.drawing.joining import join_steps
from autodiff.drawing.layers import (
    is_inside_a_layer,
    name_outputs,
    name_weights_in_full,
    rename_layers,
    scopes_of,
    settle_layers,
)
from autodiff.drawing.namespace import Namespace
from autodiff.drawing.numbering import tell_apart, tell_turns
from autodiff.drawing.operands import name_calls, name_computed, name_data, name_keys, said_by_the_program
from autodiff.drawing.slots import ends_of
from autodiff.drawing.stopped import tell_stopped
from autodiff.drawing.tables import tell_tables
from autodiff.drawing.targets import no_labels, settle_targets, take_back
from autodiff.drawing.terms import is_picked
from autodiff.failures.callsite import CallSite
from autodiff.failures.stack import Site

LONGEST = 30  # characters of an element's name


@without_collector()
def add_program(graph: Graph, recorded: Recorded, around: Namespace | None) -> None:
    """Name what the program names, and put it into its groups, as far as call sites were noted. A name that is known otherwise
    stays, except for one of the namespace `around` the call that drew: it says less of a loop or a list."""
    scopes = scopes_of(graph.nodes, recorded.scopes, around)
    leave_out_casts(graph, recorded, scopes)
    expressions = expressions_of(graph.nodes, recorded.call_sites)
    settle_layers(graph, scopes)
    rename_layers(graph, scopes)
    names = Names(expressions)
    derived = number_steps(graph, recorded)
    named = name_results(expressions, recorded, names, around, derived)
    if around is not None:
        name_keys_in_full(graph, around, {node.name for node in named})
    for site, parts in expressions:
        if parts[-1] not in derived:
            for node in results_of(site, parts):
                node.site = site
    name_keys(expressions)
    named.update(name_calls(expressions, derived))
    made, given = take_back(graph.nodes)
    name_data(graph.nodes, recorded, derived, around)
    if around is not None:
        name_copies(graph.nodes, around, said_by_the_program(graph.nodes, recorded, derived) | no_labels(made))
    settle_targets(made, around)
    name_padded(graph.nodes, around)
    paths = assign_calls(expressions, without_site(graph.nodes, expressions), scopes, names)
    if paths:
        add_calls(graph, paths, derived, scopes.keys())
    name_weights_in_full(graph, scopes)
    named.update(dict.fromkeys(name_outputs(scopes, derived)))
    tell_turns(named, expressions, names, derived)
    tell_apart(graph, named)
    name_elements(node for node in graph.nodes if not is_inside_a_layer(scopes.get(node, ())))
    tell_stopped(graph, recorded.call_sites)
    tell_descended(graph, recorded.call_sites, None if around is None else around.code, given)
    name_computed(graph.nodes, recorded, derived)
    name_masks(graph.nodes)
    name_multiples(graph.nodes, around)
    if around is not None:
        tell_tables(graph.nodes, around)
    join_steps(expressions, derived)


def without_site(nodes: Iterable[Node], expressions: Iterable[tuple[Site, list[Node]]]) -> list[Node]:
    """The operations of which no place in the program is known."""
    located = {node for _, parts in expressions for node in parts}
    return [node for node in nodes if node.kind == "op" and node not in located]


def results_of(site: Site, parts: list[Node]) -> list[Node]:
    """The result of an expression, or those that an operator in a generator had in several turns."""
    last = parts[-1]
    several = len(parts) > 1 and not isinstance(site.call.tree.node(site.instruction), ast.Call)
    return [node for node in ends_of(parts) if node.op is last.op] if several else [last]


def number_steps(graph: Graph, recorded: Recorded) -> set[Node]:
    """Number the operations of derivatives that the program took, and return them."""
    steps = {first + k: k + 1 for first, stop, _ in recorded.derived for k in range(stop - first)}
    gradients = {index for *_, found in recorded.derived for index in found}
    derived = {node for node in graph.nodes if node.index in steps} if steps else set[Node]()
    for node in derived:
        node.step = steps[node.index] * (-1 if node.index in gradients else 1)
    return derived


def name_keys_in_full(graph: Graph, around: Namespace, results: Collection[str | None]) -> None:
    """Call a leaf by the whole way to it, `tree['root']`, where a variable of the program has the name of its key."""
    for node in graph.nodes:
        if node.op is None and node.name in results:
            node.name = around.in_full(node.name or "") or node.name


def expressions_of(nodes: Iterable[Node], call_sites: Mapping[int, object]) -> list[tuple[Site, list[Node]]]:
    """The operations of each expression in one turn of its loops and one call of its function, with its site, where they were
    noted; and the lines of all. What is said of an expression is not asked of each of its terms."""
    found: dict[tuple[int, int, int], tuple[Site, list[Node]]] = {}
    lines: dict[tuple[int, int], str] = {}
    known: dict[int, tuple[str, list[Node]]] = {}  # by the id of a site: the terms of a sum have one, and so have the factors
    for node in nodes if call_sites else ():
        site = call_sites.get(node.index) if node.kind == "op" else None
        if site is None:
            continue
        if id(site) not in known and isinstance(site, CallSite):
            line = (id(site.code), site.instruction)
            if line not in lines:
                lines[line] = site.place.without_folders()
            parts: list[Node] = []
            if isinstance(site, Site):
                parts = found.setdefault((id(site.call), site.instruction, id(site.turns)), (site, parts))[1]
            known[id(site)] = lines[line], parts
        if id(site) in known:
            node.line, parts = known[id(site)]
            parts.append(node)
    return list(found.values())


def name_elements(nodes: Iterable[Node]) -> None:
    """An element or a slice of what has a name is `x[3]`, if the program calls it nothing else."""
    for node in nodes:
        if node.name is None and node.op is not None and node.op.symbol == "[]" and len(node.inputs) == 1:
            name = node.inputs[0].source.name
            text = "" if name is None or is_picked(node) else expression(node, [name])
            node.name = text if text and len(text) <= LONGEST else None
