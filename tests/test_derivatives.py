"""grad and its kin against published values and closed forms."""

import math

import numpy as np
import pytest

import autodiff as ad


def rosenbrock(x):
    return ad.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def powell(x):
    return (x[0] + 10 * x[1]) ** 2 + 5 * (x[2] - x[3]) ** 2 + (x[1] - 2 * x[2]) ** 4 + 10 * (x[0] - x[3]) ** 4


def wood(x):
    return (100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2 + 90 * (x[3] - x[2] ** 2) ** 2 + (1 - x[2]) ** 2
            + 10 * (x[1] + x[3] - 2) ** 2 + 0.1 * (x[1] - x[3]) ** 2)  # fmt: skip


def beale(x):
    return (1.5 - x[0] + x[0] * x[1]) ** 2 + (2.25 - x[0] + x[0] * x[1] ** 2) ** 2 + (2.625 - x[0] + x[0] * x[1] ** 3) ** 2


PUBLISHED = [  # (function, point, value, gradient): Moré, Garbow, Hillstrom (1981), standard starts and minima
    (rosenbrock, [-1.2, 1.0], 24.2, [-215.6, -88.0]),
    (rosenbrock, [1.0, 1.0], 0.0, [0.0, 0.0]),
    (powell, [3.0, -1.0, 0.0, 1.0], 215.0, [306.0, -144.0, -2.0, -310.0]),
    (wood, [-3.0, -1.0, -3.0, -1.0], 19192.0, [-12008.0, -2080.0, -10808.0, -1880.0]),
    (beale, [1.0, 1.0], 14.203125, [0.0, 27.75]),
    (beale, [3.0, 0.5], 0.0, [0.0, 0.0]),
]


@pytest.mark.parametrize("function, point, value, gradient", PUBLISHED)
def test_published_values(function, point, value, gradient):
    y, g = ad.value_and_grad(function)(np.array(point))
    assert float(y) == pytest.approx(value, abs=1e-12)
    np.testing.assert_allclose(g, gradient, rtol=1e-12, atol=1e-12)


def test_the_hessian_of_rosenbrock_at_its_standard_start():
    np.testing.assert_allclose(ad.hessian(rosenbrock)([-1.2, 1.0]), [[1330.0, 480.0], [480.0, 200.0]])


def test_speelpennings_product():
    x = np.arange(1.0, 8.0)
    np.testing.assert_allclose(ad.grad(np.prod)(x), math.factorial(7) / x)


def test_the_helmholtz_energy_against_its_gradient_in_closed_form():
    rng = np.random.default_rng(0)
    n, a, b = 5, rng.uniform(0.1, 1, (5, 5)), rng.uniform(0.01, 0.1, 5)
    a = a + a.T
    x, r, t = rng.uniform(0.1, 1, n) / n, math.sqrt(2), 1.0

    def energy(x):
        bx = b @ x
        part = r * t * ad.sum(x * ad.log(x / (1 - bx)))
        return part - (x @ a @ x) / (math.sqrt(8) * bx) * ad.log((1 + (1 + r) * bx) / (1 + (1 - r) * bx))

    bx, xax = b @ x, x @ a @ x
    log = math.log((1 + (1 + r) * bx) / (1 + (1 - r) * bx))
    dlog = (1 + r) / (1 + (1 + r) * bx) - (1 - r) / (1 + (1 - r) * bx)
    exact = (r * t * (np.log(x / (1 - bx)) + 1 + x.sum() / (1 - bx) * b)
             - (2 * a @ x / bx * log - xax / bx**2 * b * log + xax / bx * dlog * b) / math.sqrt(8))  # fmt: skip
    np.testing.assert_allclose(ad.grad(energy)(x), exact, rtol=1e-12)


CLOSED = {
    "sin": (np.sin, lambda x, n: math.sin(x + n * math.pi / 2)),
    "exp": (np.exp, lambda x, n: math.exp(x)),
    "1/x": (lambda x: 1.0 / x, lambda x, n: (-1) ** n * math.factorial(n) / x ** (n + 1)),
    "tanh": (np.tanh, lambda x, n: np.polynomial.Polynomial(tanh_derivative(n))(math.tanh(x))),
}


def tanh_derivative(n):
    """The n-th derivative of tanh as a polynomial in tanh: p' (1 - t^2) again and again."""
    p = np.polynomial.Polynomial([0.0, 1.0])
    for _ in range(n):
        p = p.deriv() * np.polynomial.Polynomial([1.0, 0.0, -1.0])
    return p.coef


@pytest.mark.parametrize("name", CLOSED)
@pytest.mark.parametrize("x", [0.7, np.float64(1.3), np.array(0.4)], ids=["number", "np.float64", "array"])
def test_orders_one_to_six(name, x):
    function, closed = CLOSED[name]
    for order in range(1, 7):
        function = ad.grad(function)
        assert float(function(x)) == pytest.approx(closed(float(x), order), rel=1e-10)


def test_closing_over_the_argument_is_no_derivative():
    x = ad.constant([1.0, 2.0])
    np.testing.assert_allclose(ad.grad(lambda z: np.sum(z * x))(x).numpy(), [1.0, 2.0])
    v = ad.Value(3.0)
    assert float(ad.grad(lambda z: z * v)(v)) == 3.0
    assert float(ad.grad(lambda z: ad.grad(lambda w: w * z)(z) * z)(v)) == 6.0


def test_structures_and_argnums():
    def f(p, x):
        return np.sum(p["w"] * x[0]) + p["b"] * x[1]

    p, x = {"w": np.array([1.0, 2.0]), "b": 3.0}, (np.array([4.0, 5.0]), 6.0)
    gp, gx = ad.grad(f, argnums=(0, 1))(p, x)
    assert gp["w"].tolist() == [4.0, 5.0] and float(gp["b"]) == 6.0
    assert gx[0].tolist() == [1.0, 2.0] and float(gx[1]) == 3.0


def test_jvp_vjp_and_hvp_agree_with_the_matrices():
    rng = np.random.default_rng(1)
    a, x, v = rng.normal(size=(3, 4)), rng.normal(size=4), rng.normal(size=4)
    y, along = ad.jvp(lambda x: np.tanh(a @ x), (x,), (v,))
    table = ad.jacobian(lambda x: np.tanh(a @ x))(x)
    np.testing.assert_allclose(along, table @ v)
    _, back = ad.vjp(lambda x: np.tanh(a @ x), x)
    np.testing.assert_allclose(back(y)[0], y @ table)
    np.testing.assert_allclose(ad.hvp(rosenbrock, x, v), ad.hessian(rosenbrock)(x) @ v)


def test_a_vector_valued_function_has_no_grad():
    with pytest.raises(ValueError, match=r"shape \(2,\).*jacobian"):
        ad.grad(lambda x: x * x)(np.ones(2))


def test_jacobians_and_hessians_of_structures():
    def f(p, x):
        return np.sum(p["w"] ** 2 * x) * p["b"]

    p, x = {"w": np.array([1.0, 2.0]), "b": 3.0}, np.array([4.0, 5.0])
    h = ad.hessian(f)(p, x)
    assert h["w"]["w"].tolist() == [[24.0, 0.0], [0.0, 30.0]] and float(h["b"]["b"]) == 0.0
    assert h["w"]["b"].tolist() == h["b"]["w"].tolist() == [8.0, 20.0]
    (ww, wx), (xw, xx) = ad.hessian(lambda w, x: np.sum(w * w * x), argnums=(0, 1))(p["w"], x)
    assert ww.tolist() == [[8.0, 0.0], [0.0, 10.0]] and xx.tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert wx.tolist() == xw.tolist() == [[2.0, 0.0], [0.0, 4.0]]
    j = ad.jacobian(lambda p: (p["w"] * p["b"], p["b"] ** 2))(p)
    assert j[0]["w"].tolist() == [[3.0, 0.0], [0.0, 3.0]] and j[0]["b"].tolist() == [1.0, 2.0]
    assert j[1]["w"].tolist() == [0.0, 0.0] and float(j[1]["b"]) == 6.0


def test_an_argument_that_is_not_there_is_said_to_be_missing():
    with pytest.raises(ValueError, match="argument 1, but the call has 1 positional"):
        ad.grad(lambda x: x, argnums=1)(1.0)
