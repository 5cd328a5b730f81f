"""Zoom: the scalars of an element have its value, and its gradient."""

import re

import numpy as np
import pytest
from close import assert_close
from samples import SAMPLES, called, leaves, planted
from together import each

import autodiff as ad
import nn
from autodiff.core.op import Op
from autodiff.core.registry import REGISTRY

rng = np.random.default_rng(0)
A, B, V = rng.normal(size=(3, 4)), rng.normal(size=(4, 2)), rng.normal(size=4)
P = rng.uniform(0.5, 2.0, (3, 4))

CASES = {  # functions of a (3, 4) array, and the element of the result to unfold
    "add": (lambda x: x + V, (1, 2)),
    "elementwise": (lambda x: np.tanh(x) * x / (1.0 + x * x), (2, 0)),
    "power": (lambda x: x**3, (0, 0)),
    "relu": (ad.relu, (1, 1)),
    "where": (lambda x: np.where(A > 0, x, 0.5), (0, 1)),
    "clip": (lambda x: np.clip(x, 0.6, 1.8), (0, 2)),
    "matmul": (lambda x: x @ B, (2, 1)),
    "matmul of a constant": (lambda x: B.T @ x.T, (1, 2)),
    "matmul with a vector": (lambda x: x @ V, (1,)),
    "stacked matmul": (lambda x: np.reshape(x, (3, 2, 2)) @ np.ones((2, 2)), (1, 0, 1)),
    "einsum": (lambda x: np.einsum("ij,jk->ik", x, B), (0, 1)),
    "softmax": (ad.softmax, (2, 3)),
    "log_softmax": (ad.log_softmax, (0, 0)),
    "logsumexp": (lambda x: ad.logsumexp(x, axis=0), (3,)),
    "sum": (lambda x: np.sum(x, axis=0), (1,)),
    "mean": (lambda x: np.mean(x, axis=1, keepdims=True), (1, 0)),
    "mean of all": (np.mean, ()),
    "max": (lambda x: np.max(x, axis=1), (0,)),
    "prod": (lambda x: np.prod(x, axis=0), (2,)),
    "var": (lambda x: np.var(x, axis=0, ddof=1), (2,)),
    "std": (lambda x: np.std(x, axis=1), (0,)),
    "norm": (lambda x: np.linalg.norm(x, axis=1), (2,)),
    "cumsum": (lambda x: np.cumsum(x, axis=1), (1, 3)),
    "reshape": (lambda x: np.reshape(x, (2, 6)), (1, 4)),
    "transpose": (np.transpose, (3, 2)),
    "getitem": (lambda x: x[[0, 0, 2], 1:], (1, 2)),
    "concatenate": (lambda x: np.concatenate([x, A]), (1, 1)),
    "stack": (lambda x: np.stack([A, x]), (1, 2, 0)),
    "sort": (lambda x: np.sort(x, axis=1), (0, 0)),
}


@pytest.mark.parametrize("depth", [1, 9])
@each("case", {case: case for case in CASES})
def test_value_and_gradient_are_those_of_the_array(case, depth):
    function, element = CASES[case]
    x = ad.Variable(P, name="x")
    with ad.Tape(persistent=True) as tape:
        y = function(x)
    zoomed = ad.zoom(y, element, depth, names={})
    assert float(zoomed.value) == pytest.approx(float(np.asarray(y)[element]), rel=1e-12)
    one = np.zeros(y.shape)
    one[element] = 1.0
    for box in {id(leaf.box): leaf.box for leaf in zoomed.leaves}.values():
        whole = tape.gradient(y, box, one, unconnected_gradients="zero").numpy()
        mine = [leaf for leaf in zoomed.leaves if leaf.box is box]
        parts = zoomed.tape.gradient(zoomed.value, [leaf.value for leaf in mine], unconnected_gradients="zero")
        assert_close([float(g) for g in parts], [whole[leaf.index] for leaf in mine], rtol=1e-12, atol=1e-15)
        if depth == 9:  # then nothing else flows into the element
            assert np.isclose(sum(float(g) for g in parts), whole.sum())


OPS = {op for op in REGISTRY.values() if isinstance(op, Op)}
LAPACK = {op.name for op in OPS if op.function.__module__ in ("numpy.linalg", "numpy.fft") and op.definition is None}
MATRIX_FUNCTIONS = {"expm", "funm", "logm", "of_triangle", "solve_sylvester", "sqrtm", "unitary_factor"}
REFUSED = LAPACK | MATRIX_FUNCTIONS | {"charpoly", "gru", "i0", "lstm", "polygamma", "roots"}


@each("function", {f"{called(function)} {k}": function for k, function in enumerate(SAMPLES)})
def test_every_op_agrees_or_is_refused(function):
    name = getattr(function, "__name__", "")
    for of_row, args, keywords in SAMPLES[function]:
        if any(x.dtype.kind == "c" for x in leaves(args)):
            continue
        boxes = [ad.constant(x) for x in leaves(args)]
        with ad.Tape(persistent=True) as tape:
            tape.watch(boxes)
            new = iter(boxes)
            result = of_row(*[planted(x, new) for x in args], **keywords)
            y = result[0] if isinstance(result, (list, tuple)) else result
        computed = isinstance(y, ad.Tensor) and y._index >= 0 and all(y is not x for x in boxes)
        if computed and y.size and y.dtype.kind == "f":
            scipys = "scipy" in str(function.__module__)
            of_objects = {"where", "dtype"} & keywords.keys() or name in ("partition", "sort_complex", "trace") or scipys
            agrees_or_is_refused(name, tape, y, tuple(n // 2 for n in y.shape), boxes, of_objects)


def agrees_or_is_refused(name, tape, y, element, boxes, may_be_refused):
    try:
        zoomed = ad.zoom(y, element, depth=99, names={})  # to look around for names takes longer than to unfold
    except TypeError as error:
        refused = re.search(r"(\w+) (?:returns )?can't be unfolded", str(error))
        empty_sum = name == "matmul" and not np.prod([box.size for box in boxes])
        assert refused and (refused[1] in REFUSED or empty_sum or may_be_refused), error
        return
    assert name not in REFUSED or may_be_refused
    assert float(zoomed.value) == pytest.approx(y.numpy()[element], nan_ok=True)
    one = np.zeros(y.shape)
    one[element] = 1.0
    for box, whole in zip(boxes, tape.gradient(y, boxes, one, unconnected_gradients="zero")):
        found = np.zeros(box.shape)
        mine = [leaf for leaf in zoomed.leaves if leaf.box is box]
        values = [leaf.value for leaf in mine]
        for leaf, g in zip(mine, zoomed.tape.gradient(zoomed.value, values, unconnected_gradients="zero")):
            found[leaf.index] = float(g)
        assert_close(found, whole.numpy(), rtol=1e-7, atol=1e-9)


def test_what_is_cut_stays_cut_and_a_gradient_of_its_own_is_refused():
    @ad.custom_gradient
    def double(x):
        return x * 2.0, lambda g: 3.0 * g

    x = ad.Variable([1.0, 2.0])
    with ad.Tape():
        zoomed = ad.zoom(x * ad.stop_gradient(x), 1, depth=9)
        with pytest.raises(TypeError, match="gradient of its own"):
            ad.zoom(double(x), 0)
    assert [float(zoomed.tape.gradient(zoomed.value, leaf.value)) for leaf in zoomed.leaves if leaf.box is x] == [2.0]


def test_large_logits_do_not_overflow():
    x = ad.Variable([1000.0, 999.0])
    with ad.Tape():
        for function in (ad.softmax, ad.logsumexp, ad.log_softmax):
            y = function(x)
            element = (0,) * y.ndim
            assert ad.zoom(y, element).value.item() == pytest.approx(y.numpy()[element])


def test_a_neuron_of_a_network_down_to_its_weights():
    nn.set_random_seed(0)
    model = nn.Sequential([nn.Dense(3, "tanh", dtype="float64"), nn.Dense(2, dtype="float64")])
    with ad.Tape(persistent=True) as tape:
        y = model(A)
    zoomed = ad.zoom(y, (1, 0), depth=9)
    names = [leaf.value.name for leaf in zoomed.leaves]
    assert any(name.endswith("kernel[0, 0]") for name in names) and len(names) == len(set(names)) == 12 + 3 + 3 + 1
    one = np.zeros((3, 2))
    one[1, 0] = 1.0
    for v in model.trainable_variables:
        whole = tape.gradient(y, v, one).numpy()
        for leaf in zoomed.leaves:
            if leaf.box is v:
                assert float(zoomed.tape.gradient(zoomed.value, leaf.value)) == pytest.approx(whole[leaf.index], rel=1e-9)


def test_a_clipped_element_is_a_constant():
    x = ad.Variable([0.5, 3.0])
    with ad.Tape():
        zoomed = ad.zoom(np.clip(x, 0.0, 1.0), 1)
    assert float(zoomed.value) == 1.0
    gradients = zoomed.tape.gradient(zoomed.value, [leaf.value for leaf in zoomed.leaves], unconnected_gradients="zero")
    assert {float(g) for g in gradients} == {0.0}


def test_an_element_used_twice_is_one_value():
    x = ad.Variable([2.0, 3.0], name="x")
    with ad.Tape():
        y = x * x
        zoomed = ad.zoom(y, 1)
    assert [leaf.value.name for leaf in zoomed.leaves] == ["x[1]"]
    assert float(zoomed.tape.gradient(zoomed.value, zoomed.leaves[0].value)) == 6.0


def test_it_can_be_drawn_and_shown(capsys):
    logits = ad.Variable([1.0, 2.0, 3.0])
    with ad.Tape() as tape:
        p = ad.softmax(logits)
    zoomed = ad.zoom(p, 2, names={"logits": logits})
    assert "softmax[2]" in ad.draw(zoomed.value).source and "logits[0]" in ad.draw(zoomed.tape, zoomed.value).source
    ad.show(zoomed.value)
    assert "logits[1]" in capsys.readouterr().out
    assert tape.gradient(p, logits) is not None  # nothing was taken from the tape


BAD = [
    (lambda x, y: ad.zoom(y, (3, 0)), IndexError, "out of bounds"),
    (lambda x, y: ad.zoom(y, 0), IndexError, r"shape \(3, 4\) has 2 indices"),
    (lambda x, y: ad.zoom(x, (0, 0)), ValueError, "leaf"),
    (lambda x, y: ad.zoom(ad.constant([1.0]), 0), ValueError, "leaf"),
    (lambda x, y: ad.zoom(np.linalg.inv(x @ x.T + np.eye(3)), (0, 0)), TypeError, "inv can't be unfolded"),
    (lambda x, y: ad.zoom(ad.softmax(np.zeros((2000, 300)) + x[0, 0]), (0, 0)), ValueError, "600,000 numbers, too many"),
]


@pytest.mark.parametrize("act, error, message", BAD)
def test_bad_input(act, error, message):
    x = ad.Variable(P)
    with ad.Tape(persistent=True):
        y = x * 2.0
        with pytest.raises(error, match=message):
            act(x, y)


def test_a_long_chain_is_unfolded_without_recursion():
    x = ad.Variable([0.5, 0.25], name="x")
    with ad.Tape():
        y = x
        for _ in range(3000):
            y = y * 1.0
        zoomed = ad.zoom(y, 1, depth=5000)
    assert [leaf.value.name for leaf in zoomed.leaves] == ["x[1]"]
    assert float(zoomed.tape.gradient(zoomed.value, zoomed.leaves[0].value)) == 1.0


def test_the_depth_is_counted_along_the_shortest_path():
    x = ad.Variable([2.0, 3.0], name="x")
    with ad.Tape():
        squares = np.exp(x)
        y = np.tanh(squares) + squares
        names = {leaf.value.name for leaf in ad.zoom(y, 0, depth=2).leaves}
    assert names == {"x[0]"}


def test_values_before_an_array_are_unfolded_too():
    a, b = ad.Value(2.0, name="a"), ad.Value(3.0, name="b")
    with ad.Tape():
        y = np.stack([a * b, a + b]) * 2.0
        zoomed = ad.zoom(y, 0, depth=9)
    assert sorted({leaf.value.name for leaf in zoomed.leaves}) == ["a", "b"]
    mine = {leaf.value.name: leaf.value for leaf in zoomed.leaves}
    assert float(zoomed.tape.gradient(zoomed.value, mine["a"])) == 6.0


def test_a_leaf_that_several_tapes_read_is_one_leaf():
    x = ad.Variable([2.0, 3.0], name="x")
    with ad.Tape() as outer:
        z = x * 1.0
        with ad.Tape():
            y = z * x
    with outer:
        zoomed = ad.zoom(y, 1, depth=9)
    assert [leaf.value.name for leaf in zoomed.leaves] == ["x[1]"]


@pytest.mark.parametrize("function", [np.sum, np.mean, np.prod, np.var, np.std])
def test_masks_select_what_a_reduction_takes(function):
    mask = np.array([True, False, True, True])
    x = ad.Variable([0.5, np.nan, 2.0, 1.0], name="x")
    with ad.Tape(persistent=True) as tape:
        y = function(x, where=mask)
    zoomed = ad.zoom(y, ())
    assert float(zoomed.value) == pytest.approx(float(y.numpy()))
    parts = zoomed.tape.gradient(zoomed.value, [leaf.value for leaf in zoomed.leaves], unconnected_gradients="zero")
    np.testing.assert_allclose([float(g) for g in parts], tape.gradient(y, x).numpy())


def test_at_its_bounds_a_clipped_element_has_the_gradient_of_the_array():
    x = ad.Variable([1.0, 2.0])
    with ad.Tape():
        zoomed = ad.zoom(np.clip(x, 1.0, 2.0), 0)
    assert float(zoomed.tape.gradient(zoomed.value, zoomed.leaves[0].value)) == 1.0
