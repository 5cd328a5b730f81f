"""Arguments: an error names the function that the user called, and no keyword is accepted and ignored."""

import copy
import inspect
import re

import numpy as np
import pytest
from samples import SAMPLES, called, leaves, planted
from test_rules import at, directions, gradients, inner, outputs, shifted
from together import each

import autodiff as ad

ONE_OF_EACH = {called(rows[0].function): (function, *rows[0]) for function, rows in SAMPLES.items()}
del ONE_OF_EACH["getitem"]
ANY_NUMBER = {"atleast_1d", "atleast_2d", "atleast_3d", "block_diag", "broadcast_arrays", "meshgrid", "einsum", "gradient"}
PASSES_ON = {"piecewise", "apply_along_axis"}  # keywords, to functions of the user
INTERNAL = re.compile(r"<|\b_\w|\b(body|public|adapt|bind|forward|vjps?|rule\()\b")  # names a user never wrote


def boxed(args):
    return planted(args, iter([ad.Variable(x) for x in leaves(args)]))


def refused(call, name):
    """The text of the TypeError that the call raises, which names the function and nothing internal."""
    with pytest.raises(TypeError) as caught:
        call()
    text = str(caught.value)
    assert name in text and not INTERNAL.search(text), text
    return text


@each("id", dict(zip(ONE_OF_EACH, ONE_OF_EACH)))
def test_an_unknown_argument(id):
    function, _, args, keywords = ONE_OF_EACH[id]
    name = id.rpartition(".")[2]
    if name in ("at", "outer"):
        return  # numpy speaks before it asks us
    for inputs in (boxed(args), args):
        if (inputs is args and id == "pad") or id in PASSES_ON:
            continue  # of pad numpy raises a ValueError
        assert "nonsense" in refused(lambda: function(*inputs, **keywords, nonsense=1), name)  # noqa: B023
        if id not in ANY_NUMBER:
            refused(lambda: function(*inputs, *[1] * 25, **keywords), name)  # noqa: B023


u, m = ad.Variable([3.0, 1.0, 2.0]), ad.constant([[2.0, 1.0], [1.0, 3.0]])
REFUSED = {
    "np.sort(bad)": (lambda: np.sort(u, bad=1), "sort.*bad"),
    "ad.sort(bad)": (lambda: ad.sort(u, bad=1), "sort.*bad.*axis, kind, stable"),
    "sort(order)": (lambda: np.sort(u, order="x"), "sort.*order"),
    "einsum(bad)": (lambda: ad.einsum("ij,jk", m, m, bad=1), "einsum.*bad.*optimize"),
    "einsum(dtype)": (lambda: np.einsum("ij,jk", m, m, dtype=np.float32), "einsum.*dtype"),
    "concatenate(dtype)": (lambda: np.concatenate([u, u], dtype=int), r"Cannot cast array data.*'same_kind'"),
    "concatenate(out)": (lambda: np.concatenate([u, u], out=np.zeros(6)), r"concatenate.*out.*use the result"),
    "dstack(dtype)": (lambda: np.dstack([u, u], dtype=np.float32), "dstack.*dtype"),
    "add(dtype)": (lambda: np.add(u, u, dtype=int), r"Cannot cast ufunc 'add' input 0.*'same_kind'"),
    "matmul(axes)": (lambda: np.matmul(m, m, axes=[(0, 1), (0, 1), (0, 1)]), "matmul.*axes"),
    "greater(where)": (lambda: np.greater(u, 1.0, where=[True, False, True]), r"np\.greater.*where.*np\.where"),
    "add(signature)": (lambda: np.add(u, u, signature="dd->d"), r"np\.add.*signature.*dtype"),
    "sum(out)": (lambda: np.sum(u, out=np.zeros(())), r"sum.*out.*use the result"),
    "var(out)": (lambda: np.var(u, out=np.zeros(())), r"var.*out.*use the result"),
    "tanh(where)": (lambda: np.tanh(u, where=[True, False, True]), r"np\.tanh.*where.*np\.where"),
    "an argument too few": (lambda: ad.power(u), r"power(\(\) missing.*x2| needs 2 inputs, but got 1)"),
    "an input too few": (lambda: ad.where(u > 1.0, u), "where needs 3 inputs, but got 2"),
    "arguments too many": (lambda: ad.linalg.solve(m, m, m, m), r"solve\(\) too many"),
    "an argument twice": (lambda: ad.sum(m, 0, axis=1), r"sum\(\) multiple values.*axis"),
    "a Value": (lambda: ad.relu(ad.Value(1.0), 0.1, 0.2), r"relu\(\) too many"),
}  # fmt: skip


@pytest.mark.parametrize("act, message", REFUSED.values(), ids=REFUSED)
def test_refusals(act, message):
    with pytest.raises(TypeError, match=message) as caught:
        act()
    assert not INTERNAL.search(str(caught.value))


def test_numpys_own_default_asks_for_nothing():
    for act in (
        lambda: np.linalg.svd(m, hermitian=False)[1], lambda: np.linalg.pinv(m, hermitian=False),
        lambda: np.sort(u, order=None), lambda: np.concatenate([u, u], dtype=None),
        lambda: np.hstack([u, u], casting="same_kind"), lambda: np.einsum("i,i", u, u, optimize=False),
        lambda: np.median(u, overwrite_input=True),
    ):  # fmt: skip
        assert isinstance(act(), ad.Tensor)


def test_sort_honours_kind_also_in_the_gradient():
    order = []

    class Counted(np.ndarray):
        def __array_function__(self, function, types, args, kwargs):
            order.append((function.__name__, kwargs.get("kind")))
            return super().__array_function__(function, types, args, kwargs)

    x = ad.Tensor(0.0)
    x._held = np.array([2.0, 1.0, 2.0]).view(Counted)
    for kind in ("heapsort", None):
        np.sort(x, kind=kind)
    assert [kind for name, kind in order if name == "argsort"] == ["heapsort", "stable"]
    w = ad.Variable([2.0, 1.0, 2.0])
    with ad.Tape() as tape:
        y = np.sum(np.sort(w) * np.array([1.0, 10.0, 100.0]))
    assert tape.gradient(y, w).tolist() == [10.0, 1.0, 100.0]


# -- every keyword of every function ------------------------------------------------------------------------------------

OTHERS = {  # by keyword: values that differ from numpy's defaults, and those that ask for nothing
    "dtype": [np.float32, np.float64, None], "order": ["F", "C", "K"], "casting": ["unsafe", "same_kind"],
    "kind": ["heapsort", "stable"], "stable": [True, False], "hermitian": [True, False], "overwrite_input": [True],
    "keepdims": [True, False], "axis": [0, 1, -1, None, (0,)], "axes": [(0, 1), (-2, -1)], "ddof": [1, 0.5],
    "correction": [1, 0], "bias": [True], "rowvar": [False], "copy": [True], "subok": [True, False], "initial": [0.5, None],
    "rcond": [0.4], "rtol": [0.4], "tol": [0.5], "full_matrices": [False], "compute_uv": [False], "UPLO": ["U"],
    "upper": [True], "mode": ["clip", "wrap"], "offset": [1, -1], "axis1": [1], "axis2": [0], "increasing": [True],
    "right": [0.0, None], "left": [0.0, None], "period": [1.5, None], "n": [0, 1, 2], "prepend": [0.0], "append": [0.0],
    "edge_order": [2], "returned": [True], "nan": [1.0], "posinf": [1.0], "neginf": [1.0], "discont": [1.0],
    "method": ["lower", "linear", "hazen", "inverted_cdf", "closest_observation"], "indexing": ["ij"], "sparse": [True],
    "k": [1], "side": ["right"], "dx": [2.0], "optimize": [True], "ord": [1], "out": [None], "device": ["cpu", None],
    "like": [None], "shape": [(2, 3)], "min": [-0.1], "max": [0.1], "include_initial": [True], "endpoint": [False],
    "num": [3], "retstep": [True], "ndmin": [2], "axisa": [0], "axisb": [0], "axisc": [0], "to_end": [1.0],
    "to_begin": [1.0], "signature": ["dd->d"],
    "where": [True, np.array(True), lambda x: np.arange(x.size).reshape(x.shape) % 3 != 1],
    "mean": [0.1, lambda x: np.zeros((1,) * x.ndim)],
    "weights": [lambda x: 0.1 + np.cos(np.arange(x.size)).reshape(x.shape) ** 2, lambda x: 1.0 + np.arange(len(x))],
    "fweights": [lambda x: 1 + np.arange(x.shape[-1])], "aweights": [lambda x: 1.0 + np.arange(x.shape[-1]) ** 2],
}  # fmt: skip
OF_UFUNCS = ("where", "dtype", "out", "casting", "order", "subok", "signature")


def free_keywords(function, args, keywords):
    """(keyword, value) of all that a function takes besides what a row gives it."""
    if isinstance(function, np.ufunc):
        names = OF_UFUNCS
    else:
        try:
            signature = inspect.signature(function)
            given = signature.bind(*args, **keywords).arguments
        except (TypeError, ValueError):  # a builtin without a signature
            return
        names = [name for name in signature.parameters if name in OTHERS and name not in given]
    first = next(iter(leaves(args)), np.zeros(0))
    for name in names:
        for value in OTHERS[name]:
            if not callable(value) or isinstance(value, type) or first.ndim:
                yield name, value(first) if callable(value) and not isinstance(value, type) else value


def several(y):
    return [part if hasattr(part, "dtype") else np.asarray(part) for part in (y if isinstance(y, (tuple, list)) else [y])]


def slope(function, args, keywords, weights, xs, vs, step):
    """The derivative of sum(weights * function) along vs, by differences."""
    ends = [outputs(several(function(*at(args, shifted(xs, vs, h)), **copy.deepcopy(keywords)))) for h in (step, -step)]
    return inner(weights, [np.subtract(p, m, dtype=float) for p, m in zip(*ends)]) / (2 * step)


def judged(function, args, option, keywords):
    """Whether the gradient is right, where the function is smooth: where differences of two sizes agree."""
    xs = leaves(args)
    step, tolerance = (1e-2, 5e-3) if option == np.float32 else (1e-6, 1e-5)
    weights = directions(outputs(several(function(*copy.deepcopy(args), **keywords))), 1)
    vs = directions(xs, 2)
    near, far = (slope(function, args, keywords, weights, xs, vs, h) for h in (step, 2 * step))
    exact = inner(gradients(function, args, keywords, weights, xs), vs)
    smooth = np.isfinite(near) and abs(near - far) <= tolerance * max(1.0, abs(near))
    return not smooth or abs(exact - near) <= tolerance * max(1.0, abs(near))


@pytest.mark.filterwarnings("ignore")
@each("id", dict(zip(ONE_OF_EACH, ONE_OF_EACH)))
def test_a_keyword_of_numpys_means_what_it_says_or_is_refused(id):
    """The number, the dtype and the gradient are right, or a TypeError names the keyword. What numpy refuses is refused."""
    function = ONE_OF_EACH[id][0]
    rows = {row.id: row for row in (*SAMPLES[function][:2], *SAMPLES[function][-2:])}
    for function, args, keywords in rows.values():
        for name, value in free_keywords(function, args, keywords):
            option = {**keywords, name: value}
            try:
                expected = function(*copy.deepcopy(args), **copy.deepcopy(option))
            except Exception:
                with pytest.raises(Exception):  # noqa: B017 - whatever it is that numpy raises
                    function(*boxed(args), **option)
                continue
            try:
                found = function(*boxed(args), **option)
            except TypeError as error:
                assert name in str(error) and not INTERNAL.search(str(error)), error
                continue
            for y, z in zip(several(found), several(expected), strict=True):
                np.testing.assert_allclose(np.asarray(y), z, rtol=1e-6, atol=1e-7, err_msg=f"{name}={value}")
                assert np.asarray(y).dtype == np.asarray(z).dtype and np.shape(y) == np.shape(z), (name, value)
            if name not in ("copy", "returned", "retstep") and not id.startswith(("linalg.", "fft.")):  # they have tests
                assert judged(function, args, value if name == "dtype" else None, option), (id, name, value)


TAKEN = {  # forms by keyword that a user of numpy types, and their parts: all of them are taken
    "std(mean)": lambda x: np.std(x, axis=0, mean=np.mean(x, axis=0, keepdims=True)),
    "nanvar(mean)": lambda x: np.nanvar(x, axis=0, mean=np.nanmean(x, axis=0, keepdims=True)),
    "nanmean(where)": lambda x: np.nanmean(x, axis=0, where=[[True], [False], [True]]),
    "nanvar(where)": lambda x: np.nanvar(x, where=[[True], [False], [True]], ddof=1),
    "linspace(dtype)": lambda x: np.linspace(x[0], x[1], 4, dtype=np.float64, axis=1),
    "linspace(retstep)": lambda x: np.linspace(x[0, 0], x[1, 1], 4, retstep=True)[1] * 1.0,
    "cov(fweights, aweights)": lambda x: np.cov(x, fweights=[1, 2, 1, 3], aweights=[0.5, 1.0, 2.0, 1.0], ddof=0),
    "cov(aweights tracked)": lambda x: np.cov(x[:2], aweights=x[2] ** 2 + 1.0),
    "corrcoef(dtype)": lambda x: np.corrcoef(x, dtype=np.float64),
    "quantile(weights)": lambda x: np.quantile(x, [0.2, 0.7], axis=1, weights=[3.0, 1.0, 2.0, 1.0], method="inverted_cdf"),
    "nanquantile(method)": lambda x: np.nanquantile(x, [0.2, 0.7], axis=1, method="weibull"),
    "full_like(device)": lambda x: np.full_like(x, x[0, 1], device="cpu"),
    "add(dtype)": lambda x: np.add(x, x**2, dtype=np.float64, out=None, where=True),
    "concatenate(dtype)": lambda x: np.concatenate([x, x**2], axis=1, dtype=np.float64, casting="same_kind"),
    "interp(period)": lambda x: np.interp([0.2, 3.4, -0.7], [0.0, 1.0, 2.0, 2.5], x[0], period=3.0),
    "reshape(copy)": lambda x: np.reshape(x, (4, 3), copy=True),
    "trace(dtype)": lambda x: np.trace(x**2, dtype=np.float64),
    "sort(stable)": lambda x: np.sort(x, axis=0, stable=True),
}


@pytest.mark.parametrize("f", TAKEN.values(), ids=TAKEN)
def test_forms_by_keyword(f):
    x = np.cos(np.arange(12.0)).reshape(3, 4)
    try:
        want = f(x)
    except TypeError as error:  # an older numpy
        pytest.skip(str(error))
    np.testing.assert_allclose(np.asarray(f(ad.constant(x))), want, rtol=1e-12)
    assert ad.check_gradients(lambda x: np.sum(f(x) ** 2), x, order=2)


def test_names_that_autodiff_has_not():
    for name, hint in (("gradient", r"np\.gradient.*tape\.gradient\(target, sources\).*ad\.grad"), ("nonsense", "$")):
        assert not hasattr(ad, name)
        with pytest.raises(AttributeError, match=f"no attribute '{name}'.*{hint}"):
            getattr(ad, name)
        with pytest.raises(ImportError):
            exec(f"from autodiff import {name}")
