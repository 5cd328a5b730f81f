"""Functions of whole matrices, convolutions and filters on arrays of other libraries."""

import numpy as np
import pytest

import autodiff as ad
from autodiff.failures.degeneracy import DegeneracyWarning
from external.strict import array

dask = pytest.importorskip("dask")
dask_array = pytest.importorskip("dask.array")
A = np.array([[2.0, 0.3, 0.1], [0.3, 1.0, 0.2], [0.1, 0.2, 3.0]])


def lazily(x, chunks=2):
    return ad.constant(dask_array.from_array(x, chunks=chunks))


def computed(t):
    return t.data.compute(scheduler="synchronous")


def gradient(f, x):
    with ad.Tape() as tape:
        tape.watch(x)
        y = f(x)
    return tape.gradient(y, x)


@pytest.mark.parametrize("shape", [(3, 3), (5, 3, 3)])
def test_a_stack_of_matrices_stays_in_blocks(shape):
    t = lazily(np.broadcast_to(A, shape).copy())
    w, _ = np.linalg.eigh(t)
    assert w.data.numblocks[:-1] >= t.data.numblocks[:-2] and w.data.numblocks[-1] == 1
    np.testing.assert_allclose(computed(w), np.linalg.eigvalsh(np.broadcast_to(A, shape)))


@pytest.mark.parametrize("f", [np.linalg.inv, np.linalg.eigvalsh, np.linalg.slogdet, ad.linalg.expm, ad.linalg.sqrtm])
def test_nothing_is_computed_before_it_is_asked_for(f, monkeypatch):
    asked = []
    monkeypatch.setattr(dask_array.Array, "compute", lambda *args, **kwargs: asked.append(args))
    gradient(lambda t: np.sum(f(t)[-1] if f is np.linalg.slogdet else f(t)), lazily(A))
    assert not asked


def test_what_a_block_finds_is_said_when_it_is_computed():
    g = gradient(lambda t: np.sum(np.linalg.eigh(t)[1]), lazily(np.eye(2)))
    with pytest.warns(DegeneracyWarning):
        computed(g)


def test_an_error_of_a_block_is_numpys():
    y = np.linalg.inv(lazily(np.zeros((2, 2))))
    with pytest.raises(np.linalg.LinAlgError):
        computed(y)


def test_eigenvalues_are_complex_before_they_are_computed():
    w = np.linalg.eigvals(lazily(A))
    assert w.dtype == complex and np.allclose(np.sort(computed(w).real), np.linalg.eigvalsh(A))


@pytest.mark.parametrize("sizes", [(300, 200), (400, 3)])
def test_convolutions_elsewhere_by_shifts_and_by_fft(sizes):
    a, v = (np.cos(np.arange(n)) for n in sizes)
    y = ad.scipy.signal.convolve(ad.constant(array(a)), ad.constant(array(v)))
    np.testing.assert_allclose(y.data.get(), np.convolve(a, v), atol=1e-10)


@pytest.mark.parametrize("there", [array, lambda x: dask_array.from_array(x, chunks=4)])
@pytest.mark.parametrize("a", [[2.0], [1.0, -0.9], [1.0, -1.6, 0.9], [0.5, 0.0, 0.0, 0.3]])
def test_a_filter_elsewhere_takes_no_step_for_each_time(there, a):
    scipy_signal = pytest.importorskip("scipy.signal")
    x, b = np.cos(np.arange(20.0) ** 2).reshape(2, 10), [1.0, 0.5]
    y = ad.scipy.signal.lfilter(b, a, ad.constant(there(x)))
    with dask.config.set(scheduler="synchronous"):  # a pool of threads would stay
        np.testing.assert_allclose(ad.to_numpy(y), scipy_signal.lfilter(b, a, x), rtol=1e-12)


def test_a_lazy_polynomial_keeps_its_zeros():
    p = np.polymul(lazily(np.array([0.0, 1.0, 2.0])), lazily(np.array([1.0, 1.0])))
    assert computed(p).tolist() == [0.0, 1.0, 3.0, 2.0]


@pytest.mark.parametrize("basis", ["poly", "cheb", "leg", "lag", "herm", "herme"])
@pytest.mark.parametrize("deg", [0, 1, 5])
def test_polynomials_by_their_recurrence(basis, deg):
    vander = getattr(ad.polynomial, f"{basis}vander")
    x = np.linspace(-1.5, 1.5, 7)
    np.testing.assert_allclose(vander(ad.constant(array(x)), deg).data.get(), vander(x, deg), rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("name", ["i1", "j1", "k1", "y1", "i1e", "k1e"])
def test_slopes_of_bessel_functions_need_no_other_order(name):
    x, f = np.array([0.3, 1.0, 7.0]), getattr(ad.scipy.special, name)
    found = gradient(lambda t: np.sum(f(t)), ad.constant(array(x)))
    np.testing.assert_allclose(found.data.get(), ad.to_numpy(gradient(lambda t: np.sum(f(t)), ad.constant(x))), rtol=1e-12)


def test_what_cupy_has_not_is_refused_by_name():
    with pytest.raises(TypeError, match=r"dawsn can't be computed on an array of external: it has no scipy.special.dawsn"):
        ad.scipy.special.dawsn(ad.constant(array(np.ones(2))))


@pytest.mark.parametrize("replayed", [False, True])
@pytest.mark.parametrize("f, bad", [
    (np.linalg.cholesky, [[1.0, 2.0], [2.0, 1.0]]), (np.linalg.inv, [[1.0, 2.0], [2.0, 4.0]]),
    (lambda a: np.linalg.solve(a, a[:, :1]), [[1.0, 2.0], [2.0, 4.0]]),
])  # fmt: skip
def test_a_matrix_that_has_no_such_factor_is_an_error_there_too(f, bad, replayed):
    """CuPy by itself returns what its library left there."""
    program = ad.function(f) if replayed else f
    if replayed:
        for _ in range(3):
            program(ad.constant(array(np.array([[2.0, 1.0], [1.0, 3.0]]))))
    with pytest.raises(np.linalg.LinAlgError):
        program(ad.constant(array(np.array(bad))))
