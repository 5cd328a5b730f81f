"""ndarray's methods on Tensor and Variable: each is numpy's function, with numpy's numbers and the function's gradient."""

import copy
import inspect
import math

import numpy as np
import pytest
from together import each

import autodiff as ad
from autodiff.failures.elsewhere import OF_NUMPY

A = np.array([[0.3, -1.2, 2.5], [1.7, 0.4, -0.6]])
MASK = np.array([[True, False, True], [True, True, False]])
CALLS = {  # by method: arguments and keywords, of an array of shape (2, 3)
    "all": [((), {}), ((0,), {"keepdims": True}), ((1,), {"where": MASK})],
    "any": [((), {}), ((0,), {}), ((), {"axis": 1, "where": MASK})],
    "argmax": [((), {}), ((1,), {}), ((), {"axis": 0, "keepdims": True})],
    "argmin": [((), {}), ((1,), {}), ((), {"axis": 0, "keepdims": True})],
    "argpartition": [((1,), {}), ((1, 0), {})],
    "argsort": [((), {}), ((0,), {}), ((None,), {"kind": "stable"})],
    "astype": [(("f4",), {}), ((int,), {}), (("f4",), {"order": "F", "casting": "same_kind"}), ((float,), {"copy": False})],
    "clip": [((-0.5, 1.0), {}), ((None, 1.0), {}), ((), {"min": 0.0})],
    "compress": [(([True, False],), {"axis": 0}), (([0, 1, 1, 0, 1],), {}), (([0, 1, 1], 1), {})],
    "conj": [((), {})],
    "conjugate": [((), {})],
    "copy": [((), {}), (("F",), {}), ((), {"order": "K"})],
    "cumprod": [((), {}), ((1,), {}), ((), {"axis": 0, "dtype": "f4"})],
    "cumsum": [((), {}), ((1,), {}), ((), {"axis": 0, "dtype": "f4"})],
    "diagonal": [((), {}), ((1,), {}), ((), {"offset": -1, "axis1": 1, "axis2": 0})],
    "dot": [((A.T,), {}), ((np.arange(3.0),), {}), ((2.0,), {})],
    "flatten": [((), {}), (("F",), {})],
    "max": [((), {}), ((0,), {}), ((), {"axis": 1, "keepdims": True, "initial": 0.5, "where": MASK})],
    "mean": [((), {}), ((0, "f4"), {}), ((), {"axis": 1, "keepdims": True, "where": MASK})],
    "min": [((), {}), ((0,), {}), ((), {"axis": 1, "keepdims": True, "initial": 0.5, "where": MASK})],
    "nonzero": [((), {})],
    "prod": [((), {}), ((0,), {}), ((), {"axis": 1, "keepdims": True, "initial": 0.5, "where": MASK})],
    "ravel": [((), {}), (("F",), {}), ((), {"order": "K"})],
    "repeat": [((2,), {}), ((2, 1), {}), (([1, 0, 2],), {"axis": 1})],
    "reshape": [((3, 2), {}), (((3, 2),), {}), ((-1,), {}), ((6,), {"order": "F"})],
    "round": [((), {}), ((1,), {}), ((), {"decimals": 1})],
    "searchsorted": [],  # of one axis, see below
    "choose": [],  # of whole numbers, see below
    "squeeze": [((), {})],
    "std": [((), {}), ((0, None, None, 1), {}), ((), {"axis": 1, "keepdims": True, "where": MASK}), ((), {"mean": 0.5})],
    "sum": [((), {}), ((0, "f4"), {}), ((), {"axis": 1, "keepdims": True, "initial": 0.5, "where": MASK})],
    "swapaxes": [((0, 1), {})],
    "take": [(([0, 0, -1],), {}), (([[0, 2]], 1), {}), (([7, -9],), {"mode": "wrap"})],
    "trace": [((), {}), ((1,), {}), ((), {"dtype": "f4"})],
    "transpose": [((), {}), ((1, 0), {}), (((1, 0),), {}), ((None,), {})],
    "var": [((), {}), ((0, None, None, 1), {}), ((), {"axis": 1, "keepdims": True, "where": MASK}), ((), {"dtype": "f4"})],
}
IN_PLACE = {
    "fill": [((0.5,), {})],
    "partition": [((1,), {}), ((0, 0), {})],
    "put": [(([0, -1], [7.0, 8.0]), {}), (([0, 8, 1], [7.0]), {"mode": "wrap"}), (([], []), {})],
    "sort": [((), {}), ((0,), {}), ((), {"kind": "stable", "axis": 1})],
}
ATTRIBUTES = {"T", "data", "device", "dtype", "imag", "itemsize", "mT", "nbytes", "ndim", "real", "shape", "size"}
WAYS_OUT = {"item", "tolist"}
ROWS = {f"{name}-{k}": (name, *call) for name, calls in CALLS.items() for k, call in enumerate(calls)}


def public(kind):
    return {name for name in dir(kind) if not name.startswith("_")}


def parts(y):
    return list(y) if isinstance(y, tuple) else [y]


def same(found, expected):
    for y, z in zip(parts(found), parts(expected), strict=True):
        np.testing.assert_allclose(np.asarray(y), z, rtol=1e-6)
        assert np.asarray(y).dtype == np.asarray(z).dtype and np.shape(y) == np.shape(z)


@each("name, args, keywords", ROWS)
@pytest.mark.parametrize("make", [ad.constant, ad.Variable], ids=["Tensor", "Variable"])
def test_a_method_has_numpys_numbers_and_the_functions_gradient(name, args, keywords, make):
    x = make(A)
    same(getattr(x, name)(*copy.deepcopy(args), **keywords), getattr(A, name)(*copy.deepcopy(args), **keywords))
    function = getattr(np, name, None)
    if function is None or name in ("reshape", "transpose", "compress", "copy", "conj") or name == "astype":
        return
    gradients = []
    for act in (lambda: getattr(x, name)(*args, **keywords), lambda: function(x, *args, **keywords)):
        with ad.Tape() as tape:
            tape.watch(x)
            y = act()
        follows = isinstance(y, ad.Tensor) and y.dtype.kind == "f"
        gradients.append(tape.gradient(y, x, unconnected_gradients="zero").numpy() if follows else A)
    np.testing.assert_array_equal(*gradients)


def test_methods_of_whole_numbers_and_of_one_axis():
    k, choices = np.array([[0, 1, 1], [1, 0, 1]]), [A, -A]
    x = ad.constant(A)
    same(ad.constant(k).choose([x, -x]), k.choose(choices))
    with ad.Tape() as tape:
        tape.watch(x)
        y = ad.constant(k).choose([x, -x])
    assert tape.gradient(y, x).tolist() == (1.0 - 2.0 * k).tolist()
    ordered = np.sort(A, axis=None)
    same(ad.constant(ordered).searchsorted([0.0, 5.0], side="right"), ordered.searchsorted([0.0, 5.0], side="right"))


@pytest.mark.parametrize("name", sorted(ATTRIBUTES - {"data"}))
def test_an_attribute_is_numpys(name):
    found, want = getattr(ad.constant(A), name), getattr(A, name)
    assert np.array_equal(found, want) if isinstance(found, ad.Tensor) else found == want


@pytest.mark.parametrize("name, args, keywords", [(name, *call) for name, calls in IN_PLACE.items() for call in calls])
def test_methods_that_write_in_place(name, args, keywords):
    want, y = A.copy(), ad.constant(A).copy()
    assert getattr(want, name)(*args, **keywords) is None and getattr(y, name)(*args, **keywords) is None
    same(y, want)
    for x in (ad.constant(A), ad.Variable(A)):
        if args != ([], []):
            with pytest.raises(TypeError, match=r"does not support item assignment.*y = x\.copy\(\)"):
                getattr(x, name)(*args, **keywords)


def test_a_gradient_flows_through_what_was_written_in_place():
    x = ad.constant([3.0, 1.0, 2.0])
    with ad.Tape() as tape:
        tape.watch(x)
        y = x.copy()
        y.sort()
        y.put([0], x[0] ** 2)
        loss = np.sum(y * np.array([1.0, 10.0, 100.0]))
    assert y.tolist() == [9.0, 2.0, 3.0]
    assert tape.gradient(loss, x).tolist() == [106.0, 0.0, 10.0]
    with pytest.raises(TypeError, match=r"y = np\.sort\(x\)"):
        x.sort()


def test_tensor_has_every_method_of_ndarray_or_says_what_to_use():
    known = {*CALLS, *IN_PLACE, *ATTRIBUTES, *WAYS_OUT, *OF_NUMPY}
    assert public(np.ndarray) <= known
    for name in OF_NUMPY:
        assert not hasattr(ad.Variable, name)
        with pytest.raises(AttributeError, match=f"Tensor has no '{name}'.*: .*."):
            getattr(ad.constant(A), name)
    assert all(hasattr(ad.constant(A), name) for name in known - OF_NUMPY.keys())


def test_methods_are_shown_by_help_and_signature():
    assert "standard deviation" in inspect.getdoc(ad.Tensor.std)
    assert "where" in inspect.signature(ad.constant(A).sum).parameters
    assert list(inspect.signature(ad.constant(A).round).parameters) == ["decimals", "out"]


OPERATORS = {
    "divmod": lambda x: divmod(x, 2.0),
    "divmod from the right": lambda x: divmod(7.5, x),
    "^": lambda x: (x > 0) ^ (x > 1),
    "^ of a bool": lambda x: True ^ (x > 0),
    "& of a bool": lambda x: True & (x > 0),
    "| of a bool": lambda x: True | (x > 0),
    "& of an array": lambda x: MASK & (x > 0),
    "^ of an array": lambda x: MASK ^ (x > 0),
    "~": lambda x: ~(x > 0),
    "^ of whole numbers": lambda x: np.argsort(x) ^ 1,
    "<<": lambda x: np.argsort(x) << 1,
    "<< from the right": lambda x: 2 << np.argsort(x),
    "<< of an array": lambda x: np.array([1, 2, 3]) << np.argsort(x),
    ">>": lambda x: np.argsort(x) >> np.argsort(x),
    ">> from the right": lambda x: 9 >> np.argsort(x),
    "abs": abs,
    "in": lambda x: 2.5 in x,
    "not in": lambda x: 7.0 not in x,
    "floor": lambda x: math.floor(x[0, 2]),
    "ceil": lambda x: math.ceil(x[0, 2]),
    "trunc": lambda x: math.trunc(x[0, 2]),
    "round": lambda x: round(x[0, 2]),
    "round to digits": lambda x: round(x[0, 0], 1),
    "item": lambda x: x.item(1, 2),
}


@pytest.mark.parametrize("act", OPERATORS.values(), ids=OPERATORS)
def test_pythons_operators(act):
    for make in (ad.constant, ad.Variable):
        found, want = act(make(A)), act(A)
        same(found, want)
        assert isinstance(want, (bool, int)) <= (type(found) is type(want))


def test_a_value_has_what_a_float_has():
    v = ad.Value(2.5)
    with ad.Tape() as tape:
        y = v.real * v.conjugate() + v.imag
    assert y.item() == 6.25 and tape.gradient(y, v).item() == 5.0
