"""The derivatives of solutions of differential equations: by the solver's steps, and by the adjoint, for every method."""

import math

import numpy as np
import pytest

import autodiff as ad

integrate = pytest.importorskip("scipy.integrate")
solve_ivp = ad.scipy.integrate.solve_ivp

METHODS = ["RK45", "RK23", "DOP853", "Radau", "BDF", "LSODA"]
WAYS = [*[(method, "steps") for method in METHODS[:3]], *[(method, "adjoint") for method in METHODS]]
TOLERANCES = {"RK23": 1e-6, "Radau": 1e-8}
A = np.array([[-0.5, 1.0], [-2.0, -0.3]])
START = np.array([1.0, 0.5])


def tight(method):
    tolerance = TOLERANCES.get(method, 1e-9)
    return {"rtol": tolerance, "atol": tolerance / 100}


def prey(t, y, a, b):
    return [a * y[0] - b * y[0] * y[1], -y[1] + 0.5 * y[0] * y[1] + np.sin(t)]


@pytest.mark.parametrize(("method", "gradient"), WAYS)
@pytest.mark.parametrize(("span", "times"), [((0.0, 1.0), [0.0, 0.3, 1.0]), ((1.0, 0.0), [0.8, 0.5, 0.2]), ((0.0, 1.0), None)])
def test_linear_equations_are_exponentials(method, gradient, span, times):
    """y(t) = expm(A (t - t0)) y0, of which y0 and A are followed."""

    def solved(y0, matrix):
        y = solve_ivp(
            lambda t, y, args: args["a"] @ y, span, y0, method, times, args=({"a": matrix},), gradient=gradient, **tight(method)
        ).y
        return total(y if times else y[:, -1:])

    def closed(y0, matrix):
        ts = np.subtract(times or [span[1]], span[0])
        return total(np.stack([ad.linalg.expm(matrix * t) @ y0 for t in ts], axis=1))

    def total(y):
        return np.sum(np.arange(1.0, y.size + 1.0).reshape(y.shape) * y * y)

    found, expected = (ad.grad(f, argnums=(0, 1))(START, A) for f in (solved, closed))
    for ours, theirs in zip(found, expected):
        np.testing.assert_allclose(ours, theirs, rtol=2000 * tight(method)["rtol"], atol=1e-6)


def closed_last(p):
    return p[1] * np.cos(np.sqrt(p[0]) * 1.5)


@pytest.mark.parametrize(("method", "gradient"), [("DOP853", "steps"), ("DOP853", "adjoint"), ("LSODA", "adjoint")])
def test_every_order_and_mode_of_a_closed_form(method, gradient):
    """y'' = -a y from (c, 0): y(t) = c cos(sqrt(a) t). The function closes over a."""

    def last(p):
        fun = lambda t, y: np.stack([y[1], -p[0] * y[0]])
        y0 = np.stack([p[1], 0.0 * p[1]])
        return solve_ivp(fun, (0.0, 1.5), y0, method, gradient=gradient, rtol=1e-6, atol=1e-8).y[0, -1]

    p, v = np.array([2.0, 1.5]), np.ones(2)
    for tool in (ad.grad, ad.hessian, lambda f: lambda p: ad.jvp(f, (p,), (v,))[1]):
        np.testing.assert_allclose(tool(last)(p), tool(closed_last)(p), rtol=1e-4, atol=1e-5)


def test_third_derivatives_by_the_adjoint():
    f = lambda a: solve_ivp(
        lambda t, y, a: -a * y, (0.0, 1.0), [2.0], "DOP853", args=(a,), gradient="adjoint", rtol=1e-7, atol=1e-9
    ).y[0, -1]  # fmt: skip
    assert ad.grad(ad.grad(ad.grad(f)))(0.7) == pytest.approx(-2.0 * math.exp(-0.7), rel=1e-6)


def test_derivatives_by_steps_are_those_of_the_steps():
    """At loose tolerances too they are exact: with the same steps, differences of the computed solution agree."""
    for method in METHODS[:3]:
        fixed = {"rtol": 1e3, "atol": 1e3, "max_step": 0.5, "first_step": 0.5, "t_eval": [0.3, 1.0, 1.9]}
        last = lambda a: np.sum(solve_ivp(prey, (0.0, 2.0), [1.0, 0.5], method, args=(a, 0.4), **fixed).y)  # noqa: B023
        h = 1e-5
        assert ad.grad(last)(1.1) == pytest.approx((last(1.1 + h) - last(1.1 - h)) / (2 * h), rel=1e-8)


def robertson(t, y, k):
    a, b, c = k[0] * y[0], k[1] * y[1] * y[1], k[2] * y[1] * y[2]
    return np.stack([-a + c, a - b - c, b])


@pytest.mark.parametrize("method", ["Radau", "BDF", "LSODA"])
def test_a_stiff_equation(method):
    """Robertson's reactions, whose rates differ by nine orders of magnitude, against differences at tight tolerances."""
    last = lambda k: solve_ivp(robertson, (0.0, 40.0), [1.0, 0.0, 0.0], method, args=(k,), rtol=1e-6, atol=1e-10).y[0, -1]
    # (f(k + h) - f(k - h)) / (2 h) of scipy's Radau with rtol=1e-12, atol=1e-15, for h = 1e-4 k
    np.testing.assert_allclose(ad.grad(last)(np.array([0.04, 3e7, 1e4])), STIFF, rtol=1e-4)


STIFF = [-4.247558776551696, -2.288355094803851e-09, 1.373080803401816e-05]


@pytest.mark.parametrize("method", ["RK45", "LSODA"])
def test_many_parameters_and_equations(method):
    """More than fit into a dense matrix of the way back; and, with 60 equations, the jacobian of the way there by a tape."""
    n, weights = 60, np.random.default_rng(0).normal(size=60)
    options = {"rtol": 1e-7, "atol": 1e-9}
    last = lambda w, **way: np.sum(
        solve_ivp(lambda t, y: np.tanh(w * np.roll(y, 1)) - 3.0 * y, (0.0, 0.3), np.ones(n), **options, **way).y[:, -1]
    )
    found = ad.grad(lambda w: last(w, method=method, gradient="adjoint"))(weights)
    np.testing.assert_allclose(found, ad.grad(last)(weights), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("gradient", ["steps", "adjoint"])
def test_times_that_are_followed(gradient):
    """The derivative in the last time is the slope there, in the first one that of another start; and second ones."""
    options = {"gradient": gradient, "rtol": 1e-9, "atol": 1e-11}
    f = lambda t: solve_ivp(lambda t, y: -y * t, (t[0], t[1]), [2.0], "DOP853", **options).y[0, -1]
    closed = lambda t: 2.0 * np.exp((t[0] ** 2 - t[1] ** 2) / 2.0)
    t = np.array([0.2, 1.1])
    np.testing.assert_allclose(ad.grad(f)(t), ad.grad(closed)(t), rtol=1e-7)
    np.testing.assert_allclose(ad.hessian(f)(t), ad.hessian(closed)(t), rtol=1e-5)
    squares = lambda t: np.sum(solve_ivp(lambda t, y: -y * t, (0.2, 1.2), [2.0], t_eval=t, **options).y ** 2 * [1.0, 3.0])
    expected = lambda t: np.sum(4.0 * np.exp(0.04 - t**2) * np.array([1.0, 3.0]))
    for t in (np.array([0.5, 1.0]), np.array([0.2, 1.2])):
        np.testing.assert_allclose(ad.grad(squares)(t), ad.grad(expected)(t), rtol=1e-6)


@pytest.mark.parametrize("gradient", ["steps", "adjoint"])
def test_what_the_function_closes_over(gradient):
    """Variables, Values and what was computed of them, also where they are read only later; in args as well."""
    v, w = ad.Variable([1.0, 0.5]), ad.Value(0.3)

    def fun(t, y, p):
        slopes = -np.exp(w) * y * squared * p["rate"]
        return slopes + (v * t if t > 0.5 else 0.0)

    def closed(v, w):
        return 0.0 * w + np.sum(solve_ivp(
            lambda t, y: -np.exp(w) * y * (v * v) + (v * t if t > 0.5 else 0.0), (0.0, 1.0), [1.0, 2.0], **options
        ).y[:, -1])  # fmt: skip

    options = {"rtol": 1e-8, "atol": 1e-10, "max_step": 0.05}
    with ad.Tape() as tape:
        squared = v * v
        found = solve_ivp(fun, (0.0, 1.0), [1.0, 2.0], args=({"rate": ad.Value(1.0)},), gradient=gradient, **options)
        total = np.sum(found.y[:, -1])
    ours, theirs = tape.gradient(total, [v, w]), ad.grad(closed, argnums=(0, 1))(v.numpy(), w.item())
    for a, b in zip(ours, theirs):
        np.testing.assert_allclose(np.asarray(a.numpy()), b, rtol=1e-5)


@pytest.mark.parametrize("gradient", ["steps", "adjoint"])
@pytest.mark.parametrize("leaf", [ad.Variable, ad.Value])
def test_a_variable_that_is_assigned_before_the_gradient(leaf, gradient):
    v = leaf(0.3)
    with ad.Tape() as tape:
        y = solve_ivp(lambda t, y: -v * y, (0.0, 1.0), [1.0], gradient=gradient, rtol=1e-8).y[0, -1]
    v.assign(0.6)
    assert tape.gradient(y, v).item() == pytest.approx(-math.exp(-0.3), rel=1e-5) and v.item() == 0.6


@pytest.mark.parametrize("gradient", ["steps", "adjoint"])
def test_jacobians_and_batches(gradient):
    times = np.array([0.5, 1.0])
    options = {"t_eval": times, "gradient": gradient, "rtol": 1e-8}
    f = lambda y0: solve_ivp(lambda t, y: -0.5 * y, (0.0, 1.0), y0, **options).y
    table = ad.jacobian(f)(np.ones(2))
    np.testing.assert_allclose(table, np.einsum("t,ab->atb", np.exp(-0.5 * times), np.eye(2)), atol=1e-6)
    slopes = ad.vmap(ad.grad(lambda y0: np.sum(f(y0) ** 2)))(np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))
    factor = 2.0 * np.sum(np.exp(-times))
    np.testing.assert_allclose(np.asarray(slopes), factor * np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), rtol=1e-5)


def test_odeint_by_every_way():
    times = np.linspace(0.0, 1.0, 5)
    for options in ({}, {"method": "LSODA"}, {"gradient": "adjoint"}):
        table = ad.jacobian(lambda y0: ad.scipy.integrate.odeint(lambda y, t: -0.5 * y, y0, times, **options))(np.array([2.0]))  # noqa: B023
        np.testing.assert_allclose(table[:, 0, 0], np.exp(-0.5 * times), rtol=1e-6)


def test_a_jacobian_that_is_given():
    """It serves the way there and takes the arguments, also in bands."""
    for options in ({}, {"lband": 0, "uband": 0, "method": "LSODA"}):
        jac = lambda t, y, a: [[-a]]
        f = lambda a: solve_ivp(
            lambda t, y, a: -y * a, (0.0, 1.0), [1.0], args=(a,),
            **{"method": "BDF", "jac": jac, "rtol": 1e-8, "atol": 1e-10, **options},  # noqa: B023
        ).y[0, -1]  # fmt: skip
        assert ad.grad(f)(2.0) == pytest.approx(-math.exp(-2.0), rel=1e-5)


def test_events_and_functions_of_time_where_nothing_is_followed():
    found = solve_ivp(lambda t, y: -y, (0.0, 1.0), [1.0], events=lambda t, y: y[0] - 0.5, dense_output=True)
    assert type(found.y) is np.ndarray and found.sol(0.5) == pytest.approx(math.exp(-0.5), rel=1e-3)
    assert found.t_events[0] == pytest.approx(math.log(2.0), rel=1e-3)
    w = ad.Value(1.0)
    for gradient in ("steps", "adjoint"):
        assert type(solve_ivp(lambda t, y: -w * y, (0.0, 1.0), [1.0], gradient=gradient).y) is ad.Tensor
        assert type(solve_ivp(lambda t, y: -y, (0.0, 1.0), [1.0], gradient=gradient).y) is np.ndarray


def inside_a_tape(fun, **options):
    with ad.Tape():
        return solve_ivp(fun, (0.0, 1.0), [1.0], **options)


W = ad.Value(0.3)


def decay(t, y):
    return -y


REFUSED = {
    "steps of an implicit method": (
        lambda: solve_ivp(decay, (0, 1), [1.0], "Radau", gradient="steps"), ValueError, "say 'adjoint'",
    ),
    "another way": (lambda: solve_ivp(decay, (0, 1), [1.0], gradient="no"), ValueError, "'steps', 'adjoint'"),
    "another method": (lambda: solve_ivp(decay, (0, 1), [1.0], "Euler"), ValueError, "'RK45', 'RK23', 'DOP853', 'Radau'"),
    "args without a tuple": (lambda: solve_ivp(decay, (0, 1), [1.0], args=4.0), TypeError, "takes a tuple as its args"),
    "an option": (lambda: solve_ivp(decay, (0, 1), [1.0], tol=1.0), TypeError, "but got tol"),
    "events": (lambda: inside_a_tape(lambda t, y: -W * y, events=lambda t, y: y[0] - 0.5), TypeError, "no derivative here"),
    "a function of time": (lambda: inside_a_tape(lambda t, y: -W * y, dense_output=True), TypeError, "by t_eval"),
    "a trace": (
        lambda: ad.function(lambda y: solve_ivp(decay, (0.0, 1.0), y).y)(ad.constant([1.0])),
        TypeError, "outside of ad.function",
    ),
    "complex numbers": (
        lambda: ad.grad(lambda a: np.abs(solve_ivp(lambda t, y: -a * y, (0.0, 1.0), [1j], "LSODA").y[0, -1]))(1.0),
        TypeError, "real numbers",
    ),
    "a batch without times": (
        lambda: ad.vmap(lambda y: solve_ivp(decay, (0.0, 1.0), y).y)(np.ones((2, 1))), TypeError, "t_eval=",
    ),
    "times in disorder": (
        lambda: solve_ivp(decay, (0.0, 2.0), ad.constant([1.0]), t_eval=[2.0, 1.0]), ValueError, "t_eval",
    ),
    "a failure": (
        lambda: solve_ivp(lambda t, y: y * y, (0.0, 2.0), [1.0], "Radau"), RuntimeError, "scipy's solve_ivp failed",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name):
    call, kind, says = REFUSED[name]
    with pytest.raises(kind, match=says):
        call()


@pytest.mark.parametrize("gradient", ["steps", "adjoint"])
@pytest.mark.parametrize("fun", [
    lambda t, y: -float(W) * y, lambda t, y: -float(W * 2.0) * y, lambda t, y: [-math.exp(W) * y[0]],
], ids=["float", "float of a product", "math.exp"])  # fmt: skip
def test_numbers_that_leave_the_function(fun, gradient):
    """They are refused in the call itself, not only when the gradient is asked for."""
    with pytest.raises(TypeError, match="its gradient would be lost"):
        inside_a_tape(fun, gradient=gradient)
