"""Derivatives of functions of plain numbers and arrays are plain, so that other libraries take them. They are boxes where an
argument is one, and where somebody outside follows them: else that gradient would be lost in silence."""

from collections import namedtuple
from dataclasses import dataclass, field

import numpy as np
import pytest
from together import each

import autodiff as ad


def cubes(x):
    return np.sum(x**3)


X, V = np.array([1.0, -2.0]), np.array([0.5, 1.0])
PLAIN = {  # of plain arguments: what is expected, and its type
    "grad": (lambda: ad.grad(cubes)(X), 3 * X**2),
    "value_and_grad, value": (lambda: ad.value_and_grad(cubes)(X)[0], np.float64(-7.0)),
    "value_and_grad, gradient": (lambda: ad.value_and_grad(cubes)(X)[1], 3 * X**2),
    "jacobian": (lambda: ad.jacobian(lambda x: x**2)(X), np.diag(2 * X)),
    "hessian": (lambda: ad.hessian(cubes)(X), np.diag(6 * X)),
    "hessian_diag": (lambda: ad.hessian_diag(cubes)(X), 6 * X),
    "hvp": (lambda: ad.hvp(cubes, X, V), 6 * X * V),
    "jvp, value": (lambda: ad.jvp(lambda x: x**2, (X,), (V,))[0], X**2),
    "jvp, tangent": (lambda: ad.jvp(lambda x: x**2, (X,), (V,))[1], 2 * X * V),
    "vjp, value": (lambda: ad.vjp(lambda x: x**2, X)[0], X**2),
    "vjp, cotangent": (lambda: ad.vjp(lambda x: x**2, X)[1](V)[0], 2 * X * V),
    "linearize, value": (lambda: ad.linearize(lambda x: x**2, X)[0], X**2),
    "linearize, tangent": (lambda: ad.linearize(lambda x: x**2, X)[1](V), 2 * X * V),
    "of a float": (lambda: ad.grad(lambda x: x**3)(2.0), 12.0),
    "of an int": (lambda: ad.grad(lambda x: x**3)(2), 12.0),
    "of a float through arrays": (lambda: ad.grad(lambda t: np.sum(X * t))(2.0), -1.0),
    "second order of a float": (lambda: ad.grad(ad.grad(lambda x: x**3))(2.0), 12.0),
    "hessian of a float": (lambda: ad.hessian(lambda x: x**3)(2.0), 12.0),
    "hessian_diag of a float": (lambda: ad.hessian_diag(lambda x: x**3)(2.0), 12.0),
    "of a list": (lambda: ad.grad(cubes)([1.0, -2.0]), 3 * X**2),
    "of whole numbers": (lambda: ad.grad(cubes)(np.array([1, -2])), 3 * X**2),
    "of float32": (lambda: ad.grad(cubes)(X.astype("f4")), (3 * X**2).astype("f4")),
    "of a numpy scalar": (lambda: ad.grad(lambda x: x**2)(np.float32(3.0)), np.float32(6.0)),
    "of an array without axes": (lambda: ad.grad(lambda x: x**2)(np.array(3.0)), np.float64(6.0)),
    "unconnected": (lambda: ad.grad(lambda x, y: np.sum(x), 1)(X, X), np.zeros(2)),
    "of a constant function": (lambda: ad.grad(lambda x: 3.0)(X), np.zeros(2)),
    "the jacobian of a constant function": (lambda: ad.jacobian(lambda x: V)(X), np.zeros((2, 2))),
    "the jvp of a constant function": (lambda: ad.jvp(lambda x: V, (X,), (V,))[1], np.zeros(2)),
    "vmap": (lambda: ad.vmap(lambda x: x**2)(X), X**2),
    "vmap of a constant": (lambda: ad.vmap(lambda x: 3.0)(X), np.full(2, 3.0)),
    "vmap to another axis": (lambda: ad.vmap(lambda x: x * V, out_axes=1)(X), np.outer(V, X)),
    "vmap of a gradient": (lambda: ad.vmap(ad.grad(lambda x, v: np.sum(x * x * v)), (None, 0))(X, V), 2 * np.outer(V, X)),
    "under a tape that does not follow it": (lambda: taped(lambda: ad.grad(cubes)(X)), 3 * X**2),
    "under a recorder": (lambda: recorded(lambda: ad.grad(cubes)(X)), 3 * X**2),
    "in a block of stop_recording": (lambda: paused(lambda w: ad.grad(lambda x: x * x * w)(2.0)), 12.0),
}


def taped(body):
    with ad.Tape():
        ad.Value(1.0) * 2.0
        return body()


def recorded(body):
    class Counter(ad.Recorder):
        def on_op(self, *_):
            pass

    with Counter():
        return body()


def paused(body):
    w = ad.Value(3.0)
    with ad.Tape() as tape, tape.stop_recording():
        return body(w)


@pytest.mark.parametrize("name", PLAIN)
def test_plain_in_plain_out(name):
    found, expected = PLAIN[name][0](), PLAIN[name][1]
    assert type(found) is type(expected) and getattr(found, "dtype", None) == getattr(expected, "dtype", None)
    np.testing.assert_allclose(found, expected)
    if isinstance(found, np.ndarray):
        assert found.flags.carray and found.flags.owndata


BOXED = {
    "grad of a Tensor": lambda: ad.grad(cubes)(ad.constant(X)),
    "grad of a Variable": lambda: ad.grad(cubes)(ad.Variable(X)),
    "grad of a Value": lambda: ad.grad(lambda x: x**3)(ad.Value(2.0)),
    "another argument": lambda: ad.grad(lambda x, w: np.sum(x * w))(X, ad.Variable(X)),
    "a keyword": lambda: ad.grad(lambda x, w: np.sum(x * w))(X, w={"a": [ad.Variable(X)]}["a"][0]),
    "a tangent": lambda: ad.jvp(lambda x: x**2, (X,), (ad.constant(V),))[1],
    "a cotangent": lambda: ad.vjp(lambda x: x**2, X)[1](ad.constant(V))[0],
    "a tangent of linearize": lambda: ad.linearize(lambda x: x**2, X)[1](ad.constant(V)),
    "vmap": lambda: ad.vmap(lambda x: x**2)(ad.constant(X)),
    "vmap of another argument": lambda: ad.vmap(lambda x, w: x * w, (0, None))(X, ad.Value(2.0)),
    "hvp": lambda: ad.hvp(cubes, ad.constant(X), V),
    "hessian": lambda: ad.hessian(cubes)(ad.constant(X)),
    "hessian_diag": lambda: ad.hessian_diag(cubes)(ad.constant(X)),
}


@pytest.mark.parametrize("name", BOXED)
def test_boxes_in_boxes_out(name):
    assert isinstance(BOXED[name](), (ad.Tensor, ad.Value))


INNER = {  # d/dw at w = 3 of the sum of what they return, from plain numbers and a closure over w
    "grad": (lambda w: ad.grad(lambda x: w * x**2)(2.0), 4.0),
    "value": (lambda w: ad.value_and_grad(lambda x: w * x**2)(2.0)[0], 4.0),
    "grad of an array": (lambda w: np.sum(ad.grad(lambda x: np.sum(w * x**2))(X)), np.sum(2 * X)),
    "jacobian": (lambda w: np.sum(ad.jacobian(lambda x: w * x**2)(X)), np.sum(2 * X)),
    "hessian": (lambda w: np.sum(ad.hessian(lambda x: np.sum(w * x**2))(X)), 4.0),
    "hessian_diag": (lambda w: np.sum(ad.hessian_diag(lambda x: np.sum(w * w * x**2))(X)), 24.0),
    "hvp": (lambda w: np.sum(ad.hvp(lambda x: np.sum(w * x**2), X, V)), 3.0),
    "jvp": (lambda w: np.sum(ad.jvp(lambda x: w * x**2, (X,), (V,))[1]), np.sum(2 * X * V)),
    "vjp": (lambda w: np.sum(ad.vjp(lambda x: w * x**2, X)[1](V)[0]), np.sum(2 * X * V)),
    "linearize": (lambda w: np.sum(ad.linearize(lambda x: w * x**2, X)[1](V)), np.sum(2 * X * V)),
    "batch": (lambda w: np.sum(ad.vmap(lambda x: w * x**2)(X)), np.sum(X**2)),
    "a result that is another's": (lambda w: ad.grad(lambda x: x**2)(2.0) * w, 4.0),
    "aux": (lambda w: ad.grad(lambda x: (x * x, w * x), has_aux=True)(2.0)[1], 2.0),
}
OUTSIDE = {
    "grad": lambda f: ad.grad(f)(3.0),
    "tape": lambda f: of_a_tape(f),
    "jvp": lambda f: ad.jvp(f, (3.0,), (1.0,))[1],
    "function": lambda f: ad.grad(ad.function(f))(3.0),
    "vmap": lambda f: ad.vmap(ad.grad(f))(np.array([3.0, 3.0]))[1],
}


def of_a_tape(f):
    w = ad.Value(3.0)
    with ad.Tape() as tape:
        y = f(w)
    return tape.gradient(y, w).item()


@pytest.mark.parametrize("outside", OUTSIDE)
@each("name", {name: name for name in INNER})
def test_nothing_is_lost_that_somebody_outside_follows(name, outside):
    body, expected = INNER[name]
    assert float(OUTSIDE[outside](body)) == pytest.approx(expected)


def test_a_variable_that_is_read_under_a_tape():
    v = ad.Variable([1.0, 2.0])
    with ad.Tape() as tape:
        inner = ad.grad(lambda x: np.sum(v * v * x))(X)
        y = np.sum(inner)
    assert tape.gradient(y, v).numpy().tolist() == [2.0, 4.0]


def test_a_result_of_its_own_may_be_written_into():
    c = np.array([3.0, 4.0])
    for function in (lambda x: np.sum(x * c), lambda x: c @ x, lambda x: np.sum(x)):
        ad.grad(function)(X)[:] = 9.0
    first, second = ad.grad(lambda x, y: np.sum((x + y) * c), (0, 1))(X, X)
    first += 1.0
    assert c.tolist() == [3.0, 4.0] and second.tolist() == [3.0, 4.0] and X.tolist() == [1.0, -2.0]
    y, _ = ad.vjp(lambda x: x, X)
    y[:] = 0.0
    assert X.tolist() == [1.0, -2.0]


def test_numbers_that_were_taken_out_are_still_told():
    with pytest.raises(TypeError, match="item"):
        ad.grad(lambda x: x.item() ** 2)(2.0)


def test_aux():
    def f(x):
        return np.sum(x**2), {"twice": 2 * x, "name": "f"}

    (y, aux), g = ad.value_and_grad(f, has_aux=True)(X)
    assert (y, g.tolist(), aux["twice"].tolist(), aux["name"]) == (5.0, [2.0, -4.0], [2.0, -4.0], "f")
    g, aux = ad.grad(f, has_aux=True)(X)
    assert g.tolist() == aux["twice"].tolist() and type(aux["twice"]) is np.ndarray
    h, aux = ad.hessian(f, has_aux=True)(X)
    assert h.tolist() == [[2.0, 0.0], [0.0, 2.0]] and type(aux["twice"]) is np.ndarray
    j, aux = ad.jacobian(lambda x: (x**2, x), has_aux=True)(X)
    assert j.tolist() == [[2.0, 0.0], [0.0, -4.0]] and aux.tolist() == X.tolist()
    y, back, aux = ad.vjp(f, X, has_aux=True)
    assert y == 5.0 and back(1.0)[0].tolist() == aux["twice"].tolist()
    y, dy, aux = ad.jvp(f, (X,), (V,), has_aux=True)
    assert (y, dy, aux["name"]) == (5.0, -3.0, "f")
    for tool in (ad.grad, ad.jacobian, ad.value_and_grad):
        with pytest.raises(TypeError, match=r"pair \(result, aux\), but got a"):
            tool(cubes, has_aux=True)(X)
    with pytest.raises(ValueError, match="has_aux=True"):
        ad.grad(f)(X)


def test_argnames():
    def f(x, scale=2.0, *, shift=1.0):
        return np.sum(x * scale + shift)

    by_scale = ad.grad(f, argnames="scale")
    assert by_scale(X) == by_scale(X, 5.0) == by_scale(X, scale=7) == -1.0
    assert ad.grad(f, argnames="shift")(X) == 2.0
    assert ad.grad(f, argnames=("shift", "scale"))(X) == (2.0, -1.0)
    x, scale = ad.grad(f, 0, argnames="scale")(X)
    assert x.tolist() == [2.0, 2.0] and scale == -1.0
    assert ad.hessian(lambda x, y: x * y**3, argnames="y")(2.0, y=1.0) == 12.0
    with pytest.raises(ValueError, match="'other', which the call does not give; the function takes x, scale, shift"):
        ad.grad(f, argnames="other")(X)


@dataclass(frozen=True)
class Affine:
    weights: np.ndarray
    bias: float = 0.0
    name: str = "affine"
    sizes: tuple = (2, 1)
    rate: float = field(default=0.5, metadata={"static": True})

    def __call__(self, x):
        assert self.name == "affine" and self.sizes == (2, 1) and self.rate == 0.5
        return x @ self.weights + self.bias


class Pair:
    def __init__(self, a, b):
        self.a, self.b = a, b


ad.register_pytree_node(Pair, lambda pair: ([pair.a, pair.b], None), lambda _, parts: Pair(*parts))
Point = namedtuple("Point", "x y")


def test_structures_of_classes():
    model = Affine(np.array([1.0, 2.0]), 1)
    g = ad.grad(lambda model, x: model(x) ** 2)(model, np.array([3.0, 4.0]))
    assert type(g) is Affine and g.weights.tolist() == [72.0, 96.0] and g.bias == 24.0 and g.name == "affine" and g.rate == 0.5
    pair = ad.grad(lambda p: p.a * p.b["c"][0] ** 2)(Pair(2.0, {"c": [3.0, np.ones(1)]}))
    assert type(pair) is Pair and pair.a == 9.0 and pair.b["c"][0] == 12.0 and pair.b["c"][1].tolist() == [0.0]
    assert ad.grad(lambda p: p.x * p.y)(Point(2.0, ad.Value(3.0))).x.item() == 3.0
    h = ad.hessian(lambda p: p.a**2 * p.b)(Pair(2.0, 3.0))
    assert (h.a.a, h.a.b, h.b.a, h.b.b) == (6.0, 4.0, 4.0, 0.0)
    _, along = ad.jvp(lambda p: p.a * p.b, (Pair(2.0, 3.0),), (Pair(1.0, 0.0),))
    assert along == 3.0
    with pytest.raises(ValueError, match=r"primals \(Pair\(\*, \*\)\), tangents \(\*\)"):
        ad.jvp(lambda p: p.a * p.b, (Pair(2.0, 3.0),), (1.0,))
    assert ad.hvp(lambda p: p.a**2 * p.b, Pair(2.0, 3.0), Pair(1.0, 0.0)).a == 6.0
    diagonal = ad.hessian_diag(lambda m: m(X) ** 2)(model)
    assert diagonal.weights.tolist() == [2.0, 8.0] and diagonal.bias == 2.0


def test_tapes_take_them_too():
    model = Affine(ad.Variable([1.0, 2.0]), ad.Value(1.0))
    with ad.Tape() as tape:
        y = model(X) ** 2
    g = tape.gradient(y, model)
    assert g.weights.numpy().tolist() == [-4.0, 8.0] and g.bias.item() == -4.0
    scaled = ad.vmap(lambda pair, x: Pair(pair.a * x, pair.b), in_axes=(None, 0))(Pair(2.0, 3.0), X)
    assert isinstance(scaled, Pair) and scaled.a.tolist() == [2.0, -4.0]
    traced = ad.function(lambda x: Pair(x, x * 2.0))(ad.constant(X))
    assert type(traced) is Pair and traced.b.numpy().tolist() == [2.0, -4.0]


def test_what_can_not_be_registered_is_refused():
    with pytest.raises(TypeError, match="a class as its nodetype, but got 3"):
        ad.register_pytree_node(3, list, list)
    with pytest.raises(TypeError, match="flatten function, but got None"):
        ad.register_pytree_node(Pair, None, list)


def test_hessian_diag_of_more_numbers_than_fit_in_one_piece():
    x = np.linspace(-1.0, 1.0, 70).reshape(7, 10)
    f = lambda x: np.sum(np.sin(x)) * np.sum(x) + x[0, 0] ** 2 * x[6, 9]
    expected = np.diagonal(ad.hessian(f)(x).reshape(70, 70)).reshape(7, 10)
    np.testing.assert_allclose(ad.hessian_diag(f)(x), expected, atol=1e-12)


def test_linearize_is_the_jvp_of_structures():
    def f(p, x):
        return {"a": np.tanh(p["w"] @ x), "b": np.sum(x) * p["s"]}

    rng = np.random.default_rng(0)
    p, x = {"w": rng.normal(size=(3, 2)), "s": 2.0}, X
    dp, dx = {"w": rng.normal(size=(3, 2)), "s": -1.0}, V
    y, push = ad.linearize(f, p, x)
    expected_y, expected = ad.jvp(f, (p, x), (dp, dx))
    for found, wanted in ((y, expected_y), (push(dp, dx), expected)):
        np.testing.assert_allclose(found["a"], wanted["a"])
        assert found["b"] == pytest.approx(wanted["b"])
    with pytest.raises(ValueError, match="structure"):
        push(dp)
