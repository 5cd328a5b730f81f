"""What a loss was given and what it made of that: a box shows the labels with their own numbers, and a formula in which they
stand says what the loss reads, `-one_hot(labels)`."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from autodiff.core.dtypes import is_real
from autodiff.drawing.copies import rest
from autodiff.drawing.given import source_text, text_of
from autodiff.drawing.graph import Node
from autodiff.drawing.namespace import Namespace
from autodiff.failures.stack import Site
from autodiff.failures.syntax import CALLERS, called_name

ARGUMENT = re.compile(r"\{(\w+)\}")
LABELS = "y_true"
POSITIONS = {LABELS: 0, "sample_weight": 2}  # of the arguments of a loss
FEWEST = 2  # arguments: one that is given fewer was given the labels elsewhere, as by functools.partial
OF_MODELS = ("compute_loss", "evaluate", "fit", "test_on_batch", "test_step", "train_on_batch", "train_step")
SIGNS = "where({} > 0.5, -1, 1)"
BEFORE, AFTER = SIGNS.split("{}")
ONE_HOT = "one_hot({})"
CLIPPED = re.compile(r"clip\((\{\w+\}), (\S+), (\S+)\)")
MADE = re.compile(r"…\((\{\w+\})\)")  # something that was made of an argument
FILLS = {"ones": 1.0, "ones_like": 1.0, "zeros": 0.0, "zeros_like": 0.0}
ARRAYS = ("array", "asarray", "constant")
FILLED = ("full", "full_like")
OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
}  # fmt: skip
Numbers: TypeAlias = NDArray[Any]
CLOSE = 1e-5  # a relative distance


def take_back(nodes: Sequence[Node]) -> tuple[dict[Node, Numbers], dict[Node, str]]:
    """Let the arrays that losses made of labels be these labels, as far as these can be told from what was made. What remains
    to be said of a name stays in the pattern, the rest is the form. Returned are what was made, and of which argument."""
    made = {node: node.value for node in nodes if node.pattern}
    one_hot, end = (f"-{ONE_HOT}".partition("{}")[k] for k in (0, 2))
    for node in made:
        pattern = node.pattern
        if pattern.startswith(BEFORE) and pattern.endswith(AFTER) and (distance := distance_beside(node)) is not None:
            node.value, node.form = np.where(node.value < 0, 1.0 - distance, distance), SIGNS
            node.pattern = pattern[len(BEFORE) : -len(AFTER)]
        elif pattern.startswith(one_hot):
            node.value, node.form = np.argmax(-node.value, axis=-1), f"-{ONE_HOT}"
            node.pattern = pattern[len(one_hot) : -len(end)]
        elif pattern.startswith("-"):
            node.value, node.form, node.pattern = -node.value, "-{}", pattern[1:]
        elif (clipped := CLIPPED.fullmatch(pattern)) is not None:
            inside = np.all((float(clipped[2]) < node.value) & (node.value < float(clipped[3])))
            node.pattern = clipped[1] if inside else f"…({clipped[1]})"
    return made, {node: word_of(node) for node in made}


def word_of(node: Node) -> str:
    """The argument in a pattern."""
    found: str = ARGUMENT.findall(node.pattern)[0]
    return found


def no_labels(made: Collection[Node]) -> set[Node]:
    """Those that are still what was made: the name of an array with their numbers is none of the labels."""
    return {node for node in made if ARGUMENT.sub("", MADE.sub("", node.pattern))}


def distance_beside(node: Node) -> Numbers | None:
    """How far labels y are from 0 or 1, where(y > 0.5, 1 - y, y), which a loss multiplies with the product that their signs
    are in; None for another loss."""
    for product in (edge.into for edge in node.users):
        for other in (edge.into for edge in product.users):
            for source in (edge.source for edge in other.inputs):
                alike = source.kind == "constant" and np.shape(source.value) == np.shape(node.value)
                if alike and source.name is None and source is not node:
                    found: Numbers = source.value
                    return found
    return None


def name_target(node: Node, call: ast.Call, site: Site) -> None:
    """Call labels what the program gives to the loss that it calls, if it calls one."""
    given = given_to(call, word_of(node))
    if given is not None:
        node.name = text_of(given, site) or source_text(given, site)
        number = fill_of(given)
        if node.name is not None and number is not None:
            settle(node, node.value, np.full(np.shape(node.value), number))


def given_to(call: ast.Call, word: str) -> ast.expr | None:
    """What a call gives for an argument of a loss; None if it does not say that, or calls something else."""
    keywords, k = {x.arg: x.value for x in call.keywords}, POSITIONS.get(word, 0)
    first = call.args[: k + 1]
    calls = called_name(call) in (*CALLERS, *OF_MODELS) or len(call.args) + len(keywords) < FEWEST
    if calls or any(isinstance(x, ast.Starred) for x in first):
        return None
    return first[k] if k < len(first) else keywords.get(word)


def text_of_targets(node: Node, call: ast.Call, site: Site) -> str | None:
    """What a program computes the targets by that a loss reads as they are, `ones_like(fake)`, if it fills an array with a
    number that they have; else `…(2 * x)`, as the loss may have made something of them; None for others, and for numbers."""
    given = given_to(call, LABELS) if site.layer.startswith("nn.losses.") and node.value.dtype.kind == "f" else None
    text = None if given is None or text_of(given, site) else source_text(given, site)
    if text is None or given is None or is_literal(given):
        return None
    return text if np.all(node.value == fill_of(given)) else f"…({text})"


def is_literal(expression: ast.expr) -> bool:
    """Whether an expression is numbers, as `np.array([[1.0], [0.0]])`."""
    given = expression.args if isinstance(expression, ast.Call) and called_name(expression) in ARRAYS else [expression]
    return not any(isinstance(part, ast.Name) for x in given for part in ast.walk(x))


def fill_of(expression: ast.expr) -> float | None:
    """The number of which an expression makes an array, as 0.9 of `0.9 * np.ones((8, 1))`; None for another."""
    if isinstance(expression, ast.Constant) and isinstance(expression.value, (int, float)):
        return float(expression.value)
    if isinstance(expression, ast.Call):
        name, arguments = called_name(expression), expression.args
        return fill_of(arguments[1]) if name in FILLED and len(arguments) > 1 else FILLS.get(name)
    if isinstance(expression, ast.BinOp) and type(expression.op) in OPERATORS:
        left, right = fill_of(expression.left), fill_of(expression.right)
        return None if left is None or right is None else OPERATORS[type(expression.op)](left, right)
    return None


def settle_targets(made: Mapping[Node, Numbers], around: Namespace | None) -> None:
    """Give labels their last names. `around` has the arrays of the program, which says whether they are what it gave to the
    loss; without a call site that tells their name, labels that were smoothed have that of such an array of 0 and 1."""
    arrays = list(around.arrays()) if made and around is not None else []
    for node, array in made.items():
        if not node.pattern:
            continue
        if node.name is None and around is not None:
            word = word_of(node)
            node.name = found_by_numbers(node, word, arrays)
            if node.name is None and (around.is_variable(word) or around.array_called(word) is not None):
                node.value, node.form, node.pattern = array, "", ""  # the program calls something else by this word
                continue
        known = around.array_called(node.name) if around is not None and node.name else None
        if node.name and not is_same(node.value, known):  # `y` of `batch.y`
            parts = (part for part in arrays if part[0].endswith(f".{node.name}"))
            node.name, known = next((part for part in parts if is_same(node.value, part[1])), (node.name, known))
        settle(node, array, known)


def found_by_numbers(node: Node, word: str, arrays: Collection[tuple[str, Numbers]]) -> str | None:
    """The name of labels that are nothing but smoothed, or `1 - x` for labels that are that."""
    alike = [(name, known) for name, known in arrays if np.shape(known) == np.shape(node.value)]
    if node.pattern == f"smoothed({{{word}}})":
        return next((name for name, known in alike if is_smoothed(node.value, known)), None)
    if node.pattern == f"{{{word}}}":
        return next((f"1 - {name}" for name, known in alike if is_real(known) and rest(node.value, name, known)), None)
    return None


def settle(node: Node, array: Numbers, known: Numbers | None) -> None:
    """The same for one node. `array`: what was made; `known`: what the program gave, as far as that is known."""
    same = is_same(node.value, known)
    if node.form == f"-{ONE_HOT}" and not same:  # some may be ignored
        node.value, node.form, node.pattern = -array, "-{}", ONE_HOT.format(node.pattern)
    elif same:
        node.pattern = MADE.sub(r"\1", node.pattern)
    node.name, node.pattern = ARGUMENT.sub(node.name or r"\1", node.pattern), ""


def is_same(array: Numbers, known: Numbers | None) -> bool:
    """Whether an array has the numbers of another, in whatever form and dtype."""
    if known is None or not is_real(known) or known.size != array.size:
        return False
    return bool(np.allclose(np.ravel(array), np.ravel(known), rtol=CLOSE))


def is_smoothed(array: Numbers, labels: Numbers) -> bool:
    """Whether an array may be labels of 0 and 1, of its shape, that were moved towards each other."""
    ones = labels == 1
    if not np.all(ones | (labels == 0)) or ones.all() or not ones.any():
        return False
    high, low = array[ones], array[~ones]
    return bool(np.allclose(high, high[0]) and np.allclose(low, low[0]) and low[0] < high[0])
