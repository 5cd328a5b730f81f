"""How a node was computed from what has a name: its formula in as many steps as fit a box."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Sequence

import numpy as np

from autodiff.drawing.clipping import Style, clipped
from autodiff.drawing.copies import is_of_rules
from autodiff.drawing.figures import figures, filled, number, reciprocal, shape
from autodiff.drawing.formula import ATOM, Writer, exchanges, expression, grouped, holds_array, in_print, is_call, shown_params
from autodiff.drawing.graph import Edge, Node
from autodiff.drawing.groups import NUMBERED, short
from autodiff.drawing.operands import is_dotted
from autodiff.drawing.outline import INDEX
from autodiff.drawing.results import TURN, call_of
from autodiff.drawing.source_text import LEFT_OUT, worth
from autodiff.drawing.variables import text_in_picture
from autodiff.failures.syntax import CALLERS, called_name

DEEPEST, DOTS = 5, 2  # steps of a formula in a box; the `·` in one of more than one step
PICKS = re.compile(r"\[[^\]]*\b(indices|mask)\b")  # an array without a text that picks, somewhere in a formula
MORE = 12  # characters of a text that would have no word otherwise
FEW = 3  # so many numbers of an array without a name are in a formula, and so many formulas in a list
FORMS = {  # ops that give the numbers of their first operand in another form
    "astype", "atleast_1d", "atleast_2d", "atleast_3d", "broadcast_to", "expand_dims", "moveaxis", "ravel", "reshape",
    "squeeze", "swapaxes", "to_value", "transpose",
}  # fmt: skip


def statement(node: Node, style: Style, inside: Collection[Node]) -> str:
    """The formula of a node that says all steps that are `inside`."""
    arguments: list[str] = []
    for edge in node.inputs:
        x, turned = edge.source, False
        while x in inside and x.name is None and exchanges(x) and not is_form(node):
            x, turned = x.inputs[0].source, not turned
        text = known_text(x, style) or (statement(x, style, inside) if x in inside else "·")
        arguments.append(grouped(text) + sign_of_transpose(style) if turned else text)
    return expression(node, arguments, style.printed)


def formula(node: Node, style: Style) -> str:
    """How a node was computed from what has a name, in as many steps as fit a box; what does not fit so is said in the words of
    the program, or with `·` in its place. "" if nothing in it has a name and no number is in it. What a call of another name
    computes is said by that: `diag(x)`."""
    if is_of_another_name(node) and (said := program_text(node, style)) and is_whole(said):
        return said
    text, named = written(node, style, style.longest - 2, DEEPEST, expression)
    if "·" in text and is_call(node):  # else a longer one is cut where the box ends
        text, named = reached(node, style, style.longest - 2, DEEPEST)
    unclear = not is_whole(text) or not named or is_picked(node) or any(map(is_nameless, node.inputs))
    said = program_text(node, style) if unclear or len(text) > style.longest else ""
    if named and said and node.group and said.partition("(")[0] == NUMBERED.sub("", node.group.rpartition("/")[2]):
        said = ""  # the call of the layer in whose frame it stands
    if said:
        return said if unclear else max(clipped(text, style.longest), said, key=worth)
    return text if named or shown_params(node) or any(edge.source.kind == "constant" for edge in node.inputs) else ""


def is_of_another_name(node: Node) -> bool:
    """Whether a function of a library that the program calls computes a node by an operation of another name."""
    site, op = node.site, node.op
    call = None if site is None or site.layer else site.call.tree.node(site.instruction)
    if op is None or not isinstance(call, ast.Call) or not is_dotted(call.func):
        return False
    return called_name(call) not in (op.name, op.label, *CALLERS)


def is_whole(text: str) -> bool:
    """Whether nothing is left out in a formula."""
    return "·" not in text and not PICKS.search(text)


def is_picked(node: Node) -> bool:
    """Whether an array that has no text picks elements, as in `take_along_axis(x, indices)`."""
    return node.op is not None and node.op.symbol == "[]" and not node.key and holds_array(node.params.get("key"))


def is_nameless(edge: Edge) -> bool:
    """Whether an operand is an array of which a formula gives no more than the shape."""
    x = edge.source
    return x.kind == "constant" and not (x.name or x.origin or x.key) and np.size(x.value) > FEW


def program_text(node: Node, style: Style) -> str:
    """The program's own text for the expression whose result a node is; "" where call sites were not noted."""
    text = "" if node.site is None else text_in_picture(node, node.site, style)
    if node.site is not None and LEFT_OUT in text and not any(map(str.isalpha, text)):  # it says nothing
        text = text_in_picture(node, node.site, style._replace(longest=style.longest + MORE))
    return in_print(text) if style.printed else text


def text_of_all(nodes: Sequence[Node], style: Style) -> str:
    """The program's text for the one expression that all these nodes are results of, if it is the same in the words of the
    first and of the last; else the formula of these, if it is the same, or that of the last; "" for neither."""
    ends = [nodes[0]] if len(nodes) == 1 else [nodes[0], nodes[-1]]
    sites = [node.site for node in nodes]  # the instruction of one call changes as Python adapts it, its expression does not
    expressions = {site and site.call.tree.node(site.instruction) for site in sites}
    if len(expressions) == 1:
        texts = {program_text(node, style._replace(turns=len(nodes) == 1)) for node in ends}
        if len(texts) == 1 and (said := texts.pop()):
            return said
    numbers = [(constant, "·") for node in ends for constant in numbers_in(node)]
    alike = {formula(node, style._replace(turns=False, unlike=tuple(numbers))) for node in ends}
    if alike == {""}:
        return ""
    if len(alike) == 1:  # else those of all are not asked
        read = [numbers_in(node) for node in nodes]
        alike = {formula(node, style._replace(turns=False, unlike=unlike_numbers(read))) for node in ends}
        if len(alike) == len({len(each) for each in read}) == 1:
            return alike.pop()
    return text_of_last(nodes, style) if expressions == {None} else ""


def text_of_last(nodes: Sequence[Node], style: Style) -> str:
    """The formula of the last of these, if all are computed alike in the steps that it says: without call sites the variables
    of the last turn of a loop alone have names."""
    unlike: dict[tuple[object, str], None] = {}
    for node in nodes[:-1]:
        pairs = leaves_alike(nodes[-1], node)
        if pairs is None:
            return ""
        unlike |= {(mine, "·"): None for mine, other in pairs if type(mine.value) is float and mine.value != other.value}
    return formula(nodes[-1], style._replace(turns=False, unlike=tuple(unlike)))


def leaves_alike(node: Node, other: Node, steps: int = DEEPEST, whole: bool = True) -> list[tuple[Node, Node]] | None:
    """What two nodes were computed from by the same ops, down to what has a name for the first alone; None if by others."""
    if (node.name and not whole) or not steps:
        return None if other.name and INDEX.sub("", other.name) != INDEX.sub("", node.name or "") else []
    if node.op is not other.op or len(node.inputs) != len(other.inputs):
        return None
    found = [(node, other)] if node.op is None else []
    for mine, its in zip(node.inputs, other.inputs, strict=True):
        pairs = leaves_alike(mine.source, its.source, steps - 1, whole=False)
        if pairs is None:
            return None
        found += pairs
    return found


def text_of_each(nodes: Sequence[Node], style: Style) -> str:
    """The formulas of a few nodes, `a − x, y − x ^ 2`; "" if one is not whole, or if they are too long."""
    texts = list(dict.fromkeys(formula(node, style) for node in nodes)) if len(nodes) <= FEW else []
    text = ", ".join(texts)
    return text if all(map(is_whole, texts)) and len(text) <= style.longest else ""


def unlike_numbers(read: Sequence[Sequence[Node]]) -> tuple[tuple[object, str], ...]:
    """Of the numbers that some nodes were computed from, those of the first and the last that are others in one of the nodes,
    and what is said of all: `±1` or `·`."""
    found: list[tuple[object, str]] = []
    for slot in zip(*read):
        if len({constant.value for constant in slot}) > 1:
            sizes = {abs(constant.value) for constant in slot}
            said = f"±{number(sizes.pop())}" if len(sizes) == 1 else "·"
            found += [(slot[0], said), (slot[-1], said)]
    return tuple(found)


def numbers_in(node: Node, steps: int = DEEPEST) -> list[Node]:
    """The numbers without a name from which a node was computed in so many steps that have none."""
    found: list[Node] = []
    for edge in node.inputs:
        source = edge.source
        if source.kind == "constant" and type(source.value) is float and not source.name:
            found.append(source)
        elif steps > 1 and source.op is not None and source.name is None:
            found += numbers_in(source, steps - 1)
    return found


def is_one_expression(nodes: Sequence[Node]) -> bool:
    """Whether all these nodes are computed by the expression of the program that computes the last of them."""
    last = nodes[-1].site
    whole = None if last is None else last.call.tree.node(last.instruction)
    if last is None or whole is None:
        return False
    parts = set(ast.walk(whole))
    return all(site is not None and site.call is last.call and site.turns is last.turns
               and site.call.tree.node(site.instruction) in parts for site in (node.site for node in nodes))  # fmt: skip


def reached(node: Node, style: Style, width: int, deepest: int) -> tuple[str, bool]:
    """The formula of a node of at most this many steps, and whether it has a name in it. A step that says no name is none. What
    does not fit otherwise is written without what a function has besides its operands, or besides the first of them."""
    found = written(node, style, width, deepest, expression)
    for write in (with_inputs, brief) if is_call(node) else ():
        if found[1] and len(found[0]) <= width:
            break
        shorter = written(node, style, width, deepest, write)
        found = shorter if shorter[1] and (len(shorter[0]) <= width or not found[1]) else found
    return found


def with_inputs(node: Node, arguments: list[str], printed: bool = False) -> str:
    """A call of several arguments by its inputs: `concatenate(x, h, …)`."""
    op = node.op
    more = ", …" if shown_params(node) else ""
    return "" if op is None else f"{op.label or op.name}({', '.join(arguments)}{more}){node.output}"


def brief(node: Node, arguments: list[str], printed: bool = False) -> str:
    """The same by its first one: `clip(y, …)`."""
    op = node.op
    return "" if op is None else f"{op.label or op.name}({arguments[0]}, …){node.output}"


def written(node: Node, style: Style, width: int, deepest: int, write: Writer) -> tuple[str, bool]:
    """The same, with one way to write the last step. Each operand gets one step, then more where less is left open."""
    arguments = [known_text(edge.source, style) or "·" for edge in node.inputs]
    open_ones = [k for k, text in enumerate(arguments) if text == "·"]
    text, named = write(node, arguments, style.printed), any(edge.source.name for edge in node.inputs)
    every = is_form(node) and not exchanges(node)
    for steps in sorted({min(1, deepest - 1), deepest - 1} - {0}) if open_ones else ():
        for k in open_ones:
            before = arguments[k]
            inner = operand(node.inputs[k].source, style, width - len(text) + len(before), steps, every)
            longer = write(node, [*arguments[:k], inner, *arguments[k + 1 :]], style.printed)
            most = max(DOTS, text.count("·")) if before == "·" else text.count("·") - 1
            if inner != "·" and len(longer) <= width and longer.count("·") <= most:
                arguments[k], text, named = inner, longer, True
    return text, named


def operand(node: Node, style: Style, width: int, steps: int, every: bool) -> str:
    """What was computed, as an argument of an op: by a name, or `·`. `every`: with each step that changes but the form."""
    source, turned = (node, False) if every else looked_through(node)
    text = known_text(source, style) if source.name else ""
    if not text and source.op is not None:
        formula, named = reached(source, style, width, steps)
        text = formula if named else ""
    return (grouped(text) + sign_of_transpose(style) if turned else text) if text else "·"


def sign_of_transpose(style: Style) -> str:
    return "ᵀ" if style.printed else ".T"


def is_form(node: Node) -> bool:
    """Whether an op changes but the form of its first operand: what it was before is of interest then."""
    return node.op is not None and node.op.name in FORMS


def looked_through(node: Node) -> tuple[Node, bool]:
    """What a node has the numbers of, in another order or shape, and whether rows and columns were exchanged once."""
    turned = False
    while node.name is None and is_form(node) and node.inputs:
        source = node.inputs[0].source
        turned ^= exchanges(node)
        node = source
    return node, turned


def known_text(node: Node, style: Style) -> str:
    """The name of an argument of an op; a constant without one by its number or its shape; "" for what was computed."""
    if node.name or node.origin:
        name = call_of(node) or short(node) or node.origin
        longest = style.longest // 2 + 1
        name = TURN.sub("", name) if len(name) > longest or not style.turns else name  # `total at step 1` as `total`
        name = clipped(name if style.turns else INDEX.sub("[…]", name), longest)
        rank = ATOM if not node.form.endswith(")") else 1 if " > " in node.form else 0  # of a sign beside the name
        text = node.form.format(grouped(name, rank)) if node.form else name
        return in_print(text) if style.printed and (node.kind == "constant" or "(" in text) else text
    if node.kind != "constant":
        return ""
    if node.key:
        return node.key
    if (said := next((said for other, said in style.unlike if other is node), "")):
        return said
    if is_of_rules(node) and (count := reciprocal(node.value)):
        return f"(1 {'÷' if style.printed else '/'} {count})"  # of a mean: as a number it could be one of the program
    text = figures(node.value) if np.size(node.value) <= FEW else filled(node.value) or f"[{shape(node.value)}]"
    return text.replace("-", "−") if style.printed else text
