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
from autodiff.drawing.given import source_text, text_of
from autodiff.drawing.graph import Node
from autodiff.drawing.namespace import Namespace
from autodiff.failures.stack import Site
from autodiff.failures.syntax import called_name

ARGUMENT = re.compile(r"\{(\w+)\}")
SIGNS = "where({} > 0.5, -1, 1)"
ONE_HOT = "one_hot({})"
FILLS = {"ones": 1.0, "ones_like": 1.0, "zeros": 0.0, "zeros_like": 0.0}
FILLED = ("full", "full_like")
OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
}  # fmt: skip
Numbers: TypeAlias = NDArray[Any]
CLOSE = 1e-5  # a relative distance


def take_back(nodes: Sequence[Node]) -> dict[Node, Numbers]:
    """Let the arrays that losses made of labels be these labels, as far as these can be told from what was made; that is
    returned. What remains to be said of a name stays in the pattern, the rest is the form."""
    made = {node: node.value for node in nodes if node.pattern}
    for node in made:
        pattern = ARGUMENT.sub("{}", node.pattern)
        argument = ARGUMENT.findall(node.pattern)[0]
        if pattern == SIGNS and (distance := distance_beside(node)) is not None:
            node.value, node.form = np.where(node.value < 0, 1.0 - distance, distance), pattern
            node.pattern = f"{{{argument}}}"
        elif pattern == f"-{ONE_HOT}":
            node.value, node.form, node.pattern = np.argmax(-node.value, axis=-1), pattern, f"{{{argument}}}"
        elif pattern.startswith("-"):
            node.value, node.form, node.pattern = -node.value, "-{}", node.pattern[1:]
    return made


def no_labels(made: Collection[Node]) -> set[Node]:
    """Those that are still what was made: the name of an array with their numbers is none of the labels."""
    return {node for node in made if ARGUMENT.sub("", node.pattern)}


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
    """Call labels what the program gives to the loss that it calls: its first argument, or that of the name in the pattern."""
    word = ARGUMENT.findall(node.pattern)[0]
    given = call.args[0] if call.args else next((x.value for x in call.keywords if x.arg == word), None)
    if given is not None:
        node.name = text_of(given, site) or source_text(given, site)
        number = fill_of(given)
        if node.name is not None and number is not None:
            settle(node, node.value, np.full(np.shape(node.value), number))


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
    loss; what the loss smoothed has no name by its numbers, and that of labels on the same side of 0.5."""
    for node, array in made.items():
        if not node.pattern:
            continue
        if node.name is None and node.form == SIGNS and around is not None:
            alike = (name for name, known in around.arrays() if is_smoothed(node.value, known) and known.min() < known.max())
            node.name = next(alike, None)
        settle(node, array, around.array_called(node.name) if around is not None and node.name else None)


def settle(node: Node, array: Numbers, known: Numbers | None) -> None:
    """The same for one node. `array`: what was made; `known`: what the program gave, as far as that is known."""
    same = known is not None and is_real(known) and known.size == node.value.size
    if known is not None and same:
        same = np.allclose(np.ravel(node.value), np.ravel(known), rtol=CLOSE)
    if node.form == f"-{ONE_HOT}" and not same:  # some may be ignored
        node.value, node.form, node.pattern = -array, "-{}", ARGUMENT.sub(r"one_hot({\1})", node.pattern)
    elif node.form == SIGNS and node.name and not same and not np.all((node.value == 0) | (node.value == 1)):
        node.pattern = ARGUMENT.sub(r"smoothed({\1})" if is_smoothed(node.value, known) else r"…({\1})", node.pattern)
    node.name, node.pattern = ARGUMENT.sub(node.name or r"\1", node.pattern), ""


def is_smoothed(array: Numbers, labels: Numbers | None) -> bool:
    """Whether an array may be labels of 0 and 1 that were moved towards 0.5."""
    if labels is None or np.shape(labels) != np.shape(array) or not np.all((labels == 0) | (labels == 1)):
        return False
    distance = np.abs(array - labels)
    return bool(np.allclose(distance, distance.flat[0]) and 0 < distance.flat[0] < 0.5)
