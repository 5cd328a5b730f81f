"""The user's expression, read: what its arguments are called, and whether it stands in a branch of `where`."""

from __future__ import annotations

from autodiff.core.op import Op
from autodiff.failures.callsite import CallSite
from autodiff.failures.missing import called

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

    positions = None if site is None else site.positions
    tree = None if site is None or positions is None else site.tree()
    if tree is None or positions is None:
        return None
    first, last, start, stop = positions
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and len(node.args) == 3):
            continue
        if "where" not in (getattr(node.func, "id", None), getattr(node.func, "attr", None)):
            continue
        for branch in (1, 2):
            part = node.args[branch]
            end = part.end_lineno or 0, part.end_col_offset or 0
            if (part.lineno, part.col_offset) <= (first, start) and (last, stop) <= end:
                return ast.unparse(node.args[0]), branch == 1
    return None
