"""`ad.dot` and `ad.sum` of lists of Values: the numbers of Python's own loops, in one node."""

import math
import random

import numpy as np
import pytest

import autodiff as ad


def chain(ws, xs, bias=None):
    total = 0.0 if bias is None else bias
    for w, x in zip(ws, xs):
        total = total + w * x
    return total


def added(values):
    total = values[0]
    for v in values[1:]:
        total = total + v
    return total


def number(rng):
    make = rng.choice([ad.Value, ad.Value, float, np.float64, lambda x: round(3 * x)])
    return make(rng.gauss(0, 1))


def lists(seed):
    """(two lists of numbers of all kinds, a bias, the Values among them)."""
    rng = random.Random(seed)
    n = rng.randrange(1, 7)
    ws, xs = [number(rng) for _ in range(n)], [number(rng) for _ in range(n)]
    if rng.random() < 0.3:
        xs = rng.choice([ws, ws[::-1]])  # one Value in several places
    ws[0] = ad.Value(0.5)
    bias = rng.choice([None, number(rng)])
    found = {id(x): x for x in [*ws, *xs, bias] if isinstance(x, ad.Value)}
    return ws, xs, bias, list(found.values())


ROUTES = {  # each takes (a function without arguments that computes a Value, sources) to numbers
    "plain": lambda f, xs: gradient(f, xs),
    "persistent": lambda f, xs: gradient(f, xs, persistent=True),
    "weighted": lambda f, xs: gradient(f, xs, output_gradients=-0.75),
    "inside another tape": lambda f, xs: nested(f, xs)[0],
    "second derivatives": lambda f, xs: nested(f, xs)[1],
    "jacobian": lambda f, xs: jacobian(f, xs),
}


def gradient(f, xs, persistent=False, **keywords):
    with ad.Tape(persistent=persistent) as tape:
        y = f()
    return [y, *tape.gradient(y, xs, **keywords)]


def jacobian(f, xs):
    with ad.Tape() as tape:
        y = f()
    return [y, *tape.jacobian(y, xs)]


def nested(f, xs):
    with ad.Tape() as outer:
        with ad.Tape() as inner:
            y = f()
            y = cube(y)
        first = inner.gradient(y, xs)
        total = added([g * (k + 1.0) for k, g in enumerate(first) if g is not None])
    return first, outer.gradient(total, xs)


def cube(y):
    return y * y * y


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("ours, theirs", [(ad.dot, chain), (lambda ws, xs, _: ad.sum(ws), lambda ws, xs, _: added(ws))])
def test_they_are_pythons_own_sums(route, ours, theirs):
    for seed in range(60):
        ws, xs, bias, sources = lists(seed)
        found, expected = (ROUTES[route](lambda f=f, s=(ws, xs, bias): f(*s), sources) for f in (ours, theirs))
        assert [x is None for x in found] == [x is None for x in expected]
        assert all(a is None or math.isclose(a, b, rel_tol=1e-12, abs_tol=1e-12) for a, b in zip(found, expected)), seed
        assert float(ours(ws, xs, bias)) == float(theirs(ws, xs, bias))


@pytest.mark.parametrize("route", ["persistent", "jacobian", "inside another tape"])
def test_all_routes_have_equal_bits(route):
    for seed in range(60):
        ws, xs, bias, sources = lists(seed)
        expected = gradient(lambda s=(ws, xs, bias): cube(ad.dot(*s)), sources)[1:]
        if route == "inside another tape":  # which takes the cube itself
            found = ROUTES[route](lambda s=(ws, xs, bias): ad.dot(*s), sources)
        else:
            found = ROUTES[route](lambda s=(ws, xs, bias): cube(ad.dot(*s)), sources)[1:]
        assert repr(found) == repr(expected), seed


def test_each_is_one_node():
    ws, xs = [ad.Value(1.0), ad.Value(2.0)], [3.0, ad.Value(4.0)]
    with ad.Tape(persistent=True) as tape:
        total = ad.sum([ad.dot(ws, xs, ad.Value(1.0)), ad.dot(xs, ws), 2])
    ops = [node.op.name for _, node in tape.span.nodes() if node.op is not None]
    assert ops == ["dot", "dot", "sum"]
    assert isinstance(total, ad.Value) and float(total) == 25.0


def test_no_node_without_a_value_that_is_followed():
    ws = [ad.Value(1.0), ad.Value(2.0)]
    with ad.Tape(watch_accessed_variables=False) as tape:
        y = ad.dot(ws, [3.0, 4.0])
    assert float(y) == 11.0 and not list(tape.span.nodes())
    assert float(ad.dot(ws, [3.0, 4.0], 1)) == 12.0 and not isinstance(ad.sum([1.0, 2.0]), ad.Value)


def test_what_is_no_list_of_numbers_is_numpys():
    a, b = np.arange(6.0).reshape(2, 3), np.arange(3.0)
    assert np.array_equal(ad.dot(a, b, np.ones(2)), a @ b + 1)
    assert ad.sum(a, axis=0).tolist() == [3.0, 5.0, 7.0] and ad.dot([1.0, 2.0], [3.0, 4.0]) == 11.0
    x = ad.Variable(b)
    with ad.Tape() as tape:
        y = ad.sum([x[0], ad.Value(2.0), x[1]]) + ad.sum(ad.dot(a, x, x[:2])) + ad.dot([x[0]], [ad.Value(3.0)])
    assert tape.gradient(y, x).numpy().tolist() == [3.0 + 1 + 1 + 3, 5.0 + 1 + 1, 7.0]


@pytest.mark.parametrize("ws, xs", [([1.0, 2.0], [3.0]), ((1.0,), [2.0, 3.0])])
def test_lists_of_different_lengths(ws, xs):
    with pytest.raises(ValueError, match="equal length, but got"):
        ad.dot([ad.Value(x) for x in ws], xs)


def test_a_generator():
    w = [ad.Value(2.0), ad.Value(-1.0)]
    with ad.Tape() as tape:
        y = ad.sum(v * v for v in w)
    assert repr(tape.gradient(y, w)) == "[Value(4.0), Value(-2.0)]"


def test_nothing_in_nothing_out():
    w, x = ad.Value(2.0), ad.Value(math.inf)
    for live in (False, True):
        with ad.Tape(persistent=True) as outer:
            with ad.Tape() as tape:
                y = ad.dot([w], [x]) * 0.0
            if live:
                (g,) = tape.gradient(y, [w])
        assert float(g if live else tape.gradient(y, w)) == 0.0
        assert outer is not None


def test_a_number_that_is_assigned_later():
    w, x = ad.Value(2.0), ad.Value(3.0)
    with ad.Tape() as tape:
        y = ad.dot([w], [x])
        w.assign(10.0)
        x.assign(20.0)
        z = ad.dot([w, x], [x, w], y)
    assert float(z) == 406.0 and repr(tape.gradient(z, [w, x])) == "[Value(43.0), Value(22.0)]"


def test_the_readers_of_a_graph():
    w, x, c = ad.Value(2.0, name="w"), ad.Value(3.0, name="x"), ad.Value(1.0)
    with ad.Tape(persistent=True) as tape:
        y = ad.dot([w, 4.0], [x, c], 1.0)
    steps = [str(step) for step in tape.steps(y) if step.phase == "backward"]
    assert steps == [
        "backward  target: 1.0",
        "backward  dot to input 0: 1.0 * 3.0 = 3.0, total 3.0",
        "backward  dot to input 1: 1.0 * 2.0 = 2.0, total 2.0",
        "backward  dot to input 3: 1.0 * 4.0 = 4.0, total 4.0",
    ]
    assert "was not used" in str(tape.explain(y, ad.Value(2.0)))
    assert "dot" in ad.draw(y).source
    with ad.ForwardAccumulator(w, 1.0) as forward:
        z = ad.dot([w, w], [x, w])
    assert float(forward.jvp(z)) == 7.0
    with ad.debug(), ad.Tape() as tape:
        y = ad.dot([w], [x], c)
    assert repr(tape.gradient(y, [w, c])) == "[Value(3.0), Value(1.0)]"


def test_check_gradients_and_function():
    def loss(a, b, c):
        return ad.sum([ad.dot([a, b], [b, c], a), ad.dot([c, c], [c, 2.0]), 1.0])

    ad.check_gradients(loss, ad.Value(0.5), ad.Value(-1.5), ad.Value(2.0))

    @ad.function
    def both(a, b, c):
        p = [a, b, c]
        with ad.Tape() as tape:
            tape.watch(p)
            y = loss(*p)
        return y, tape.gradient(y, p)

    for numbers in ((0.5, -1.5, 2.0), (1.5, 0.25, -3.0)):
        assert repr(both(*numbers)) == repr(both.python_function(*map(ad.Value, numbers)))
