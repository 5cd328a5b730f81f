"""Random programs (programs.py): each derivative agrees with each other way to it, with finite differences, and with JAX.

`python -m pytest tests/test_random_programs.py --hypothesis-profile hour` tries many more programs than the usual run does.
A program that fails is printed as text. Paste it into FOUND, below.
"""

import functools
import importlib.util
import re
import warnings

import numpy as np
import pytest
from hypothesis import assume, event, example, given, settings
from programs import EXPRESSIONS, Program, programs

import autodiff as ad
from autodiff.core.op import Op
from autodiff.core.registry import REGISTRY, Decomposition

FOUND = [Program(f"{inputs.replace('; ', chr(10))}\ny = {expression}\nreturn y") for inputs, expression in (  # they once failed
    ("a = value()", "np.max(a, axis=None, keepdims=True)"),
    ("a = value()", "np.nanmean(a, keepdims=True)"),
    ("a = value()", "np.pad(a, 1)"),
    ("a = value()", "np.ldexp(a, 2)"),
    ("a = value(); b = variable()", "np.convolve(a, b)"),
    ("a = variable(3)", "np.tril(a) + np.triu(a, 1)"),
    ("a = variable(0)", "np.resize(a, (2, 3))"),
    ("a = variable(4, 0, 3)", "np.linalg.norm(a, 1, axis=(0, 1))"),
    ("a = variable(2, 0)", "np.linalg.norm(a, np.inf, axis=1)"),
    ("a = tensor(3, 2, dtype='f4')", "np.add.outer(a, 2)"),
    ("a = variable(2, 2); b = array(2, 2, dtype='f4')", "np.average(a, weights=1.5 + np.tanh(b))"),
    ("a = tensor(2, 2, dtype='f4'); b = variable(2)", "np.insert(a, 0, b, axis=0)"),
    ("a = tensor(2, 2, dtype='f4')", "np.insert(a, 0, 0.5, axis=0)"),
    ("a = tensor(2, 2, dtype='f4')", "np.select([a > 0.5, a > 0.0], [a, 0.5], 0.3)"),
    ("a = variable(0, 1); b = array(3, 1)", "np.cov(a, b)"),
    ("a = array(0, 2); b = variable(3, 2)", "np.cov(a, b)"),
)]  # fmt: skip


def of_random_and_found_programs(test, tenths=4):
    """The test of many programs: first of those that once failed. Each test has programs of its own, so tenths of the usual
    number make many in all."""
    test = given(program=programs())(test)
    for program in FOUND:
        test = example(program=program)(test)
    return settings(max_examples=settings.default.max_examples * tenths // 10)(test)


# -- a program as a function of its inputs -------------------------------------------------------------------------------------


def boxed(kinds, numbers):
    make = {"value": ad.Value, "variable": ad.Variable, "tensor": ad.constant, "array": lambda x: x}
    return [make[kind](x) for kind, x in zip(kinds, numbers)]


def followed(kinds, inputs):
    return [x for kind, x in zip(kinds, inputs) if kind != "array"]


def joined(kinds, inputs, leaves):
    """All inputs, with these leaves among them."""
    leaves = iter(leaves)
    return [x if kind == "array" else next(leaves) for kind, x in zip(kinds, inputs)]


def directions(xs, seed):
    rng = np.random.default_rng([seed, len(xs)])
    return [rng.normal(size=np.shape(x)) if np.ndim(x) or not isinstance(x, float) else float(rng.normal()) for x in xs]


def inner(us, vs):
    return float(sum(np.sum(np.asarray(u, "f8") * np.asarray(v, "f8")) for u, v in zip(us, vs, strict=True)))


def largest(x):
    return float(np.max(np.abs(np.asarray(x)), initial=0.0))


def size_of(us, vs):
    return 1.0 + float(sum(np.sum(np.abs(np.asarray(u, "f8") * np.asarray(v, "f8"))) for u, v in zip(us, vs, strict=True)))


class Case:
    """A program at a point: its numbers, and weights that make one number of its results."""

    def __init__(self, program, dtype=None, seed=0):
        self.program, (self.kinds, self.numbers) = program, program.inputs(seed, dtype)
        self.leaves = followed(self.kinds, self.numbers)
        self.ys = [np.asarray(y) for y in self.results(*self.leaves)]
        assume(all(np.all(np.abs(y) < 1e3) for y in self.ys))
        found = [np.asarray(y) for y in self.results(*self.boxes())]
        self.weights = [np.asarray(w, y.dtype) for w, y in zip(directions(self.ys, 1), found)]

    def results(self, *leaves):
        with np.errstate(all="ignore"):
            return self.program.run(joined(self.kinds, self.numbers, leaves))

    def total(self, *leaves):
        return sum(ad.sum(w * y) for w, y in zip(self.weights, self.results(*leaves)))

    def boxes(self, leaves=None):
        return followed(self.kinds, boxed(self.kinds, joined(self.kinds, self.numbers, leaves or self.leaves)))

    def gradient(self, leaves=None):
        """The gradient of the total at the leaves, by a tape and seeds."""
        boxes = self.boxes(leaves)
        with ad.Tape() as tape:
            tape.watch(boxes)
            ys = self.results(*boxes)
        return tape.gradient(list(ys), boxes, self.weights, unconnected_gradients="zero")

    def second(self, vs):
        """The Hessian of the total times vs, by two tapes."""
        boxes = self.boxes()
        with ad.Tape() as outer:
            outer.watch(boxes)
            with ad.Tape() as tape:
                tape.watch(boxes)
                y = self.total(*boxes)
            slope = sum(np.sum(g * v) for g, v in zip(tape.gradient(y, boxes, unconnected_gradients="zero"), vs))
        if not isinstance(slope, (ad.Tensor, ad.Value)):
            return [np.zeros(np.shape(x)) for x in self.leaves]
        return [np.asarray(h) for h in outer.gradient(slope, boxes, unconnected_gradients="zero")]


def derivative(function, scale):
    """(d function / dt at 0, how far it may be off) by finite differences of two steps; no such thing near a kink."""
    h = 1e-4
    middle, near, far = function(0.0), [function(h), function(-h)], [function(2 * h), function(-2 * h)]
    first, second = (near[0] - near[1]) / (2 * h), (far[0] - far[1]) / (4 * h)
    bend, twice = (sum(near) - 2 * middle) / h, (sum(far) - 2 * middle) / (2 * h)
    smooth = abs(twice - 2 * bend) <= 0.2 * abs(bend) + 1e-6 * scale and abs(first - second) <= 1e-3 * scale
    event("smooth" if smooth else "near a kink")
    assume(smooth)
    return (4 * first - second) / 3, 0.5 * abs(first - second) + 1e-7 * scale


# -- the properties ------------------------------------------------------------------------------------------------------


LEFT_OUT = {  # other names of what is there, and functions whose arguments have a form that is not drawn; samples/ has them
    "absolute", "amax", "amin", "array_split", "astype", "bias_add", "block_diag", "cho_factor", "cho_solve", "circulant",
    "companion", "conv2d", "corrcoef", "coshm", "cosm", "cross", "cumulative_prod", "degrees", "divide", "dsplit", "expit",
    "expm_frechet", "getitem", "gru", "hankel", "lstm", "matrix_norm", "max_pool2d", "nancumprod", "nanmax", "nanmedian",
    "nanmin", "nanpercentile", "nanprod", "nanquantile", "nanstd", "nanvar", "negative", "percentile", "polygamma", "psi",
    "radians", "remainder", "simple_rnn", "sinhm", "sinm", "solve_continuous_lyapunov", "solve_discrete_lyapunov",
    "solve_sylvester", "solve_triangular", "standardize", "subtract", "tanhm", "tanm", "tensorinv", "tensorsolve", "toeplitz",
    "vsplit", "accumulate", "apply_along_axis", "apply_over_axes", "asanyarray", "asarray", "ascontiguousarray",
    "asfortranarray", "at", "bincount", "copyto", "fill_diagonal", "frexp", "full", "geomspace", "histogram", "histogram2d",
    "histogram_bin_edges", "histogramdd", "i0", "intersect1d", "logn", "logspace", "nextafter", "piecewise", "place",
    "poly", "polyadd", "polyder", "polydiv", "polyfit", "polyint", "polymul", "polysub", "put", "put_along_axis", "putmask",
    "reduce", "reduceat", "roots", "row_stack", "setdiff1d", "setxor1d", "sliding_window_view", "sort_complex", "trim_zeros",
    "union1d", "unique", "unique_all", "unique_counts", "unique_inverse", "unique_values", "vander",
    "angle", "conj", "imag", "real_if_close",  # of complex numbers, which the programs have not
    *(prefix + name for prefix in ("", "i") for name in ("fft", "fft2", "fftn", "rfft", "rfft2", "rfftn", "hfft", "fftshift")),
}  # fmt: skip


def test_every_function_with_a_derivative_is_in_the_programs():
    entries = [(key, entry) for key, entry in REGISTRY.items() if isinstance(entry, Decomposition) or is_public(entry)]
    others = re.compile(r"numpy\.polynomial|autodiff\.(polynomial|scipy|rules\.filtering)|scipy")  # known once asked for
    keys = [key for key, entry in entries if not others.match(str(getattr(entry.function, "__module__", "")))]
    names = {key if isinstance(key, str) else getattr(key, "__name__", "sum") for key in keys}
    drawn = set(re.findall(r"\.(\w+)", " ".join(EXPRESSIONS)))
    assert names - drawn <= LEFT_OUT and not LEFT_OUT & drawn


def is_public(entry):
    return isinstance(entry, Op) and entry.differentiable and not entry.internal


@of_random_and_found_programs
def test_boxes_compute_what_numpy_computes(program):
    case = Case(program)
    for y, expected in zip(case.results(*case.boxes()), case.ys, strict=True):
        assert np.shape(y) == expected.shape
        exact = "dtype" not in program.text and "float32" not in program.text
        if exact or "value" not in case.kinds:  # Values are weak, as Python's floats are; what numpy makes of them is not
            assert np.asarray(y).dtype == expected.dtype or "np.cov" in program.text  # np.cov makes float64 of float32
        np.testing.assert_allclose(np.asarray(y), expected, rtol=0, atol=(1e-12 if exact else 1e-4) * (1 + largest(expected)))


@of_random_and_found_programs
def test_the_gradient_is_that_of_finite_differences(program):
    case = Case(program, "f8")
    vs, gs = directions(case.leaves, 2), case.gradient()
    assert [np.shape(g) for g in gs] == [np.shape(x) for x in case.leaves]
    scale = size_of(gs, vs)
    move = lambda t: inner(case.weights, case.results(*[x + t * v for x, v in zip(case.leaves, vs)]))
    numeric, margin = derivative(move, scale)
    assert abs(inner(gs, vs) - numeric) <= margin


@of_random_and_found_programs
def test_all_routes_give_the_same_bits(program):
    case = Case(program)
    gs = case.gradient()
    boxes = case.boxes()
    with ad.Tape(persistent=True) as tape:
        tape.watch(boxes)
        y = case.total(*boxes)
    routes = {
        "persistent": tape.gradient(y, boxes, unconnected_gradients="zero"),
        "again": tape.gradient(y, boxes, unconnected_gradients="zero"),
        "grad": ad.grad(case.total, tuple(range(len(boxes))))(*case.leaves),
        "vjp": ad.vjp(case.total, *case.leaves)[1](1.0),
    }
    for name, found in routes.items():
        for x, g, f in zip(case.boxes(), gs, found, strict=True):
            assert np.asarray(f).dtype == np.asarray(x).dtype and np.shape(f) == np.shape(x)
            np.testing.assert_array_equal(np.asarray(f), np.asarray(g), err_msg=name)


@of_random_and_found_programs
def test_forward_mode_is_the_transpose_of_reverse(program):
    case = Case(program, "f8")
    vs, gs = directions(case.leaves, 2), case.gradient()
    _, moved = ad.jvp(lambda *xs: list(case.results(*xs)), tuple(case.boxes()), tuple(vs))
    for y, dy in zip(case.ys, moved):
        assert np.shape(dy) == y.shape
    assert abs(inner(case.weights, moved) - inner(gs, vs)) <= 1e-9 * size_of(gs, vs) + 1e-9 * size_of(case.weights, moved)


@of_random_and_found_programs
def test_the_second_derivative_is_symmetric_and_that_of_finite_differences(program):
    case = Case(program, "f8")
    us, vs = directions(case.leaves, 2), directions(case.leaves, 3)
    by_tapes, back = case.second(vs), case.second(us)
    scale = size_of(by_tapes, us) + size_of(back, vs)
    assert abs(inner(by_tapes, us) - inner(back, vs)) <= 1e-9 * scale
    forward = ad.hvp(lambda xs: case.total(*xs), case.leaves, vs) if sum(map(np.size, case.leaves)) else []
    for h, f in zip(by_tapes, forward):
        np.testing.assert_allclose(np.asarray(f), h, rtol=1e-8, atol=1e-9 * scale)
    move = lambda t: inner(case.gradient([x + t * u for x, u in zip(case.leaves, us)]), vs)
    numeric, margin = derivative(move, scale)
    assert abs(inner(by_tapes, us) - numeric) <= margin


@of_random_and_found_programs
def test_a_batch_is_a_loop(program):
    case = Case(program, "f8")
    rng = np.random.default_rng(5)
    examples = [[x + 0.03 * v for x, v in zip(case.leaves, directions(case.leaves, seed))] for seed in (7, 8, 9)]
    axes = [0, *[0 if rng.random() < 0.7 else None for _ in case.leaves[1:]]]
    examples = [[x if axis == 0 else case.leaves[k] for k, (x, axis) in enumerate(zip(row, axes))] for row in examples]
    batch = [np.stack(column) if axis == 0 else column[0] for column, axis in zip(zip(*examples), axes)]
    values = lambda *xs: list(case.results(*xs))
    slopes = ad.grad(case.total, tuple(range(len(axes))))
    loop = lambda function: [function(*[ad.constant(x) for x in row]) for row in examples]
    for function in (values, slopes):
        for found, each in zip(ad.vmap(function, tuple(axes))(*batch), zip(*loop(function)), strict=True):
            expected = np.stack([np.asarray(y) for y in each])
            assert np.shape(found) == expected.shape
            np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-8, atol=1e-8 * (1.0 + largest(expected)))


@of_random_and_found_programs
def test_the_gradient_in_float32_is_near_that_in_float64(program):
    narrow, wide = Case(program, "f4"), Case(program, "f8")
    wide.leaves = [x if isinstance(x, float) else x.astype("f8") for x in narrow.leaves]
    wide.weights = narrow.weights
    gs, expected = narrow.gradient(), wide.gradient()
    nearby = [wide.gradient([x * (1.0 + step) for x in wide.leaves]) for step in (1e-5, -1e-5)]
    for x, g, e, *others in zip(narrow.leaves, gs, expected, *nearby, strict=True):
        assert isinstance(x, float) or np.asarray(g).dtype == np.float32
        e = np.asarray(e)
        scale = 1.0 + max(largest(part) for part in expected)
        unsure = max(largest(np.asarray(other) - e) for other in others)
        assume(unsure < 1e-2 * scale)
        np.testing.assert_allclose(np.asarray(g), e, rtol=0, atol=1e-3 * scale + 10 * unsure)


# -- JAX -----------------------------------------------------------------------------------------------------------------

OURS_IN_JAX = {
    "relu": "nn.relu", "sigmoid": "nn.sigmoid", "softplus": "nn.softplus", "softmax": "nn.softmax", "erf": "lax.erf",
    "log_softmax": "nn.log_softmax", "erfc": "lax.erfc", "gammaln": "lax.lgamma", "digamma": "lax.digamma",
    "logsumexp": "scipy.special.logsumexp", "stop_gradient": "lax.stop_gradient",
}  # fmt: skip


class InJax:
    """What a program calls `ad`, in JAX."""

    def __init__(self, jax):
        self.jax = jax

    def __getattr__(self, name):
        found = self.jax
        for part in OURS_IN_JAX.get(name, f"numpy.{name}").split("."):
            found = getattr(found, part)
        return found


@pytest.fixture(scope="module")
def jax():
    if importlib.util.find_spec("jax") is None:
        pytest.skip("JAX is not installed")
    import jax

    jax.config.update("jax_enable_x64", True)
    return jax


@functools.partial(of_random_and_found_programs, tenths=1)  # it compiles, and keeps what it compiled
def test_jax(jax, program):
    case = Case(program, "f8")
    arrays = [jax.numpy.asarray(x) for x in case.numbers]

    def weighted(leaves):
        ys = program.run(joined(case.kinds, arrays, leaves), jax.numpy, InJax(jax))
        return sum(jax.numpy.sum(w * y) for w, y in zip(case.weights, ys, strict=True)), ys

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            (_, ys), expected = jax.value_and_grad(weighted, has_aux=True)([jax.numpy.asarray(x) for x in case.leaves])
        except Exception as error:  # whatever goes wrong there is not ours to judge
            event(f"JAX can't: {type(error).__name__}: {error}"[:90])
            return
    gs, vs = case.gradient(), directions(case.leaves, 2)
    assert all(np.all(np.isfinite(g)) for g in gs)
    if not all(np.all(np.isfinite(np.asarray(g))) for g in expected):
        event("JAX gives nan")  # for the std of one number, say
        return
    move = lambda t: inner(case.weights, case.results(*[x + t * v for x, v in zip(case.leaves, vs)]))
    derivative(move, size_of(gs, vs))  # at a kink the two may choose differently
    event("JAX can")
    for found, theirs in zip([*case.ys, *gs], [*ys, *expected], strict=True):
        theirs = np.asarray(theirs)
        np.testing.assert_allclose(np.asarray(found), theirs, rtol=1e-8, atol=1e-9 * (1.0 + largest(theirs)))
