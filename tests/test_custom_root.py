"""The derivative of a solver's answer, in every mode, against roots that are known in closed form."""

import numpy as np
import pytest

import autodiff as ad


@ad.custom_root(lambda x, a: x**3 - a)
def cube_root(initial, a):
    x = initial
    for _ in range(60):  # of plain numbers: nothing here is recorded
        x = x - (x**3 - a) / (3.0 * x**2)
    assert not isinstance(x, (ad.Value, ad.Tensor))
    return x


A = np.array([1.0, 8.0, 27.0])


def closed(a, order):
    factors = {0: 1.0, 1: 1 / 3, 2: -2 / 9, 3: 10 / 27}
    return factors[order] * a ** (1 / 3 - order)


def test_orders_of_a_number():
    f = lambda a: cube_root(1.0, a)
    assert f(8.0) == pytest.approx(2.0) and type(f(8.0)) is float
    for order in (1, 2, 3):
        f = ad.grad(f)
        assert f(8.0) == pytest.approx(closed(8.0, order), rel=1e-10)


def test_arrays_in_both_modes_and_mixed():
    f = lambda a: cube_root(np.ones(3), a)
    total = lambda a: np.sum(f(a))
    np.testing.assert_allclose(f(A), closed(A, 0))
    np.testing.assert_allclose(ad.grad(total)(A), closed(A, 1))
    np.testing.assert_allclose(ad.jacobian(f)(A), np.diag(closed(A, 1)), atol=1e-15)
    np.testing.assert_allclose(ad.jvp(f, (A,), (np.ones(3),))[1], closed(A, 1))
    np.testing.assert_allclose(ad.jvp(lambda a: ad.jvp(f, (a,), (np.ones(3),))[1], (A,), (np.ones(3),))[1], closed(A, 2))
    np.testing.assert_allclose(ad.hvp(total, A, np.ones(3)), closed(A, 2))
    np.testing.assert_allclose(ad.hessian(total)(A), np.diag(closed(A, 2)), atol=1e-15)
    np.testing.assert_allclose(ad.grad(lambda a: np.sum(ad.jvp(f, (a,), (np.ones(3),))[1]))(A), closed(A, 2))
    assert ad.check_gradients(total, A, order=2)


def test_structures_and_variables():
    """x, y of a x + y = b, x - y = c; with a = 1: x = (b + c) / 2, y = (b - c) / 2."""

    @ad.custom_root(lambda x, p, c: [p["a"] * x["x"] + x["y"] - p["b"], x["x"] - x["y"] - c])
    def solve(initial, p, c):
        x = (p["b"] + c) / (p["a"] + 1.0)
        return {"x": x, "y": x - c}

    p, c = {"a": ad.Variable(1.0), "b": ad.Variable(5.0)}, 1.0
    with ad.Tape() as tape:
        answer = solve(None, p, c)
        y = answer["x"] * 10.0 + answer["y"]
    assert answer["x"].item() == 3.0 and answer["y"].item() == 2.0
    g = tape.gradient(y, p)
    assert g["b"].item() == pytest.approx(5.5) and g["a"].item() == pytest.approx(-(5.0 + 1.0) / 4 * 11)
    plain = solve(None, {"a": 1.0, "b": 5.0}, 1.0)
    assert plain == {"x": 3.0, "y": 2.0}


def test_ridge_regression_by_scipy():
    optimize = pytest.importorskip("scipy.optimize")
    rng = np.random.default_rng(0)
    x, t = rng.normal(size=(20, 3)), rng.normal(size=20)

    def loss(w, strength):
        return np.sum((x @ w - t) ** 2) + strength * np.sum(w**2)

    @ad.custom_root(ad.grad(loss))
    def fit(initial, strength):
        return optimize.minimize(loss, initial, (strength,), jac=ad.grad(loss), tol=1e-12).x

    def closed(strength):
        return np.linalg.solve(x.T @ x + strength * np.eye(3), x.T @ t)

    for tool in (ad.jacobian, lambda f: ad.jacobian(ad.jacobian(f))):
        np.testing.assert_allclose(tool(lambda s: fit(np.zeros(3), s))(0.7), tool(closed)(0.7), rtol=1e-5)


def test_a_closure_is_refused():
    w = ad.Variable(2.0)

    @ad.custom_root(lambda x, a: w * x - a)
    def solve(initial, a):
        return a / w.item()

    assert solve(None, 4.0) == 2.0
    with ad.Tape(), pytest.raises(TypeError, match="not among its arguments"):
        solve(None, 4.0)


def test_wrong_numbers_of_equations_and_singular_ones():
    with pytest.raises(ValueError, match="The root has 2 numbers, but the function of custom_root returned 1"):
        ad.custom_root(lambda x, a: np.sum(x) - a)(lambda initial, a: np.ones(2) * a / 2)(None, 1.0)
    solve = ad.custom_root(lambda x, a: (x - a) ** 2)(lambda initial, a: a)
    with pytest.raises(np.linalg.LinAlgError, match="Singular"):
        ad.grad(lambda a: solve(None, a))(2.0)
    with pytest.raises(TypeError, match="custom_root takes a function"):
        ad.custom_root(None)
    with pytest.raises(TypeError, match="a function as its solver"):
        ad.custom_root(np.sum)(None)


def test_inside_vmap_and_a_trace():
    f = lambda a: cube_root(1.0, a)
    np.testing.assert_allclose(ad.vmap(ad.grad(f))(A), closed(A, 1))
    step = ad.function(lambda a: cube_root(np.ones(3), a) * 2.0)
    for a in (A, 2 * A):
        np.testing.assert_allclose(step(ad.constant(a)).numpy(), 2 * closed(a, 0))


def gmres(product, b):
    linalg = pytest.importorskip("scipy.sparse.linalg")
    assert type(b) is np.ndarray
    found, failed = linalg.gmres(linalg.LinearOperator((b.size, b.size), product), b, rtol=1e-13, atol=0.0)
    assert not failed
    return found


def by_newton(initial, p):
    x = np.zeros(len(p["a"]))
    for _ in range(30):
        x = x - np.linalg.solve(ad.jacobian(lambda x: coupled(x, p))(x), coupled(x, p))
    return x


def coupled(x, p):
    return x + 0.3 * np.tanh(np.roll(x, 1)) * p["s"] - p["a"]


def test_a_linear_solver_of_products_gives_what_the_matrix_gives():
    """In both modes, to order 2: its own derivative is that of another root."""
    a = {"a": np.linspace(-1.0, 1.0, 6), "s": 1.5}
    by_matrix, by_products = ad.custom_root(coupled)(by_newton), ad.custom_root(coupled, gmres)(by_newton)
    total = lambda solve: lambda p: np.sum(solve(None, p) ** 3)
    for tool in (ad.grad, lambda f: lambda p: ad.hvp(f, p, {"a": np.ones(6), "s": 0.5}), lambda f: ad.grad(
        lambda p: np.sum(ad.grad(f)(p)["a"] ** 2) + ad.grad(f)(p)["s"]
    ), lambda f: lambda p: ad.jvp(f, (p,), ({"a": np.arange(6.0), "s": 1.0},))[1]):  # fmt: skip
        found, expected = tool(total(by_products))(a), tool(total(by_matrix))(a)
        for ours, theirs in zip(*(list(x.values()) if isinstance(x, dict) else [x] for x in (found, expected))):
            np.testing.assert_allclose(ours, theirs, rtol=1e-8)
    tables = [ad.jacobian(lambda a: solve(None, {"a": a, "s": 1.5}))(a["a"]) for solve in (by_matrix, by_products)]  # noqa: B023
    np.testing.assert_allclose(*tables, rtol=1e-8, atol=1e-12)
    with pytest.raises(TypeError, match="custom_root takes a function as its linear_solve"):
        ad.custom_root(coupled, "gmres")
