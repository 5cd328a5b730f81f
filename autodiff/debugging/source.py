"""The user's expression, read: what its arguments are called, and whether it stands in a branch of `where`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autodiff.core.op import Op
from autodiff.failures.callsite import CallSite
from autodiff.failures.missing import called

if TYPE_CHECKING:
    import ast

LONGEST = 30  # characters of an argument that is written into a cure
SIGNS = {"Add": "+", "Sub": "-", "Mult": "*", "Div": "/", "Pow": "**", "Mod": "%", "MatMult": "@"}


class Words:
    """What stands for the function and its arguments in a cure: the user's own words, or x, a, b."""

    def __init__(self, op: Op, count: int, site: CallSite | None) -> None:
        self.function = called(op.function)
        self.arguments = ["x"] if count == 1 else ["a", "b", "c"][:count]
        self.read = False  # whether these are the user's words
        if site is not None and not site.layer:
            self._read(op, site.expression)

    def _read(self, op: Op, text: str) -> None:
        import ast  # only now: it takes milliseconds

        try:
            tree = ast.parse(text, mode="eval").body
        except SyntaxError:
            return
        found: list[ast.expr] = []
        if isinstance(tree, ast.BinOp) and SIGNS.get(type(tree.op).__name__) == op.symbol:
            found = [tree.left, tree.right]
        elif isinstance(tree, ast.Call) and ast.unparse(tree.func).rpartition(".")[2] == op.name:
            found = list(tree.args)
            if isinstance(tree.func, ast.Attribute) and len(found) < len(self.arguments):  # a method
                found = [tree.func.value, *found]
            else:
                self.function = ast.unparse(tree.func)
        self.read = bool(found)
        for k, part in enumerate(found[: len(self.arguments)]):
            words = ast.unparse(part)
            if len(words) <= LONGEST:
                simple = isinstance(part, (ast.Name, ast.Constant, ast.Attribute, ast.Subscript, ast.Call))
                self.arguments[k] = words if simple or len(found) == 1 or isinstance(tree, ast.Call) else f"({words})"


def chosen_by_where(site: CallSite | None) -> tuple[str, bool] | None:
    """The condition of the `where` in whose branch the expression stands, and whether it is the branch of True."""
    import ast  # only now: it takes milliseconds

    from autodiff.failures.syntax import ancestors, source_of

    positions = None if site is None else site.positions
    source = None if site is None or positions is None else source_of(site.code.co_filename)
    part = None if source is None or positions is None else source.node_at(positions)
    for call in ancestors(source, part):
        if isinstance(call, ast.Call) and len(call.args) == 3 and called_last(call) == "where" and part in call.args[1:]:
            return ast.unparse(call.args[0]), part is call.args[1]
        part = call
    return None


def called_last(call: ast.Call) -> str | None:
    """`where` for `np.where(...)` and `where(...)`."""
    return getattr(call.func, "attr", getattr(call.func, "id", None))
