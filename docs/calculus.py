"""Rules as calculus: a rule of autodiff/rules, `lambda g, y, x: g * np.cos(x)`, as a formula in LaTeX."""

import ast
from copy import deepcopy
from functools import cache

LOOSE, SUM, SIGNED, PRODUCT, ATOM = range(5)  # how tightly a formula holds together

# Calls as formulas: the LaTeX with {0}, {1} for the arguments, how tightly it holds together, and how tightly they must.
CALLS = {
    1: {
        "exp": ("e^{{{0}}}", ATOM, LOOSE), "exp2": ("2^{{{0}}}", ATOM, LOOSE), "exp10": ("10^{{{0}}}", ATOM, LOOSE),
        "expm1": ("e^{{{0}}} - 1", SUM, LOOSE), "sqrt": (r"\sqrt{{{0}}}", ATOM, LOOSE),
        "cbrt": (r"\sqrt[3]{{{0}}}", ATOM, LOOSE),
        "absolute": (r"\left|{0}\right|", ATOM, LOOSE), "abs": (r"\left|{0}\right|", ATOM, LOOSE),
        "fabs": (r"\left|{0}\right|", ATOM, LOOSE), "square": ("{{{0}}}^2", PRODUCT, ATOM),
        "negative": ("-{0}", SIGNED, PRODUCT),
        "reciprocal": (r"\frac{{1}}{{{0}}}", ATOM, LOOSE), "positive": ("{0}", ATOM, ATOM),
        "conjugate": (r"\overline{{{0}}}", ATOM, LOOSE), "conjugated": (r"\overline{{{0}}}", ATOM, LOOSE),
        "log1p": (r"\ln\left(1 + {0}\right)", PRODUCT, SUM), "softplus": (r"\ln\left(1 + e^{{{0}}}\right)", PRODUCT, LOOSE),
        "sigmoid": (r"\frac{{1}}{{1 + e^{{-{0}}}}}", ATOM, PRODUCT), "relu": (r"\max\left(0, {0}\right)", ATOM, LOOSE),
        "ONE_MINUS_SQUARE": ("1 - {{{0}}}^2", SUM, ATOM), "root_of_one_plus_square": (r"\sqrt{{1 + {{{0}}}^2}}", ATOM, ATOM),
        "_bell": ("e^{{-{{{0}}}^2}}", ATOM, ATOM), "or_1": ("{0}", PRODUCT, PRODUCT), "mT": ("{{{0}}}^T", PRODUCT, ATOM),
        "transpose": ("{{{0}}}^T", PRODUCT, ATOM), "inv": ("{{{0}}}^{{-1}}", PRODUCT, ATOM),
        "floor": (r"\left\lfloor {0} \right\rfloor", ATOM, LOOSE),
    },
    2: {
        "add": ("{0} + {1}", SUM, SUM), "subtract": ("{0} - {1}", SUM, PRODUCT), "multiply": (r"{0}\, {1}", PRODUCT, PRODUCT),
        "divide": (r"\frac{{{0}}}{{{1}}}", ATOM, LOOSE), "power": ("{{{0}}}^{{{1}}}", PRODUCT, ATOM),
        "float_power": ("{{{0}}}^{{{1}}}", PRODUCT, ATOM), "matmul": (r"{0}\, {1}", PRODUCT, PRODUCT),
        "dot": (r"{0} \cdot {1}", PRODUCT, PRODUCT), "hypot": (r"\sqrt{{{{{0}}}^2 + {{{1}}}^2}}", ATOM, ATOM),
        "COSINE": (r"\frac{{{0}}}{{\sqrt{{{{{0}}}^2 + {{{1}}}^2}}}}", ATOM, ATOM),
        "logaddexp": (r"\ln\left(e^{{{0}}} + e^{{{1}}}\right)", PRODUCT, LOOSE),
        "logaddexp2": (r"\log_2\left(2^{{{0}}} + 2^{{{1}}}\right)", PRODUCT, LOOSE), "xlogy": (r"{0} \ln {1}", PRODUCT, ATOM),
        "maximum": (r"\max\left({0}, {1}\right)", ATOM, LOOSE), "minimum": (r"\min\left({0}, {1}\right)", ATOM, LOOSE),
        "fmax": (r"\max\left({0}, {1}\right)", ATOM, LOOSE), "fmin": (r"\min\left({0}, {1}\right)", ATOM, LOOSE),
        "arctan2": (r"\operatorname{{arctan2}}\left({0}, {1}\right)", ATOM, LOOSE),
        "solve": (r"{{{0}}}^{{-1}} {1}", PRODUCT, ATOM), "binom": (r"\binom{{{0}}}{{{1}}}", ATOM, LOOSE),
        "polygamma": (r"\psi^{{({0})}}\left({1}\right)", ATOM, LOOSE), "beta": (r"B\left({0}, {1}\right)", ATOM, LOOSE),
        "zeta": (r"\zeta\left({0}, {1}\right)", ATOM, LOOSE), "expn": (r"E_{{{0}}}\left({1}\right)", ATOM, LOOSE),
        **{f"{letter.lower()}v": (f"{letter}_{{{{{{0}}}}}}\\left({{1}}\\right)", ATOM, LOOSE) for letter in "IJKY"},
    },
    3: {"betainc": (r"I_{{{2}}}\left({0}, {1}\right)", ATOM, LOOSE)},
}  # fmt: skip
WORDS = {  # functions that are written before their argument
    "log": r"\ln", "log2": r"\log_2", "log10": r"\log_{10}", "sin": r"\sin", "cos": r"\cos", "tan": r"\tan", "sinh": r"\sinh",
    "cosh": r"\cosh", "tanh": r"\tanh", "arcsin": r"\arcsin", "arccos": r"\arccos", "arctan": r"\arctan",
    "sign": r"\operatorname{sign}", "SIGN": r"\operatorname{sign}", "arcsinh": r"\operatorname{arsinh}",
    "arccosh": r"\operatorname{arcosh}", "arctanh": r"\operatorname{artanh}", "erf": r"\operatorname{erf}",
    "erfc": r"\operatorname{erfc}", "det": r"\det", "trunc": r"\operatorname{trunc}",
}  # fmt: skip
LETTERS = {  # functions whose argument stands in brackets
    "gamma": r"\Gamma", "digamma": r"\psi", "gammaln": r"\ln \Gamma", "ndtr": r"\Phi",
    **{f"{letter.lower()}{order}": f"{letter}_{order}" for letter in "IJKY" for order in (0, 1)},
}  # fmt: skip
for name, sign in WORDS.items():
    CALLS[1][name] = (f"{sign.replace('{', '{{').replace('}', '}}')} {{0}}", PRODUCT, ATOM)
for name, sign in LETTERS.items():
    CALLS[1][name] = (rf"{sign}\left({{0}}\right)", ATOM, LOOSE)
CONSTANTS = {
    "LOG_2": r"\ln 2", "LOG2_E": r"\log_2 e", "LOG10_E": r"\log_{10} e", "LOG_10": r"\ln 10", "math.pi": r"\pi",
    "np.pi": r"\pi", "pi": r"\pi", "HALF_SLOPE": r"\frac{2}{\sqrt{\pi}}",
    # inputs, and numbers that are no inputs
    "delta": r"\delta", "power": r"\lambda", "df": r"\nu", "low": r"\mathit{low}", "high": r"\mathit{high}",
    "at_0": r"\mathit{at}_0", "bias": r"\mathit{bias}", "kernel": "k", "weights": "w",
}  # fmt: skip
SIGNS = {ast.Lt: "<", ast.LtE: r"\le", ast.Gt: ">", ast.GtE: r"\ge", ast.Eq: "=", ast.NotEq: r"\ne"}


class NoFormula(Exception):
    """What a rule computes is written in Python that is no formula."""


@cache
def tree_of(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def lambda_of(rule, tree):
    """The lambda of a module's tree that was compiled to this rule. NoFormula if there is none."""
    places = [place for place in rule.__code__.co_positions() if place[2] is not None and place[0] == place[1]]
    line, _, column, _ = next(place for place in places if place[3] > place[2])
    for node in ast.walk(tree):
        if isinstance(node, ast.Lambda):
            start, end = (node.body.lineno, node.body.col_offset), (node.body.end_lineno, node.body.end_col_offset)
            if start <= (line, column) < end:
                return node
    raise NoFormula


class Applied(ast.NodeTransformer):
    """Calls of lambdas, and of a module's functions that return a lambda, replaced by what they give."""

    def __init__(self, tree, known=None):
        self.tree, self.known = tree, known or {}

    def visit_Name(self, node):
        return self.known.get(node.id, node)

    def visit_Lambda(self, node):
        own = {a.arg for a in node.args.args}
        return ast.Lambda(node.args, Applied(self.tree, {k: x for k, x in self.known.items() if k not in own}).visit(node.body))

    def visit_Call(self, node):
        node = self.generic_visit(node)
        made = self.maker(node.func.id) if isinstance(node.func, ast.Name) else node.func
        if not isinstance(made, ast.Lambda) or node.keywords:
            return node
        return Applied(self.tree, dict(zip((a.arg for a in made.args.args), node.args))).visit(deepcopy(made.body))

    def maker(self, name):
        """The lambda of the parameters of a function of the module that does nothing but return a lambda."""
        for node in self.tree.body:
            if isinstance(node, ast.FunctionDef) and node.name == name and isinstance(node.body[-1], ast.Return):
                return ast.Lambda(node.args, node.body[-1].value) if isinstance(node.body[-1].value, ast.Lambda) else None
        return None


def applied(node, tree, names):
    """What a rule that is written as a lambda, or as a call that makes one, computes of arguments of these names."""
    return Applied(tree).visit(ast.Call(deepcopy(node), [ast.Name(name) for name in names], []))


def forward(name, inputs):
    """The formula of an operation that calculus has a sign for. NoFormula for others."""
    found = CALLS.get(len(inputs), {}).get(name)
    if found is None:
        raise NoFormula
    return found[0].format(*inputs)


def latex(node):
    """A formula, of the syntax tree of an expression. NoFormula if it is none."""
    return _written(node)[0]


def inside(node, least):
    """A part of a formula, in brackets if it would come apart."""
    text, bond = _written(node)
    return text if bond >= least else rf"\left({text}\right)"


def _written(node):
    """(LaTeX, how tightly it holds together)."""
    match node:
        case ast.Constant(value=float() | int() as number) if not isinstance(number, bool):
            return f"{number:g}", ATOM
        case ast.Name(id=name) if len(name) == 1 or name in CONSTANTS:
            return CONSTANTS.get(name, name), ATOM
        case ast.Attribute() if ast.unparse(node) in CONSTANTS:
            return CONSTANTS[ast.unparse(node)], ATOM
        case ast.Attribute(value=part, attr="T"):
            if isinstance(part, ast.Call) and part.func.id == "inv":
                return f"{{{inside(part.args[0], ATOM)}}}^{{-T}}", PRODUCT
            return f"{{{inside(part, ATOM)}}}^T", PRODUCT
        case ast.IfExp():
            return rf"\begin{{cases}} {_cases(node)} \end{{cases}}", ATOM
        case ast.UnaryOp(op=ast.USub(), operand=part):
            return f"-{inside(part, PRODUCT)}", SIGNED
        case ast.BinOp(left=left, op=op, right=right):
            return _operation(left, op, right)
        case ast.Call(func=function, args=parts, keywords=[]):
            name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
            if name in CALLS.get(len(parts), {}):
                text, bond, least = CALLS[len(parts)][name]
                return text.format(*(inside(part, least) for part in parts)), bond
    raise NoFormula


def _cases(node):
    """The lines of `a if condition else b`, of which b may be of this kind too."""
    if not isinstance(node, ast.IfExp):
        return rf"{latex(node)} & \text{{else}}"
    return rf"{latex(node.body)} & {_condition(node.test)} \\ {_cases(node.orelse)}"


def _condition(node):
    match node:
        case ast.Compare(left=left, ops=ops, comparators=parts):
            return " ".join([latex(left), *(f"{SIGNS[type(op)]} {latex(part)}" for op, part in zip(ops, parts))])
        case ast.Name(id="condition"):
            return r"\text{condition}"
        case ast.Call(func=ast.Name(id="isfinite"), args=[part]):
            return rf"{latex(part)} \text{{ is finite}}"
    raise NoFormula


def _operation(left, op, right):
    match op:
        case ast.Add():
            return f"{inside(left, SUM)} + {inside(right, PRODUCT)}", SUM
        case ast.Sub() if isinstance(right, ast.UnaryOp):  # x - -1.0, which keeps the sign of a complex zero
            return f"{inside(left, SUM)} + {inside(right.operand, PRODUCT)}", SUM
        case ast.Sub():
            return f"{inside(left, SUM)} - {inside(right, PRODUCT)}", SUM
        case ast.Mult() if isinstance(right, ast.Constant):
            return ("0", ATOM) if right.value == 0 else (rf"{inside(left, SIGNED)} \cdot {inside(right, ATOM)}", PRODUCT)
        case ast.Mult() | ast.MatMult():
            text = inside(left, SIGNED)
            return rf"{text}\, {inside(right, PRODUCT)}", SIGNED if text.startswith("-") else PRODUCT
        case ast.Div():
            text, bond = _written(left)
            minus = "-" if bond == SIGNED else ""
            return rf"{minus}\frac{{{text.removeprefix(minus)}}}{{{inside(right, LOOSE)}}}", SIGNED if minus else ATOM
        case ast.Pow():
            return f"{{{inside(left, ATOM)}}}^{{{inside(right, LOOSE)}}}", PRODUCT
    raise NoFormula


def symbol(name):
    """An input as formulas write it."""
    return CONSTANTS.get(name, name)


def of_text(text):
    """What a text of formulas.py is in LaTeX: Python as calculus."""
    return latex(ast.parse(text, mode="eval").body)
