"""scipy's solvers take our functions of derivatives as they are."""

import numpy as np
import pytest

import autodiff as ad

optimize = pytest.importorskip("scipy.optimize")
integrate = pytest.importorskip("scipy.integrate")
START = np.array([1.3, 0.7, 0.8, 1.9, 1.2])


def rosen(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def product(x, p):
    return ad.hvp(rosen, x, p)


WAYS = {
    "BFGS": {},
    "CG": {},
    "L-BFGS-B": {},
    "TNC": {},
    "SLSQP": {},
    "Newton-CG": {"hessp": product},
    "Newton-CG, hess": {"hess": ad.hessian(rosen)},
    "trust-ncg": {"hess": ad.hessian(rosen)},
    "trust-krylov": {"hessp": product},
    "trust-exact": {"hess": ad.hessian(rosen)},
    "trust-constr": {"hess": ad.hessian(rosen)},
    "trust-constr, hessp": {"hessp": product},
}


@pytest.mark.parametrize("way", WAYS)
def test_minimize(way):
    found = optimize.minimize(rosen, START, jac=ad.grad(rosen), method=way.split(",")[0], **WAYS[way])
    assert type(found.x) is np.ndarray
    np.testing.assert_allclose(found.x, 1.0, atol=1e-3)


@pytest.mark.parametrize("method", ["BFGS", "L-BFGS-B", "SLSQP"])
def test_value_and_gradient_in_one(method):
    found = optimize.minimize(ad.value_and_grad(rosen), START, jac=True, method=method)
    np.testing.assert_allclose(found.x, 1.0, atol=1e-3)


@pytest.mark.parametrize("method", ["SLSQP", "trust-constr", "COBYQA"])
def test_constraints(method):
    def circle(x):
        return 1.5 - np.sum(x**2)

    if method == "SLSQP":
        held = {"type": "ineq", "fun": circle, "jac": ad.grad(circle)}
    else:
        second = ad.hessian(circle)
        held = optimize.NonlinearConstraint(circle, 0.0, np.inf, jac=ad.grad(circle), hess=lambda x, v: v[0] * second(x))
    options = {} if method == "COBYQA" else {"jac": ad.grad(rosen)}
    found = optimize.minimize(rosen, [0.5, 0.5], method=method, constraints=held, **options)
    np.testing.assert_allclose(found.x, [0.9072, 0.8228], atol=1e-3)


@pytest.mark.parametrize("method", ["trf", "dogbox", "lm"])
def test_least_squares(method):
    t = np.linspace(0.0, 4.0, 30)

    def residual(p):
        return p[0] * np.exp(-p[1] * t) + p[2] - (2.5 * np.exp(-1.3 * t) + 0.5)

    found = optimize.least_squares(residual, [1.0, 1.0, 0.0], jac=ad.jacobian(residual), method=method)
    np.testing.assert_allclose(found.x, [2.5, 1.3, 0.5])


def test_curve_fit():
    def curve(t, a, b):
        return a * np.exp(-b * t)

    def slopes(t, a, b):
        return np.stack(ad.jacobian(curve, (1, 2))(t, a, b), axis=1)

    t = np.linspace(0.0, 2.0, 20)
    found, _ = optimize.curve_fit(curve, t, curve(t, 2.0, 0.7), p0=[1.0, 1.0], jac=slopes)
    np.testing.assert_allclose(found, [2.0, 0.7])


@pytest.mark.parametrize("method", ["hybr", "lm"])
def test_root(method):
    def system(x):
        return np.stack([x[0] + 0.5 * (x[0] - x[1]) ** 3 - 1.0, 0.5 * (x[1] - x[0]) ** 3 + x[1]])

    found = optimize.root(system, [0.0, 0.0], jac=ad.jacobian(system), method=method)
    np.testing.assert_allclose(found.x, [0.8411639, 0.1588361])


@pytest.mark.parametrize("method", ["newton", "halley"])
def test_root_scalar(method):
    def f(x):
        return x**3 - 2.0

    found = optimize.root_scalar(f, x0=1.0, fprime=ad.grad(f), fprime2=ad.grad(ad.grad(f)), method=method)
    assert found.root == pytest.approx(2.0 ** (1.0 / 3.0))
    assert optimize.newton(f, 1.0, fprime=ad.grad(f)) == pytest.approx(found.root)


def test_minimize_scalar():
    """It takes no derivative; here the function is one."""
    found = optimize.minimize_scalar(ad.grad(lambda x: x**3 / 3.0 - 2.0 * x**2), bounds=(0.0, 5.0), method="bounded")
    assert found.x == pytest.approx(2.0, abs=1e-5)


@pytest.mark.parametrize("method", ["Radau", "BDF", "LSODA"])
def test_solve_ivp(method):
    def robertson(t, y):
        a, b, c = y[0], y[1], y[2]
        return np.stack([-0.04 * a + 1e4 * b * c, 0.04 * a - 1e4 * b * c - 3e7 * b**2, 3e7 * b**2])

    slopes = ad.jacobian(robertson, argnums=1)
    found = integrate.solve_ivp(robertson, (0.0, 40.0), [1.0, 0.0, 0.0], method=method, jac=slopes, rtol=1e-6, atol=1e-10)
    assert found.success
    np.testing.assert_allclose(found.y[:, -1], [0.7158271, 9.185535e-6, 0.2841638], rtol=1e-3)  # Hairer and Wanner II, IV.1


def test_a_tape_around_the_solver_changes_nothing():
    with ad.Tape():
        ad.Value(1.0) * 2.0
        found = optimize.minimize(rosen, START, jac=ad.grad(rosen), method="BFGS")
    np.testing.assert_allclose(found.x, 1.0, atol=1e-3)
