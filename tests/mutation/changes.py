"""The mutants of a source: each is the syntax tree with one small change."""

import ast
from dataclasses import dataclass
from typing import Any

SWAPS = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Div, ast.Mod: ast.Mult,
    ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.And: ast.Or, ast.Or: ast.And,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
LEFT = {  # what is no computation: annotations, what an error says
    ast.AnnAssign: {"annotation", "target"}, ast.arg: {"annotation"}, ast.FunctionDef: {"returns"}, ast.Assert: {"msg"},
    ast.Raise: {"exc", "cause"}, ast.JoinedStr: {"values"}, ast.ExceptHandler: {"type"},
}  # fmt: skip
SILENT = ("warn", "TypeVar", "NewType", "cast")  # calls whose arguments are messages and types


@dataclass
class Mutant:
    """One change: in `place`, which is (node, field, index or None), stands `new` for `old`."""

    text: str
    around: tuple[Any, ...]  # the nodes that it stands in, from the module
    place: tuple[Any, str, int | None]
    old: Any
    new: Any

    @property
    def line(self):
        return self.old.lineno

    @property
    def function(self):
        """The name of the function that it stands in."""
        return next((node.name for node in self.around[::-1] if isinstance(node, ast.FunctionDef)), "")

    @property
    def in_lambda(self):
        """Whether it stands in a lambda, which may share its line with what runs on loading."""
        inner = [node for node in self.around if isinstance(node, ast.FunctionDef | ast.Lambda)]
        return bool(inner) and isinstance(inner[-1], ast.Lambda)

    @property
    def statements(self):
        return [node for node in (*self.around, self.old) if isinstance(node, ast.stmt)]

    @property
    def lines(self):
        """Ranges of lines: the tests that reach the first range that any test reaches are to try the mutant."""
        return [lines_of(self.old), lines_of(self.statements[-1])]

    @property
    def lines_near(self):
        """Those of the function that it stands in, or of its statement."""
        functions = [node for node in self.around if isinstance(node, ast.FunctionDef)]
        return lines_of((functions or self.statements)[-1])

    @property
    def lines_on_loading(self):
        """The same for what runs on loading: the statement of the module, the functions that it names, the module."""
        names, statement = self.words, self.statements[0]
        named = [f for f in self.around[0].body if isinstance(f, ast.FunctionDef) and f.name in names]
        return [lines_of(statement), [line for function in named for line in lines_of(function)], range(1, 1000)]

    @property
    def words(self):
        """The names in the statement of the module that it stands in: `np.any` gives `any`."""
        nodes = list(ast.walk(self.statements[0]))
        return {n.attr for n in nodes if isinstance(n, ast.Attribute)} | {n.id for n in nodes if isinstance(n, ast.Name)}

    def put(self, node):
        parent, field, index = self.place
        if index is None:
            setattr(parent, field, node)
        else:
            getattr(parent, field)[index] = node


class Source:
    """The syntax tree of a file, and all of its mutants."""

    def __init__(self, text, path):
        self.path = path
        self.tree = ast.parse(text, path)
        self.mutants = list(mutants_below(self.tree))

    def compiled(self, mutant=None):
        if mutant is None:
            return compile(self.tree, self.path, "exec")
        mutant.put(mutant.new)
        try:
            return compile(self.tree, self.path, "exec")
        finally:
            mutant.put(mutant.old)


def lines_of(node):
    return range(node.lineno, node.end_lineno + 1)


def mutants_below(parent, around=()):
    """The mutants of all that stands below a node, in the order of the source."""
    around = (*around, parent)
    for field, value in ast.iter_fields(parent):
        if field in LEFT.get(type(parent), ()):
            continue
        children = enumerate(value) if isinstance(value, list) else [(None, value)]
        for index, node in children:
            if isinstance(node, ast.AST) and not left_alone(node):
                for text, new in changes(node, parent, field):
                    ast.fix_missing_locations(ast.copy_location(new, node))
                    yield Mutant(text, around, (parent, field, index), node, new)
                yield from mutants_below(node, around)


def left_alone(node):
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Expr(value=ast.Constant()):  # the last: a docstring
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")) | ast.Assign(targets=[ast.Name(id="__all__" | "__slots__")]):
            return True
        case ast.Expr(value=ast.Call() as call):
            return left_alone(call)
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in SILENT:
            return True
    return False


def changes(node, parent, field):
    """What may stand for a node, each with its text."""
    match node:
        case ast.BinOp(op=op) | ast.BoolOp(op=op) if type(op) in SWAPS:
            yield change(node, op=SWAPS[type(op)]())
        case ast.Compare(ops=[op]) if type(op) in SWAPS:
            yield change(node, ops=[SWAPS[type(op)]()])
        case ast.UnaryOp(op=ast.USub() | ast.Not()):
            yield f"{ast.unparse(node)}  ->  {ast.unparse(node.operand)}", copied(node.operand)
        case ast.Constant(value=bool() as value):
            yield change(node, value=not value)
        case ast.Constant(value=int() | float() as value):
            yield change(node, value=value + 1)
        case ast.Return(value=ast.expr()) if not isinstance(node.value, ast.Constant):
            yield change(node, value=ast.Constant(None))
        case ast.Call(args=args, keywords=keywords):
            for k, gone in enumerate(keywords):
                yield without(gone, node, keywords=keywords[:k] + keywords[k + 1 :])
            if len(args) > 1:
                yield without(args[-1], node, args=args[:-1])
    if field == "test" or (field == "ifs" and isinstance(parent, ast.comprehension)):
        yield f"if {ast.unparse(node)}  ->  if not ...", ast.UnaryOp(ast.Not(), node)
    if is_droppable(node):
        yield f"{ast.unparse(node).splitlines()[0]}  ->  pass", ast.Pass()


def change(node, **fields):
    new = copied(node, **fields)
    return f"{ast.unparse(node)}  ->  {ast.unparse(new)}", new


def without(argument, call, **fields):
    return f"{ast.unparse(call.func)}(...) without {ast.unparse(argument)}", copied(call, **fields)


def copied(node, **fields):
    return type(node)(**{**{name: getattr(node, name, None) for name in (*node._fields, *node._attributes)}, **fields})


def is_droppable(node):
    """A statement whose absence is no NameError: a call, a change, or an assignment to what has a value already."""
    match node:
        case ast.Expr(value=ast.Call()) | ast.AugAssign() | ast.Delete() | ast.Continue() | ast.Break():
            return True
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name in {n.id for n in ast.walk(node.value) if isinstance(n, ast.Name)}
        case ast.Assign():
            return True
    return False
