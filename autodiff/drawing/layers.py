"""Which operations ran inside a layer of nn, or another block of `name_scope`: the paths of variables do not say where a layer
ends."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from types import CodeType

from autodiff.core.escapes import Cut
from autodiff.drawing.graph import Graph, Node
from autodiff.drawing.groups import NUMBERED, common, has_path
from autodiff.drawing.namespace import Namespace
from autodiff.drawing.outline import TOLD
from autodiff.failures.callsite import library_of_module

OF_CLASS = re.compile(r"_(\d+$)?")  # what the name of a layer has more than that of its class, in lower case


class Scope:
    """One layer, however often it ran, or one block of a name."""

    __slots__ = ("attribute", "held_as", "inner", "is_frame", "kind", "label", "name", "own", "reads", "variable")

    def __init__(self, of: object, variable: str = "", attribute: str = "") -> None:
        self.kind: type = type(of)
        self.variable = variable  # which has it where the picture is drawn, or the attribute or key there
        self.held_as = attribute  # by the user's layer around it
        self.attribute = attribute or variable
        self.name = of if isinstance(of, str) else str(getattr(of, "name", ""))
        self.label = ""  # of its frame
        self.inner: set[Scope] = set()  # those that are right inside it
        self.own: set[str] = set()  # the groups of the variables that it reads itself
        self.reads: set[str] = set()  # and of those that anything in it reads
        self.is_frame = False  # whether it is a frame of its own around those of the scopes in it

    @property
    def is_named(self) -> bool:
        """Whether somebody gave it its name: it is not that of its class, nor that with a number."""
        return OF_CLASS.sub("", self.name) != self.kind.__name__.lower()

    def runs(self, code: CodeType) -> bool:
        """Whether code of the user's is a method of this layer."""
        return getattr(getattr(self.kind, code.co_name, None), "__code__", None) is code


Around = tuple[Scope, ...]  # the scopes around an operation, the outermost first


def scopes_of(
    nodes: Iterable[Node], recorded: Sequence[tuple[int, int, object]], names: Namespace | None
) -> dict[Node, Around]:
    """The scopes around each operation. `recorded`: from where to where each stood, the innermost first."""
    waiting = sorted(range(len(recorded)), key=lambda k: (-recorded[k][0], recorded[k][1], k))  # the next one is the last
    known: dict[int, Scope] = {}
    variables = {id(thing): name for name, thing in names.things()} if names is not None and recorded else {}
    open_until: list[tuple[int, Scope, object]] = []
    around: Around = ()
    found: dict[Node, Around] = {}
    for node in nodes if recorded else ():
        if node.op is None or node.index < 0:
            continue
        changed = False
        while open_until and open_until[-1][0] <= node.index:
            open_until.pop()
            changed = True
        while waiting and recorded[waiting[-1]][0] <= node.index:
            k = waiting.pop()
            _, stop, of = recorded[k]
            if stop > node.index:
                key = k if isinstance(of, str) else -id(of)
                if key not in known:
                    outer = open_until[-1][2] if open_until else None
                    known[key] = Scope(of, variables.get(id(of), ""), attribute_of(outer, of))
                open_until.append((stop, known[key], of))
                changed = True
        if changed:
            around = tuple(dict.fromkeys(scope for _, scope, _ in open_until))
        if around:
            found[node] = around
    return found


def attribute_of(outer: object, layer: object) -> str:
    """The attribute by which a layer of the user's holds another; "" for none."""
    if library_of_module(type(outer).__module__):
        return ""
    return next((name for name, thing in vars(outer).items() if thing is layer and not name.startswith("_")), "")


def settle_layers(graph: Graph, scopes: Mapping[Node, Around]) -> None:
    """What a layer of nn computes is in the group of its variables, from the padding of its input to its activation. All else
    is in no such group: what the user's own code computes, a loss, a layer without variables."""
    if not scopes:
        return
    read = {node: {edge.source.group for edge in node.inputs if is_variable(edge.source)} for node in scopes}
    for node, around in scopes.items():
        around[-1].own |= read[node]
        for outer, scope in zip((None, *around), around):
            scope.reads |= read[node]
            if outer is not None:
                outer.inner.add(scope)
    choose_frames(set(scopes.values()))
    library = set().union(*(around[-1].own for around in scopes.values()))
    for node in graph.nodes:
        if node in scopes:
            node.group = node.group if read[node] else group_of(scopes[node])
        elif node.op is not None and node.group in library:
            node.group = ""


def rename_layers(graph: Graph, scopes: Mapping[Node, Around]) -> None:
    """Call layers that have the name of their class alone by the variables or attributes of the user's that hold them, `query`
    or `self.query`; a cell by that which holds the layer around it."""
    called: dict[str, list[Scope]] = {}
    for around in dict.fromkeys(scopes.values()):
        scope, holder = around[-1], around[-1]
        for outer in around[-2::-1]:
            holder = outer if not holder.attribute and len(outer.inner) == 1 and not outer.own else holder
        if holder.attribute and len(scope.own) == 1 and not scope.is_frame and not scope.is_named:
            within = next(iter(scope.own)).rpartition("/")[0]
            alike = called.setdefault("/".join(filter(None, (within, holder.attribute))), [])
            alike += [scope] if scope not in alike else []
            scope.attribute = holder.attribute
    paths: dict[str, str] = {}
    taken = {node.group for node in graph.nodes} if called else set()
    for path, alike in called.items():
        if path in taken and not any(path in scope.own for scope in alike):
            continue  # another layer has it
        for k, scope in enumerate(alike, 1):
            paths[next(iter(scope.own))] = f"{path} ({k})" if len(alike) > 1 else path
            scope.label = scope.attribute
    paths |= numbered_anew(taken - paths.keys(), paths)
    for node in graph.nodes if paths else ():
        if node.group in paths:
            if node.op is None and node.name and NUMBERED.sub("", node.group) != NUMBERED.sub("", paths[node.group]):
                node.name = f"{NUMBERED.sub('', paths[node.group])}/{node.name.rpartition('/')[2]}"
            node.group = paths[node.group]


def numbered_anew(left: Set[str], renamed: Collection[str]) -> dict[str, str]:
    """New paths for the layers that still have the name of one that was renamed: their numbers begin with 1 again."""
    alike: dict[str, list[str]] = {}
    for group in sorted(left, key=lambda group: int((NUMBERED.findall(group) or [" (0)"])[0][2:-1])):
        alike.setdefault(NUMBERED.sub("", group), []).append(group)
    gone = {NUMBERED.sub("", group) for group in renamed}
    return {group: f"{path} ({k})" if len(groups) > 1 else path for path, groups in alike.items() if path in gone
            for k, group in enumerate(groups, 1)}  # fmt: skip


def choose_frames(scopes: Set[Around]) -> None:
    """What has several layers in it is a frame around them; not the one model of a program, which can be trained by itself."""
    for around in scopes:
        for scope in around:
            scope.is_frame = len(scope.inner) > 1 or scope.kind is str
    first = {around[0] for around in scopes}
    if len(first) == 1:
        (model,) = first
        model.is_frame = model.is_frame and not hasattr(model.kind, "fit")


def is_inside_a_layer(around: Around) -> bool:
    """Whether an operation with these scopes around it is one of a layer of nn, and none of the user's."""
    return bool(around) and library_of_module(around[-1].kind.__module__) == "nn"


def is_variable(node: Node) -> bool:
    return node.kind != "op" and has_path(node)


def group_of(around: Around) -> str:
    """The group of what a layer computes that reads no variable. A layer that has one other that reads some, as a wrapper has,
    is in the group of that; one without any, as the activation of a Dense, in that of the layer around it that does."""
    here = around[-1]
    inside = here.reads if len(here.inner) == 1 else set()
    return common(list(next(filter(None, (here.own, inside, *(scope.own for scope in around[-2::-1]))), ())))


def name_weights_in_full(graph: Graph, scopes: Mapping[Node, Around]) -> None:
    """Call weights of one name in several models after their model too, `phi/dense/kernel`, where they are outside of it."""
    alike: dict[str, list[Node]] = {}
    for node in filter(is_variable, graph.nodes if scopes else ()):
        alike.setdefault(node.name or "", []).append(node)
    for nodes in alike.values():
        models = [{scopes[edge.into][0] for edge in node.users if edge.into in scopes} for node in nodes]
        several = len(set().union(*models)) > 1
        for node, own in zip(nodes, models, strict=True):
            model = next(iter(own)) if several and len(own) == 1 else None
            frames = {TOLD.sub("", step) for step in node.group.split("/")}
            if model is not None and model.variable and frames.isdisjoint((model.variable, model.name)):
                node.name = f"{model.variable}/{node.name}"


def around_cut(around: Around, cut: Cut) -> Around:
    """Which of the scopes around an operation are around the place where its result was cut: those of a layer whose own code
    does that."""
    own = next((k for k, scope in enumerate(around) if scope.runs(cut.site.code)), -1)
    return around[: own + 1]


def name_outputs(scopes: Mapping[Node, Around], derived: Collection[Node]) -> list[Node]:
    """Give what a layer puts out, where the program has no name for it, that of the layer: of the outermost that is a frame, or
    else of the innermost. Returns the nodes that were named. What is read by the operations of a derivative alone is inside."""
    named: list[Node] = []
    for node, around in scopes.items():
        if node.name is not None:
            continue
        users = [around_cut(around, edge.into.marks) if edge.into.marks else scopes.get(edge.into, ())
                 for edge in node.users if edge.into not in derived]  # fmt: skip
        left = [scope for scope in around if node.target or any(scope not in user for user in users)]
        scope = next((scope for scope in left if scope.is_frame), left[-1]) if left else None
        called = "" if scope is None else scope.attribute if not scope.is_named else scope.name
        if scope is not None and (name := scope.label or called or scope.name):
            last = node.group.rpartition("/")[2]
            node.name = last if NUMBERED.sub("", last) == name else name
            named.append(node)
    return named
