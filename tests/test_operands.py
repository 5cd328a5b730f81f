"""Arrays of other kinds as operands: each is right, or refused by name with the way out. None gives another number than
numpy's, or loses a gradient in silence."""

from collections import deque
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from together import each

import autodiff as ad
import nn

sparse = pytest.importorskip("scipy.sparse")

A = np.arange(1.0, 5.0).reshape(2, 2)
MASKED = np.ma.array(A, mask=[[0, 1], [0, 0]])


class Quantity(np.ndarray):
    """An array with an arithmetic of its own, as those with units."""


REFUSED = {
    "matrix": (A.view(np.matrix), r"matrix.*np\.asarray\(x\)"),
    "masked": (MASKED, r"MaskedArray.*x\.filled"),
    "subclass": (A.view(Quantity), r"Quantity.*np\.asarray\(x\)"),
    "sparse matrix": (sparse.csr_matrix(A), r"csr_matrix.*x\.toarray\(\)"),
    "sparse array": (sparse.csr_array(A), r"csr_array.*x\.toarray\(\)"),
}
OPERATIONS = {
    "product": lambda v, x: v * x,
    "difference": lambda v, x: v - x,
    "matrix product": lambda v, x: v @ x,
    "multiply": np.multiply,
    "multiply the other way": lambda v, x: np.multiply(x, v),
    "dot": np.dot,
    "inner": np.inner,
    "less": np.less,
    "maximum": np.maximum,
}


@each("kind", {kind: kind for kind in REFUSED})
@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("recorded", [True, False])
def test_other_arrays_are_refused_by_name(kind, operation, recorded):
    other, words = REFUSED[kind]
    v, act = ad.Variable(A), OPERATIONS[operation]
    with pytest.raises(TypeError, match=words):
        if recorded:
            with ad.Tape():
                act(v, other)
        else:
            act(v, other)


@pytest.mark.parametrize("kind", ["matrix", "masked", "subclass"])
@pytest.mark.parametrize(
    "act",
    [
        lambda v, x: np.where(x > 2.0, v, 0.0),
        lambda v, x: np.concatenate([v, x]),
        lambda v, x: np.einsum("ij,ij->ij", v, x),
        lambda v, x: np.kron(v, x),
        lambda v, x: np.clip(v, x, 9.0),
        lambda v, x: x @ v,
        lambda v, x: np.linalg.solve(x, v),
    ],
)
def test_they_are_refused_wherever_they_stand(kind, act):
    with pytest.raises(TypeError, match="is not taken here"):
        act(ad.Variable(A), REFUSED[kind][0])


@pytest.mark.parametrize(
    "make",
    [
        ad.constant,
        ad.Tensor,
        ad.Variable,
        ad.convert_to_tensor,
        ad.to_numpy,
        lambda x: ad.Variable(A).assign(x),
        lambda x: ad.Variable(A).assign_sub(x),
    ],
)
def test_no_mask_is_lost_where_arrays_are_made(make):
    for kind in ("masked", "sparse matrix"):
        with pytest.raises(TypeError, match=REFUSED[kind][1]):
            make(REFUSED[kind][0])


def test_the_numbers_of_a_matrix_are_taken_as_an_array():
    assert ad.constant(A.view(np.matrix)).shape == (2, 2)
    assert type(ad.Tensor(A.view(np.matrix)).numpy()) is np.ndarray


@pytest.mark.parametrize(
    "other",
    [
        range(2),
        deque([1.0, 2.0]),
        memoryview(np.array([1.0, 2.0])),
        Fraction(1, 2),
        np.float16(0.5),
        [1.0, 2.0],
        (1.0, 2.0),
        True,
        3,
        np.array([1.0, 2.0], ">f8"),
        np.arange(4.0)[::2],
        np.float64(2.0),
    ],
    ids=lambda other: f"{type(other).__name__}-{np.asarray(other).dtype}",  # the repr of a memoryview has its address
)
def test_what_numpy_makes_numbers_of_is_an_operand(other):
    v = ad.Variable([3.0, 4.0])
    with ad.Tape() as tape:
        y = np.sum(v * other)
    plain = float(other) if isinstance(other, Fraction) else np.asarray(other)
    np.testing.assert_array_equal(tape.gradient(y, v), np.broadcast_to(plain, 2))


def test_the_array_of_a_file_is_an_operand(tmp_path):
    kept = np.memmap(tmp_path / "numbers", float, "w+", shape=(2,))
    kept[:] = [5.0, 6.0]
    v = ad.Variable([1.0, 1.0])
    with ad.Tape() as tape:
        y = np.sum(v * kept)
    assert tape.gradient(y, v).tolist() == [5.0, 6.0]


@pytest.mark.parametrize("other", [Decimal("0.5"), {1.0, 2.0}, {"a": 1.0}, object(), "a", None])
def test_what_is_no_number_is_refused(other):
    with pytest.raises(TypeError):
        ad.Variable([1.0, 2.0]) * other


def test_arrays_of_objects_lose_no_gradient():
    v, values = ad.Variable([1.0, 2.0]), np.array([ad.Value(3.0), ad.Value(4.0)], dtype=object)
    for other in (values, np.array([3, 4], dtype=object)):
        with ad.Tape(), pytest.raises(TypeError, match=r"array of Python objects.*np\.stack"):
            v * other


def test_masked_data_are_refused_by_fit():
    model = nn.Sequential([nn.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises((TypeError, ValueError), match="filled"):
        model.fit(MASKED, A[:, :1], verbose=0)


@pytest.mark.parametrize("a, b", [(5, 2.0), (5.0, 2.5), (-7, 2.0), (np.float64(5.0), 2.0), (7.5, 2)])
def test_divmod_is_pythons(a, b):
    want = divmod(a, b)
    for pair in (
        divmod(ad.Value(a), b),
        divmod(a, ad.Value(b)),
        divmod(ad.Value(a), ad.Value(b)),
        divmod(ad.Variable(float(a)), b),
        divmod(a, ad.Variable(float(b))),
    ):
        assert [float(part) for part in pair] == list(want)


@pytest.mark.parametrize(
    "act",
    [
        lambda x, n: x + n,
        lambda x, n: n - x,
        lambda x, n: x * n,
        lambda x, n: n / x,
        lambda x, n: x**n,
        lambda x, n: x % n,
        lambda x, n: n // x,
        lambda x, n: x < n,
        lambda x, n: ad.Value(n),
    ],
)
def test_a_whole_number_that_is_no_float_is_refused_in_words(act):
    with pytest.raises(ValueError, match="too large for a float"):
        act(ad.Value(2.0), 10**400)
