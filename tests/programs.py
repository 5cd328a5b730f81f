"""Random programs for test_random_programs.py: straight lines of numpy, as text that can be read, pasted and run.

    a = variable(2, 3)
    b = value()
    c = np.sin(a) * b
    d = np.sum(c, axis=0)
    return d

`variable`, `tensor`, `value` and `array` make the inputs; an `array` is a plain constant. What they return decides what a run
means: raw numbers, boxes, batches, or JAX's arrays. A line is kept only if numpy itself computes finite numbers with it.
"""

import functools
import re
import textwrap

import numpy as np
from hypothesis import strategies as st

import autodiff as ad

KINDS = ("variable", "tensor", "value", "array")
LARGEST, MOST = 30.0, 60  # numbers and sizes beyond these are not gone on with


class Program:
    """The text of a program, and what it computes from given inputs."""

    def __init__(self, text):
        self.text = textwrap.dedent(text).strip()

    def __repr__(self):
        return f'Program("""\n{textwrap.indent(self.text, "    ")}\n""")'

    def run(self, inputs, numpy=np, autodiff=ad):
        """The results as a tuple. `inputs(kind, shape, dtype)` makes an input; a list holds them in order."""
        rest = None if callable(inputs) else iter(inputs)
        given = inputs if rest is None else lambda kind, shape, dtype: next(rest)
        names = {"np": numpy, "ad": autodiff}
        for kind in KINDS:
            names[kind] = lambda *shape, dtype="f8", kind=kind: given(kind, shape, dtype)
        exec(compiled(self.text), names)
        ys = names["program"]()
        return ys if isinstance(ys, tuple) else (ys,)

    def inputs(self, seed=0, dtype=None):
        """(the kinds of the inputs, numbers for them): floats for Values, arrays otherwise, all of one dtype if it is given."""
        kinds, numbers = [], []

        def draw(kind, shape, own):
            kinds.append(kind)
            x = np.random.default_rng([seed, len(kinds)]).uniform(-1.5, 1.5, shape)
            numbers.append(np.float64(x) if kind == "value" else np.asarray(x, dtype or own))
            return numbers[-1]

        with np.errstate(all="ignore"):
            self.run(draw)
        return kinds, numbers


@functools.lru_cache(1000)
def compiled(text):
    return compile("def program():\n" + textwrap.indent(text, "    "), "<program>", "exec")


# -- the functions, of x and y -----------------------------------------------------------------------------------------------

WORDS = {
    "SQUARE": "(2.0 * np.eye(N) + 0.3 * np.tanh(x))",  # far from singular
    "SPREAD": "(np.diag(3.0 * np.arange(N)) + 0.2 * np.tanh(x + np.matrix_transpose(x)))",  # symmetric, eigenvalues apart
    "POSITIVE": "(0.5 + np.square(x))",
    "INSIDE": "(0.9 * np.tanh(x))",
}


def separate(table):
    return [expression.strip() for expression in table.split("|")]


def filled(expression, **words):
    """The expression with names in place of x and y, and numbers in place of AXIS and N."""
    for some in (WORDS, words):
        expression = re.sub(r"\b(" + "|".join(some) + r")\b", lambda match, some=some: str(some[match[0]]), expression)
    return expression


ELEMENTWISE = separate("""
    np.sin(x) | -x | np.tanh(x) | ad.sigmoid(x) | ad.softplus(x) | ad.relu(x) | np.abs(x) | np.square(x) | x * 2.0 - 1 |
    1.0 / (1.5 + x * x) | x**2 | x**3 | np.exp(-x * x) | np.exp(x) | np.expm1(x) | np.exp2(x) | np.cos(x) | np.tan(x * 0.3) |
    np.sinh(x) | np.cosh(x) | np.arctan(x) | np.arcsinh(x) | np.sinc(x) | np.deg2rad(x) | np.rad2deg(x) | np.positive(x) |
    np.real(x) | np.conjugate(x) | np.fabs(x) | np.sign(x) | np.nan_to_num(x) | ad.erf(x) | ad.erfc(x) |
    np.clip(x, -0.5, 0.7) | np.where(x > 0.1, x, 0.2 * x) | x * (x < 0.5) | x * np.floor(1.5 * x) | np.mod(x, 0.7) | x % 0.6 |
    np.log(POSITIVE) | np.log2(POSITIVE) | np.log10(POSITIVE) | np.log1p(POSITIVE) | np.sqrt(POSITIVE) |
    np.reciprocal(POSITIVE) | np.cbrt(POSITIVE) | np.arcsin(INSIDE) | np.arccos(INSIDE) | np.arctanh(INSIDE) |
    np.arccosh(1.0 + POSITIVE) | ad.gammaln(POSITIVE) | ad.digamma(POSITIVE) | POSITIVE**-1.5 | 2.0**x |
    np.unwrap(np.atleast_1d(x)) | np.modf(x)[0] | np.copy(x) | np.ldexp(x, 2)
""")
BINARY = separate("""
    x + y | x - y | x * y | x / (1.5 + np.square(y)) | np.maximum(x, y) | np.minimum(x, y) | np.fmax(x, y) | np.fmin(x, y) |
    np.hypot(x, y) | np.arctan2(x, y) | np.logaddexp(x, y) | np.logaddexp2(x, y) | np.copysign(x, y) |
    np.power(0.5 + np.square(x), y) | np.where(x > y, x, y) | np.fmod(x, 0.5 + np.square(y)) |
    np.divmod(x, 0.5 + np.square(y))[1] | np.heaviside(x, y) | np.float_power(1.0 + np.abs(x), y) |
    np.clip(x, y - 0.5, y + 0.5) | np.add.outer(x, y) | np.broadcast_arrays(x * y, y)[0] | np.append(x, y) |
    np.linspace(x, y, 3) | np.multiply(x, y) | np.select([x > 0.5, y > 0.0], [x, y], 0.3)
""")
REDUCTIONS = separate("""
    np.sum | np.mean | np.max | np.min | np.prod | np.var | np.std | ad.logsumexp | np.median | np.ptp | np.linalg.norm |
    np.linalg.vector_norm | np.average | np.nansum | np.nanmean
""")
ALONG = separate("""
    np.cumsum(x, axis=AXIS) | np.cumprod(x, axis=AXIS) | np.sort(x, axis=AXIS) | ad.softmax(x, axis=AXIS) |
    ad.log_softmax(x, axis=AXIS) | np.flip(x, axis=AXIS) | np.roll(x, 1, axis=AXIS) | np.diff(x, axis=AXIS) |
    np.repeat(x, 2, axis=AXIS) | np.trapezoid(x, axis=AXIS) | np.gradient(x, axis=AXIS) | np.linalg.norm(x, 3, axis=AXIS) |
    np.linalg.norm(x, np.inf, axis=AXIS) | np.quantile(x, 0.3, axis=AXIS) |
    np.take_along_axis(x, np.argsort(x, axis=AXIS), axis=AXIS) | np.take(x, np.arange(np.shape(x)[AXIS])[-1:], axis=AXIS) |
    np.delete(x, 0, axis=AXIS) | np.insert(x, 0, 0.5, axis=AXIS) | np.moveaxis(x, AXIS, 0) |
    np.min(np.partition(x, 0, axis=AXIS)[..., :1]) |
    np.compress(np.arange(np.shape(x)[AXIS]) < 1, x, axis=AXIS) | np.cumulative_sum(x, axis=AXIS) |
    np.max(x, axis=AXIS, initial=0.1) | np.sum(x, axis=AXIS, where=x > 0.0) | np.split(x, [1], axis=AXIS)[1] |
    np.take_along_axis(x, np.expand_dims(np.argmax(x, axis=AXIS), AXIS), axis=AXIS) | np.nancumsum(x, axis=AXIS)
""")
SHAPED = separate("""
    np.ravel(x) | np.transpose(x) | np.squeeze(x) | np.atleast_1d(x) | np.atleast_2d(x) | np.atleast_3d(x) | np.tile(x, 2) |
    np.tile(x, (2, 1)) | np.repeat(x, 2) | np.sort(x, axis=None) | np.cumsum(x) | np.flip(x) | np.roll(x, 1) |
    np.expand_dims(x, 0) | np.expand_dims(x, -1) | np.stack([x, 2.0 * x]) | np.resize(x, (2, 3)) |
    np.concatenate([np.ravel(x), np.ravel(x)]) | np.pad(x, 1) | np.diagflat(x) | np.take(x, np.array([0, 0])) |
    np.broadcast_to(x, (2, *np.shape(x))) | np.extract(x > -9.0, x) | np.ediff1d(x) | np.full_like(x, np.sum(x)) |
    np.hstack([np.atleast_1d(x), np.atleast_1d(x)]) | ad.mean([np.sum(x), 0.5]) | np.reshape(x, -1) | np.meshgrid(x, x)[1] |
    np.block([[np.ravel(x), np.ravel(x)]]) | np.interp(x, np.array([-1.0, 0.2, 1.3]), np.arange(3.0)) |
    ad.unstack(np.stack([x, np.sin(x)]))[1] | np.choose(np.array(0), [x, x]) | np.polyval(np.append(x, 0.5), 0.7)
""")
# of two axes or more
FLAT = separate("""
    np.swapaxes(x, 0, -1) | np.matrix_transpose(x) | np.tril(x) | np.triu(x, 1) | np.trace(x) | np.diagonal(x) | np.rot90(x) |
    np.fliplr(x) | np.flipud(x) | np.tril(x[0]) | np.linalg.norm(x, axis=(0, 1)) | np.linalg.norm(x, 1, axis=(0, 1)) |
    x @ np.matrix_transpose(x) | np.einsum('...ij->...j', x) | np.einsum('...ij,...ij->...i', x, x) | x.T |
    np.sum(x, axis=(0, 1), keepdims=True) | np.max(x, axis=(-1, 0)) | np.pad(x, 1, 'edge') | np.rollaxis(x, 1) |
    np.cov(np.reshape(x, (np.shape(x)[0], -1))) | np.concatenate([x, x], axis=1) | np.vstack([x, x]) | np.dstack([x, x]) |
    np.linalg.trace(x) | np.linalg.diagonal(x) | np.diag(x[..., 0]) | np.hsplit(x, [1])[0]
""")
# of shape (..., n, n)
MATRICES = separate("""
    np.linalg.inv(SQUARE) | np.linalg.det(SQUARE) | np.linalg.slogdet(SQUARE)[1] | np.linalg.svdvals(SPREAD) |
    np.linalg.solve(SQUARE, x) | np.linalg.cholesky(SPREAD + 2.0 * np.eye(N)) | np.linalg.eigvalsh(SPREAD) |
    np.linalg.qr(SQUARE)[1] | np.linalg.pinv(SQUARE) | np.linalg.matrix_power(SQUARE, -2) | np.linalg.eigh(SPREAD)[0] |
    np.linalg.matrix_power(x, 3) | np.einsum('...ii->...i', x) | np.einsum('...ii', x) |
    np.linalg.norm(SQUARE, 'nuc', axis=(-2, -1)) | np.linalg.cond(SQUARE, 'fro') | np.linalg.svd(SPREAD)[1] |
    np.linalg.multi_dot([SQUARE, SQUARE, SQUARE]) | ad.linalg.expm(SQUARE) | ad.linalg.sqrtm(SQUARE) | ad.linalg.logm(SQUARE) |
    ad.linalg.fractional_matrix_power(SQUARE, 0.3) | ad.linalg.polar(SQUARE)[1] | np.linalg.eigvals(SPREAD) |
    np.linalg.eig(SPREAD)[0]
""")
# of the shapes in front: each letter is a size that is drawn, a *: perhaps another axis
PRODUCTS = separate("""
    *ij jk: x @ y | j jk: x @ y | *ij j: x @ y | j j: x @ y | ij *jk: np.matmul(x, y) | *j ijk: np.dot(x, y) |
    () *i: np.dot(x, y) | *i *j: np.outer(x, y) | *j kj: np.inner(x, y) | *j jk: np.tensordot(x, y, 1) |
    ijk ji: np.tensordot(x, y, ([0, 1], [1, 0])) | ij jk: np.kron(x, y) | ij ij: np.vdot(x, y) |
    *ij jk: np.einsum('...ij,jk->...ki', x, y) | ij j: np.einsum('ij,j', x, y) | i j: np.einsum('i,j->ji', x, y) |
    ij ji: np.einsum('ij,ji', x, y) | *ij j: ad.matvec(x, y) | ij kj: np.einsum('ij,kj->', x, y) |
    ii ij: np.einsum('ii,ij->j', x, y) | i ij: ad.vecmat(x, y) | *i i: np.vecdot(x, y) | i j: np.convolve(x, y) |
    i j: np.correlate(x, y, 'same') | ij jj: np.linalg.multi_dot([x, y, y]) | ij ij: np.average(x, weights=1.5 + np.tanh(y)) |
    i j: np.convolve(x, y, 'valid') | *i i: np.trapezoid(x, np.cumsum(0.1 + np.square(y))) | ij kj: np.cov(x, y) |
    ij kj: np.concatenate([x, y]) | *ij *ij: np.stack([x, y], axis=-1) | ij i: np.column_stack([x, y]) |
    ij j: np.where(x > 0.0, x, y) | ij ik: np.hstack([x, y]) |
    ii ij: np.linalg.solve(3.0 * np.eye(len(x)) + 0.3 * np.tanh(x), y) | () (): np.stack([x, 0.5, y]) |
    ij i: np.linalg.lstsq(np.eye(*np.shape(x)) + 0.2 * np.tanh(x), y)[0] | ij j: np.insert(x, 0, y, axis=0) |
    i i: np.array([1.0, 2.0, 0.5])[:, None] * x + y | i i: np.add(np.array(2.0), x) * y
""")

EXPRESSIONS = [*ELEMENTWISE, *BINARY, *REDUCTIONS, *ALONG, *SHAPED, *FLAT, *MATRICES, *PRODUCTS]


# -- programs that are drawn -------------------------------------------------------------------------------------------------

SIZES = st.sampled_from([2, 3, 1, 2, 3, 4, 2, 3, 1, 0])
SHAPES, LONG, FLATS = (st.lists(SIZES, min_size=least, max_size=3).map(tuple) for least in (0, 1, 2))
SQUARES = st.tuples(SIZES, SIZES, st.booleans()).map(lambda drawn: (drawn[1], drawn[0], drawn[0])[0 if drawn[2] else 1 :])
DTYPES = st.sampled_from(["f8", "f8", "f4"])


class Writer:
    """Writes a program line by line, and computes each line at once."""

    def __init__(self, draw):
        self.draw, self.lines, self.values = draw, [], {}
        self.unused, self.tracked = [], set()  # names: of what no line uses yet, and of what depends on more than arrays

    def one_of(self, options):
        return self.draw(st.sampled_from(options))

    def operand(self, fits=lambda shape: True, shapes=SHAPES):
        """The name of an array of a shape that fits: of one that is there, or of a new input, of one of the shapes."""
        names = [name for name, x in self.values.items() if fits(np.shape(x))]
        name = self.one_of([*names, None]) if names else None
        return self.new_input(self.draw(shapes)) if name is None else name

    def new_input(self, shape):
        kinds = ("variable", "tensor", "value", "array") if shape == () else ("variable", "tensor", "array")
        kind = self.one_of(kinds if self.lines else kinds[:-1])
        sizes, dtype = ", ".join(map(str, shape)), self.draw(DTYPES)
        words = sizes if dtype == "f8" or kind == "value" else f"{sizes}, dtype='f4'" if sizes else "dtype='f4'"
        name = self.named()
        self.lines.append(f"{name} = {kind}({words})")
        x = np.random.default_rng([0, sum(" = " + k in line for line in self.lines for k in KINDS)]).uniform(-1.5, 1.5, shape)
        self.enter(name, float(x) if kind == "value" else np.asarray(x, dtype), kind != "array")
        return name

    def enter(self, name, x, tracked):
        self.values[name] = x
        self.unused.append(name)
        if tracked:
            self.tracked.add(name)

    def named(self):
        return f"x{len(self.values)}"

    def write(self, expression, used):
        """Enter a line, if numpy computes with it what can be gone on with."""
        try:
            with np.errstate(all="ignore"):
                y = eval(expression, {"np": np, "ad": ad, **self.values})
        except (ValueError, TypeError, IndexError, AttributeError, ArithmeticError, Warning, np.linalg.LinAlgError):
            return
        if np.size(y) > MOST or np.asarray(y).dtype.kind != "f" or not np.all(np.abs(y) < LARGEST):
            return
        self.unused = [name for name in self.unused if name not in used]
        name = self.named()
        self.lines.append(f"{name} = {expression}")
        self.enter(name, y, not self.tracked.isdisjoint(used))


def elementwise(w):
    x = w.operand()
    w.write(filled(w.one_of(ELEMENTWISE), x=x), [x])


def binary(w):
    x = w.operand()
    shape = np.shape(w.values[x])
    thinner_shapes = st.builds(thinner, st.just(shape), st.integers(0, 3), st.integers(0, 3))
    y = w.operand(lambda other: broadcasts(other, shape), thinner_shapes)
    pair = (x, y) if w.draw(st.booleans()) else (y, x)
    w.write(filled(w.one_of(BINARY), x=pair[0], y=pair[1]), pair)


def thinner(shape, skip, ones):
    """A shape that broadcasts with this one: it has fewer axes, and one of them is 1."""
    return tuple(1 if k == ones else n for k, n in enumerate(shape[skip:], skip))


def broadcasts(a, b):
    return all(m == n or 1 in (m, n) for m, n in zip(reversed(a), reversed(b)))


def with_a_number(w):
    x = w.operand()
    narrow = [] if any(" = value(" in line for line in w.lines) else ["np.float32(1.5)"]  # a Value is weak beside it
    number = w.one_of(["0.5", "2", "np.array([0.5])", "np.array(2)", "np.array([[1.5], [-0.5]])", "-1.0", *narrow])
    pair = (x, number) if w.draw(st.booleans()) else (number, x)
    w.write(filled(w.one_of(BINARY), x=pair[0], y=pair[1]), [x])


def reduction(w):
    x = w.operand()
    ndim = np.ndim(w.values[x])
    axes = [None, *range(-ndim, ndim), *([(0, 1), (-1, 0)] if ndim > 1 else [])]
    keep = w.one_of(["", ", keepdims=True"])
    w.write(f"{w.one_of(REDUCTIONS)}({x}, axis={w.one_of(axes)}{keep})", [x])


def along(w):
    x = w.operand(lambda shape: len(shape) > 0, LONG)
    ndim = np.ndim(w.values[x])
    w.write(filled(w.one_of(ALONG), x=x, AXIS=w.one_of(range(-ndim, ndim))), [x])


def shaped(w):
    x = w.operand()
    w.write(filled(w.one_of(SHAPED), x=x), [x])


def flat(w):
    x = w.operand(lambda shape: len(shape) > 1, FLATS)
    w.write(filled(w.one_of(FLAT), x=x), [x])


def matrices(w):
    x = w.operand(lambda shape: len(shape) > 1 and shape[-1] == shape[-2], SQUARES)
    w.write(filled(w.one_of(MATRICES), x=x, N=np.shape(w.values[x])[-1]), [x])


def product(w):
    shapes, expression = w.one_of(PRODUCTS).split(": ", 1)
    sizes = {}

    def names(letters, shape):
        """Whether a shape is one that the letters describe, with the sizes that they have so far."""
        lead, letters = letters.startswith("*"), letters.lstrip("*")
        if len(shape) < len(letters) or (len(shape) > len(letters) and not lead):
            return False
        found = {}
        return all(found.setdefault(a, sizes.get(a, n)) == n for a, n in zip(reversed(letters), reversed(shape)))

    pair = []
    for letters in shapes.replace("()", "").split(" "):
        fitting = [name for name, x in w.values.items() if names(letters, np.shape(x))]
        name = w.one_of([*fitting, None]) if fitting else None
        if name is None:
            shape = tuple(sizes.setdefault(a, w.draw(SIZES)) for a in letters.lstrip("*"))
            name = w.new_input((w.draw(SIZES), *shape) if letters.startswith("*") and w.draw(st.booleans()) else shape)
        sizes.update(zip(reversed(letters.lstrip("*")), reversed(np.shape(w.values[name]))))
        pair.append(name)
    w.write(filled(expression, x=pair[0], y=pair[1]), pair)


def indexed(w):
    x = w.operand(lambda shape: len(shape) > 0, LONG)
    shape, keys = np.shape(w.values[x]), []
    for n in shape[: w.draw(st.integers(1, len(shape)))]:
        keys.append(w.one_of([":", "::-1", "1:", "0", "-1", "None", "...", ":-1:2", "np.array([0, 0])", "np.array([[-1], [0]])",
                              f"np.arange({n}) != 1", f"np.array([{n - 1}, 0])"]))  # fmt: skip
    w.write(f"{x}[{', '.join(keys)}]", [x])


def reshaped(w):
    x = w.operand()
    size = int(np.size(w.values[x]))
    first = w.one_of([n for n in range(1, size + 1) if size % n == 0] or [0])
    w.write(f"np.reshape({x}, {w.one_of([(first, -1), (-1, 1, first), (size,), (1, size)])})", [x])


def transposed(w):
    x = w.operand(lambda shape: len(shape) > 1, FLATS)
    axes = w.draw(st.permutations(range(np.ndim(w.values[x]))))
    w.write(f"np.transpose({x}, {tuple(axes)})", [x])


WRITE = [elementwise, binary, with_a_number, reduction, along, shaped, flat, matrices, product, indexed, reshaped, transposed]


@st.composite
def programs(draw, longest=8):
    """A Program whose every line is needed for its results: one of them, or all that no line uses."""
    w = Writer(draw)
    for _ in range(draw(st.integers(1, longest))):
        draw(st.sampled_from(WRITE))(w)
    results = [name for name in w.unused if name in w.tracked]
    return Program(needed(w.lines, results if draw(st.booleans()) else results[-1:]))


def needed(lines, results):
    """The text of those of the lines that the results need."""
    names, kept = set(results), []
    for line in reversed(lines):
        name, expression = line.split(" = ", 1)
        if name in names:
            kept.insert(0, line)
            names |= set(re.findall(r"\bx\d+\b", expression))
    return "\n".join([*kept, f"return {', '.join(results)}"])
