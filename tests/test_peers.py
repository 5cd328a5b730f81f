"""Live oracles: on every sample that JAX and HIPS autograd can run, their gradients are ours to 1e-9 (float64)."""

import functools
import importlib.util
import warnings

import numpy as np
import pytest
from samples import SAMPLES, called, leaves, over, planted
from test_rules import directions, gradients, inner, outputs

import autodiff as ad

OURS_IN_JAX = {
    "relu": "nn.relu", "sigmoid": "nn.sigmoid", "softplus": "nn.softplus", "softmax": "nn.softmax", "erf": "lax.erf",
    "log_softmax": "nn.log_softmax", "erfc": "lax.erfc", "gammaln": "lax.lgamma", "digamma": "lax.digamma",
    "polygamma": "scipy.special.polygamma", "logsumexp": "scipy.special.logsumexp",
    **{name: f"scipy.special.{name}" for name in (  # without spence, whose derivative is NaN there from 1 to 1.5
        "beta", "betaln", "betainc", "entr", "erfinv", "exp1", "expi", "expn", "fresnel", "gamma", "gammainc", "gammaincc",
        "i0e", "i1", "i1e", "kl_div", "log_ndtr", "logit", "ndtr", "ndtri", "poch", "rel_entr", "sici", "xlog1py", "xlogy",
        "zeta",
    )},
    **{name: f"scipy.linalg.{name}" for name in ad.scipy.linalg.__all__},
}  # fmt: skip


def jax_scan(jax, step, x, first, mask):
    """What the step returns in all steps; the states of an example whose step is not there stay as they are."""

    def masked(states, now):
        x, there = now
        new, more = step(states, x)
        new = tuple(jax.numpy.where(there[:, None], a, b) for a, b in zip(new, states))
        return new, (*new, *[jax.numpy.where(there[:, None], gates, 0.0) for gates in more])

    found = jax.lax.scan(masked, first, (x, np.ones(x.shape[:2], bool) if mask is None else mask))[1]
    return found if len(found) > 1 else found[0]


def jax_lstm(jax, x, kernel, own, bias, h, c, mask=None):
    def step(state, x):
        z = x @ kernel + state[0] @ own + bias
        i, f, u, o = jax.numpy.split(z, 4, axis=-1)
        i, f, u, o = jax.nn.sigmoid(i), jax.nn.sigmoid(f), jax.numpy.tanh(u), jax.nn.sigmoid(o)
        c = f * state[1] + i * u
        return (o * jax.numpy.tanh(c), c), (jax.numpy.concatenate([i, f, u, o], -1),)

    return jax_scan(jax, step, x, (h, c), mask)


def jax_gru(jax, x, kernel, own, bias, h, mask=None):
    def step(state, x):
        parts = zip(*(jax.numpy.split(z, 3, axis=-1) for z in (x @ kernel + bias[0], state[0] @ own + bias[1])))
        (a_z, b_z), (a_r, b_r), (a_u, b_u) = parts
        z, r = jax.nn.sigmoid(a_z + b_z), jax.nn.sigmoid(a_r + b_r)
        u = jax.numpy.tanh(a_u + r * b_u)
        return (z * state[0] + (1 - z) * u,), (jax.numpy.concatenate([z, r, b_u, u], -1),)

    return jax_scan(jax, step, x, (h,), mask)


def jax_simple_rnn(jax, x, kernel, own, bias, h, mask=None):
    def step(state, x):
        return (jax.numpy.tanh(x @ kernel + state[0] @ own + bias),), ()

    return jax_scan(jax, step, x, (h,), mask)


def jax_conv2d(jax, x, kernel, strides=1):
    steps = tuple(np.broadcast_to(strides, 2).tolist())
    return jax.lax.conv_general_dilated(x, kernel, steps, "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC"))


def jax_max_pool2d(jax, x, size, strides=None):
    size, strides = (tuple(np.broadcast_to(n, 2).tolist()) for n in (size, size if strides is None else strides))
    return jax.lax.reduce_window(x, -np.inf, jax.lax.max, (1, *size, 1), (1, *strides, 1), "VALID")


WRITTEN_IN_JAX = {  # what it has under other arguments
    "bias_add": lambda jax, x, bias: x + bias, "conv2d": jax_conv2d, "gru": jax_gru, "lstm": jax_lstm,
    "max_pool2d": jax_max_pool2d, "simple_rnn": jax_simple_rnn,
}  # fmt: skip


@pytest.fixture(scope="module")
def jax():
    if importlib.util.find_spec("jax") is None:
        pytest.skip("JAX is not installed")
    import jax
    import jax.scipy.special

    jax.config.update("jax_enable_x64", True)
    return jax


@pytest.fixture(scope="module")
def autograd():
    if importlib.util.find_spec("autograd") is None:
        pytest.skip("autograd is not installed")
    import autograd.numpy
    import autograd.numpy.linalg

    return autograd


CASES = [row for function, rows in SAMPLES.items() for row in rows if row.function is function]


def attribute(module, path):
    for name in path.split("."):
        module = getattr(module, name, None)
    return module


def as_arrays(x):
    """JAX takes no lists of numbers for arrays."""
    if isinstance(x, list) and x and all(isinstance(part, (int, float, bool)) for part in x):
        return np.asarray(x)
    return type(x)(as_arrays(part) for part in x) if type(x) in (tuple, list) else x


def theirs(peer, gradient, convert, args, keywords, weights, xs):
    """A rival's gradients of sum(weights * function)."""

    def weighted(xs):
        y = peer(*convert(planted(args, iter(xs))), **keywords)
        return inner(outputs(y if hasattr(y, "dtype") else list(y)), weights)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [np.asarray(g) for g in gradient(weighted)(xs)]


def compare(peer, gradient, convert, function, args, keywords):
    xs = leaves(args)
    weights = directions(outputs(function(*args, **keywords)), 1)
    try:
        expected = theirs(peer, gradient, convert, args, keywords, weights, xs)
    except Exception as error:  # whatever goes wrong in the rival is not ours to judge
        pytest.skip(f"it can't: {type(error).__name__}: {error}"[:160])
    for ours, g in zip(gradients(function, args, keywords, weights, xs), expected):
        np.testing.assert_allclose(ours, g, rtol=1e-9, atol=1e-9)


JAX_ERRS = {  # as AUTOGRAD_ERRS
    **dict.fromkeys(("unique", "unique_all", "unique_counts", "unique_inverse", "unique_values", "union1d", "setdiff1d"),
                    lambda args, keywords: True),  # it takes the numbers of a set for constants
    "setxor1d": lambda args, keywords: True,
    **dict.fromkeys(("softmax", "log_softmax"), lambda args, keywords: "axis" not in keywords and np.ndim(args[0]) > 1),  # -1
    "logspace": lambda args, keywords: np.ndim(args[4:5]) > 1,  # it spreads an array of bases out in another way
}  # fmt: skip


@over(CASES)
def test_jax(jax, row):
    function, args, keywords = row
    path = called(function)
    peer = function if path == "getitem" else attribute(jax, OURS_IN_JAX.get(path, "numpy." + path))
    if path in WRITTEN_IN_JAX:
        peer = functools.partial(WRITTEN_IN_JAX[path], jax)
    if peer is None:
        pytest.skip("not in JAX")
    if JAX_ERRS.get(path, lambda *_: False)(args, keywords):
        pytest.skip("JAX is wrong there")
    compare(peer, jax.grad, as_arrays, function, args, keywords)


IGNORED_BY_AUTOGRAD = {"where", "initial", "correction"}  # keywords that its derivatives do not look at
AUTOGRAD_ERRS = {  # functions, and the arguments for which its derivative is wrong
    "sinc": lambda args, keywords: 0.0 in args[0],  # NaN at 0
    "tile": lambda args, keywords: np.ndim(args[1]) == 1,
    "repeat": lambda args, keywords: keywords.get("axis") == -1,
    "full_like": lambda args, keywords: np.ndim(args[1]) == 1,
    "prod": lambda args, keywords: 0.0 in args[0],  # NaN again
    "linalg.norm": lambda args, keywords: len(args) > 1 and args[1] == np.inf,
}


@over(CASES)
def test_autograd(autograd, row):
    function, args, keywords = row
    path = called(function)
    peer = function if path == "getitem" else attribute(autograd.numpy, path)
    if peer is None:
        pytest.skip("not in autograd")
    if IGNORED_BY_AUTOGRAD & keywords.keys() or AUTOGRAD_ERRS.get(path, lambda *_: False)(args, keywords):
        pytest.skip("autograd is wrong there")
    compare(peer, autograd.grad, lambda args: args, function, args, keywords)


MATRICES = [np.eye(3), np.diag([1.0, 1.0, 2.0]), np.array([[1.0, 2.0, 0.5], [-0.3, 2.0, 0.1], [0.7, 0.2, 3.0]])]


@pytest.mark.parametrize("a", MATRICES)
def test_the_exponential_of_a_matrix_in_jax(jax, a):
    """It differentiates it in forward mode only; of sqrtm it has no derivative, and none of logm."""
    expm = jax.scipy.linalg.expm
    np.testing.assert_allclose(ad.jacobian(ad.linalg.expm)(a), jax.jacfwd(expm)(a), rtol=1e-9, atol=1e-9)
    twice = jax.jacfwd(jax.jacfwd(lambda a: expm(a).sum()))(a)
    np.testing.assert_allclose(ad.hessian(lambda a: np.sum(ad.linalg.expm(a)))(a), twice, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("a", MATRICES)
def test_the_square_root_of_a_matrix_in_jax(jax, a):
    np.testing.assert_allclose(ad.linalg.sqrtm(a), jax.scipy.linalg.sqrtm(a), rtol=1e-9, atol=1e-12)


def test_the_oracles_speak(jax, autograd):
    """A skip for whatever they can't is no skip for everything."""
    for peer, gradient in ((jax.numpy.exp, jax.grad), (autograd.numpy.exp, autograd.grad)):
        (g,) = theirs(peer, gradient, lambda args: args, (np.zeros(2),), {}, [np.ones(2)], [np.zeros(2)])
        assert g.tolist() == [1.0, 1.0]
