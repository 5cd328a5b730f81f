"""Arguments: an error names the function that the user called, and no keyword is accepted and ignored."""

import copy
import inspect
import re

import numpy as np
import pytest
from samples import SAMPLES, called, leaves, planted

import autodiff as ad

ONE_OF_EACH = {called(rows[0].function): (function, *rows[0]) for function, rows in SAMPLES.items()}
del ONE_OF_EACH["getitem"]
ANY_NUMBER = {"atleast_1d", "atleast_2d", "atleast_3d", "broadcast_arrays", "meshgrid", "einsum", "gradient"}
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


@pytest.mark.parametrize("id", ONE_OF_EACH)
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
    "concatenate(dtype)": (lambda: np.concatenate([u, u], dtype=np.float32), "concatenate.*dtype"),
    "stack(dtype)": (lambda: np.stack([u, u], dtype=np.float32), "stack.*dtype"),
    "hstack(dtype)": (lambda: np.hstack([u, u], dtype=np.float32), "hstack.*dtype"),
    "hstack(casting)": (lambda: np.hstack([u, u], casting="unsafe"), "hstack.*casting"),
    "np.sort(bad)": (lambda: np.sort(u, bad=1), "sort.*bad"),
    "ad.sort(bad)": (lambda: ad.sort(u, bad=1), "sort.*bad.*axis, kind, stable"),
    "sort(order)": (lambda: np.sort(u, order="x"), "sort.*order"),
    "svd(hermitian)": (lambda: np.linalg.svd(m, hermitian=True), "svd.*hermitian"),
    "pinv(hermitian)": (lambda: np.linalg.pinv(m, hermitian=True), "pinv.*hermitian"),
    "einsum(bad)": (lambda: ad.einsum("ij,jk", m, m, bad=1), "einsum.*bad.*optimize"),
    "einsum(dtype)": (lambda: np.einsum("ij,jk", m, m, dtype=np.float32), "einsum.*dtype"),
    "tanh(where)": (lambda: np.tanh(u, where=[True, False, True]), r"np\.tanh.*where.*np\.where"),
    "matmul(dtype)": (lambda: np.matmul(m, m, dtype=np.float32), r"np\.matmul.*dtype.*astype"),
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


# Values that differ from numpy's defaults.
OTHERS = {
    "dtype": np.float32, "order": "F", "casting": "unsafe", "kind": "heapsort", "stable": True, "hermitian": True,
    "overwrite_input": True, "keepdims": True, "axis": 0, "ddof": 1, "correction": 1, "bias": True, "rowvar": False,
    "copy": True, "subok": True, "initial": 0.5, "where": np.array(True), "rcond": 0.4, "rtol": 0.4, "tol": 0.5,
    "full_matrices": False, "compute_uv": False, "UPLO": "U", "upper": True, "mode": "clip", "offset": 1, "axis1": 1,
    "axis2": 0, "increasing": True, "right": 0.0, "left": 0.0, "period": 1.0, "n": 1, "prepend": 0.0, "append": 0.0,
    "edge_order": 2, "method": "lower", "returned": True, "nan": 1.0, "posinf": 1.0, "neginf": 1.0, "discont": 1.0,
    "indexing": "ij", "sparse": True, "k": 1, "side": "right", "dx": 2.0, "optimize": True, "ord": 1,
}  # fmt: skip


def free_keywords(function, args, keywords):
    try:
        signature = inspect.signature(function)
        given = signature.bind(*args, **keywords).arguments
    except (TypeError, ValueError):  # a builtin without a signature
        return []
    return [name for name in signature.parameters if name in OTHERS and name not in given]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("id", ONE_OF_EACH)
def test_a_keyword_of_numpys_means_what_it_says_or_is_refused(id):
    _, function, args, keywords = ONE_OF_EACH[id]
    for name in free_keywords(function, args, keywords):
        option = {name: OTHERS[name]}
        try:
            expected = function(*copy.deepcopy(args), **keywords, **option)
        except Exception:
            continue  # numpy refuses it here
        try:
            found = function(*boxed(args), **keywords, **option)
        except TypeError as error:
            assert name in str(error) and not INTERNAL.search(str(error)), error
            continue
        several = isinstance(expected, (tuple, list))
        for y, z in zip(found if several else [found], expected if several else [expected], strict=True):
            np.testing.assert_allclose(np.asarray(y), z, rtol=1e-6, err_msg=name)
            assert np.asarray(y).dtype == np.asarray(z).dtype, name


def test_names_that_autodiff_has_not():
    for name, hint in (("gradient", r"np\.gradient.*tape\.gradient\(target, sources\).*ad\.grad"), ("nonsense", "$")):
        assert not hasattr(ad, name)
        with pytest.raises(AttributeError, match=f"no attribute '{name}'.*{hint}"):
            getattr(ad, name)
        with pytest.raises(ImportError):
            exec(f"from autodiff import {name}")
